"""The reader of presentations (PPTX, PPTM, POTX, PPSX): python-pptx opens the package and gives the slides in order.

A slide is a page. Its title comes first, as a heading, then its shapes in the order in which the file has them, which
is the one that PowerPoint reads them out in. What the speaker's notes say follows as footnotes labelled ``notes``,
since it does not stand on the slide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.errors import RefusedContent
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
    numbers,
    open_parts,
    parse_part,
)

NOTES = "notes"
_TITLES = frozenset({"title", "ctrTitle"})
_REPEATED = frozenset({"dt", "ftr", "sldNum", "hdr"})
_BULLETED = frozenset({"body", "obj"})
_LEFT_OUT = frozenset({"pPr", "rPr", "endParaRPr", "tcPr"})
_BULLETS = frozenset({"buChar", "buAutoNum", "buBlip"})
_LONGEST_SHOWN = 60


@dataclass(slots=True)
class _Walk:
    """Turns slides into blocks, and notes which slides are hidden, have notes, charts or no text."""

    draft: Draft
    title: str | None = None
    slides: int = 0
    empty: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    annotated: list[int] = field(default_factory=list)
    charts: list[int] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)

    def slide(self, slide: Any) -> None:
        """Take the next slide in."""
        self.slides += 1
        shapes = list(_shapes(child(slide.element, "cSld", "spTree")))
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        is_titled = self._heading(titles[0]) if titles else False
        if not is_titled:
            self.draft.end_sections()
        has_text = is_titled
        for shape in shapes:
            if not (is_titled and shape is titles[0]) and _placeholder(shape) not in _REPEATED:
                has_text = self._shape(shape, slide.part) or has_text
        if not has_text:
            self.empty.append(self.slides)
        elif attribute(slide.element, "show") in ("0", "false"):
            self.hidden.append(self.slides)
        if slide.has_notes_slide:
            self._notes(slide.notes_slide.element)

    def _heading(self, shape: Any) -> bool:
        text = fold("\n".join(self._texts(child(shape, "txBody"))))
        if not 0 < len(text) <= LONGEST_HEADING:
            return False
        if self.slides == 1 and _placeholder(shape) == "ctrTitle":
            self.title = text
            self.draft.title(text, self.slides)
        else:
            self.draft.heading(text, 1, self.slides)
        return True

    def _shape(self, shape: Any, part: Any) -> bool:
        """Take in a shape, and say whether there was text in it."""
        has_text = False
        for table in shape.iter("{*}tbl"):
            for number, row in enumerate(table.iterchildren("{*}tr"), start=1):
                cells = [self._cell(cell) for cell in row.iterchildren("{*}tc")]
                self.draft.row(cells, self.slides, number=number)
                has_text |= any(cells)
        for diagram in shape.iter("{*}relIds"):
            for point in parse_part(part.related_part(attribute(diagram, "dm")).blob).iter("{*}pt"):
                for text in self._texts(child(point, "t")):
                    self.draft.add(BlockKind.LIST_ITEM, text, self.slides)
                    has_text = True
        if next(shape.iter("{*}chart"), None) is not None:
            self.charts.append(self.slides)
        is_bulleted = _placeholder(shape) in _BULLETED
        for paragraph in _paragraphs(child(shape, "txBody")):
            text = fold(self._text(paragraph))
            kind = BlockKind.LIST_ITEM if _is_item(paragraph, is_bulleted) else BlockKind.PARAGRAPH
            self.draft.add(kind, text, self.slides)
            has_text |= bool(text)
        return has_text

    def _notes(self, notes: Any) -> None:
        for shape in _shapes(child(notes, "cSld", "spTree")):
            if _placeholder(shape) == "body":
                for text in self._texts(child(shape, "txBody")):
                    self.draft.add(BlockKind.FOOTNOTE, text, self.slides, label=NOTES)
                    if self.slides not in self.annotated:
                        self.annotated.append(self.slides)

    def _cell(self, cell: Any) -> str:
        if attribute(cell, "hMerge") in ("1", "true") or attribute(cell, "vMerge") in ("1", "true"):
            return ""
        return " ".join(self._texts(child(cell, "txBody")))

    def _texts(self, body: Any | None) -> list[str]:
        """Return the paragraphs that have text, folded."""
        return [text for text in (fold(self._text(paragraph)) for paragraph in _paragraphs(body)) if text]

    def _text(self, paragraph: Any) -> str:
        parts = list(_parts(paragraph, False))
        text = "".join(part for part, _ in parts)
        if any(is_struck and not part.isspace() for part, is_struck in parts):
            self.struck.append(fold(text)[:_LONGEST_SHOWN])
        return text

    def warn(self) -> None:
        """Add what the admin should know to the draft's warnings."""
        warnings = self.draft.warnings
        if self.empty:
            warnings.append(f"No text on slide {numbers(self.empty)}: pictures, which are not read.")
        if self.charts:
            warnings.append(f"The chart on slide {numbers(self.charts)} is not read.")
        if self.hidden:
            warnings.append(f"Slide {numbers(self.hidden)} is hidden when the file is shown, and is read too.")
        if self.annotated:
            warnings.append(f"The notes to the speaker on slide {numbers(self.annotated)} are read too.")
        if self.struck:
            warnings.append(STRUCK.format(len(self.struck), self.struck[0]))


