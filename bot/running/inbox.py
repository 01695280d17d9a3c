"""No question is lost: updates are stored before the poll that confirms them, and replayed at the next start."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.ext import BaseUpdateProcessor, ExtBot

from bot.access.turns import Turns
from bot.running.logs import request, request_id
from bot.running.readable import answered, readable
from bot.running.stages import arrive
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from telegram.ext import Application

    from bot.services import Services

_LOG = logging.getLogger(__name__)
_WAITING_PER_CHAT = 20
_AT_WORK = 8
_AT_WORK_PER_PERSON = 3
_NO_LIMIT = 1_000_000
# So many inline queries, which are in no store, are known again when they are repeated.
_PASSING = 1000
# How long is rested after a poll that failed, twice as long each time. PTB would rest up to half a minute, in which a
# network that is back is not noticed.
_REST, _LONGEST_REST = 1.0, 8.0
# How long PTB rests at most where that is left to it.
_LONGEST_OF_PTB = 30.0
_LEFT_TO_PTB = (Conflict, RetryAfter, TimedOut)


class KeepingBot(ExtBot[None]):
    """A bot that writes every update to the store before it returns it, and returns none twice.

    Telegram forgets an update at the poll after the one that fetched it, which is the next call of ``get_updates``.
    """

    __slots__ = ("_failures", "_is_stopping", "_passed", "_services")

    def __init__(self, services: Services, token: str, **options: Any) -> None:
        super().__init__(token, **options)
        self._services = services
        self._passed: deque[int] = deque(maxlen=_PASSING)
        self._failures = 0
        self._is_stopping = False

    def stopping(self) -> None:
        """From now on return no more updates: what is still fetched waits in the store for the next start."""
        self._is_stopping = True

    async def _post(self, endpoint: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """Call a method, and look whether what comes back can be read."""
        return readable(endpoint, await answered(super()._post(endpoint, data, **options)), self)

    async def get_updates(self, offset: int | None = None, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        """Fetch, store, and return what was not stored before; note how each poll ends.

        A long poll that fails ends after a rest, which grows to some seconds; the next may follow at once.

        Raises:
            TelegramError: they could not be fetched, or not be stored, and nothing is confirmed.
        """
        pulse = self._services.pulse
        try:
            updates = await self._new_updates(offset, *args, **kwargs)
        except InvalidToken:
            pulse.refused()
            raise
        except TelegramError as error:
            if isinstance(error, Conflict | RetryAfter):
                pulse.heard()
            pulse.attempted(str(error), _rest_after(error))
            if isinstance(error, _LEFT_TO_PTB) or not kwargs.get("timeout"):
                raise
            await self._rest()
            raise TimedOut(str(error)) from error
        except DatabaseError as error:
            # PTB polls again at once after anything that it does not know.
            pulse.attempted(str(error), _LONGEST_OF_PTB)
            if not kwargs.get("timeout"):
                raise TelegramError(str(error)) from error
            await self._rest()
            raise TimedOut(str(error)) from error
        pulse.attempted()
        self._failures = 0
        return () if self._is_stopping else updates

    async def _rest(self) -> None:
        """Rest after a poll that failed; after a time-out PTB does not rest itself."""
        self._failures = min(self._failures + 1, 10)
        await asyncio.sleep(min(_REST * 2.0 ** (self._failures - 1), _LONGEST_REST))

    async def _new_updates(self, offset: int | None = None, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        while updates := await self._fetched(offset, *args, **kwargs):
            new = await self.keep(updates)
            if new:
                return new
            # The caller only sees new ones and would ask for these again at once, without end.
            offset = updates[-1].update_id + 1
        return updates

    async def _fetched(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        try:
            updates = await super().get_updates(*args, **kwargs)
        except TelegramError as error:
            self._services.metrics.telegram_failed(error)
            raise
        self._services.pulse.heard()
        return updates

    async def keep(self, updates: Sequence[Update]) -> tuple[Update, ...]:
        """Write updates to the store, and return those that came for the first time.

        Inline queries are not written: one that is not answered within seconds is answered by nobody any more.

        Raises:
            DatabaseError: the store cannot be written, and nothing is kept.
        """
        passing = [update.update_id for update in updates if update.inline_query is not None]
        bodies = {update.update_id: update.to_json() for update in updates if update.update_id not in passing}
        new = await self._services.run(self._services.store.keep_updates, bodies) if bodies else frozenset()
        new |= {identifier for identifier in passing if identifier not in self._passed}
        self._passed.extend(passing)
        self._services.metrics.last_update.set(self._services.clock.now())
        return tuple(update for update in updates if update.update_id in new)


def _rest_after(error: TelegramError) -> float:
    """For how many seconds at most PTB does not poll after an error."""
    if isinstance(error, RetryAfter):
        after = error.retry_after
        return 1.0 + (after if isinstance(after, int) else after.total_seconds())
    return 0.0 if isinstance(error, TimedOut) else _LONGEST_OF_PTB


def waiting_updates(application: Application[Any, Any, Any, Any, Any, Any]) -> int:
    """How many updates are being handled or wait for it."""
    return application.update_queue.qsize() + application.update_processor.current_concurrent_updates


async def open_updates(services: Services, bot: Bot) -> list[Update]:
    """The updates that the last run left open, oldest first, to be handled now.

    One whose reply was being sent when that run ended may have been answered: it is marked as unclear and not
    answered again, since a second answer would come unexplained.
    """
    found = []
    for identifier, body, state in await services.run(services.store.open_updates):
        if state == "sending":
            with request(request_id(identifier)):
                _LOG.warning(
                    "Update %s may have been answered before the last stop; it is not answered again.", identifier
                )
            await services.run(services.store.mark_update, identifier, "unclear")
            continue
        found.append(Update.de_json(readable("getUpdates", [json.loads(body)], bot)[0], bot))
    return found


class ChatByChat(BaseUpdateProcessor):
    """Updates of one chat are handled in order, those of several chats side by side.

    A chat holds one of the few places at work at a time, whatever it sends; what it sends beyond twenty waiting
    updates is put aside with a word in the log, unless it is an admin's. A person holds three places at most, in
    however many chats they write; ``turns`` are those of persons, for what does not wait for its chat. Once it is
    closed nothing more is begun: what waits stays in the store for the next start.
    """

    def __init__(self, services: Services) -> None:
        super().__init__(_NO_LIMIT)
        self._services = services
        self.turns = Turns(_AT_WORK_PER_PERSON)
        self._at_work = asyncio.Semaphore(_AT_WORK)
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}
        self._begun: set[asyncio.Task[Any] | None] = set()
        self._is_closed = False

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    def close(self) -> None:
        """Begin with nothing more."""
        self._is_closed = True

    def abandon(self) -> int:
        """Cancel what is under way, which stays in the store for the next start; return how much that is."""
        for task in filter(None, self._begun):
            task.cancel()
        return len(self._begun)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's turn and a place, handle the update, and mark it done; inline queries wait for none."""
        arrive()
        with request(request_id(getattr(update, "update_id", None))):
            await self._in_turn(update, coroutine)

    async def _in_turn(self, update: object, coroutine: Awaitable[Any]) -> None:
        if self._is_closed:
            _drop(coroutine)
            return
        if isinstance(update, Update) and update.inline_query is not None:
            await self._do(coroutine)
            return
        chat = _chat_of(update)
        # An admin may send many documents at once, and none of them is to be lost.
        if self._waiting.get(chat, 0) >= _WAITING_PER_CHAT and chat not in self._services.rights.admins:
            # Without its words, which are no business of the log.
            number = getattr(update, "update_id", None)
            _LOG.warning("Chat %s has %s updates waiting; update %s is put aside.", chat, _WAITING_PER_CHAT, number)
            _drop(coroutine)
            await self._finish(update)
            return
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        lock = self._locks.setdefault(chat, asyncio.Lock())
        try:
            async with lock, self.turns.of(_person_of(update)), self._at_work:
                if self._is_closed:
                    _drop(coroutine)
                    return
                await self._do(coroutine, update)
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat], self._locks[chat]

    async def _do(self, coroutine: Awaitable[Any], update: object = None) -> None:
        """Handle an update in the present task, and mark it done."""
        task = asyncio.current_task()
        self._begun.add(task)
        try:
            await coroutine
            await self._finish(update)
        finally:
            self._begun.discard(task)

    async def _finish(self, update: object) -> None:
        """Mark an update as done, unless it is put off."""
        postponed = self._services.postponed
        if not isinstance(update, Update) or update.update_id in postponed:
            return
        try:
            await self._services.run(self._services.store.finish_update, update.update_id)
        except DatabaseError as error:
            _LOG.error("Update %s could not be marked as done: %s", update.update_id, error)
            postponed.put(update.update_id)
        else:
            postponed.forget(update.update_id)


def _drop(coroutine: Awaitable[Any]) -> None:
    """Never begin with it, which Python would otherwise complain about."""
    asyncio.ensure_future(coroutine).cancel()


def _chat_of(update: object) -> int:
    """The chat that an update belongs to, or else its sender; 0 where it has neither."""
    if not isinstance(update, Update):
        return 0
    if update.effective_chat is not None:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user is not None else 0


def _person_of(update: object) -> int:
    """Who sent an update, a person or the chat that they wrote as; its chat where that is not said."""
    sender = update.effective_sender if isinstance(update, Update) else None
    return sender.id if sender is not None else _chat_of(update)
