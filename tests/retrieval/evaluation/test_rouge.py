"""ROUGE by examples that are counted by hand, and what holds of it whatever is measured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluation.rouge import Share, count, cut, rouge, tokens


def test_words_pairs_and_the_longest_subsequence_are_counted() -> None:
    measured = rouge("the cat sat on the mat", ["The cat is on the mat."])
    assert measured.one == Share(5 / 6, 5 / 6)
    assert measured.two == Share(3 / 5, 3 / 5)
    assert measured.longest == Share(5 / 6, 5 / 6)


def test_a_word_counts_no_more_often_than_the_reference_has_it() -> None:
    measured = rouge("no no no", ["no way"])
    assert (measured.one, measured.two, measured.longest) == (Share(1 / 3, 1 / 2), Share(0, 0), Share(1 / 3, 1 / 2))


def test_the_order_of_words_is_the_subsequence_s_alone() -> None:
    measured = rouge("b a", ["a b"])
    assert (measured.one.f1, measured.two.f1, measured.longest.f1) == (1, 0, 0.5)


def test_the_best_reference_counts_for_each_measure_by_itself() -> None:
    measured = rouge("a b c", ["c b a", "a b"])
    assert measured.one == Share(1, 1)
    assert measured.two == Share(1 / 2, 1)
    assert measured.longest == Share(2 / 3, 1)


def test_a_summary_is_cut_to_its_words_first() -> None:
    assert rouge("a b c d", ["a b"], 2).one == Share(1, 1)
    assert rouge("a b c d", ["a b"]).one == Share(1 / 2, 1)


@pytest.mark.parametrize(("summary", "references"), [("", ["a"]), ("a", []), ("a", ["🕊️ …"]), ("", [])])
def test_where_there_is_nothing_to_compare_nothing_is_shared(summary: str, references: list[str]) -> None:
    measured = rouge(summary, references)
    assert (measured.one.f1, measured.two.f1, measured.longest.f1) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "budget", "left"),
    [
        ("One, two; three.", 2, "One, two"),
        ("One, two; three.", 3, "One, two; three."),
        ("One, two; three.", 4, "One, two; three."),
        ("One", 0, ""),
        ("Один. Два", 1, "Один"),
        ("«No», they said.", None, "«No», they said."),
    ],
)
def test_a_text_is_cut_after_its_last_word(text: str, budget: int | None, left: str) -> None:
    assert cut(text, budget) == left


def test_words_are_runs_of_letters_and_digits_in_lower_case() -> None:
    assert tokens("Don't! АСТАНА-8, ۱۴۰۲_") == ["don", "t", "астана", "8", "۱۴۰۲_"]
    assert count("Don't! АСТАНА-8") == 4


@given(st.text("aб 8.ß", max_size=30), st.lists(st.text("aб 8.ß", max_size=30), max_size=3), st.integers(0, 8))
def test_every_share_is_between_nothing_and_all(summary: str, references: list[str], budget: int) -> None:
    measured = rouge(summary, references, budget)
    assert count(cut(summary, budget)) == min(budget, count(summary))
    for share in (measured.one, measured.two, measured.longest):
        assert 0 <= share.precision <= 1
        assert 0 <= share.recall <= 1
        assert min(share.precision, share.recall) <= share.f1 + 1e-9
        assert share.f1 <= max(share.precision, share.recall) + 1e-9
