"""Clocks: the machine's, and one that stands still until it is moved by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Protocol


class Clock(Protocol):
    """What is needed of time: the hour, a measure of what has passed, and a way to wait."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment, which go on evenly whatever the hour is set to."""

    async def sleep(self, seconds: float) -> None:
        """Return once ``seconds`` have passed on this clock."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970 in UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; those that the machine slept through are left out where its system does so."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many real seconds."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands still until ``advance`` moves it, and then wakes whoever was waiting."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        """Start at ``start`` seconds since 1970; the default is the first of January 2026 in UTC."""
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Seconds since 1970 in UTC, as last set."""
        return self._now

    def monotonic(self) -> float:
        """The same as ``now``: this clock does not go back."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds`` (not negative) and wake every sleeper whose time has come, in order."""
        if seconds < 0:
            raise ValueError(f"a clock does not go back: {seconds}")
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    @property
    def sleepers(self) -> int:
        """How many callers are waiting for the clock to move."""
        return sum(not sleeper.done() for _, _, sleeper in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Return once ``advance`` has moved the clock by ``seconds``; at once where there is nothing to wait for."""
        if seconds <= 0:
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), sleeper))
        await sleeper
