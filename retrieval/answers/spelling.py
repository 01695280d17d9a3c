"""The same words in other spacing, dashes, quotation marks and case: a text's form for comparing, and the way back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTATION_MARKS: Final = frozenset("\"'«»‹›“”„‟‘’‚‛`´ʼ″′")
# Invisible, but for the zero width non-joiner, which stands for a blank within a Persian word.
_UNSEEN: Final = re.compile("[\u00ad\u200b\u200c-\u200f\u2060\u2066-\u2069\ufeff]")
_CASES: Final = str.maketrans({"İ": "i", "I": "i", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text without what may differ; ``places`` are the offsets in the text of each character of ``form``."""

    form: str
    places: tuple[int, ...]

    @staticmethod
    def of(text: str) -> Spelling:
        """The form of ``text``: lower case, one kind of dash, no quotation marks, and blanks only between digits.

        An apostrophe within a word stays.
        """
        characters: list[str] = []
        places: list[int] = []
        blank = False
        for place, character in enumerate(text):
            if character.isspace() or character == "\u200c":
                blank = True
                continue
            if _UNSEEN.match(character):
                continue
            if character in _QUOTATION_MARKS:
                if not _is_within_word(text, place):
                    continue
                character = "'"
            if blank and character.isdigit() and characters and characters[-1].isdigit():
                characters.append(" ")
                places.append(place)
            blank = False
            for folded in character.translate(_CASES).casefold().translate(_DASHES):
                characters.append(folded)
                places.append(place)
        return Spelling("".join(characters), tuple(places))

    def find(self, other: Spelling, text: str) -> tuple[int, int] | None:
        """Where in ``text``, whose spelling this is, whole words are spelt as ``other``: offsets; None where none."""
        start = self.form.find(other.form) if other.form else -1
        while start >= 0:
            first, last = self.places[start], self.places[start + len(other.form) - 1] + 1
            if is_whole(text, first, last):
                return first, last
            start = self.form.find(other.form, start + 1)
        return None


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether ``text`` from ``start`` to ``end`` cuts through no word or number at its ends."""
    return not (_is_joined(text, start) or _is_joined(text, end))


def _is_joined(text: str, place: int) -> bool:
    """Whether what stands before ``place`` and what stands after it are of one word or number."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before.isalnum() and after.isalnum():
        return True
    # 2.5 and 1,000 are one number each, which neither 2 nor 5 is.
    if after in ".,:/٫٬":
        return before.isdigit() and text[place + 1 : place + 2].isdigit()
    return before in ".,:/٫٬" and after.isdigit() and text[max(0, place - 2) : place - 1].isdigit()


def _is_within_word(text: str, place: int) -> bool:
    return 0 < place < len(text) - 1 and text[place - 1].isalpha() and text[place + 1].isalpha()
