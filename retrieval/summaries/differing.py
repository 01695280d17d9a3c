"""The days, numbers and cities that a sentence names, and when those of two sentences contradict each other."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from corpus.dates import find_dates
from corpus.rounds import find_rounds
from corpus.tokens import tokenise
from corpus.wording import PROCESS_NOUNS
from retrieval.index.words import terms
from retrieval.questions.places import city_names, read_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.dates import DateMention
    from corpus.rounds import RoundMention
    from corpus.tokens import Token
    from retrieval.questions.places import PlaceMention

# The section of when and where a round was held.
OF_THE_MEETING: Final = "dates_and_place"
Days = frozenset[tuple[str, str]]
# A number stands at most so many words before what it counts.
_COUNTED_WITHIN: Final = 2
# Meetings that differ by more are different meetings.
_DAYS_APART: Final = 45
_REMEMBERED: Final = 8192
_NOUN_BEHIND: Final = ("en", "ru", "kk", "tr")
_NOUN_AHEAD: Final = ("ar", "fa")


@dataclass(frozen=True, slots=True)
class Values:
    """What a sentence names that can be compared.

    ``days`` are first and last day of each date of whole days; ``numbers`` pair a number with the stem of what it
    counts; ``places`` are cities.
    """

    days: Days
    numbers: frozenset[tuple[int, str]]
    places: frozenset[str]


@lru_cache(maxsize=_REMEMBERED)
def dates_in(text: str) -> tuple[DateMention, ...]:
    """The dates that a sentence names."""
    return find_dates(text) if any(character.isdecimal() for character in text) else ()


@lru_cache(maxsize=_REMEMBERED)
def rounds_in(text: str) -> tuple[RoundMention, ...]:
    """The rounds that a sentence names."""
    return find_rounds(text)


@lru_cache(maxsize=_REMEMBERED)
def values_of(text: str, places: tuple[str, ...]) -> Values:
    """The values that ``text`` names; cities are those of ``places``, as they are spelt there."""
    tokens = tokenise(text)
    dates = dates_in(text)
    taken = [(one.start, one.end) for one in dates]
    if any(token.number is not None and not _is_in(token, taken) for token in tokens):
        taken += [(one.start, one.end) for one in rounds_in(text)]
    cities = [one for one in read_places(tokens, places) if one.inside and not _names_process(tokens, one)]
    return Values(
        days=frozenset((one.start_date, one.end_date) for one in dates if one.precision == "day"),
        numbers=frozenset(_numbers(tokens, taken)),
        places=frozenset(name for one in cities for name in (one.names or one.also)),
    )


def _names_process(tokens: Sequence[Token], city: PlaceMention) -> bool:
    """Whether a city is the name of a process, "the Astana format", محادثات أستانا, not where something was."""
    beside = {
        _NOUN_BEHIND: tokens[city.last : city.last + 1],
        _NOUN_AHEAD: tokens[max(city.first - 1, 0) : city.first],
    }
    return any(
        PROCESS_NOUNS[language].fullmatch(token.folded)
        for languages, found in beside.items()
        for language in languages
        for token in found
    )


def _numbers(tokens: Sequence[Token], taken: Sequence[tuple[int, int]]) -> list[tuple[int, str]]:
    """Each number that is no part of a date or round, with the stem of the word it counts."""
    found = []
    for at, token in enumerate(tokens):
        if token.number is None or _is_in(token, taken):
            continue
        # "Resolution 2254" and "No. 396" name something; they count nothing.
        if at and (tokens[at - 1].text in ("№", "#", ".", "(", "-", "/") or _is_title(tokens[at - 1])):
            continue
        following = [one.text for one in tokens[at + 1 : at + 1 + _COUNTED_WITHIN] if one.word]
        counted = next((stem for word in following for stem in terms(word)), "")
        if counted:
            found.append((token.number, counted))
    return found


def _is_in(token: Token, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= token.start < end for start, end in spans)


def _is_title(token: Token) -> bool:
    """Whether a word before a number makes it a name: "resolution", "резолюция", "№", in six languages."""
    return token.folded.startswith(_TITLES)


_TITLES: Final = (
    "resolution",
    "article",
    "paragraph",
    "no",
    "number",
    "резолюци",
    "стать",
    "пункт",
    "қарар",
    "бап",
    "karar",
    "madde",
    "sayili",
    "قرار",
    "القرار",
    "ماده",
    "الماده",
    "قطعنامه",
)


def days_differ(one: Days, other: Days, of_one: Values, of_other: Values) -> str | None:
    """ "days" where no date of one agrees with any of the other, though they are near.

    Two ranges agree only where they are equal; a single day agrees with a range that it lies in.
    """
    del of_one, of_other
    if any(_agree(a, b) for a in one for b in other):
        return None
    near = any(_apart(a, b) <= _DAYS_APART for a in one for b in other)
    return "days" if near else None


def _agree(one: tuple[str, str], other: tuple[str, str]) -> bool:
    if one[0] != one[1] and other[0] != other[1]:
        return one == other
    return _within(one, other) or _within(other, one)


def numbers_differ(one: tuple[int, str], other: tuple[int, str], of_one: Values, of_other: Values) -> str | None:
    """What is counted, where both count it and by no number the same, and not on different days."""
    if one[1] != other[1] or one[0] == other[0] or not _compatible(of_one.days, of_other.days):
        return None
    counted = [{number for number, stem in values.numbers if stem == one[1]} for values in (of_one, of_other)]
    return None if counted[0] & counted[1] else one[1]


def places_differ(one: frozenset[str], other: frozenset[str], of_one: Values, of_other: Values) -> str | None:
    """ "places" where the cities are different ones and the days are not."""
    if one & other or not of_one.days or not of_other.days or not _compatible(of_one.days, of_other.days):
        return None
    return None if _other_names(one) & other else "places"


def _other_names(places: frozenset[str]) -> frozenset[str]:
    """The names that the same cities have had at other times."""
    found = {name for place in places for one in read_places(tokenise(place), city_names()) for name in one.also}
    return frozenset(found)


def _within(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _compatible(one: Days, other: Days) -> bool:
    return not one or not other or any(_within(a, b) or _within(b, a) for a in one for b in other)


def _apart(one: tuple[str, str], other: tuple[str, str]) -> int:
    """How many days lie between the beginnings of two ranges."""
    first, second = (datetime.date.fromisoformat(begins) for begins, _ in (one, other))
    return abs((first - second).days)
