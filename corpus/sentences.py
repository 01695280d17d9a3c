"""Sentences with exact offsets, block by block. The boundaries are yasbd's; nothing is searched for again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from corpus.document import Block, BlockKind

# Stored with an index: a change to anything below that moves a boundary needs a new version.
SPLITTER_VERSION = "2"
# yasbd takes quadratic time on a run without boundaries, so it is given a text in windows of this many code points.
# A sentence that does not end within one is cut at the last semicolon, comma or blank in it.
WINDOW = 1000
_CUTS = (re.compile(r"[;؛](?=\s)"), re.compile(r"[,،:](?=\s)"), re.compile(r"(?=\s)"))
# A full stop makes an ordinal of a number: 8. tur, III. Selim. Longer numbers are mostly years, which end sentences.
_TURKISH_ORDINAL = re.compile(r"(?:^|[\s(\"'“])(?:\d{1,2}|[IVX]{1,6})\.\s*$")
_SCRIPTS = (("CYRILLIC", "ru"), ("ARABIC", "ar"))
_SCRIPT_OF_LANGUAGE = {"ru": "CYRILLIC", "kk": "CYRILLIC", "ar": "ARABIC", "fa": "ARABIC"}


class _Detector(Protocol):
    def detect(self, source: str, /) -> Iterable[int]: ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its span in the document's text, without blanks at its ends, and the index of its block."""

    start: int
    end: int
    block: int


def sentences(text: str, blocks: Sequence[Block], language: str | None) -> tuple[Sentence, ...]:
    """Return the sentences of every block that is not a heading, in order.

    A table row is one sentence. Together the sentences of a block hold everything in it but blanks.
    ``language`` (ISO 639-1) chooses the rules; a block in another script than the language's, or a text whose
    language is unknown, gets rules by its script.
    """
    found: list[Sentence] = []
    for index, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            continue
        content = text[block.start : block.end]
        spans = [(0, len(content))] if block.kind is BlockKind.TABLE_ROW else _spans(content, _rules(content, language))
        found.extend(Sentence(block.start + start, block.start + end, index) for start, end in spans)
    return tuple(found)


def _spans(content: str, detector: _Detector) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one block as spans in it."""
    start = 0
    for end in _ends(content, detector):
        piece = content[start:end]
        left, right = len(piece) - len(piece.lstrip()), len(piece.rstrip())
        if left < right:
            yield start + left, start + right
        start = end


class _TurkishDetector:
    """The boundaries of another detector but for those after ordinals."""

    def __init__(self, detector: _Detector) -> None:
        self._detector = detector

    def detect(self, source: str, /) -> Iterable[int]:
        """Where sentences end, as offsets in ``source``."""
        found = self._detector.detect(source)
        return (end for end in found if not _TURKISH_ORDINAL.search(source[max(0, end - 12) : end]))


def _ends(content: str, detector: _Detector) -> Iterator[int]:
    start = 0
    while len(content) - start > WINDOW:
        window = content[start : start + WINDOW]
        # The last boundary is only the window's own end.
        boundaries = [end for end in detector.detect(window) if 0 < end < len(window.rstrip())] or [_cut(window)]
        yield from (start + end for end in boundaries)
        start += boundaries[-1]
    rest = content[start:]
    yield from (start + end for end in detector.detect(rest))
    yield len(content)


def _cut(window: str) -> int:
    """Return where to cut a window without a boundary: after its last semicolon, comma or word, never before a mark."""
    for pattern in _CUTS:
        places = [match.end() for match in pattern.finditer(window) if match.end() > WINDOW // 4]
        if places:
            return places[-1]
    place = len(window) - 1
    while place > 1 and (unicodedata.combining(window[place]) or window[place - 1 : place] in ("\u200d", "\u200c")):
        place -= 1
    return place


def _rules(content: str, language: str | None) -> _Detector:
    script = _script(content)
    if language is None or (script is not None and _SCRIPT_OF_LANGUAGE.get(language, "LATIN") != script):
        language = dict(_SCRIPTS).get(script or "", "en")
    return _detector(language)


def _script(content: str) -> str | None:
    """Return the script of most letters (of the first few hundred): LATIN, CYRILLIC or ARABIC; None for another."""
    counts: dict[str, int] = {}
    for letter in filter(str.isalpha, content[:400]):
        name = unicodedata.name(letter, "").partition(" ")[0]
        counts[name] = counts.get(name, 0) + 1
    most = max(counts, key=lambda name: counts[name], default=None)
    return most if most in ("LATIN", "CYRILLIC", "ARABIC") else None


@cache
def _detector(language: str) -> _Detector:
    from yasbd import BoundaryDetector, UnsupportedLanguageError

    try:
        detector = BoundaryDetector(language)
    except UnsupportedLanguageError:
        detector = BoundaryDetector("en")
    return _TurkishDetector(detector) if language == "tr" else detector
