"""What is read from an RTF file before it is written down: paragraphs and tables in order, with the notes they call."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Paragraph:
    """A paragraph: its text, its place among headings (from 1) and lists, and what belongs to it.

    ``mark`` is the number or bullet that it has in a list; notes come with their marks, in the order of their calls.
    """

    text: str
    level: int | None = None
    is_title: bool = False
    is_listed: bool = False
    is_struck: bool = False
    mark: str = ""
    notes: list[tuple[str, Flow]] = field(default_factory=list)
    boxes: list[Flow] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table: rows of cells of paragraphs."""

    rows: list[list[list[Paragraph]]] = field(default_factory=list)


@dataclass(slots=True)
class Flow:
    """Running text in the making: the body, a note or a text box."""

    items: list[Paragraph | Table] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    notes: list[tuple[str, Flow]] = field(default_factory=list)
    boxes: list[Flow] = field(default_factory=list)
    is_struck: bool = False
    is_listed: bool = False
    mark: str = ""
    _cell: list[Paragraph] = field(default_factory=list)
    _row: list[list[Paragraph]] = field(default_factory=list)

    def end_paragraph(self, level: int | None, is_title: bool, is_listed: bool, in_table: bool) -> None:
        """Close the paragraph that is open; one ``in_table`` belongs to the cell at hand."""
        # Two halves of a character beyond the first plane come one by one.
        text = "".join(self.parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        is_listed = is_listed or self.is_listed
        paragraph = Paragraph(text, level, is_title, is_listed, self.is_struck, self.mark, self.notes, self.boxes)
        self.parts, self.notes, self.boxes, self.is_struck, self.is_listed, self.mark = [], [], [], False, False, ""
        if in_table:
            self._cell.append(paragraph)
        else:
            self.end_row()
            self.items.append(paragraph)

    def end_cell(self) -> None:
        """Close the cell at hand."""
        self._row.append(self._cell)
        self._cell = []

    def end_row(self) -> None:
        """Close the row at hand, where there is one; rows that follow one another are one table."""
        if self._cell:
            self.end_cell()
        if not self._row:
            return
        last = self.items[-1] if self.items else None
        if not isinstance(last, Table):
            last = Table()
            self.items.append(last)
        last.rows.append(self._row)
        self._row = []

    def take_mark(self) -> str:
        """Take the end of the open paragraph away where it is the mark of a note that the author chose."""
        last = self.parts[-1].strip() if self.parts else ""
        if 0 < len(last) <= 3 and not any(map(str.isalpha, last)):
            self.parts.pop()
            return last
        return ""
