"""Words, numbers and signs of a text with their offsets, folded so that six languages can be compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

HYPHENS: Final = frozenset("-‐‑‒–—−")  # every dash an editor may have typed

# Combining marks, tatweel and the soft hyphen belong to the word they stand in; ZWNJ and the like do not.
_LETTER = r"[^\W\d_]"
_MARK = r"[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u00ad]"
_TOKEN: Final = re.compile(
    rf"(?P<word>{_LETTER}(?:{_LETTER}|{_MARK})*)|(?P<number>\d+(?:[.,:/٫٬]\d+)*)"
    r"|(?P<sign>[^\w\s\u200b-\u200f\u2060\ufeff]|_|\n)"
)
_DROPPED: Final = {ord(mark): None for mark in "\u0307\u00ad\u0640\u0670\u200c"} | dict.fromkeys(
    (*range(1552, 1563), *range(1611, 1632))
)
_FOLDED: Final = str.maketrans(
    {
        "ё": "е",
        "ı": "i",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ۀ": "ه",
    }
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a text: ``folded`` for comparing, ``start`` and ``end`` in code points.

    ``number`` is the value of plain digits of any script; None for words, signs and numbers such as "2,000" or "8:30".
    ``tight`` says that nothing but this token separates its neighbours (the hyphen of "Astana-8").
    """

    text: str
    folded: str
    start: int
    end: int
    number: int | None = None
    word: bool = False
    tight: bool = False


def fold(text: str) -> str:
    """The text without case, marks, and the letters that Turkish, Arabic and Persian keyboards disagree about."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", folded.translate(_DROPPED).translate(_FOLDED).translate(_DROPPED))


def tokenise(text: str) -> tuple[Token, ...]:
    """All tokens of a text in order; a line break is a token, other white space is not."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        raw, start, end = match.group(), match.start(), match.end()
        if match.lastgroup == "number":
            number = int(raw) if raw.isdecimal() and len(raw) <= 9 else None
            tokens.append(Token(raw, raw, start, end, number))
        elif match.lastgroup == "word":
            tokens.append(Token(raw, fold(raw), start, end, word=True))
        elif raw in HYPHENS:
            tight = start > 0 and end < len(text) and not text[start - 1].isspace() and not text[end].isspace()
            tokens.append(Token(raw, "-", start, end, tight=tight))
        else:
            tokens.append(Token(raw, fold(raw), start, end))
    return tuple(tokens)


def words(text: str) -> tuple[str, ...]:
    """The words of a string between its spaces, for tables of words."""
    return tuple(text.split())
