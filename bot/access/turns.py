"""Turns: so many at work at once for each key, the others waiting in the order in which they came."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turns:
    """At most ``most`` at once for a key; nothing is kept of a key with none at work or waiting."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._semaphores: dict[int, asyncio.Semaphore] = {}
        self._present: dict[int, int] = {}

    def __len__(self) -> int:
        """How many keys have somebody at work or waiting."""
        return len(self._present)

    @asynccontextmanager
    async def of(self, key: int) -> AsyncIterator[None]:
        """Wait for a turn, and have it while the context is open."""
        self._present[key] = self._present.get(key, 0) + 1
        try:
            async with self._semaphores.setdefault(key, asyncio.Semaphore(self._most)):
                yield
        finally:
            self._present[key] -= 1
            if not self._present[key]:
                del self._present[key], self._semaphores[key]
