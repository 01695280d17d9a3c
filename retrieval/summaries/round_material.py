"""What a round's summary is made from: the sentences on it, out of all documents of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from corpus.rounds import find_rounds
from retrieval.answers.quotes import block_at
from retrieval.errors import NoSuchRound
from retrieval.index.vectors import unit
from retrieval.summaries.round_table import find, members, rounds
from retrieval.summaries.selection import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from corpus.document import Document
    from retrieval.index.generation import Generation
    from retrieval.summaries.round_table import Period

# The centre of a few sentences is partly that of the whole corpus, which counts as so many.
_SENTENCES_OF_TRUST: Final = 10.0
_SAMPLED: Final = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A round with the documents it is summarised from, and the ``pool`` of their sentences that are on it.

    The pool's lengths count the words between blanks, as people count them, and its vectors are without what all
    sentences of the round have in common, its subject: otherwise all would be alike.
    """

    process: str | None
    number: int
    periods: tuple[Period, ...]
    documents: tuple[Document, ...]
    pool: Pool


def material(generation: Generation, number: int, process: str | None) -> Material:
    """All that is known of a round; of every process that has a round of that number where none is named.

    Raises:
        NoSuchRound: no document is of it; the message says which rounds there are.
    """
    places = members(generation, number, process)
    if not places:
        raise NoSuchRound(_no_such_round(generation, number, process))
    known = find(generation, number, process)
    processes = {one.process for one in known}
    return Material(
        process=processes.pop() if len(processes) == 1 else process,
        number=number,
        periods=tuple(period for one in known for period in one.periods),
        documents=tuple(generation.documents[place].document for place in places),
        pool=_without_subject(_on_round(_counted(Pool.of(generation, places)), number)),
    )


def narrowed(pool: Pool, kept: NDArray[np.bool_]) -> Pool:
    """The sentences of ``pool`` for which ``kept`` (bool, (n,)) is true; ordinals of documents stay as they are."""
    at = np.flatnonzero(kept)
    return replace(
        pool,
        rows=pool.rows[at],
        texts=tuple(pool.texts[place] for place in at),
        vectors=pool.vectors[at],
        documents=pool.documents[at],
        positions=pool.positions[at],
        lengths=pool.lengths[at],
    )


def _counted(pool: Pool) -> Pool:
    return replace(pool, lengths=np.array([len(text.split()) for text in pool.texts], dtype=np.int64))


def _without_subject(pool: Pool) -> Pool:
    number = len(pool.vectors)
    centre = (pool.vectors.sum(axis=0) + _SENTENCES_OF_TRUST * _usual(pool.generation)) / (number + _SENTENCES_OF_TRUST)
    return replace(pool, vectors=unit(pool.vectors - centre))


def _usual(generation: Generation) -> NDArray[np.float32]:
    """The mean sentence of the corpus, from some taken all over it."""
    count = len(generation.sentences)
    rows = np.unique(np.linspace(0, max(count - 1, 0), min(count, _SAMPLED)).astype(np.int64))
    mean: NDArray[np.float32] = generation.sentence_vectors.vectors(rows).mean(axis=0)
    return mean


def _on_round(pool: Pool, number: int) -> Pool:
    """``pool`` without what documents about several rounds say of the others alone: where a sentence or its heading
    names rounds of the document, this one must be among them.
    """
    kept = np.ones(len(pool.rows), dtype=np.bool_)
    for place, row in enumerate(pool.rows.tolist()):
        document, start, end, _ = pool.generation.sentences[row].tolist()
        of = pool.generation.documents[document].document
        if len(of.metadata.rounds) > 1:
            kept[place] = _names(of, start, end, number)
    return pool if kept.all() else narrowed(pool, kept)


def _names(document: Document, start: int, end: int, number: int) -> bool:
    rounds_of = set(document.metadata.rounds)
    block = block_at(document, start)
    headings = ((block.heading or "") if block else "").split(" › ")
    for text in (document.text[start:end], *reversed(headings)):
        named = {mention.number for mention in find_rounds(text)} & rounds_of
        if named:
            return number in named
    return True


def _no_such_round(generation: Generation, number: int, process: str | None) -> str:
    known = rounds(generation)
    named = f"round {number}" + (f" of the process {process}" if process else "")
    if not known:
        return f"No document is of {named}; no document is of any round."
    by_process: dict[str | None, list[int]] = {}
    for one in known:
        by_process.setdefault(one.process, []).append(one.number)
    there = ", ".join(f"{of + ' ' if of else ''}{_ranges(sorted(numbers))}" for of, numbers in by_process.items())
    return f"No document is of {named}; there are documents of {there}."


def _ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers with what is consecutive as a range: 1-3, 5, 7-8."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number <= runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if run[0] == run[-1] else f"{run[0]}-{run[-1]}" for run in runs)


def used_first(
    documents: Iterable[Document], quoted: frozenset[str]
) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """The documents that are quoted, and the others, each in their order."""
    listed = tuple(documents)
    return (
        tuple(document for document in listed if document.id in quoted),
        tuple(document for document in listed if document.id not in quoted),
    )
