from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

import corpus.readers.xlsx
from corpus.document import BlockKind
from corpus.errors import RefusedContent
from corpus.readers.xlsx import read_xlsx
from tests.corpus.office_files import BOMB, ENCRYPTED, labels, packed, part, repacked, text_of, texts

_SHEET = "xl/worksheets/sheet1.xml"


def saved(workbook: Any) -> bytes:
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def made(*rows: tuple[Any, ...], title: str = "Flows") -> Workbook:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return workbook


def test_a_sheet_is_a_page_under_its_name_and_a_row_is_called_by_its_number() -> None:
    workbook = made(("Valley", "Share"), (), ("Upper", "four\ntenths"))
    second = workbook.create_sheet("Second")
    second["B7"] = "alone"
    extraction = read_xlsx(saved(workbook))
    assert [(b.page, b.kind, b.label, b.heading, text_of(extraction, b)) for b in extraction.blocks] == [
        (1, BlockKind.HEADING, None, None, "Flows"),
        (1, BlockKind.TABLE_ROW, "1", "Flows", "Valley | Share"),
        (1, BlockKind.TABLE_ROW, "3", "Flows", "Upper | four tenths"),
        (2, BlockKind.HEADING, None, None, "Second"),
        (2, BlockKind.TABLE_ROW, "7", "Second", "alone"),
    ]
    assert (extraction.pages, extraction.unread_pages) == (2, ())
    assert extraction.metadata.title is None


def test_an_empty_cell_before_another_keeps_its_place_and_an_empty_column_does_not() -> None:
    workbook = made((None, "a", None, None, "c"), (None, None, None, None, "d"), (None, "e", None, None, None))
    assert labels(read_xlsx(saved(workbook))) == [("1", "a | c"), ("2", "| d"), ("3", "e")]


def test_values_are_shown_by_their_formats_and_dates_in_iso() -> None:
    workbook = made((0.4, date(2019, 3, 4), 1234.5, True, "x_x000D_y"))
    sheet = workbook.worksheets[0]
    sheet["A1"].number_format, sheet["C1"].number_format = "0%", '#,##0.00 "m³"'
    assert texts(read_xlsx(saved(workbook)))[1] == "40% | 2019-03-04 | 1,234.50 m³ | TRUE | x y"


def test_what_is_hidden_merged_without_result_or_empty_is_warned_of() -> None:
    workbook = made(("a", "=A1"), ("m", None))
    sheet = workbook.worksheets[0]
    sheet.merge_cells("A2:B2")
    sheet.row_dimensions[1].hidden = True
    hidden = workbook.create_sheet("Hidden")
    hidden["A1"] = "secret"
    hidden.sheet_state = "hidden"
    workbook.create_sheet("Empty")
    workbook.create_chartsheet("Chart").add_chart(BarChart())
    extraction = read_xlsx(saved(workbook))
    assert texts(extraction) == ["Flows", "a", "m", "Hidden", "secret"]
    assert (extraction.pages, extraction.unread_pages) == (4, (3, 4))
    assert extraction.warnings[:-1] == (
        "Formulas without a saved result: 1; open the file in Excel, save it and load it again.",
        "Merged cells: 1; the text of each is read in its first row and column.",
        "Hidden sheets are read too: “Hidden”.",
        "Hidden rows or columns are read too: 1.",
        "No text on sheet 3, 4.",
    )


def test_a_formula_is_read_by_its_saved_result() -> None:
    data = saved(made((1, "=A1*7")))
    sheet = part(data, _SHEET)
    assert "<f>A1*7</f><v />" in sheet or "<f>A1*7</f><v></v>" in sheet or "<f>A1*7</f><v/>" in sheet
    start = sheet.index("</f>") + len("</f>")
    end = sheet.index("</c>", start)
    extraction = read_xlsx(repacked(data, {_SHEET: f"{sheet[:start]}<v>7</v>{sheet[end:]}"}))
    assert texts(extraction)[1] == "1 | 7"
    assert not any("Formulas" in warning for warning in extraction.warnings)


def test_a_sheet_that_says_it_is_huge_is_read_as_large_as_it_is() -> None:
    data = saved(made(("a", "b")))
    sheet = part(data, _SHEET).replace('ref="A1:B1"', 'ref="A1:XFD1048576"')
    assert "XFD1048576" in sheet
    assert labels(read_xlsx(repacked(data, {_SHEET: sheet}))) == [("1", "a | b")]


def test_a_workbook_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(made(("a", "b"), ("c", "d")))
    monkeypatch.setattr(corpus.readers.xlsx, "MOST_CELLS", 4)
    assert len(texts(read_xlsx(data))) == 3
    monkeypatch.setattr(corpus.readers.xlsx, "MOST_CELLS", 3)
    with pytest.raises(RefusedContent, match="it has more than 1,000,000 cells"):
        read_xlsx(data)


def test_a_row_beyond_the_last_that_excel_has_is_refused() -> None:
    data = saved(made(("a",)))
    sheet = part(data, _SHEET).replace('<row r="1"', '<row r="99999999"').replace('r="A1"', 'r="A99999999"')
    with pytest.raises(RefusedContent, match="it has more than 1,000,000 cells"):
        read_xlsx(repacked(data, {_SHEET: sheet}))


GOOD = saved(made(("text",)))
_DAMAGED = "it is damaged or was cut short on its way; send it again."
_UNSAFE = "it declares a document type inside, which no office program writes and which is not safe to read."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCRYPTED, "it opens only with a password; save it without one and load it again."),
        (GOOD[:-100], _DAMAGED),
        (repacked(GOOD, {"xl/workbook.xml": None}), _DAMAGED),
        (repacked(GOOD, {_SHEET: part(GOOD, _SHEET)[:-20]}), _DAMAGED),
        (repacked(GOOD, {_SHEET: BOMB + part(GOOD, _SHEET)}), _UNSAFE),
        (repacked(GOOD, {"xl/styles.xml": BOMB + part(GOOD, "xl/styles.xml")}), _UNSAFE),
        (
            packed({"xl/workbook.xml": "<a/>"}),
            "it is not an Excel file, whatever its name says, or parts of it are missing; save it again.",
        ),
        (saved(Workbook()), "there is no text in it that could be quoted."),
    ],
    ids=["encrypted", "cut", "no workbook", "malformed", "bomb", "bomb in styles", "parts", "empty"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as refused:
        read_xlsx(data)
    assert refused.value.reason == reason
