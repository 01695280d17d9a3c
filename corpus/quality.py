"""How well a document was read: what an admin should look at before trusting it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from corpus.document import BlockKind, Extraction, Origin

# A line as short as this, on so many pages, is more likely a running header than text.
_LONGEST_HEADER: Final = 100
_LEAST_PAGES: Final = 3
_LEAST_SHARE_OF_PAGES: Final = 0.2
_LEAST_TIMES: Final = 5
_MOST_REPEATED: Final = 5
# Shares above which an admin is told.
_UNREADABLE: Final = 0.001
_LONG_RUN: Final = 300
_SHORT: Final = 200
_MIXED: Final = 3

_WORD = re.compile(r"\w+")
_LATIN, _CYRILLIC, _ARABIC = "A-Za-z\u00c0-\u024f", "\u0400-\u052f", "\u0620-\u064a\u066e-\u06d3"
_MIXED_WORD = re.compile(
    "|".join(
        f"[{one}][{other}]"
        for one in (_LATIN, _CYRILLIC, _ARABIC)
        for other in (_LATIN, _CYRILLIC, _ARABIC)
        if one != other
    )
)
# UTF-8 that was read as Windows-1252 or Latin-1, two or more letters of it: "Ð¿Ñ€", "Ø§Ù„", "Ã¼Ã§".
_MISREAD = re.compile(
    "(?:[ÂÃÄÅÐÑØÙÚÛ][\u0080-\u00bf\u0152-\u0178\u02c6\u02dc\u2013-\u2026\u20ac\u2030\u2039\u203a\u2122]){2,}"
)
_UNREADABLE_CATEGORIES = frozenset({"Co", "Cn", "Cs", "Cc"})
# "12", "- 12 -", "12 of 40", "12/40" at either end of a line.
_NUMBERS = re.compile(r"^[\d\W]+|\W*(?:\b\d+\W+(?:of|из|von|de|من|از)\b)?[\d\W]+$", re.IGNORECASE)

Number = int | float | str

_SENTENCES: Final = {
    "no_text_pages": "{0} of its {1} pages have no text: {2}.",
    "recognised": "{0:.0%} of it was read by OCR and may hold wrong letters.",
    "reordered": "{0:.0%} of it is right-to-left text put in order from a PDF and may differ from the page.",
    "unreadable": "{0:.1%} of its characters are unreadable.",
    "mixed_words": "{0} words mix two alphabets, such as “{1}”.",
    "no_language": "Its language is not known.",
    "repeated_line": "“{0}” stands in it {1} times: a running header may have been left in.",
    "long_run": "It has {0} characters without a blank: words may have been run together.",
    "short": "It has only {0} characters.",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at: ``kind`` names the sentence, and ``values`` are what it says, in order, for translating.

    Kinds: no_text_pages (how many, of how many, which), recognised, reordered and unreadable (a share from 0 to 1
    each), mixed_words (how many, an example), no_language, repeated_line (the line, how often), long_run and short
    (characters).
    """

    kind: str
    values: tuple[Number, ...] = ()

    @property
    def sentence(self) -> str:
        """The remark in English."""
        return _SENTENCES[self.kind].format(*self.values)


@dataclass(frozen=True, slots=True)
class Quality:
    """What was counted in an extraction.

    ``characters`` counts code points in blocks; ``recognised``, ``reordered`` and ``unreadable`` are shares of them
    from 0 to 1. ``repeated`` are short lines that stand on many pages, or many times, with how often, the most
    frequent first. ``longest_run`` is the longest stretch without a blank, in code points.
    """

    characters: int
    pages: int | None
    pages_without_text: tuple[int, ...]
    recognised: float
    reordered: float
    unreadable: float
    mixed_words: tuple[str, ...]
    language: str | None
    repeated: tuple[tuple[str, int], ...]
    longest_run: int

    def remarks(self) -> tuple[Remark, ...]:
        """What an admin should look at, the gravest first; empty where there is nothing."""
        return tuple(self._remarks())

    def _remarks(self) -> Iterator[Remark]:
        if self.pages_without_text:
            listed = _ranges(self.pages_without_text)
            yield Remark("no_text_pages", (len(self.pages_without_text), self.pages or 0, listed))
        if self.unreadable >= _UNREADABLE:
            yield Remark("unreadable", (self.unreadable,))
        if len(self.mixed_words) >= _MIXED:
            yield Remark("mixed_words", (len(self.mixed_words), self.mixed_words[0]))
        if self.recognised:
            yield Remark("recognised", (self.recognised,))
        if self.reordered:
            yield Remark("reordered", (self.reordered,))
        for line, times in self.repeated:
            yield Remark("repeated_line", (line, times))
        if self.longest_run >= _LONG_RUN:
            yield Remark("long_run", (self.longest_run,))
        if self.characters < _SHORT:
            yield Remark("short", (self.characters,))
        if self.language is None:
            yield Remark("no_language")


def quality(extraction: Extraction) -> Quality:
    """Count what tells how well ``extraction`` was read."""
    text, blocks = extraction.text, extraction.blocks
    lengths: defaultdict[Origin, int] = defaultdict(int)
    for block in blocks:
        lengths[block.origin] += block.end - block.start
    characters = sum(lengths.values())
    whole = characters or 1
    return Quality(
        characters=characters,
        pages=extraction.pages,
        pages_without_text=extraction.unread_pages,
        recognised=lengths[Origin.RECOGNISED] / whole,
        reordered=lengths[Origin.REORDERED] / whole,
        unreadable=_unreadable(text) / whole,
        mixed_words=tuple(word for word in _WORD.findall(text) if _MIXED_WORD.search(word)),
        language=extraction.metadata.language,
        repeated=_repeated(extraction),
        longest_run=max(map(len, text.split()), default=0),
    )


def _unreadable(text: str) -> int:
    """Count the characters that no one can read: replaced, private, unassigned, control, or decoded wrongly."""
    odd = {
        letter for letter in set(text) if letter == "\ufffd" or unicodedata.category(letter) in _UNREADABLE_CATEGORIES
    }
    odd.discard("\n")
    return sum(map(text.count, odd)) + sum(len(match.group()) for match in _MISREAD.finditer(text))


def _repeated(extraction: Extraction) -> tuple[tuple[str, int], ...]:
    """Return the short lines that look like running headers; those that differ only in a number at an end are one."""
    places: defaultdict[str, list[int | None]] = defaultdict(list)
    shown: dict[str, str] = {}
    for block in extraction.blocks:
        line = extraction.text[block.start : block.end]
        if block.kind is BlockKind.TABLE_ROW or len(line) > _LONGEST_HEADER:
            continue
        # Numbered headings are a document's own; a heading that is the same on page after page is not.
        key = line if block.kind is BlockKind.HEADING else _NUMBERS.sub("", line)
        if any(map(str.isalpha, key)):
            places[key].append(block.page)
            shown.setdefault(key, line)
    pages = extraction.pages or max((block.page or 0 for block in extraction.blocks), default=0)
    found = [(shown[key], len(on)) for key, on in places.items() if _is_header(on, pages)]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0]))[:_MOST_REPEATED])


def _is_header(on: list[int | None], pages: int) -> bool:
    if pages == 0:
        return len(on) >= _LEAST_TIMES
    return len({page for page in on if page}) >= max(_LEAST_PAGES, _LEAST_SHARE_OF_PAGES * pages)


def _ranges(numbers: tuple[int, ...]) -> str:
    """Return numbers in order as "1-3, 7"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
