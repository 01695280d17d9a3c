"""Ending within a time that is known before, whatever hangs: each step has a limit, and all of them together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from types import FrameType

    from bot.running.inbox import ChatByChat
    from bot.services import BotApplication

_LOG = logging.getLogger(__name__)
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
# What a stop may take beyond the time for what is under way: its steps together, and until the process is ended hard.
STEPS_SECONDS: Final = 15.0
HARD_SECONDS: Final = 20.0
_AFTER_CANCELLING = 1.0


class LastResort:
    """Ends the process after some seconds, even where the event loop or a thread hangs, unless that is called off.

    What is in the store and on disk stays whole: it is written in transactions and by renaming.
    """

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def arm(self, seconds: float, code: int) -> None:
        """End the process with ``code`` in so many seconds."""
        self.disarm()
        self._timer = threading.Timer(seconds, _end_hard, (seconds, code))
        # It keeps no process alive that could end by itself.
        self._timer.daemon = True
        self._timer.start()

    def disarm_unless_threads_run(self) -> None:
        """Call it off where the process will end by itself: Python waits for threads, whatever they wait for."""
        main = threading.main_thread()
        if all(thread is main or thread.daemon for thread in threading.enumerate()):
            self.disarm()

    def disarm(self) -> None:
        """Call it off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _end_hard(seconds: float, code: int) -> None:
    _LOG.error("The bot did not end within %.0f seconds and is ended now; what it left open it does again.", seconds)
    _leave(code)


def _leave(code: int) -> None:
    sys.stderr.flush()
    os._exit(code)


def _leave_at_once(number: int, _: FrameType | None) -> None:
    """End for a second signal, with the exit code that a shell gives for it."""
    _leave(128 + number)


class Signals:
    """Ctrl-C and SIGTERM while the bot runs: the first asks it to end, the second ends it at once."""

    def __init__(self) -> None:
        self._first: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def first(self) -> int:
        """Wait for the first signal and return its number."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._ask, number)
        return await self._first

    def _ask(self, number: int) -> None:
        self.end_at_next()
        if not self._first.done():
            self._first.set_result(number)

    @staticmethod
    def end_at_next() -> None:
        """From now on let each signal end the process, also while the event loop is held up."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, _leave_at_once)


class Steps:
    """The steps of a stop, which have ``seconds`` together."""

    def __init__(self, seconds: float = STEPS_SECONDS) -> None:
        self._until = time.monotonic() + seconds

    async def take(self, what: str, work: Awaitable[object], seconds: float = STEPS_SECONDS) -> bool:
        """Wait for ``work`` as long as there is time, but for no more than ``seconds``; say whether it has ended well.

        What has not ended by then is cancelled, and the log says what it was, or what went wrong with it.
        """
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=max(0.0, min(seconds, self._until - time.monotonic())))
        if not task.done():
            _LOG.warning("Stopping: %s did not end in time and is given up.", what)
            task.cancel()
            await asyncio.wait({task}, timeout=_AFTER_CANCELLING)
            return False
        if task.cancelled():
            return False
        error = task.exception()
        if error is not None:
            _LOG.error("Stopping: %s failed", what, exc_info=error)
        return error is None


async def drain(application: BotApplication, seconds: float) -> None:
    """Begin with no more updates, and give those under way ``seconds``; the others wait in the store for a start."""
    processor = cast("ChatByChat", application.update_processor)
    processor.close()
    ending = asyncio.ensure_future(application.stop())
    await asyncio.wait({ending}, timeout=seconds)
    if not ending.done():
        given_up = processor.abandon()
        _LOG.warning("%s messages were not dealt with within %.0f seconds; the next start does so.", given_up, seconds)
    await Steps().take("the handlers", ending, _AFTER_CANCELLING)
