"""From the pages of a PDF to the blocks of its document: its title, headings, list items, rows and footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from corpus.canonical import fold
from corpus.document import BlockKind, Origin
from corpus.readers.draft import Draft
from corpus.readers.pdf_flow import in_flow
from corpus.readers.pdf_layout import LARGE, Paragraph
from corpus.readers.pdf_lines import Line, Measures, Page, measure, without_running_lines
from corpus.readers.wrapping import Spelling

# Titles that programs leave behind.
_NO_TITLE = re.compile(
    r"untitled|\(?anonymous\)?|microsoft (?:word|powerpoint|excel)\b.*|document\s*\d*|presentation\s*\d*|"
    r"powerpoint presentation|slide \d+|layout \d+|title|[\d\W_]+|"
    r".*\.(?:docx?|pdf|rtf|odt|pptx?|xlsx?|indd|qxd|tex|html?)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•·▪◦‣■□●○➢✓]\s+(?=\S)")
_MOST_TITLE_LINES = 6


@dataclass(frozen=True, slots=True)
class PrintedBlock:
    """A block as it stands on the pages: the lines of each cell of a table's row, or all lines as those of one cell.

    ``level`` is that of a heading, counted from 1, and 0 for the title; ``label`` as in ``corpus.document.Block``.
    """

    kind: BlockKind
    cells: tuple[tuple[Line, ...], ...]
    level: int = 0
    label: str | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, in reading order."""
        return tuple(line for cell in self.cells for line in cell)

    @property
    def origin(self) -> Origin:
        """The least certain origin of its lines."""
        origins = {line.origin for line in self.lines}
        return next((one for one in (Origin.RECOGNISED, Origin.REORDERED) if one in origins), Origin.TEXT)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the pages hold; ``title`` is the document's, ``is_title_stated`` where its properties say so."""

    blocks: tuple[PrintedBlock, ...]
    spelling: Spelling
    title: str | None
    is_title_stated: bool

    def write(self, draft: Draft) -> None:
        """Add the blocks to a draft."""
        for block in self.blocks:
            page = block.lines[0].page
            if block.kind is BlockKind.TABLE_ROW:
                cells = [self.spelling.join([line.text for line in cell]) for cell in block.cells]
                number = int(block.label) if block.label else None
                draft.row(cells, page, number=number, origin=block.origin)
            elif block.kind is not BlockKind.HEADING:
                draft.add_parts(block.kind, self._parts(block.lines), label=block.label, origin=block.origin)
            elif block.level:
                draft.heading(self._joined(block.lines), block.level, page, origin=block.origin)
            else:
                draft.title(self._joined(block.lines), page, origin=block.origin)

    def _joined(self, lines: Sequence[Line]) -> str:
        return self.spelling.join([line.text for line in lines])

    def _parts(self, lines: Sequence[Line]) -> list[tuple[str, int | None]]:
        by_page = [(page, [line.text for line in part]) for page, part in groupby(lines, key=lambda line: line.page)]
        texts = self.spelling.join_parts([part for _, part in by_page])
        return [(text, page) for text, (page, _) in zip(texts, by_page, strict=True)]


def layout(pages: Sequence[Page], properties: Mapping[str, str]) -> Layout:
    """Return what ``pages``, of which some have lines, hold; ``properties`` are those of the file."""
    kept = without_running_lines(pages)
    measures = measure(kept if any(page.lines for page in kept) else pages)
    found = in_flow(kept, measures)
    spelling = Spelling.of("\n".join(line.text for line in paragraph.lines) for paragraph in found)
    title_parts = _title(found, measures)
    printed = fold(spelling.join([line.text for paragraph in title_parts for line in paragraph.lines]))
    stated = _stated_title(properties)
    title = stated or printed or None
    blocks = tuple(_blocks(found, measures, spelling, title_parts, title))
    return Layout(blocks, spelling, title, stated is not None)


def _blocks(
    found: Sequence[Paragraph],
    measures: Measures,
    spelling: Spelling,
    title_parts: Sequence[Paragraph],
    title: str | None,
) -> Iterator[PrintedBlock]:
    title_ids = {id(paragraph) for paragraph in title_parts}
    is_title_written = False
    headings = [paragraph for paragraph in found if id(paragraph) not in title_ids and paragraph.is_heading(measures)]
    sizes = sorted({round(paragraph.size) for paragraph in headings}, reverse=True)
    for paragraph in found:
        if id(paragraph) in title_ids:
            if not is_title_written:
                lines = tuple(line for part in title_parts for line in part.lines)
                yield PrintedBlock(BlockKind.HEADING, (lines,))
            is_title_written = True
        elif paragraph.cells:
            yield PrintedBlock(BlockKind.TABLE_ROW, paragraph.cells, label=str(paragraph.number))
        elif paragraph.is_footnote:
            yield PrintedBlock(BlockKind.FOOTNOTE, (paragraph.lines,), label=paragraph.mark)
        elif paragraph.is_heading(measures):
            level = sizes.index(round(paragraph.size)) + 1
            if not is_title_written and fold(spelling.join([line.text for line in paragraph.lines])) == title:
                is_title_written, level = True, 0
            yield PrintedBlock(BlockKind.HEADING, (paragraph.lines,), level)
        else:
            kind = BlockKind.LIST_ITEM if paragraph.is_item else BlockKind.PARAGRAPH
            yield PrintedBlock(kind, (_without_bullet(paragraph.lines),))


def _without_bullet(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    bullet = _BULLET.match(lines[0].text)
    return lines if bullet is None else (lines[0].without(0, bullet.end()), *lines[1:])


def _title(found: Sequence[Paragraph], measures: Measures) -> list[Paragraph]:
    """Return the paragraphs of the largest type on the first page, where it is larger than the running text."""
    first = [part for part in found if part.lines[0].page == 1 and not part.cells and not part.is_footnote]
    largest = max((paragraph.size for paragraph in first), default=0.0)
    if largest < LARGE * measures.size:
        return []
    start = next(index for index, paragraph in enumerate(first) if paragraph.size == largest)
    end = start
    while end < len(first) and first[end].size > 0.97 * largest:
        end += 1
    return first[start:end] if sum(len(part.lines) for part in first[start:end]) <= _MOST_TITLE_LINES else []


def _stated_title(properties: Mapping[str, str]) -> str | None:
    title = fold(properties.get("Title", ""))
    return title if title and len(title.split()) > 1 and not _NO_TITLE.fullmatch(title) else None
