"""How long the stages of an answer take, and what becomes of the question."""

from __future__ import annotations

import asyncio
import functools
import time
from contextvars import ContextVar
from enum import StrEnum
from typing import TYPE_CHECKING, Concatenate, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, Self

    from bot.running.metrics import Metrics
    from bot.services import Context

P = ParamSpec("P")


class Stage(StrEnum):
    """A part of the way from a question's arrival to its answer, and the whole of it.

    A question waits for its turn, is searched for, its answer is kept for its buttons, and is sent.
    """

    WAITING = "waiting"
    SEARCH = "search"
    KEEPING = "keeping"
    SENDING = "sending"
    TOTAL = "total"


class Fate(StrEnum):
    """What became of a question.

    It was answered; the documents do not answer it; it was refused as none, or one too long; or something failed, so
    that no answer certainly arrived.
    """

    ANSWERED = "answered"
    SILENT = "silent"
    REFUSED = "refused"
    FAILED = "failed"


class Course:
    """A question that is being dealt with; ``seconds`` holds how long each stage took that it has passed.

    ``since`` is when it arrived, on ``now``, and the stage of waiting ends when this is made.
    """

    def __init__(self, since: float | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last = now()
        self._since = self._last if since is None else since
        self.fate = Fate.FAILED
        self.seconds: dict[Stage, float] = {Stage.WAITING: self._last - self._since}

    def passed(self, stage: Stage) -> None:
        """Count the time since the last stage to ``stage``."""
        now = self._now()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self.seconds[Stage.TOTAL] = now - self._since
        self._last = now


class _Following:
    """Makes a question the one that is dealt with in this context, and counts it at the end unless it was cancelled."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._course = Course(_arrived.get())

    def __enter__(self) -> Self:
        self._token = _current.set(self._course)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        if isinstance(error, asyncio.CancelledError):
            # It stays in the store, and is asked again at the next start.
            return
        if error is not None:
            self._course.fate = Fate.FAILED
        self._metrics.asked(self._course)


_arrived: ContextVar[float | None] = ContextVar("arrived", default=None)
_current: ContextVar[Course | None] = ContextVar("course", default=None)


def arrive() -> None:
    """Note that what the present task is about to handle arrives now."""
    _arrived.set(time.monotonic())


def passed(stage: Stage) -> None:
    """Note that the question at hand, if one is, has passed a stage."""
    course = _current.get()
    if course is not None:
        course.passed(stage)


def ended(fate: Fate) -> None:
    """Note what became of the question at hand, if one is; without this it counts as failed."""
    course = _current.get()
    if course is not None:
        course.fate = fate


def measured(
    answer: Callable[Concatenate[Context, P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[Context, P], Coroutine[Any, Any, None]]:
    """Count each call of ``answer`` as a question, and what it says of its stages and fate as that question's."""

    @functools.wraps(answer)
    async def wrapper(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> None:
        with _Following(context.services.metrics):
            await answer(context, *args, **kwargs)

    return wrapper
