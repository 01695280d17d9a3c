"""Search over clusters finds what looking at every vector finds, in whatever parts they lie."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.index import large_index
from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.large_index import LargeIndex, Part, nearest
from retrieval.index.vector_index import WANTED_RECALL, Clusters, VectorIndex
from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

DIMENSION, COUNT = 32, 6000
CENTRE = np.full(DIMENSION, 0.02, dtype=np.float32)


@cache
def around(seed: int, count: int) -> CompactVectors:
    """Vectors in forty clusters, not evenly spread."""
    draw = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((40, DIMENSION))
    noise = draw.standard_normal((count, DIMENSION))
    return CompactVectors.of(np.asarray(centres[draw.zipf(1.5, count) % 40] + noise, dtype=np.float32))


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Clusters:
    path = tmp_path_factory.mktemp("clusters") / "clusters.ivf"
    tuning = Clusters.make(around(1, COUNT), around(2, 500), path)
    assert tuning.recall >= WANTED_RECALL
    assert tuning.probes < tuning.lists
    return Clusters(path, tuning.probes)


def questions(count: int) -> NDArray[np.float32]:
    return unit(around(3, count).rows(slice(None)))


def live_but(*gone: int) -> NDArray[np.bool_]:
    live = np.ones(COUNT, dtype=bool)
    live[list(gone)] = False
    return live


def recall(index: LargeIndex, allowed: NDArray[np.int64] | None = None) -> float:
    """The share of the ten nearest of each question that are found, and that no other row is."""
    exact = index.exact()
    shares = []
    for question in questions(60):
        found, scores = index.search(question, 10, allowed)
        expected, _ = exact.search(question, 10, allowed)
        assert len(found) == len(expected)
        assert np.all(np.diff(scores) <= 0)
        np.testing.assert_allclose(scores, exact.similarities(question, found), atol=1e-6)
        assert allowed is None or np.isin(found, allowed).all()
        shares.append(len(np.intersect1d(found, expected)) / max(1, len(expected)))
    return float(np.mean(shares))


def test_the_nearest_are_found(clusters: Clusters) -> None:
    assert recall(LargeIndex([Part(around(1, COUNT), None, clusters)], CENTRE)) >= 0.97


def test_the_nearest_are_found_in_several_parts_some_without_clusters(clusters: Clusters) -> None:
    live = live_but(*range(0, COUNT, 3))
    parts = [
        Part.of(around(4, 300), np.ones(300, dtype=bool), None),
        Part.of(around(1, COUNT), live, clusters),
        Part.of(around(5, 200), np.arange(200) % 2 == 0, None),
    ]
    index = LargeIndex(parts, CENTRE)
    assert len(index) == 300 + int(live.sum()) + 100
    assert recall(index) >= 0.97


def test_a_row_that_does_not_count_is_never_found(clusters: Clusters) -> None:
    index = LargeIndex([Part.of(around(1, COUNT), live_but(17), clusters)], CENTRE)
    gone = unit(around(1, COUNT).rows(np.array([17])))[0]
    rows, _ = index.search(gone, 50)
    kept = np.flatnonzero(live_but(17))[rows]
    assert 17 not in kept


@pytest.mark.parametrize("few", [10, 100_000], ids=["over clusters", "one by one"])
def test_only_allowed_rows_are_found(clusters: Clusters, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(large_index, "_FEW", few)
    parts = [Part(around(1, COUNT), None, clusters), Part(around(4, 300), None, None)]
    allowed = np.arange(5, COUNT + 300, 7, dtype=np.int64)
    assert recall(LargeIndex(parts, CENTRE), allowed) >= 0.97


def test_nothing_allowed_gives_nothing(clusters: Clusters) -> None:
    index = LargeIndex([Part(around(1, COUNT), None, clusters)], CENTRE)
    rows, scores = index.search(questions(1)[0], 10, np.empty(0, dtype=np.int64))
    assert (rows.tolist(), scores.tolist()) == ([], [])


def test_while_there_are_few_every_vector_is_looked_at(monkeypatch: pytest.MonkeyPatch, clusters: Clusters) -> None:
    parts = [Part(around(1, COUNT), None, clusters)]
    assert isinstance(nearest(parts, CENTRE), VectorIndex)
    monkeypatch.setattr(large_index, "EXACT_ROWS", COUNT - 1)
    assert isinstance(nearest(parts, CENTRE), LargeIndex)


def test_a_disk_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        Clusters.make(around(1, COUNT), around(2, 500), tmp_path)
