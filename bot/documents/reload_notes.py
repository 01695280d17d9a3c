"""What is said of a reload: its progress in an edited message, and in the end what became of each file."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.messages.delivery import send
from bot.messages.rendering import Message, html, packed
from retrieval.index.reports import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from telegram import Bot
    from telegram import Message as SentMessage

    from bot.documents.reloading import Step
    from bot.languages import Phrases
    from bot.messages.conversation import Place
    from retrieval.index.reports import FileReport, IndexReport

_LOG = logging.getLogger(__name__)
_STAGES = ("reading", "encoding")
# A rate is known after so many seconds of a stage and such a share of it.
_SECONDS_TO_JUDGE = 5.0
_SHARE_TO_JUDGE = 0.05
_LONG_FILE = 20.0
_LINES_AT_ONCE = 12
_ROUNDS_AT_ONCE = 5


class Course:
    """How a reload has gone so far, and when it may be done; ``now`` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._step: Step | None = None
        self._pages: Step | None = None
        self._began = self._moved = now()

    def take(self, step: Step) -> None:
        """Another step is done, or another page of the file that is being read ("pages")."""
        if step.stage == "pages":
            self._pages, self._moved = step, self._now()
            return
        self._pages = None
        if self._step is None or self._step.stage != step.stage:
            self._began = self._now()
        self._step, self._moved = step, self._now()

    def line(self, say: Phrases) -> str:
        """Stage, share of it, the time that is left where the rate tells, and a word on a file that takes long."""
        step = self._step
        if step is None:
            return say("Reloading…")
        label = say("Reading files") if step.stage == "reading" else say("Encoding")
        share = f"{100 * step.done // max(step.total, 1)} %"
        parts = [
            say("Step {step} of {steps}", step=_STAGES.index(step.stage) + 1, steps=len(_STAGES)),
            f"{label}: {share}",
        ]
        left = self.seconds_left()
        if left is not None:
            parts.append(_duration_left(left, say))
        still = self._now() - self._moved
        if self._pages is not None:
            parts.append(say("scan: page {page} of {pages}", page=self._pages.done, pages=self._pages.total))
        elif step.stage == "reading" and still >= _LONG_FILE:
            parts.append(say("one file takes long, as scanned pages do ({seconds} s so far)", seconds=int(still)))
        return " · ".join(parts)

    def seconds_left(self) -> float | None:
        """How long the present stage will still take at its rate so far; None where that says nothing yet."""
        step, spent = self._step, self._now() - self._began
        if step is None or not 0 < step.done < step.total or spent < _SECONDS_TO_JUDGE:
            return None
        if step.done / step.total < _SHARE_TO_JUDGE:
            return None
        return spent * (step.total - step.done) / step.done


def _duration_left(seconds: float, say: Phrases) -> str:
    if seconds < 60:
        return say("less than a minute left")
    return say.count("about {number} minute left", "about {number} minutes left", round(seconds / 60))


class Note:
    """One message in a place that is edited as the work goes on."""

    def __init__(self, bot: Bot, place: Place) -> None:
        self._bot = bot
        self.place = place
        self._message: SentMessage | None = None
        self._shown = ""

    async def show(self, text: str) -> None:
        """Show ``text`` in the message; a failure to is logged, since the work matters more than its progress."""
        if text == self._shown:
            return
        self._shown = text
        place = self.place
        try:
            if self._message is None:
                self._message = await send(
                    self._bot, place.chat, Message(html(text)), thread=place.thread, reply_to=place.reply_to
                )
            else:
                await self._message.edit_text(text)
        except TelegramError as error:
            _LOG.warning("Progress of a reload was not shown in chat %s: %s", place.chat, error)

    async def attach(self, content: bytes, name: str) -> None:
        """Send a file beside the message."""
        try:
            await self._bot.send_document(
                self.place.chat, content, filename=name, message_thread_id=self.place.thread or None
            )
        except TelegramError as error:
            _LOG.warning("The report of a reload was not sent to chat %s: %s", self.place.chat, error)


@dataclass(frozen=True, slots=True)
class Told:
    """A report as a message, and in full as a text where it is too long for one."""

    text: str
    whole: str | None


def told(report: IndexReport, say: Phrases, proof: str | None = None, arrived: Sequence[str] = ()) -> Told:
    """What became of the files: numbers, then each that is new, changed, withdrawn or refused, and why.

    ``arrived`` are lines on the rounds of which documents have arrived.
    """
    names = {
        Outcome.ADDED: say("added"),
        Outcome.CHANGED: say("changed"),
        Outcome.UNCHANGED: say("unchanged"),
        Outcome.WITHDRAWN: say("withdrawn"),
        Outcome.REFUSED: say("refused"),
    }
    counts = Counter(file.outcome for file in report.files)
    head = [say("Done."), ", ".join(f"{label}: {counts[outcome]}" for outcome, label in names.items())]
    if proof:
        head.append(proof)
    head += arrived[:_ROUNDS_AT_ONCE]
    lines = [_file_line(file, names) for file in in_order(report)]
    short = "\n".join([*head, *lines])
    if len(lines) <= _LINES_AT_ONCE and len(packed([html(short)])) == 1 and len(html(short)) < 3500:
        return Told(short, None)
    first = [line[:200] for line in lines[:_LINES_AT_ONCE]]
    more = [say("All of it is in the file below.")]
    return Told("\n".join([*head, *first, *more]), "\n".join([*head, "", *lines, ""]))


def in_order(report: IndexReport) -> list[FileReport]:
    """The files of which there is something to say: refused ones first, then as they were met."""
    order = (Outcome.REFUSED, Outcome.WITHDRAWN, Outcome.CHANGED, Outcome.ADDED)
    changed = [file for file in report.files if file.outcome in order]
    return sorted(changed, key=lambda file: order.index(file.outcome))


def _file_line(file: FileReport, names: dict[Outcome, str]) -> str:
    reason = f" ({file.reason})" if file.reason else ""
    return f"{names[file.outcome]}: {file.document}{reason}"
