"""Exact search by inner product. The only module that knows FAISS; all its scores are similarities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import faiss
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class VectorIndex:
    """An immutable set of vectors, float32 of shape (n, d); with vectors of length 1 the score is the cosine."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, question: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row numbers and similarities of the ``count`` nearest rows, best first, ties by row number.

        ``question`` is float32 of shape (d,); ``allowed``, where given, holds the only rows that may be found.
        """
        available = len(self) if allowed is None else len(allowed)
        count = min(count, available)
        if count == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        # Of equals at the cut FAISS keeps any: fetch on until all of them are there.
        fetched = min(count + 1, available)
        while True:
            found, numbers = self._index.search(question.reshape(1, -1), fetched, params=parameters)
            scores, rows = found[0], numbers[0]
            if fetched == available or scores[-1] < scores[count - 1]:
                break
            fetched = min(2 * fetched, available)
        order = np.lexsort((rows, -scores))[:count]
        return rows[order], scores[order]

    def similarities(self, question: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The similarity of ``question`` to each of ``rows``, float32 of shape (len(rows),)."""
        if len(rows) == 0:
            return np.empty(0, dtype=np.float32)
        vectors: NDArray[np.float32] = self.vectors(rows)
        return vectors @ question

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Copies of ``rows``, float32 of shape (len(rows), d)."""
        found: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return found
