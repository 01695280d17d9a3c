"""The characters of a PDF's page, as PDFium has them, and the lines they make. The only module that asks PDFium."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from statistics import median
from typing import Any

from corpus.document import Origin
from corpus.readers.pdf_direction import Character, in_sight_order, is_right_to_left, read_right_to_left
from corpus.readers.pdf_lines import Line, Page

_FORCE_BOLD = 1 << 18
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_RAISED = re.compile(r"[\d*†‡,]")
# In sizes of the type: a gap in a line that may be a gutter or the space between two cells.
_WIDE_GAP = 1.2
_WIDEST_SPACE = 4.0
# In sizes of the type: how far above its line a letter may be noted that is drawn together with its mark.
_HIGHEST_MARK = 0.6
# PDFium's marks for a hyphen at a line's end.
_HYPHENS = frozenset((0x02, 0xFFFE))


def page_of(document: Any, number: int, *, with_places: bool = False) -> Page:
    """Return the lines of one page (``number`` counts from 0) of an open ``pypdfium2.PdfDocument``.

    Coordinates are of the page as it is shown, its lower left corner the origin.
    """
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        lines = [line for line in _runs(_characters(textpage, page), textpage) if line.text.strip()]
        numbered = (replace(line, page=number + 1, places=line.places if with_places else ()) for line in lines)
        return Page(tuple(numbered), page.get_height())


def _characters(textpage: Any, page: Any) -> Iterator[Character]:
    """Yield a page's characters in PDFium's order, where they stand on the upright page; a line's end is "\\n"."""
    import pypdfium2.raw as pdfium

    handle = textpage.raw
    turn = _Turn(page)
    x, y = ctypes.c_double(), ctypes.c_double()
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    size = 0.0
    half = 0
    for index in range(pdfium.FPDFText_CountChars(handle)):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        if code in (0x00, 0x0A, 0x0D):
            if code == 0x0A:
                yield Character("\n", 0, 0, 0, 0, 0, index)
            continue
        if 0xD800 <= code < 0xDC00:
            half = code
            continue
        if half and 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00)
        half = 0
        pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(handle, index, box)
        is_generated = pdfium.FPDFText_IsGenerated(handle, index) == 1
        if not is_generated:
            pdfium.FPDFText_GetMatrix(handle, index, matrix)
            # Letters of a negative size are upside down, or a damaged file says so.
            size = abs(pdfium.FPDFText_GetFontSize(handle, index)) * math.hypot(matrix.c, matrix.d)
        origin, baseline = turn.upright(x.value, y.value)
        left, right = sorted((turn.upright(box.left, box.bottom)[0], turn.upright(box.right, box.top)[0]))
        text = "\ufffe" if code in _HYPHENS else chr(code)
        yield Character(text, origin, left, right, baseline, size, index, is_generated)


