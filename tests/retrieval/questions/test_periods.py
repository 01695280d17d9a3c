"""Periods have days in common or none, and are read with the words that belong to them."""

from __future__ import annotations

import datetime

import pytest

from corpus.tokens import tokenise
from retrieval.questions.periods import Period, in_common, read_periods


def test_periods_have_the_days_in_common_that_both_have() -> None:
    assert Period("2018-01-01") & Period(until="2019-12-31") == Period("2018-01-01", "2019-12-31")
    assert Period("2018-01-01", "2018-12-31") & Period("2018-05-01", "2019-12-31") == Period("2018-05-01", "2018-12-31")
    assert in_common([]) == Period()
    assert in_common([Period("2018-01-01"), Period("2019-01-01"), Period(until="2020-01-01")]) == Period(
        "2019-01-01", "2020-01-01"
    )


def test_a_period_that_ends_before_it_begins_is_empty() -> None:
    assert Period("2018-01-02", "2018-01-01").is_empty
    assert not Period("2018-01-01", "2018-01-01").is_empty
    assert not Period("2018-01-01").is_empty


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Who came since the beginning of 2018, and why?", "since the beginning of 2018"),
        ("Who came in the last months, in May 2018?", "May 2018"),
        ("Who came only in 2018?", "only in 2018"),
        ("Who came during last year?", "during last year"),
        ("2018 yılının başından beri kim geldi?", "2018 yılının başından beri"),
        ("Кто приезжал с начала 2018 года?", "с начала 2018 года"),
        ("از سال ۲۰۱۸ به بعد چه شد؟", "از سال ۲۰۱۸ به بعد"),
    ],
)
def test_a_mention_spans_the_words_that_make_it_a_limit(text: str, named: str) -> None:
    (mention,) = read_periods(text, tokenise(text), datetime.date(2026, 11, 24), None)
    assert text[mention.start : mention.end] == named


@pytest.mark.parametrize(
    ("today", "last_month", "this_month"),
    [
        ("2026-01-31", ("2025-12-01", "2025-12-31"), ("2026-01-01", "2026-01-31")),
        ("2024-03-30", ("2024-02-01", "2024-02-29"), ("2024-03-01", "2024-03-31")),
    ],
)
def test_months_are_counted_back_over_the_turn_of_the_year_and_leap_days(
    today: str, last_month: tuple[str, str], this_month: tuple[str, str]
) -> None:
    def read(text: str) -> Period:
        return read_periods(text, tokenise(text), datetime.date.fromisoformat(today), "en")[0].period

    assert read("Who came last month?") == Period(*last_month)
    assert read("Who came this month?") == Period(*this_month)
