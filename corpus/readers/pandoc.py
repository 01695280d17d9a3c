"""The reader of books (EPUB): pandoc reads the file in a sandbox, and its tree, which it gives as JSON, is walked here.

The tree is that of pandoc-types 1.22 and later (pandoc 2.15, the first with a sandbox, to 3). It does not keep the
marks of notes: they are numbered through the book in the order of their calls, and follow at the end of the section.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zipfile import ZipFile

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.errors import RefusedContent
from corpus.metadata import iso_date
from corpus.readers.draft import Draft
from corpus.readers.numerals import numeral
from corpus.readers.office import (
    DAMAGE,
    DAMAGED_FILE,
    LONGEST_HEADING,
    NESTED,
    STRUCK,
    Properties,
    described,
    local,
    open_parts,
    parse_part,
)

SECONDS = 50.0
_ELSEWHERE = "/usr/local/bin:/opt/homebrew/bin:/opt/local/bin"
_NOT_INSTALLED = "reading EPUB needs pandoc, which is not installed; install it (apt install pandoc) and load it again."
_TOO_OLD = "reading EPUB needs pandoc 2.15 or newer, and an older one is installed; install a newer one."
_TOO_SLOW = f"pandoc took longer than {SECONDS:.0f} seconds to read it; split it or save it in another format."
_PROTECTED = "it is copy-protected; ask its publisher for a copy that is not."
_LONGEST_SHOWN = 60
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_NOTE = re.compile(r"\s*\[?(?:\d{1,3}|[*†‡])\]?\s*")
_CLOSING = tuple(".,;:!?…\"'”’»)]،؛؟")
_NUMBERINGS = {
    **{"LowerRoman": "lowerRoman", "UpperRoman": "upperRoman", "LowerAlpha": "lowerLetter"},
    **{"UpperAlpha": "upperLetter"},
}
_DELIMITERS = {"OneParen": ("", ")"), "TwoParens": ("(", ")")}
# A book without a package document ends the search for it.
_DAMAGE: tuple[type[Exception], ...] = (*DAMAGE, StopIteration)
_Node = dict[str, Any]


@dataclass(slots=True)
class _Walk:
    """Turns pandoc's blocks into the draft's, and holds back the notes until their section ends."""

    draft: Draft = field(default_factory=Draft)
    title: str | None = None
    notes: int = 0
    struck: list[str] = field(default_factory=list)
    _waiting: list[tuple[str, list[_Node]]] = field(default_factory=list)

    def blocks(self, nodes: Sequence[_Node], kind: BlockKind = BlockKind.PARAGRAPH, label: str | None = None) -> None:
        """Take blocks in; their paragraphs are of ``kind`` and have ``label``."""
        for node in nodes:
            content: Any = node.get("c")
            match node["t"], content:
                case "Header", [level, _, inlines]:
                    self._heading(int(level), self._text(inlines))
                case "Para" | "Plain", inlines:
                    self.draft.add(kind, self._text(inlines), label=label)
                case "LineBlock", lines:
                    self.draft.add(kind, "\n".join(self._text(line) for line in lines), label=label)
                case "CodeBlock", [_, text]:
                    self.draft.add(kind, text, label=label)
                case "BlockQuote", below:
                    self.blocks(below, kind, label)
                case "Div", [[_, classes, _], below]:
                    self._division(classes, below, kind, label)
                case "Figure", [_, caption, below]:
                    self.blocks(below, kind, label)
                    self.blocks(caption[1], kind, label)
                case "BulletList", items:
                    self._items(items, kind, label)
                case "OrderedList", [[start, style, delimiter], items]:
                    numbering = _NUMBERINGS.get(style["t"], "decimal")
                    before, after = _DELIMITERS.get(delimiter["t"], ("", "."))
                    numbers = [f"{before}{numeral(start + place, numbering)}{after}" for place in range(len(items))]
                    self._items(items, kind, label, numbers)
                case "DefinitionList", pairs:
                    for term, definitions in pairs:
                        self.draft.add(BlockKind.LIST_ITEM, self._text(term))
                        self._items(definitions, kind, label)
                case "Table", [_, caption, _, head, bodies, foot]:
                    self._table(caption, head, bodies, foot)

    def end_section(self) -> None:
        """Add the notes that the section has called, in the order of their calls."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for mark, nodes in waiting:
                self.blocks(nodes, BlockKind.FOOTNOTE, mark)

    def _heading(self, level: int, text: str) -> None:
        folded = fold(text)
        if len(folded) > LONGEST_HEADING:
            self.draft.add(BlockKind.PARAGRAPH, folded)
        elif folded:
            self.end_section()
            if self.draft.is_empty and folded == self.title:
                self.draft.title(folded)
            else:
                self.draft.heading(folded, level)

    def _division(self, classes: Sequence[str], below: list[_Node], kind: BlockKind, label: str | None) -> None:
        if "footnotes" not in classes:
            self.blocks(below, kind, label)
            return
        # The notes of a book that pandoc made: a list at its end.
        self.end_section()
        self.draft.end_sections()
        for node in below:
            if node["t"] == "OrderedList":
                for number, item in enumerate(node["c"][1], start=int(node["c"][0][0])):
                    self.blocks(item, BlockKind.FOOTNOTE, str(number))

    def _items(
        self, items: Sequence[list[_Node]], kind: BlockKind, label: str | None, numbers: Sequence[str] = ()
    ) -> None:
        """Take the items of a list in; the first block of each has its number for a label, unless it is in a note."""
        is_note = kind is BlockKind.FOOTNOTE
        below = kind if is_note else BlockKind.LIST_ITEM
        for place, item in enumerate(items):
            own = label if is_note or place >= len(numbers) else numbers[place]
            self.blocks(item[:1], below, own)
            self.blocks(item[1:], below, label)

    def _table(self, caption: Any, head: Any, bodies: Any, foot: Any) -> None:
        self.blocks(caption[1])
        rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
        # By column: how many more rows a cell from above reaches down into.
        reaching: dict[int, int] = {}
        for number, (_, cells) in enumerate(rows, start=1):
            texts: list[str] = []
            for _, _, height, width, below in cells:
                while reaching.get(len(texts), 0):
                    reaching[len(texts)] -= 1
                    texts.append("")
                for _ in range(min(int(width), 100)):
                    reaching[len(texts)] = int(height) - 1
                    texts.append("")
                texts[-int(min(int(width), 100))] = " ".join(self._flat(below))
            self.draft.row(texts, number=number)

    def _flat(self, nodes: Sequence[_Node]) -> Iterator[str]:
        """Yield the texts of the blocks of a table's cell."""
        inner = _Walk(notes=self.notes, struck=self.struck, _waiting=self._waiting)
        inner.blocks(nodes)
        self.notes = inner.notes
        extraction = inner.draft.extraction(Metadata())
        yield from (extraction.text[block.start : block.end] for block in extraction.blocks)

    def _text(self, inlines: Sequence[_Node]) -> str:
        pieces = list(self._pieces(inlines, False))
        text = "".join(piece for piece, _ in pieces)
        if any(is_struck and not piece.isspace() for piece, is_struck in pieces):
            self.struck.append(fold(text)[:_LONGEST_SHOWN])
        return text

    def _pieces(self, inlines: Sequence[_Node], is_struck: bool) -> Iterator[tuple[str, bool]]:
        """Yield the pieces of running text, and whether each is struck out."""
        before = ""
        for node in inlines:
            content: Any = node.get("c")
            match node["t"], content:
                case "Superscript", below if before.endswith(_CLOSING) and _is_mark(below):
                    pass
                case "Link", [_, below, [target, _]] if target.startswith("#") and _is_mark(below):
                    pass
                case "Str", text:
                    yield text, is_struck
                case "Space" | "SoftBreak" | "LineBreak", _:
                    yield " ", is_struck
                case "Code" | "Math", [_, text]:
                    yield text, is_struck
                case "Note", blocks:
                    self.notes += 1
                    self._waiting.append((str(self.notes), blocks))
                case "Strikeout", below:
                    yield from self._pieces(below, True)
                case "Link", [[_, classes, _], below, _]:
                    if "footnote-back" not in classes:
                        yield from self._pieces(below, is_struck)
                case "Image", [_, below, [_, title]]:
                    # Only where it is a figure is what stands with it a caption; else it is for those who cannot see.
                    if title.startswith("fig:"):
                        yield from self._pieces(below, is_struck)
                case "Quoted", [kind, below]:
                    opening, closing = ("‘", "’") if kind["t"] == "SingleQuote" else ("“", "”")
                    yield opening, is_struck
                    yield from self._pieces(below, is_struck)
                    yield closing, is_struck
                case "Cite" | "Span", [_, below]:
                    yield from self._pieces(below, is_struck)
                case "Emph" | "Underline" | "Strong" | "Superscript" | "Subscript" | "SmallCaps", below:
                    yield from self._pieces(below, is_struck)
            before = node["c"] if node["t"] == "Str" else ""


