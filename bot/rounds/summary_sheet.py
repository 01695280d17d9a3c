"""A whole round summary as a file shows it: plain words for every part of it, and a record of each citation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.whereabouts import whereabouts
from bot.languages import RIGHT_TO_LEFT, direction, phrases
from bot.rounds.summary_outline import outline, standing_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.languages import Phrases
    from bot.rounds.summary_outline import Entry, Group, Part
    from corpus.document import Document
    from retrieval.answers.quotes import Quote
    from retrieval.summaries.round_table import Round
    from retrieval.summaries.summary import Summary

_CODE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation with its number, in the language and direction ("ltr", "rtl") of its own, and where it stands."""

    number: int
    text: str
    language: str
    direction: str
    place: str
    standing: str
    citation: str
    link: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Quotations from documents of one standing; ``label`` is empty where all of the file are of one."""

    label: str
    quotations: tuple[Quotation, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section, or a matter on which sources differ."""

    heading: str
    standings: tuple[Standing, ...]
    is_disagreement: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A named value, with an address where it has one; ``direction`` is the value's."""

    name: str
    value: str
    direction: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """All that is needed to check a quotation elsewhere."""

    number: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The content of a file, in the words of one language."""

    language: str
    direction: str
    title: str
    remarks: tuple[str, ...]
    made: str
    promise: str
    chapters: tuple[Chapter, ...]
    used_heading: str
    used: tuple[Line, ...]
    not_used_heading: str
    not_used: tuple[Line, ...]
    citations_heading: str
    citations_note: str
    citations: tuple[Citation, ...]


def sheet(summary: Summary, language: str, bot: str | None, at: datetime, known: Round | None = None) -> Sheet:
    """The content of a summary's file, made at ``at`` (UTC).

    ``bot`` is the user name of the bot that citations are checked with, None where there is none.
    """
    say = phrases(language)
    made = outline(summary, say, known)
    return Sheet(
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        title=made.title,
        remarks=made.remarks,
        made=say(
            "Put together on {date} at {time} UTC from the documents that could be read then.",
            date=say.date(at.date().isoformat()),
            time=f"{at:%H:%M}",
        ),
        promise=say("Every quotation is what its document says, word for word; nothing is written in other words."),
        chapters=tuple(_chapter(part, say, bot) for part in made.parts),
        used_heading=say("Documents used"),
        used=_documents(made.used, say),
        not_used_heading=say("Documents not used"),
        not_used=_documents(made.not_used, say),
        citations_heading=say("Citations"),
        citations_note=say("The link of a citation asks the bot whether its document still says so."),
        citations=tuple(Citation(entry.number, tuple(_record(entry.quote, say, bot))) for entry in made.entries),
    )


def _chapter(part: Part, say: Phrases, bot: str | None) -> Chapter:
    return Chapter(part.heading, tuple(_standing(group, say, bot) for group in part.groups), part.is_disagreement)


def _standing(group: Group, say: Phrases, bot: str | None) -> Standing:
    return Standing(group.label or "", tuple(_quotation(entry, say, bot) for entry in group.entries))


def _quotation(entry: Entry, say: Phrases, bot: str | None) -> Quotation:
    quote = entry.quote
    return Quotation(
        number=entry.number,
        text=quote.text,
        language=_language(quote),
        direction=direction(quote.text),
        place=_place(quote, say),
        standing=standing_name(quote.document.metadata.document_class, say),
        citation=quote.citation,
        link=checking_link(quote, bot),
    )


def _place(quote: Quote, say: Phrases) -> str:
    """Title, publisher, date, and where in the document a quotation stands."""
    metadata = quote.document.metadata
    parts = [say.isolate(metadata.title or quote.document.id)]
    parts += [say.isolate(metadata.publisher)] if metadata.publisher else []
    parts += [say.isolate(say.date(metadata.date))] if metadata.date else []
    return ", ".join([*parts, *whereabouts(quote, say)])


def _language(quote: Quote) -> str:
    """The code of a quotation's language; empty where there is none that is well-formed."""
    code = quote.document.metadata.language or ""
    return code if _CODE.fullmatch(code) else ""


def checking_link(quote: Quote, bot: str | None) -> str:
    """The address that asks the bot to check a quotation again; empty where no bot is named."""
    return f"https://t.me/{bot}?start=c_{quote.citation}" if bot else ""


def _documents(documents: Iterable[Document], say: Phrases) -> tuple[Line, ...]:
    """Each document by title, with its publisher, date and standing."""
    lines = []
    for document in documents:
        metadata = document.metadata
        title = metadata.title or document.id
        known = [say.isolate(metadata.publisher)] if metadata.publisher else []
        known += [say.isolate(say.date(metadata.date))] if metadata.date else []
        known.append(standing_name(metadata.document_class, say))
        lines.append(Line(say.isolate(title), ", ".join(known), direction(title), metadata.url or ""))
    return tuple(lines)


def _record(quote: Quote, say: Phrases, bot: str | None) -> Iterable[Line]:
    """Title, publisher, date, kind, place, address, file and its SHA-256, offsets, and the link that checks it."""
    metadata, document = quote.document.metadata, quote.document
    values = {
        say("Title"): metadata.title,
        say("Publisher"): metadata.publisher,
        say("Date"): say.date(metadata.date) if metadata.date else None,
        say("Class"): standing_name(metadata.document_class, say),
        say("Heading"): quote.block.heading if quote.block else None,
        say("Place in the document"): ", ".join(whereabouts(quote, say)),
    }
    for name, value in values.items():
        if value:
            yield Line(name, value, direction(value))
    if metadata.url:
        yield Line(say("Address"), metadata.url, "ltr", metadata.url)
    yield Line(say("File"), document.id, direction(document.id))
    yield Line("SHA-256", document.sha256, "ltr")
    yield Line(say("Characters"), f"{quote.start}–{quote.end}", "ltr")
    for other in quote.also:
        also = _place(other, say)
        yield Line(say("The same words in"), also, direction(also), checking_link(other, bot))
    yield Line(say("Check"), quote.citation, "ltr", checking_link(quote, bot))
