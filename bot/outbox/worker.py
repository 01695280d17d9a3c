"""The outbox: messages are sent once, in order within a chat, by one worker; nothing that goes wrong is kept quiet."""

from __future__ import annotations

import asyncio
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import Enum
from math import inf
from typing import TYPE_CHECKING

from telegram.error import ChatMigrated, InvalidToken, RetryAfter, TelegramError

from bot.answers.citations import may_be_shown
from bot.corrections.noting import correct, is_current, state_of
from bot.messages.delivery import Fate, Refusal, fate, is_protected, refusal, seconds_to_wait, send
from bot.messages.rendering import Message
from bot.outbox.outgoing import NOT_ADMITTED, UNNEEDED, WITHDRAWN, Kind, State
from bot.outbox.pacing import Pace
from bot.subscriptions.table import Pause
from corpus.database import DatabaseError
from corpus.errors import CorpusError
from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from telegram import Bot

    from bot.outbox.outgoing import Head, OutboxRow, Outgoing
    from bot.services import Services

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN = 30.0
_LONGEST_WAIT = 300.0
# Between two tries of what never reached Telegram: a network that is back is noticed soon.
_LONGEST_BACKOFF = 15.0
# After so long without a word from Telegram's polls, which come every ten seconds, nothing is sent while they fail.
_SILENCE = 5.0
_LOOK_FOR_TELEGRAM = 2.0
_BEFORE_TELLING = 3.0
_AT_ONCE = 4
# A message that is still under way after so long holds up no others; before that, the fewer are under way at once, the
# fewer are unclear where the program ends.
_SLOW = 0.5
# So many chats that nothing goes out to, one after another, are no matter of one chat.
_MANY_CHATS = 3
_MOST_COMPOSED = 3


def _names_withheld(services: Services, row: OutboxRow) -> bool:
    """Whether a message names a document that not everybody may read. Blocks."""
    return not services.engine.view(services.library.labels.lowest).by_id.keys() >= row.named


def may_be_sent(services: Services, row: OutboxRow) -> bool:
    """Whether all that a message cites or names is what its chat may read now, the cited in the same words. Blocks."""
    clearance = services.clearance_of(row.chat)
    is_named = services.engine.view(clearance).by_id.keys() >= row.named
    return bool(row.body) and is_named and may_be_shown(services.engine, services.store, row.body, clearance)


class _Step(Enum):
    """What is to be done with a message."""

    SEND = "send"
    RENEW = "compose anew"
    CORRECT = "correct anew"
    NOTHING = "nothing"


