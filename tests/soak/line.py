"""The line between the bot and its Bot API server: one that can be cut, and on which anything may answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import ClientSession, ClientTimeout, web

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_HELD_BACK = ("Host", "Content-Length", "Transfer-Encoding", "Connection")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens on the line: every call whose method ``meets`` accepts gets ``status`` and ``body``.

    With no status nothing is ever answered. ``refused`` and ``hanging`` are those of connections themselves, which
    then meet all calls.
    """

    name: str
    status: int | None = None
    body: bytes = b""
    kind: str = "application/json"
    meets: Callable[[str], bool] = lambda _: True
    refused: bool = False
    hanging: bool = False


def error(code: int, description: str, **parameters: object) -> bytes:
    """An error as Telegram puts it."""
    body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    return json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


class Line:
    """Passes calls on to the Bot API server at ``port`` while its context is open, unless there is a trouble."""

    def __init__(self, port: int) -> None:
        self._upstream = f"http://127.0.0.1:{port}"
        self._trouble: Trouble | None = None
        self._changed = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self._blocked: list[socket.socket] = []
        self._client: ClientSession | None = None
        self._held = asyncio.Event()
        self._holds = False
        self.port = 0
        self.answered = 0

    @property
    def base_url(self) -> str:
        """What the bot takes for the address of its Bot API server, before the token, for methods."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        """The same for downloads."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    async def __aenter__(self) -> Line:
        self._client = ClientSession(timeout=ClientTimeout(total=None), auto_decompress=False)
        self._runner = web.ServerRunner(
            web.Server(self._answer, access_log=None), handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._changed.set()
        self._unblock()
        assert self._runner is not None
        assert self._client is not None
        await self._runner.cleanup()
        await self._client.close()

    async def hold(self) -> None:
        """Let nothing that is sent pass until there is trouble, and wait until something is held back."""
        self._held.clear()
        self._holds = True
        await self._held.wait()

    async def begin(self, trouble: Trouble) -> None:
        """From now on there is trouble; what is under way breaks."""
        self._holds = False
        await self._set(trouble)
        if trouble.refused or trouble.hanging:
            assert self._site is not None
            await self._site.stop()
            self._site = None
        if trouble.hanging:
            self._block()

    async def end(self) -> None:
        """From now on all is well; what waits for an answer that will not come waits on."""
        self._trouble = None
        self._unblock()
        if self._site is None:
            await self._open()

    async def _set(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._changed.set()
        self._changed = asyncio.Event()
        assert self._runner is not None
        assert self._runner.server is not None
        for connection in tuple(self._runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _open(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    def _block(self) -> None:
        """Listen on the port without ever taking a connection, and fill the queue, so that others hang."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(0)
        self._blocked = [listener]
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(("127.0.0.1", self.port))
            self._blocked.append(waiting)

    def _unblock(self) -> None:
        while self._blocked:
            self._blocked.pop().close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        if self._holds and method.startswith("send"):
            self._held.set()
            await self._changed.wait()
        trouble = self._trouble
        if trouble is not None and trouble.meets(method):
            if trouble.status is None:
                # Even when the trouble is over: whoever asked has to give up by themselves.
                await asyncio.Event().wait()
            return web.Response(status=trouble.status or 500, body=trouble.body, content_type=trouble.kind)
        assert self._client is not None
        headers = {name: value for name, value in request.headers.items() if name not in _HELD_BACK}
        body = await request.read()
        async with self._client.request(
            request.method, self._upstream + request.path_qs, headers=headers, data=body
        ) as answer:
            content = await answer.read()
            self.answered += method == "getUpdates"
            return web.Response(status=answer.status, body=content, content_type=answer.content_type)
