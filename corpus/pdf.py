"""The reader of PDF: PDFium's characters in PDFium's order, laid out as ``corpus.pdf_layout`` finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.draft import Draft
from corpus.errors import RefusedContent
from corpus.pdf_characters import page_of
from corpus.pdf_layout import LARGE, Paragraph, paragraphs
from corpus.pdf_lines import Measures, Page, measure, without_running_lines
from corpus.wrapping import Spelling

_ENCRYPTED = "it opens only with a password; save it without one and load it again."
_DAMAGED = "it is damaged or was cut short on its way; send it again."
_SCAN = "no text on any page: a scan; run text recognition over it and load the result."
_NO_PAGES = "it has no pages."
# FPDF_GetLastError for a wrong or missing password.
_PASSWORD_ERROR = 4
# Titles that programs leave behind.
_NO_TITLE = re.compile(
    r"untitled|\(?anonymous\)?|microsoft (?:word|powerpoint|excel)\b.*|document\s*\d*|presentation\s*\d*|"
    r"powerpoint presentation|slide \d+|layout \d+|title|[\d\W_]+|"
    r".*\.(?:docx?|pdf|rtf|odt|pptx?|xlsx?|indd|qxd|tex|html?)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•·▪◦‣■□●○➢✓]\s+(?=\S)")
# What PDFium gives for a glyph of a font that does not tell its letter.
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_MOST_UNREADABLE = 0.01
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_MOST_HEADING_LINES = 4
_LONGEST_HEADING = 200


def read_pdf(data: bytes) -> Extraction:
    """Read the bytes of a PDF; raises ``RefusedContent`` for an encrypted or damaged one and for a scan.

    Every block is on one page: a paragraph that a page ends is two blocks, so that each can be cited by its page.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    if _is_cut_short(data):
        raise RefusedContent(_DAMAGED)
    try:
        with closing(PdfDocument(data)) as document:
            pages = [page_of(document, number) for number in range(len(document))]
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
    spelling = Spelling.of("\n".join(line.text for line in page.lines) for page in kept)
    found = [(number, paragraph) for number, page in enumerate(kept, 1) for paragraph in paragraphs(page, measures)]
    title_lines = _title(found, measures)
    printed = fold(spelling.join([line.text for _, paragraph in title_lines for line in paragraph.lines]))
    stated = _stated_title(properties)
    title = stated or printed or None
    draft = Draft()
    if empty:
        draft.warnings.append(f"No text on page {_numbers(empty)}: pictures or scans, which are not read.")
    _write(draft, found, measures, spelling, title_lines, title)
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
    extraction = draft.extraction(metadata)
    if len(_UNREADABLE.findall(extraction.text)) > _MOST_UNREADABLE * len(extraction.text):
        warning = "Letters of this file do not say what they are: compare its text with the page before it is quoted."
        return replace(extraction, warnings=(*extraction.warnings, warning))
    return extraction


def _write(
    draft: Draft,
    found: Sequence[tuple[int, Paragraph]],
    measures: Measures,
    spelling: Spelling,
    title_lines: Sequence[tuple[int, Paragraph]],
    title: str | None,
) -> None:
    title_ids = {id(paragraph) for _, paragraph in title_lines}
    is_title_written = False
    sizes = sorted(
        {round(p.size) for _, p in found if id(p) not in title_ids and _is_heading(p, measures)}, reverse=True
    )
    for number, paragraph in found:
        text = fold(spelling.join([line.text for line in paragraph.lines]))
        if id(paragraph) in title_ids:
            if not is_title_written:
                printed = [line.text for _, part in title_lines for line in part.lines]
                draft.title(spelling.join(printed), number)
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
