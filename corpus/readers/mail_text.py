"""The text of a message as blocks: plain text as mail programs break it, and the HTML that they write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from corpus.document import BlockKind
from corpus.errors import RefusedContent
from corpus.readers.draft import CELL_SEPARATOR
from corpus.readers.wrapping import Spelling, is_meant_break

_QUOTED = re.compile(r"((?:>[ \t]?)+)(.*)", re.DOTALL)
_ITEM = re.compile(r"\s*(?:[-*•·▪◦‣]|\(?\d{1,3}[.)])\s+(?=\S)")
_BULLET = re.compile(r"\s*[-*•·▪◦‣]\s+(?=\S)")
# The line that parts a text from the signature below it.
_SIGNATURE = "-- "
_LONGEST_WRAPPED_LINE = 200
_PARTING = frozenset(
    (
        *("p", "div", "br", "hr", "table", "tr", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("blockquote", "pre", "section", "article", "header", "footer", "center", "form", "body", "address", "li"),
    )
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})


def blocks_of_text(text: str, *, flowed: bool = False) -> Iterator[tuple[BlockKind, str]]:
    """Yield the paragraphs and list items of a plain text, the first mark of quoted lines kept.

    ``flowed`` says that a blank at a line's end joins it to the next (RFC 3676).
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    width = max((len(line.rstrip()) for line in lines if len(line) <= _LONGEST_WRAPPED_LINE), default=0)
    spelling = Spelling.of([text])
    for depth, group in _groups(lines, width, flowed=flowed):
        joined = " ".join(map(str.strip, group)) if flowed else spelling.join(group)
        if depth:
            yield BlockKind.PARAGRAPH, f"{'>' * depth} {joined}"
        elif _BULLET.match(joined):
            yield BlockKind.LIST_ITEM, _BULLET.sub("", joined, count=1)
        else:
            yield (BlockKind.LIST_ITEM if _ITEM.match(joined) else BlockKind.PARAGRAPH), joined


def blocks_of_html(page: str) -> Iterator[tuple[BlockKind, str]]:
    """Yield the paragraphs, list items and table rows of a message in HTML, all of them: it has no boilerplate.

    Raises ``RefusedContent`` where the HTML cannot be read.
    """
    from lxml import etree  # type: ignore[import-untyped]
    from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

    parser = HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise RefusedContent("the HTML of the message cannot be read; save it as PDF.") from error
    walk = _Walk()
    walk.element(tree)
    walk.end()
    return iter(walk.blocks)


@dataclass(slots=True)
class _Walk:
    """Turns the elements of a page into blocks; the parser has held their depth to some hundreds."""

    blocks: list[tuple[BlockKind, str]] = field(default_factory=list)
    kind: BlockKind = BlockKind.PARAGRAPH
    _parts: list[str] = field(default_factory=list)

    def element(self, element: Any) -> None:
        """Take in an element and all below it."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _UNSEEN:
            return
        if tag == "tr" and (row := _row(element)) is not None:
            self.end()
            self.blocks.append((BlockKind.TABLE_ROW, row))
            return
        is_parting, outer = tag in _PARTING, self.kind
        if is_parting:
            self.end()
        if tag == "li":
            self.kind = BlockKind.LIST_ITEM
        self._parts.append(element.text or "")
        for child in element:
            self.element(child)
            self._parts.append(child.tail or "")
        if is_parting:
            self.end()
        self.kind = outer

    def end(self) -> None:
        """End the block at hand."""
        text = "".join(self._parts)
        if text.strip():
            self.blocks.append((self.kind, text))
        self._parts.clear()


def _row(element: Any) -> str | None:
    """Return a row of several cells as text; None where the table is there for its layout."""
    if element.find(".//table") is not None:
        return None
    cells = [" ".join(" ".join(cell.itertext()).split()) for cell in element if cell.tag in ("td", "th")]
    return CELL_SEPARATOR.join(cells) if sum(map(bool, cells)) > 1 else None


def _groups(lines: list[str], width: int, *, flowed: bool) -> Iterator[tuple[int, list[str]]]:
    """Yield (how often quoted, lines) of each paragraph."""
    group: list[str] = []
    depth = 0
    for line in lines:
        marks, text = _unquoted(line)
        if group and _parts_from(group[-1], text, width, flowed=flowed, is_other=marks != depth):
            yield depth, group
            group = []
        if text.strip() and text != _SIGNATURE:
            group.append(text)
            depth = marks
        elif group:
            yield depth, group
            group = []
    if group:
        yield depth, group


def _parts_from(before: str, text: str, width: int, *, flowed: bool, is_other: bool) -> bool:
    """Say whether a new paragraph begins with ``text``."""
    if is_other:
        return True
    if flowed:
        return not before.endswith(" ")
    if _ITEM.match(text) or max(len(before), len(text)) > _LONGEST_WRAPPED_LINE:
        return True
    return is_meant_break(before, text, width)


def _unquoted(line: str) -> tuple[int, str]:
    match = _QUOTED.match(line)
    return (match.group(1).count(">"), match.group(2)) if match else (0, line)
