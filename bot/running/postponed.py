"""Updates that could not be dealt with for now: handled again a little later, as after a restart, until they are."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import TYPE_CHECKING

from telegram import Update

from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Bot

    from bot.services import Services

    Handle = Callable[[Update], Awaitable[None]]

_LOG = logging.getLogger(__name__)
# Between two tries: soon where it was a moment's trouble, and never so long that a network that is back is not noticed.
_PAUSE, _LONGEST_PAUSE = 5.0, 10.0


class Undelivered(Exception):  # noqa: N818 - named for what happened
    """Nothing of a reply went out, which is certain; after ``seconds`` it may be tried again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the reply could not be sent and is tried again in {seconds:.0f} s")
        self.seconds = seconds


class Postponed:
    """The updates that wait for another try. What it holds is in the store too, so that a restart loses none."""

    def __init__(self) -> None:
        self._due: dict[int, float] = {}
        self._tries: dict[int, int] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __contains__(self, update: int) -> bool:
        """Whether an update waits for another try, and is not to be marked as done."""
        return update in self._due

    def tries(self, update: int) -> int:
        """How often an update was put off so far."""
        return self._tries.get(update, 0)

    def put(self, update: int, seconds: float = 0.0) -> None:
        """Let an update be handled again after ``seconds``, and not before a pause that grows up to ten."""
        tries = self._tries[update] = self.tries(update) + 1
        pause = max(seconds, min(_PAUSE * tries, _LONGEST_PAUSE))
        self._due[update] = asyncio.get_running_loop().time() + pause
        self._woken.set()

    def forget(self, update: int) -> None:
        """An update is dealt with."""
        self._tries.pop(update, None)

    def start(self, services: Services, bot: Bot, handle: Handle) -> None:
        """Hand what is due to ``handle``."""
        self._task = asyncio.create_task(self._work(services, bot, handle), name="postponed")

    async def stop(self) -> None:
        """End; what waits is handled at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self, services: Services, bot: Bot, handle: Handle) -> None:
        while True:
            self._woken.clear()
            now = asyncio.get_running_loop().time()
            for update in sorted(update for update, due in self._due.items() if due <= now):
                await self._try(update, services, bot, handle)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._seconds_to_wait())

    def _seconds_to_wait(self) -> float | None:
        if not self._due:
            return None
        return max(0.0, min(self._due.values()) - asyncio.get_running_loop().time())

    async def _try(self, update: int, services: Services, bot: Bot, handle: Handle) -> None:
        """Hand on an update of which nothing was answered; one that was only needs to be marked as done."""
        try:
            found = await services.run(services.store.open_update, update)
            if found is not None and found[1] == "sending":
                await services.run(services.store.finish_update, update)
        except DatabaseError as error:
            _LOG.warning("Update %s is put off once more: %s", update, error)
            self.put(update)
            return
        del self._due[update]
        again = Update.de_json(json.loads(found[0]), bot) if found is not None and found[1] == "pending" else None
        if again is None:
            self.forget(update)
        else:
            await handle(again)
