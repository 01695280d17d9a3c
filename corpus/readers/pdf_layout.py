"""From the lines of a PDF's page to its paragraphs, table rows and footnotes. Geometry only, no PDFium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.readers.pdf_breaks import goes_on
from corpus.readers.pdf_direction import is_right_to_left
from corpus.readers.pdf_lines import INDENT, ITEM, Line, Margins, Measures, Page, in_columns, with_raised
from corpus.readers.pdf_tables import joined, rows_of, split_tables, table_cells

# A line of less than this share of the running text's size is small print; of more than the second, a heading.
SMALL = 0.93
LARGE = 1.12
_FOOTNOTE_MARK = re.compile(r"\(?(\d{1,3}|[*†‡]{1,3})[).]?(?=\s|[^\W\d])")
# What a raised digit is a power or an index of.
_UNIT = re.compile(r"(?:\d|\b)(?:[kcdm]?m|[ксд]?м|CO|H|N)$")
_BULLET = re.compile(r"[•·▪◦‣■□●○➢✓]\s+\S")
_CLOSING = tuple(".!?:;…؟؛")
_MOST_HEADING_LINES = 4
_LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together, of one page or of several.

    ``cells`` are the lines of each cell where they are a table's row, which is the ``number``th of its table;
    ``is_footnote`` says that they are a footnote, and ``mark`` what it is marked with.
    """

    lines: tuple[Line, ...]
    cells: tuple[tuple[Line, ...], ...] = ()
    number: int | None = None
    is_footnote: bool = False
    mark: str | None = None

    @property
    def size(self) -> float:
        """The largest size of type in it, in points."""
        return max(line.size for line in self.lines)

    @property
    def is_item(self) -> bool:
        """Whether it begins with a bullet or a number."""
        return ITEM.match(self.lines[0].text) is not None

    def is_heading(self, measures: Measures) -> bool:
        """Say whether it is short and set in larger or bolder type than the running text."""
        if self.cells or self.is_footnote or len(self.lines) > _MOST_HEADING_LINES:
            return False
        text = " ".join(line.text for line in self.lines).strip()
        if len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)):
            return False
        is_large = all(line.size >= LARGE * measures.size for line in self.lines)
        is_bold = all(line.is_bold and line.size >= 0.95 * measures.size for line in self.lines)
        return is_large or (is_bold and not text.endswith((".", ";", ",")))


def paragraphs(page: Page, measures: Measures) -> list[Paragraph]:
    """Return one page's paragraphs, table rows and, at its end, footnotes, in reading order."""
    is_rtl = is_right_to_left("".join(line.text for line in page.lines))
    lines = in_columns(with_raised(page.lines), is_rtl)
    notes = _footnotes(lines, page.height, measures)
    marks = {match.group(1) for line in notes if (match := _FOOTNOTE_MARK.match(line.text))}
    note_ids = {id(line) for line in notes}
    body = [_without_references(line, marks) for line in lines if id(line) not in note_ids]
    return [*_body(body, measures, is_rtl), *_notes(notes)]


def _footnotes(lines: Sequence[Line], height: float, measures: Measures) -> list[Line]:
    """Return the lines of small type with no larger type below them, from the first that begins with a mark."""

    def is_small(line: Line) -> bool:
        return line.size < SMALL * measures.size

    large = [line for line in lines if not is_small(line)]
    low = [
        line
        for line in lines
        if is_small(line)
        and line.y < 0.6 * height
        and not any(other.y < line.y and other.x0 < line.x1 and line.x0 < other.x1 for other in large)
    ]
    first = next((index for index, line in enumerate(low) if _FOOTNOTE_MARK.match(line.text)), len(low))
    return low[first:]


