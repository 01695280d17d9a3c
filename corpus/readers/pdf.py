"""The reader of PDF: PDFium's characters in PDFium's order, laid out as ``corpus.readers.pdf_layout`` finds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from corpus.canonical import fold
from corpus.document import Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.readers.draft import Draft
from corpus.readers.pdf_blocks import layout
from corpus.readers.pdf_characters import page_of
from corpus.readers.pdf_lines import Page
from corpus.readers.recognised import RecognisedPage, numbers, recognition_warnings

_ENCRYPTED = "it opens only with a password; save it without one and load it again."
_DAMAGED = "it is damaged or was cut short on its way; send it again."
SCAN = "no text on any page: a scan; run text recognition over it and load the result."
NOTHING_RECOGNISED = "no text on any page, and text recognition found none; scan it again, upright and sharp."
_NO_PAGES = "it has no pages."
# FPDF_GetLastError for a wrong or missing password.
_PASSWORD_ERROR = 4
# What PDFium gives for a glyph of a font that does not tell its letter.
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_MOST_UNREADABLE = 0.01
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")


def read_pdf(data: bytes, recognised: Mapping[int, RecognisedPage] = MappingProxyType({})) -> Extraction:
    """Read the bytes of a PDF; raises ``RefusedContent`` for an encrypted or damaged one and for a scan.

    A paragraph that goes on over the end of a page is one block, which knows where it goes over. ``recognised`` are
    pages, by their numbers from 1, that were scans and have been read by text recognition.
    """
    pages, properties = pages_of(data, recognised)
    return _extraction(pages, properties, recognised)


def pages_of(
    data: bytes,
    recognised: Mapping[int, RecognisedPage] = MappingProxyType({}),
    *,
    with_places: bool = False,
    window: range | None = None,
) -> tuple[list[Page], dict[str, str]]:
    """Return the pages of a PDF and its properties; those that are not in the ``window`` (from 1) without lines.

    Raises ``RefusedContent`` as ``read_pdf`` does.
    """

    def page(number: int) -> Page:
        if window is not None and number not in window:
            return Page((), 0.0)
        if number in recognised:
            return recognised[number].page(with_places=with_places)
        return page_of(document, number - 1, with_places=with_places)

    with opened(data) as document:
        pages = [page(number) for number in range(1, len(document) + 1)]
        properties: dict[str, str] = document.get_metadata_dict()
    if not any(page.lines for page in pages):
        raise RefusedContent(NOTHING_RECOGNISED if recognised else SCAN)
    return pages, properties


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """Open the bytes of a PDF as a ``pypdfium2.PdfDocument`` of at least one page.

    Raises ``RefusedContent`` for one that is encrypted or damaged, also where that shows only while it is open.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    if _is_cut_short(data):
        raise RefusedContent(_DAMAGED)
    try:
        with closing(PdfDocument(data)) as document:
            if not len(document):
                raise RefusedContent(_NO_PAGES)
            yield document
    except PdfiumError as error:
        is_encrypted = getattr(error, "err_code", None) == _PASSWORD_ERROR
        raise RefusedContent(_ENCRYPTED if is_encrypted else _DAMAGED) from error


def _is_cut_short(data: bytes) -> bool:
    """Say whether the end of the file is missing: its end mark, or what a linearized file says of its length."""
    length = re.search(rb"/Linearized\b[^>]*?/L\s+(\d+)", data[:2048])
    return b"%%EOF" not in data[-2048:] or (length is not None and len(data) < int(length.group(1)))


def _extraction(
    pages: Sequence[Page], properties: dict[str, str], recognised: Mapping[int, RecognisedPage]
) -> Extraction:
    empty = tuple(number for number, page in enumerate(pages, start=1) if not page.lines)
    draft = Draft()
    if unread := [number for number in empty if number not in recognised]:
        draft.warnings.append(f"No text on page {numbers(unread)}: pictures or scans, which are not read.")
    draft.warnings.extend(recognition_warnings(recognised))
    found = layout(pages, properties)
    found.write(draft)
    if made := _DATE.match(properties.get("CreationDate", "")):
        day = "-".join(made.groups())
        draft.warnings.append(
            f"The file was made on {day}, which need not be the document's date; state its date beside it."
        )
    extraction = draft.extraction(_metadata(found.title, properties, is_title_stated=found.is_title_stated))
    if len(_UNREADABLE.findall(extraction.text)) > _MOST_UNREADABLE * len(extraction.text):
        warning = "Letters of this file do not say what they are: compare its text with the page before it is quoted."
        extraction = replace(extraction, warnings=(*extraction.warnings, warning))
    return replace(extraction, pages=len(pages), unread_pages=empty)


def _metadata(title: str | None, properties: dict[str, str], *, is_title_stated: bool) -> Metadata:
    author = fold(properties.get("Author", ""))
    is_named = len(author.split()) > 1
    guessed = {"title"} if title and not is_title_stated else set()
    if is_named:
        # The account of whoever made the file, which need not be the author.
        guessed.add("author")
    return Metadata(title=title, author=author if is_named else None, guessed=frozenset(guessed))