def read_epub(data: bytes) -> Extraction:
    """Read the bytes of a book; raises ``RefusedContent`` for one damaged, protected, unsafe or empty, or where pandoc
    is not installed.
    """
    parts = open_parts(data, "an EPUB book", ".epub", ("META-INF/container.xml",), may_declare=True)
    is_protected = "META-INF/rights.xml" in parts.namelist()
    try:
        tree = json.loads(_run(data, "epub"))
        stated = _stated(parts)
        titles = stated.get("title", [])
        walk = _Walk(title=titles[0] if titles else None)
        walk.blocks(tree["blocks"])
        walk.end_section()
    except RecursionError as error:
        raise RefusedContent(NESTED) from error
    except _DAMAGE as error:
        raise RefusedContent(_PROTECTED if is_protected else DAMAGED_FILE) from error
    if walk.struck:
        walk.draft.warnings.append(STRUCK.format(len(walk.struck), walk.struck[0]))
    properties = Properties(language=stated.get("language", [""])[0])
    extraction = described(walk.draft.extraction(Metadata()), properties, walk.title)
    # A book states who made it as a title page does, where other files only keep whose account wrote them.
    book = replace(
        extraction.metadata,
        author=", ".join(stated.get("creator", [])) or None,
        publisher=stated.get("publisher", [None])[0],
        date=iso_date(stated.get("date", [""])[0].partition("T")[0]),
    )
    return replace(extraction, metadata=book)


