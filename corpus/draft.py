"""A document in the making: readers add blocks, and the draft keeps offsets, heading paths and paragraph numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.canonical import fold
from corpus.document import Block, BlockKind, Extraction, Metadata, Origin

HEADING_SEPARATOR = " › "
BLOCK_SEPARATOR = "\n\n"
CELL_SEPARATOR = " | "


@dataclass(slots=True)
class Draft:
    """Collects the blocks of one document in reading order; folds text as it comes in, and leaves empty text out."""

    warnings: list[str] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _path: list[tuple[int, str]] = field(default_factory=list)
    _length: int = 0
    _paragraphs: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no block has been added."""
        return not self._blocks

    @property
    def has_prose(self) -> bool:
        """Whether there is a block other than a heading, something that could be quoted."""
        return self._paragraphs > 0

    def title(self, text: str, page: int | None = None) -> None:
        """Add the document's title: a heading that is in no heading path."""
        self._path.clear()
        self._append(BlockKind.HEADING, text, page)

    def heading(self, text: str, level: int, page: int | None = None) -> None:
        """Add a heading; ``level`` counts from 1, outermost, and closes the headings at its level and below."""
        folded = fold(text)
        if not folded:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._append(BlockKind.HEADING, folded, page)
        self._path.append((level, folded))

    def end_sections(self) -> None:
        """Leave every section: what follows, such as notes at the end, stands below no heading."""
        self._path.clear()

    def add(
        self,
        kind: BlockKind,
        text: str,
        page: int | None = None,
        *,
        label: str | None = None,
        origin: Origin = Origin.TEXT,
    ) -> None:
        """Add a paragraph, list item, table row or footnote; ``label`` is a footnote's mark or a row's number."""
        self._append(kind, text, page, label, origin)

    def row(
        self, cells: list[str], page: int | None = None, *, number: int | None = None, origin: Origin = Origin.TEXT
    ) -> None:
        """Add a table row, the ``number``th of its table, counted from 1.

        An empty cell keeps its place; a row of nothing but empty cells is not a block.
        """
        if any(fold(cell) for cell in cells):
            label = None if number is None else str(number)
            self._append(BlockKind.TABLE_ROW, CELL_SEPARATOR.join(cells), page, label, origin)

    def extraction(self, metadata: Metadata) -> Extraction:
        """Return what has been collected."""
        return Extraction(BLOCK_SEPARATOR.join(self._parts), tuple(self._blocks), metadata, tuple(self.warnings))

    def _append(
        self,
        kind: BlockKind,
        text: str,
        page: int | None,
        label: str | None = None,
        origin: Origin = Origin.TEXT,
    ) -> None:
        folded = fold(text)
        if not folded:
            return
        if kind is not BlockKind.HEADING:
            self._paragraphs += 1
        start = self._length + (len(BLOCK_SEPARATOR) if self._parts else 0)
        end = start + len(folded)
        path = HEADING_SEPARATOR.join(text for _, text in self._path) or None
        number = None if kind is BlockKind.HEADING else self._paragraphs
        self._parts.append(folded)
        self._blocks.append(Block(kind, start, end, page, path, number, origin=origin, label=label))
        self._length = end
