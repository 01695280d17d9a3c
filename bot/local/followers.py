"""The open pages that follow what happens, each over one stream of server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial

from aiohttp import web

from bot.local.visitors import VISITOR

_QUEUED = 2000
#: How many streams a session may follow at once.
_MOST = 20
_HEARTBEAT_SECONDS = 15.0


class Followers:
    """A queue of events for every open page."""

    def __init__(self) -> None:
        """Nobody follows yet."""
        self._queues: dict[asyncio.Queue[str | None], int | None] = {}

    def __bool__(self) -> bool:
        """Whether anybody follows."""
        return bool(self._queues)

    def tell(self, event: str, hearers: Collection[int] | None = None) -> None:
        """Give an event, one line of JSON, to every open page; of those who are logged in only to ``hearers``."""
        for queue, person in self._queues.items():
            if person is None or hearers is None or person in hearers:
                _put(queue, event)

    def release(self) -> None:
        """Let every open page go, so that the server can stop."""
        for queue in self._queues:
            _put(queue, None)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send every event from now on, until the page or the server goes, or whoever is logged in leaves."""
        visitor = request.get(VISITOR)
        if visitor is not None and len(visitor.session.leaving) >= _MOST:
            raise web.HTTPTooManyRequests(reason="too many pages are open; close some")
        leaving = set() if visitor is None else visitor.session.leaving
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        queue: asyncio.Queue[str | None] = asyncio.Queue(_QUEUED)
        self._queues[queue] = None if visitor is None else visitor.person
        leave = partial(_let_go, queue)
        leaving.add(leave)
        try:
            await response.prepare(request)
            await response.write(b"retry: 1500\n\n")
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT_SECONDS):
                        event = await queue.get()
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if event is None:
                    return response
                await response.write(f"data: {event}\n\n".encode())
        except ConnectionResetError:
            return response
        finally:
            self._queues.pop(queue, None)
            leaving.discard(leave)


def _put(queue: asyncio.Queue[str | None], event: str | None) -> None:
    """Queue an event; a page too slow for that is let go, and reads everything anew when it comes back."""
    if queue.full():
        _let_go(queue)
    else:
        queue.put_nowait(event)


def _let_go(queue: asyncio.Queue[str | None]) -> None:
    """Let a page go without what it has not taken yet."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
