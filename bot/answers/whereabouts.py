"""Where in its document a quotation stands, in the words of its format, and how sure its letters are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus.document import BlockKind, Origin
from retrieval.answers.quotes import block_number

if TYPE_CHECKING:
    from bot.languages import Phrases
    from corpus.document import Block, Document
    from retrieval.answers.quotes import Quote

_SPEAKERS_NOTES = "notes"
_PICTURED = frozenset({"pdf", "picture"})


def has_pictures(document: Document) -> bool:
    """Whether pages of a document can be shown as pictures."""
    return document.format in _PICTURED


def whereabouts(quote: Quote, say: Phrases) -> list[str]:
    """Page (or slide, or sheet) and paragraph (or note, or row), as far as known, and whether the letters are sure.

    From first to last where a quotation goes over more than one.
    """
    return [*_page(quote, say), *_place_on_it(quote, say), *_doubts(quote, say)]


def _page(quote: Quote, say: Phrases) -> list[str]:
    if not quote.page:
        return []
    number = _range(quote.page, quote.last_page)
    match quote.document.format:
        case "pptx":
            return [say("slide {number}", number=number)]
        case "xlsx":
            return [say("sheet {number}", number=number)]
        case _:
            return [say("p. {page}", page=number)]


def _place_on_it(quote: Quote, say: Phrases) -> list[str]:
    first, last = quote.block, quote.last_block
    if first is None:
        return []
    same_kind = last is not None and last.kind is first.kind
    label, until = first.label, last.label if last is not None and same_kind else None
    if label and first.kind is BlockKind.FOOTNOTE:
        return [say("speaker's notes") if label == _SPEAKERS_NOTES else say("note {mark}", mark=_range(label, until))]
    if label and first.kind is BlockKind.TABLE_ROW:
        return [say("row {number}", number=_range(label, until))]
    if first.paragraph:
        return [say("para. {paragraph}", paragraph=_range(first.paragraph, last.paragraph if last else None))]
    return []


def _range(first: int | str, last: int | str | None) -> int | str:
    return first if last is None or last == first else f"{first}–{last}"


def _doubts(quote: Quote, say: Phrases) -> list[str]:
    """That letters were read from a scan, or put in order from their places in a PDF."""
    origins = {block.origin for block in _blocks(quote)}
    doubts = []
    if Origin.RECOGNISED in origins:
        doubts.append(say("read by OCR"))
    if Origin.REORDERED in origins:
        doubts.append(say("letters put in order from a PDF"))
    return doubts


def _blocks(quote: Quote) -> tuple[Block, ...]:
    first, last = block_number(quote.document, quote.start), block_number(quote.document, quote.end - 1)
    return quote.document.blocks[first : last + 1] if first is not None and last is not None else ()
