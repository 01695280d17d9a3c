"""A document in the making: readers add blocks, and the draft keeps offsets, heading paths and paragraph numbers."""

from __future__ import annotations

from collections.abc import Sequence
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

    def title(self, text: str, page: int | None = None, *, origin: Origin = Origin.TEXT) -> None:
        """Add the document's title: a heading that is in no heading path."""
        self._path.clear()
        self._append(BlockKind.HEADING, text, page, origin=origin)

    def heading(self, text: str, level: int, page: int | None = None, *, origin: Origin = Origin.TEXT) -> None:
        """Add a heading; ``level`` counts from 1, outermost, and closes the headings at its level and below."""
        folded = fold(text)
        if not folded:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._append(BlockKind.HEADING, folded, page, origin=origin)
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

    def add_parts(
        self,
        kind: BlockKind,
        parts: Sequence[tuple[str, int | None]],
        *,
        label: str | None = None,
        origin: Origin = Origin.TEXT,
    ) -> None:
        """Add one block whose text goes over pages: ``parts`` are, in order, what of it stands on which page.

        The texts are put one after the other as they are, without a blank between them. A part of nothing but blanks
        is on no page; a character that the end of one part and the start of the next make together is on the first's.
        """
        text = "".join(part for part, _ in parts)
        folded = fold(text)
        found: list[tuple[int, int | None]] = []
        before = ""
        for part, page in parts:
            if fold(part) and (not found or found[-1][1] != page):
                found.append((_start_after(fold(before), folded), page))
            before += part
        start = self._next_start()
        turns = tuple((start + offset, page) for offset, page in found[1:] if page is not None and offset < len(folded))
        self._append(kind, text, found[0][1] if found else None, label, origin, turns)

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
        turns: tuple[tuple[int, int], ...] = (),
    ) -> None:
        folded = fold(text)
        if not folded:
            return
        if kind is not BlockKind.HEADING:
            self._paragraphs += 1
        start = self._next_start()
        end = start + len(folded)
        path = HEADING_SEPARATOR.join(text for _, text in self._path) or None
        number = None if kind is BlockKind.HEADING else self._paragraphs
        self._parts.append(folded)
        self._blocks.append(Block(kind, start, end, page, path, number, turns, origin, label))
        self._length = end

    def _next_start(self) -> int:
        return self._length + (len(BLOCK_SEPARATOR) if self._parts else 0)


def _start_after(before: str, whole: str) -> int:
    """Return where in ``whole`` the text after ``before`` starts, both folded, the one made of more than the other."""
    pairs = enumerate(zip(before, whole, strict=False))
    common = next((place for place, (one, other) in pairs if one != other), min(len(before), len(whole)))
    start = common + (common < len(before))
    return start + (whole[start : start + 1] == " ")
