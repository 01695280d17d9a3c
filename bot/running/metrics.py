"""What is counted and measured of a running bot, for Prometheus; no person, chat, question or document is named."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.documents.reloads import How
from bot.outbox.outgoing import State
from bot.running.stages import Fate, Stage

if TYPE_CHECKING:
    from bot.running.readings import Readings
    from bot.running.stages import Course

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_PREFIX = "rapporteur"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_UNKNOWN = float("nan")
# Each before those that it is one of.
_KINDS = {
    BadRequest: "bad_request",
    TimedOut: "timed_out",
    NetworkError: "network",
    RetryAfter: "retry_after",
    Forbidden: "forbidden",
    InvalidToken: "invalid_token",
    ChatMigrated: "chat_migrated",
    Conflict: "conflict",
    TelegramError: "other",
}
# When each counter was made is of no use, and doubles what is read.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The counters and gauges of one bot, in a registry of their own. They may be used in any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.questions = self._counter("questions", "Questions asked in chats, by what became of them.", "outcome")
        self.answer_seconds = Histogram(
            f"{_PREFIX}_answer_seconds",
            "Seconds from a question's arrival to its answer, by stage and in total.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.reloads = self._counter("reloads", "Reloads of the documents, by how they ended.", "how")
        self.telegram_errors = self._counter("telegram_errors", "Calls of the Bot API that failed, by kind.", "kind")
        self.limits_hit = self._counter("limits_hit", "Requests refused because of a limit, by limit.", "limit")
        self.webhook_requests = self._counter("webhook_requests", "Requests to the webhook, by HTTP status.", "status")
        self.updates_waiting = self._gauge("updates_waiting", "Updates that are being handled or wait for it.")
        self.updates_held = self._gauge(
            "updates_held", "Updates that Telegram holds because the webhook has not taken them."
        )
        self.last_update = self._gauge(
            "last_update_timestamp_seconds", "When an update last came, in seconds since 1970; 0 for never."
        )
        self._outbox = self._gauge("outbox_messages", "Messages in the outbox, by state.", "state")
        self._outbox_oldest = self._gauge(
            "outbox_oldest_seconds", "Age of the oldest message in the outbox that is still to be sent; 0 for none."
        )
        self._generation = Info(
            f"{_PREFIX}_generation", "The generation of the index that answers.", registry=self.registry
        )
        self._generation_age = self._gauge("generation_age_seconds", "Seconds since that generation was made.")
        self._documents = self._gauge("documents", "Documents that answers may draw on.")
        Info(f"{_PREFIX}_build", "The program and what runs it.", registry=self.registry).info(_build())
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._begin_at_zero()

    def asked(self, course: Course) -> None:
        """Count a question that was dealt with, and how long its stages took where it was answered."""
        self.questions.labels(course.fate).inc()
        if course.fate in (Fate.ANSWERED, Fate.SILENT):
            for stage, seconds in course.seconds.items():
                self.answer_seconds.labels(stage).observe(seconds)

    def reloaded(self, how: How) -> None:
        """Count a reload that ended."""
        self.reloads.labels(how.value).inc()

    def telegram_failed(self, error: TelegramError) -> None:
        """Count a call of the Bot API that failed."""
        self.telegram_errors.labels(next(name for kind, name in _KINDS.items() if isinstance(error, kind))).inc()

    def show(self, readings: Readings | None) -> None:
        """Take over what was read of the store and the index; None where they could not be read."""
        if readings is None:
            self._outbox.clear()
            for gauge in (self._outbox_oldest, self._generation_age, self._documents):
                gauge.set(_UNKNOWN)
            return
        for state in State:
            self._outbox.labels(state).set(readings.outbox.get(state, 0))
        self._outbox_oldest.set(readings.outbox_oldest)
        self._generation.info({"generation": readings.generation})
        self._generation_age.set(readings.generation_age)
        self._documents.set(readings.documents)

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format. Reads of the process what the system says of it."""
        return generate_latest(self.registry)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", description, labels, registry=self.registry)

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", description, labels, registry=self.registry)

    def _begin_at_zero(self) -> None:
        """A rise from nothing to one is not seen as one, and a series that is not there is not zero."""
        for fate in Fate:
            self.questions.labels(fate)
        for stage in Stage:
            self.answer_seconds.labels(stage)
        for how in (How.DONE, How.STOPPED, How.FAILED):
            self.reloads.labels(how.value)
        for kind in _KINDS.values():
            self.telegram_errors.labels(kind)


@cache
def _build() -> dict[str, str]:
    return {"version": version("rapporteur"), "python": platform.python_version()}
