"""What a correction says: which quotations do not stand any more, and both wordings where these may be shown.

The old words are shown only as a finding holds them, so never those of what was withdrawn, erased or closed. What is
corrected is named in words too, since the message that it answers may have been deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.citing import day, wording
from bot.corrections.findings import Finding, Verdict
from bot.languages import phrases
from bot.messages.lengths import short
from bot.messages.packing import Entry, headed, packed_entries
from bot.messages.rendering import html, source_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.corrections.table import Subject
    from bot.languages import Phrases
    from bot.messages.packing import Packed

_SECTION = 60
_LISTED_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Changed:
    """A quotation that is told of: the number, section and citation id it was shown with, and what became of it.

    ``place`` counts the quotations of one correction in their order.
    """

    place: int
    number: int
    section: str
    citation: str
    finding: Finding


def correction_texts(subject: Subject, changed: Sequence[Changed], bot: str) -> list[Packed[Changed]]:
    """The messages that tell of ``changed``: first what may not be read any more, then wordings in their order."""
    say = phrases(subject.language)
    first, *others = _entries(changed, say, bot)
    heading = f"<b>{html(_heading(subject, say))}</b>"
    return packed_entries([headed(heading, first), *others])


def _heading(subject: Subject, say: Phrases) -> str:
    if subject.round is None:
        return say("Correction to an earlier message")
    heading = say("Correction to the summary of round {number}", number=subject.round)
    return f"{say.isolate(short(subject.process))}. {heading}" if subject.process else heading


def _entries(changed: Sequence[Changed], say: Phrases, bot: str) -> list[Entry[Changed]]:
    found: list[Entry[Changed]] = []
    for verdict in (Verdict.WITHDRAWN, Verdict.CLOSED, Verdict.ABSENT, Verdict.REPLACED):
        found += _listed(verdict, changed, say)
    for one in changed:
        if one.finding.verdict in (Verdict.REWORDED, Verdict.DROPPED):
            found.append(Entry(tuple(_wordings(one, say, bot)), (one,)))
    return [*found, *_listed(Verdict.STANDS, changed, say)]


def _listed(verdict: Verdict, changed: Sequence[Changed], say: Phrases) -> Iterator[Entry[Changed]]:
    """One sentence on all that have the same verdict, and a line that names each, but never its words."""
    of_it = [one for one in changed if one.finding.verdict is verdict]
    for start in range(0, len(of_it), _LISTED_AT_ONCE):
        some = tuple(of_it[start : start + _LISTED_AT_ONCE])
        lines = [f"{say.line_start}{html(_name(one, say))} · {one.citation}" for one in some]
        yield Entry(("\n".join([html(_sentence(verdict, len(some), say)), *lines]),), some)


def _sentence(verdict: Verdict, number: int, say: Phrases) -> str:
    match verdict:
        case Verdict.WITHDRAWN:
            return say.count(
                "Please use this quotation no more; its document has been withdrawn:",
                "Please use these {number} quotations no more; what they quote has been withdrawn:",
                number,
            )
        case Verdict.ABSENT:
            return say.count(
                "The document of this quotation is not among those searched now:",
                "What these {number} quotations quote is not among the documents searched now:",
                number,
            )
        case Verdict.REPLACED:
            return say.count(
                "Please use this quotation no more; its document has been replaced:",
                "Please use these {number} quotations no more; what they quote has been replaced:",
                number,
            )
        case Verdict.STANDS:
            return say.count(
                "This quotation stands again, as it was sent:",
                "These {number} quotations stand again, as they were sent:",
                number,
            )
        case _:
            return say.count(
                "Please use this quotation no more; its document may not be quoted here any more:",
                "Please use these {number} quotations no more; what they quote may not be quoted here any more:",
                number,
            )


def _name(one: Changed, say: Phrases) -> str:
    """A quotation by its number and section."""
    if not one.section:
        return say("Quotation {number}", number=one.number)
    return say("Quotation {number} ({section})", number=one.number, section=short(one.section, _SECTION))


def _wordings(one: Changed, say: Phrases, bot: str) -> Iterator[str]:
    """What was quoted, and what stands there now with its citation, or that the passage is gone."""
    finding, name = one.finding, f"<b>{html(_name(one, say))}</b> · {one.citation}"
    if finding.then is None:
        return
    first, *others = wording(
        say("Its wording then, indexed on {date}:", date=day(finding.then_at, say)), finding.then, say, None
    )
    yield f"{say.line_start}{name}\n{first}"
    yield from others
    if finding.now is not None:
        heading = say("Its wording now, indexed on {date}:", date=day(finding.now_at, say))
        yield from wording(heading, finding.now, say, bot)
    else:
        gone = html(say("The passage is no longer in its present version."))
        yield f"{say.line_start}{html(source_line(finding.then, say.language))}\n{gone}"