class Outbox:
    """Sends what waits in the store's outbox while it runs: one after the other, but for what takes long.

    ``pace`` is that of the bot's limiter. ``tell`` shows admins what failed or is unclear, and returns whether they
    were told of all of it. ``recompose`` (blocks) gives what takes the place of a message, and of the parts after it,
    that cites what was withdrawn or changed meanwhile; None where that cannot be.
    """

    def __init__(
        self,
        services: Services,
        bot: Bot,
        *,
        pace: Pace | None = None,
        tell: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.recompose: Callable[[OutboxRow], Sequence[Outgoing] | None] | None = None
        # A thread of its own: neither waits for questions to be answered, nor holds them up.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._services = replace(services, executor=self._executor)
        self._table = services.store.outbox
        self._bot = bot
        self._pace = pace or Pace(services.clock.now)
        self._tell = tell
        self._woken = asyncio.Event()
        self._stopping = False
        self._worker: asyncio.Task[None] | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._begun: dict[int, float] = {}
        self._troubled: set[int] = set()
        self._resting: dict[int, float] = {}
        self._held_until = -inf
        self._is_doubtful = False
        self._has_news = False

    async def start(self) -> None:
        """Take what the last run left half sent as unclear, and begin."""
        interrupted = await self._services.run(self._table.settle_interrupted)
        if interrupted:
            _LOG.warning("%s messages may or may not have been sent before the last stop.", interrupted)
        self._worker = asyncio.create_task(self._work(), name="outbox")
        self._raise_alarm()

    def wake(self) -> None:
        """Look now for messages that wait."""
        self._woken.set()

    async def stop(self) -> None:
        """Finish the messages that are being sent, and end; the rest waits for the next start."""
        self._stopping = True
        self._woken.set()
        if self._worker is not None:
            await self._worker
        if self._alarm is not None:
            self._alarm.cancel()
            await asyncio.wait({self._alarm})
        self._executor.shutdown()

    async def _work(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                pause = await self._begin_what_may_go()
            except DatabaseError as error:
                _LOG.error("The outbox cannot be read: %s", error)
                pause = _LOOK_AGAIN
            await self._rest(pause)
        if self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _rest(self, seconds: float) -> None:
        """Wait so long on the clock, or until there is something to do."""
        waits = [
            asyncio.ensure_future(self._woken.wait()),
            asyncio.ensure_future(self._services.clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _begin_what_may_go(self) -> float:
        """Begin with what may be sent now; return in how many seconds something else may, unless woken before."""
        if self._is_doubtful and not self._under_way:
            self._is_doubtful = False
            if await self._services.run(self._table.settle_interrupted):
                self._raise_alarm()
        soonest = _LOOK_AGAIN
        if self._is_cut_off():
            return _LOOK_FOR_TELEGRAM
        for head in await self._services.run(self._table.heads):
            if self._stopping or (busy := self._seconds_busy()):
                return min(soonest, busy) if not self._stopping else 0.0
            if head.chat in self._under_way:
                continue
            wait = self._seconds_to_wait(head)
            if wait > 0:
                soonest = min(soonest, wait)
                continue
            task = asyncio.create_task(self._handle(head), name=f"outbox {head.id}")
            self._under_way[head.chat], self._begun[head.chat] = task, self._services.clock.monotonic()
            task.add_done_callback(_look_at)
        return soonest

    def _seconds_busy(self) -> float:
        """How long nothing else is begun, unless what is under way ends before; 0 where something may be."""
        if len(self._under_way) >= _AT_ONCE:
            return _LOOK_AGAIN
        ages = (self._services.clock.monotonic() - begun for begun in self._begun.values())
        return max((_SLOW - age for age in ages if 0 <= age < _SLOW), default=0.0)

    def _seconds_to_wait(self, head: Head) -> float:
        clock, quiet = self._services.clock, self._services.store.preferences.of(head.chat).quiet
        held = max(self._held_until, self._resting.get(head.chat, -inf)) - clock.monotonic()
        rest = quiet.seconds_left(clock.now()) if quiet is not None else 0.0
        return max(head.seconds_to_wait(clock.now()), held, self._pace.seconds_to_wait(head.chat), rest)

    def _is_cut_off(self) -> bool:
        """Whether polls fail and Telegram was not heard of for a while: what is sent then would only be unclear."""
        pulse = self._services.pulse
        return pulse.failure is not None and pulse.silent_for() > _SILENCE

    async def _handle(self, head: Head) -> None:
        """See that a message may be sent, send it, and note what became of it."""
        is_done = False
        try:
            step, row, reply_to = await self._services.run(self._prepare, head.id)
            if row is not None and step is _Step.SEND:
                await self._deliver(row, reply_to)
            elif row is not None and step is _Step.RENEW:
                await self._renew(row)
            elif step is _Step.CORRECT:
                await correct(self._services, self._bot.username)
            is_done = True
        except (CorpusError, RetrievalError) as error:
            _LOG.error("Message %s of the outbox was not dealt with: %s", head.id, error)
        finally:
            if not is_done:
                # It may have been sent, and otherwise it is not tried again at once.
                self._is_doubtful = True
                self._resting[head.chat] = self._services.clock.monotonic() + _LOOK_AGAIN
            del self._under_way[head.chat], self._begun[head.chat]
            self._woken.set()

    def _prepare(self, identifier: int) -> tuple[_Step, OutboxRow | None, int | None]:
        """Look what is to be done with a message, and take it where it may be sent. Blocks.

        Returns with it the number in Telegram of what it replies to, where there is such a thing.
        """
        services, table = self._services, self._table
        row = table.row(identifier)
        if row is None or row.state is not State.PENDING:
            return _Step.NOTHING, None, None
        if not services.rights.admits(row.chat):
            services.store.retire(row.chat, NOT_ADMITTED)
            return _Step.NOTHING, None, None
        answered = table.row(row.answers) if row.answers is not None else None
        if row.kind is Kind.CORRECTION:
            is_needless = answered is not None and answered.state in (State.FAILED, State.STALE)
            if is_needless or not is_current(services, row.id):
                table.mark(row.id, State.STALE, UNNEEDED)
                return _Step.NOTHING if is_needless else _Step.CORRECT, None, None
        before = state_of(services)
        if not may_be_sent(services, row):
            return _Step.RENEW, row, None
        if not table.take(row):
            return _Step.NOTHING, None, None
        if state_of(services) != before and not may_be_sent(services, row):
            # It was decided otherwise before it was taken: what is decided from now on is followed by a correction.
            table.mark(row.id, State.PENDING)
            return _Step.NOTHING, None, None
        return _Step.SEND, row, table.message_of(row.answers) if row.answers is not None else None

    async def _renew(self, row: OutboxRow) -> None:
        """Let another take the place of a message that may not be sent as it is, or tell the admins of it."""
        if self.recompose is not None and row.composed < _MOST_COMPOSED:
            messages = await self._services.run(self.recompose, row) or ()
            if await self._services.run(self._table.replace, row.id, messages):
                return
        _LOG.warning("Message %s for chat %s is not sent: what it quotes was withdrawn or changed.", row.id, row.chat)
        await self._services.run(self._table.mark, row.id, State.FAILED, WITHDRAWN)
        self._raise_alarm()

    async def _deliver(self, row: OutboxRow, reply_to: int | None) -> None:
        run = self._services.run
        message = Message(row.body, row.buttons)
        protected = await is_protected(self._services, row.body) or await run(_names_withheld, self._services, row)
        try:
            sent = await send(self._bot, row.chat, message, thread=row.thread, reply_to=reply_to, protected=protected)
        except ChatMigrated as error:
            await run(self._services.store.move_chat, row.chat, error.new_chat_id)
            await run(self._after_moving, row)
        except TelegramError as error:
            _LOG.warning("Message %s for chat %s: %s: %s", row.id, row.chat, fate(error).value, error)
            await self._not_sent(row, error)
        else:
            self._troubled.clear()
            await run(self._table.mark, row.id, State.SENT, message=sent.message_id)

    def _after_moving(self, row: OutboxRow) -> None:
        """Let a message wait for the chat that it was moved to, unless that has the same already. Blocks."""
        moved = self._table.row(row.id)
        if moved is not None and moved.chat == row.chat:
            self._table.mark(row.id, State.STALE, UNNEEDED)
        else:
            self._table.mark(row.id, State.PENDING)

    async def _not_sent(self, row: OutboxRow, error: TelegramError) -> None:
        """Note a message that was not sent, or may have been, and what that says about others."""
        run, table = self._services.run, self._table
        if fate(error) is not Fate.REFUSED:
            self._troubled.add(row.chat)
            # What is unclear is not tried again, but the less is unclear, the better, while Telegram fails.
            tries = row.attempts if fate(error) is Fate.NOT_SENT else len(self._troubled)
            pause = _backoff(error, tries)
            if len(self._troubled) >= _MANY_CHATS or isinstance(error, InvalidToken):
                self._held_until = max(self._held_until, self._services.clock.monotonic() + pause)
        if fate(error) is Fate.NOT_SENT:
            due = self._services.clock.now() + pause
            await run(table.mark, row.id, State.PENDING, str(error), due=due)
            return
        if fate(error) is Fate.UNCLEAR:
            await run(table.mark, row.id, State.UNCLEAR, str(error))
        else:
            await run(table.mark, row.id, State.FAILED, str(error))
            await self._retire(row, error)
        self._raise_alarm()

    async def _retire(self, row: OutboxRow, error: TelegramError) -> None:
        """Give up the chat or the topic where it is not the message that was refused.

        Where the bot may not write, subscriptions rest until it may, and what waits fails.
        """
        store, run, refused = self._services.store, self._services.run, refusal(error)
        if refused is Refusal.CHAT:
            await run(store.retire, row.chat, str(error))
        elif refused is Refusal.TOPIC and row.thread:
            await run(store.retire, row.chat, str(error), row.thread)
        elif refused is Refusal.RIGHTS:
            await run(store.subscriptions.pause_chat, row.chat, Pause.RESTRICTED)
            await run(store.fail_waiting, row.chat, str(error))

    def _raise_alarm(self) -> None:
        """Tell the admins soon, of all that comes together in one message."""
        self._has_news = True
        if self._tell is not None and not self._stopping and (self._alarm is None or self._alarm.done()):
            self._alarm = asyncio.create_task(self._tell_admins(self._tell), name="alarm")
            self._alarm.add_done_callback(_look_at)

    async def _tell_admins(self, tell: Callable[[], Awaitable[bool]]) -> None:
        wait = _BEFORE_TELLING
        while self._has_news:
            await self._services.clock.sleep(wait)
            self._has_news = False
            is_told = await tell()
            self._has_news |= not is_told
            wait = _BEFORE_TELLING if is_told else _LONGEST_WAIT


def _backoff(error: TelegramError, attempts: int) -> float:
    """Seconds until what certainly did not go out is tried again: as asked for, or else twice as long each time."""
    spread = random.random()  # noqa: S311 - keeps retries apart, and guards nothing
    if isinstance(error, RetryAfter):
        return seconds_to_wait(error) + spread
    return min(_LONGEST_BACKOFF, 2.0 ** min(attempts + 1, 10)) * (1 + spread) / 2


def _look_at(task: asyncio.Task[None]) -> None:
    """Put into the log what ended a task."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("The outbox failed in %s", task.get_name(), exc_info=error)
