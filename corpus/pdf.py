"""The reader of PDF: PDFium's characters in PDFium's order, laid out as ``corpus.pdf_layout`` finds."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from statistics import median
from typing import Any

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.draft import Draft
from corpus.errors import RefusedContent
from corpus.pdf_direction import (
    Character,
    in_sight_order,
    is_right_to_left,
    read_right_to_left,
)
from corpus.pdf_layout import LARGE, Paragraph, paragraphs
from corpus.pdf_lines import Line, Measures, Page, measure, without_running_lines
from corpus.wrapping import join_lines, vocabulary

_ENCRYPTED = "it opens only with a password; save it without one and load it again."
_DAMAGED = "it is damaged or was cut short on its way; send it again."
_SCAN = "no text on any page: a scan; run text recognition over it and load the result."
_NO_PAGES = "it has no pages."
# FPDF_GetLastError for a wrong or missing password.
_PASSWORD_ERROR = 4
_FORCE_BOLD = 1 << 18
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_RAISED = re.compile(r"[\d*†‡,]")
# Titles that programs leave behind.
_NO_TITLE = re.compile(
    r"untitled|\(?anonymous\)?|microsoft (?:word|powerpoint|excel)\b.*|document\s*\d*|presentation\s*\d*|"
    r"powerpoint presentation|slide \d+|layout \d+|title|[\d\W_]+|"
    r".*\.(?:docx?|pdf|rtf|odt|pptx?|xlsx?|indd|qxd|tex|html?)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•·▪◦‣■□●○➢✓]\s+(?=\S)")
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_MOST_HEADING_LINES = 4
_LONGEST_HEADING = 200
# In sizes of the type: a gap in a line that may be a gutter or the space between two cells.
_WIDE_GAP = 1.2
_WIDEST_SPACE = 4.0


def read_pdf(data: bytes) -> Extraction:
    """Read the bytes of a PDF; raises ``RefusedContent`` for an encrypted or damaged one and for a scan.

    Every block is on one page: a paragraph that a page ends is two blocks, so that each can be cited by its page.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    if _is_cut_short(data):
        raise RefusedContent(_DAMAGED)
    try:
        with closing(PdfDocument(data)) as document:
            pages = [_page(document, number) for number in range(len(document))]
            properties = document.get_metadata_dict()
    except PdfiumError as error:
        is_encrypted = getattr(error, "err_code", None) == _PASSWORD_ERROR
        raise RefusedContent(_ENCRYPTED if is_encrypted else _DAMAGED) from error
    if not pages:
        raise RefusedContent(_NO_PAGES)
    if not any(page.lines for page in pages):
        raise RefusedContent(_SCAN)
    return _extraction(pages, properties)


def _is_cut_short(data: bytes) -> bool:
    """Say whether the end of the file is missing: its end mark, or what a linearized file says of its length."""
    length = re.search(rb"/Linearized\b[^>]*?/L\s+(\d+)", data[:2048])
    return b"%%EOF" not in data[-2048:] or (length is not None and len(data) < int(length.group(1)))


def _extraction(pages: Sequence[Page], properties: dict[str, str]) -> Extraction:
    empty = [number for number, page in enumerate(pages, start=1) if not page.lines]
    kept = without_running_lines(pages)
    measures = measure(kept if any(page.lines for page in kept) else pages)
    words = vocabulary("\n".join(line.text for line in page.lines) for page in kept)
    found = [(number, paragraph) for number, page in enumerate(kept, 1) for paragraph in paragraphs(page, measures)]
    title_lines = _title(found, measures)
    printed = fold(join_lines([line.text for _, paragraph in title_lines for line in paragraph.lines], words))
    stated = _stated_title(properties)
    title = stated or printed or None
    draft = Draft()
    if empty:
        draft.warnings.append(f"No text on page {_numbers(empty)}: pictures or scans, which are not read.")
    _write(draft, found, measures, words, title_lines, title)
    author = fold(properties.get("Author", ""))
    is_named = len(author.split()) > 1
    guessed = {"title"} if title and not stated else set()
    if is_named:
        # The account of whoever made the file, which need not be the author.
        guessed.add("author")
    if made := _DATE.match(properties.get("CreationDate", "")):
        day = "-".join(made.groups())
        draft.warnings.append(
            f"The file was made on {day}, which need not be the document's date; state its date beside it."
        )
    metadata = Metadata(title=title, author=author if is_named else None, guessed=frozenset(guessed))
    return draft.extraction(metadata)


def _write(
    draft: Draft,
    found: Sequence[tuple[int, Paragraph]],
    measures: Measures,
    words: frozenset[str],
    title_lines: Sequence[tuple[int, Paragraph]],
    title: str | None,
) -> None:
    title_ids = {id(paragraph) for _, paragraph in title_lines}
    is_title_written = False
    sizes = sorted(
        {round(p.size) for _, p in found if id(p) not in title_ids and _is_heading(p, measures)}, reverse=True
    )
    for number, paragraph in found:
        text = fold(join_lines([line.text for line in paragraph.lines], words))
        if id(paragraph) in title_ids:
            if not is_title_written:
                printed = [line.text for _, part in title_lines for line in part.lines]
                draft.title(join_lines(printed, words), number)
            is_title_written = True
        elif paragraph.cells:
            draft.row(list(paragraph.cells), number)
        elif paragraph.is_footnote:
            draft.add(BlockKind.FOOTNOTE, text, number)
        elif _is_heading(paragraph, measures):
            if text == title and not is_title_written:
                is_title_written = True
                draft.title(text, number)
            else:
                draft.heading(text, sizes.index(round(paragraph.size)) + 1, number)
        else:
            kind = BlockKind.LIST_ITEM if paragraph.is_item else BlockKind.PARAGRAPH
            draft.add(kind, _BULLET.sub("", text, count=1), number)


