"""Makes the office files of the made test set, and beside each its truth: ``python -m tests.corpus.make_office``.

Texts, word processors' files and books are written by pandoc from Markdown, presentations by python-pptx, workbooks by
openpyxl, and RTF here, with the bytes of the code page that Word would use for the language. Each truth is written
from the same description as its file, never by a reader.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tests.corpus.office_texts import TEXTS, Element, Text

FOLDER = Path(__file__).parent / "made"
_SAVED = datetime(2020, 1, 2, 3, 4, 5)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_NOTE = re.compile(r"\^\d")
_CODE_PAGES = {"en": (1252, 0), "ru": (1251, 204), "ar": (1256, 178)}
_SEPARATOR = " › "


@dataclass(slots=True)
class Truth:
    """The blocks that a reader is to find, in order."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    path: list[tuple[int, str]] = field(default_factory=list)

    def add(self, kind: str, text: str, page: int | None = None, label: str | None = None) -> None:
        """Add a block under the headings that are open."""
        heading = _SEPARATOR.join(each for _, each in self.path) or None
        self.blocks.append({"kind": kind, "text": text, "heading": heading, "page": page, "label": label})

    def heading(self, text: str, level: int, page: int | None = None) -> None:
        """Add a heading and open its section."""
        self.path = [each for each in self.path if each[0] < level]
        self.add("heading", text, page)
        self.path.append((level, text))


def plain(text: str) -> str:
    """Return a line of the description without its markup."""
    return _NOTE.sub("", _LINK.sub(r"\1", text).replace("**", ""))


def truth_of(text: Text, *, by_chapter: bool = False) -> Truth:
    """Return the truth of running text: notes at the ends of their sections or, numbered anew, of their chapters."""
    truth = Truth()
    truth.add("heading", text.title)
    called: list[int] = []

    def end_section() -> None:
        if by_chapter:
            truth.path = []
        for place, number in enumerate(called, start=1):
            truth.add("footnote", text.notes[number - 1], label=str(place if by_chapter else number))
        called.clear()

    for element in text.elements:
        if element.kind == "heading":
            if not by_chapter or element.level == 1:
                end_section()
            truth.heading(plain(element.text), element.level)
        elif element.kind == "table":
            for number, row in enumerate(element.rows, start=1):
                truth.add("table_row", " | ".join(row), label=str(number))
        else:
            truth.add("list_item" if element.kind == "item" else "paragraph", plain(element.text))
        called.extend(int(mark[1:]) for mark in _NOTE.findall(element.text))
    end_section()
    return truth


def markdown(text: Text) -> str:
    """Return running text as Markdown for pandoc."""
    lines = ["---", f"title: {text.title}", f"lang: {text.language}", f"dir: {text.direction}"]
    lines += ["author: Anna Writer", "identifier: made-for-tests", "date: 2019-03-04", "---"]
    before = ""
    for element in text.elements:
        if not (element.kind == before == "item"):
            lines.append("")
        before = element.kind
        lines.extend(_markdown(element))
    for number, note in enumerate(text.notes, start=1):
        lines += ["", f"[^{number}]: {note}"]
    return "\n".join(lines) + "\n"


def _markdown(element: Element) -> Iterable[str]:
    marked = _NOTE.sub(lambda match: f"[{match.group()}]", element.text)
    match element.kind:
        case "heading":
            yield f"{'#' * element.level} {marked}"
        case "item":
            yield f"{'    ' * (element.level - 1)}- {marked}"
        case "table":
            first, *rest = element.rows
            yield from (f"| {' | '.join(row)} |" for row in (first, ["---"] * len(first), *rest))
        case _:
            yield marked


