"""What handlers work with: one frozen bundle, made at the composition root, and the one door off the event loop."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from telegram.ext import Application, CallbackContext, ExtBot
from threadpoolctl import threadpool_limits

from bot.access.rights import Rights
from bot.clock import Clock, SystemClock
from bot.documents.intake import Intake
from bot.documents.reloads import Reloads
from bot.running.metrics import Metrics
from bot.running.postponed import Postponed
from bot.running.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from bot.documents.reloading import Reloader
    from bot.settings import Settings
    from bot.store import Store
    from corpus.library import Library
    from retrieval.engine import Engine

# More than compute at once: at any moment some wait for the disk to have what was written.
_THREADS = 6
_SLOW_SECONDS = 60.0
_LOG = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def _say_slow(work: Callable[..., object]) -> None:
    # Never its arguments: they may be what somebody asked.
    name = getattr(getattr(work, "func", work), "__qualname__", type(work).__name__)
    _LOG.warning("%s has not ended within %.0f seconds; it is waited for.", name, _SLOW_SECONDS)


def _calculate_alone() -> None:
    """Let matrices be multiplied by the thread that needs it done, in this whole process.

    Ours are small, and the threads that NumPy would share them among wait busily for one another: where several
    questions are answered at once, or others use the processor too, that takes longer than the work.
    """
    threadpool_limits(1, "blas")


@dataclass(frozen=True, slots=True)
class Services:
    """The settings, what answers, remembers, reloads and reads sent files, the clock, and the executor for work that
    blocks.

    The store keeps the hours of the same clock.
    """

    settings: Settings
    engine: Engine
    store: Store
    reloader: Reloader
    reloads: Reloads = field(default_factory=Reloads)
    intake: Intake = field(default_factory=Intake)
    clock: Clock = field(default_factory=SystemClock)
    postponed: Postponed = field(default_factory=Postponed)
    pulse: Pulse = field(default_factory=Pulse)
    metrics: Metrics = field(default_factory=Metrics)
    executor: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(
            _THREADS, thread_name_prefix="rapporteur", initializer=_calculate_alone
        )
    )

    @property
    def library(self) -> Library:
        """The documents, and what was decided on them."""
        return self.engine.library

    @property
    def rights(self) -> Rights:
        """Who may do what."""
        return Rights(self.settings, self.store)

    def clearance_of(self, chat: int) -> str:
        """Up to which label what is said in a chat may draw on documents; see ``Rights.clearance_of``."""
        return self.rights.clearance_of(chat)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do blocking ``work`` in the executor and return its result; what takes a minute is named in the log."""
        loop = asyncio.get_running_loop()
        # It cannot be ended, but where the bot hangs the log says in what, and for which update.
        late = loop.call_later(_SLOW_SECONDS, _say_slow, work)
        try:
            # With the context, which has the request that the log names.
            context = copy_context()
            return await loop.run_in_executor(self.executor, lambda: context.run(work, *args, **kwargs))
        finally:
            late.cancel()


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """PTB's context with the services, and the id of the update it is for."""

    update_id: int | None = None

    @classmethod
    def from_update(cls, update: object, application: Application[Any, Any, Any, Any, Any, Any]) -> Self:
        """A context for one update."""
        context = super().from_update(update, application)
        context.update_id = getattr(update, "update_id", None)
        return context

    @property
    def services(self) -> Services:
        """The bundle that the application was built with."""
        services: Services = self.bot_data["services"]
        return services


BotApplication = Application[Any, Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], Any]
