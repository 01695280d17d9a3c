"""Choosing sentences for a summary: a pool of them, and those worth most that fit its words without repeating."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.answers.quotes import Quote
from retrieval.evaluation.rouge import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.generation import Generation

_REPETITION = 0.5
_MOST_ALIKE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The n sentences to choose from, document by document in time order, each document's from its beginning.

    ``rows`` (int64, (n,)) are their rows in the generation's table of sentences; ``vectors`` (float32, (n, d)) are
    centred and of length 1; ``documents`` (int64, (n,)) numbers the pool's documents from 0, the oldest first, and
    ``dates`` has the date of each of these; ``positions`` (int64, (n,)) numbers the sentences of a document from 0;
    ``lengths`` (int64, (n,)) are their words as a budget counts them.
    """

    generation: Generation
    rows: NDArray[np.int64]
    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    documents: NDArray[np.int64]
    dates: tuple[str | None, ...]
    positions: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @staticmethod
    def of(generation: Generation, members: Sequence[int]) -> Pool:
        """The sentences of ``members``, places in ``generation.documents``; in the order given unless all are dated.

        Dates order them as text, so that a year alone comes before its months and days.
        """
        dated = [(generation.documents[place].document.metadata.date, place) for place in members]
        if all(date is not None for date, _ in dated):
            dated.sort(key=lambda entry: entry[0] or "")
        places = [place for _, place in dated]
        table = generation.sentences
        order = np.full(len(generation.documents), -1, dtype=np.int64)
        order[places] = np.arange(len(places))
        rows = np.flatnonzero(order[table[:, 0]] >= 0)
        rows = rows[np.argsort(order[table[rows, 0]], kind="stable")]
        documents = order[table[rows, 0]]
        begins = np.flatnonzero(np.diff(documents, prepend=-1))
        texts = tuple(
            generation.documents[document].document.text[start:end] for document, start, end, _ in table[rows].tolist()
        )
        return Pool(
            generation=generation,
            rows=rows,
            texts=texts,
            vectors=generation.sentence_vectors.vectors(rows),
            documents=documents,
            dates=tuple(date for date, _ in dated),
            positions=np.arange(len(rows)) - np.repeat(begins, np.diff(begins, append=len(rows))),
            lengths=np.array([count(text) for text in texts], dtype=np.int64),
        )

    def quote(self, place: int, score: float = 0.0) -> Quote:
        """Sentence number ``place`` of the pool as a quotation."""
        document, start, end, _ = self.generation.sentences[self.rows[place]].tolist()
        return Quote(self.generation.documents[document].document, start, end, score)


def select(pool: Pool, worth: NDArray[np.float32], words: int, taken: Sequence[int] = ()) -> tuple[int, ...]:
    """The sentences of ``pool`` worth most, in its order, that have at most ``words`` words together.

    One by one the best is taken by ``worth`` (float32, (n,), from 0 to 1; -inf for a sentence that is out of the
    question) less what it repeats of those chosen and of those ``taken`` before, which are not chosen again (maximal
    marginal relevance: Carbonell and Goldstein, 1998).
    """
    open_to_choice = np.isfinite(worth) & (pool.lengths > 0)
    repetition = np.zeros(len(worth), dtype=np.float32)
    for place in taken:
        open_to_choice[place] = False
        repetition = np.maximum(repetition, pool.vectors @ pool.vectors[place])
    chosen: list[int] = []
    while True:
        fits = open_to_choice & (pool.lengths <= words) & (repetition < _MOST_ALIKE)
        if not fits.any():
            return tuple(sorted(chosen))
        best = int(np.where(fits, worth - _REPETITION * repetition, -np.inf).argmax())
        chosen.append(best)
        words -= int(pool.lengths[best])
        open_to_choice[best] = False
        repetition = np.maximum(repetition, pool.vectors @ pool.vectors[best])
