"""What keeps other sites and other machines away from the web chat: Host, Origin, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from pydantic import ValidationError

from bot.local.errors import ApiError, WorldError

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
#: Sent with every answer of the web chat.
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
OTHER_SITE = "The local chat does not answer other sites."


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door(Protocol):
    """Whom the web chat answers at all, before it is asked who they are."""

    def refusal(self, request: web.Request) -> str | None:
        """Why a request may not be answered, in one sentence, or None where it may."""

    def is_private(self, request: web.BaseRequest) -> bool:
        """Whether nothing may keep a copy of the answer."""


class LoopbackDoor:
    """Lets in whoever is on this machine."""

    def refusal(self, request: web.Request) -> str | None:
        """Why a request may not be answered, in one sentence, or None where it may.

        The Host must be this very loopback address and port, or a name could be rebound to it; whatever changes
        something must say that it comes from this page; nothing may be read from another site; and a proxy could
        bring anybody.
        """
        host = request.headers.get("Host", "").lower()
        if host not in _own_hosts(request) or any(name in request.headers for name in _FORWARDED):
            return "The local chat answers only to its own loopback address."
        return other_site(request, f"http://{host}")

    def is_private(self, request: web.BaseRequest) -> bool:
        """Copies of it stay on this machine."""
        return False


LOOPBACK = LoopbackDoor()


def guard(app: web.Application, door: Door = LOOPBACK) -> None:
    """Protect ``/`` and ``/web/`` of an app that is not running yet; its other addresses are left alone."""

    @web.middleware
    async def protected(request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse what comes from elsewhere, and turn every refusal of the world into one sentence."""
        if not _is_guarded(request):
            return await handler(request)
        reason = door.refusal(request)
        if reason is not None:
            return refused(reason, 403)
        return await _answered(request, handler)

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        if _is_guarded(request):
            response.headers.update(HEADERS)
            response.headers.pop("Server", None)
            if door.is_private(request):
                response.headers["Cache-Control"] = "no-store"

    app.middlewares.append(protected)
    app.on_response_prepare.append(add_headers)


def _is_guarded(request: web.BaseRequest) -> bool:
    return request.path == "/" or request.path == "/web" or request.path.startswith("/web/")


async def _answered(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """What the handler answers, refusals being sentences."""
    try:
        return await handler(request)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        return refused(f"the request is not well formed: {field}: {first['msg']}", 400)
    except ApiError as error:
        return refused(error.description, 400)
    except WorldError as error:
        return refused(str(error), 400)
    except web.HTTPException as error:
        return refused(error.reason, error.status)


def refused(words: str, status: int) -> web.Response:
    """A refusal as one sentence: a capital first, a full stop last."""
    sentence = words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")
    return web.json_response({"error": sentence}, status=status)


def other_site(request: web.Request, own: str, pages: tuple[str, ...] = ("/",)) -> str | None:
    """Why a request is not one of this page, whose origin is ``own``; None where it is.

    ``pages`` are the addresses that a link on another site may lead to, for they show nothing to it.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != own:
        return OTHER_SITE
    if origin is None and request.method not in ("GET", "HEAD"):
        return OTHER_SITE
    is_page = request.path in pages and request.method in ("GET", "HEAD")
    if not is_page and request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return OTHER_SITE
    return None


def _own_hosts(request: web.Request) -> frozenset[str]:
    """The values of Host that mean the socket this request came through."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    if name is None:
        return frozenset()
    address, port = name[:2]
    # It may be another one that means this machine.
    hosts = (*_LOOPBACK, address) if address.startswith("127.") else _LOOPBACK
    bare = hosts if port == 80 else ()
    return frozenset((*bare, *(f"{host}:{port}" for host in hosts)))
