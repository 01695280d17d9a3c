"""No question is lost: updates are stored before the poll that confirms them, and replayed at the next start."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor, ExtBot

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.services import Services

_LOG = logging.getLogger(__name__)
_WAITING_PER_CHAT = 20
_AT_WORK = 8
_NO_LIMIT = 1_000_000


class KeepingBot(ExtBot[None]):
    """A bot that writes every update to the store before it returns it, and returns none twice.

    Telegram forgets an update at the poll after the one that fetched it, which is the next call of ``get_updates``.
    """

    __slots__ = ("_services",)

    def __init__(self, services: Services, token: str, **options: Any) -> None:
        super().__init__(token, **options)
        self._services = services

    async def get_updates(self, offset: int | None = None, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        """Fetch, store, and return what was not stored before."""
        while updates := await super().get_updates(offset, *args, **kwargs):
            # An inline query that is not answered within seconds is answered by nobody any more.
            passing = {update.update_id for update in updates if update.inline_query is not None}
            bodies = {update.update_id: update.to_json() for update in updates if update.update_id not in passing}
            new = passing | await self._services.run(self._services.store.keep_updates, bodies)
            if new:
                return tuple(update for update in updates if update.update_id in new)
            # The caller only sees new ones and would ask for these again at once, without end.
            offset = updates[-1].update_id + 1
        return updates


async def open_updates(services: Services, bot: Bot) -> list[Update]:
    """The updates that the last run left open, oldest first, to be handled now.

    One whose reply was being sent when that run ended may have been answered: it is marked as unclear and not
    answered again, since a second answer would come unexplained.
    """
    found = []
    for identifier, body, state in await services.run(services.store.open_updates):
        if state == "sending":
            _LOG.warning("Update %s may have been answered before the last stop; it is not answered again.", identifier)
            await services.run(services.store.mark_update, identifier, "unclear")
            continue
        found.append(Update.de_json(json.loads(body), bot))
    return found


class ChatByChat(BaseUpdateProcessor):
    """Updates of one chat are handled in order, those of several chats side by side.

    A chat holds one of the few places at work at a time, whatever it sends; what it sends beyond twenty waiting
    updates is put aside with a word in the log, unless it is an admin's.
    """

    def __init__(self, services: Services) -> None:
        super().__init__(_NO_LIMIT)
        self._services = services
        self._at_work = asyncio.Semaphore(_AT_WORK)
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's turn and a place, handle the update, and mark it done; inline queries wait for none."""
        if isinstance(update, Update) and update.inline_query is not None:
            await coroutine
            return
        chat = _chat_of(update)
        # An admin may send many documents at once, and none of them is to be lost.
        if self._waiting.get(chat, 0) >= _WAITING_PER_CHAT and chat not in self._services.settings.admins:
            _LOG.warning("Chat %s has %s updates waiting; update %s is put aside.", chat, _WAITING_PER_CHAT, update)
            asyncio.ensure_future(coroutine).cancel()
            await self._finish(update)
            return
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        try:
            async with self._locks.setdefault(chat, asyncio.Lock()), self._at_work:
                await coroutine
                await self._finish(update)
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._waiting[chat], self._locks[chat]

    async def _finish(self, update: object) -> None:
        if isinstance(update, Update):
            await self._services.run(self._services.store.finish_update, update.update_id)


def _chat_of(update: object) -> int:
    """The chat that an update belongs to, or else its sender; 0 where it has neither."""
    if not isinstance(update, Update):
        return 0
    if update.effective_chat is not None:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user is not None else 0
