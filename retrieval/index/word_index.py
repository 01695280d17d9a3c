"""BM25 over term counts that are kept per segment, so that documents can be added and removed.

Each segment holds its own immutable postings; how many passages hold a term, and how long passages are on average,
is summed over the segments when they are put together, as BM25 (Robertson and Zaragoza, 2009) needs it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_K1 = 1.2
_B = 0.75


@dataclass(frozen=True)
class Postings:
    """Which passages of one segment hold which term, and how often.

    ``terms`` are sorted; term number t has the entries ``starts[t]:starts[t + 1]`` (int64) of ``passages`` and
    ``counts`` (int32); ``lengths`` (int32) are the passages' numbers of terms.
    """

    terms: tuple[str, ...]
    starts: NDArray[np.int64]
    passages: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each term."""
        return {term: number for number, term in enumerate(self.terms)}

    @staticmethod
    def of(passages: Sequence[Sequence[str]]) -> Postings:
        """Count the terms of each passage."""
        entries: dict[str, list[tuple[int, int]]] = {}
        for number, passage in enumerate(passages):
            for term, count in Counter(passage).items():
                entries.setdefault(term, []).append((number, count))
        terms = tuple(sorted(entries))
        rows = [entry for term in terms for entry in entries[term]]
        table = np.array(rows, dtype=np.int32).reshape(-1, 2)
        starts = np.concatenate([[0], np.cumsum([len(entries[term]) for term in terms], dtype=np.int64)])
        return Postings(
            terms=terms,
            starts=starts.astype(np.int64),
            passages=np.ascontiguousarray(table[:, 0]),
            counts=np.ascontiguousarray(table[:, 1]),
            lengths=np.array([len(passage) for passage in passages], dtype=np.int32),
        )

    @staticmethod
    def merged(segments: Sequence[tuple[Postings, NDArray[np.int64]]]) -> Postings:
        """The postings of the live passages of several segments, which come with the rows that ``WordIndex`` takes."""
        words = sorted(set().union(*(postings.terms for postings, _ in segments)))
        numbers = {term: number for number, term in enumerate(words)}
        count = sum(int((rows >= 0).sum()) for _, rows in segments)
        lengths = np.zeros(count, dtype=np.int32)
        found = []
        for postings, rows in segments:
            lengths[rows[rows >= 0]] = postings.lengths[rows >= 0]
            of_term = np.array([numbers[term] for term in postings.terms], dtype=np.int64)
            term_of_each = np.repeat(of_term, np.diff(postings.starts))
            entries = np.stack([term_of_each, rows[postings.passages], postings.counts.astype(np.int64)])
            found.append(entries[:, entries[1] >= 0])
        term, passage, times = np.concatenate(found, axis=1)
        order = np.lexsort((passage, term))
        held = np.bincount(term, minlength=len(words))
        return Postings(
            terms=tuple(word for word, number in zip(words, held, strict=True) if number),
            starts=np.concatenate([[0], np.cumsum(held[held > 0])]).astype(np.int64),
            passages=passage[order].astype(np.int32),
            counts=times[order].astype(np.int32),
            lengths=lengths,
        )


class WordIndex:
    """BM25 over the live passages of several segments, numbered on from segment to segment.

    ``rows`` gives, for each segment, the row number of each of its passages, or -1 where it was withdrawn.
    """

    def __init__(self, segments: Sequence[tuple[Postings, NDArray[np.int64]]]) -> None:
        # Where all passages of a segment count, its rows are those of the first and on.
        self._segments = [(postings, rows, bool((rows >= 0).all())) for postings, rows in segments]
        self._count = sum(int((rows >= 0).sum()) for _, rows in segments)
        lengths = np.zeros(self._count, dtype=np.float32)
        for postings, rows in segments:
            live = rows >= 0
            lengths[rows[live]] = postings.lengths[live]
        mean = (float(lengths.mean()) if self._count else 0.0) or 1.0
        self._allowances = np.asarray(_K1 * (1 - _B + _B * lengths / mean), dtype=np.float32)

    def weight(self, term: str) -> float:
        """The inverse document frequency of ``term`` among the live passages; an unknown one has the most."""
        return self._weight(sum(len(rows) for rows, _ in self._entries(term)))

    def scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """The BM25 score of each live passage for these terms, float32 of shape (passages,), at least 0."""
        total = np.zeros(self._count, dtype=np.float32)
        for term in sorted(set(terms)):
            entries = list(self._entries(term))
            weight = self._weight(sum(len(rows) for rows, _ in entries))
            for rows, counts in entries:
                total[rows] += np.float32(weight * (_K1 + 1)) * (counts / (counts + self._allowances[rows]))
        return total

    def best_possible(self, terms: Sequence[str]) -> float:
        """What a passage holding every term, each without end, would score: the sum of weights times k1 + 1."""
        return sum(self.weight(term) for term in set(terms)) * (_K1 + 1)

    def _weight(self, holding: int) -> float:
        return math.log1p((self._count - holding + 0.5) / (holding + 0.5))

    def _entries(self, term: str):  # type: ignore[no-untyped-def]
        for postings, rows, is_whole in self._segments:
            number = postings.numbers.get(term)
            if number is None:
                continue
            found = slice(postings.starts[number], postings.starts[number + 1])
            passages, counts = postings.passages[found], postings.counts[found].astype(np.float32)
            if is_whole:
                yield passages + rows[0], counts
                continue
            live_rows = rows[passages]
            live = live_rows >= 0
            yield live_rows[live], counts[live]
