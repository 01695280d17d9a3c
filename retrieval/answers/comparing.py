"""Rounds side by side on a topic: what the documents of each say of it, by the party that says it, in quotations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus.rounds import find_rounds
from retrieval.answers.quotes import Quote, block_at
from retrieval.answers.quoting import quotations
from retrieval.answers.topic import on_topic, read_topic
from retrieval.questions.parties import speaker_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corpus.document import Document
    from retrieval.answers.topic import Topic, TopicHit
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation
    from retrieval.summaries.round_table import Round

MOST_ROUNDS = 4
# How many quotations a cell holds, and out of how many of a round the cells are filled.
_IN_CELL = 3
_OF_ROUND = 8


@dataclass(frozen=True, slots=True)
class Row:
    """What each round says, as far as ``party`` says it: a key of ``parties``, None where none is named.

    ``cells`` has one entry for each round compared, empty where no passage was found.
    """

    party: str | None
    cells: tuple[tuple[Quote, ...], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rounds side by side on a topic; the row of no party comes first, then parties that most is quoted of."""

    topic: str
    rounds: tuple[Round, ...]
    rows: tuple[Row, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All that is quoted, row by row."""
        return tuple(quote for row in self.rows for cell in row.cells for quote in cell)

    def found(self, place: int) -> bool:
        """Whether any passage on the topic was found in the round at that place of ``rounds``."""
        return any(row.cells[place] for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain values."""
        return {
            "topic": self.topic,
            "rounds": [{"process": one.process, "round": one.number} for one in self.rounds],
            "rows": [
                {"party": row.party, "cells": [[quote.to_json() for quote in cell] for cell in row.cells]}
                for row in self.rows
            ],
        }


def compare(generation: Generation, encoder: Encoder, topic: str, rounds: Sequence[Round]) -> Comparison:
    """Quote what the documents of each of ``rounds``, which are of ``generation``, say of ``topic``.

    Raises:
        QuestionRefused: the topic has nothing to search for, or is too long.
    """
    read = read_topic(generation, encoder, topic)
    cells: list[dict[str | None, list[Quote]]] = []
    for one in rounds:
        by_party: dict[str | None, list[Quote]] = {}
        hits = round_hits(generation, encoder, read, one)
        for quote in quotations(generation, hits, _OF_ROUND):
            held = by_party.setdefault(_party(quote, generation, hits), [])
            if len(held) < _IN_CELL:
                held.append(quote)
        cells.append(by_party)
    return Comparison(
        topic=read.text,
        rounds=tuple(rounds),
        rows=tuple(Row(party, tuple(tuple(cell.get(party, ())) for cell in cells)) for party in _parties(cells)),
    )


def _party(quote: Quote, generation: Generation, hits: Sequence[TopicHit]) -> str | None:
    """Whose position the sentence is for which the quotation was made, which may have others before or behind it."""
    for hit in hits:
        document = generation.documents[hit.document].document
        if document is quote.document and quote.start <= hit.start and hit.end <= quote.end:
            return speaker_of(document, hit.start, hit.end)
    return speaker_of(quote.document, quote.start, quote.end)


def _parties(cells: Iterable[dict[str | None, list[Quote]]]) -> list[str | None]:
    """Whose rows there are, no party first, then those in most rounds and with most quotations."""
    of_rounds: Counter[str | None] = Counter()
    of_quotes: Counter[str | None] = Counter()
    for cell in cells:
        for party, quotes in cell.items():
            of_rounds[party] += 1
            of_quotes[party] += len(quotes)
    return sorted(of_rounds, key=lambda party: (party is not None, -of_rounds[party], -of_quotes[party], party or ""))


def round_hits(generation: Generation, encoder: Encoder, topic: Topic, one: Round) -> list[TopicHit]:
    """The sentences of the documents of a round that are on a topic and not on another round of the same document."""
    members = [generation.by_id[document.id] for document in one.documents]
    return [
        hit
        for hit in on_topic(generation, encoder, topic, members)
        if _is_on(generation.documents[hit.document].document, hit, one.number)
    ]


def _is_on(document: Document, hit: TopicHit, number: int) -> bool:
    """Whether a sentence may be on a round: in a document about several it, or else its heading, may name others."""
    rounds = set(document.metadata.rounds)
    if len(rounds) < 2:
        return True
    block = block_at(document, hit.start)
    for text in (document.text[hit.start : hit.end], (block.heading or "") if block else ""):
        named = {mention.number for mention in find_rounds(text)} & rounds
        if named:
            return number in named
    return True
