"""The files of the page: their names are a closed list, and nothing is made or fetched at run time."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_STATIC = Path(__file__).with_name("static")
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


async def index(_: web.Request) -> web.FileResponse:
    """The page itself."""
    return _asset("index.html")


def page(name: str) -> web.FileResponse:
    """Another page, by its file."""
    return _asset(name)


async def asset(request: web.Request) -> web.FileResponse:
    """One of the page's files, by ``name``."""
    return _asset(request.match_info["name"])


def _asset(name: str) -> web.FileResponse:
    """Only names that are there, so that no path can lead out of the folder."""
    path = next((path for path in _STATIC.iterdir() if path.name == name), None)
    if path is None or path.suffix not in _TYPES:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8"})
