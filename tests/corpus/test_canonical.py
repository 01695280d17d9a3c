from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.canonical import canonical, fold, is_canonical

# Everything that the rules touch, close together, so that their effects on one another come up.
TRICKY = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "a\u0061\u0041\u030a\u0323\u0327\u0301\u0333\u033f\u200e\u200f\u200c\u200d\u2028\u202e\u00e5\r\n\t \x00"
        ),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("a\tb\x00c\x0bd\x7fe\x85f", "a b c d e f"),
        ("cafe\u0301", "café"),
        ("x\u202ay\u202ez\u0333\u033f\u030a", "xyz"),
        ("A\u030a", "Å"),
        ("a\u200e\u200f\u200eb", "a\u200c\u200c\u200eb"),
        ("a\u200fb", "a\u200fb"),
        ("  ends \n", "ends"),
        ("two  blanks", "two  blanks"),
        ("می‌خواهند", "می‌خواهند"),
        ("lone \ud800 half", "lone \ufffd half"),
    ],
)
def test_canonical_is_what_the_server_leaves(text: str, expected: str) -> None:
    assert canonical(text) == expected


def test_deleting_a_mark_lets_its_neighbours_compose_and_the_ring_they_set_free_goes_too() -> None:
    assert canonical("a\u0333\u0323\u030ax") == "ạx"


@given(TRICKY)
def test_canonical_is_idempotent_and_in_nfc(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert is_canonical(once)
    assert unicodedata.normalize("NFC", once) == once


@given(TRICKY)
def test_folded_text_is_one_canonical_line_with_single_blanks(text: str) -> None:
    folded = fold(text)
    assert is_canonical(folded)
    assert "\n" not in folded
    assert " ".join(folded.split()) == folded
    assert fold(folded) == folded


def test_folding_takes_out_what_nobody_sees_but_keeps_the_joiners_of_persian() -> None:
    assert (
        fold("co\u00adoperation\u200b  of\u00a0the\n\ufeffstates می\u200cشود")
        == "cooperation of the states می\u200cشود"
    )


def test_is_canonical_says_no_to_decomposed_text() -> None:
    assert not is_canonical("e\u0301")
    assert not is_canonical("end ")
    assert is_canonical("é")
