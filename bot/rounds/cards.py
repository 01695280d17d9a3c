"""Rounds as messages: a list of them with pages, and one with its days, its place and its documents. All is pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from bot.answers.keyboard import Button
from bot.documents.facts import fitted, line
from bot.messages.lengths import short
from bot.messages.rendering import Message, html
from corpus.processes import process_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.languages import Phrases
    from corpus.document import Document
    from retrieval.summaries.round_table import Period, Round

AT_ONCE: Final = 10
_IN_A_ROW: Final = 5
_SOURCES_NAMED: Final = 3
_PLACES_NAMED: Final = 3
_DOCUMENTS_NAMED: Final = 30
_PROCESS: Final = 60
_ON_A_BUTTON: Final = 20
_TITLE: Final = 100
EVERY_PROCESS: Final = "-"


def process_mark(process: str | None) -> str:
    """Eight characters for a process in the data of a button, the same for each of its names."""
    return hashlib.sha256((process_key(process) if process else "").encode()).hexdigest()[:8]


def round_data(one: Round) -> str:
    """How the data of a button about a round begin: "ro:8:0123abcd"."""
    return f"ro:{one.number}:{process_mark(one.process)}"


def round_name(one: Round, say: Phrases) -> str:
    """A round by its process and number."""
    if one.process is None:
        return say("Round {number}", number=one.number)
    return say("{process}: round {number}", process=short(one.process, _PROCESS), number=one.number)


def rounds_message(found: Sequence[Round], offset: int, process: str, say: Phrases) -> Message:
    """Ten rounds from ``offset`` on, by process, with a button for each; ``process`` is its mark, or "-" for all."""
    several = len({one.process for one in found}) > 1
    lines = [html(say.count("{number} round:", "{number} rounds:", len(found)))]
    above = None
    for one in found[offset : offset + AT_ONCE]:
        if above is None or above.process != one.process:
            name = short(one.process, _PROCESS) if one.process else say("Process not known")
            lines.append(f"{say.line_start}<b>{html(say.isolate(name))}</b>")
        lines.append(f"{say.line_start}{one.number}. {html(_summary_of(one, say))}")
        above = one
    return Message(fitted(lines), (*_number_rows(found, offset, several), *_turning(found, offset, process, say)))


def choice_message(found: Sequence[Round], say: Phrases) -> Message:
    """The rounds of one number, each of another process, to choose from."""
    rows = tuple((Button(_short_name(one), f"{round_data(one)}:s"),) for one in found)
    return Message(html(say("Round {number} of which process?", number=found[0].number)), rows)


def _number_rows(found: Sequence[Round], offset: int, several: bool) -> list[tuple[Button, ...]]:
    buttons = [
        Button(_short_name(one) if several else str(one.number), f"{round_data(one)}:s")
        for one in found[offset : offset + AT_ONCE]
    ]
    return [tuple(buttons[start : start + _IN_A_ROW]) for start in range(0, len(buttons), _IN_A_ROW)]


def _short_name(one: Round) -> str:
    return f"{short(one.process, _ON_A_BUTTON)} {one.number}" if one.process else str(one.number)


def _turning(found: Sequence[Round], offset: int, process: str, say: Phrases) -> list[tuple[Button, ...]]:
    row = []
    if offset > 0:
        row.append(Button(say("Previous"), f"rp:{process}:{max(0, offset - AT_ONCE)}"))
    if offset + AT_ONCE < len(found):
        row.append(Button(say("Next"), f"rp:{process}:{offset + AT_ONCE}"))
    return [tuple(row)] if row else []


def _summary_of(one: Round, say: Phrases) -> str:
    """Days, place and number of documents of a round, in one line."""
    parts = []
    if one.periods:
        days = " / ".join(say.isolate(say.days(period.start, period.end)) for period in one.periods[:_PLACES_NAMED])
        parts.append(say("{days} (sources differ)", days=days) if len(one.periods) > 1 else days)
    if one.places:
        parts.append(_places(one, say))
    parts.append(say.count("{number} document", "{number} documents", len(one.documents)))
    return " · ".join(parts)


def _places(one: Round, say: Phrases) -> str:
    return " / ".join(say.isolate(short(place, _PROCESS)) for place in one.places[:_PLACES_NAMED])


def round_message(one: Round, say: Phrases, *, whole: bool) -> Message:
    """One round: its days with the documents that say so, its place, its documents; ``whole`` is for admins."""
    lines = [f"<b>{html(round_name(one, say))}</b>", *_day_lines(one, say)]
    if one.places:
        lines.append(_corrected(line(say, say("Place"), _places(one, say)), one.place_corrected, say))
    lines.append(html(say.count("{number} document:", "{number} documents:", len(one.documents))))
    titled = sorted(one.documents, key=lambda document: (_title(document).casefold(), document.id))
    lines += [f"{say.line_start}• {html(_document(document, say))}" for document in titled[:_DOCUMENTS_NAMED]]
    if len(titled) > _DOCUMENTS_NAMED:
        lines.append(html(say("And more: {number}", number=len(titled) - _DOCUMENTS_NAMED)))
    return Message(fitted(lines), tuple(_round_buttons(one, say, whole=whole)))


def _day_lines(one: Round, say: Phrases) -> Iterator[str]:
    if not one.periods:
        yield html(say("Its days are not known."))
    elif len(one.periods) == 1:
        days = say.days(one.periods[0].start, one.periods[0].end)
        text = line(say, say("Dates"), days)
        # Of one document alone the list below says it.
        sources = _sources(one.periods[0], say) if len(one.documents) > 1 else ""
        yield _corrected(text, one.dates_corrected, say) + (f" ({html(sources)})" if sources else "")
    else:
        yield html(say("Sources differ on its dates:"))
        for period in one.periods:
            days = html(say.isolate(say.days(period.start, period.end)))
            yield f"{say.line_start}• {days} ({html(_sources(period, say))})"


def _corrected(text: str, is_corrected: bool, say: Phrases) -> str:
    return f"{text} ({html(say('corrected by an administrator'))})" if is_corrected else text


def _sources(period: Period, say: Phrases) -> str:
    """The titles of documents that say when a round was."""
    titles = sorted({short(_title(document), _TITLE) for document in period.documents}, key=str.casefold)
    named = "; ".join(say.isolate(title) for title in titles[:_SOURCES_NAMED])
    return named + ("; …" if len(titles) > _SOURCES_NAMED else "")


def _document(document: Document, say: Phrases) -> str:
    metadata = document.metadata
    about = [say.isolate(short(metadata.publisher, _PROCESS))] if metadata.publisher else []
    about += [say.isolate(say.date(metadata.date))] if metadata.date else []
    return say.isolate(short(_title(document), _TITLE)) + (f" ({', '.join(about)})" if about else "")


def _title(document: Document) -> str:
    return document.metadata.title or document.id


def _round_buttons(one: Round, say: Phrases, *, whole: bool) -> Iterator[tuple[Button, ...]]:
    data = round_data(one)
    yield (Button(say("Summary"), f"{data}:m"),)
    if whole:
        yield (Button(say("Correct the dates"), f"{data}:d"), Button(say("Correct the place"), f"{data}:p"))
        if one.corrected:
            yield (Button(say("Undo the corrections"), f"{data}:u"),)
