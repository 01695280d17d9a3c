"""Explicit dates are read in six languages and two calendars, and other numbers are left alone."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.calendars import Month, days_of_month, solar_to_gregorian
from corpus.dates import DateMention, find_dates

MEETING = ("2017-12-21", "2017-12-22")

DAYS = {
    "21 December 2017": "2017-12-21",
    "21st of December, 2017": "2017-12-21",
    "December 21, 2017": "2017-12-21",
    "Dec. 21, 2017": "2017-12-21",
    "Sept. 15, 2017": "2017-09-15",
    "14 May 2018": "2018-05-14",
    "14 may 2018": "2018-05-14",
    "2017-12-21": "2017-12-21",
    "21.12.2017": "2017-12-21",
    "21/12/2017": "2017-12-21",
    "12/25/2017": "2017-12-25",
    "2017/12/21": "2017-12-21",
    "21 декабря 2017 года": "2017-12-21",
    "21 декабря 2017 г.": "2017-12-21",
    "15-го мая 2018": "2018-05-15",
    "3 дек. 2017": "2017-12-03",
    "2017 жылғы 21 желтоқсан": "2017-12-21",
    "2017 жылдың 21 желтоқсанында": "2017-12-21",
    "21 желтоқсан 2017 ж.": "2017-12-21",
    "21 Aralık 2017": "2017-12-21",
    "21 ARALIK 2017": "2017-12-21",
    "2 Ağustos 2019'da": "2019-08-02",
    "15 Mayıs 2018": "2018-05-15",
    "21 ديسمبر 2017": "2017-12-21",
    "٢١ ديسمبر ٢٠١٧": "2017-12-21",
    "21 كانون الأول 2017": "2017-12-21",
    "21 كانون الأول/ديسمبر 2017": "2017-12-21",
    "23 كانون الثاني 2017": "2017-01-23",
    "16 شباط 2017": "2017-02-16",
    "4 أيار 2017": "2017-05-04",
    "1 آب 2019": "2019-08-01",
    "14 أيلول 2017": "2017-09-14",
    "30 تشرين الأول 2017": "2017-10-30",
    "28 تشرين الثاني 2018": "2018-11-28",
    "۲۱ دسامبر ۲۰۱۷": "2017-12-21",
    "۴ ژانویه ۲۰۱۸": "2018-01-04",
    "۴ ژانویهٔ ۲۰۱۸": "2018-01-04",
    "۱۴ دی ۱۳۹۶": "2018-01-04",
    "۱۴ دی‌ماه ۱۳۹۶": "2018-01-04",
    "۳۰ آذر ۱۳۹۶": "2017-12-21",
    "۱ فروردین ۱۳۹۶": "2017-03-21",
    "۳۰ اسفند ۱۳۹۹": "2021-03-20",
    "۱۳۹۶/۱۰/۱۴": "2018-01-04",
}

RANGES = {
    "21-22 December 2017": MEETING,
    "21–22 December 2017": MEETING,
    "21 and 22 December 2017": MEETING,
    "21st and 22nd of December 2017": MEETING,
    "December 21-22, 2017": MEETING,
    "2017-12-21/2017-12-22": MEETING,
    "28 December 2017 – 2 January 2018": ("2017-12-28", "2018-01-02"),
    "28 December – 2 January 2018": ("2017-12-28", "2018-01-02"),
    "December 28, 2017 – January 2, 2018": ("2017-12-28", "2018-01-02"),
    "30 January – 2 February 2018": ("2018-01-30", "2018-02-02"),
    "30 April and 1 May 2018": ("2018-04-30", "2018-05-01"),
    "21–22 декабря 2017 года": MEETING,
    "21 по 22 декабря 2017": MEETING,
    "30 января по 2 февраля 2018 г.": ("2018-01-30", "2018-02-02"),
    "21–22 Aralık 2017": MEETING,
    "21 ve 22 Aralık 2017": MEETING,
    "21'den 22 Aralık 2017'ye": MEETING,
    "2017 жылғы 21-22 желтоқсан": MEETING,
    "2017 жылғы 28 желтоқсан - 2018 жылғы 2 қаңтар": ("2017-12-28", "2018-01-02"),
    "21 و22 كانون الأول 2017": MEETING,
    "21 إلى 22 ديسمبر 2017": MEETING,
    "21-22 ديسمبر 2017": MEETING,
    "۲۱ و ۲۲ دسامبر ۲۰۱۷": MEETING,
    "۲۱ تا ۲۲ دسامبر ۲۰۱۷": MEETING,
    "۳۰ دی تا ۲ بهمن ۱۳۹۶": ("2018-01-20", "2018-01-22"),
}

MONTHS = {
    "December 2017": ("2017-12-01", "2017-12-31"),
    "February 2020": ("2020-02-01", "2020-02-29"),
    "декабре 2017 года": ("2017-12-01", "2017-12-31"),
    "2017 жылғы желтоқсан": ("2017-12-01", "2017-12-31"),
    "Aralık 2017'de": ("2017-12-01", "2017-12-31"),
    "2017 yılı Aralık": ("2017-12-01", "2017-12-31"),
    "كانون الأول 2017": ("2017-12-01", "2017-12-31"),
    "دسامبر ۲۰۱۷": ("2017-12-01", "2017-12-31"),
    "دی ۱۳۹۶": ("2017-12-22", "2018-01-20"),
    "January–March 2018": ("2018-01-01", "2018-03-31"),
    "December 2017 – March 2018": ("2017-12-01", "2018-03-31"),
}


@pytest.mark.parametrize(("text", "day"), DAYS.items())
def test_a_day_is_read(text: str, day: str) -> None:
    assert find_dates(text) == (DateMention(day, day, 0, len(text)),)


@pytest.mark.parametrize(("text", "days"), RANGES.items())
def test_a_range_of_days_is_one_mention(text: str, days: tuple[str, str]) -> None:
    assert find_dates(text) == (DateMention(*days, 0, len(text)),)


@pytest.mark.parametrize(("text", "days"), MONTHS.items())
def test_a_month_is_from_its_first_to_its_last_day(text: str, days: tuple[str, str]) -> None:
    assert find_dates(text) == (DateMention(*days, 0, len(text), "month"),)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It ended in 2018.", "2018"),
        ("since 2018", "2018"),
        ("in late 2018", "2018"),
        ("the autumn 2018 session", "2018"),
        ("в 2018 году", "2018 году"),
        ("События 2018 года", "2018 года"),
        ("до 2018 г.", "2018 г."),
        ("2018 жылы", "2018 жылы"),
        ("2018'de başladı", "2018'de"),
        ("2018 yılında", "2018 yılında"),
        ("في عام 2018", "عام 2018"),
        ("في عام ٢٠١٨", "عام ٢٠١٨"),
        ("منذ 2018", "2018"),
        ("در سال ۲۰۱۸", "سال ۲۰۱۸"),
    ],
)
def test_a_year_alone_is_read_where_a_word_introduces_it(text: str, phrase: str) -> None:
    start = text.index(phrase)
    assert find_dates(text) == (DateMention("2018-01-01", "2018-12-31", start, start + len(phrase), "year"),)


def test_a_persian_year_runs_from_spring_to_spring() -> None:
    assert find_dates("در سال ۱۳۹۶") == (DateMention("2017-03-21", "2018-03-20", 3, 11, "year"),)


@pytest.mark.parametrize(
    "text", ["from 2011 to 2015", "с 2011 по 2015 год", "в 2011–2015 годах", "between 2011 and 2015"]
)
def test_a_range_of_years_is_one_mention(text: str) -> None:
    assert [(date.start_date, date.end_date) for date in find_dates(text)] == [("2011-01-01", "2015-12-31")]


@pytest.mark.parametrize(
    "text",
    [
        *("resolution 2254", "in resolution 2254 (2015)", "in 2254", "resolution 1973 (2011)", "under 2118", "2018"),
        *("May I ask", "you may 2018", "march 14 men", "there were 2018 delegates", "in 2000 people", "14 May", "May"),
        *("31 February 2018", "30 and 31 February 2018", "22-21 December 2017", "2017-13-01"),
        *(
            "резолюция 2254",
            "там 2018 человек",
            "14 мая",
            "قرار 2254",
            "۳۱ دی ۱۳۹۶",
            "قطعنامه ۲۲۵۴",
            "2254 sayılı karar",
        ),
        *("S/2018/852", "1.2.3.2018", "8:30", "12-2017", "", "Astana 8"),
    ],
)
def test_what_only_looks_like_a_date_is_not_one(text: str) -> None:
    assert find_dates(text) == ()


@pytest.mark.parametrize(
    ("language", "days"),
    [(None, []), ("en", []), ("ru", ["2017-12-05"]), ("tr", ["2017-12-05"]), ("ar", ["2017-12-05"])],
)
def test_day_and_month_in_figures_are_read_only_where_their_order_is_known(
    language: str | None, days: list[str]
) -> None:
    assert [date.start_date for date in find_dates("05/12/2017", language)] == days


def test_days_apart_are_separate_mentions() -> None:
    text = "held on 21 and 25 December 2017 and in May 2018"
    assert [(date.start_date, date.end_date, text[date.start : date.end]) for date in find_dates(text)] == [
        ("2017-12-21", "2017-12-21", "21"),
        ("2017-12-25", "2017-12-25", "25 December 2017"),
        ("2018-05-01", "2018-05-31", "May 2018"),
    ]


def test_offsets_are_code_points_of_the_text() -> None:
    text = "𐎠 Встреча (Астана, 21–22 декабря 2017 года) и резолюция 2254"
    (date,) = find_dates(text)
    assert text[date.start : date.end] == "21–22 декабря 2017 года"


# From the official calendar of Iran: the first days of years around leap years.
@pytest.mark.parametrize(
    ("year", "day"),
    [
        (1357, "1978-03-21"),
        (1375, "1996-03-20"),
        (1391, "2012-03-20"),
        (1395, "2016-03-20"),
        (1396, "2017-03-21"),
        (1399, "2020-03-20"),
        (1400, "2021-03-21"),
        (1403, "2024-03-20"),
        (1404, "2025-03-21"),
    ],
)
def test_the_persian_new_year_falls_on_the_equinox(year: int, day: str) -> None:
    assert solar_to_gregorian(year, 1, 1).isoformat() == day


def test_every_day_of_a_persian_year_is_the_next_day() -> None:
    lengths = [31] * 6 + [30] * 6
    days = [solar_to_gregorian(1399, month, day) for month in range(1, 13) for day in range(1, lengths[month - 1] + 1)]
    first = datetime.date(2020, 3, 20)
    assert days == [first + datetime.timedelta(days=count) for count in range(366)]


@pytest.mark.parametrize("parts", [(1396, 12, 30), (1396, 7, 31), (1396, 13, 1), (1299, 1, 1), (1396, 1, 0)])
def test_a_day_that_the_persian_calendar_lacks_is_refused(parts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such Solar Hijri date"):
        solar_to_gregorian(*parts)


def test_the_last_persian_month_has_thirty_days_in_a_leap_year() -> None:
    assert days_of_month(1399, Month(12, solar=True)) == (datetime.date(2021, 2, 19), datetime.date(2021, 3, 20))
    assert days_of_month(1400, Month(12, solar=True)) == (datetime.date(2022, 2, 20), datetime.date(2022, 3, 20))


@given(st.text(alphabet="0123456789۰۱۲٣ -–/.,'" + "inMaydecжылғыгодаعاموسال\n", max_size=50))
def test_mentions_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    dates = find_dates(text)
    bounds = [bound for date in dates for bound in (date.start, date.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= date.start < date.end <= len(text) and date.start_date <= date.end_date for date in dates)


@pytest.mark.parametrize(("text", "count"), [("21 and ", 0), ("21-", 0), ("in 2017 and ", 5000), ("December ", 0)])
def test_a_long_run_of_numbers_is_read_in_linear_time(text: str, count: int) -> None:
    """A list is cut after ten members, or a crafted document would hold its reader for minutes."""
    assert len(find_dates(text * 5000)) == count


def test_a_list_longer_than_ten_days_is_cut() -> None:
    text = ", ".join(str(day) for day in range(1, 16)) + " May 2018"
    assert [(date.start_date, date.end_date) for date in find_dates(text)] == [("2018-05-06", "2018-05-15")]
