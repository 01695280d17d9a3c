"""Vectors in eight bits stay near what they were, each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.vectors import unit


def drawn(seed: int, count: int, dimension: int = 64) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_every_row_is_near_what_it_was(seed: int, length: float) -> None:
    vectors = drawn(seed, 20) * np.float32(length)
    kept = CompactVectors.of(vectors).rows(slice(None))
    assert np.sum(unit(vectors) * unit(kept), axis=1).min() > 0.9998
    assert np.linalg.norm(kept, axis=1) == pytest.approx(np.linalg.norm(vectors, axis=1), rel=0.01)


def test_a_row_of_zeros_stays_one() -> None:
    kept = CompactVectors.of(np.zeros((2, 8), dtype=np.float32))
    assert kept.rows(slice(None)).tolist() == np.zeros((2, 8)).tolist()


def test_what_a_row_is_kept_as_depends_on_it_alone() -> None:
    vectors = drawn(1, 30)
    whole, part = CompactVectors.of(vectors), CompactVectors.of(vectors[10:20])
    np.testing.assert_array_equal(whole.codes[10:20], part.codes)
    np.testing.assert_array_equal(whole.scales[10:20], part.scales)


def test_rows_are_chosen_joined_and_summed() -> None:
    kept = CompactVectors.of(drawn(2, 40_000, 4))
    live = np.arange(40_000) % 3 == 0
    some = kept.where(live)
    np.testing.assert_array_equal(some.rows(slice(None)), kept.rows(np.flatnonzero(live)))
    assert kept.where(np.ones(40_000, dtype=bool)) is kept
    both = CompactVectors.joined([some, kept])
    assert len(both) == len(some) + len(kept)
    np.testing.assert_array_equal(both.rows(slice(len(some), None)), kept.rows(slice(None)))
    np.testing.assert_array_equal(np.concatenate(list(kept.blocks())), kept.rows(slice(None)))
    np.testing.assert_allclose(kept.total(), kept.rows(slice(None)).sum(axis=0, dtype=np.float64))
