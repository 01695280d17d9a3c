"""The rows of a PDF's page: lines side by side on one baseline, and which of them are rows of a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.readers.pdf_lines import MARKER, SAME_HEIGHT, Line, Measures


def rows_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that follow one another on one baseline, side by side."""
    rows: list[list[Line]] = []
    for line in lines:
        last = rows[-1][-1] if rows else None
        if last is not None and abs(last.y - line.y) < 0.45 * max(last.size, line.size) and not overlap(last, line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def overlap(one: Line, other: Line) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1


def joined(row: Sequence[Line]) -> Line:
    """Return the pieces of one row as one line."""
    if len(row) == 1:
        return row[0]
    main = max(row, key=lambda line: len(line.text))
    text = row[0].text
    for before, after in itertools.pairwise(row):
        gap = max(after.x0 - before.x1, before.x0 - after.x1)
        text += after.text if gap < 0.1 * main.size else f" {after.text}"
    return replace(
        main,
        text=text,
        x0=min(line.x0 for line in row),
        x1=max(line.x1 for line in row),
        is_bold=all(line.is_bold for line in row),
        raised=(),
        places=tuple(place for line in row for place in line.places),
    )


def split_tables(
    rows: Sequence[list[Line]], measures: Measures, is_rtl: bool
) -> Iterator[tuple[Sequence[list[Line]], bool]]:
    """Yield runs of rows, each with whether it is a table: at least two rows of cells with a common gap."""
    start = 0
    index = 0
    while index < len(rows):
        end = _table_end(rows, index, measures, is_rtl)
        if end > index:
            yield rows[start:index], False
            yield rows[index:end], True
            start = index = end
        else:
            index += 1
    yield rows[start:], False


def _table_end(rows: Sequence[list[Line]], start: int, measures: Measures, is_rtl: bool) -> int:
    """Return the index after the table that starts at ``start``, or ``start`` where none does."""
    if not _has_cells(rows[start], is_rtl):
        return start
    end, full, last = start + 1, 1, rows[start]
    while end < len(rows):
        row = rows[end]
        if _has_cells(row, is_rtl) and _common_gap(last, row):
            full, last = full + 1, row
        elif not _continues(last, row, rows[end - 1][0].y, measures):
            break
        end += 1
    return end if full >= 2 and not _is_justified(rows, start, end) else start


def _is_justified(rows: Sequence[list[Line]], start: int, end: int) -> bool:
    """Say whether the rows are lines that were stretched to both margins of a whole line near by."""
    beside = [row[0] for row in (*rows[max(0, start - 3) : start], *rows[end : end + 3]) if len(row) == 1]

    def fills(row: Sequence[Line], line: Line) -> bool:
        left, right = min(piece.x0 for piece in row), max(piece.x1 for piece in row)
        return abs(left - line.x0) < SAME_HEIGHT and abs(right - line.x1) < SAME_HEIGHT

    return any(all(fills(row, line) for row in rows[start:end]) for line in beside)


def _has_cells(row: Sequence[Line], is_rtl: bool) -> bool:
    """Say whether a row has cells, rather than a bullet and its text."""
    if len(row) < 2:
        return False
    first = max(row, key=lambda line: line.x1) if is_rtl else min(row, key=lambda line: line.x0)
    return not (len(row) == 2 and MARKER.fullmatch(first.text.strip()))


def _gaps(row: Sequence[Line]) -> list[tuple[float, float]]:
    ordered = sorted(row, key=lambda line: line.x0)
    return [(left.x1, right.x0) for left, right in itertools.pairwise(ordered)]


def _common_gap(one: Sequence[Line], other: Sequence[Line]) -> bool:
    least = 0.8 * one[0].size
    return any(
        min(end, other_end) - max(start, other_start) >= least
        for start, end in _gaps(one)
        for other_start, other_end in _gaps(other)
    )


def _continues(table_row: Sequence[Line], row: Sequence[Line], above: float, measures: Measures) -> bool:
    """Say whether a row holds the second lines of cells: close below, and each piece under one cell's start."""
    if not 0 < above - row[0].y <= 1.3 * measures.leading:
        return False
    return all(any(abs(piece.x0 - cell.x0) < SAME_HEIGHT for cell in table_row) for piece in row) and any(
        piece.x0 > min(cell.x0 for cell in table_row) + SAME_HEIGHT for piece in row
    )


def table_cells(rows: Sequence[list[Line]], measures: Measures, is_rtl: bool) -> Iterator[list[list[Line]]]:
    """Yield each table row as its cells, in reading order, each the lines in it; continuing rows are taken in."""
    current: list[list[Line]] = []
    last: list[Line] = []
    for row in rows:
        if last and len(row) < len(last) and _continues(last, row, max(cell[-1].y for cell in current), measures):
            for piece in row:
                nearest = min(range(len(last)), key=lambda index: abs(last[index].x0 - piece.x0))
                current[nearest].append(piece)
            continue
        if current:
            yield _sorted(current, is_rtl)
        last = row
        current = [[piece] for piece in row]
    if current:
        yield _sorted(current, is_rtl)


def _sorted(cells: list[list[Line]], is_rtl: bool) -> list[list[Line]]:
    return sorted(cells, key=lambda cell: -cell[0].x1 if is_rtl else cell[0].x0)
