"""Telegram's limits on how often a bot may write, enforced where a test or a demonstration wants it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from bot.clock import Clock
from bot.local.errors import too_many_requests
from bot.local.models import Chat, ChatKind


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` calls in any ``seconds``."""

    count: int
    seconds: float


#: The published figures; Telegram itself lets short bursts pass.
PRIVATE = Limit(1, 1.0)
GROUP = Limit(20, 60.0)
OVERALL = Limit(30, 1.0)


class RateLimits:
    """Counts what the bot writes: to each chat, and in all."""

    def __init__(
        self, clock: Clock, *, private: Limit = PRIVATE, group: Limit = GROUP, overall: Limit = OVERALL
    ) -> None:
        """Nothing written yet."""
        self._clock = clock
        self._private, self._group, self._overall = private, group, overall
        self._written: dict[int, deque[float]] = {}

    def charge(self, chat: Chat) -> None:
        """Count one call that writes to ``chat``. Raises ApiError 429, and counts nothing, where it is one too many."""
        now = self._clock.now()
        limits = {0: self._overall, chat.id: self._private if chat.kind is ChatKind.PRIVATE else self._group}
        for key, limit in limits.items():
            written = self._written.setdefault(key, deque())
            while written and written[0] <= now - limit.seconds:
                written.popleft()
            if len(written) >= limit.count:
                raise too_many_requests(max(1, math.ceil(written[0] + limit.seconds - now)))
        for key in limits:
            self._written[key].append(now)
