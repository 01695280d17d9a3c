"""Values that an admin gives a document, in a caption or a reply: checked, with a sentence where one is wrong."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.messages.lengths import short
from corpus.keys import is_like_access, is_of_access, key_of
from corpus.metadata import CORRECTABLE, LONGEST_TEXT, WrongValue, checked

if TYPE_CHECKING:
    from bot.languages import Phrases
    from corpus.access import Labels

NONE = "-"
_DATE_EXAMPLE = "2018-05-15, 2018-05, 2018"
_ROUND_EXAMPLE = "8"
_LANGUAGE_EXAMPLE = "en"
_URL_EXAMPLE = "https://example.org/statement"
_CLASSES = "official statement, briefing, analysis, news"
_KEYS = "title, publisher, author, date, language, url, process, round, place, class, access"
_SHOWN = 100


class ValueRefused(Exception):  # noqa: N818 - named for what it is about
    """A value that a field cannot have."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}: {value}")
        self.name, self.value = name, value

    def sentence(self, say: Phrases, labels: Labels) -> str:
        """What is wrong, in one sentence for who wrote it."""
        value = short(self.value, _SHOWN)
        match self.name:
            case "access":
                return say(
                    "{value} is no access label; in use are: {names}.", value=value, names=", ".join(labels.names)
                )
            case "document_class":
                return say("{value} is no class; there are: {names}.", value=value, names=_CLASSES)
            case "date" | "meeting_start" | "meeting_end":
                return say("{value} is not a date; write for example {example}", value=value, example=_DATE_EXAMPLE)
            case "round":
                return say(
                    "{value} is not the number of a round; write for example {example}",
                    value=value,
                    example=_ROUND_EXAMPLE,
                )
            case "language":
                return say(
                    "{value} is not the two letters of a language; write for example {example}",
                    value=value,
                    example=_LANGUAGE_EXAMPLE,
                )
            case "url":
                return say("{value} is not an address; write for example {example}", value=value, example=_URL_EXAMPLE)
        return say("That is longer than {number} characters.", number=LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class Caption:
    """What a caption says of its file: values by field, and sentences about what is wrong in it."""

    values: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def given_value(name: str, text: str, labels: Labels) -> str:
    """The text to keep for a field, empty for "nothing"; digits of any script become those of ASCII in numbers.

    Raises:
        ValueRefused: the field cannot have it.
    """
    value = text.strip()
    if value == NONE and name != "access":
        return ""
    if name in ("date", "meeting_start", "meeting_end", "round"):
        value = "".join(_digit(character) for character in value)
    try:
        found = checked(name, value)
    except WrongValue as error:
        raise ValueRefused(name, value) from error
    if name == "access":
        label = labels.named(str(found))
        if label is None:
            raise ValueRefused(name, value)
        return label
    return "" if found is None else value


def read_caption(text: str, labels: Labels, say: Phrases) -> Caption:
    """The lines "key: value" of a caption, and an access label standing alone; all else is said to be unknown.

    What may be meant for a label and is none gives the highest, until somebody chooses one.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        label = labels.named(line)
        key, colon, value = line.partition(":")
        name = "access" if label else key_of(key)
        if not label and (is_like_access(key) or is_of_access(key)):
            values["access"] = labels.highest
        if name is None or name not in CORRECTABLE or not (label or colon):
            problems.append(
                say(
                    "{value} says nothing of a document; a line can begin with: {names}.",
                    value=short(line, _SHOWN),
                    names=_KEYS,
                )
            )
            continue
        try:
            values[name] = given_value(name, label or value, labels)
        except ValueRefused as refused:
            problems.append(refused.sentence(say, labels))
            if name == "access":
                values[name] = labels.highest
    return Caption(values, tuple(problems))


def _digit(character: str) -> str:
    return str(unicodedata.digit(character)) if character.isdecimal() else character
