"""The reader of Markdown: CommonMark with tables and footnotes, front matter in YAML, inline markup as plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.encoding import decode
from corpus.errors import RefusedContent
from corpus.metadata import Statement, parse
from corpus.readers.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"---[^\S\n]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_UNCLOSED = re.compile(r"---[^\S\n]*\n\w+:")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_WHERE = "its front matter"
# Where quotations and lists (which count twice) are nested deeper, the parser leaves out the rest.
_DEEPEST = 50


@dataclass(slots=True)
class _Walk:
    """Turns the parser's tokens into blocks; holds what is open around the token at hand."""

    draft: Draft
    title: str | None
    is_title_stated: bool
    lists: int = 0
    footnotes: int = 0
    headings: list[int] = field(default_factory=list)
    cells: list[str] | None = None

    def take(self, token: Token) -> None:
        """Take the next token in."""
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.lists += 1
            case "bullet_list_close" | "ordered_list_close":
                self.lists -= 1
            case "footnote_block_open":
                self.draft.end_sections()
            case "footnote_open":
                self.footnotes += 1
            case "footnote_close":
                self.footnotes -= 1
            case "heading_open":
                self.headings.append(int(token.tag[1:]))
            case "heading_close":
                self.headings.pop()
            case "tr_open":
                self.cells = []
            case "tr_close":
                self.draft.row(self.cells or [])
                self.cells = None
            case "inline":
                self._inline(_plain(token.children or []))
            case "fence" | "code_block":
                self._block(token.content)
            case "html_block":
                self._block(_strip(token.content))

    def _inline(self, text: str) -> None:
        if self.cells is not None:
            self.cells.append(text)
        elif self.headings:
            self._heading(text, self.headings[-1])
        else:
            self._block(text)

    def _heading(self, text: str, level: int) -> None:
        folded = fold(text)
        is_title = level == 1 and (folded == self.title if self.is_title_stated else self.title is None)
        if is_title and folded:
            self.title = folded
            self.draft.title(folded)
        else:
            self.draft.heading(text, level)

    def _block(self, text: str) -> None:
        if self.footnotes:
            kind = BlockKind.FOOTNOTE
        elif self.lists:
            kind = BlockKind.LIST_ITEM
        else:
            kind = BlockKind.PARAGRAPH
        self.draft.add(kind, text)


def read_markdown(data: bytes) -> Extraction:
    """Read the bytes of a Markdown file.

    Raises ``RefusedContent`` for front matter that is not YAML, and for quotations or lists nested too deep.

    The front matter's title, or where it has none the first heading of level 1, is the title.
    """
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    statement, body = _split(text)
    title = statement.values.get("title")
    stated = title if isinstance(title, str) else None
    walk = _Walk(Draft(list(statement.warnings)), stated, stated is not None)
    for token in _parse(body):
        if token.level >= _DEEPEST - 1:
            raise RefusedContent("its lists or quotations are nested too deep to be read; make them flatter.")
        walk.take(token)
    metadata = statement.over(Metadata())
    return walk.draft.extraction(replace(metadata, title=walk.title))


def _split(text: str) -> tuple[Statement, str]:
    """Return what the front matter states, and the text below it."""
    match = _FRONT_MATTER.match(text)
    if match is not None:
        return parse(match.group(1), _WHERE), text[match.end() :]
    if _UNCLOSED.match(text):
        raise RefusedContent(f"{_WHERE} is not closed; end it with a line of three hyphens.")
    return Statement({}), text


def _parse(text: str) -> list[Token]:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    return parser.use(footnote_plugin, inline=True, move_to_end=True).parse(text)


def _plain(tokens: Sequence[Token]) -> str:
    """Return the text of inline tokens: no emphasis marks, links as their text, no pictures and no footnote marks."""
    parts = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline" | "text_special":
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append(" ")
            case "html_inline" if token.content.lower().startswith("<br"):
                parts.append(" ")
    return "".join(parts)


def _strip(html: str) -> str:
    return unescape(_TAG.sub(" ", _COMMENT.sub(" ", html)))
