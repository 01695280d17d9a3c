"""The reader of picture files: PNG, JPEG and TIFF, whose pages text recognition has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from corpus.document import Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.readers.draft import Draft
from corpus.readers.pdf import NOTHING_RECOGNISED, SCAN
from corpus.readers.pdf_blocks import layout
from corpus.readers.pdf_lines import Page
from corpus.readers.recognised import RecognisedPage, recognition_warnings
from corpus.readers.rendering import frames


def read_picture(data: bytes, recognised: Mapping[int, RecognisedPage] = MappingProxyType({})) -> Extraction:
    """Read the bytes of a picture file by its ``recognised`` pages, numbered from 1.

    Raises ``RefusedContent`` for a damaged file, and for one of which no page has been recognised.
    """
    pages = picture_pages(data, recognised)
    draft = Draft()
    draft.warnings.extend(recognition_warnings(recognised))
    found = layout(pages, {})
    found.write(draft)
    guessed = frozenset({"title"} if found.title else ())
    extraction = draft.extraction(Metadata(title=found.title, guessed=guessed))
    unread = tuple(number for number, page in enumerate(pages, start=1) if not page.lines)
    return replace(extraction, pages=len(pages), unread_pages=unread)


def picture_pages(data: bytes, recognised: Mapping[int, RecognisedPage], *, with_places: bool = False) -> list[Page]:
    """Return the pages of a picture file; raises ``RefusedContent`` as ``read_picture`` does."""
    pages = [
        recognised[number].page(with_places=with_places) if number in recognised else Page((), 0.0)
        for number in range(1, frames(data) + 1)
    ]
    if not any(page.lines for page in pages):
        raise RefusedContent(NOTHING_RECOGNISED if recognised else SCAN)
    return pages
