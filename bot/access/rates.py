"""Token buckets, one for each key: filled steadily, emptied by what is taken, forgotten once they are full again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# What is taken is counted in quarters, so that nothing is lost in rounding.
QUARTER: Final = 1
WHOLE: Final = 4
_NANOSECONDS: Final = 1_000_000_000
_MOST_KEYS: Final = 10_000


class Buckets:
    """So many buckets as there are keys, each for ``count`` whole things in ``seconds``.

    A bucket holds ``count`` things, and one where that is less than one; a count of 0 sets no limit. In any time t at
    most the content of a bucket and ``count * t / seconds`` more are taken (the generic cell rate algorithm, ITU-T
    I.371): of a bucket only the moment is kept at which it will be full again, in whole nanoseconds.

    ``monotonic`` counts seconds and is not moved by a change of the hour. Should it jump nonetheless, a bucket is at
    most full after a jump ahead, and at most empty after one back, so that nobody waits longer than for one that is.

    At most ``most`` buckets are kept. Beyond that the full ones go, which changes nothing, and then those nearest to
    full, down to nine tenths; whoever is over a limit is remembered longest.
    """

    def __init__(self, count: float, seconds: float, monotonic: Callable[[], float], most: int = _MOST_KEYS) -> None:
        self._monotonic = monotonic
        self._most = most
        self._full_at: dict[int, int] = {}
        period = round(seconds * _NANOSECONDS)
        self._quarter = int(period / (WHOLE * count)) if count else 0
        self._capacity = max(period, WHOLE * self._quarter)

    def __len__(self) -> int:
        """How many buckets are kept."""
        return len(self._full_at)

    def seconds_to_wait(self, key: int, quarters: int) -> float:
        """How long until so much may be taken; 0 where it may be now."""
        now = self._now()
        left_over = self._capacity - quarters * self._quarter
        return max(0, self._filled_at(key, now) - now - left_over) / _NANOSECONDS

    def take(self, key: int, quarters: int) -> None:
        """Take so much now, or all that is left where that is less."""
        if not self._quarter:
            return
        now = self._now()
        if key not in self._full_at and len(self._full_at) >= self._most:
            self._forget(now)
        self._full_at[key] = min(self._filled_at(key, now) + quarters * self._quarter, now + self._capacity)

    def _now(self) -> int:
        return round(self._monotonic() * _NANOSECONDS)

    def _filled_at(self, key: int, now: int) -> int:
        """When a bucket is full again: not before now, and not later than one that is empty now."""
        full_at = self._full_at.get(key, now)
        if full_at > now + self._capacity:
            # The clock went back; from here on the bucket fills.
            full_at = self._full_at[key] = now + self._capacity
        return max(full_at, now)

    def _forget(self, now: int) -> None:
        left = sorted((full_at, key) for key, full_at in self._full_at.items() if full_at > now)
        self._full_at = {key: full_at for full_at, key in left[-(self._most * 9 // 10) :]}


def take_all(*wanted: tuple[Buckets, int, int]) -> float:
    """Take from every bucket, given as buckets, key and quarters, and return 0; or from none, and how long to wait."""
    seconds = max((buckets.seconds_to_wait(key, quarters) for buckets, key, quarters in wanted), default=0.0)
    if not seconds:
        for buckets, key, quarters in wanted:
            buckets.take(key, quarters)
    return seconds