def _title(found: Sequence[tuple[int, Paragraph]], measures: Measures) -> list[tuple[int, Paragraph]]:
    """Return the paragraphs of the largest type on the first page, where it is larger than the running text."""
    first = [item for item in found if item[0] == 1 and not item[1].cells and not item[1].is_footnote]
    largest = max((paragraph.size for _, paragraph in first), default=0.0)
    if largest < LARGE * measures.size:
        return []
    start = next(index for index, (_, paragraph) in enumerate(first) if paragraph.size == largest)
    end = start
    while end < len(first) and first[end][1].size > 0.97 * largest:
        end += 1
    return first[start:end] if sum(len(paragraph.lines) for _, paragraph in first[start:end]) <= 6 else []


def _is_heading(paragraph: Paragraph, measures: Measures) -> bool:
    if paragraph.cells or paragraph.is_footnote or len(paragraph.lines) > _MOST_HEADING_LINES:
        return False
    text = " ".join(line.text for line in paragraph.lines).strip()
    if len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)):
        return False
    is_large = all(line.size >= LARGE * measures.size for line in paragraph.lines)
    is_bold = all(line.is_bold and line.size >= 0.95 * measures.size for line in paragraph.lines)
    return is_large or (is_bold and not text.endswith((".", ";", ",")))


def _stated_title(properties: dict[str, str]) -> str | None:
    title = fold(properties.get("Title", ""))
    return title if title and len(title.split()) > 1 and not _NO_TITLE.fullmatch(title) else None


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return shown if len(numbers) <= 10 else f"{shown} and {len(numbers) - 10} more"


def _page(document: Any, number: int) -> Page:
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        lines = tuple(line for line in _runs(_characters(textpage), textpage) if line.text.strip())
        return Page(lines, page.get_height())


def _characters(textpage: Any) -> Iterator[Character]:
    """Yield a page's characters in PDFium's order; a line's end is "\\n"."""
    import pypdfium2.raw as pdfium

    handle = textpage.raw
    x, y = ctypes.c_double(), ctypes.c_double()
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    size = 0.0
    for index in range(pdfium.FPDFText_CountChars(handle)):
        code = pdfium.FPDFText_GetUnicode(handle, index)
        if code in (0x0D, 0x0A):
            if code == 0x0A:
                yield Character("\n", 0, 0, 0, 0, 0, index)
            continue
        pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
        pdfium.FPDFText_GetLooseCharBox(handle, index, box)
        if not pdfium.FPDFText_IsGenerated(handle, index):
            pdfium.FPDFText_GetMatrix(handle, index, matrix)
            size = pdfium.FPDFText_GetFontSize(handle, index) * math.hypot(matrix.c, matrix.d)
        # PDFium's mark for a hyphen at a line's end.
        text = "\ufffe" if code in (0x02, 0xFFFE) else chr(code)
        yield Character(text, x.value, box.left, box.right, y.value, size, index)


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
    return abs(letters[0].y - others[-1].y) < 0.45 * others[-1].size


def _is_mark_or_space(character: Character) -> bool:
    return character.text.isspace() or unicodedata.combining(character.text) > 0


def _runs(characters: Iterator[Character], textpage: Any) -> Iterator[Line]:
    """Yield the lines of a page, parted also at gaps as wide as a gutter or the space between two cells.

    The parts of a line from right to left come from the right.
    """
    for line in _whole_lines(characters):
        is_rtl = is_right_to_left("".join(character.text for character in line))
        runs = _parted(in_sight_order(line) if is_rtl else line)
        for run in reversed(runs) if is_rtl else runs:
            yield _line(run, line, textpage)


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


def _line(run: Sequence[Character], line: Sequence[Character], textpage: Any) -> Line:
    """Return the line that a part of a written line makes."""
    printed = [character for character in run if not character.text.isspace()]
    size = median(character.size for character in printed)
    y = median(character.y for character in printed if character.size >= 0.9 * size)
    text = "".join(character.text for character in run)
    raised = tuple(_raised(run, y, size))
    if is_right_to_left(text):
        text, raised = read_right_to_left(printed, line), ()
    is_bold = all(_is_bold(textpage, character.index) for character in (printed[0], printed[-1]))
    left, right = min(character.left for character in printed), max(character.right for character in printed)
    return Line(text, left, right, y, size, is_bold, raised)


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


def _is_bold(textpage: Any, index: int) -> bool:
    import pypdfium2.raw as pdfium

    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(256)
    pdfium.FPDFText_GetFontInfo(textpage.raw, index, name, 256, flags)
    return bool(flags.value & _FORCE_BOLD) or _BOLD.search(name.value.decode("utf-8", "replace")) is not None