class _Turn:
    """Turns the coordinates of a page into those of the page as it is shown, of which a part may be cut off."""

    def __init__(self, page: Any) -> None:
        self._degrees = page.get_rotation()
        self._width = page.get_width()
        self._height = page.get_height()
        self._left, self._bottom, _, _ = page.get_bbox()

    def upright(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page is when the page is shown."""
        x, y = x - self._left, y - self._bottom
        match self._degrees:
            case 90:
                return y, self._height - x
            case 180:
                return self._width - x, self._height - y
            case 270:
                return self._width - y, x
        return x, y


def _written_lines(characters: Iterator[Character]) -> Iterator[list[Character]]:
    """Yield the characters of each line; pieces of a line from right to left that PDFium parted are put together."""
    line: list[Character] = []
    for character in characters:
        if character.text != "\n":
            line.append(character)
        elif line:
            yield line
            line = []
    if line:
        yield line


def _whole_lines(characters: Iterator[Character]) -> Iterator[list[Character]]:
    """Yield the lines, with those put together that a raised mark of a right-to-left script made PDFium part."""
    whole: list[Character] = []
    for line in _written_lines(characters):
        if whole and _is_one_line(whole, line):
            whole.extend(line)
        else:
            yield from [whole] if whole else []
            whole = list(line)
    if whole:
        yield whole


def _is_one_line(before: Sequence[Character], after: Sequence[Character]) -> bool:
    if not is_right_to_left("".join(character.text for character in (*before, *after))):
        return False
    letters = [character for character in after if not _is_mark_or_space(character)]
    others = [character for character in before if not _is_mark_or_space(character)]
    if not letters or not others:
        return True
    return abs(letters[0].y - others[-1].y) < _HIGHEST_MARK * others[-1].size


def _is_mark_or_space(character: Character) -> bool:
    return character.text.isspace() or unicodedata.combining(character.text) > 0


def _runs(characters: Iterator[Character], textpage: Any) -> Iterator[Line]:
    """Yield the lines of a page, parted also at gaps as wide as a gutter or the space between two cells.

    The parts of a line from right to left come from the right. A line without letters reads as its page does.
    """
    lines = list(_whole_lines(characters))
    is_rtl_page = is_right_to_left("".join(character.text for line in lines for character in line))
    for line in lines:
        is_rtl = _is_right_to_left(line, is_rtl_page)
        runs = _parted(in_sight_order(line) if is_rtl else line)
        for run in reversed(runs) if is_rtl else runs:
            yield _line(run, line, textpage, is_rtl=_is_right_to_left(run, is_rtl_page))


def _is_right_to_left(line: Sequence[Character], is_page: bool) -> bool:
    text = "".join(character.text for character in line)
    return is_right_to_left(text) or (is_page and not any(map(str.isalpha, text)))


def _parted(line: Sequence[Character]) -> list[list[Character]]:
    run: list[Character] = []
    last: Character | None = None
    widest = _justified_gap(line)
    runs = []
    for character in line:
        if _is_mark_or_space(character):
            run.append(character)
            continue
        if last is not None and _gap(last, character) > max(widest, _WIDE_GAP * max(last.size, character.size)):
            # A mark stands before its letter in the order of sight.
            marks = [item for item in run[run.index(last) + 1 :] if not item.text.isspace()]
            runs.append(run[: len(run) - len(marks)] if marks else run)
            run = marks
        run.append(character)
        last = character
    if last is not None:
        runs.append(run)
    return runs


def _justified_gap(line: Sequence[Character]) -> float:
    """Return the gap between the words of a line that was stretched to the margin: all its gaps are equal; else 0."""
    printed = [character for character in line if not _is_mark_or_space(character)]
    gaps = [
        gap
        for before, after in itertools.pairwise(printed)
        if (gap := _gap(before, after)) > 0.2 * max(before.size, after.size)
    ]
    is_even = len(gaps) > 1 and max(gaps) < 1.08 * min(gaps) and max(gaps) < _WIDEST_SPACE * printed[0].size
    return 1.01 * max(gaps) if is_even else 0.0


def _gap(before: Character, after: Character) -> float:
    return max(after.left - before.right, before.left - after.right)


def _line(run: Sequence[Character], line: Sequence[Character], textpage: Any, *, is_rtl: bool) -> Line:
    """Return the line that a part of a written line makes."""
    printed = [character for character in run if not character.text.isspace()]
    size = median(character.size for character in printed)
    y = median(character.y for character in printed if character.size >= 0.9 * size)
    text = "".join(character.text for character in run)
    raised = tuple(_raised(run, y, size))
    origin = Origin.TEXT
    if is_rtl:
        text, printed = read_right_to_left(printed, line)
        raised, origin = (), Origin.REORDERED
    ends = (printed[0], printed[-1])
    if all(_is_invisible(textpage, character.index) for character in ends):
        # The layer that a program for text recognition puts under the picture of a page.
        origin = Origin.RECOGNISED
    is_bold = all(_is_bold(textpage, character.index) for character in ends)
    places = tuple((character.left, character.right) for character in printed)
    left, right = min(left for left, _ in places), max(right for _, right in places)
    return Line(text, left, right, y, size, is_bold, raised, origin=origin, places=places)


def _raised(run: Sequence[Character], y: float, size: float) -> Iterator[tuple[int, int]]:
    """Yield the spans of small digits and marks above the baseline."""
    start = None
    for index, character in enumerate(run):
        is_raised = (
            character.size < 0.85 * size and character.y > y + 0.1 * size and _RAISED.match(character.text) is not None
        )
        if is_raised and start is None:
            start = index
        elif not is_raised and start is not None:
            yield start, index
            start = None
    if start is not None:
        yield start, len(run)


def _is_invisible(textpage: Any, index: int) -> bool:
    import pypdfium2.raw as pdfium

    drawn = pdfium.FPDFText_GetTextObject(textpage.raw, index)
    return bool(drawn) and pdfium.FPDFTextObj_GetTextRenderMode(drawn) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE


def _is_bold(textpage: Any, index: int) -> bool:
    import pypdfium2.raw as pdfium

    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(256)
    pdfium.FPDFText_GetFontInfo(textpage.raw, index, name, 256, flags)
    return bool(flags.value & _FORCE_BOLD) or _BOLD.search(name.value.decode("utf-8", "replace")) is not None
