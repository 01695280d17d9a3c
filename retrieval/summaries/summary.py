"""The summary of a round: sentences chosen from its documents, in sections, each a quotation.

Which section a sentence belongs to, ``retrieval.summaries.aspects`` says; a topic is one more section. What a sentence
is worth is how surely it belongs there and how central it is among all of the round (``retrieval.summaries.salience``);
which are quoted, ``retrieval.summaries.allotment`` decides. What documents say differently of one matter stands side by
side at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus.document import DocumentClass
from retrieval.answers.quotes import Quote
from retrieval.summaries.disagreements import Disagreement, find_disagreements
from retrieval.summaries.repetition import said_already
from retrieval.summaries.round_material import material, used_first
from retrieval.summaries.sorted_sentences import SECTIONS, TOPIC, by_section, by_topic, document_ids, section_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corpus.document import Document
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation
    from retrieval.summaries.aspects import Examples
    from retrieval.summaries.round_material import Material

__all__ = ["SECTIONS", "STANDINGS", "TOPIC", "Disagreement", "Section", "Summary", "by_standing", "news", "summarise"]

STANDINGS: Final[tuple[DocumentClass | None, ...]] = (*DocumentClass, None)
# Disagreements may have so much of a summary's words.
_DISAGREEING: Final = 0.3


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a summary: its name, one of ``SECTIONS`` or ``TOPIC``, and its quotations.

    The quotations are ordered by the standing of their documents, then by document and place. ``party`` is the key of
    ``retrieval.questions.parties`` whose position a section "positions" quotes; each party has one of its own.
    """

    name: str
    quotes: tuple[Quote, ...]
    party: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The section as the command line prints it."""
        named = {"name": self.name} if self.party is None else {"name": self.name, "party": self.party}
        return {**named, "quotes": [_quote_to_json(quote) for quote in self.quotes]}


@dataclass(frozen=True, slots=True)
class Summary:
    """A round in quotations, of all of it or of a topic.

    ``used`` are the documents that are quoted, ``not_used`` the other documents of the round.
    """

    process: str | None
    round: int
    topic: str | None
    sections: tuple[Section, ...]
    disagreements: tuple[Disagreement, ...]
    used: tuple[Document, ...]
    not_used: tuple[Document, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All that is quoted, in the order shown: the sections, then the disagreements."""
        shown = [section.quotes for section in self.sections] + [one.quotes for one in self.disagreements]
        return tuple(quote for quotes in shown for quote in quotes)

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents of the round, quoted or not."""
        return (*self.used, *self.not_used)

    def to_json(self) -> dict[str, Any]:
        """The summary as the command line prints it."""
        return {
            "process": self.process,
            "round": self.round,
            "topic": self.topic,
            "documents_used": [document.id for document in self.used],
            "documents_not_used": [document.id for document in self.not_used],
            "sections": [section.to_json() for section in self.sections],
            "disagreements": [
                {"subject": one.subject, "quotes": [_quote_to_json(quote) for quote in one.quotes]}
                for one in self.disagreements
            ],
        }


def _quote_to_json(quote: Quote) -> dict[str, Any]:
    """A quotation with the standing of its document."""
    standing = quote.document.metadata.document_class
    return {**quote.to_json(), "class": standing.value if standing else None}


def by_standing(quotes: Iterable[Quote]) -> tuple[tuple[DocumentClass | None, tuple[Quote, ...]], ...]:
    """The quotations by the class of their documents: statement, briefing, analysis, news, last what is unknown."""
    found: dict[DocumentClass | None, list[Quote]] = {}
    for quote in quotes:
        found.setdefault(quote.document.metadata.document_class, []).append(quote)
    return tuple((standing, tuple(found[standing])) for standing in STANDINGS if standing in found)


def summarise(
    generation: Generation,
    encoder: Encoder,
    number: int,
    *,
    process: str | None = None,
    topic: str | None = None,
    words: int = 300,
    examples: Examples | None = None,
) -> Summary:
    """Summarise round ``number``, or what its documents say of ``topic``, in at most ``words`` words of quotation.

    ``examples`` are those of the sections where they are read already.

    Raises:
        NoSuchRound: no document is of that round, or of that process and round.
        QuestionRefused: the topic has nothing to search for, or is too long.
    """
    of_round = material(generation, number, process)
    if topic is None:
        sorted_out = by_section(of_round, encoder, examples)
        found = find_disagreements(of_round, sorted_out.section)
    else:
        sorted_out = by_topic(of_round, encoder, topic)
        found = ()
    kept = int(words * _DISAGREEING) if found else 0
    kept = min(kept, sum(_words(quote) for one in found for quote in one.quotes))
    chosen = sorted_out.choose(words - kept)
    quoted = {(quote.document.id, quote.start) for _, _, quote in chosen}
    left = words - sum(_words(quote) for _, _, quote in chosen)
    return _summary(of_round, topic, chosen, _fitting(found, quoted, left))


def news(
    generation: Generation,
    encoder: Encoder,
    number: int,
    *,
    process: str | None = None,
    documents: frozenset[str],
    quoted: Sequence[Quote],
    words: int = 150,
    examples: Examples | None = None,
) -> Summary:
    """What late ``documents``, ids, add to the summary of their round of which ``quoted`` was shown.

    Nothing that repeats what was quoted; the summary has no sections where they add nothing. Disagreements are between
    a late document and any other. ``used`` and ``not_used`` are late documents alone.

    Raises:
        NoSuchRound: no document is of that round, or of that process and round.
    """
    of_round = material(generation, number, process)
    sorted_out = by_section(of_round, encoder, examples)
    late = np.array([id in documents for id in document_ids(of_round.pool)], dtype=np.bool_)
    repeats, shown = said_already(of_round.pool, sorted_out.section, quoted)
    chosen = sorted_out.choose(words, late & ~repeats, shown)
    said = {(quote.document.id, quote.start) for _, _, quote in chosen}
    differing = tuple(
        one
        for one in find_disagreements(of_round, sorted_out.section)
        if any(quote.document.id in documents for quote in one.quotes)
    )
    left = words - sum(_words(quote) for _, _, quote in chosen)
    made = _summary(of_round, None, chosen, _fitting(differing, said, left))
    return replace(
        made,
        used=tuple(document for document in made.used if document.id in documents),
        not_used=tuple(document for document in made.not_used if document.id in documents),
    )


def _words(quote: Quote) -> int:
    return len(quote.text.split())


def _fitting(found: Iterable[Disagreement], quoted: set[tuple[str, int]], words: int) -> tuple[Disagreement, ...]:
    """The disagreements that fit into ``words`` words; what is quoted already takes none."""
    kept = []
    for one in found:
        new = [quote for quote in one.quotes if (quote.document.id, quote.start) not in quoted]
        needed = sum(_words(quote) for quote in new)
        if needed <= words:
            kept.append(one)
            words -= needed
            quoted |= {(quote.document.id, quote.start) for quote in new}
    return tuple(kept)


def _summary(
    of_round: Material,
    topic: str | None,
    chosen: Sequence[tuple[str, str | None, Quote]],
    disagreements: tuple[Disagreement, ...],
) -> Summary:
    sections: dict[tuple[str, str | None], list[Quote]] = {}
    for name, party, quote in chosen:
        sections.setdefault((name, party), []).append(quote)
    made = tuple(
        Section(name, tuple(quote for _, quotes in by_standing(sections[name, party]) for quote in quotes), party)
        for name, party in sorted(sections, key=section_order)
    )
    summary = Summary(of_round.process, of_round.number, topic, made, disagreements, (), ())
    used, not_used = used_first(of_round.documents, frozenset(quote.document.id for quote in summary.quotes))
    return replace(summary, used=used, not_used=not_used)
