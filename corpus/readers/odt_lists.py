"""The numbers of an OpenDocument text's list items, which are not in its text (ODF 1.3, part 3, 5.3 and 16.30)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from corpus.readers.numerals import numeral
from corpus.readers.office import attribute, local

_NUMBERINGS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class _Level:
    numbering: str
    before: str
    after: str
    start: int
    shown: int


@dataclass(slots=True)
class Lists:
    """The list styles of one file, and how far each of its lists has been counted, by level from 1."""

    styles: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _open: list[tuple[str, dict[int, int]]] = field(default_factory=list)
    _by_style: dict[str, dict[int, int]] = field(default_factory=dict)
    _by_id: dict[str, dict[int, int]] = field(default_factory=dict)

    def define(self, style: Any) -> None:
        """Take in the definition of a list's style."""
        levels = {}
        for element in style:
            if local(element) == "list-level-style-number":
                levels[_integer(attribute(element, "level"), 1)] = _Level(
                    _NUMBERINGS.get(attribute(element, "num-format") or "", ""),
                    attribute(element, "num-prefix") or "",
                    attribute(element, "num-suffix") or "",
                    _integer(attribute(element, "start-value"), 1),
                    _integer(attribute(element, "display-levels"), 1),
                )
        self.styles[attribute(style, "name") or ""] = levels

    def open(self, element: Any) -> None:
        """Enter a list, which goes on counting where it says so, and which has the style of the one around it."""
        above = self._open[-1] if self._open else None
        style = attribute(element, "style-name") or (above[0] if above else "")
        counts: dict[int, int] = {}
        if above is not None:
            counts = above[1]
            for level in [level for level in counts if level > len(self._open)]:
                del counts[level]
        elif (goes_on := attribute(element, "continue-list")) is not None:
            counts = self._by_id.get(goes_on, {})
        elif attribute(element, "continue-numbering") == "true":
            counts = self._by_style.get(style, {})
        self._by_style[style] = counts
        if (identifier := attribute(element, "id")) is not None:
            self._by_id[identifier] = counts
        self._open.append((style, counts))

    def close(self) -> None:
        """Leave the list at hand."""
        self._open.pop()

    def take(self, item: Any) -> str | None:
        """Count the next item of the list at hand, and return what is written before it; None for a bullet."""
        style, counts = self._open[-1]
        depth, levels = len(self._open), self.styles.get(style, {})
        own = levels.get(depth)
        if own is None:
            return None
        counts[depth] = _integer(attribute(item, "start-value"), counts.get(depth, own.start - 1) + 1)
        if not own.numbering:
            return None
        places = [
            numeral(counts.get(level, 1), levels[level].numbering)
            for level in range(max(depth - own.shown, 0) + 1, depth + 1)
            if level in levels and levels[level].numbering
        ]
        return f"{own.before}{'.'.join(places)}{own.after}".strip() or None


def _integer(value: str | None, otherwise: int) -> int:
    return int(value) if value is not None and re.fullmatch(r"\d{1,6}", value) else otherwise
