"""What each token of a text is in a date: days, months, years, and the words of six languages between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corpus.calendars import GREGORIAN_YEARS, SOLAR_YEARS, Month, months
from corpus.ordinals import folded
from corpus.tokens import Token, words

_WORDS: Final = {
    "~": folded("to until till through thru по до إلى حتى تا الی ila ile"),
    "f": folded("from с со от من از"),
    "b": folded("between между بين بین"),
    "&": folded("and и және ve و"),
    "p": folded(
        "in of for since by during before after early late mid spring summer autumn fall winter в во к на "
        "после около начале конце середине "
        "في وفي منذ ومنذ قبل بعد خلال بحلول أواخر مطلع در طی پیش پس اواخر اوایل"
    ),
    "e": folded("год года году годом годы годов годах г гг yıllarında yıl عام العام سنة السنة عامي لعام بعام وعام"),
    "q": folded("жыл жылы жылғы жылдың жылдан жылға жылда жылдары ж yılı yılında yılının yılından yılına yılındaki"),
    "s": folded("سال سالهای"),
    "h": folded("ماه ayı ayında"),
    "t": folded("the"),
    "u": folded(
        "people percent per % km men women troops dollars families человек людей процентов км раз адам kişi شخص نفر"
    ),
}
_KINDS: Final = {word: kind for kind, group in _WORDS.items() for word in group}
_SIGNS: Final = {",": ",", "،": ",", "/": "/", "%": "u", "-": "-"}
_ABBREVIATED_YEARS: Final = frozenset(("г", "гг", "ж"))
_APOSTROPHES: Final = frozenset("'’ʼ")  # as typed before Turkish endings
_DAY_MARKS: Final = folded("st nd rd th го е й ого ое му")
_TURKISH_CASES: Final = folded(
    "de da te ta den dan ten tan deki daki teki taki e a ye ya i ı u ü yi yı in ın un ün nin nın nun nün"
)
_ABLATIVES: Final = folded("den dan ten tan ден дан тен тан нен нан")
_ALSO_VERBS: Final = frozenset(("may", "march"))
_BEFORE_MONTH: Final = frozenset(words("in of since until till by during from to between and early late mid -"))


@dataclass(frozen=True, slots=True)
class DateItem:
    """One or more tokens by what they are in a date.

    Kinds: D day, Y year, Z year with a Turkish case ending, m month, - dash, ~ "to", f "from", b "between", & "and",
    comma, / slash, p preposition, e word for year, q the same where a date may begin with the year, s the Persian word
    for year, h word for month, t article, u unit, x anything else.
    """

    kind: str
    start: int
    end: int
    number: int = 0
    month: Month | None = None


def date_items(tokens: Sequence[Token]) -> list[DateItem]:
    """The items of a text, in order and covering all of it."""
    items: list[DateItem] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        read = _number(tokens, position) if token.text[0].isdecimal() else _month(tokens, position)
        kind, width, number, month = read or (_kind(token), 1, 0, None)
        if kind in "eq" and token.folded in _ABBREVIATED_YEARS and _dotted(tokens, position):
            width = 2
        ending = _ending(tokens, position + width) if kind in "Dm" else ""
        if ending == "case":
            width += 2
        items.append(DateItem(kind, token.start, tokens[position + width - 1].end, number, month))
        position += width
        if ending == "from":
            items.append(DateItem("~", tokens[position].start, tokens[position + 1].end))
            position += 2
    return items


def _ending(tokens: Sequence[Token], position: int) -> str:
    """ "from" for an ending that begins a range (10 Ağustos'tan 12 Ağustos), "case" for another, else nothing."""
    following = tokens[position : position + 3]
    if len(following) < 2 or following[0].start != tokens[position - 1].end:
        return ""
    if not (following[0].text in _APOSTROPHES or following[0].tight):
        return ""
    if following[1].folded in _ABLATIVES and len(following) == 3 and following[2].number is not None:
        return "from"
    return "case" if following[1].folded in _TURKISH_CASES and following[0].text in _APOSTROPHES else ""


_Reading = tuple[str, int, int, Month | None]


def _number(tokens: Sequence[Token], position: int) -> _Reading | None:
    """A day with its ending, or a year with its Turkish case."""
    token = tokens[position]
    if token.number is None:
        return "x", 1, 0, None
    following = tokens[position + 1 : position + 3]
    if len(token.text) == 4 and (token.number in GREGORIAN_YEARS or token.number in SOLAR_YEARS):
        cased = (
            len(following) == 2
            and following[0].start == token.end
            and following[0].text in _APOSTROPHES
            and following[1].folded in _TURKISH_CASES
        )
        return ("Z", 3, token.number, None) if cased else ("Y", 1, token.number, None)
    if len(token.text) > 2 or not 1 <= token.number <= 31:
        return "x", 1, 0, None
    if following and following[0].start == token.end and following[0].folded in _DAY_MARKS:
        return "D", 2, token.number, None
    if len(following) == 2 and following[0].tight and following[1].folded in _DAY_MARKS:
        return "D", 3, token.number, None
    return "D", 1, token.number, None


def _month(tokens: Sequence[Token], position: int) -> _Reading | None:
    """A month of one or two words, with the full stop of its abbreviation."""
    token = tokens[position]
    for width in (2, 1):
        form = tuple(token.folded for token in tokens[position : position + width])
        month = months().get(form) if len(form) == width else None
        if month is None or (token.folded in _ALSO_VERBS and not _names_month(tokens, position)):
            continue
        before_number = len(tokens) > position + 2 and tokens[position + 2].text[0].isdecimal()
        return (
            "m",
            width + (width == 1 and before_number and _dotted(tokens, position)),
            0,
            month,
        )
    return None


def _names_month(tokens: Sequence[Token], position: int) -> bool:
    """Whether "may" or "march" is the month: written with a capital, after a day, or after "in" and the like."""
    if tokens[position].text[0].isupper() or position == 0:
        return tokens[position].text[0].isupper()
    before = tokens[position - 1]
    return before.folded in _BEFORE_MONTH or before.number is not None or before.folded in _DAY_MARKS


def _dotted(tokens: Sequence[Token], position: int) -> bool:
    following = tokens[position + 1 : position + 2]
    return bool(following) and following[0].text == "." and following[0].start == tokens[position].end


def _kind(token: Token) -> str:
    if token.folded == "-":
        return "x" if token.text == "—" and not token.tight else "-"
    return _KINDS.get(token.folded) or _SIGNS.get(token.text, "x")
