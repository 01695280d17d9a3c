"""What Telegram does to every text: the cleaning, the trimming, and lengths in UTF-16 code units."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

_MARKS = "\u200e\u200f"
_DELETED = frozenset("\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a")
_SPACED = frozenset(chr(code) for code in range(32) if chr(code) not in "\n\r")
_INVISIBLE = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, in which Telegram counts offsets."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_offsets(text: str) -> list[int]:
    """The UTF-16 offset before each code point, and after the last: ``len(text) + 1`` numbers."""
    return [0, *accumulate(1 + (character > "\uffff") for character in text)]


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of ``text`` that an entity of this UTF-16 offset and length covers."""
    encoded = text.encode("utf-16-le")
    return encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le", errors="replace")


def is_empty(text: str) -> bool:
    """Whether nothing in ``text`` would be seen."""
    return _INVISIBLE.fullmatch(text) is not None


def clean(text: str) -> str:
    """``text`` as Telegram stores it, but for the trimming of its ends."""
    return "".join(clean_characters(text))


def clean_characters(text: str) -> list[str]:
    """One string for each code point of ``text``: what Telegram makes of it, empty where it is deleted."""
    kept = ["" if c in _DELETED else " " if c in _SPACED else c for c in text]
    # In a run of direction marks all but the last become a non-joiner; deleted characters do not break a run.
    last_mark = -1
    for index, character in enumerate(kept):
        if not character:
            continue
        if character in _MARKS:
            if last_mark >= 0:
                kept[last_mark] = "\u200c"
            last_mark = index
        else:
            last_mark = -1
    return kept


class OffsetMap:
    """Where each UTF-16 offset of a text comes to lie once its code points are replaced by ``characters``."""

    def __init__(self, text: str, characters: list[str]) -> None:
        """``characters`` holds one string, possibly empty, for each code point of ``text``."""
        self._before = utf16_offsets(text)
        self._after = [0, *accumulate(utf16_length(character) for character in characters)]

    def __call__(self, offset: int) -> int:
        """The new offset; one inside a surrogate pair is taken back to its start, one past the end to the end."""
        return self._after[bisect_right(self._before, offset) - 1]
