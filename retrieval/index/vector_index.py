"""Search by inner product, exact or over clusters. The only module that knows FAISS; its scores are similarities."""

from __future__ import annotations

import errno
import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import faiss
import numpy as np

from retrieval.encoders.runtimes import default_threads
from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.index.compact_vectors import CompactVectors

# How many of the ten nearest the clusters must find, where they are made.
WANTED_RECALL: Final = 0.98
_NEAREST: Final = 10
_QUESTIONS: Final = 200
_SAMPLES_A_LIST: Final = 64
_BITS: Final = 4
_MORE: Final = 4
_AT_LEAST: Final = 200
_ROUNDS: Final = 8
_SEED: Final = 1234
_ROOM: Final = 2**20


class Nearest(Protocol):
    """Finds the nearest of many vectors of length 1, numbered from 0."""

    def __len__(self) -> int:
        """How many there are."""

    def search(
        self, question: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row numbers and similarities of the ``count`` nearest rows, best first, ties by row number.

        ``question`` is float32 of shape (d,); ``allowed``, where given, holds the only rows that may be found.
        """

    def similarities(self, question: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The similarity of ``question`` to each of ``rows``, float32 of shape (len(rows),)."""

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Copies of ``rows``, float32 of shape (len(rows), d)."""


class VectorIndex:
    """An immutable set of vectors, float32 of shape (n, d), searched exactly; see ``Nearest``."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, question: NDArray[np.float32], count: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See ``Nearest``."""
        available = len(self) if allowed is None else len(allowed)
        count = min(count, available)
        if count == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        # Of equals at the cut FAISS keeps any: fetch on until all of them are there.
        fetched = min(count + 1, available)
        # Threads that are called together for one question take longer to come than it takes to search so few.
        faiss.omp_set_num_threads(1)
        while True:
            found, numbers = self._index.search(question.reshape(1, -1), fetched, params=parameters)
            scores, rows = found[0], numbers[0]
            if fetched == available or scores[-1] < scores[count - 1]:
                break
            fetched = min(2 * fetched, available)
        return best(rows, scores, count)

    def similarities(self, question: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``Nearest``."""
        if len(rows) == 0:
            return np.empty(0, dtype=np.float32)
        vectors: NDArray[np.float32] = self.vectors(rows)
        return vectors @ question

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See ``Nearest``."""
        found: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return found


def best(
    rows: NDArray[np.int64], scores: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``count`` rows with the best scores, best first, ties by row number."""
    order = np.lexsort((rows, -scores))[:count]
    return rows[order], scores[order]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How many clusters are looked into for a question, of how many, and the recall at 10 that this was found to give.

    It was measured with questions made of vectors of the same text in another size: of sentences for passages, of
    passages for sentences.
    """

    lists: int
    probes: int
    recall: float


class Clusters:
    """Vectors in clusters, of which the nearest are looked into (an inverted file: Jégou et al., 2011).

    A vector is kept in four bits for every two dimensions, which are looked up many at a time (André et al., 2015): a
    million of them in some hundred megabytes. What is found is to be compared again.
    """

    def __init__(self, path: Path, probes: int) -> None:
        self._index: Any = faiss.read_index(str(path))
        self._probes = probes

    @staticmethod
    def make(vectors: CompactVectors, others: CompactVectors, path: Path) -> Tuning:
        """Write the clusters of ``vectors``, scaled to length 1, to ``path``, tuned with ``others`` of these texts."""
        faiss.omp_set_num_threads(default_threads())
        count, dimension = vectors.codes.shape
        lists = max(1, round(math.sqrt(count)))
        pairs = dimension // 2 if dimension % 2 == 0 else dimension
        index = faiss.IndexIVFPQFastScan(
            faiss.IndexFlatIP(dimension), dimension, lists, pairs, _BITS, faiss.METRIC_INNER_PRODUCT
        )
        index.by_residual = False
        index.cp.niter, index.cp.seed, index.cp.max_points_per_centroid = _ROUNDS, _SEED, _SAMPLES_A_LIST
        draw = np.random.default_rng(_SEED)
        sampled = np.sort(draw.choice(count, min(count, lists * _SAMPLES_A_LIST), replace=False))
        index.train(unit(vectors.rows(sampled)))
        for block in vectors.blocks():
            index.add(unit(block))
        _write(index, path)
        return _tuned(index, vectors, _questions(others))

    def search(self, question: NDArray[np.float32], count: int, live: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Rows that are likely to have the ``count`` nearest among them; ``live``, where given, says which may be."""
        faiss.omp_set_num_threads(default_threads())
        probes, selector = self._probes, None
        if live is not None:
            bits = np.packbits(live, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg,arg-type]
            # Where few may be found they are spread over more clusters.
            probes = min(self._index.nlist, math.ceil(probes * len(live) / max(1, int(live.sum()))))
        return _candidates(self._index, question.reshape(1, -1), count, probes, selector)[0]


def _candidates(
    index: Any, questions: NDArray[np.float32], count: int, probes: int, selector: Any = None
) -> list[NDArray[np.int64]]:
    """For each question more rows than ``count``, since their places among each other are only nearly right."""
    parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]
    _, rows = index.search(questions, _MORE * count + _AT_LEAST, params=parameters)
    return [found[found >= 0] for found in rows]


def _questions(vectors: CompactVectors) -> NDArray[np.float32]:
    """Vectors as far from all others as questions are: each is between two that have nothing to do with one another."""
    drawn = np.random.default_rng(_SEED).integers(0, len(vectors), 2 * _QUESTIONS)
    rows = unit(vectors.rows(drawn))
    return unit(rows[:_QUESTIONS] + rows[_QUESTIONS:])


def _write(index: Any, path: Path) -> None:
    """Write an index.

    Raises:
        OSError: it cannot be written; FAISS does not say why, so it is looked at whether there was room.
    """
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        is_full = shutil.disk_usage(path.parent).free < _ROOM
        raise OSError(errno.ENOSPC if is_full else errno.EIO, "cannot be written", str(path)) from error


def _tuned(index: Any, vectors: CompactVectors, questions: NDArray[np.float32]) -> Tuning:
    """The fewest probes that find enough of the nearest; each try looks into half as many more."""
    nearest = _nearest(vectors, questions)
    lists = int(index.nlist)
    probes = max(1, lists // 32)
    while True:
        found = _candidates(index, questions, nearest.shape[1], probes)
        recall = float(np.mean([len(np.intersect1d(*pair)) for pair in zip(found, nearest, strict=True)]))
        recall /= max(1, nearest.shape[1])
        if recall >= WANTED_RECALL or probes >= lists:
            return Tuning(lists, probes, round(recall, 4))
        probes = min(lists, probes + max(1, probes // 2))


def _nearest(vectors: CompactVectors, questions: NDArray[np.float32]) -> NDArray[np.int64]:
    """The rows that are really nearest to each question, int64 of shape (questions, 10 at most)."""
    count = min(_NEAREST, len(vectors))
    rows = np.empty((len(questions), 0), dtype=np.int64)
    scores = np.empty((len(questions), 0), dtype=np.float32)
    first = 0
    for block in vectors.blocks():
        found = questions @ unit(block).T
        kept = np.argpartition(-found, min(count, found.shape[1]) - 1, axis=1)[:, :count]
        rows = np.concatenate([rows, kept + first], axis=1)
        scores = np.concatenate([scores, np.take_along_axis(found, kept, axis=1)], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        rows, scores = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
        first += len(block)
    return rows
