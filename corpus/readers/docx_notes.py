"""The footnotes and endnotes of a Word file: what they say, and the mark that each has by the order of its calls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from corpus.readers.docx_text import Call
from corpus.readers.numerals import numeral
from corpus.readers.office import attribute, child, local


@dataclass(slots=True)
class Notes:
    """The notes of one kind, by their ids, and how they are numbered."""

    elements: dict[str, Any] = field(default_factory=dict)
    numbering: str = "decimal"
    next_number: int = 1
    called: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, kind: str, root: Any | None, settings: Iterable[Any]) -> Notes:
        """Return the notes below the root of their part; later ``settings`` (sections, document) win."""
        notes = cls(numbering="lowerRoman" if kind == "endnote" else "decimal")
        for element in () if root is None else root:
            # Separators have a type; notes have none, or say that they are normal.
            if local(element) == kind and attribute(element, "type") in (None, "normal"):
                notes.elements.setdefault(attribute(element, "id") or "", element)
        for properties in (child(settled, f"{kind}Pr") for settled in settings):
            notes.numbering = attribute(child(properties, "numFmt"), "val") or notes.numbering
            start = attribute(child(properties, "numStart"), "val") or ""
            if re.fullmatch(r"\d{1,6}", start):
                notes.next_number = int(start)
        return notes

    def take(self, call: Call) -> tuple[str, Any] | None:
        """Return the mark and the element of a note at its first call; None where it is unknown or was called."""
        if call.id in self.called or call.id not in self.elements:
            return None
        self.called.add(call.id)
        if call.mark is not None:
            return call.mark, self.elements[call.id]
        number, self.next_number = self.next_number, self.next_number + 1
        return numeral(number, self.numbering), self.elements[call.id]
