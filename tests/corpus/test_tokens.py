"""Tokens keep their place in the text, and are folded so that spellings of one word are equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.tokens import Token, fold, tokenise, words


def test_tokens_are_words_numbers_signs_and_line_breaks() -> None:
    assert [token.text for token in tokenise("Astana-8: 2,000 words\n8'inci tur")] == [
        *("Astana", "-", "8", ":", "2,000", "words", "\n", "8", "'", "inci", "tur")
    ]


def test_a_token_says_where_it_stands_and_what_it_is() -> None:
    assert tokenise("Ёлка ٨") == (Token("Ёлка", "елка", 0, 4, word=True), Token("٨", "٨", 5, 6, number=8))


@pytest.mark.parametrize(
    ("text", "number"), [("8", 8), ("۸", 8), ("٢١", 21), ("2,000", None), ("8:30", None), ("8.5", None)]
)
def test_only_plain_digits_have_a_value(text: str, number: int | None) -> None:
    assert tokenise(text)[0].number == number


@pytest.mark.parametrize(("text", "tight"), [("a-b", True), ("a – b", False), ("a -b", False), ("a–b", True)])
def test_a_hyphen_is_tight_between_two_neighbours(text: str, tight: bool) -> None:
    assert tokenise(text)[1] == Token(
        text.strip("ab "), "-", 1 if tight or text[1] != " " else 2, 2 if tight else 3, tight=tight
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EIGHTH", "eighth"),
        ("Четвёртый", "четвертый"),
        ("İKİNCİ", "ikinci"),
        ("ALTINCI", "altıncı"),
        ("أستانا", "استانا"),
        ("الثّامنة", "الثامنه"),
        ("الـثامنة", "الثامنة"),
        ("یکم", "يكم"),
        ("ژانویهٔ", "ژانویه"),
    ],
)
def test_spellings_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_marks_stay_in_their_word_and_a_joiner_parts_two() -> None:
    assert [token.text for token in tokenise("الثّامنة دور‌های")] == ["الثّامنة", "دور", "های"]


def test_words_are_split_at_spaces() -> None:
    assert words("a b  c") == ("a", "b", "c")


@given(st.text(max_size=80))
def test_tokens_are_slices_in_order_and_leave_out_only_space_and_format_characters(text: str) -> None:
    tokens = tokenise(text)
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    bounds = [bound for token in tokens for bound in (token.start, token.end)]
    assert bounds == sorted(bounds)
    assert sum(len(token.text) for token in tokens) >= sum(character.isalnum() for character in text)
