"""The reader of Rich Text Format.

Pandoc 2.17 took the bytes of Cyrillic, Arabic and Turkish files for western ones, dropped the text of links and kept
what had been deleted; hence a reader of our own. Notes follow at the end of the section that calls them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.readers.draft import Draft
from corpus.readers.office import LONGEST_HEADING, STRUCK, Properties, described
from corpus.readers.rtf_flow import Flow, Paragraph, Table
from corpus.readers.rtf_parser import Parser

_LONGEST_SHOWN = 60


@dataclass(slots=True)
class _Writer:
    """Writes what was found into the draft, notes at the end of their sections."""

    draft: Draft
    title: str | None = None
    struck: list[str] = field(default_factory=list)
    _waiting: list[tuple[str, Flow]] = field(default_factory=list)

    def write(self, flow: Flow) -> None:
        """Write the paragraphs and tables of running text."""
        for item in flow.items:
            if isinstance(item, Paragraph):
                self._paragraph(item)
            elif len(item.rows) == 1 and len(item.rows[0]) == 1:
                # A frame around running text.
                self.write(Flow(list(item.rows[0][0])))
            else:
                self._table(item)

    def end_section(self) -> None:
        """Write the notes that the section has called, in the order of their calls."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for mark, flow in waiting:
                for paragraph in _flat(flow):
                    self.draft.add(BlockKind.FOOTNOTE, self._text(paragraph), label=mark or None)

    def _paragraph(self, paragraph: Paragraph) -> None:
        text = self._shown(paragraph)
        is_short = 0 < len(text) <= LONGEST_HEADING
        if paragraph.is_title and is_short and self.title is None:
            self.title = text
            self.end_section()
            self.draft.title(text)
        elif paragraph.level is not None and is_short:
            self.end_section()
            self.draft.heading(text, paragraph.level)
        else:
            kind = BlockKind.LIST_ITEM if paragraph.is_listed else BlockKind.PARAGRAPH
            # A bullet is no name to call an item by.
            is_number = any(map(str.isalnum, paragraph.mark))
            self.draft.add(kind, text, label=fold(paragraph.mark) if is_number else None)
        self._waiting.extend(paragraph.notes)
        for box in paragraph.boxes:
            self.write(box)

    def _table(self, table: Table) -> None:
        for number, row in enumerate(table.rows, start=1):
            cells = [" ".join(filter(None, map(self._text, cell))) for cell in row]
            self.draft.row(cells, number=number)

    def _text(self, paragraph: Paragraph) -> str:
        self._waiting.extend(paragraph.notes)
        return self._shown(paragraph)

    def _shown(self, paragraph: Paragraph) -> str:
        text = fold(paragraph.text)
        if paragraph.is_struck:
            self.struck.append(text[:_LONGEST_SHOWN])
        return text


def read_rtf(data: bytes) -> Extraction:
    """Read the bytes of an RTF file; raises ``RefusedContent`` for one that is damaged or empty.

    Headers, footers, comments, hidden and deleted text are left out; links, the results of fields and text boxes are
    kept.
    """
    if not data.startswith(b"{\\rtf"):
        raise RefusedContent("it is not an RTF file, whatever its name says; save it again.")
    parser = Parser()
    parser.parse(data)
    writer = _Writer(Draft())
    writer.write(parser.body)
    writer.end_section()
    if writer.struck:
        writer.draft.warnings.append(STRUCK.format(len(writer.struck), writer.struck[0]))
    saved = "-".join(parser.info.get(part, "") for part in ("yr", "mo", "dy"))
    properties = Properties(parser.info.get("title", ""), parser.info.get("author", ""), "", saved)
    return described(writer.draft.extraction(Metadata()), properties, writer.title)


def _flat(flow: Flow) -> list[Paragraph]:
    """Return the paragraphs of running text, those in tables and text boxes included."""
    found: list[Paragraph] = []
    for item in flow.items:
        below = [item] if isinstance(item, Paragraph) else [each for row in item.rows for cell in row for each in cell]
        for paragraph in below:
            found.append(paragraph)
            for box in paragraph.boxes:
                found.extend(_flat(box))
    return found
