"""Exact search gives the nearest rows, best first, and ties by row number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.vector_index import VectorIndex

# Small whole numbers, so that inner products are exact and ties are many.
COMPONENT = st.integers(-3, 3)
VECTOR = st.tuples(COMPONENT, COMPONENT, COMPONENT)


@given(st.lists(VECTOR, max_size=30), VECTOR, st.integers(0, 40))
def test_search_is_a_full_sort_by_similarity_then_row(
    vectors: list[tuple[int, int, int]], question: tuple[int, int, int], count: int
) -> None:
    table = np.array(vectors, dtype=np.float32).reshape(-1, 3)
    vector = np.array(question, dtype=np.float32)
    expected = sorted(((-float(row @ vector), number) for number, row in enumerate(table)))[:count]
    rows, scores = VectorIndex(table).search(vector, count)
    assert [(-score, row) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)] == expected


@pytest.mark.parametrize("count", [1, 5, 60, 100, 150, 299])
def test_of_equal_rows_the_first_are_found(count: int) -> None:
    index = VectorIndex(np.tile(np.array([[0.6, 0.8]], dtype=np.float32), (300, 1)))
    rows, scores = index.search(np.array([1, 0], dtype=np.float32), count)
    assert rows.tolist() == list(range(count))
    assert scores.tolist() == pytest.approx([0.6] * count)


@pytest.mark.parametrize("better", [1, 3, 7])
@pytest.mark.parametrize("count", [8, 40, 120])
def test_of_equal_rows_at_the_cut_the_first_are_found_whatever_comes_behind_them(better: int, count: int) -> None:
    table = np.array([[0, 0]] * 200 + [[1, 0]] * better + [[-1, 0]] * 50, dtype=np.float32)
    rows, _ = VectorIndex(table).search(np.array([1, 0], dtype=np.float32), count)
    assert rows.tolist() == [*range(200, 200 + better), *range(count - better)]


def test_only_allowed_rows_are_found() -> None:
    index = VectorIndex(np.array([[1, 0], [0.9, 0], [0.8, 0], [0.7, 0]], dtype=np.float32))
    question = np.array([1, 0], dtype=np.float32)
    rows, scores = index.search(question, 3, np.array([1, 3], dtype=np.int64))
    assert rows.tolist() == [1, 3]
    assert scores.tolist() == pytest.approx([0.9, 0.7])
    rows, scores = index.search(question, 3, np.empty(0, dtype=np.int64))
    assert (rows.tolist(), scores.tolist()) == ([], [])


@given(st.lists(VECTOR, min_size=1, max_size=30), VECTOR, st.data())
def test_allowed_rows_tie_by_row_too(
    vectors: list[tuple[int, int, int]], question: tuple[int, int, int], data: st.DataObject
) -> None:
    table = np.array(vectors, dtype=np.float32).reshape(-1, 3)
    vector = np.array(question, dtype=np.float32)
    allowed = sorted(data.draw(st.sets(st.integers(0, len(vectors) - 1))))
    expected = sorted((-float(table[row] @ vector), row) for row in allowed)[:4]
    rows, scores = VectorIndex(table).search(vector, 4, np.array(allowed, dtype=np.int64))
    assert [(-score, row) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)] == expected


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex(np.empty((0, 4), dtype=np.float32))
    rows, scores = index.search(np.ones(4, dtype=np.float32), 5)
    assert len(index) == 0
    assert (rows.tolist(), scores.tolist()) == ([], [])


def test_similarities_come_in_the_order_asked_for() -> None:
    index = VectorIndex(np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32))
    question = np.array([0, 1], dtype=np.float32)
    assert index.similarities(question, np.array([2, 0, 2], dtype=np.int64)).tolist() == pytest.approx([0.8, 0, 0.8])
    assert index.similarities(question, np.empty(0, dtype=np.int64)).shape == (0,)


def test_vectors_are_given_back_as_they_were_put_in() -> None:
    table = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    assert VectorIndex(table).vectors(np.array([2, 1], dtype=np.int64)).tolist() == table[[2, 1]].tolist()
