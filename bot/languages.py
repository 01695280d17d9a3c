"""What the bot itself says, in six languages: gettext catalogues, plurals and dates."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

if TYPE_CHECKING:
    from collections.abc import Sequence

LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
RIGHT_TO_LEFT = frozenset({"ar", "fa"})
_FIRST_STRONG_ISOLATE = "\u2068"
_POP_ISOLATE = "\u2069"
_ISOLATES = frozenset("\u2066\u2067\u2068")
_RIGHT_TO_LEFT_MARK = "\u200f"
_RIGHT_TO_LEFT_LETTERS = frozenset({"R", "AL"})
_DAY_LENGTH = len("2026-01-31")
_COMMAND = re.compile(r"(?<![\w/])/[a-z]+(?: \d+)?")


class Phrases:
    """The bot's phrases in one language; a phrase is looked up by its English wording."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = Locale.parse("en_GB" if language == "en" else language)
        self._catalogue = _catalogue(language)

    def __call__(self, phrase: str, **values: object) -> str:
        """``phrase`` in this language, with ``{name}`` filled in from ``values``."""
        return self._with_commands_apart(self._catalogue.gettext(phrase)).format(**self._isolated(values))

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """The phrase for ``number`` things, with ``{number}`` filled in."""
        phrase = self._with_commands_apart(self._catalogue.ngettext(one, many, number))
        return phrase.format(number=number, **self._isolated(values))

    def date(self, iso: str) -> str:
        """An ISO date, month or year as people of this language write it."""
        parts = [int(part) for part in iso.split("-")]
        if len(parts) == 3:
            return format_date(date(*parts), "long", locale=self._locale)
        if len(parts) == 2:
            return format_skeleton("yMMMM", date(parts[0], parts[1], 1), locale=self._locale)
        return iso

    def days(self, first: str, last: str) -> str:
        """Two ISO dates, months or years as a range, what both have in common said once where both are days."""
        if first == last:
            return self.date(first)
        if len(first) == len(last) == _DAY_LENGTH:
            days = (date.fromisoformat(first), date.fromisoformat(last))
            return str(format_interval(*days, "yMMMMd", locale=self._locale))
        return f"{self.date(first)} – {self.date(last)}"

    def language_name(self, code: str) -> str:
        """The name of a language in this one."""
        return str(self._locale.languages.get(code, code))

    def listed(self, parts: Sequence[str], most: int | None = None) -> str:
        """At most so many of ``parts``, with this language's comma between them, and a sign that there are more."""
        comma = "\u060c " if self.language in RIGHT_TO_LEFT else ", "
        shown = parts if most is None else parts[:most]
        return comma.join([*shown, *(["…"] if len(shown) < len(parts) else [])])

    @property
    def line_start(self) -> str:
        """What a line that begins with a foreign title must start with, to run in this language's direction."""
        return _RIGHT_TO_LEFT_MARK if self.language in RIGHT_TO_LEFT else ""

    def isolate(self, text: str) -> str:
        """``text`` set apart, so that its own direction does not disturb a line around it that runs the other way.

        A list of texts that are set apart already stays as it is: around them, nothing in it would show its direction,
        and it would run from left to right.
        """
        text, is_set_apart = _closed(text)
        if is_set_apart and text.startswith(_FIRST_STRONG_ISOLATE):
            return text
        if self.language not in RIGHT_TO_LEFT and not has_right_to_left(text):
            return text
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"

    def _with_commands_apart(self, phrase: str) -> str:
        """``phrase`` with its commands set apart, since else a right-to-left line moves the slash behind them."""
        return _COMMAND.sub(lambda found: self.isolate(found.group()), phrase)

    def _isolated(self, values: dict[str, object]) -> dict[str, object]:
        return {name: self.isolate(value) if isinstance(value, str) else value for name, value in values.items()}


def _closed(text: str) -> tuple[str, bool]:
    """``text`` with every isolate closed that it opens, and no other; and whether it was so already."""
    kept, depth = [], 0
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _POP_ISOLATE:
            if not depth:
                continue
            depth -= 1
        kept.append(character)
    closed = "".join(kept) + _POP_ISOLATE * depth
    return closed, closed == text


def has_right_to_left(text: str) -> bool:
    """Whether a text has letters of a script that is written from right to left."""
    return any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT_LETTERS for letter in text)


def direction(text: str) -> str:
    """In which direction a text runs, "rtl" or "ltr": by its first letter that has one (Unicode annex 9, rule P2)."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind == "L" or kind in _RIGHT_TO_LEFT_LETTERS:
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


@lru_cache(maxsize=len(LANGUAGES))
def phrases(language: str) -> Phrases:
    """The phrases of ``language``."""
    return Phrases(language)


def closest(*codes: str | None) -> str:
    """The first of ``codes`` (such as "ru" or "pt-BR") that the bot speaks, else English."""
    for code in codes:
        base = (code or "").lower().replace("_", "-").partition("-")[0]
        if base in LANGUAGES:
            return base
    return "en"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    source = files("bot").joinpath("locales", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=language))
    compiled.seek(0)
    return Translations(compiled)
