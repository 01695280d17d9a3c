from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.ordinals import roman
from corpus.round_numbers import round_numbers


@pytest.mark.parametrize(
    "text",
    [
        *("8", "08", " 8 ", "٨", "۸", "8?", "VIII", "viii", "eight", "eighth", "8th", "round 8", "8th round", "№ 8"),
        *("the eighth round", "no. 8", "восьмой", "Восьмого", "восемь", "8-й", "VIII раунд", "восьмой раунд"),
        *("сегізінші", "сегіз", "8-ші", "8-раунд", "сегізінші раунд", "sekizinci", "sekiz", "8.", "8'inci", "8. tur"),
        *("الثامنة", "ثمانية", "الجولة الثامنة", "الجولة 8", "هشتم", "هشت", "دور هشتم", "۸ام"),
    ],
)
def test_the_eighth_round_is_understood_in_every_language(text: str) -> None:
    assert round_numbers(text) == (8,)


@pytest.mark.parametrize(
    "text",
    [
        *("7, 8", "8, 7", "7,8", "7 and 8", "[7, 8]", "7-8", "7–8", "rounds 7 and 8", "seventh and eighth rounds"),
        *("седьмой и восьмой раунды", "7 и 8", "7 және 8", "7 ve 8", "٧ و٨", "٧، ٨", "VII, VIII", "7; 8", "7 & 8"),
    ],
)
def test_two_rounds_are_understood_as_a_list_or_in_words(text: str) -> None:
    assert round_numbers(text) == (7, 8)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "1000", "-8", "+8", "8.5", "8,5", "eight and a half", "9-7", "7-", "7, 0", "8 May", "8 delegations"),
        *("round", "round table", "first round of elections", "раунд", "x", "hello", "1-40", "7, eight and a half"),
        "8" * 300,
    ],
)
def test_what_is_no_list_of_rounds_is_none(text: str) -> None:
    assert round_numbers(text) == ()


@given(st.integers(1, 60))
def test_every_round_of_talks_is_read_from_digits_and_numerals(number: int) -> None:
    assert round_numbers(str(number)) == round_numbers(f"{number}th") == round_numbers(roman(number)) == (number,)