def by_pandoc(source: str, format: str) -> bytes:
    """Return what pandoc writes from Markdown, with the times of its parts fixed."""
    done = subprocess.run(
        ["pandoc", "--from=markdown", f"--to={format}", "--standalone", "--output=-"],  # noqa: S607 - the maker's own
        input=source.encode(),
        capture_output=True,
        check=True,
        env={"SOURCE_DATE_EPOCH": "1577934245", "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    return repacked(done.stdout)


def repacked(data: bytes) -> bytes:
    """Return a ZIP with its entries in their order, at a fixed time, without pictures of the first page."""
    target = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2020-01-02T03:04:05Z", content)
            fixed = ZipInfo(entry.filename, (2020, 1, 2, 3, 4, 6))
            fixed.compress_type = entry.compress_type
            new.writestr(fixed, content)
    return target.getvalue()


def rtf(text: Text) -> bytes:
    """Return running text as Word writes it in RTF: letters as bytes of a code page where it has them."""
    page, charset = _CODE_PAGES[text.language]

    def encoded(line: str) -> str:
        return "".join(map(letter, line))

    def letter(character: str) -> str:
        if character in "\\{}":
            return f"\\{character}"
        if character.isascii():
            return character
        try:
            return f"\\'{character.encode(f'cp{page}').hex()}"
        except UnicodeEncodeError:
            return f"\\u{ord(character)}?"

    def body(line: str) -> str:
        line = encoded(line)
        line = re.sub(r"\*\*(.*?)\*\*", r"{\\b \1}", line)
        line = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'{\\field{\\*\\fldinst HYPERLINK "\2"}{\\fldrslt {\\ul \1}}}', line)
        return _NOTE.sub(
            lambda match: (
                r"{\super\chftn{\footnote\pard\plain\f1{\super\chftn} "
                + encoded(text.notes[int(match.group()[1:]) - 1])
                + "}}"
            ),
            line,
        )

    lines = [
        rf"{{\rtf1\ansi\ansicpg{page}\deff1{{\fonttbl{{\f0\fcharset2 Symbol;}}{{\f1\fcharset{charset} Arial;}}}}",
        r"{\stylesheet{Normal;}{\s1\outlinelevel0 heading 1;}{\s2\outlinelevel1 heading 2;}"
        r"{\s3\outlinelevel2 heading 3;}{\s4 Title;}}",
        r"{\info{\title Another title}{\author Anna Writer}{\revtim\yr2020\mo1\dy2}}",
        r"{\header\pard\plain A running header\par}",
        rf"\pard\plain\s4\f1 {encoded(text.title)}\par",
    ]
    for element in text.elements:
        match element.kind:
            case "heading":
                lines.append(rf"\pard\plain\s{element.level}\f1 {body(element.text)}\par")
            case "item":
                lines.append(
                    rf"{{\listtext\f0 \'b7\tab}}\pard\plain\ls1\ilvl{element.level - 1}\f1 {body(element.text)}\par"
                )
            case "table":
                for row in element.rows:
                    cells = "".join(rf"\pard\plain\intbl\f1 {encoded(cell)}\cell" for cell in row)
                    lines.append(rf"\trowd\cellx3000\cellx6000\cellx9000{cells}\row")
            case _:
                lines.append(rf"\pard\plain\f1 {body(element.text)}\par")
    return ("\n".join(lines) + "}").encode("ascii")


def presentation(text: Text) -> tuple[bytes, Truth]:
    """Return a presentation of three slides and its truth: a title, bullets with notes, a table with a group."""
    from pptx import Presentation
    from pptx.util import Inches

    made, truth = Presentation(), Truth()
    paragraphs = [plain(each.text) for each in text.elements if each.kind == "paragraph"]
    items = [each for each in text.elements if each.kind == "item"]
    headings = [plain(each.text) for each in text.elements if each.kind == "heading"]
    table = next(each for each in text.elements if each.kind == "table")
    first = made.slides.add_slide(made.slide_layouts[0])
    first.shapes.title.text = text.title
    first.placeholders[1].text = paragraphs[0]
    truth.add("heading", text.title, 1)
    truth.add("paragraph", paragraphs[0], 1)
    second = made.slides.add_slide(made.slide_layouts[1])
    second.shapes.title.text = headings[0]
    truth.heading(headings[0], 1, 2)
    frame = second.placeholders[1].text_frame
    for number, item in enumerate(items):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.level = item.level - 1
        for part, run in enumerate(re.split(r"\*\*", plain_but_bold(item.text))):
            added = paragraph.add_run()
            added.text, added.font.bold = run, part % 2 == 1
        truth.add("list_item", plain(item.text), 2)
    second.notes_slide.notes_text_frame.text = text.notes[0]
    truth.add("footnote", text.notes[0], 2, "notes")
    third = made.slides.add_slide(made.slide_layouts[5])
    third.shapes.title.text = headings[1]
    truth.heading(headings[1], 1, 3)
    grid = third.shapes.add_table(len(table.rows), len(table.rows[0]), 0, 0, Inches(6), Inches(2)).table
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row):
            grid.cell(number, column).text = cell
        truth.add("table_row", " | ".join(row), 3, str(number + 1))
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(3), Inches(1)).text_frame.text = paragraphs[1]
    truth.add("paragraph", paragraphs[1], 3)
    made.core_properties.author = "Anna Writer"
    used = {id(slide.slide_layout) for slide in made.slides}
    for layout in [each for each in made.slide_layouts if id(each) not in used and not each.used_by_slides]:
        made.slide_layouts.remove(layout)
    return repacked(_saved(made)), truth