def _notes(lines: Sequence[Line]) -> list[Paragraph]:
    """Return the footnotes: each starts with the next mark, where marks that are numbers count upwards."""
    groups: list[list[Line]] = []
    last = 0
    for line in lines:
        match = _FOOTNOTE_MARK.match(line.text)
        number = int(match.group(1)) if match and match.group(1).isdigit() else None
        is_next = match is not None and (number is None or not groups or number == last + 1)
        if is_next or not groups:
            groups.append([])
            last = number or last
        groups[-1].append(line)
    return [_note(group) for group in groups]


def _note(lines: Sequence[Line]) -> Paragraph:
    match = _FOOTNOTE_MARK.match(lines[0].text)
    return Paragraph(tuple(_spaced_mark(lines)), is_footnote=True, mark=match.group(1) if match else None)


def _spaced_mark(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines, with a space after a mark that only its height parts from the text."""
    first = lines[0]
    match = _FOOTNOTE_MARK.match(first.text)
    if match is not None and not first.text[match.end()].isspace():
        first = replace(first, text=f"{first.text[: match.end()]} {first.text[match.end() :]}")
    yield first
    yield from lines[1:]


def _without_references(line: Line, marks: set[str]) -> Line:
    """Return a line without the raised digits that refer to this page's footnotes."""
    for start, end in reversed(line.raised):
        numbers = re.split(r"\s*,\s*", line.text[start:end].strip())
        if all(number in marks for number in numbers) and not _UNIT.search(line.text[:start]):
            line = line.without(start, end)
    return line


def _body(lines: Sequence[Line], measures: Measures, is_rtl: bool) -> list[Paragraph]:
    found: list[Paragraph] = []
    open_lines: list[Line] = []
    starts_new = _breaks(lines, measures, is_rtl)

    def close() -> None:
        if open_lines:
            found.append(Paragraph(tuple(open_lines)))
            open_lines.clear()

    for rows, is_table in split_tables(rows_of(lines), measures, is_rtl):
        if is_table:
            close()
            cells = table_cells(rows, measures, is_rtl)
            found.extend(_row(row_cells, number) for number, row_cells in enumerate(cells, start=1))
            continue
        for row in rows:
            line = joined(row)
            if open_lines and starts_new(open_lines, line):
                close()
            open_lines.append(line)
    close()
    return found


def _row(cells: Sequence[Sequence[Line]], number: int) -> Paragraph:
    return Paragraph(tuple(line for cell in cells for line in cell), tuple(map(tuple, cells)), number)


def _breaks(lines: Sequence[Line], measures: Measures, is_rtl: bool) -> Callable[[Sequence[Line], Line], bool]:
    """Return the question whether ``line`` starts a new paragraph after ``above``, for the lines of one page."""
    margins = Margins(lines, measures.size, is_rtl=is_rtl)

    def starts_new(above: Sequence[Line], line: Line) -> bool:
        last = above[-1]
        if abs(line.size - last.size) > 0.08 * last.size or line.is_bold != last.is_bold:
            # Bold words at an end of a line do not part it from the next; a line that is bold throughout does.
            return abs(line.size - last.size) > 0.08 * last.size or len(above) == 1 or line.is_bold
        gap = last.y - line.y
        if gap < 0:
            # Up to the top of the next column.
            return not goes_on(above, margins, line, margins)
        leading = max(measures.leading * last.size / measures.size, 1.05 * last.size)
        if gap > 1.3 * leading or _BULLET.match(line.text):
            return True
        is_closed = last.text.rstrip().endswith(_CLOSING)
        left_over = margins.rest(last)
        is_short = left_over > 0.2 * abs(last.x1 - last.x0) + 4 * line.size
        if ITEM.match(line.text) and (is_closed or left_over > 6 * line.size):
            # A dash or a number where a full line goes on unfinished is the sentence's own.
            return True
        indent = (last.x1 - line.x1) if is_rtl else (line.x0 - last.x0)
        is_hanging = len(above) == 1 and ITEM.match(last.text) is not None
        return is_closed and (is_short or (indent > INDENT * line.size and not is_hanging))

    return starts_new
