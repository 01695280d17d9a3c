"""The outbox: summaries are sent once, in order, by one worker; what may or may not have arrived is marked unclear."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from telegram.error import ChatMigrated, TelegramError

from bot.citations import may_be_shown
from bot.delivery import Fate, fate, seconds_to_wait, send
from bot.rendering import Message

if TYPE_CHECKING:
    from telegram import Bot

    from bot.services import Services
    from bot.store import OutboxRow

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN = 30.0
WITHDRAWN = "withdrawn"


def may_be_sent(services: Services, row: OutboxRow) -> bool:
    """Whether all that a message cites or names is what its chat may read now, the cited in the same words. Blocks."""
    clearance = services.clearance_of(row.chat)
    is_named = services.engine.view(clearance).by_id.keys() >= row.named
    return is_named and may_be_shown(services.engine, services.store, row.body, clearance)


class Outbox:
    """Sends what waits in the store's outbox while it runs."""

    def __init__(self, services: Services, bot: Bot) -> None:
        self._services = services
        self._bot = bot
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Settle what the last run left half sent, and begin."""
        interrupted = await self._services.run(self._services.store.settle_interrupted)
        if interrupted:
            _LOG.warning(
                "%s messages may or may not have been sent before the last stop; they are unclear.", interrupted
            )
        self._task = asyncio.create_task(self._work(), name="outbox")

    def wake(self) -> None:
        """Look now for messages that wait."""
        self._woken.set()

    async def stop(self) -> None:
        """Finish the message that is being sent, and end; the rest waits for the next start."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while not self._stopping:
            self._woken.clear()
            row = await self._services.run(self._services.store.next_message)
            pause = _LOOK_AGAIN if row is None else await self._send(row)
            if pause:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)

    async def _send(self, row: OutboxRow) -> float:
        """Send one message and record what became of it; return the seconds to wait before the next."""
        store = self._services.store
        state, reason, pause = "sent", None, 0.0
        if not await self._services.run(may_be_sent, self._services, row):
            _LOG.warning("A summary for chat %s is not sent: something it quotes was withdrawn or changed.", row.chat)
            await self._services.run(store.mark_message, row.id, "failed", WITHDRAWN)
            return pause
        try:
            await send(self._bot, row.chat, Message(row.body), thread=row.thread)
        except ChatMigrated as error:
            await self._services.run(store.move_chat, row.chat, error.new_chat_id)
            state = "pending"
        except TelegramError as error:
            reason = str(error)
            if fate(error) is Fate.NOT_SENT:
                state, pause = "pending", seconds_to_wait(error)
            else:
                state = "unclear" if fate(error) is Fate.UNCLEAR else "failed"
            _LOG.warning("A summary for chat %s was not sent (%s): %s", row.chat, state, error)
        await self._services.run(store.mark_message, row.id, state, reason)
        return pause
