"""Who sees to corrections: at the start, at once after a decision of an admin, and after decisions made elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from bot.corrections.noting import correct, state_of
from corpus.errors import CorpusError
from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Bot

    from bot.services import Services

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN = 30.0


class Corrector:
    """Puts corrections into the outbox while it runs, and calls ``wake`` where there are any.

    Half a minute after the library has changed it looks of its own accord, since a decision may have been made at the
    shell; while a reload is under way, which ends with a look at everything, only at what was decided on here.
    """

    def __init__(self, services: Services, bot: Bot, wake: Callable[[], None]) -> None:
        self._services = services
        self._bot = bot
        self._wake = wake
        self._decided: list[str] = []
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what changed while the bot was not running."""
        self._task = asyncio.create_task(self._work(), name="corrections")

    def decided(self, document: str | None = None) -> None:
        """Look now at what was sent of a document that an admin has decided on, or of what was packed in it.

        Without a document, at everything, unless a reload is under way.
        """
        self._decided += [document] if document is not None else []
        self._woken.set()

    async def stop(self) -> None:
        """End what is being done, and end; what is left is found at the next start."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while not self._stopping:
            self._woken.clear()
            decided, self._decided = self._decided, []
            try:
                await self._look(decided)
            except (CorpusError, RetrievalError) as error:
                _LOG.error("Corrections could not be looked for; it is tried again: %s", error)
                self._decided += decided
            await self._rest()

    async def _look(self, decided: list[str]) -> None:
        services, name = self._services, self._bot.username
        put = 0
        if services.reloads.running:
            for document in dict.fromkeys(decided):
                put += await correct(services, name, within=document)
        elif await services.run(state_of, services) != services.store.corrections.checked:
            put = await correct(services, name)
        if put:
            self._wake()

    async def _rest(self) -> None:
        """Wait for a decision, or for half a minute."""
        woken = asyncio.ensure_future(self._woken.wait())
        passed = asyncio.ensure_future(self._services.clock.sleep(_LOOK_AGAIN))
        await asyncio.wait({woken, passed}, return_when=asyncio.FIRST_COMPLETED)
        for one in (woken, passed):
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await one
