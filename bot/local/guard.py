"""What keeps other sites and other machines away from the web chat: Host, Origin, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError

from bot.local.errors import ApiError, WorldError

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
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


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(app: web.Application) -> None:
    """Protect ``/`` and ``/web/`` of an app that is not running yet; its other addresses are left alone."""
    app.middlewares.append(_protected)
    app.on_response_prepare.append(_add_headers)


def _is_guarded(request: web.BaseRequest) -> bool:
    return request.path == "/" or request.path == "/web" or request.path.startswith("/web/")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if _is_guarded(request):
        response.headers.update(HEADERS)


@web.middleware
async def _protected(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse what comes from elsewhere, and turn every refusal of the world into one sentence."""
    if not _is_guarded(request):
        return await handler(request)
    reason = refusal(request)
    if reason is not None:
        return _error(reason, 403)
    try:
        return await handler(request)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        return _error(f"the request is not well formed: {field}: {first['msg']}", 400)
    except ApiError as error:
        return _error(error.description, 400)
    except WorldError as error:
        return _error(str(error), 400)
    except web.HTTPException as error:
        return _error(error.reason, error.status)


def _error(words: str, status: int) -> web.Response:
    """A refusal as one sentence: a capital first, a full stop last."""
    sentence = words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")
    return web.json_response({"error": sentence}, status=status)


def refusal(request: web.Request) -> str | None:
    """Why a request may not be answered, in one sentence, or None where it may.

    The Host must be this very loopback address and port, or a name could be rebound to it; whatever changes
    something must say that it comes from this page; and nothing may be read from another site.
    """
    allowed = _own_hosts(request)
    host = request.headers.get("Host", "").lower()
    if host not in allowed:
        return "The local chat answers only to its own loopback address."
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"http://{host}":
        return "The local chat does not answer other sites."
    if origin is None and request.method not in ("GET", "HEAD"):
        return "The local chat does not answer other sites."
    if request.path != "/" and request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return "The local chat does not answer other sites."
    return None


def _own_hosts(request: web.Request) -> frozenset[str]:
    """The values of Host that mean the socket this request came through."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    if name is None:
        return frozenset()
    port = name[1]
    bare = _LOOPBACK if port == 80 else ()
    return frozenset((*bare, *(f"{host}:{port}" for host in _LOOPBACK)))
