"""Limits typed before a question: ``/ask round:8 since:2018-02 source:"Institute of Records" What was agreed?``"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.messages.lengths import short
from corpus.canonical import canonical
from corpus.metadata import iso_date
from retrieval.questions.question import Filters

if TYPE_CHECKING:
    from bot.languages import Phrases

OPTIONS = ("round", "since", "until", "place", "process", "source")
# The same names in Russian, Kazakh, Turkish, Arabic and Persian.
_TRANSLATED = {
    "round": ("раунд", "тур", "tur", "جولة", "الجولة", "دور"),
    "since": ("с", "бастап", "başlangıç", "منذ", "از"),
    "until": ("до", "дейін", "bitiş", "حتى", "تا"),
    "place": ("место", "орын", "yer", "مكان", "محل", "مکان"),
    "process": ("процесс", "үдеріс", "süreç", "عملية", "مسار", "روند"),
    "source": ("источник", "дереккөз", "kaynak", "مصدر", "منبع"),
}
_NAMES = {alias: name for name in OPTIONS for alias in (name, *_TRANSLATED[name])}
_VALUE = r"(?:\"(?P<a>[^\"]*)\"|«(?P<b>[^»]*)»|[“„](?P<c>[^”“]*)[”“]|(?P<d>[^\s\"«“„]\S*))"
_OPTION = re.compile(rf"(?P<name>[^\W\d_]+):(?!/){_VALUE}(?=\s|$)")
# A name that is known may stand apart from its value; any other word before a colon and a blank belongs to a question.
_KNOWN = re.compile(rf"(?P<name>{'|'.join(_NAMES)}):(?:\s*{_VALUE}(?=\s|$))?", re.IGNORECASE)
_AT_THE_END = re.compile(rf"(?:^|\s)(?P<name>{'|'.join(_NAMES)}):{_VALUE}$", re.IGNORECASE)
_MARKS = "?!.؟"
_MOST_ROUNDS = 999
# At either end; what stands beyond is part of the question, and a long line of them is not read for long.
_MOST_OPTIONS = 12
_ALL = "round, since, until, place, process, source"
_ROUND_EXAMPLE = "round:8"
_DATE_EXAMPLE = "since:2018, since:2018-02, since:2018-02-14"


class OptionRefused(Exception):  # noqa: N818 - named for what it is about
    """A limit is none that there is, or its value is wrong."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}:{value}")
        self.name, self.value = name, value

    def sentence(self, say: Phrases) -> str:
        """What is wrong, in one sentence for who typed it."""
        option = _NAMES.get(self.name.casefold())
        if option is None:
            return say("There is no limit {name}; there are: {names}.", name=short(self.name), names=_ALL)
        if not self.value:
            return say(
                "Write a value right after {name}, in quotation marks where it has spaces.", name=f"{short(self.name)}:"
            )
        if option == "round":
            return say(
                "{value} is not the number of a round; write for example {example}",
                value=short(self.value),
                example=_ROUND_EXAMPLE,
            )
        return say("{value} is not a date; write for example {example}", value=short(self.value), example=_DATE_EXAMPLE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the limits typed with it."""

    question: str
    filters: Filters = field(default_factory=Filters)


def read_options(text: str) -> Asked:
    """The limits at the beginning and the end of ``text``, and what is left of it; of two alike the last holds.

    Raises:
        OptionRefused: one is unknown or wrong.
    """
    left = canonical(text)
    ahead: list[tuple[str, str]] = []
    behind: list[tuple[str, str]] = []
    while len(ahead) < _MOST_OPTIONS and (found := _KNOWN.match(left) or _OPTION.match(left)):
        ahead.append(_given(found))
        left = left[found.end() :].lstrip()
    while len(behind) < _MOST_OPTIONS and (found := _AT_THE_END.search(left.rstrip(_MARKS))):
        behind.insert(0, _given(found))
        left = left[: found.start()].rstrip()
    values = dict(_checked(name, value) for name, value in (*ahead, *behind))
    return Asked(left, Filters(**values))  # type: ignore[arg-type]


def _given(found: re.Match[str]) -> tuple[str, str]:
    """The name and the value of an option, without its quotation marks."""
    return found["name"], next((found[group] for group in "abcd" if found[group] is not None), "").strip()


def _checked(name: str, value: str) -> tuple[str, str | int]:
    option = _NAMES.get(name.casefold())
    if option is None or not value:
        raise OptionRefused(name, value)
    if option == "round":
        number = int(value) if value.isdecimal() and len(value) <= 3 else 0
        if not 0 < number <= _MOST_ROUNDS:
            raise OptionRefused(name, value)
        return option, number
    if option in ("since", "until"):
        date = iso_date("".join(_digit(character) for character in value))
        if date is None:
            raise OptionRefused(name, value)
        return option, date
    return option, value


def _digit(character: str) -> str:
    """A digit of any script as one of ASCII; any other character as it is."""
    return str(unicodedata.digit(character)) if character.isdecimal() else character
