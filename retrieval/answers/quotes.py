"""Quotations as slices of documents, and what is cited with them."""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corpus.document import Block, Document

_ID_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Quote:
    """Code points ``start`` to ``end`` of a document; everything else is computed from these.

    ``also`` are the places in other documents that have the very same wording; they have no ``also`` of their own.

    Raises:
        ValueError: the offsets are not a non-empty range of the document's text.
    """

    document: Document
    start: int
    end: int
    score: float = 0.0
    also: tuple[Quote, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.document.text):
            raise ValueError(f"{self.start}:{self.end} is no part of the {len(self.document.text)} characters")

    @property
    def text(self) -> str:
        """The words quoted, exactly as the document has them."""
        return self.document.text[self.start : self.end]

    @property
    def block(self) -> Block | None:
        """The block in which the quotation begins."""
        return block_at(self.document, self.start)

    @property
    def last_block(self) -> Block | None:
        """The block in which the quotation ends."""
        return block_at(self.document, self.end - 1)

    @property
    def page(self) -> int | None:
        """The page on which the quotation begins, None where its document has none."""
        return self.block.page_at(self.start) if self.block else None

    @property
    def last_page(self) -> int | None:
        """The page on which the quotation ends."""
        return self.last_block.page_at(self.end - 1) if self.last_block else None

    @property
    def citation(self) -> str:
        """A short id of this very wording at this very place: ten characters, from a digest of file, offsets and words.

        It cannot be guessed without the file (50 bits), and names nothing else even when the document changes or is
        read in another way.
        """
        return citation_id(self.document.sha256, self.start, self.end, self.text)

    def to_json(self) -> dict[str, Any]:
        """The quotation as the command line prints it; None where something is unknown."""
        metadata, block = self.document.metadata, self.block
        return {
            **self.place_to_json(),
            "text": self.text,
            "process": metadata.process,
            "round": metadata.round,
            "heading": block.heading if block else None,
            "paragraph": block.paragraph if block else None,
            "score": round(self.score, 4),
            "also": [other.place_to_json() for other in self.also],
        }

    def place_to_json(self) -> dict[str, Any]:
        """Where the quotation stands, without its words; None where something is unknown."""
        metadata = self.document.metadata
        return {
            "citation": self.citation,
            "document": self.document.id,
            "file": self.document.file,
            "sha256": self.document.sha256,
            "start": self.start,
            "end": self.end,
            "title": metadata.title,
            "publisher": metadata.publisher,
            "date": metadata.date,
            "url": metadata.url,
            "page": self.page,
        }


def citation_id(sha256: str, start: int, end: int, text: str) -> str:
    """The citation id of ``text`` at a place in a file; see ``Quote.citation``."""
    digest = hashlib.sha256(f"{sha256}:{start}:{end}:{text}".encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:_ID_LENGTH]


def block_number(document: Document, offset: int) -> int | None:
    """The index of the block of ``document`` that holds the code point at ``offset``, or None between blocks."""
    number = bisect_right(document.blocks, offset, key=lambda block: block.start) - 1
    return None if number < 0 or document.blocks[number].end <= offset else number


def block_at(document: Document, offset: int) -> Block | None:
    """The block of ``document`` that holds the code point at ``offset``, or None between blocks."""
    number = block_number(document, offset)
    return None if number is None else document.blocks[number]
