"""The reader of Word files (DOCX, DOCM, DOTX): python-docx opens the package, and the body is read in its order.

The format has no pages: a place in it is its heading and paragraph. Footnotes and endnotes follow at the end of the
section that calls them, so that they do not part the paragraphs of the running text. The number that Word gives to an
item of a list or to a numbered paragraph is its label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.readers.docx_notes import Notes
from corpus.readers.docx_numbering import Numbering, listing_of
from corpus.readers.docx_styles import Style, Styles, outline_level
from corpus.readers.docx_text import Call, Inliner
from corpus.readers.draft import Draft
from corpus.readers.office import (
    DAMAGE,
    DAMAGED_FILE,
    LONGEST_HEADING,
    STRUCK,
    attribute,
    child,
    core_properties,
    described,
    local,
    open_parts,
    parse_part,
)
from corpus.readers.relations import without_dangling

_BODY_TEXT = 10
_EMBEDDED = "A part of the file is another file put into it, which is not read; load that one too."
_LONGEST_SHOWN = 60
_TRANSPARENT = frozenset({"ins", "moveTo", "customXml", "smartTag", "sdtContent"})


@dataclass(slots=True)
class _Walk:
    """Turns the body's elements into blocks, and holds back the notes until their section ends."""

    draft: Draft
    styles: Styles
    inliner: Inliner
    notes: dict[str, Notes]
    numbering: Numbering
    title: str | None = None
    struck: list[str] = field(default_factory=list)
    _waiting: list[tuple[str, Any]] = field(default_factory=list)
    _carried: str = ""

    def blocks(self, container: Any | None) -> None:
        """Take in the paragraphs, tables and containers below ``container``."""
        for element in () if container is None else container:
            match local(element):
                case "p":
                    self._paragraph(element)
                case "tbl":
                    self._table(element)
                case "sdt" if not _is_contents(element):
                    self.blocks(child(element, "sdtContent"))
                case "AlternateContent" if child(element, "Choice") is not None:
                    self.blocks(child(element, "Choice"))
                case "altChunk":
                    if _EMBEDDED not in self.draft.warnings:
                        self.draft.warnings.append(_EMBEDDED)
                case name if name in _TRANSPARENT:
                    self.blocks(element)

    def end_section(self) -> None:
        """Add the notes that the section has called, in the order of their calls."""
        self._end_carried()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for mark, element in waiting:
                for paragraph in (below for below in element.iter() if local(below) == "p"):
                    self.draft.add(BlockKind.FOOTNOTE, self._text(paragraph), label=mark)

    def _paragraph(self, element: Any) -> None:
        properties = child(element, "pPr")
        style = self.styles.get(attribute(child(properties, "pStyle"), "val") or self.styles.default)
        inline = self.inliner.read(element)
        self._note_struck(inline.is_struck, inline.text)
        text, self._carried = self._carried + inline.text, ""
        if child(properties, "rPr", "del") is not None:
            # Its end is deleted: it runs on into the next one.
            self._carried = text
        elif not style.is_contents:
            self._write(properties, style, text)
        self._call(inline.calls)
        for box in inline.boxes:
            self.blocks(box)

    def _write(self, properties: Any | None, style: Style, text: str) -> None:
        folded = fold(text)
        listing = listing_of(properties) or style.listing
        # A heading counts too, and so does an item without text.
        number = self.numbering.take(listing) if listing is not None else None
        level = outline_level(properties) or style.level
        is_short = 0 < len(folded) <= LONGEST_HEADING
        if style.is_title and is_short and self.title is None:
            self.title = folded
            self.end_section()
            self.draft.title(folded)
        elif level is not None and level < _BODY_TEXT and is_short:
            self.end_section()
            self.draft.heading(folded, level)
        else:
            is_item = listing is not None and listing.is_item
            self.draft.add(BlockKind.LIST_ITEM if is_item else BlockKind.PARAGRAPH, folded, label=number)

    def _end_carried(self) -> None:
        """Add the text of a paragraph whose end was deleted and that no other follows."""
        carried, self._carried = self._carried, ""
        self.draft.add(BlockKind.PARAGRAPH, carried)

    def _table(self, table: Any) -> None:
        self._end_carried()
        rows = list(_below(table, "tr"))
        if len(rows) == 1 and len(cells := list(_below(rows[0], "tc"))) == 1:
            # A frame around running text.
            self.blocks(cells[0])
            return
        for number, row in enumerate(rows, start=1):
            if child(row, "trPr", "del") is None:
                self.draft.row([self._cell(cell) for cell in _below(row, "tc")], number=number)

    def _cell(self, cell: Any) -> str:
        """Return the text of a table's cell; one that continues the cell above it is empty."""
        merge = child(cell, "tcPr", "vMerge")
        if merge is not None and attribute(merge, "val") in (None, "continue"):
            return ""
        texts = []
        for paragraph in (below for below in cell.iter() if local(below) == "p" and not _is_in_fallback(below, cell)):
            texts.append(self._text(paragraph))
        return " ".join(text for text in map(fold, texts) if text)

    def _text(self, paragraph: Any) -> str:
        inline = self.inliner.read(paragraph)
        self._note_struck(inline.is_struck, inline.text)
        self._call(inline.calls)
        return inline.text

    def _call(self, calls: list[Call]) -> None:
        for call in calls:
            taken = self.notes[call.kind].take(call)
            if taken is not None:
                self._waiting.append(taken)

    def _note_struck(self, is_struck: bool, text: str) -> None:
        if is_struck:
            self.struck.append(fold(text)[:_LONGEST_SHOWN])


