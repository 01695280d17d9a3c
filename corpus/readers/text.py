"""The reader of plain text: paragraphs by blank lines, and the head of a page that was copied from a web site."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.canonical import fold
from corpus.document import BlockKind, Extraction, Metadata
from corpus.encoding import decode
from corpus.readers.draft import Draft
from corpus.readers.wrapping import Spelling, goes_on, is_meant_break

_BULLET = re.compile(r"\s*[-*•·▪◦‣]\s+(?=\S)")
_NUMBER = re.compile(r"\s*(?:\(?\d{1,3}[.)]|\(?[^\W\d_][)])\s+(?=\S)")
_NUMBERED_HEADING = re.compile(r"(?:(\d{1,2}(?:\.\d{1,2})*)\.?|[IVX]{1,5}\.)\s+[^\W\d_]")
_CLOSING = tuple(".!?;:,…؟؛،。")
_ASKING = tuple("?؟!")
_BRACKETS = "\"'”’»)]"
_LONGEST_HEADING = 150
_MOST_HEADING_WORDS = 20
_LONGEST_WRAPPED_LINE = 200
_LONGEST_DATELINE_WORDS = 5
# What a file's lines have to be wrapped to, and how much of it a line has to fill, for a page's last line to be full.
_LEAST_WIDTH = 50
_FULL = 0.9
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
# A heading of one of these words opens a section, whatever stands above it.
_SECTION_WORDS = frozenset(
    (
        *("introduction", "background", "summary", "abstract", "введение", "предисловие", "резюме", "аннотация"),
        *("кіріспе", "түйін", "giriş", "özet", "مقدمة", "ملخص", "خلاصة", "مقدمه", "چکیده", "خلاصه"),
    )
)
_ORGANISATION = re.compile(
    r"\b(?:institute|ministry|cent(?:re|er)|university|council|agency|foundation|academy|embassy|committee|"
    r"organi[sz]ation|think tank|институт\w*|министерство|центр|университет|совет|агентство|фонд|академия|комитет|"
    r"министрлігі|орталығы|университеті|қоры|академиясы|bakanlığı|enstitüsü|merkezi|üniversitesi|vakfı|akademisi|"
    r"معهد|وزارة|مركز|جامعة|مؤسسة|پژوهشگاه|موسسه|مؤسسه|وزارت|مرکز|دانشگاه|اندیشکده)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Group:
    """The lines of one paragraph, page by page."""

    parts: list[tuple[int | None, list[str]]]
    alone: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """One paragraph, list item or short line; ``alone`` where blank lines stand around it.

    ``parts`` are what of it stands on which page, without blanks at its ends.
    """

    kind: BlockKind
    parts: tuple[tuple[str, int | None], ...]
    alone: bool

    @property
    def text(self) -> str:
        """The whole of it."""
        return fold("".join(part for part, _ in self.parts))

    @property
    def page(self) -> int | None:
        """Where it begins."""
        return self.parts[0][1]


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the first real paragraph: which piece is the title, and where the body starts."""

    title: int | None
    body: int


def read_text(data: bytes) -> Extraction:
    """Read the bytes of a plain text file; raises ``RefusedContent`` where they are not text.

    Where a run of short lines without closing punctuation opens the file, the last of them is the title; the lines
    above it are a site's banner and navigation, which are no part of the text (a warning names them). A form feed
    starts a new page.
    """
    pieces = _pieces(decode(data))
    draft = Draft()
    head = _head(pieces)
    metadata = Metadata()
    if head.title is not None:
        title = pieces[head.title]
        banner = [piece.text for piece in pieces[: head.title]]
        publisher = next((line for line in banner if _ORGANISATION.search(line)), None)
        draft.title(title.text, title.page)
        guessed = frozenset({"title"} | ({"publisher"} if publisher else set()))
        metadata = Metadata(title=title.text, publisher=publisher, guessed=guessed)
        if banner:
            lines = "; ".join(f"“{line}”" for line in banner)
            draft.warnings.append(f"Taken for the page's banner and left out: {lines}.")
    _write_body(draft, pieces, head)
    return draft.extraction(metadata)


def _write_body(draft: Draft, pieces: Sequence[_Piece], head: _Head) -> None:
    first = 0 if head.title is None else head.title + 1
    for index, piece in enumerate(pieces[first:], start=first):
        is_head = index < head.body and not _is_dateline(piece.text)
        if is_head or _is_inner_heading(pieces, index):
            draft.heading(piece.text, _level(piece.text), piece.page)
        elif _BULLET.match(piece.text):
            (text, page), *rest = piece.parts
            draft.add_parts(BlockKind.LIST_ITEM, [(_BULLET.sub("", text, count=1), page), *rest])
        else:
            draft.add_parts(piece.kind, piece.parts)


def _pieces(text: str) -> list[_Piece]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    pages = text.split("\f")
    width = _wrap_width(text)
    groups: list[_Group] = []
    for number, page in enumerate(pages, start=1):
        on_page = _groups(page, number if len(pages) > 1 else None, width)
        if groups and on_page and _is_one(groups[-1], on_page[0], width):
            (_, lines) = on_page.pop(0).parts[0]
            groups[-1].parts.append((number, lines))
        groups.extend(on_page)
    spelling = Spelling.of("\n".join(line for _, lines in group.parts for line in lines) for group in groups)
    return [_piece(group, spelling) for group in groups]


