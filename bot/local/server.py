"""The HTTP side of the simulated Telegram: the Bot API on loopback, and nothing else."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from contextlib import AsyncExitStack
from types import TracebackType

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local.bodies import read_parameters
from bot.local.errors import ApiError, not_found, unauthorized
from bot.local.faults import Fault, FaultKind
from bot.local.files import UPLOAD_LIMIT
from bot.local.journal import JournalEntry
from bot.local.methods import METHODS, Call, Method
from bot.local.parameters import Parameters
from bot.local.webhooks import delivering
from bot.local.world import World

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
#: The files of a call may be 50 MB; what comes with them is small.
_BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024


class LocalServer:
    """The Bot API of one world, served on loopback while the context is open.

    ``base_url`` and ``base_file_url`` are what python-telegram-bot's builder takes.
    """

    def __init__(self, world: World, port: int = 0, *, strict: bool = True) -> None:
        """Port 0 takes any free one. With ``strict`` a parameter that a method does not take is refused."""
        self._world = world
        self._wanted_port = port
        self._strict = strict
        self._resources = AsyncExitStack()
        self._stopped = asyncio.Event()
        self.port = 0

    @property
    def base_url(self) -> str:
        """The address before the token, for methods."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """The address before the token, for downloads."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    async def __aenter__(self) -> LocalServer:
        application = web.Application(client_max_size=_BODY_LIMIT, middlewares=[self._guard])
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        application.router.add_get("/bot{token}/{method}", self._call, allow_head=False)
        application.router.add_post("/bot{token}/{method}", self._call)
        # A client that hangs up ends its own poll; without this, polls would outlive their bots.
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        async with AsyncExitStack() as resources:
            await runner.setup()
            resources.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", self._wanted_port).start()
            self.port = runner.addresses[0][1]
            await resources.enter_async_context(delivering(self._world.updates, self._world.clock))
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._world.updates.release_poll()
        await self._resources.aclose()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Serve only what was addressed to loopback by name, and nothing that a web page sent."""
        host, _, port = request.host.rpartition(":")
        if host not in _LOOPBACK or port != str(self.port) or "Origin" in request.headers:
            return _refusal(ApiError(403, "Forbidden: the local server answers only programs on this machine"))
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _refusal(ApiError(error.status, error.reason))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Give a file that ``getFile`` has found."""
        refusal = self._refuse_token(request.match_info["token"])
        content = self._world.files.at(request.match_info["path"])
        if refusal is not None:
            return _refusal(refusal)
        if content is None:
            return _refusal(ApiError(404, "Not Found"))
        return web.Response(body=content, content_type="application/octet-stream")

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Carry out one call, with the fault planned for it, and put it into the journal."""
        refusal = self._refuse_token(request.match_info["token"])
        if refusal is not None:
            return _refusal(refusal)
        method = METHODS.get(request.match_info["method"].lower())
        name = request.match_info["method"] if method is None else method.name
        started, since = time.perf_counter(), self._world.clock.now()
        parameters, result, error, fault = Parameters({}), None, None, None
        try:
            parameters = await read_parameters(request)
            fault = self._world.faults.take(name, parameters.values)
            if method is None:
                raise not_found()
            result = await self._run(method, parameters, fault)
        except ApiError as refused:
            error = refused
        entry = JournalEntry(
            since,
            name,
            parameters.for_journal(),
            result,
            200 if error is None else error.code,
            None if error is None else error.description,
            (time.perf_counter() - started) * 1000,
            None if fault is None else fault.kind.value,
        )
        self._world.record(entry)
        if fault is not None and fault.error is None:
            await self._fall_silent(request, fault)
        return _refusal(error) if error is not None else web.json_response({"ok": True, "result": result})

    async def _run(self, method: Method, parameters: Parameters, fault: Fault | None) -> object:
        """What the method gives, unless the fault keeps it from being run or answered. Raises ApiError."""
        if fault is not None and not fault.kind.comes_after:
            _refuse_for(fault)
            return None
        if self._strict:
            parameters.refuse_unknown(method.known)
        result = method.run(Call(self._world, parameters))
        if inspect.isawaitable(result):
            result = await result
        if fault is not None:
            _refuse_for(fault)
        return result

    async def _fall_silent(self, request: web.Request, fault: Fault) -> None:
        """Break the connection, at once or when the client has waited long enough."""
        if fault.kind in (FaultKind.SILENT, FaultKind.SILENT_AFTER):
            await self._stopped.wait()
        if request.transport is not None:
            request.transport.abort()

    def _refuse_token(self, token: str) -> ApiError | None:
        if token == self._world.token:
            return None
        return unauthorized() if _TOKEN.fullmatch(token) else ApiError(404, "Not Found")


def _refuse_for(fault: Fault) -> None:
    if fault.error is not None:
        raise fault.error


def _refusal(error: ApiError) -> web.Response:
    body: dict[str, object] = {"ok": False, "error_code": error.code, "description": error.description}
    headers = {}
    if error.parameters:
        body["parameters"] = error.parameters
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return web.json_response(body, status=error.code, headers=headers)
