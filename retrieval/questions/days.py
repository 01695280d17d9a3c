"""A day as people write it after a command: "2026-11-01", "1 November", "yesterday", "last week", in six languages."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from babel.dates import get_day_names

from corpus.canonical import canonical
from corpus.language import detect_language
from corpus.tokens import fold, tokenise
from retrieval.encoders.languages import LANGUAGES
from retrieval.questions.periods import read_periods
from retrieval.questions.phrases import phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.tokens import Token

_LONGEST = 200
_WEEK = 7
_DAYS_AGO: Final = (
    (0, phrases("today, сегодня, сегодняшнего дня, бүгін, бүгіннен, bugün, bugünden, اليوم, امروز")),
    (
        1,
        phrases(
            "yesterday, вчера, вчерашнего дня, кеше, кешеден, dün, dünden, أمس, الأمس, امس, البارحة, دیروز",
        ),
    ),
    (
        2,
        phrases(
            "the day before yesterday, day before yesterday, позавчера, алдыңғы күні, evvelsi gün, önceki gün",
            "أول أمس, أول من أمس, پریروز",
        ),
    ),
)
_LAST_WEEK: Final = phrases(
    "last week, the last week, a week ago, прошлой недели, прошлая неделя, прошлой неделе, прошлую неделю",
    "неделю назад, өткен апта, өткен аптада, өткен аптадан, geçen hafta, geçen haftadan, bir hafta önce",
    "الأسبوع الماضي, هفته گذشته, هفته پیش",
)
_THIS_WEEK: Final = phrases(
    "this week, этой недели, эта неделя, этой неделе, эту неделю, осы апта, осы аптада, осы аптадан, bu hafta",
    "هذا الأسبوع, این هفته",
)
_NUMBERED: Final = (
    (1, re.compile(r"days?|д(?:ень|ня|ней)|күн\w*|gün\w*|يوما?|ايام|روز")),
    (_WEEK, re.compile(r"weeks?|недел[яьиюе]|апта\w*|hafta\w*|اسبوعا?|اسابيع|هفته")),
)
_LETTERS_OF_A_WEEKDAY = 4


def read_day(text: str, today: datetime.date, language: str | None = None) -> datetime.date | None:
    """The day that ``text`` names, or the first of the period that it names; None where it names none, or several.

    ``language`` is that of a text in digits alone, and decides how 05/12/2017 is read. A day without a year is its
    latest that is not after ``today``; "last week" begins on the Monday of the week before, and "Monday" is the latest
    one before ``today``.
    """
    cleaned = canonical(text)[:_LONGEST]
    tokens = tuple(token for token in tokenise(cleaned) if token.word or token.number is not None)
    relative = _relative(tokens, today)
    if relative is not None:
        return relative
    if any(token.word for token in tokens):
        language = detect_language(cleaned) or language
    found = _first_days(cleaned, today, language)
    if found:
        return found.pop() if len(found) == 1 else None
    # The documents' own dates always have a year.
    this_year, last_year = (_first_days(f"{cleaned} {year}", today, language) for year in (today.year, today.year - 1))
    if len(this_year) != 1 or _is_year(this_year, today.year):
        return _weekday(tokens, today)
    day = this_year.pop()
    return last_year.pop() if day > today and len(last_year) == 1 else day


def _is_year(days: set[datetime.date], year: int) -> bool:
    """Whether nothing was read but the year that had been added."""
    return days == {datetime.date(year, 1, 1)}


def _first_days(text: str, today: datetime.date, language: str | None) -> set[datetime.date]:
    mentions = read_periods(text, tokenise(text), today, language)
    begins = {mention.period.since or mention.period.until for mention in mentions}
    if not begins and text.strip().isdecimal():
        mentions = read_periods(f"since {text}", tokenise(f"since {text}"), today, "en")
        begins = {mention.period.since for mention in mentions}
    return {datetime.date.fromisoformat(day) for day in begins if day is not None}


def _relative(tokens: Sequence[Token], today: datetime.date) -> datetime.date | None:
    words = [token.folded for token in tokens]
    for known, begins in ((_LAST_WEEK, _WEEK), (_THIS_WEEK, 0)):
        if _has(words, known):
            return today - datetime.timedelta(days=today.weekday() + begins)
    # "The day before yesterday" has "yesterday" in it.
    for days, known in reversed(_DAYS_AGO):
        if _has(words, known):
            return today - datetime.timedelta(days=days)
    for at, token in enumerate(tokens[:-1]):
        for days, unit in _NUMBERED:
            if token.number is not None and token.number < 10_000 and unit.fullmatch(words[at + 1]):
                return today - datetime.timedelta(days=days * token.number)
    return None


def _has(words: Sequence[str], known: frozenset[tuple[str, ...]]) -> bool:
    return any(tuple(words[at : at + len(form)]) == form for form in known for at in range(len(words)))


def _weekday(tokens: Sequence[Token], today: datetime.date) -> datetime.date | None:
    whole, begun = _weekdays()
    for token in tokens:
        if token.word:
            number = whole.get(token.folded, begun.get(token.folded[:_LETTERS_OF_A_WEEKDAY]))
            if number is not None:
                return today - datetime.timedelta(days=(today.weekday() - number) % _WEEK or _WEEK)
    return None


@lru_cache(maxsize=1)
def _weekdays() -> tuple[dict[str, int], dict[str, int]]:
    """The numbers of the days of the week, Monday 0, by their folded names, and by first letters that tell them."""
    whole: dict[str, int] = {}
    begun: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for number, name in get_day_names("wide", locale=language).items():
            whole.setdefault(fold(name), number)
            begun.setdefault(fold(name)[:_LETTERS_OF_A_WEEKDAY], set()).add(number)
    return whole, {letters: numbers.pop() for letters, numbers in begun.items() if len(numbers) == 1}
