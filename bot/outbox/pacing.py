"""How fast the outbox may write: below Telegram's limits, with a share of them left for answers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram.error import TelegramError
from telegram.ext import AIORateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


@dataclass(frozen=True, slots=True)
class Share:
    """At most ``count`` calls in any ``seconds``, those for answers among them."""

    count: int
    seconds: float


# Telegram lets about 30 a second pass in all, one a second to a person, and 20 a minute to a group.
OVERALL = Share(15, 1.0)
PRIVATE = Share(1, 1.0)
GROUP = Share(10, 60.0)
_ALL = 0
_MOST_CHATS = 1000


class Pace:
    """Counts what is written, to each chat and in all; only the outbox waits for it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._written: dict[int, deque[float]] = {}

    def note(self, chat: int) -> None:
        """One call that writes to ``chat`` is made now."""
        now = self._now()
        for key in (_ALL, chat):
            self._written.setdefault(key, deque()).append(now)
        if len(self._written) > _MOST_CHATS:
            self._written = {key: times for key, times in self._written.items() if _recent(times, GROUP, now)}

    def seconds_to_wait(self, chat: int) -> float:
        """How long the outbox has to wait before it may write to ``chat``."""
        own = PRIVATE if chat > 0 else GROUP
        return max(self._seconds(_ALL, OVERALL), self._seconds(chat, own))

    def _seconds(self, key: int, share: Share) -> float:
        now = self._now()
        times = _recent(self._written.get(key, deque()), share, now)
        return 0.0 if len(times) < share.count else times[-share.count] + share.seconds - now


def _recent(times: deque[float], share: Share, now: float) -> deque[float]:
    """``times`` without those that count no more; where the clock was set back, none of before count."""
    while times and not now - share.seconds < times[0] <= now:
        times.popleft()
    return times


class PacedLimiter(AIORateLimiter):
    """Keeps the bot within Telegram's limits as PTB does, and counts each call that writes to a chat.

    ``failed`` is told of each call that fails.
    """

    __slots__ = ("_failed", "_pace")

    def __init__(self, pace: Pace, failed: Callable[[TelegramError], None] = lambda _: None) -> None:
        super().__init__()
        self._pace = pace
        self._failed = failed

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | dict[str, Any] | list[dict[str, Any]]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> bool | dict[str, Any] | list[dict[str, Any]]:
        """Count the call, and make it when its turn comes."""
        chat = data.get("chat_id")
        if isinstance(chat, int) and not endpoint.startswith("get"):
            self._pace.note(chat)
        try:
            return await super().process_request(callback, args, kwargs, endpoint, data, rate_limit_args)
        except TelegramError as error:
            self._failed(error)
            raise