def plain_but_bold(text: str) -> str:
    """Return a line of the description with no markup but that of bold."""
    return _NOTE.sub("", _LINK.sub(r"\1", text))


def workbook(text: Text) -> tuple[bytes, Truth]:
    """Return a workbook of two sheets and its truth: a table of words, and one of numbers as they are displayed."""
    from openpyxl import Workbook

    made, truth = Workbook(), Truth()
    table = next(each for each in text.elements if each.kind == "table")
    headings = [plain(each.text) for each in text.elements if each.kind == "heading"]
    words = made.worksheets[0]
    words.title = headings[0]
    truth.heading(headings[0], 1, 1)
    # Two empty rows and an empty column before the table.
    for number, row in enumerate(table.rows, start=3):
        for column, cell in enumerate(row, start=2):
            words.cell(number, column).value = cell
        truth.add("table_row", " | ".join(row), 1, str(number))
    figures = made.create_sheet(headings[1])
    truth.heading(headings[1], 1, 2)
    rows: list[list[tuple[object, str, str]]] = [
        [(text.title, "General", text.title), (date(2019, 3, 4), "dd.mm.yyyy", "2019-03-04"), (0.4, "0%", "40%")],
        [(1234567.891, "#,##0.00", "1,234,567.89"), (12, "General", "12"), (0.1 + 0.2, "General", "0.3")],
        [
            (True, "General", "TRUE"),
            (datetime(2019, 3, 4, 10, 30), "yyyy-mm-dd hh:mm", "2019-03-04 10:30"),
            (-1250.5, '#,##0.0 "m³"', "-1,250.5 m³"),
        ],
    ]
    for number, cells in enumerate(rows, start=1):
        for column, (value, format, _) in enumerate(cells, start=1):
            cell = figures.cell(number, column)
            cell.value = value
            cell.number_format = format
        truth.add("table_row", " | ".join(shown for *_, shown in cells), 2, str(number))
    made.properties.creator = "Anna Writer"
    made.properties.created = made.properties.modified = _SAVED
    return repacked(_saved(made)), truth


def _saved(made: Any) -> bytes:
    target = BytesIO()
    made.save(target)
    return target.getvalue()


def made_files(text: Text) -> Iterable[tuple[str, bytes, Truth]]:
    """Yield the suffix, the bytes and the truth of each file of one text."""
    yield "docx", by_pandoc(_without_author(markdown(text)), "docx"), truth_of(text)
    yield "odt", by_pandoc(_without_author(markdown(text)), "odt"), truth_of(text)
    yield "epub", by_pandoc(markdown(text), "epub"), truth_of(text, by_chapter=True)
    yield "rtf", rtf(text), truth_of(text)
    yield "pptx", *presentation(text)
    yield "xlsx", *workbook(text)


def _without_author(source: str) -> str:
    """Return Markdown without what pandoc would print below the title."""
    return source.replace("author: Anna Writer\n", "").replace("date: 2019-03-04\n", "")


def main(texts: Sequence[Text] = TEXTS) -> None:
    """Write every file of the set and its truth."""
    FOLDER.mkdir(exist_ok=True)
    for text in texts:
        for suffix, content, truth in made_files(text):
            path = FOLDER / f"water-{text.language}.{suffix}"
            path.write_bytes(content)
            lines = ",\n".join(json.dumps(block, ensure_ascii=False) for block in truth.blocks)
            path.with_name(f"{path.name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
