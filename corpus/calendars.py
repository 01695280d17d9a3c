"""The months of six languages by their folded names, and the Solar Hijri calendar."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from babel import Locale

from corpus.tokens import tokenise, words

# The Levant and the Maghreb have names of their own: كانون الثاني, يناير and (rarely) غشت are all Gregorian.
_LOCALES: Final = ("en", "ru", "kk", "tr", "ar", "ar_LB", "ar_MA", "fa")
_ABBREVIATING: Final = frozenset(("en", "ru"))  # elsewhere the short forms are words: Kazakh там, Turkish ara

_PERSIAN_MONTHS: Final = words("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند")
_PERSIAN_MONTHS_ALSO: Final = {"امرداد": 5, "اسپند": 12}
_PERSIAN_GREGORIAN_ALSO: Final = {
    "جنوری": 1,
    "آپریل": 4,
    "می": 5,
    "جولای": 7,
    "آگوست": 8,
    "دسمبر": 12,
}
_ENGLISH_ALSO: Final = {"sept": 9}

_RUSSIAN_SOFT_ENDINGS: Final = ("ь", "я", "ю", "ем", "е")
_RUSSIAN_HARD_ENDINGS: Final = ("", "а", "у", "ом", "е")
_KAZAKH_ENDINGS: Final = words(
    "да де та те дағы дегі тағы тегі дан ден тан тен нан нен ға ге қа ке дың дің тың тің ның нің ды ді ты ті "
    "ы і сы сі ында інде ындағы індегі ынан інен ына іне ының інің"
)
_TURKISH_ENDINGS: Final = words(
    "da de ta te daki deki taki teki dan den tan ten a e i u in un ın ü ı ün nda nde ndaki ndeki"
)

# The years in which texts are dated; 1300 is 1921. The cycle of 33 years, 8 of them leap, agrees in all of them with
# the calendar of Iran, which follows the equinox.
GREGORIAN_YEARS: Final = range(1900, 2101)
SOLAR_YEARS: Final = range(1300, 1500)
_SOLAR_EPOCH: Final = 226_527  # so that 1 Farvardin 1396 is 21 March 2017
_CYCLE_SHIFT: Final = 11


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its number, 1-12, in the Gregorian or the Solar Hijri calendar."""

    number: int
    solar: bool = False


def _gregorian_names() -> Iterator[tuple[str, int]]:
    for code in _LOCALES:
        names = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated") if code in _ABBREVIATING else ("wide",):
                yield from ((name.rstrip("."), number) for number, name in names[context][width].items())
    yield from _ENGLISH_ALSO.items()
    yield from _PERSIAN_GREGORIAN_ALSO.items()


def _inflected_names() -> Iterator[tuple[str, int]]:
    """The cases of Russian, and the endings that Kazakh and Turkish join to a month."""
    for number, name in Locale.parse("ru").months["stand-alone"]["wide"].items():
        stem = name.rstrip("ьй")
        hard = stem == name
        yield from ((stem + ending, number) for ending in (_RUSSIAN_HARD_ENDINGS if hard else _RUSSIAN_SOFT_ENDINGS))
    for code, endings in (("kk", _KAZAKH_ENDINGS), ("tr", _TURKISH_ENDINGS)):
        for number, name in Locale.parse(code).months["format"]["wide"].items():
            yield from ((name + ending, number) for ending in endings)
            if name.endswith("k"):
                yield from ((name[:-1] + "ğ" + ending, number) for ending in endings)


@cache
def months() -> dict[tuple[str, ...], Month]:
    """Every name of a month by its folded tokens; most are one token, the Levantine ones often two."""
    names = {_form(name): Month(number) for name, number in (*_inflected_names(), *_gregorian_names())}
    solar = (
        *((name, number) for number, name in enumerate(_PERSIAN_MONTHS, 1)),
        *_PERSIAN_MONTHS_ALSO.items(),
    )
    for name, number in solar:
        names[_form(name)] = Month(number, solar=True)
        names[_form(name + "ماه")] = Month(number, solar=True)
    return names


def _form(name: str) -> tuple[str, ...]:
    return tuple(token.folded for token in tokenise(name))


@cache
def month_words() -> frozenset[str]:
    """The first words of the names, to tell "Astana 8 December" from "Astana 8"; "may" is left out, being a verb."""
    return frozenset(form[0] for form in months()) - {"may"}


def solar_to_gregorian(year: int, month: int, day: int) -> datetime.date:
    """The Gregorian date of a Solar Hijri one, by the arithmetic of the 33-year cycle; ValueError if there is none."""
    longest = 31 if month <= 6 else 30 if month < 12 or _is_solar_leap(year) else 29
    if not (year in SOLAR_YEARS and 1 <= month <= 12 and 1 <= day <= longest):
        raise ValueError(f"no such Solar Hijri date: {year}-{month}-{day}")
    months_before = 31 * (month - 1) if month <= 7 else 186 + 30 * (month - 7)
    return datetime.date.fromordinal(_solar_new_year(year) + months_before + day - 1)


def _solar_new_year(year: int) -> int:
    """The proleptic Gregorian ordinal of 1 Farvardin."""
    cycles, within = divmod(year + _CYCLE_SHIFT, 33)
    return _SOLAR_EPOCH + 365 * year + 8 * cycles + (within + 3) // 4


def _is_solar_leap(year: int) -> bool:
    return _solar_new_year(year + 1) - _solar_new_year(year) == 366


def days_of_month(year: int, month: Month) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a month, as Gregorian dates."""
    if not month.solar:
        last = calendar.monthrange(year, month.number)[1]
        return datetime.date(year, month.number, 1), datetime.date(year, month.number, last)
    next_year, next_month = (year + 1, 1) if month.number == 12 else (year, month.number + 1)
    following = solar_to_gregorian(next_year, next_month, 1)
    return solar_to_gregorian(year, month.number, 1), following - datetime.timedelta(days=1)
