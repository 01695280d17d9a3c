"""The text of a Word paragraph as Word shows it: insertions in, deletions, field codes and hidden text out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from corpus.readers.docx_styles import Styles, is_on, switch
from corpus.readers.office import attribute, child, local

# Moved away or deleted, comments' and fields' machinery, and what stands for a picture.
_LEFT_OUT = frozenset(
    {"del", "moveFrom", "rt", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr", "instrText", "delText", "annotationRef"}
)
_SPACES = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PRIVATE = range(0xE000, 0xF900)


@dataclass(frozen=True, slots=True)
class Call:
    """Where a text calls a note: ``kind`` is "footnote" or "endnote", ``mark`` the author's own mark or None."""

    kind: str
    id: str
    mark: str | None = None


@dataclass(slots=True)
class Inline:
    """The text of one paragraph, the notes it calls, and the text boxes that hang on it (elements, in order)."""

    parts: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    is_struck: bool = False

    @property
    def text(self) -> str:
        """The text, not folded yet."""
        return "".join(self.parts)


@dataclass(slots=True)
class Inliner:
    """Reads paragraphs one after another; a field may begin in one and end in a later one.

    ``_fields`` holds, for each field that is open, whether its result has begun: before that come its instructions.
    """

    styles: Styles
    _fields: list[bool] = field(default_factory=list)

    def read(self, paragraph: Any) -> Inline:
        """Return what is in a paragraph."""
        inline = Inline()
        style = self.styles.get(attribute(child(paragraph, "pPr", "pStyle"), "val") or self.styles.default)
        self._walk(paragraph, inline, style.is_hidden, style.is_struck)
        return inline

    def _walk(self, element: Any, inline: Inline, hidden: bool, struck: bool) -> None:
        for below in element:
            name = local(below)
            if name == "r":
                self._run(below, inline, hidden, struck)
            elif name == "AlternateContent":
                # The same content twice, for newer and for older programs.
                chosen = child(below, "Choice")
                self._walk(chosen if chosen is not None else child(below, "Fallback"), inline, hidden, struck)
            elif name == "txbxContent":
                inline.boxes.append(below)
            elif name == "t":
                self._text(below.text or "", inline, hidden, struck)
            elif name in _SPACES:
                self._text(_SPACES[name], inline, hidden, struck=False)
            elif name == "sym":
                self._text(_symbol(below), inline, hidden, struck)
            elif name == "fldChar":
                self._field(attribute(below, "fldCharType"))
            elif name and name not in _LEFT_OUT:
                self._walk(below, inline, hidden, struck)

    def _run(self, run: Any, inline: Inline, hidden: bool, struck: bool) -> None:
        properties = child(run, "rPr")
        style = self.styles.get(attribute(child(properties, "rStyle"), "val"))
        vanishes, strikes = switch(properties, "vanish"), switch(properties, "strike", "dstrike")
        hidden = vanishes if vanishes is not None else hidden or style.is_hidden
        struck = strikes if strikes is not None else struck or style.is_struck
        for kind in ("footnote", "endnote"):
            call = child(run, f"{kind}Reference")
            if call is None:
                continue
            follows = attribute(call, "customMarkFollows")
            has_mark = follows is not None and is_on(follows)
            mark = "".join(_mark(below) for below in run).strip() if has_mark else ""
            inline.calls.append(Call(kind, attribute(call, "id") or "", mark or None))
            if has_mark:
                return
        self._walk(run, inline, hidden, struck)

    def _text(self, text: str, inline: Inline, hidden: bool, struck: bool) -> None:
        if hidden or not all(self._fields):
            return
        inline.parts.append(text)
        inline.is_struck |= struck and not text.isspace()

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(False)
        elif self._fields and kind == "separate":
            self._fields[-1] = True
        elif self._fields and kind == "end":
            self._fields.pop()


def _mark(element: Any) -> str:
    match local(element):
        case "t":
            return element.text or ""
        case "sym":
            return _symbol(element)
        case _:
            return ""


def _symbol(element: Any) -> str:
    """Return the character of a symbol; those of fonts of pictures have no meaning elsewhere."""
    try:
        code = int(attribute(element, "char") or "", 16)
    except ValueError:
        return ""
    return chr(code) if 0x20 <= code < 0x110000 and code not in _PRIVATE else ""