def _groups(page: str, number: int | None, width: int) -> list[_Group]:
    found: list[_Group] = []
    for chunk in re.split(r"\n(?:[^\S\n]*\n)+", page):
        grouped = _group([line for line in chunk.split("\n") if fold(line)], width)
        found.extend(_Group([(number, lines)], len(grouped) == 1) for lines in grouped)
    return found


def _is_one(before: _Group, after: _Group, width: int) -> bool:
    """Say whether the last lines of a page and the first of the next are one paragraph."""
    last, first = before.parts[-1][1][-1], after.parts[0][1][0]
    if _is_item(first) or not re.search(r"[^\W\d_]", last) or max(map(len, (last, first))) > _LONGEST_WRAPPED_LINE:
        return False
    verdict = goes_on(last, first)
    return verdict if verdict is not None else width >= _LEAST_WIDTH and not _is_meant(last, first, width)


def _is_meant(last: str, first: str, width: int) -> bool:
    return first[0].isspace() or len(last.rstrip()) + 1 + len(first.split(None, 1)[0]) < width * _FULL


def _piece(group: _Group, spelling: Spelling) -> _Piece:
    texts = spelling.join_parts([lines for _, lines in group.parts])
    kind = BlockKind.LIST_ITEM if _is_item(group.parts[0][1][0]) else BlockKind.PARAGRAPH
    parts = tuple((text, page) for text, (page, _) in zip(texts, group.parts, strict=True))
    return _Piece(kind, parts, group.alone)


def _wrap_width(text: str) -> int:
    """Return the width that the file's lines were wrapped to; 0 where they do not look wrapped."""
    lengths = sorted(length for line in text.split("\n") if 0 < (length := len(line.rstrip())) <= _LONGEST_WRAPPED_LINE)
    return lengths[len(lengths) * 9 // 10] if len(lengths) > 1 else 0


def _group(lines: Sequence[str], width: int) -> list[list[str]]:
    """Split the lines between two blank lines into paragraphs: at list markers, and at breaks a person made."""
    if any(len(line) > _LONGEST_WRAPPED_LINE for line in lines):
        return [[line] for line in lines]
    width = max([width, *map(len, lines)])
    groups: list[list[str]] = []
    for line in lines:
        if groups and not _is_item(line) and not is_meant_break(groups[-1][-1], line, width):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _head(pieces: Sequence[_Piece]) -> _Head:
    body = 0
    while body < len(pieces) and _is_short_line(pieces[body].text, asking=True):
        body += 1
    if body == len(pieces):
        # Nothing but short lines: the first may be a title, and none of the others is left out.
        return _Head(0, 1) if body > 1 else _Head(None, 0)
    titles = [index for index in range(body) if not _is_dateline(pieces[index].text)]
    while len(titles) > 1 and _opens_section(pieces[titles[-1]].text):
        titles.pop()
    return _Head(titles[-1], body) if titles else _Head(None, 0)


def _is_short_line(text: str, *, asking: bool = False) -> bool:
    """Say whether a line looks like a heading: short, with a letter, and not closed as a sentence is."""
    bare = text.rstrip(_BRACKETS)
    if len(text) > _LONGEST_HEADING or len(text.split()) > _MOST_HEADING_WORDS or not re.search(r"[^\W\d_]", text):
        return False
    if _BULLET.match(text) or (_NUMBER.match(text) and not _NUMBERED_HEADING.match(text)):
        return False
    return not bare.endswith(_CLOSING) or (asking and bare.endswith(_ASKING))


def _is_inner_heading(pieces: Sequence[_Piece], index: int) -> bool:
    """Say whether a short line heads the text after it: it stands alone, begins large, and a real paragraph follows."""
    piece = pieces[index]
    if not piece.alone or not _is_short_line(piece.text) or _is_dateline(piece.text) or piece.text[0].islower():
        return False
    below = index + 1
    if below + 1 < len(pieces) and pieces[below].alone and _is_short_line(pieces[below].text):
        below += 1
    return below < len(pieces) and not _is_short_line(pieces[below].text)


def _is_dateline(text: str) -> bool:
    """Say whether a short line is a place and a date, such as "Astana, 14 September 2018"."""
    if len(text.split()) > _LONGEST_DATELINE_WORDS + 2:
        return False
    words = re.findall(r"[^\W\d_]+", text)
    return len(words) <= _LONGEST_DATELINE_WORDS and bool(_YEAR.search(text)) and bool(_DAY.search(text))


def _opens_section(text: str) -> bool:
    return bool(_NUMBERED_HEADING.match(text)) or text.casefold() in _SECTION_WORDS


def _is_item(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBER.match(line))


def _level(text: str) -> int:
    match = _NUMBERED_HEADING.match(text)
    return 1 + match.group(1).count(".") if match and match.group(1) else 1
