"""What admins see of verdicts on answers: counts and the latest complaints, without a word of who made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.answers.keyboard import Button
from bot.feedback.table import Verdict
from bot.messages.lengths import short
from bot.messages.rendering import Message, html, packed, source_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feedback.table import Complaint
    from bot.languages import Phrases
    from retrieval.answers.quotes import Quote

_QUESTION, _SOURCE = 400, 300


@dataclass(frozen=True, slots=True)
class Shown:
    """A complaint with its question, whether that was answered, and what was quoted, where it still stands."""

    complaint: Complaint
    question: str
    answered: bool
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Overview:
    """How many verdicts there are, of the last thirty days and in all, and the latest complaints, newest first."""

    recent: Mapping[Verdict, int]
    in_all: Mapping[Verdict, int]
    complaints: tuple[Shown, ...]


def card(overview: Overview, say: Phrases) -> list[Message]:
    """The overview as messages, under the last of which is the button to have it as files."""
    if not any(overview.in_all.values()):
        return [Message(html(say("Nobody has judged an answer yet.")))]
    recent, in_all = overview.recent, overview.in_all
    counts = [
        say("Last 30 days: {good} 👍, {bad} 👎, {wrong} wrong source", **_by_name(recent)),
        say("In all: {good} 👍, {bad} 👎, {wrong} wrong source", **_by_name(in_all)),
        say("Who asked and who judged is not shown."),
    ]
    parts = ["\n".join(html(line) for line in counts)]
    if overview.complaints:
        parts.append(f"<b>{html(say('The latest complaints:'))}</b>")
    parts += ["\n".join(html(line) for line in _complaint(one, say)) for one in overview.complaints]
    *others, last = packed(parts)
    return [*map(Message, others), Message(last, ((Button(say("Have it as a file"), "fb:file"),),))]


def _by_name(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {"good": counts[Verdict.GOOD], "bad": counts[Verdict.BAD], "wrong": counts[Verdict.WRONG_SOURCE]}


def _complaint(shown: Shown, say: Phrases) -> list[str]:
    """The day and the verdict, the question, and what was quoted."""
    judgement, people = shown.complaint.judgement, shown.complaint.people
    day = say.date(datetime.fromtimestamp(judgement.given, UTC).date().isoformat())
    verdict = "👎"
    if judgement.quotation is not None:
        verdict = say("Wrong source of quotation {number}", number=judgement.quotation)
    often = f" × {people}" if people > 1 else ""
    lines = [f"{say.line_start}{say.isolate(day)} · {verdict}{often}"]
    lines.append(say.isolate(f"“{short(shown.question, _QUESTION)}”"))
    if not shown.answered:
        lines.append(say("Nothing was quoted: the documents did not answer."))
    elif shown.quote is None:
        lines.append(say("What was quoted has been withdrawn or has changed since."))
    else:
        lines.append(say("Quoted: {source}", source=short(source_line(shown.quote, say.language), _SOURCE)))
    return lines
