"""The lines of a PDF's pages: what they measure, which of them run through all pages, and in which columns they are.

Coordinates are PDF's: points, the origin in the lower left corner, so that a line further down has a smaller ``y``.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

SAME_HEIGHT = 3.0
# Rule of the zigzag: more than this share of consecutive lines must jump across a gutter before columns are set right.
_ZIGZAG = 0.2
# In sizes of the type: how far at least a running line stands from the text.
_HEADER_GAP = 1.4
_NUMBER = re.compile(r"\d+")
_REFERENCE = re.compile(r"[\d*†‡,\s]{1,12}")


@dataclass(frozen=True, slots=True)
class Line:
    """One run of characters on one baseline; ``raised`` are the spans in ``text`` of small digits above it."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool = False
    raised: tuple[tuple[int, int], ...] = ()


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
            whole[-1] = replace(last, text=text + line.text, x1=line.x1, raised=raised)
        else:
            whole.append(line)
    return whole


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
