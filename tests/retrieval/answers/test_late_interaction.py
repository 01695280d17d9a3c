"""Tokens are centred, kept in two bits a dimension, and each of a question's finds its best match in a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answers.late_interaction import SentenceTokens, best_matches, centred, compress, cosines
from retrieval.index.vectors import unit


def drawn(seed: int, *shape: int) -> np.ndarray:
    """Normally distributed numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_centred_tokens_lose_the_mean_of_each_part_and_have_length_one() -> None:
    tokens = np.array([[[3, 4], [1, 1]], [[1, 1], [1, 3]]], dtype=np.float32)
    found = centred(tokens, np.array([[0, 0], [1, 0]], dtype=np.float32))
    half = np.sqrt(0.5)
    assert found[0].tolist() == pytest.approx([0.6 * half, 0.8 * half, 0, half])
    assert np.linalg.norm(found, axis=1).tolist() == pytest.approx([1, 1])


def test_no_tokens_stay_no_tokens() -> None:
    nothing = centred(np.empty((0, 2, 8), np.float32), np.zeros((2, 8), np.float32))
    assert nothing.shape == (0, 16)
    assert compress(nothing).shape == (0, 4)
    assert cosines(nothing, compress(nothing)).shape == (0, 0)


def test_four_dimensions_share_a_byte() -> None:
    codes = compress(np.array([[-3, -0.1, 0.1, 3, 3, 0.1, -0.1, -3]], dtype=np.float32))
    assert codes.tolist() == [[0b11_10_01_00, 0b00_01_10_11]]
    levels = np.array([-1.510, -0.4528, 0.4528, 1.510])
    expected = np.concatenate([levels, levels[::-1]])
    found = cosines(np.eye(8, dtype=np.float32), codes)
    assert found[0].tolist() == pytest.approx(list(expected / np.linalg.norm(expected)), abs=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_what_is_kept_is_near_what_was(seed: int) -> None:
    vectors = unit(drawn(seed, 5, 256))
    assert np.diag(cosines(vectors, compress(vectors))).min() > 0.9


def test_many_tokens_are_compared_like_few() -> None:
    vectors = unit(drawn(2, 1200, 64))
    whole = cosines(vectors[:3], compress(vectors))
    np.testing.assert_allclose(whole[1000:1003], cosines(vectors[:3], compress(vectors[1000:1003])), atol=1e-6)


def test_each_token_of_a_question_finds_its_best_match_in_each_sentence() -> None:
    vectors = unit(drawn(1, 6, 512))
    bounds = np.array([0, 2, 2, 6])
    found = best_matches(vectors[[0, 4]], compress(vectors), bounds)
    assert found.shape == (3, 2)
    assert found[0, 0] > 0.9 > 0.5 > found[2, 0]
    assert found[2, 1] > 0.9 > 0.5 > found[0, 1]
    assert found[1].tolist() == [0, 0]


def test_live_sentences_are_numbered_on_over_the_segments() -> None:
    first, second = np.arange(12, dtype=np.uint8).reshape(6, 2), np.arange(100, 108, dtype=np.uint8).reshape(4, 2)
    tokens = SentenceTokens(
        [
            (first, np.array([0, 1, 3, 6]), np.array([True, False, True])),
            (second, np.array([0, 2, 4]), np.array([False, True])),
        ]
    )
    codes, bounds = tokens.gather(np.array([2, 0, 1]))
    assert codes[:, 0].tolist() == [104, 106, 0, 6, 8, 10]
    assert bounds.tolist() == [0, 2, 3, 6]
    codes, bounds = tokens.gather(np.empty(0, dtype=np.int64))
    assert (codes.shape, bounds.tolist()) == ((0, 2), [0])
