"""The central types of a document: blocks, metadata, text. Offsets are code points into ``Document.text``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block of text is in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points, ``start`` included and ``end`` not."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table row or footnote: a span without a line break.

    ``page`` counts from 1 and is None where the format has no pages; ``heading`` is the path of the headings
    above it, outermost first, joined by " › "; ``paragraph`` numbers the blocks that are not headings from 1.
    """

    kind: BlockKind
    start: int
    end: int
    page: int | None = None
    heading: str | None = None
    paragraph: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Something a document rests on, as its front matter names it."""

    title: str
    publisher: str | None = None
    date: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a document; None where unknown.

    Dates are ISO 8601, possibly reduced to a month or a year; ``language`` is an ISO 639-1 code;
    ``guessed`` names the fields that no one stated and a reader inferred from the text.
    """

    title: str | None = None
    publisher: str | None = None
    author: str | None = None
    date: str | None = None
    language: str | None = None
    url: str | None = None
    process: str | None = None
    round: int | None = None
    place: str | None = None
    meeting_start: str | None = None
    meeting_end: str | None = None
    sources: tuple[Source, ...] = ()
    guessed: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a reader makes of one file: canonical text, its blocks in order, metadata, and warnings for the admin."""

    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is indexed and quoted.

    ``id`` stays the same over versions (the file's path below its folder); ``sha256`` is of the file's bytes, in
    hexadecimal, and changes with each version; ``file`` is the absolute path it was read from.
    """

    id: str
    file: str
    sha256: str
    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata
