"""The reader of OpenDocument texts (ODT, OTT), from their XML.

Of one made file with each element that an institute's text may have, pandoc 2.17 lost seven: sections, text boxes,
rows under a table's heading rows and those rows themselves, rows with merged cells, lists in cells, numbered
paragraphs, fields, and the marks of notes; hence a reader of our own. Notes follow at the end of the section that
calls them, and the number of a list's item is its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.readers.draft import Draft
from corpus.readers.odt_lists import Lists
from corpus.readers.office import (
    DAMAGE,
    DAMAGED_FILE,
    ENCRYPTED,
    LONGEST_HEADING,
    STRUCK,
    Properties,
    attribute,
    child,
    described,
    local,
    open_parts,
    parse_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile

_BLOCKS = frozenset({"text-box", "custom-shape", "rect", "ellipse", "line", "polygon", "path", "caption", "g"})
_LEFT_OUT = frozenset(
    {
        *("tracked-changes", "annotation", "annotation-end", "ruby-text", "hidden-text", "hidden-paragraph", "forms"),
        *("note-citation", "title", "desc", "script", "table-of-content", "illustration-index", "table-index"),
        *("object-index", "user-index", "alphabetical-index", "sequence-decls", "variable-decls"),
        *("user-field-decls", "dde-connection-decls", "event-listeners", "enhanced-geometry"),
    }
)
_SPACES = {"s": " ", "tab": "\t", "line-break": "\n"}
_ROW_GROUPS = frozenset({"table-header-rows", "table-rows", "table-row-group"})
_MOST_REPEATED = 100
_LONGEST_CHAIN = 50
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Look:
    """What the style of a paragraph or of a span says of its text."""

    is_title: bool = False
    is_hidden: bool = False
    is_struck: bool = False


@dataclass(slots=True)
class _Inline:
    """The text of one paragraph, its notes by mark, and the text boxes that hang on it."""

    parts: list[str] = field(default_factory=list)
    notes: list[tuple[str, Any]] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    is_struck: bool = False


@dataclass(slots=True)
class _Walk:
    """Turns the elements of the text into blocks, and holds back the notes until their section ends."""

    draft: Draft
    styles: dict[str, Any]
    lists: Lists
    title: str | None = None
    struck: list[str] = field(default_factory=list)
    _waiting: list[tuple[str, Any]] = field(default_factory=list)
    _looks: dict[str, _Look] = field(default_factory=dict)
    _number: str | None = None

    def blocks(self, container: Any, kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        """Take in what is below ``container``; its paragraphs are of ``kind``."""
        for element in container:
            match local(element):
                case "h":
                    self._heading(element)
                case "p":
                    self._paragraph(element, kind)
                case "list":
                    self._list(element)
                case "numbered-paragraph":
                    self.blocks(element, BlockKind.LIST_ITEM)
                case "table":
                    self._table(element)
                case name if name and name not in _LEFT_OUT and attribute(element, "display") != "none":
                    self.blocks(element, kind)

    def end_section(self) -> None:
        """Add the notes that the section has called, in the order of their calls."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for mark, body in waiting:
                for paragraph in _paragraphs(body):
                    self.draft.add(BlockKind.FOOTNOTE, self._text(paragraph), label=mark or None)

    def _list(self, element: Any) -> None:
        """Take a list in; the first block of an item has its number for a label."""
        self.lists.open(element)
        for item in element:
            self._number = self.lists.take(item) if local(item) == "list-item" else None
            self.blocks(item, BlockKind.LIST_ITEM)
            self._number = None
        self.lists.close()

    def _heading(self, element: Any) -> None:
        inline = self._inline(element)
        text = fold("".join(inline.parts))
        if 0 < len(text) <= LONGEST_HEADING:
            self.end_section()
            level = attribute(element, "outline-level") or "1"
            self.draft.heading(text, int(level) if re.fullmatch(r"[1-9]\d?", level) else 1)
        else:
            self.draft.add(BlockKind.PARAGRAPH, text)
        self._follow(inline)

    def _paragraph(self, element: Any, kind: BlockKind) -> None:
        inline = self._inline(element)
        text = fold("".join(inline.parts))
        is_title = self._look(attribute(element, "style-name")).is_title
        if is_title and self.title is None and 0 < len(text) <= LONGEST_HEADING:
            self.title = text
            self.end_section()
            self.draft.title(text)
        else:
            number, self._number = self._number, None
            self.draft.add(kind, text, label=number)
        self._follow(inline)

    def _follow(self, inline: _Inline) -> None:
        """Hold back the notes of a paragraph that has been written, and write its text boxes."""
        self._waiting.extend(inline.notes)
        for box in inline.boxes:
            self.blocks(box)

    def _table(self, table: Any) -> None:
        rows = list(_rows(table))
        if len(rows) == 1 and len(rows[0]) == 1:
            # A frame around running text.
            self.blocks(rows[0][0])
            return
        for number, row in enumerate(rows, start=1):
            cells: list[str] = []
            for cell in row:
                text = " ".join(part for part in (fold(self._text(below)) for below in _paragraphs(cell)) if part)
                cells.extend([text] * _repeated(cell, "number-columns-repeated"))
            self.draft.row(cells, number=number)

    def _text(self, paragraph: Any) -> str:
        inline = self._inline(paragraph)
        self._waiting.extend(inline.notes)
        return "".join(inline.parts)

    def _inline(self, paragraph: Any) -> _Inline:
        inline = _Inline()
        look = self._look(attribute(paragraph, "style-name"))
        self._span(paragraph, inline, look.is_hidden, look.is_struck)
        if inline.is_struck:
            self.struck.append(fold("".join(inline.parts))[:_LONGEST_SHOWN])
        return inline

    def _span(self, element: Any, inline: _Inline, hidden: bool, struck: bool) -> None:
        self._add(element.text, inline, hidden, struck)
        for below in element:
            name = local(below)
            if name in _SPACES:
                self._add(_SPACES[name], inline, hidden, False)
            elif name == "note":
                citation = child(below, "note-citation")
                mark = attribute(citation, "label") or "".join(() if citation is None else citation.itertext())
                inline.notes.append((fold(mark), child(below, "note-body")))
            elif name in _BLOCKS:
                inline.boxes.append([below] if name == "g" else below)
            elif name and name not in _LEFT_OUT:
                look = self._look(attribute(below, "style-name") if name == "span" else None)
                self._span(below, inline, hidden or look.is_hidden, struck or look.is_struck)
            self._add(below.tail, inline, hidden, struck)

    def _add(self, text: str | None, inline: _Inline, hidden: bool, struck: bool) -> None:
        if text and not hidden:
            inline.parts.append(text)
            inline.is_struck |= struck and not text.isspace()

    def _look(self, name: str | None) -> _Look:
        if name is None:
            return _Look()
        if name not in self._looks:
            self._looks[name] = self._resolve(name)
        return self._looks[name]

    def _resolve(self, name: str) -> _Look:
        """Return what a style says, with what it inherits."""
        is_title = False
        display: str | None = None
        line: str | None = None
        above: str | None = name
        for _ in range(_LONGEST_CHAIN):
            is_title |= above == "Title"
            style = self.styles.get(above or "")
            if style is None:
                break
            properties = child(style, "text-properties")
            display = display or attribute(properties, "display")
            line = line or attribute(properties, "text-line-through-style")
            above = attribute(style, "parent-style-name")
        return _Look(is_title, display == "none", line not in (None, "none"))


