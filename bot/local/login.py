"""Logging in to the closed web chat, and the rule that nothing but the log-in page is given to who has not."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from bot.local import assets
from bot.local.guard import refused
from bot.local.login_check import LoginRefusedError, Refusal
from bot.local.visitors import VISITOR, Visitor
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from bot.clock import Clock
    from bot.local.callers import ClosedDoor
    from bot.local.login_check import LoginCheck
    from bot.local.residents import Residents
    from bot.local.sessions import Session, Sessions
    from bot.local.world import World

_LOG = logging.getLogger(__name__)
#: The prefix lets no browser take it from anybody but this very host, encrypted.
COOKIE = "__Host-rapporteur"
#: How often it is seen to that nobody goes on who may no longer, in seconds.
WATCH_SECONDS = 2.0
_PAGE = "/web/login"
_OPEN = ("/web/login", "/web/session", "/web/static/{name}")
_FOR_VISITORS = frozenset(
    {
        "/",
        "/web/state",
        "/web/history",
        "/web/commands",
        "/web/events",
        "/web/file/{file}",
        "/web/send",
        "/web/edit",
        "/web/press",
        "/web/inline",
        "/web/choose",
        "/web/language",
        "/web/forward",
        "/web/take",
        "/web/upload",
        "/web/logout",
    }
)
_LONGEST_FORM = 8192
_STATUS = {
    Refusal.WRONG: 401,
    Refusal.WAIT: 429,
    Refusal.BUSY: 503,
    Refusal.CHOOSE: 403,
    Refusal.WEAK: 400,
    Refusal.SAME: 400,
}
_SENTENCES = {
    Refusal.WRONG: "The name or the password is wrong.",
    Refusal.WAIT: "There were too many tries; wait a while.",
    Refusal.BUSY: "Too many people log in at once; try again.",
    Refusal.CHOOSE: "This password was for one time; choose another.",
    Refusal.WEAK: "The new password is too short or too long.",
    Refusal.SAME: "The new password is the one of before.",
}


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=256)
    password: str = Field(max_length=2048)
    new_password: str | None = Field(default=None, max_length=2048)
    language: Literal["en", "ru", "kk", "tr", "ar", "fa"] = "en"


class Login:
    """Who is logged in, and what each of them may ask of the page."""

    def __init__(
        self,
        world: World,
        residents: Residents,
        sessions: Sessions,
        check: LoginCheck,
        door: ClosedDoor,
        clock: Clock,
    ) -> None:
        self._world = world
        self._residents = residents
        self._sessions = sessions
        self._check = check
        self._door = door
        self._clock = clock

    def mount(self, app: web.Application) -> None:
        """Demand a session for everything but the log-in page. The app has its guard and is not running yet."""
        app.middlewares.append(self._demand)
        app.cleanup_ctx.append(self._watching)
        app.add_routes(
            [
                web.get(_PAGE, self.page),
                web.post(_PAGE, self.enter),
                web.get("/web/session", self.session),
                web.post("/web/logout", self.leave),
            ]
        )

    # The page

    async def page(self, _: web.Request) -> web.FileResponse:
        """Where one logs in."""
        return assets.page("login.html")

    async def session(self, request: web.Request) -> web.Response:
        """As whom one is logged in, None where one is not."""
        session = await self._session_of(request)
        return web.json_response({"name": None if session is None else self._world.person(session.person).first_name})

    async def enter(self, request: web.Request) -> web.Response:
        """Log in with name and password; the session that the browser had before ends with that."""
        form = await _read(request)
        address = self._door.caller(request).address
        try:
            account = await self._check.check(form.name, form.password, address, form.new_password)
        except LoginRefusedError as error:
            return _refusal(error, address)
        await self.look()
        if self._world.people.get(account.person) is None:
            return _refusal(LoginRefusedError(Refusal.WRONG), address)
        self._end(request)
        self._residents.speak(account.person, form.language)
        response = web.json_response({"name": account.name})
        response.set_cookie(
            COOKIE, self._sessions.open(account), path="/", secure=True, httponly=True, samesite="Strict"
        )
        return response

    async def leave(self, request: web.Request) -> web.Response:
        """Log out."""
        self._end(request)
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
        return response

    def _end(self, request: web.Request) -> None:
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is not None:
            self._sessions.end(session)

    # Who may ask what

    @web.middleware
    async def _demand(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Hand a request on with its visitor; what is not for visitors is not there."""
        resource = request.match_info.route.resource
        address = "" if resource is None else resource.canonical
        if address in _OPEN:
            return await handler(request)
        session = await self._session_of(request)
        if session is None:
            if address == "/":
                return web.Response(status=303, headers={"Location": _PAGE})
            return refused("Log in to go on", 401)
        if address not in _FOR_VISITORS:
            raise web.HTTPNotFound
        request[VISITOR] = Visitor(session, self._world)
        if _is_done(request, address):
            self._sessions.use(session)
        return await handler(request)

    async def _session_of(self, request: web.Request) -> Session | None:
        """The session of a request, whose account is looked up anew each time."""
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return None
        account = await self._check.account(session.person)
        if account is None or not account.is_active or account.revision != session.revision:
            self._sessions.end(session)
            return None
        return session

    # What goes on beside requests

    async def look(self) -> None:
        """Read the accounts anew: let new people in, and end the sessions of those who may no longer go on."""
        accounts = await self._check.accounts()
        self._residents.settle(accounts)
        self._sessions.keep(accounts)

    async def _watching(self, _: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(self._watch(), name="accounts")
        yield
        watch.cancel()
        await asyncio.wait({watch})
        self._check.close()

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(WATCH_SECONDS)
            try:
                await self.look()
            except DatabaseError as error:
                # Who may go on is not known, so nobody does.
                _LOG.warning("The accounts cannot be read: %s", error)
                self._sessions.keep(())


def _is_done(request: web.Request, address: str) -> bool:
    """Whether a request is something that a person does; an open page asks much by itself."""
    return request.method == "POST" or address in ("/", "/web/file/{file}") or "before" in request.query


async def _read(request: web.Request) -> _Form:
    """The form of a log-in. Raises pydantic's ValidationError, and HTTPRequestEntityTooLarge."""
    body = await request.content.read(_LONGEST_FORM + 1)
    while len(body) <= _LONGEST_FORM and (more := await request.content.read(_LONGEST_FORM + 1 - len(body))):
        body += more
    if len(body) > _LONGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(_LONGEST_FORM, len(body))
    return _Form.model_validate_json(body)


def _refusal(error: LoginRefusedError, address: str) -> web.Response:
    """What the page is told, and the log, which never gets to know what was typed."""
    _LOG.warning("A log-in from %s was refused: %s", address, error.refusal)
    headers = {"Retry-After": str(error.seconds)} if error.seconds else {}
    body = {"error": _SENTENCES[error.refusal], "reason": error.refusal.value, "seconds": error.seconds}
    return web.json_response(body, status=_STATUS[error.refusal], headers=headers)
