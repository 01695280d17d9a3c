"""What goes wrong with polls: said once when it begins and once when it is over, in the log and maybe to admins."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from telegram.error import Conflict, TelegramError

from bot.documents.reload_runs import admin_places
from bot.messages.delivery import send
from bot.messages.rendering import Message, html
from bot.running.supervising import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from telegram import Bot

    from bot.running.pulse import Pulse
    from bot.services import Services

_LOG = logging.getLogger(__name__)
# A poll that fails now and then is tried again and no trouble.
OUTAGE_SECONDS: Final = 30.0
# Of two programs that poll each is answered now and then; PTB rests up to half a minute between two tries.
CALM_SECONDS: Final = 90.0
_SECONDS_BETWEEN_WORDS = 3600.0
_TOLD = {
    "conflict": "Another program polls with this bot's token, so that some messages do not arrive here; stop one of "
    "the two. The bot goes on trying.",
    "over": "No other program polls with this bot's token any more; messages arrive here again.",
}


class PollTroubles:
    """Two troubles: that Telegram cannot be reached, and that another program polls with the same token.

    Admins are told of the second, at most once an hour, and of its end where they were told of its beginning. ``now``
    counts seconds as the clock of the pulse does.
    """

    def __init__(self, services: Services, bot: Bot, *, now: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._bot = bot
        self._now = now
        self._outage_from: float | None = None
        self._last_conflict: float | None = None
        self._last_told: float | None = None
        self._is_told = False
        self._tasks: set[asyncio.Task[None]] = set()

    def failed(self, error: TelegramError) -> None:
        """A poll failed; PTB tries again by itself."""
        if not isinstance(error, Conflict):
            _LOG.debug("A poll failed and is tried again: %s", error)
            return
        begins, self._last_conflict = self._last_conflict is None, self._now()
        if not begins:
            return
        _LOG.warning("Another program polls with the same token; stop one of the two. Telegram says: %s", error)
        if self._last_told is None or self._now() - self._last_told >= _SECONDS_BETWEEN_WORDS:
            self._last_told, self._is_told = self._now(), True
            self._start(self._tell_admins("conflict"))

    def look(self) -> Standing:
        """Say what has begun or is over since the last look; return how it stands."""
        pulse = self._services.pulse
        self._look_at_conflict(pulse)
        self._look_at_outage(pulse)
        if self._outage_from is not None:
            return Standing.UNREACHED
        return Standing.RECEIVING if self._last_conflict is None else Standing.CONFLICT

    async def settle(self, seconds: float) -> None:
        """Wait so long for admins to be told what they are being told, and no longer."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    def _look_at_conflict(self, pulse: Pulse) -> None:
        last = self._last_conflict
        if last is None or pulse.last_heard <= last or self._now() - last < CALM_SECONDS:
            return
        self._last_conflict = None
        _LOG.warning("No other program polls with the same token any more.")
        if self._is_told:
            self._is_told = False
            self._start(self._tell_admins("over"))

    def _look_at_outage(self, pulse: Pulse) -> None:
        silent, failure = pulse.silent_for(), pulse.failure
        if self._outage_from is None and failure is not None and silent >= OUTAGE_SECONDS:
            self._outage_from = pulse.last_heard
            _LOG.warning("Telegram has not answered for %.0f seconds (%s); it is tried again.", silent, failure)
        elif self._outage_from is not None and pulse.last_heard > self._outage_from:
            seconds, self._outage_from = pulse.last_heard - self._outage_from, None
            _LOG.warning("Telegram answers again, after %.0f seconds.", seconds)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="conflict")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_admins(self, what: str) -> None:
        for place in await admin_places(self._services):
            try:
                await send(self._bot, place.chat, Message(html(place.say(_TOLD[what]))))
            except TelegramError as error:
                _LOG.warning("Admin %s was not told: %s", place.chat, error)
