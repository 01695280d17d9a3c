"""The values of spreadsheet cells as text: numbers as their format displays them, dates in ISO 8601.

The formats are those of ECMA-376, part 1, section 18.8.31. What is not read here (fractions, exponents, conditions)
falls back on the general format, which shows up to eleven digits as Excel does.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

_GENERAL = "General"
_DIGITS = 11
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_CONDITION = re.compile(r"\[[<>=]")
_DIGIT_RUN = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*)?|\.[#0?]+")
_LITERAL = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|[_*].')


def shown(value: object, format: str) -> str:
    """Return the text of a cell's value under its number format; empty for an empty cell."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime() | date():
            return _day(value, format)
        case time():
            return value.isoformat("seconds" if value.second else "minutes")
        case timedelta():
            return _duration(value)
        case int() | float():
            return _number(value, format)
        case _:
            return str(value)


def _day(value: datetime | date, format: str) -> str:
    """Return a date as far as its format shows it: to the year, to the month, to the day or with the time."""
    letters = _QUOTED.sub("", format).lower()
    if "y" in letters and "d" not in letters and "h" not in letters:
        return value.strftime("%Y-%m") if "m" in letters else value.strftime("%Y")
    if isinstance(value, datetime) and (value.hour or value.minute or value.second):
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    return f"{value:%Y-%m-%d}"


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _number(value: int | float, format: str) -> str:
    section, is_signed = _section(value, format)
    bare = _QUOTED.sub("", section)
    runs = _DIGIT_RUN.findall(bare)
    if _GENERAL.lower() in bare.lower() or len(runs) != 1 or re.search(r"[eE/?@]", bare):
        return _general(value)
    try:
        number = Decimal(repr(value))
        if not number.is_finite():
            return _general(value)
        text, is_zero = _digits(abs(number), runs[0], bare.count("%"))
    except ArithmeticError:
        return _general(value)
    before, after = _around(section)
    sign = "-" if value < 0 and is_signed and not is_zero else ""
    return f"{sign}{before}{text}{after}".strip()


@lru_cache(maxsize=1024)
def _sections(format: str) -> tuple[str, ...]:
    """Return the parts of a format for positive, negative and zero values, which semicolons outside quotes part."""
    cut, start = [], 0
    for match in re.finditer(r'"[^"]*"|\\.|\[[^\]]*\]|;', format):
        if match.group() == ";":
            cut.append(format[start : match.start()])
            start = match.end()
    return (*cut, format[start:])


def _section(value: int | float, format: str) -> tuple[str, bool]:
    """Return the part of the format for a value, and whether the sign is still to be written."""
    sections = _sections(format)
    if _CONDITION.search(format):
        return _GENERAL, True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], True
    return sections[0], True


def _digits(number: Decimal, run: str, percents: int) -> tuple[str, bool]:
    """Return a number under a run of digit places, and whether all that is left of it is zero."""
    whole, _, fraction = run.partition(".")
    thousands = len(whole) - len(whole.rstrip(","))
    number = number.scaleb(2 * percents - 3 * thousands)
    rounded = number.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    text = f"{rounded:,f}" if "," in whole.rstrip(",") else f"{rounded:f}"
    integer, _, decimals = text.partition(".")
    while decimals and fraction[len(decimals) - 1] != "0" and decimals.endswith("0"):
        decimals = decimals[:-1]
    places = whole.count("0")
    integer = "" if integer == "0" and not places else integer.zfill(places) if "," not in integer else integer
    return (f"{integer}.{decimals}" if "." in run else integer or "0"), rounded == 0


@lru_cache(maxsize=1024)
def _around(section: str) -> tuple[str, str]:
    """Return the text that a format puts before and after the digits."""
    plain = _LITERAL.sub(lambda match: "\0" * len(match.group()), section)
    run = _DIGIT_RUN.search(plain)
    start, end = run.span() if run else (0, 0)
    return _literal(section[:start]), _literal(section[end:])


def _literal(part: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        return match["quoted"] or match["escaped"] or match["currency"] or ""

    return _LITERAL.sub(replaced, part)


def _general(value: int | float) -> str:
    """Return a number with up to eleven digits, and as an integer where it is one."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 10**_DIGITS):
        return str(int(value))
    text = f"{value:.{_DIGITS}g}"
    # Numbers below one spend a digit on the zero before the point, and very small ones stay exponents.
    return text.replace("e", "E")
