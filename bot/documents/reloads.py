"""Reloads that were asked for: one run at a time, and whatever is asked for meanwhile is one further run."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.messages.conversation import Place
    from retrieval.index.reports import IndexReport

_LOG = logging.getLogger(__name__)


class Why(Enum):
    """What a reload was asked for by."""

    COMMAND = "command"
    SENT = "sent"
    DECIDED = "decided"
    WATCHED = "watched"


class How(Enum):
    """How a request ended: its run is done, was stopped, failed; or it was dropped before its run began."""

    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Request:
    """Why a reload is asked for, and the place that is told of it; None where nobody waits for it."""

    why: Why
    place: Place | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a request; ``report`` is there only where its run is ``DONE``, ``reason`` where it ``FAILED``."""

    how: How
    report: IndexReport | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancellation met: the requests of the run that is being stopped, and those that waited."""

    stopped: tuple[Request, ...]
    dropped: tuple[Request, ...]


class Runner(Protocol):
    """Does what the queue hands it."""

    async def run(self, requests: Sequence[Request]) -> Ended:
        """Bring the index up to date for all ``requests`` at once, and tell their places."""

    def stop(self) -> bool:
        """Let the present run end without a change, soon; False where it is too late or there is none."""


class Reloads:
    """The queue. Its methods are called on the event loop; requests wait until it is started."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Request, asyncio.Future[Ended]]] = []
        self._running: tuple[Request, ...] = ()
        self._woken = asyncio.Event()
        self._stopping = False
        self._runner: Runner | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return bool(self._running)

    def request(self, why: Why, place: Place | None = None) -> asyncio.Future[Ended]:
        """Ask for a reload that sees everything done before this call; its progress is told at ``place``.

        What is returned is done when that reload has ended, and need not be awaited; it never holds an exception.
        """
        ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._waiting.append((Request(why, place), ended))
        self._woken.set()
        return ended

    def cancel(self) -> Cancelled:
        """Stop the present run, and drop what waits."""
        stopped = self._running if self._runner is not None and self._runner.stop() else ()
        return Cancelled(stopped, self._drop())

    def start(self, runner: Runner, ended: Callable[[How], None] = lambda _: None) -> None:
        """Begin with what waits; ``ended`` is told how each run ended."""
        self._runner, self._stopping = runner, False
        self._task = asyncio.create_task(self._work(runner, ended), name="reloads")

    async def stop(self) -> None:
        """Stop the present run, drop what waits, and end."""
        self._stopping = True
        self.cancel()
        self._woken.set()
        if self._task is not None:
            await self._task

    def _drop(self) -> tuple[Request, ...]:
        dropped, self._waiting = self._waiting, []
        _settle((ended for _, ended in dropped), Ended(How.DROPPED))
        return tuple(request for request, _ in dropped)

    async def _work(self, runner: Runner, ended: Callable[[How], None]) -> None:
        while not self._stopping:
            if not self._waiting:
                self._woken.clear()
                await self._woken.wait()
                continue
            taken, self._waiting = self._waiting, []
            self._running = tuple(request for request, _ in taken)
            try:
                result = await self._run(runner)
            finally:
                self._running = ()
            ended(result.how)
            _settle((waiting for _, waiting in taken), result)

    async def _run(self, runner: Runner) -> Ended:
        """Do one run in a task of its own, so that one that fails ends nothing else."""
        task = asyncio.ensure_future(runner.run(self._running))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            # A stop that has no more time for it; what it works with is let go of next.
            task.cancel()
            await asyncio.wait({task})
            raise
        error = task.exception()
        if error is None:
            return task.result()
        _LOG.error("A reload failed", exc_info=error)
        return Ended(How.FAILED)


def _settle(futures: Iterable[asyncio.Future[Ended]], result: Ended) -> None:
    for future in futures:
        if not future.done():
            future.set_result(result)
