"""Proof by search that documents are gone: their own words are searched for, and must not lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from corpus.library import State
from corpus.sentences import sentences
from retrieval.errors import QuestionRefused
from retrieval.questions.limits import KINDS
from retrieval.questions.question import LONGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.library import Library
    from retrieval.engine import Engine

_MOST_DOCUMENTS = 10
_SENTENCES = 3
_QUOTED_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Proof:
    """What searching for the words of hidden documents gave: how many searches, and those that were found after all."""

    searches: int
    found: tuple[str, ...]


def probes(library: Library, id: str) -> tuple[str, ...]:
    """A document's title and its longest sentences, to be searched for once it is hidden. Blocks.

    Of an archive or a message, those of what is packed in it too. Of what is erased, only what its id says is left.
    """
    entries = library.entries()
    found: set[str] = set()
    for version in (version for held in entries if is_of(held, id) for version in library.versions(held)[:1]):
        extraction = library.reading(version)
        if extraction is not None:
            text, language = extraction.text, extraction.metadata.language
            found |= {text[one.start : one.end] for one in sentences(text, extraction.blocks, language)}
    fitting = sorted((one for one in found if len(one) <= LONGEST), key=lambda one: (-len(one), one))
    title = entries[id].title if id in entries else None
    return ((title or PurePosixPath(id).stem)[:LONGEST], *fitting[:_SENTENCES])


def proof(engine: Engine, id: str, searched: Sequence[str]) -> Proof:
    """Search for ``searched`` with the highest clearance and without any limit, for the document ``id``. Blocks."""
    clearance = engine.library.labels.highest
    found = {one.document.id for one in engine.view(clearance).documents if is_of(one.document.id, id)}
    searches = 0
    for text in searched:
        try:
            answer = engine.answer(text, clearance=clearance, lifted=frozenset(KINDS), wanted=_QUOTED_AT_ONCE)
        except QuestionRefused:
            continue
        searches += 1
        quoted = {place.document.id for quote in answer.ranked for place in (quote, *quote.also)}
        found |= {one for one in quoted.union(answer.ranking) if is_of(one, id)}
    return Proof(searches, tuple(sorted(found)))


def prove_absence(engine: Engine, gone: Sequence[str]) -> Proof:
    """The same for up to ten documents that are no longer there; what is decided on one meanwhile counts. Blocks."""
    library, searches, found = engine.library, 0, set[str]()
    for id in gone[:_MOST_DOCUMENTS]:
        hidden = _hidden_by(library, id)
        one = proof(engine, id, probes(library, id))
        searches += one.searches
        if hidden is not None and _hidden_by(library, id) == hidden:
            found |= set(one.found)
    return Proof(searches, tuple(sorted(found)))


def _hidden_by(library: Library, id: str) -> int | None:
    """How much has happened to a document that is hidden; None where it is shown."""
    entry = library.entry(id)
    return None if entry is not None and entry.state is State.LISTED else len(library.events(id))


def is_of(document: str, id: str) -> bool:
    """Whether a document is the one of that id, or packed in the archive or message that is."""
    return document == id or document.startswith(f"{id}/")
