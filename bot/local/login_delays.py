"""How long to wait after failed log-ins: twice as long after each, and never without end."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.clock import Clock

_MOST = 10_000
_FORGOTTEN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Tries:
    count: int
    last: float


class Delays:
    """The tries of each name, or of each address; the first ``free`` ones cost nothing, none more than ``longest``."""

    def __init__(self, clock: Clock, *, free: int, longest: float, most: int = _MOST) -> None:
        """Remember the ``most`` that tried last, each until an hour after its last try."""
        self._clock = clock
        self._free = free
        self._longest = longest
        self._most = most
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._tries)

    def wait(self, who: str) -> float:
        """For how many seconds there may be no further try."""
        tries = self._of(who)
        if tries.count <= self._free:
            return 0.0
        # The exponent is bounded, or the number would be.
        pause = min(2.0 ** min(tries.count - self._free - 1, 30), self._longest)
        return max(0.0, tries.last + pause - self._clock.now())

    def add(self, who: str) -> None:
        """Count a try, before it is known how it ends: many at once are many."""
        self._tries[who] = _Tries(self._of(who).count + 1, self._clock.now())
        self._tries.move_to_end(who)
        while len(self._tries) > self._most:
            self._tries.popitem(last=False)

    def take_back(self, who: str) -> None:
        """Count one try less, since it did not fail."""
        tries = self._of(who)
        if tries.count > 1:
            self._tries[who] = _Tries(tries.count - 1, tries.last)
        else:
            self._tries.pop(who, None)

    def forgive(self, who: str) -> None:
        """Forget all tries."""
        self._tries.pop(who, None)

    def _of(self, who: str) -> _Tries:
        tries = self._tries.get(who, _Tries(0, 0.0))
        return tries if self._clock.now() - tries.last < _FORGOTTEN_SECONDS else _Tries(0, 0.0)