def read_pptx(data: bytes) -> Extraction:
    """Read the bytes of a presentation; raises ``RefusedContent`` for one damaged, encrypted, unsafe or empty.

    Dates, footers and numbers of slides, comments and what is only on the layout are left out; the texts of tables,
    groups and SmartArt are kept.
    """
    from pptx.exc import PythonPptxError
    from pptx.package import Package

    damage: tuple[type[Exception], ...] = (*DAMAGE, PythonPptxError)
    parts = open_parts(data, "a PowerPoint file", ".pptx", ("[Content_Types].xml", "_rels/.rels"))
    walk = _Walk(Draft())
    try:
        for slide in Package.open(BytesIO(data)).main_document_part.presentation.slides:
            walk.slide(slide)
        walk.warn()
        extraction = walk.draft.extraction(Metadata())
    except damage as error:
        raise RefusedContent(DAMAGED_FILE) from error
    extraction = replace(extraction, pages=walk.slides, unread_pages=tuple(walk.empty))
    return described(extraction, core_properties(parts), walk.title)


def _shapes(tree: Any | None) -> Iterator[Any]:
    """Yield the shapes of a slide in order, those of groups in the place of their group."""
    for element in () if tree is None else tree:
        match local(element):
            case "grpSp":
                yield from _shapes(element)
            case "AlternateContent":
                # The same content twice, for newer and for older programs.
                chosen = child(element, "Choice")
                yield from _shapes(chosen if chosen is not None else child(element, "Fallback"))
            case "sp" | "graphicFrame" | "cxnSp":
                yield element


def _placeholder(shape: Any) -> str | None:
    """Return the kind of a placeholder, which is an object's where it does not say; None for any other shape."""
    found = child(shape, "nvSpPr", "nvPr", "ph")
    return None if found is None else attribute(found, "type") or "obj"


def _paragraphs(body: Any | None) -> list[Any]:
    return [] if body is None else [below for below in body if local(below) == "p"]


def _is_item(paragraph: Any, is_bulleted: bool) -> bool:
    """Say whether a paragraph has a bullet or number: its own, or by ``is_bulleted`` the one of its place."""
    properties = child(paragraph, "pPr")
    names = set() if properties is None else {local(below) for below in properties}
    return bool(names & _BULLETS) or (is_bulleted and "buNone" not in names)


def _parts(element: Any, is_struck: bool) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a paragraph's text, and whether each is struck out."""
    for below in element:
        match local(below):
            case "t":
                yield below.text or "", is_struck
            case "br":
                yield "\n", False
            case "AlternateContent":
                yield from _parts(child(below, "Choice") if child(below, "Choice") is not None else below, is_struck)
            case name if name and name not in _LEFT_OUT:
                strike = attribute(child(below, "rPr"), "strike")
                yield from _parts(below, is_struck or strike not in (None, "noStrike"))
