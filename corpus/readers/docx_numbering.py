"""The numbers that Word gives to the items of lists and to numbered paragraphs, which are not in their text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from corpus.readers.numerals import numeral
from corpus.readers.office import attribute, child, local

_PLACE = re.compile(r"%([1-9])")
_UNSEEN = frozenset({"bullet", "none"})


@dataclass(frozen=True, slots=True)
class Listing:
    """To which list a paragraph belongs, by its id, "0" for none, and at which level, from 0."""

    list: str
    level: int = 0

    @property
    def is_item(self) -> bool:
        """Whether it belongs to one."""
        return self.list != "0"


@dataclass(frozen=True, slots=True)
class Level:
    """How a level of a list is numbered: from where, in which numbering, and in which text (``%1`` is level 1's)."""

    start: int = 1
    numbering: str = "decimal"
    text: str = ""


@dataclass(slots=True)
class Numbering:
    """The lists of one file, and how far each has been counted; lists made from one definition count on together."""

    definitions: dict[str, dict[int, Level]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, root: Any | None) -> Numbering:
        """Return the lists below the root of the part that defines them, or none."""
        numbering = cls()
        for element in () if root is None else root:
            if local(element) == "abstractNum":
                levels = {
                    _integer(attribute(each, "ilvl"), 0): _level(each) for each in element if local(each) == "lvl"
                }
                numbering.definitions[attribute(element, "abstractNumId") or ""] = levels
            elif local(element) == "num":
                identifier = attribute(element, "numId") or ""
                numbering.lists[identifier] = attribute(child(element, "abstractNumId"), "val") or ""
                numbering.restarts[identifier] = {
                    _integer(attribute(each, "ilvl"), 0): _integer(attribute(child(each, "startOverride"), "val"), 1)
                    for each in element
                    if local(each) == "lvlOverride" and child(each, "startOverride") is not None
                }
        return numbering

    def take(self, listing: Listing) -> str | None:
        """Count the next item of a list, and return what Word writes before it; None for a bullet."""
        definition = self.lists.get(listing.list, "")
        levels = self.definitions.get(definition, {})
        own = levels.get(listing.level)
        if own is None:
            return None
        counts = self._counts.setdefault(definition, {})
        restart = self.restarts[listing.list].get(listing.level)
        if restart is not None and (listing.list, listing.level) not in self._begun:
            counts[listing.level] = restart
        else:
            counts[listing.level] = counts.get(listing.level, own.start - 1) + 1
        self._begun.add((listing.list, listing.level))
        for deeper in [level for level in counts if level > listing.level]:
            del counts[deeper]
        if own.numbering in _UNSEEN:
            return None

        def number(match: re.Match[str]) -> str:
            level = levels.get(int(match[1]) - 1, Level())
            return numeral(counts.get(int(match[1]) - 1, level.start), level.numbering)

        return _PLACE.sub(number, own.text).strip() or None


def listing_of(properties: Any | None) -> Listing | None:
    """Return the list that a paragraph's properties name; None where they name none."""
    named = child(properties, "numPr")
    identifier = attribute(child(named, "numId"), "val")
    return None if identifier is None else Listing(identifier, _integer(attribute(child(named, "ilvl"), "val"), 0))


def _level(element: Any) -> Level:
    return Level(
        _integer(attribute(child(element, "start"), "val"), 1),
        attribute(child(element, "numFmt"), "val") or "decimal",
        attribute(child(element, "lvlText"), "val") or "",
    )


def _integer(value: str | None, otherwise: int) -> int:
    return int(value) if value is not None and re.fullmatch(r"\d{1,6}", value) else otherwise
