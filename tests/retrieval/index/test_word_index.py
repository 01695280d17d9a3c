"""BM25 from segments equals BM25 computed plainly from the live passages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.word_index import Postings, WordIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

Passages = list[list[str]]

TERM = st.sampled_from(["truce", "talks", "astan", "2017", "перег", "محادث"])
PASSAGES = st.lists(st.lists(TERM, max_size=8), max_size=6)


def naive_scores(live: Passages, query: list[str]) -> list[float]:
    """BM25 as it is written down, with k1 = 1.2 and b = 0.75."""
    number = len(live)
    mean = sum(map(len, live)) / number if number else 1.0
    scores = []
    for passage in live:
        score = 0.0
        for term in set(query):
            holding = sum(term in other for other in live)
            weight = math.log(1 + (number - holding + 0.5) / (holding + 0.5))
            count = passage.count(term)
            if count:
                score += weight * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(passage) / mean))
        scores.append(score)
    return scores


def index_of(segments: list[tuple[Passages, list[bool]]]) -> tuple[WordIndex, Passages]:
    """The index of the passages that are marked as live, and those passages in order."""
    parts: list[tuple[Postings, NDArray[np.int64]]] = []
    live: Passages = []
    for passages, marks in segments:
        rows = []
        for passage, mark in zip(passages, marks, strict=True):
            rows.append(len(live) if mark else -1)
            if mark:
                live.append(passage)
        parts.append((Postings.of(passages), np.array(rows, dtype=np.int64)))
    return WordIndex(parts), live


@st.composite
def segmented(draw: st.DrawFn) -> list[tuple[Passages, list[bool]]]:
    """Segments of passages, some of them withdrawn."""
    return [
        (passages, draw(st.lists(st.booleans(), min_size=len(passages), max_size=len(passages))))
        for passages in draw(st.lists(PASSAGES, max_size=4))
    ]


@given(segmented(), st.lists(TERM, max_size=5))
def test_scores_are_those_of_a_plain_bm25_over_the_live_passages(
    segments: list[tuple[Passages, list[bool]]], query: list[str]
) -> None:
    index, live = index_of(segments)
    scores = index.scores(query)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, naive_scores(live, query), rtol=1e-5, atol=1e-6)


@given(segmented(), st.lists(TERM, max_size=5))
def test_no_passage_scores_above_the_best_possible(
    segments: list[tuple[Passages, list[bool]]], query: list[str]
) -> None:
    index, _ = index_of(segments)
    assert all(0 <= score <= index.best_possible(query) * (1 + 1e-5) for score in index.scores(query))


def test_a_score_worked_out_by_hand() -> None:
    index, _ = index_of([([["truce", "truce", "talks"], ["talks"]], [True, True])])
    weight = math.log(1 + 1.5 / 1.5)
    assert index.weight("truce") == pytest.approx(weight)
    # The mean length is 2, this passage's 3: 0.25 + 0.75 * 3 / 2 = 1.375.
    assert index.scores(["truce"]).tolist() == pytest.approx([weight * 2 * 2.2 / (2 + 1.2 * 1.375), 0.0])
    assert index.best_possible(["truce", "truce"]) == pytest.approx(weight * 2.2)


def test_an_unknown_term_weighs_most_and_scores_nothing() -> None:
    index, _ = index_of([([["truce"], ["talks"]], [True, True])])
    assert index.weight("nowhere") > index.weight("truce") > 0
    assert index.scores(["nowhere"]).tolist() == [0.0, 0.0]


def test_withdrawn_passages_count_neither_in_frequencies_nor_in_lengths() -> None:
    with_withdrawn, _ = index_of([([["truce"], ["truce"] * 9], [True, False]), ([["talks", "truce"]], [True])])
    without, _ = index_of([([["truce"], ["talks", "truce"]], [True, True])])
    assert with_withdrawn.scores(["truce", "talks"]).tolist() == without.scores(["truce", "talks"]).tolist()
    assert with_withdrawn.weight("truce") == without.weight("truce")


@pytest.mark.parametrize("passages", [[], [[]], [[], []]])
def test_passages_without_terms_score_zero(passages: Passages) -> None:
    index, _ = index_of([(passages, [True] * len(passages))])
    assert index.scores(["truce"]).tolist() == [0.0] * len(passages)


def test_postings_list_each_term_once_in_order() -> None:
    postings = Postings.of([["talks", "astan", "talks"], [], ["astan"]])
    assert postings.terms == ("astan", "talks")
    assert postings.starts.tolist() == [0, 2, 3]
    assert postings.passages.tolist() == [0, 2, 0]
    assert postings.counts.tolist() == [1, 1, 2]
    assert postings.lengths.tolist() == [3, 0, 1]
