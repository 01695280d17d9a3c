"""Concepts are pairs of words; a summary covers those worth most, each once, within its words."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.rouge import count
from retrieval.summaries.concepts import Concepts, cover
from retrieval.summaries.selection import Pool
from tests.retrieval.corpora import document, generation


def pool(*lines: str) -> Pool:
    """One document, a sentence a line."""
    return Pool.of(generation(document("one", *lines)), [0])


def chosen(found: Pool, places: tuple[int, ...]) -> list[str]:
    """The texts at these places."""
    return [found.texts[place] for place in places]


def test_a_sentence_has_each_of_its_pairs_of_words_once() -> None:
    concepts = Concepts.of(["So it is, so it is.", "It is"], np.ones(2))
    assert concepts.held.toarray().tolist() == [[1, 1, 1], [0, 1, 0]]


def test_a_concept_is_worth_more_the_likelier_and_the_more_often_it_is_said() -> None:
    concepts = Concepts.of(["red bridge", "red bridge", "blue bridge"], np.array([1.0, 0.5, 0.0]))
    assert concepts.worth.tolist() == pytest.approx([1.5**0.7, 0])


def test_what_is_asked_is_worth_more_and_stuttering_less() -> None:
    concepts = Concepts.of(["red bridge", "the the", "w bridge", "blue flag"], np.ones(4), "Which BRIDGE is red?")
    assert concepts.worth.tolist() == pytest.approx([exp(1.8), exp(-2.6), exp(0.2), 1])


def test_what_is_said_often_is_covered_and_what_is_said_already_pays_nothing() -> None:
    found = pool(
        "The ceasefire holds in Aleppo today.",
        "Snow fell over empty northern roads.",
        "The ceasefire holds in Aleppo tonight.",
        "Wheat prices rose again in June.",
    )
    even = np.ones(4)
    assert cover(found, even, 6) == (0,)
    assert cover(found, even, 12) == (0, 1)
    assert cover(found, even, 18, taken=[0]) == (1, 2, 3)


def test_likelier_sentences_come_first_and_those_without_a_chance_never() -> None:
    found = pool("Convoys reached the northern towns.", "Talks opened in the capital.", "Guards closed the old gate.")
    assert cover(found, np.array([0.1, 1.0, 0.0]), 5) == (1,)
    assert cover(found, np.array([0.1, 1.0, 0.0]), 500) == (0, 1)


def test_what_was_said_in_the_same_words_or_by_another_document_in_others_is_not_said_again() -> None:
    lines = ("Convoys reached the towns.", "Convoys reached the towns.", "Reached the towns: convoys!")
    assert cover(pool(*lines), np.ones(3), 500) == (0, 2)
    apart = Pool.of(generation(*(document(f"d{number}", line) for number, line in enumerate(lines))), [0, 1, 2])
    assert cover(apart, np.ones(3), 500) == (0,)
    assert cover(apart, np.ones(3), 500, taken=[1]) == ()


def test_less_than_three_words_are_no_sentence_and_none_fit_into_nothing() -> None:
    found = pool("Thank you.", "They all agreed.")
    assert cover(found, np.ones(2), 500) == (1,)
    assert cover(found, np.ones(2), 0) == ()
    assert cover(found, np.ones(2), 2) == ()


def test_nothing_is_chosen_of_nothing() -> None:
    empty = Pool.of(generation(document("one", "Text."), document("two", "# Heading")), [1])
    assert cover(empty, np.empty(0), 100) == ()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text("бғa قپ🕊. Z", min_size=3).map(str.strip).filter(bool), min_size=1, max_size=6),
    st.integers(0, 12),
)
def test_the_words_are_never_more_than_allowed(lines: list[str], words: int) -> None:
    found = pool(*lines)
    places = cover(found, np.ones(len(found.texts)), words)
    assert sum(count(text) for text in chosen(found, places)) <= words
    assert list(places) == sorted(set(places))
