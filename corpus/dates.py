"""Explicit dates in text, in six languages: days, ranges, months and years, Gregorian and Solar Hijri."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from corpus.calendars import (
    GREGORIAN_YEARS,
    SOLAR_YEARS,
    Month,
    days_of_month,
    solar_to_gregorian,
)
from corpus.date_items import DateItem, date_items
from corpus.tokens import tokenise


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date named in a text: its first and last day in ISO 8601, and the code points that name it.

    A single day begins and ends on itself; a month or a year alone begins on its first day and ends on its last, and
    ``precision`` is then "month" or "year" instead of "day".
    """

    start_date: str
    end_date: str
    start: int
    end: int
    precision: str = "day"


@dataclass(slots=True)
class _Part:
    """One day, month or year of a list or range while it is read; ``joint`` is the sign before it."""

    start: int
    end: int
    joint: str
    day: int | None = None
    month: Month | None = None
    year: int | None = None
    solar: bool = False
    borrowed: bool = False

    def days(self) -> tuple[datetime.date, datetime.date] | None:
        """First and last day, or None where the calendar has no such day."""
        year, month = self.year, self.month
        if year is None or year not in (SOLAR_YEARS if self.solar else GREGORIAN_YEARS):
            return None
        if month is None:
            first, last = Month(1, self.solar), Month(12, self.solar)
            return days_of_month(year, first)[0], days_of_month(year, last)[1]
        if self.day is None:
            return days_of_month(year, month)
        day = _day(year, month.number, self.day)
        return (day, day) if day else None


_MONTH: Final = r"(?:m(?:/m)?h?)"
_YEAR: Final = r"(?:[,p]?p?[es]?Y|Z)"
_ENTIRE: Final = r"[eqs]?"
_TO: Final = r"(?:,?[-~&]p?)"
_DAY: Final = r"t?Dp?"
_PATTERNS: Final = (
    # 28 December 2017 - 2 January 2018; 28 December - 2 January 2018
    (
        "day",
        re.compile(rf"{_DAY}{_MONTH}{_YEAR}?e?{_TO}{_DAY}{_MONTH}{_YEAR}{_ENTIRE}"),
    ),
    # 21-22 December 2017; 21, 22 and 23 December 2017; 21 December 2017
    ("day", re.compile(rf"{_DAY}(?:{_TO}{_DAY}|,{_DAY}){{0,9}}{_MONTH}{_YEAR}{_ENTIRE}")),
    # December 28, 2017 - January 2, 2018; December 28 - January 2, 2018; December 21-22, 2017
    ("day", re.compile(rf"mt?D(?:,?Y)?{_TO}mt?D,?Y")),
    ("day", re.compile(rf"mt?D(?:{_TO}t?D){{0,9}},?Y")),
    # 2017 жылғы 28 желтоқсан - 2018 жылғы 2 қаңтар; 2017 жылғы 21-22 желтоқсан
    ("day", re.compile(rf"YqDm{_TO}(?:Yq)?Dm")),
    ("day", re.compile(rf"YqD(?:{_TO}D){{0,9}}m")),
    # December 2017 - March 2018; January to March 2018; December 2017; 2017 жылғы желтоқсан
    ("month", re.compile(rf"{_MONTH}(?:{_YEAR}e?)?{_TO}{_MONTH}{_YEAR}{_ENTIRE}")),
    ("month", re.compile(rf"{_MONTH}{_YEAR}{_ENTIRE}|Yqm(?:{_TO}m)?")),
    # in 2018; from 2011 to 2015; 2011-2015 годы; 2018 жылы; 2018'de; عام 2018; سال ۲۰۱۸
    ("year", re.compile(r"(?:[fbp]p?[es]?|[es])Y[-~&][es]?Y(?!u)[eq]?|Y[-~]Y[eq]")),
    ("year", re.compile(r"(?:[fbp~]p?[es]?|[es])Y(?:&[es]?Y){0,9}(?!u)[eq]?|Y[eq]|Z")),
)
_BEGINNINGS: Final = frozenset("DmYZtfbpes~")

_ISO: Final = re.compile(r"(?<![\d.\-/])(\d{4})-(\d{2})-(\d{2})(?:/(\d{4})-(\d{2})-(\d{2}))?(?![\d\-])")
_NUMERIC: Final = re.compile(r"(?<![\d.\-/])(\d{1,4})([./])(\d{1,2})\2(\d{1,4})(?![\d\-/]|\.\d)")


def find_dates(text: str, language: str | None = None) -> tuple[DateMention, ...]:
    """The explicit dates of a text in its order, none overlapping.

    A year alone counts only where a word introduces it ("in 2018"), so that numbers of resolutions are not dates; a day
    or month without a year is no date. ``language`` decides whether 05/12/2017 is read day first: in all but English.
    """
    found: list[DateMention] = []
    mentions = (*_numeric_dates(text, language), *_worded_dates(text))
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if not found or mention.start >= found[-1].end:
            found.append(mention)
    return tuple(found)


# Dates in digits


def _numeric_dates(text: str, language: str | None) -> Iterator[DateMention]:
    for match in _ISO.finditer(text):
        days = [_day(*(int(part) for part in match.groups()[at : at + 3])) for at in (0, 3) if match.group(at + 1)]
        if all(days):
            yield _mention(days, match.start(), match.end(), "day")
    for match in _NUMERIC.finditer(text):
        day = _digits_to_day(
            int(match.group(1)),
            int(match.group(3)),
            match.group(4),
            match.group(2),
            language,
        )
        if day:
            yield _mention([day], match.start(), match.end(), "day")


