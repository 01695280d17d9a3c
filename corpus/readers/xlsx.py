"""The reader of workbooks (XLSX, XLSM, XLTX): openpyxl gives the saved values, sheet by sheet.

A sheet is a page and its name a heading; a row is a block, called by its number in the sheet. Columns that are empty
throughout a sheet are left out.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from corpus.document import Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.readers.draft import Draft
from corpus.readers.office import DAMAGE, DAMAGED_FILE, core_properties, described, numbers, open_parts
from corpus.readers.xlsx_numbers import shown

if TYPE_CHECKING:
    from zipfile import ZipFile

MOST_CELLS = 1_000_000
_MOST_ROWS = 1_048_576
# Cells counted with the empty ones between them, which cost time but no text.
_MOST_PLACES = 20_000_000
_TOO_LARGE = f"it has more than {MOST_CELLS:,} cells; save the sheets that matter as a file of their own."
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s")
_HIDDEN = re.compile(rb'<(?:\w+:)?(?:row|col)\s[^<>]*\bhidden="(?:1|true)"')
_NO_RESULT = re.compile(
    rb'<(?:\w+:)?c\b(?![^<>]*\bt="str")[^<>]*>\s*<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(slots=True)
class _Walk:
    """Turns sheets into blocks, and notes which are hidden or empty."""

    draft: Draft
    sheets: int = 0
    cells: int = 0
    places: int = 0
    hidden: list[str] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)

    def sheet(self, sheet: Any) -> None:
        """Take the next sheet in; one of charts alone has no rows."""
        self.sheets += 1
        rows = list(self._rows(sheet)) if hasattr(sheet, "reset_dimensions") else []
        if not rows:
            self.empty.append(self.sheets)
            return
        if sheet.sheet_state != "visible":
            self.hidden.append(f"“{sheet.title}”")
        self.draft.heading(sheet.title, 1, self.sheets)
        used = _used_columns(cells for _, cells in rows)
        for number, cells in rows:
            self.draft.row([cells[column] for column in used if column < len(cells)], self.sheets, number=number)

    def _rows(self, sheet: Any) -> Iterable[tuple[int, Sequence[str]]]:
        """Yield the number and the texts of each row that has any, up to the last cell that is not empty."""
        # What a sheet says of its own size is often far too much.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.rows, start=1):
            self.places += len(row) + 1
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            self.cells += sum(map(bool, cells))
            if self.cells > MOST_CELLS or self.places > _MOST_PLACES or number > _MOST_ROWS:
                raise RefusedContent(_TOO_LARGE)
            if cells:
                yield number, cells

    def warn(self, parts: ZipFile) -> None:
        """Add what the admin should know to the draft's warnings."""
        merged = hidden = missing = 0
        for name in filter(_WORKSHEET.fullmatch, parts.namelist()):
            content = parts.read(name)
            merged += len(_MERGED.findall(content))
            hidden += len(_HIDDEN.findall(content))
            missing += len(_NO_RESULT.findall(content))
        found = self.draft.warnings
        if missing:
            found.append(
                f"Formulas without a saved result: {missing}; open the file in Excel, save it and load it again."
            )
        if merged:
            found.append(f"Merged cells: {merged}; the text of each is read in its first row and column.")
        if self.hidden:
            found.append(f"Hidden sheets are read too: {', '.join(self.hidden[:10])}.")
        if hidden:
            found.append(f"Hidden rows or columns are read too: {hidden}.")
        if self.empty:
            found.append(f"No text on sheet {numbers(self.empty)}.")


def read_xlsx(data: bytes) -> Extraction:
    """Read the bytes of a workbook; raises ``RefusedContent`` for one damaged, encrypted, unsafe, empty or too large.

    Formulas are read by the result that was saved with them; numbers as they are displayed, dates in ISO 8601.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    damage: tuple[type[Exception], ...] = (*DAMAGE, InvalidFileException, OSError)
    parts = open_parts(data, "an Excel file", ".xlsx", ("[Content_Types].xml", "_rels/.rels"))
    walk = _Walk(Draft())
    try:
        with warnings.catch_warnings():
            # Of what openpyxl would lose in writing.
            warnings.simplefilter("ignore")
            workbook = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
            for name in workbook.sheetnames:
                walk.sheet(workbook[name])
        walk.warn(parts)
    except damage as error:
        raise RefusedContent(DAMAGED_FILE) from error
    extraction = replace(walk.draft.extraction(Metadata()), pages=walk.sheets, unread_pages=tuple(walk.empty))
    return described(extraction, core_properties(parts), None, opens_with_title=False)


def _text(cell: Any) -> str:
    from openpyxl.utils.escape import unescape

    value = cell.value
    if value is None:
        return ""
    text = shown(value, cell.number_format or "General")
    return unescape(text).strip() if "_x" in text else text.strip()


def _used_columns(rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the indexes of the columns in which any row has text."""
    used: set[int] = set()
    for cells in rows:
        used.update(index for index, text in enumerate(cells) if text)
    return sorted(used)
