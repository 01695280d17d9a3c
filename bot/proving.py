"""Proof by search that withdrawn documents are gone: their own words are searched for, and must not lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus.document import BlockKind
from retrieval.errors import QuestionRefused
from retrieval.question import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpus.document import Extraction
    from retrieval.engine import Engine

_MOST_DOCUMENTS = 10
_OF_EACH = 3


@dataclass(frozen=True, slots=True)
class Absence:
    """How many searches were made, and the documents that should be gone and were found all the same."""

    searches: int
    found: tuple[str, ...]


def prove_absence(engine: Engine, gone: Sequence[str]) -> Absence:
    """Search for words of up to ten documents of the ids ``gone``, with the highest clearance, as a question would be.

    Of what has been erased there are no words left to search for; that its id is nowhere is seen all the same. Blocks.
    """
    clearance = engine.library.labels.highest
    view = engine.view(clearance)
    found = {id for id in gone if view.document(id) is not None}
    searches = 0
    for id in gone[:_MOST_DOCUMENTS]:
        versions = engine.library.versions(id)
        reading = engine.library.reading(versions[0]) if versions else None
        for text in _beginnings(reading):
            try:
                answer = engine.answer(text, clearance=clearance)
            except QuestionRefused:
                continue
            searches += 1
            cited = {place.document.id for quote in answer.ranked for place in (quote, *quote.also)}
            found |= cited & set(gone)
    return Absence(searches, tuple(sorted(found)))


def _beginnings(reading: Extraction | None) -> Iterator[str]:
    """The beginnings of some paragraphs spread over a document."""
    if reading is None:
        return
    blocks = [block for block in reading.blocks if block.kind is not BlockKind.HEADING]
    for block in blocks[:: max(1, len(blocks) // _OF_EACH)][:_OF_EACH]:
        yield reading.text[block.start : block.end][: LONGEST // 2]