def _is_mark(inlines: Sequence[_Node]) -> bool:
    """Say whether inlines are no more than what a note is called by."""
    return _NOTE.fullmatch("".join(piece for piece, _ in _Walk()._pieces(inlines, False))) is not None


def find_pandoc() -> str | None:
    """Return the path of pandoc, None where it is not installed."""
    return shutil.which("pandoc") or shutil.which("pandoc", path=_ELSEWHERE)


def _run(data: bytes, format: str) -> bytes:
    """Return what pandoc makes of the bytes of a file, as JSON; it may read and write no file, nor use the network."""
    pandoc = find_pandoc()
    if pandoc is None:
        raise RefusedContent(_NOT_INSTALLED)
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and what comes from the file goes to its input
            [pandoc, "--sandbox", f"--from={format}", "--to=json"],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedContent(_TOO_SLOW) from error
    except OSError as error:
        raise RefusedContent(_NOT_INSTALLED) from error
    if done.returncode:
        raise RefusedContent(_TOO_OLD if b"--sandbox" in done.stderr else DAMAGED_FILE)
    return done.stdout


def _stated(parts: ZipFile) -> dict[str, list[str]]:
    """Return what the package of a book states, by the names of Dublin Core; pandoc turns the authors round."""
    container = parse_part(parts.read("META-INF/container.xml"))
    path = next(container.iter("{*}rootfile")).get("full-path")
    stated: dict[str, list[str]] = {}
    for element in parse_part(parts.read(path)).iter(f"{_DUBLIN_CORE}*"):
        if text := fold(element.text or ""):
            stated.setdefault(local(element), []).append(text)
    return stated
