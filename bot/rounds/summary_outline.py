"""A round summary in order, for a message or a file alike: parts, groups by standing, numbered quotations, sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.documents.facts import class_name
from bot.messages.lengths import short
from retrieval.questions.parties import party_name
from retrieval.summaries.summary import by_standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.languages import Phrases
    from corpus.document import Document, DocumentClass
    from retrieval.answers.quotes import Quote
    from retrieval.summaries.round_table import Period, Round
    from retrieval.summaries.summary import Section, Summary

SECTION_TITLES = {
    "dates_and_place": "Dates and place",
    "participants": "Participants",
    "agenda": "Agenda",
    "outcomes": "Outcomes",
    "positions": "Positions",
    "open_points": "Open points",
    "next_meeting": "Next meeting",
}
DISAGREEMENT_TITLES = {
    "dates": "Sources differ: dates",
    "numbers": "Sources differ: numbers",
    "places": "Sources differ: places",
}
_TOPIC = "topic"
_TOPIC_LENGTH = 150
_PLACE_LENGTH = 80
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A quotation with its number in the summary, and the number of its document among the documents used."""

    number: int
    source: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class Group:
    """Quotations from documents of one standing, and what that is called; None where it needs no label."""

    label: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section, or a matter on which sources differ, whose quotations are to be read side by side."""

    heading: str
    groups: tuple[Group, ...]
    is_disagreement: bool = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its quotations in order."""
        return tuple(entry for group in self.groups for entry in group.entries)


@dataclass(frozen=True, slots=True)
class Outline:
    """A summary in the words of one language, its quotations in those of their documents.

    ``remarks`` are lines below the title: dates, places, and of what standing the sources are where all are of one.
    Quotation and document numbers count from 1; a quotation shown in two parts has one number.
    """

    title: str
    remarks: tuple[str, ...]
    parts: tuple[Part, ...]
    used: tuple[Document, ...]
    not_used: tuple[Document, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every quotation once, by number."""
        return tuple({entry.number: entry for part in self.parts for entry in part.entries}.values())


def outline(summary: Summary, say: Phrases, known: Round | None = None) -> Outline:
    """Put a summary in order; ``known`` is what is known of its round."""
    numbers = {quote.citation: number for number, quote in enumerate(_once(summary.quotes), 1)}
    used = {document.id: document for document in (*summary.used, *(quote.document for quote in summary.quotes))}
    sources = {id: number for number, id in enumerate(used, 1)}

    def entry(quote: Quote) -> Entry:
        return Entry(numbers[quote.citation], sources[quote.document.id], quote)

    def groups(quotes: Iterable[Quote]) -> tuple[Group, ...]:
        return tuple(
            Group(None if is_of_one else standing_name(standing, say), tuple(map(entry, found)))
            for standing, found in by_standing(quotes)
        )

    standings = {quote.document.metadata.document_class for quote in summary.quotes}
    is_of_one = len(standings) == 1
    parts = [Part(_heading(section, summary.topic, say), groups(section.quotes)) for section in summary.sections]
    parts += [
        Part(say(DISAGREEMENT_TITLES[one.subject]), groups(one.quotes), is_disagreement=True)
        for one in summary.disagreements
    ]
    remarks = [*_known_lines(known, say), *(_standing_line(standing, say) for standing in standings if is_of_one)]
    if not parts:
        remarks.append(_nothing(summary, say))
    not_used = tuple(document for document in summary.not_used if document.id not in used)
    return Outline(_title(summary, say), tuple(remarks), tuple(parts), tuple(used.values()), not_used)


def _once(quotes: Iterable[Quote]) -> Iterable[Quote]:
    return {quote.citation: quote for quote in quotes}.values()


def _title(summary: Summary, say: Phrases) -> str:
    title = say("Round {number}: summary in quotations", number=summary.round)
    if summary.topic:
        title = say(
            "Round {number}: quotations on “{topic}”", number=summary.round, topic=short(summary.topic, _TOPIC_LENGTH)
        )
    return f"{say.isolate(short(summary.process))}. {title}" if summary.process else title


def _heading(section: Section, topic: str | None, say: Phrases) -> str:
    if section.name == _TOPIC:
        return say("On the topic: {topic}", topic=short(topic or "", _TOPIC_LENGTH))
    if section.party is not None:
        return say("Positions: {party}", party=party_name(section.party, say.language))
    return say(SECTION_TITLES[section.name])


def standing_name(standing: DocumentClass | None, say: Phrases) -> str:
    """What the standing of a document is called, also where it is not known."""
    return class_name(standing, say) if standing is not None else say("standing not known")


def _standing_line(standing: DocumentClass | None, say: Phrases) -> str:
    if standing is None:
        return say("Who speaks in these documents (an official statement, an analysis, news) is not known.")
    return say("All quotations are from documents of one kind: {name}", name=class_name(standing, say))


def _nothing(summary: Summary, say: Phrases) -> str:
    if summary.topic:
        return say("No passage on this topic was found in the documents of this round.")
    return say("There is nothing to quote in the documents of this round.")


def _known_lines(known: Round | None, say: Phrases) -> list[str]:
    """When and where the round was, and where documents differ on when, that they do."""
    if known is None:
        return []
    places = ", ".join(say.isolate(short(place, _PLACE_LENGTH)) for place in known.places[:_MOST_NAMED])
    days = [days_of(period, say) for period in known.periods[:_MOST_NAMED]]
    if len(days) > 1:
        return [say("Sources differ on the dates: {dates}", dates="; ".join(days)), *([places] if places else [])]
    line = " · ".join([*days, *([places] if places else [])])
    return [line] if line else []


def days_of(period: Period, say: Phrases) -> str:
    """First and last day of a meeting."""
    return say.days(period.start, period.end)
