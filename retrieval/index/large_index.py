"""Search over more vectors than are looked at one by one: clusters name candidates, which are compared exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.index.vector_index import VectorIndex, best
from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.compact_vectors import CompactVectors
    from retrieval.index.vector_index import Clusters, Nearest

# Up to so many rows, exact search is the fastest.
EXACT_ROWS: Final = 100_000
_FEW: Final = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """The vectors of a segment, which of them count (None for all), and their clusters where they are many."""

    vectors: CompactVectors
    live: NDArray[np.bool_] | None
    clusters: Clusters | None

    @staticmethod
    def of(vectors: CompactVectors, live: NDArray[np.bool_], clusters: Clusters | None) -> Part:
        """A part of which those rows count that are ``live``, bool of shape (n,)."""
        return Part(vectors, None if live.all() else live, clusters)


def nearest(parts: Sequence[Part], centre: NDArray[np.float32]) -> Nearest:
    """What finds the nearest of the live rows of ``parts``, less ``centre``: exact search while that is the fastest."""
    large = LargeIndex(parts, centre)
    return large if len(large) > EXACT_ROWS else large.exact()


class LargeIndex:
    """The live rows of several parts, numbered on from part to part, less ``centre`` and scaled to length 1.

    See ``retrieval.index.vector_index.Nearest``. Of parts without clusters copies are held in float32.
    """

    def __init__(self, parts: Sequence[Part], centre: NDArray[np.float32]) -> None:
        self._parts = parts
        self._centre = centre
        # For parts of which not all rows count, the row in the part of each that does, and the other way round.
        self._own = [None if part.live is None else np.flatnonzero(part.live) for part in parts]
        counts = [len(part.vectors) if own is None else len(own) for part, own in zip(parts, self._own, strict=True)]
        self._bounds = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
        plain = [number for number, part in enumerate(parts) if part.clusters is None]
        self._plain_rows = _joined([np.arange(self._bounds[one], self._bounds[one + 1]) for one in plain])

    def __len__(self) -> int:
        return int(self._bounds[-1])

    @cached_property
    def _plain(self) -> VectorIndex:
        return VectorIndex(self.vectors(self._plain_rows))

    def exact(self) -> VectorIndex:
        """The same rows, all of them held and searched one by one."""
        return VectorIndex(self.vectors(np.arange(len(self), dtype=np.int64)))

    def search(
        self, question: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See ``Nearest``; a row that is among the nearest may be missed, seldom."""
        if allowed is not None and len(allowed) <= _FEW:
            return best(allowed, self.similarities(question, allowed), count)
        admitted = None
        if allowed is not None:
            admitted = np.zeros(len(self), dtype=bool)
            admitted[allowed] = True
        rows = _joined([*self._from_clusters(question, count, admitted), self._from_plain(question, count, admitted)])
        return best(rows, self.similarities(question, rows), count)

    def similarities(self, question: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``Nearest``."""
        found: NDArray[np.float32] = self.vectors(rows) @ question
        return found

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``Nearest``."""
        found = np.empty((len(rows), len(self._centre)), dtype=np.float32)
        part_of = np.searchsorted(self._bounds, rows, side="right") - 1
        for number in np.unique(part_of):
            places = np.flatnonzero(part_of == number)
            own, inside = self._own[number], rows[places] - self._bounds[number]
            found[places] = self._parts[number].vectors.rows(inside if own is None else own[inside])
        return unit(found - self._centre)

    def _from_clusters(
        self, question: NDArray[np.float32], count: int, admitted: NDArray[np.bool_] | None
    ) -> list[NDArray[np.int64]]:
        """Candidates of the parts with clusters, as rows of all."""
        found = []
        for number, (part, own) in enumerate(zip(self._parts, self._own, strict=True)):
            if part.clusters is None:
                continue
            live = part.live
            if admitted is not None:
                of_part = admitted[self._bounds[number] : self._bounds[number + 1]]
                if own is None:
                    live = of_part
                else:
                    live = np.zeros(len(part.vectors), dtype=bool)
                    live[own] = of_part
            rows = part.clusters.search(question, count, live)
            if own is not None:
                rows = np.searchsorted(own, rows)
            found.append(rows + self._bounds[number])
        return found

    def _from_plain(
        self, question: NDArray[np.float32], count: int, admitted: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """The nearest of the parts without clusters."""
        allowed = None if admitted is None else np.flatnonzero(admitted[self._plain_rows])
        rows, _ = self._plain.search(question, count, allowed)
        return self._plain_rows[rows]


def _joined(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(rows).astype(np.int64) if rows else np.empty(0, dtype=np.int64)
