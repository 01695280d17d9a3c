"""The HTTP side of the simulated Telegram: the Bot API on loopback, and nothing else."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType

from aiohttp import BodyPartReader, web

from bot.local.errors import ApiError, bad_request, not_found, too_large, unauthorized
from bot.local.events import CallMade
from bot.local.faults import Fault, FaultKind
from bot.local.files import UPLOAD_LIMIT
from bot.local.journal import JournalEntry
from bot.local.methods import METHODS, Call
from bot.local.parameters import Parameters, Upload
from bot.local.world import World

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
#: The files of a call may be 50 MB; the rest of its body is small.
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
        self._runner: web.AppRunner | None = None
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
        application.router.add_route("*", "/bot{token}/{method}", self._call)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._wanted_port)
        await site.start()
        self._runner = runner
        self.port = runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._world.updates.release_poll()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: web.RequestHandler) -> web.StreamResponse:
        """Let in only what was addressed to loopback and sent by no web page."""
        return await handler(request)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Give a file that ``getFile`` has found."""
        raise NotImplementedError
