"""What the styles of a Word file say of a paragraph: heading of which level, title, list item, hidden, contents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from corpus.readers.docx_numbering import Listing, listing_of
from corpus.readers.office import attribute, child, local

_HEADING = re.compile(r"heading ([1-9])")
_CONTENTS = re.compile(r"toc (?:[1-9]|heading)|table of figures")
_LOWEST_LEVEL = 9
_LONGEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Style:
    """A style with all that it inherits; ``level`` counts from 1 and is None where it is no heading's."""

    level: int | None = None
    is_title: bool = False
    listing: Listing | None = None
    is_hidden: bool = False
    is_struck: bool = False
    is_contents: bool = False


@dataclass(slots=True)
class Styles:
    """The styles of one file, by their ids; each is worked out once."""

    elements: dict[str, Any] = field(default_factory=dict)
    default: str | None = None
    _known: dict[str | None, Style] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Any | None) -> Styles:
        """Return the styles below the root of the part that defines them, or none."""
        styles = cls()
        for element in () if root is None else root:
            if local(element) != "style":
                continue
            identifier = attribute(element, "styleId") or ""
            styles.elements.setdefault(identifier, element)
            if attribute(element, "type") == "paragraph" and is_on(attribute(element, "default") or "0"):
                styles.default = identifier
        return styles

    def get(self, identifier: str | None) -> Style:
        """Return a style; an unknown one says nothing of a paragraph."""
        if identifier not in self._known:
            self._known[identifier] = self._resolve(identifier)
        return self._known[identifier]

    def _resolve(self, identifier: str | None) -> Style:
        level: int | None = None
        is_level_known = is_title = is_contents = False
        listed: Listing | None = None
        hidden: bool | None = None
        struck: bool | None = None
        for element in self._chain(identifier):
            name = (attribute(child(element, "name"), "val") or "").lower()
            paragraph, run = child(element, "pPr"), child(element, "rPr")
            is_title |= name == "title"
            is_contents |= _CONTENTS.fullmatch(name) is not None
            if not is_level_known:
                outline, heading = outline_level(paragraph), _HEADING.fullmatch(name)
                is_level_known = outline is not None or heading is not None
                if outline is not None:
                    level = outline if outline <= _LOWEST_LEVEL else None
                elif heading is not None:
                    level = int(heading.group(1))
            listed = listed or listing_of(paragraph)
            hidden = switch(run, "vanish") if hidden is None else hidden
            struck = switch(run, "strike", "dstrike") if struck is None else struck
        return Style(level, is_title, listed, bool(hidden), bool(struck), is_contents)

    def _chain(self, identifier: str | None) -> list[Any]:
        """Return the elements of a style and of those that it is based on, itself first."""
        chain: list[Any] = []
        while identifier is not None and identifier in self.elements and len(chain) < _LONGEST_CHAIN:
            element = self.elements[identifier]
            chain.append(element)
            identifier = attribute(child(element, "basedOn"), "val")
        return chain


def is_on(value: str | None) -> bool:
    """Say whether a switch is on: one without a value is."""
    return value not in ("0", "false", "off", "none")


def switch(properties: Any | None, *names: str) -> bool | None:
    """Return whether any of the switches among a run's properties is on; None where none is set."""
    states = [
        is_on(attribute(below, "val")) for below in (() if properties is None else properties) if local(below) in names
    ]
    return any(states) if states else None


def outline_level(properties: Any | None) -> int | None:
    """Return the outline level that a paragraph's properties give, from 1; 10 is that of body text."""
    value = attribute(child(properties, "outlineLvl"), "val")
    return int(value) + 1 if value is not None and re.fullmatch(r"\d", value) else None