def _digits_to_day(first: int, middle: int, last: str, sign: str, language: str | None) -> datetime.date | None:
    if len(last) <= 2:
        return _day(first, middle, int(last))
    if sign == "/" and first <= 12 and middle > 12:
        return _day(int(last), first, middle)
    if sign == "/" and first <= 12 and first != middle and language in (None, "en"):
        return None  # 05/12/2017 is May or December
    return _day(int(last), middle, first)


def _day(year: int, month: int, day: int) -> datetime.date | None:
    """The Gregorian date, from either calendar by its year; None where there is no such day or century."""
    try:
        if year in SOLAR_YEARS:
            return solar_to_gregorian(year, month, day)
        return datetime.date(year, month, day) if year in GREGORIAN_YEARS else None
    except ValueError:
        return None


def _mention(days: Iterable[datetime.date | None], start: int, end: int, precision: str) -> DateMention:
    known = [day.isoformat() for day in days if day]
    return DateMention(known[0], known[-1], start, end, precision)


# Dates in words


def _worded_dates(text: str) -> Iterator[DateMention]:
    items = date_items(tokenise(text))
    kinds = "".join(item.kind for item in items)
    position = 0
    while position < len(items):
        taken = 1
        for precision, pattern in _PATTERNS if kinds[position] in _BEGINNINGS else ():
            match = pattern.match(kinds, position)
            if match:
                between = "b" in kinds[max(position - 2, 0) : position + 1]
                yield from _read(items[position : match.end()], precision, between)
                taken = match.end() - position
                break
        position += taken


def _read(items: Sequence[DateItem], precision: str, between: bool) -> tuple[DateMention, ...]:
    """The mentions in the items of one match; none if the calendar lacks one of its days."""
    parts = _parts(items, precision)
    for earlier, later in pairwise(parts):
        if earlier.borrowed and earlier.year and later.joint == "-" and _follows(later, earlier):
            earlier.year -= 1  # 28 December - 2 January 2018
    mentions: list[DateMention] = []
    last_day: datetime.date | None = None
    for part in parts:
        days = part.days()
        through = part.joint == "-" or (between and part.joint == "&")
        if days is None or (through and last_day and days[0] < last_day):
            return ()
        first, last = (day.isoformat() for day in days)
        adjacent = last_day is not None and days[0] == last_day + datetime.timedelta(days=1)
        if mentions and (through or adjacent):
            mentions[-1] = replace(mentions[-1], end_date=last, end=part.end)
        else:
            mentions.append(DateMention(first, last, part.start, part.end, precision))
        last_day = days[1]
    return tuple(mentions)


def _follows(later: _Part, earlier: _Part) -> bool:
    """Whether a part said to be later is in an earlier month of the year."""
    return later.month is not None and earlier.month is not None and later.month.number < earlier.month.number


def _parts(items: Sequence[DateItem], precision: str) -> list[_Part]:
    """The days, months or years of one match; what only one of them says is shared with the others."""
    unit = {"day": "D", "month": "m", "year": "YZ"}[precision]
    months_at = [at for at, item in enumerate(items) if item.kind == "m" and (at == 0 or items[at - 1].kind != "/")]
    years_at = [at for at, item in enumerate(items) if item.kind in "YZ"]
    begins = months_at if unit == "m" else [at for at, item in enumerate(items) if item.kind in unit]
    order = next(item.kind for item in items if item.kind in "DmYZ")
    parts = []
    for first, last, joint in _regions(items, begins):
        begin = next(at for at in begins if at >= first)
        month_at = begin if unit == "m" else _owner(months_at, begin, forward=order != "m")
        year_at = begin if unit == "YZ" else _owner(years_at, begin, forward=order in "Dm")
        month = None if month_at is None else items[month_at].month
        parts.append(
            _Part(
                items[first].start,
                items[last].end,
                joint,
                day=items[begin].number if unit == "D" else None,
                month=month,
                year=None if year_at is None else items[year_at].number,
                solar=month.solar
                if month
                else any(item.kind == "s" for item in items) and items[begin].number in SOLAR_YEARS,
                borrowed=year_at is not None and any(begin < other < year_at for other in begins),
            )
        )
    return parts


def _regions(items: Sequence[DateItem], begins: Sequence[int]) -> list[tuple[int, int, str]]:
    """First and last item of each part, and how it is joined to the one before."""
    regions: list[tuple[int, int, str]] = []
    previous = -1
    for begin in begins:
        first = begin
        while first - 1 > previous and items[first - 1].kind in "mYqes":
            first -= 1
        joints = {item.kind for item in items[max(previous, 0) : first]} & set("-~&,") if previous >= 0 else set()
        if regions:
            last = first - 1
            while items[last].kind in "-~&,pt":
                last -= 1
            regions[-1] = (regions[-1][0], last, regions[-1][2])
        regions.append(
            (
                first,
                len(items) - 1,
                "-" if joints & {"-", "~"} else "&" if joints else "",
            )
        )
        previous = begin
    return regions


def _owner(places: Sequence[int], begin: int, forward: bool) -> int | None:
    """The month or year that a part belongs to: the next one, or the last one before it."""
    after = [at for at in places if at > begin]
    before = [at for at in places if at < begin]
    if forward:
        return after[0] if after else before[-1] if before else None
    return before[-1] if before else after[0] if after else None
