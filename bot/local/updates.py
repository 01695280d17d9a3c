"""The queue of updates: what the bot has not yet confirmed, and the one poll that waits for more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.local.errors import conflict
from bot.local.models import JsonObject

DEFAULT_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    }
)
OPTIONAL_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_KEPT_SECONDS = 24 * 3600
_FIRST_ID = 100_000_001


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates go instead of being fetched; ``secret`` goes with each, empty for none."""

    url: str
    secret: str = ""
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class Failure:
    """The latest delivery to the webhook that was not taken: when, and why."""

    time: float
    reason: str


class UpdateQueue:
    """Updates in order of their ids, kept for a day or until the bot asks for a later one."""

    def __init__(self, clock: Clock) -> None:
        """An empty queue that takes every kind of update but reactions and members' changes."""
        self._clock = clock
        self._pending: dict[int, tuple[float, JsonObject]] = {}
        self._next_id = _FIRST_ID
        self._poll: asyncio.Future[bool] | None = None
        self._listeners: list[Callable[[], None]] = []
        self.kinds: frozenset[str] = DEFAULT_KINDS
        self.webhook: Webhook | None = None
        self.failure: Failure | None = None

    def start_at(self, first_id: int) -> None:
        """Number updates from ``first_id`` on, so that a world made anew goes on beyond what its bot has seen."""
        self._next_id = first_id

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Remember which kinds of update to keep from now on; None changes nothing, an empty list is the default.

        Unknown names are passed over, as Telegram does.
        """
        if kinds is not None:
            known = frozenset(kinds) & (DEFAULT_KINDS | OPTIONAL_KINDS)
            self.kinds = known or DEFAULT_KINDS

    def push(self, kind: str, payload: JsonObject) -> int | None:
        """Put an update at the end and wake the poll; its id, or None where the bot does not want this kind."""
        if kind not in self.kinds:
            return None
        update_id = self._next_id
        self._next_id += 1
        self._pending[update_id] = (self._clock.now(), {"update_id": update_id, kind: payload})
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(True)
        self._tell()
        return update_id

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every update put in and every change of webhook; what is returned ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Send updates to a webhook from now on, ending the poll that waits, or with None to nobody."""
        self.webhook, self.failure = webhook, None
        if webhook is not None:
            self.end_poll("terminated by setWebhook request")
        self._tell()

    def __len__(self) -> int:
        self._expire()
        return len(self._pending)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._pending.clear()

    def first(self) -> tuple[int, JsonObject] | None:
        """The oldest update with its id, left in its place."""
        self._expire()
        for update_id, (_, update) in self._pending.items():
            return update_id, update
        return None

    def confirm(self, update_id: int) -> None:
        """Forget one update."""
        self._pending.pop(update_id, None)

    async def get(self, offset: int, limit: int, timeout: float) -> list[JsonObject]:
        """Up to ``limit`` updates from ``offset`` on, all earlier ones being forgotten; wait up to ``timeout``.

        A negative ``offset`` counts from the end. Raises ApiError 409 here where a webhook is set, and in the
        poll that is already waiting, which this one ends.
        """
        if self.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._confirm_before(offset)
        if not self._pending and timeout > 0:
            await self._wait(timeout)
        return [update for _, update in list(self._pending.values())[:limit]]

    def end_poll(self, reason: str) -> None:
        """Refuse the poll that waits, if one does, with 409 and ``reason``."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(reason))
        self._poll = None

    def release_poll(self) -> None:
        """Let the poll that waits, if one does, come back empty-handed."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(False)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    async def _wait(self, timeout: float) -> None:
        poll: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._poll = poll
        sleep = asyncio.ensure_future(self._clock.sleep(timeout))

        def give_up(_: asyncio.Future[None]) -> None:
            if not poll.done():
                poll.set_result(False)

        sleep.add_done_callback(give_up)
        try:
            await poll
        finally:
            sleep.cancel()
            if self._poll is poll:
                self._poll = None

    def _confirm_before(self, offset: int) -> None:
        self._expire()
        if offset < 0:
            kept = list(self._pending)[offset:]
            self._pending = {update_id: self._pending[update_id] for update_id in kept}
        else:
            for update_id in [update_id for update_id in self._pending if update_id < offset]:
                del self._pending[update_id]

    def _expire(self) -> None:
        oldest = self._clock.now() - _KEPT_SECONDS
        for update_id in [key for key, (since, _) in self._pending.items() if since < oldest]:
            del self._pending[update_id]
