"""Phrases of one word or more are found right before a place among tokens, or right behind it."""

from __future__ import annotations

from corpus.tokens import tokenise
from retrieval.questions.phrases import beginning_at, ending_at, phrases

MARKERS = phrases("before, prior to, not prior to", "Bu Yana, beri")
TOKENS = tokenise("spoken not prior to 2018 bu yana")


def test_phrases_are_separated_by_commas_and_folded() -> None:
    assert set(MARKERS) == {("before",), ("prior", "to"), ("not", "prior", "to"), ("bu", "yana"), ("beri",)}
    assert phrases("", " , ") == frozenset()


def test_the_longest_that_ends_right_before_a_place_is_found() -> None:
    assert ending_at(TOKENS, 4, MARKERS) == 1
    assert ending_at(TOKENS, 3, MARKERS) is None
    assert ending_at(TOKENS, 0, MARKERS) is None


def test_the_longest_that_begins_at_a_place_is_found() -> None:
    assert beginning_at(TOKENS, 5, MARKERS) == 7
    assert beginning_at(TOKENS, 1, MARKERS) == 4
    assert beginning_at(TOKENS, 4, MARKERS) is None
    assert beginning_at(TOKENS, 7, MARKERS) is None
