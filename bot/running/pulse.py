"""How long ago Telegram was last heard of, for whoever watches that the bot is not cut off."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pulse:
    """The moment at which Telegram was last heard of: a poll that it answered, or an update that it brought.

    ``now`` counts seconds and never goes back, whatever the clock on the wall does. The start counts as a first word,
    so that a bot that was never answered is silent from then on. A poll that fails is no word from Telegram, but shows
    that polls are made: ``failure`` is the reason of the last one where it failed, and ``is_refused`` whether Telegram
    refused the token to one, after which there are no more.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.last_heard = now()
        self.failure: str | None = None
        self.is_refused = False
        self._awaited_from = self.last_heard

    def heard(self) -> None:
        """Note that Telegram was heard of now."""
        self.last_heard = self._now()

    def silent_for(self) -> float:
        """The seconds since Telegram was heard of."""
        return self._now() - self.last_heard

    def attempted(self, failure: str | None = None, pause: float = 0.0) -> None:
        """Note that a poll ended now, answered or with that ``failure``; the next may be ``pause`` seconds away."""
        self.failure = failure
        self._awaited_from = self._now() + pause
        if failure is None:
            self.heard()

    def refused(self) -> None:
        """Note that Telegram refused the token to a poll."""
        self.is_refused = True

    def stuck_for(self) -> float:
        """The seconds for which no poll has ended, well or not, the rest that the last one allowed for not counted."""
        return max(0.0, self._now() - max(self.last_heard, self._awaited_from))
