"""An event loop on which time passes faster, so that an hour of pauses and time-outs takes a minute."""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits a fraction of the time that it is asked to."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As its base, sooner."""
        return super().select(None if timeout is None else timeout / self.speed)


class SwiftLoop(asyncio.SelectorEventLoop):
    """A loop whose seconds are shorter than those of the machine: ``speed`` of them pass in one."""

    def __init__(self) -> None:
        self._waiting = _Selector()
        self._speed = 1.0
        self._since = self._then = time.monotonic()
        super().__init__(self._waiting)

    def time(self) -> float:
        """Seconds on this loop, since some moment; they never go back."""
        return self._then + (time.monotonic() - self._since) * self._speed

    def go(self, speed: float) -> None:
        """Let time pass so many times as fast from now on."""
        self._then, self._since = self.time(), time.monotonic()
        self._speed = self._waiting.speed = speed


class LoopClock:
    """The clock of such a loop, for the bot and for the Telegram that it talks to."""

    def __init__(self, loop: SwiftLoop, start: float = 1_767_225_600.0) -> None:
        self._loop = loop
        self._offset = start - loop.time()

    def now(self) -> float:
        """Seconds since 1970, as many as have passed on the loop since ``start``."""
        return self._offset + self._loop.time()

    def monotonic(self) -> float:
        """Seconds of the loop."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many of its seconds."""
        await asyncio.sleep(seconds)


def run_swiftly(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` on a loop of its own, at first at the speed of the machine."""
    with asyncio.Runner(loop_factory=SwiftLoop) as runner:
        return runner.run(work)


def swift_loop() -> SwiftLoop:
    """The loop that runs, which has to be one of these."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SwiftLoop)
    return loop
