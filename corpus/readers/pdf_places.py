"""Where on the pages the code points of a block stand: its text and the characters of its own lines, side by side."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.canonical import fold
from corpus.document import Origin
from corpus.readers.pdf_blocks import PrintedBlock
from corpus.readers.pdf_direction import is_right_to_left
from corpus.readers.pdf_lines import Line

# What putting lines and cells together adds or takes away: hyphens at line ends, and the rule between cells.
_UNCERTAIN = frozenset("-\ufffe\u00ad\u2010|")
# In sizes of the type: how far letters reach above and below their baseline, by direction of writing.
_ABOVE, _BELOW = 0.86, 0.27
_ABOVE_RTL, _BELOW_RTL = 1.0, 0.45


@dataclass(frozen=True, slots=True)
class Box:
    """A part of one line on a page (from 1), in points from the page's lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


def letters(text: str) -> str:
    """Return the code points of a text that are the same however its lines were put together."""
    return "".join(character for _, character in _letters_at(text))


def printed_letters(block: PrintedBlock) -> str:
    """Return the ``letters`` of a block by its lines, which need no places."""
    return "".join(letters(fold(line.text)) for line in block.lines)


def boxes(block: PrintedBlock, text: str, start: int, end: int) -> list[Box]:
    """Return where the code points of ``text``, the block's, from ``start`` to before ``end`` stand, line by line.

    The lines have to have places. Raises ValueError where the text is not the block's.
    """
    placed = [item for line in block.lines for item in _placed(line)]
    wanted = _letters_at(text)
    if [character for _, character in wanted] != [character for character, _, _ in placed]:
        raise ValueError("the text is not that of the lines")
    ends: dict[int, tuple[Line, float, float]] = {}
    for (offset, _), (_, line, (left, right)) in zip(wanted, placed, strict=True):
        if start <= offset < end:
            _, least, most = ends.get(id(line), (line, left, right))
            ends[id(line)] = (line, min(least, left), max(most, right))
    return [_box(line, left, right) for line, left, right in ends.values()]


def _letters_at(text: str) -> list[tuple[int, str]]:
    return [(offset, character) for offset, character in enumerate(text) if _is_certain(character)]


def _is_certain(character: str) -> bool:
    return not (character.isspace() or character in _UNCERTAIN or unicodedata.category(character) == "Cf")


def _placed(line: Line) -> Iterator[tuple[str, Line, tuple[float, float]]]:
    """Yield each certain code point of a line as it is stored, with the place of its glyph."""
    printed = [character for character in line.text if not character.isspace()]
    for cluster, places in _clusters(printed, line.places):
        ends = (min(left for left, _ in places), max(right for _, right in places))
        for character in fold(cluster):
            if _is_certain(character):
                yield character, line, ends


def _clusters(
    printed: Sequence[str], places: Sequence[tuple[float, float]]
) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield each letter with the marks after it, which become one code point where Unicode has one."""
    cluster, ends = "", list[tuple[float, float]]()
    for character, place in zip(printed, places, strict=True):
        if cluster and not unicodedata.combining(character):
            yield cluster, ends
            cluster, ends = "", []
        cluster += character
        ends.append(place)
    if cluster:
        yield cluster, ends


def _box(line: Line, left: float, right: float) -> Box:
    # The size of a recognised line is that of its letters on the picture, and includes what is above and below.
    is_rtl = is_right_to_left(line.text) and line.origin is not Origin.RECOGNISED
    above, below = (_ABOVE_RTL, _BELOW_RTL) if is_rtl else (_ABOVE, _BELOW)
    return Box(line.page, left, line.y - below * line.size, right, line.y + above * line.size)