def read_odt(data: bytes) -> Extraction:
    """Read the bytes of an OpenDocument text; raises ``RefusedContent`` for one damaged, encrypted, unsafe or empty.

    Comments, hidden text, deletions that await acceptance and indexes made by the program (a table of contents) are
    left out; insertions, links, fields and text boxes are kept.
    """
    parts = open_parts(data, "an OpenDocument text", ".odt", ("content.xml",))
    try:
        if b"encryption-data" in _part(parts, "META-INF/manifest.xml"):
            raise RefusedContent(ENCRYPTED)
        walk = _walk(parts)
        extraction, properties = walk.draft.extraction(Metadata()), _properties(_root(parts, "meta.xml"))
    except DAMAGE as error:
        raise RefusedContent(DAMAGED_FILE) from error
    return described(extraction, properties, walk.title)


def _walk(parts: ZipFile) -> _Walk:
    root = parse_part(parts.read("content.xml"))
    body = child(root, "body", "text")
    if body is None:
        raise RefusedContent("it is OpenDocument but not a text; save it as .odt, .docx or PDF.")
    trees = [tree for tree in (_root(parts, "styles.xml"), root) if tree is not None]
    styles = {attribute(style, "name") or "": style for tree in trees for style in tree.iter("{*}style")}
    lists = Lists()
    for tree in trees:
        for style in tree.iter("{*}list-style"):
            lists.define(style)
    walk = _Walk(Draft(), styles, lists)
    walk.blocks(body)
    walk.end_section()
    if walk.struck:
        walk.draft.warnings.append(STRUCK.format(len(walk.struck), walk.struck[0]))
    return walk


def _part(parts: ZipFile, name: str) -> bytes:
    return parts.read(name) if name in parts.namelist() else b""


def _root(parts: ZipFile, name: str) -> Any | None:
    content = _part(parts, name)
    return parse_part(content) if content else None


def _properties(root: Any | None) -> Properties:
    stated: dict[str, str] = {}
    for element in () if root is None else root.iter():
        stated.setdefault(local(element), element.text or "")
    return Properties(
        title=stated.get("title", ""),
        author=stated.get("initial-creator") or stated.get("creator", ""),
        language=stated.get("language", ""),
        saved=stated.get("date") or stated.get("creation-date", ""),
    )


def _paragraphs(element: Any) -> Iterator[Any]:
    """Yield the paragraphs and headings below an element, but not the notes that they call or what is left out."""
    for below in () if element is None else element:
        name = local(below)
        if name in ("p", "h"):
            yield below
            for box in below.iter():
                if local(box) in _BLOCKS:
                    yield from _paragraphs(box)
        elif name and name not in _LEFT_OUT:
            yield from _paragraphs(below)


def _rows(table: Any) -> Iterator[list[Any]]:
    """Yield the cells of each row of a table, those covered by a merged cell included."""
    for below in table:
        name = local(below)
        if name in _ROW_GROUPS:
            yield from _rows(below)
        elif name == "table-row":
            cells = [cell for cell in below if local(cell) in ("table-cell", "covered-table-cell")]
            for _ in range(_repeated(below, "number-rows-repeated")):
                yield cells


def _repeated(element: Any, name: str) -> int:
    """Return how often a row or cell stands for itself, within reason."""
    value = attribute(element, name) or "1"
    return min(int(value), _MOST_REPEATED) if re.fullmatch(r"\d{1,9}", value) else 1
