"""The lines of a PDF's pages: what they measure, which of them run through all pages, and in which columns they are.

Coordinates are PDF's: points, the origin in the lower left corner, so that a line further down has a smaller ``y``.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Self

from corpus.document import Origin

SAME_HEIGHT = 3.0
# In sizes of the type: the least indent of a paragraph's first line.
INDENT = 0.8
# What a list item begins with.
MARKER = re.compile(r"(?:[•·▪◦‣■□●○➢✓*–—-]|\(?\d{1,3}[.)]|\(?[^\W\d_][.)]|\(?[ivxIVX]{1,5}[.)])")
ITEM = re.compile(MARKER.pattern + r"\s+\S")
_ENDS = tuple(".!?:;…؟؛")
# Rule of the zigzag: more than this share of consecutive lines must jump across a gutter before columns are set right.
_ZIGZAG = 0.2
# In sizes of the type: how far at least a running line stands from the text.
_HEADER_GAP = 1.4
_NUMBER = re.compile(r"\d+")
_REFERENCE = re.compile(r"[\d*†‡,\s]{1,12}")


@dataclass(frozen=True, slots=True)
class Line:
    """One run of characters on one baseline of a page, counted from 1.

    ``raised`` are the spans in ``text`` of small digits above it. ``places`` are, where they were asked for, the left
    and right end of every character of ``text`` but its blanks, in the order of the text.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool = False
    raised: tuple[tuple[int, int], ...] = ()
    page: int = 1
    origin: Origin = Origin.TEXT
    places: tuple[tuple[float, float], ...] = ()

    def without(self, start: int, end: int) -> Self:
        """Return the line without a span of its text; of spans that were raised, those before it stay so."""
        first = len(self.text[:start]) - _blanks(self.text[:start])
        last = first + end - start - _blanks(self.text[start:end])
        return replace(
            self,
            text=self.text[:start] + self.text[end:],
            raised=tuple(span for span in self.raised if span[1] <= start),
            places=self.places[:first] + self.places[last:],
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One page's lines in the order PDFium gives them, and the page's height in points."""

    lines: tuple[Line, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What is usual in a document: the size of its running text, and the distance of that text's baselines."""

    size: float
    leading: float


class Margins:
    """Where the lines of a page's columns begin and end, in reading direction."""

    def __init__(self, lines: Sequence[Line], size: float, *, is_rtl: bool) -> None:
        """Learn from those ``lines`` that are of running text, of ``size`` in points."""
        self._lines = [line for line in lines if abs(line.size - size) <= 0.08 * size]
        self._is_rtl = is_rtl

    def indent(self, line: Line) -> float:
        """Return how far from its column's start a line begins, in points; below zero where it begins before it."""
        starts = Counter(round(self._start(other)) for other in self._beside(line))
        most = max(starts, key=lambda start: (starts[start], -start))
        return self._start(line) - most

    def rest(self, line: Line) -> float:
        """Return how much of its column's width a line leaves over, in points."""
        ends = sorted(self._end(other) for other in self._beside(line))
        # Not the furthest: a line across the columns overlaps with those of each.
        return max(0.0, ends[(len(ends) - 1) * 9 // 10] - self._end(line))

    def is_full(self, line: Line, following: str) -> bool:
        """Say whether the line ended for want of room: the first word of ``following`` did not fit into it."""
        words = following.split(None, 1)
        letter = (line.x1 - line.x0) / max(1, len(line.text.strip()))
        return self.rest(line) < (len(words[0]) + 1 if words else 1) * letter + line.size

    @cached_property
    def are_paragraphs_indented(self) -> bool:
        """Whether the paragraphs of the page begin with an indent, all but a few."""
        indented, others = 0, 0
        for above, line in itertools.pairwise(self._lines):
            if (
                0 < above.y - line.y < 3 * line.size
                and above.text.rstrip().endswith(_ENDS)
                and not ITEM.match(line.text)
            ):
                is_indented = self.indent(line) > INDENT * line.size
                indented += is_indented
                others += not is_indented and self.rest(above) > 2 * line.size
        return indented > 1 and indented > 4 * others

    def _beside(self, line: Line) -> list[Line]:
        return [other for other in self._lines if min(other.x1, line.x1) - max(other.x0, line.x0) > 1] or [line]

    def _start(self, line: Line) -> float:
        return -line.x1 if self._is_rtl else line.x0

    def _end(self, line: Line) -> float:
        return -line.x0 if self._is_rtl else line.x1


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """Return the pages without headers, footers and page numbers.

    A line goes only if it stands on another page too, at the same height within three points, among the outermost
    lines; only a number that counts with the pages may differ.
    """
    seen: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for line in _outermost(page):
            for key in _running_keys(line.text, number):
                seen[key].append((number, line.y))

    def is_running(line: Line, number: int) -> bool:
        for key in _running_keys(line.text, number):
            others = {other for other, y in seen[key] if other != number and abs(y - line.y) <= SAME_HEIGHT}
            if len(others) > 1 or any(abs(other - number) <= 2 for other in others):
                return True
        return False

    kept = []
    for number, page in enumerate(pages):
        running = [line for line in _outermost(page) if is_running(line, number)]
        dropped = {id(line) for line in _set_apart(running, page)}
        kept.append(replace(page, lines=tuple(line for line in page.lines if id(line) not in dropped)))
    return kept


def _set_apart(running: Sequence[Line], page: Page) -> Sequence[Line]:
    """Return those of a page's running lines that a gap parts from all lines that stay: text is not its own header."""
    apart = list(running)
    while True:
        dropped = {id(line) for line in apart}
        kept = [line.y for line in page.lines if id(line) not in dropped]
        still = [
            line for line in apart if not any(SAME_HEIGHT < abs(line.y - y) < _HEADER_GAP * line.size for y in kept)
        ]
        if len(still) == len(apart):
            return apart
        apart = still


def measure(pages: Sequence[Page]) -> Measures:
    """Return the size most characters have, and the usual distance between two lines of that size."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[_rounded(line.size)] += len(line.text)
    size = max(sizes, key=lambda size: (sizes[size], size))
    gaps = [
        gap
        for page in pages
        for above, below in zip(page.lines, page.lines[1:], strict=False)
        if _rounded(above.size) == _rounded(below.size) == size and 0.9 * size < (gap := above.y - below.y) < 3 * size
    ]
    return Measures(size, median(gaps) if gaps else 1.2 * size)


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def with_raised(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with a reference that PDFium made a line of its own put back where it stands."""
    whole: list[Line] = []
    for line in lines:
        last = whole[-1] if whole else None
        if (
            last is not None
            and line.size < 0.85 * last.size
            and 0.1 < (line.y - last.y) / last.size < 0.8
            and abs(line.x0 - last.x1) < 0.5 * last.size
            and _REFERENCE.fullmatch(line.text.strip())
        ):
            text = last.text.rstrip()
            raised = (*last.raised, (len(text), len(text) + len(line.text)))
            places = last.places + line.places
            whole[-1] = replace(last, text=text + line.text, x1=line.x1, raised=raised, places=places)
        else:
            whole.append(line)
    return whole


def _blanks(text: str) -> int:
    return sum(map(str.isspace, text))


def _outermost(page: Page) -> list[Line]:
    """Return the lines that a running header or footer could be: on the three heights at the top and the bottom."""
    heights: list[float] = []
    for y in sorted((line.y for line in page.lines), reverse=True):
        if not heights or heights[-1] - y > SAME_HEIGHT:
            heights.append(y)
    outer = heights[:3] + heights[-3:]
    return [line for line in page.lines if any(abs(line.y - y) <= SAME_HEIGHT for y in outer)]


def _running_keys(text: str, number: int) -> Iterator[tuple[str, int]]:
    """Yield the text itself, and for each number in it the text without it and its distance from the page's."""
    folded = " ".join(text.split())
    yield folded, 0
    for match in _NUMBER.finditer(folded):
        if len(match.group()) <= 5:
            yield f"{folded[: match.start()]}\0{folded[match.end() :]}", int(match.group()) - number


def in_columns(lines: list[Line], is_rtl: bool) -> list[Line]:
    """Return the lines column by column where they zigzag across a gutter; as they are where they do not."""
    gutter = _gutter(lines)
    if gutter is None:
        return lines
    across = sorted((line for line in lines if line.x0 < gutter < line.x1), key=lambda line: -line.y)
    left = [line for line in lines if line.x1 <= gutter]
    right = [line for line in lines if line.x0 >= gutter]
    sides = [in_columns(_downwards(side), is_rtl) for side in ((right, left) if is_rtl else (left, right))]
    ordered: list[Line] = []
    heights = [float("inf"), *(line.y for line in across), float("-inf")]
    for band, (top, bottom) in enumerate(itertools.pairwise(heights)):
        ordered.extend(across[band - 1 : band] if band else [])
        for side in sides:
            ordered.extend(line for line in side if bottom < line.y <= top)
    # A line on the very height of one that runs across belongs to no band; none may be lost.
    placed = {id(line) for line in ordered}
    return ordered + [line for line in lines if id(line) not in placed]


def _downwards(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: -line.y)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return the x of a gutter that consecutive lines zigzag across, between two columns of running text; or None."""
    gaps = []
    for one, other in itertools.pairwise(lines):
        left, right = (one, other) if one.x0 < other.x0 else (other, one)
        if left.x1 < right.x0 and abs(one.y - other.y) < 2.5 * one.size:
            gaps.append((left.x1, right.x0))
    if len(lines) < 8 or len(gaps) <= _ZIGZAG * len(lines):
        return None
    middles = [(start + end) / 2 for start, end in gaps]

    def crossing(x: float) -> int:
        return sum(start < x < end for start, end in gaps)

    gutter = max(middles, key=lambda x: (crossing(x), -abs(x - median(middles))))
    left_widths = [line.x1 - line.x0 for line in lines if line.x1 <= gutter]
    right_widths = [line.x1 - line.x0 for line in lines if line.x0 >= gutter]
    is_found = crossing(gutter) >= 0.6 * len(gaps) and _is_column(left_widths) and _is_column(right_widths)
    return gutter if is_found else None


def _is_column(widths: Sequence[float]) -> bool:
    """Say whether lines of these widths are a column of text: most nearly as wide as the widest, unlike table cells."""
    if len(widths) < 3:
        return False
    full = sorted(widths)[len(widths) * 9 // 10]
    return full > 60 and sum(width > 0.75 * full for width in widths) >= 0.5 * len(widths)
