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


class Origin(StrEnum):
    """How the letters of a block came to be text, where that is less certain than the file's own text."""

    TEXT = "text"
    RECOGNISED = "recognised"
    REORDERED = "reordered"


class DocumentClass(StrEnum):
    """Who speaks in a document: those who negotiated, those who briefed or analysed, or those who reported."""

    STATEMENT = "official statement"
    BRIEFING = "briefing"
    ANALYSIS = "analysis"
    NEWS = "news"


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
    ``turns`` are the offsets, (start of the text on it, page), at which a block goes over to a further page, in order.
    ``origin`` is ``RECOGNISED`` where a scan was read by OCR, and ``REORDERED`` where the letters of a script written
    from right to left were put in order from their places on the page of a PDF. ``label`` is what the block is called
    in its document: a footnote's mark, or the number of a row in its table, counted from 1.
    """

    kind: BlockKind
    start: int
    end: int
    page: int | None = None
    heading: str | None = None
    paragraph: int | None = None
    turns: tuple[tuple[int, int], ...] = ()
    origin: Origin = Origin.TEXT
    label: str | None = None

    def page_at(self, offset: int) -> int | None:
        """The page on which the code point at ``offset`` of the document's text stands; None without pages."""
        page = self.page
        for start, turned in self.turns:
            if start <= offset:
                page = turned
        return page


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

    Dates are ISO 8601, possibly reduced to a month or a year; ``language`` is an ISO 639-1 code; ``access`` is the
    label that a sidecar or the rules of a folder give, never the file itself, and ``container_access`` that of the
    archive or message that the file was packed in; ``guessed`` names the fields that no one stated and a reader
    inferred from the text. ``other_rounds`` are the further rounds of a document about several, ascending, none of them
    ``round``; they are stated and guessed together with it.
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
    document_class: DocumentClass | None = None
    access: str | None = None
    container_access: str | None = None
    sources: tuple[Source, ...] = ()
    guessed: frozenset[str] = field(default_factory=frozenset)
    other_rounds: tuple[int, ...] = ()

    @property
    def rounds(self) -> tuple[int, ...]:
        """Every round that the document is of, ``round`` first; none where it is of none."""
        return () if self.round is None else (self.round, *self.other_rounds)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a reader makes of one file: canonical text, its blocks in order, metadata, and warnings for the admin.

    ``format`` names the format as in ``corpus.reading.FORMATS``; ``pages`` is how many pages (slides, sheets) the file
    has, None where the format has none, and ``unread_pages`` are those without text that could be read, from 1.
    """

    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata
    warnings: tuple[str, ...] = ()
    format: str = "text"
    pages: int | None = None
    unread_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is indexed and quoted.

    ``id`` stays the same over versions (the file's path below its folder); ``sha256`` is of the file's bytes, in
    hexadecimal, and changes with each version; ``file`` is the absolute path it was read from; ``format`` is the
    extraction's.
    """

    id: str
    file: str
    sha256: str
    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata
    format: str = "text"