def read_docx(data: bytes) -> Extraction:
    """Read the bytes of a Word file; raises ``RefusedContent`` for a damaged, encrypted, unsafe or empty one.

    Comments, headers, footers, hidden text, a table of contents and deletions that await acceptance are left out;
    insertions, hyperlinks, the results of fields and text boxes are kept.
    """
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError

    damage: tuple[type[Exception], ...] = (*DAMAGE, OpcError, PythonDocxError)
    parts = open_parts(data, "a Word file", ".docx", ("[Content_Types].xml", "_rels/.rels"))
    try:
        walk = _walk(without_dangling(data, parts))
        extraction = walk.draft.extraction(Metadata())
    except damage as error:
        raise RefusedContent(DAMAGED_FILE) from error
    return described(extraction, core_properties(parts), walk.title)


def _walk(data: bytes) -> _Walk:
    from docx.opc.package import OpcPackage

    main = _related(OpcPackage.open(BytesIO(data)), "officeDocument")
    root = _root(main)
    body = child(root, "body")
    if local(root) != "document" or body is None:
        raise RefusedContent("it is not a Word file, whatever its name says; save it again.")
    settings = _root(_related(main, "settings"))
    levels = [found for found in (settings, child(body, "sectPr")) if found is not None]
    styles = Styles.of(_root(_related(main, "styles")))
    notes = {kind: Notes.of(kind, _root(_related(main, f"{kind}s")), levels) for kind in ("footnote", "endnote")}
    numbering = Numbering.of(_root(_related(main, "numbering")))
    walk = _Walk(Draft(), styles, Inliner(styles), notes, numbering)
    walk.blocks(body)
    walk.end_section()
    if walk.struck:
        walk.draft.warnings.append(STRUCK.format(len(walk.struck), walk.struck[0]))
    return walk


def _related(source: Any | None, kind: str) -> Any | None:
    """Return the part that a package or a part relates to as ``kind``, of the strict or the transitional standard."""
    relations = [] if source is None else source.rels.values()
    found = (each for each in relations if each.reltype.endswith(f"/{kind}") and not each.is_external)
    return next((each.target_part for each in found), None)


def _root(part: Any | None) -> Any | None:
    """Return the root of a part's XML; python-docx has parsed those it knows, which leaves others as bytes."""
    if part is None:
        return None
    element = getattr(part, "element", None)
    return element if element is not None else parse_part(part.blob)


def _below(element: Any, name: str) -> list[Any]:
    """Return the rows of a table or the cells of a row, through the containers that may stand between."""
    found = []
    for below in element:
        if local(below) == name:
            found.append(below)
        elif local(below) in _TRANSPARENT or local(below) == "sdt":
            found.extend(_below(below, name))
    return found


def _is_contents(element: Any) -> bool:
    gallery = attribute(child(element, "sdtPr", "docPartObj", "docPartGallery"), "val")
    return gallery == "Table of Contents"


def _is_in_fallback(paragraph: Any, cell: Any) -> bool:
    """Say whether a paragraph of a cell is the copy of a text box for older programs."""
    for above in paragraph.iterancestors():
        if above is cell:
            return False
        if local(above) == "Fallback":
            return child(above.getparent(), "Choice") is not None
    return False
