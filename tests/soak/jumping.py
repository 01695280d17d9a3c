"""A clock whose hour is set ahead and back while others wait, as that of a machine is by hand or over the network."""

from __future__ import annotations

from bot.clock import ManualClock


class JumpingClock:
    """Time that passes by hand, and an hour that may be anything."""

    def __init__(self) -> None:
        self._steady = ManualClock()
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since 1970, as the hour is set."""
        return self._steady.now() + self._offset

    def monotonic(self) -> float:
        """Seconds since some moment, which the hour has nothing to do with."""
        return self._steady.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed, however the hour is set meanwhile."""
        await self._steady.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._steady.advance(seconds)

    def jump(self, seconds: float) -> None:
        """Set the hour ahead, or back; no time passes."""
        self._offset += seconds
