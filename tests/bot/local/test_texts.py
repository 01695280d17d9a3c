"""What becomes of a text on its way through Telegram."""

from __future__ import annotations

import pytest

from bot.local.texts import OffsetMap, clean, clean_characters, is_empty, utf16_length, utf16_offsets, utf16_slice


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("a\tb\x00c\x1fd", "a b c d"),
        ("line\r\nline", "line\nline"),
        ("a\u2028b\u202ec", "abc"),
        ("a\u0333b\u033fc\u030ad", "abcd"),
        ("x\u200e\u200f\u200ey", "x\u200c\u200c\u200ey"),
        ("x\u200fy\u200f", "x\u200fy\u200f"),
        ("x\u200f\u2028\u200ey", "x\u200c\u200ey"),
        ("a\u00a0b\u2009c", "a\u00a0b\u2009c"),
        ("й e\u0301 ﷺ 😀", "й e\u0301 ﷺ 😀"),
    ],
)
def test_control_characters_become_spaces_and_tricks_are_deleted(written, stored):
    assert clean(written) == stored


def test_lengths_and_offsets_count_utf16_units():
    assert utf16_length("a😀ж") == 4
    assert utf16_offsets("a😀ж") == [0, 1, 3, 4]
    assert utf16_slice("a😀жв", 1, 3) == "😀ж"


def test_offsets_follow_the_characters_that_are_deleted():
    moved = OffsetMap("\r😀\rab", clean_characters("\r😀\rab"))
    assert [moved(offset) for offset in (0, 1, 3, 4, 5, 6, 99)] == [0, 0, 2, 2, 3, 4, 4]


@pytest.mark.parametrize(("text", "empty"), [(" \n\u200b\u3000\u00a0", True), ("", True), (" . ", False)])
def test_a_text_of_nothing_but_blanks_is_empty(text, empty):
    assert is_empty(text) is empty
