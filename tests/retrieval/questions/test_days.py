"""Days as people write them after /since, in six languages."""

from __future__ import annotations

import datetime

import pytest

from retrieval.questions.days import read_day

# A Tuesday.
TODAY = datetime.date(2026, 11, 24)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01",
        "1 November 2026",
        "November 1, 2026",
        "since 1 November 2026",
        "01.11.2026",
        "1 November",
        "Nov 1",
        "November",
        "November 2026",
        "1 ноября 2026 г.",
        "с 1 ноября",
        "2026 жылғы 1 қараша",
        "1 қараша",
        "1 Kasım 2026",
        "1 Kasım",
        "1 نوفمبر 2026",
        "۱ نوامبر ۲۰۲۶",
        "۱۰ آبان ۱۴۰۵",
        "this month",
    ],
)
def test_the_first_of_november(text: str) -> None:
    assert read_day(text, TODAY) == datetime.date(2026, 11, 1)


@pytest.mark.parametrize("text", ["yesterday", "вчера", "кеше", "dün", "أمس", "دیروز", "1 day ago", "since yesterday"])
def test_yesterday(text: str) -> None:
    assert read_day(text, TODAY) == datetime.date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "last week",
        "с прошлой недели",
        "өткен апта",
        "geçen hafta",
        "geçen haftadan beri",
        "الأسبوع الماضي",
        "هفته گذشته",
    ],
)
def test_last_week_is_from_its_monday(text: str) -> None:
    assert read_day(text, TODAY) == datetime.date(2026, 11, 16)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-24"),
        ("сегодня", "2026-11-24"),
        ("the day before yesterday", "2026-11-22"),
        ("позавчера", "2026-11-22"),
        ("this week", "2026-11-23"),
        ("3 days ago", "2026-11-21"),
        ("за 3 дня", "2026-11-21"),
        ("2 weeks", "2026-11-10"),
        ("last month", "2026-10-01"),
        ("last year", "2025-01-01"),
        ("2025", "2025-01-01"),
        ("from 1 May to 3 May 2026", "2026-05-01"),
    ],
)
def test_other_days_and_periods(text: str, day: str) -> None:
    assert read_day(text, TODAY) == datetime.date.fromisoformat(day)


@pytest.mark.parametrize("text", ["Monday", "с понедельника", "дүйсенбі", "pazartesi", "الاثنين", "دوشنبه"])
def test_a_weekday_is_the_latest_before_today(text: str) -> None:
    assert read_day(text, TODAY) == datetime.date(2026, 11, 23)


def test_today_s_weekday_is_that_of_the_week_before() -> None:
    assert read_day("Tuesday", TODAY) == datetime.date(2026, 11, 17)


def test_a_day_without_a_year_is_the_latest_that_has_been() -> None:
    assert read_day("25 December", TODAY) == datetime.date(2025, 12, 25)
    assert read_day("24 November", TODAY) == TODAY


def test_a_day_to_come_is_read_where_its_year_is_said() -> None:
    assert read_day("2027-01-01", TODAY) == datetime.date(2027, 1, 1)


@pytest.mark.parametrize(
    "text", ["", "banana", "31 February 2026", "2026-13-01", "99999", "8", "000000", "1 May 2026 and 2 June 2026", "?"]
)
def test_what_is_no_day_or_is_several_is_not_read(text: str) -> None:
    assert read_day(text, TODAY) is None
