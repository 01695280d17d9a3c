"""A small typesetter for the made PDFs: it knows of every line which code points of which block stand on which page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from types import MappingProxyType
from typing import Any

from PIL import Image
from pypdfium2 import PdfDocument
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = "/usr/share/fonts/truetype/dejavu/"
SERIF, BOLD = "DejaVuSerif", "DejaVuSerif-Bold"
WIDTH, HEIGHT = 595.0, 842.0
_RAISED = 5.5
_VOWELS = "aeiouy"
_PIECE = re.compile(r"\S+")
_NOTE = re.compile(r"\[(\d+)\]")


@dataclass(slots=True)
class Made:
    """One block as it has to be read: ``turns`` are offsets in ``text`` at which it goes over to a further page."""

    kind: str
    text: str
    label: str | None = None
    page: int = 0
    turns: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Style:
    """How the running text is set; ``gap`` is between paragraphs, all in points."""

    columns: int = 1
    size: float = 9.5
    leading: float = 12.0
    indent: float = 0.0
    gap: float = 0.0
    is_justified: bool = False
    is_hyphenated: bool = False
    left: float = 56.0
    top: float = 770.0
    bottom: float = 62.0
    gutter: float = 24.0

    @property
    def width(self) -> float:
        """The width of a column."""
        return (WIDTH - 2 * self.left - (self.columns - 1) * self.gutter) / self.columns


@dataclass(frozen=True, slots=True)
class Drawn:
    """A string on a page; ``raised`` is how far above its line's baseline it stands, in points."""

    page: int
    x: float
    y: float
    text: str
    font: str
    size: float
    raised: float = 0.0


@dataclass(slots=True)
class _Set:
    """One line: its words, and where its first stands in the block's text; ``is_last`` of its block."""

    words: list[str]
    start: int
    is_last: bool = False


def register() -> None:
    """Make the fonts known, and files small."""
    rl_config.useA85 = 0
    for name in (SERIF, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{FONTS}{name}.ttf"))


def width_of(text: str, font: str, size: float) -> float:
    """Return the width of a text in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


class Typesetter:
    """Sets blocks one after the other; ``notes`` are the texts of the footnotes that a block refers to as [1]."""

    def __init__(self, style: Style, notes: Sequence[str] = ()) -> None:
        self._style = style
        self._notes = notes
        self.drawn: list[Drawn] = []
        self.blocks: list[Made] = []
        self.footnotes: list[Made] = []
        self.page = 1
        self._column = 0
        self._y = style.top
        self._floor = style.bottom
        self._column_notes: list[int] = []

    def title(self, lines: Sequence[str], size: float = 17.0) -> None:
        """Set the title across all columns."""
        for line in lines:
            self.drawn.append(Drawn(self.page, self._style.left, self._y, line, BOLD, size))
            self._y -= 1.25 * size
        self.blocks.append(Made("heading", " ".join(lines), page=self.page))
        grid = self._style.leading
        self._top = self._y = self._style.top - grid * (1 + (self._style.top - self._y) // grid)

    def heading(self, text: str, size: float = 11.5) -> None:
        """Set a heading of one line, never the last of a column."""
        leading = self._style.leading
        if self._y - 4 * leading < self._floor:
            self._next_column()
        elif self._y < self._style.top:
            self._y -= leading
        self.drawn.append(Drawn(self.page, self._x, self._y, text, BOLD, size))
        self._y -= leading
        self.blocks.append(Made("heading", text, page=self.page))

    def row(self, cells: Sequence[str], number: int) -> None:
        """Set a table's row in one column."""
        leading = self._style.leading
        if self._y < self._floor:
            self._next_column()
        for index, cell in enumerate(cells):
            x = self._x + index * self._style.width / len(cells)
            self.drawn.append(Drawn(self.page, x, self._y, cell, SERIF, self._style.size))
        self._y -= leading
        self.blocks.append(Made("table_row", " | ".join(cells), str(number), self.page))

    def space(self) -> None:
        """Leave a line empty."""
        self._y -= self._style.leading

    def block(self, kind: str, text: str, *, bullet: str = "") -> None:
        """Set a paragraph or a list item."""
        made = Made(kind, _NOTE.sub("", text))
        style = self._style
        indent = 0.0 if bullet else style.indent
        for number, line in enumerate(self._lines(text, indent, 14.0 if bullet else 0.0)):
            wanted = [int(note) for word in line.words for note in _NOTE.findall(word)]
            height = sum(self._note_height(note) for note in wanted)
            if self._y < self._floor + height:
                self._next_column()
            self._floor += height
            self._column_notes += wanted
            if not number:
                made.page = self.page
            elif self.page != (made.turns[-1][1] if made.turns else made.page):
                made.turns.append((line.start, self.page))
            x = self._x + (14.0 if bullet else indent if not number else 0.0)
            if bullet and not number:
                self.drawn.append(Drawn(self.page, self._x, self._y, bullet, SERIF, style.size))
            self._draw(line, x)
            self._y -= style.leading
        self._y -= style.gap
        self.blocks.append(made)

    def end(self) -> None:
        """Set the notes of the last column."""
        self._set_notes()

    @property
    def _x(self) -> float:
        return self._style.left + self._column * (self._style.width + self._style.gutter)

    def _next_column(self) -> None:
        self._set_notes()
        self._column += 1
        self._y = getattr(self, "_top", self._style.top) if self._column < self._style.columns else self._style.top
        if self._column == self._style.columns:
            self._column = 0
            self.page += 1
            self._top = self._style.top
        self._floor = self._style.bottom

    def _note_height(self, note: int) -> float:
        lines = list(_filled(_pieces(self._notes[note - 1]), lambda _: self._style.width - 10, SERIF, 7.5, False))
        return 9.5 * len(lines) + 2

    def _set_notes(self) -> None:
        y = self._floor - 14
        for note in self._column_notes:
            lines = list(_filled(_pieces(self._notes[note - 1]), lambda _: self._style.width - 10, SERIF, 7.5, False))
            self.drawn.append(Drawn(self.page, self._x, y, str(note), SERIF, 5.0, 2.5))
            for number, line in enumerate(lines):
                text = " ".join(line.words)
                self.drawn.append(Drawn(self.page, self._x + (0 if number else 6), y, text, SERIF, 7.5))
                y -= 9.5
            y -= 2
            self.footnotes.append(Made("footnote", f"{note} {self._notes[note - 1]}", str(note), self.page))
        self._column_notes = []

    def _lines(self, text: str, indent: float, hanging: float) -> Iterator[_Set]:
        style = self._style

        def width(number: int) -> float:
            return style.width - hanging - (indent if not number else 0.0)

        yield from _filled(_pieces(text), width, SERIF, style.size, style.is_hyphenated)

    def _draw(self, line: _Set, x: float) -> None:
        style = self._style
        widths = [_word_width(word, SERIF, style.size) for word in line.words]
        blank = width_of(" ", SERIF, style.size)
        room = self._x + style.width - x - sum(widths) - blank * (len(widths) - 1)
        is_stretched = style.is_justified and not line.is_last and len(widths) > 1
        if not is_stretched and not any(map(_NOTE.search, line.words)):
            self.drawn.append(Drawn(self.page, x, self._y, " ".join(line.words), SERIF, style.size))
            return
        extra = room / (len(widths) - 1) if is_stretched else 0.0
        for word, width in zip(line.words, widths, strict=True):
            note = _NOTE.search(word)
            self.drawn.append(Drawn(self.page, x, self._y, _NOTE.sub("", word), SERIF, style.size))
            bare = width_of(_NOTE.sub("", word), SERIF, style.size)
            if note:
                self.drawn.append(Drawn(self.page, x + bare, self._y, note.group(1), SERIF, _RAISED, 3.5))
            x += width + blank + extra


def scanned(data: bytes, page: int) -> Image.Image:
    """Return a page of a PDF as from a scanner: 200 dots to the inch, a little turned, with specks, black and white."""
    with closing(PdfDocument(data)) as document:
        picture = document[page - 1].render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    turned: Image.Image = picture.rotate(0.3, Image.Resampling.BICUBIC, fillcolor=255)
    random = Random(page)
    for _ in range(400):
        turned.putpixel((random.randrange(turned.width), random.randrange(turned.height)), 0)
    return turned.point(lambda grey: 255 if grey > 140 else 0).convert("1")


def _word_width(text: str, font: str, size: float) -> float:
    marks = sum(width_of(note, font, _RAISED) for note in _NOTE.findall(text))
    return width_of(_NOTE.sub("", text), font, size) + marks


def _pieces(text: str) -> list[tuple[str, int]]:
    """Return the words, each with where it stands in the text without its references."""
    found = []
    dropped = 0
    for match in _PIECE.finditer(text):
        found.append((match.group(), match.start() - dropped))
        dropped += sum(len(note) for note in re.findall(r"\[\d+\]", match.group()))
    return found


def _filled(words: list[tuple[str, int]], width: Any, font: str, size: float, is_hyphenated: bool) -> Iterator[_Set]:
    """Yield lines as full as they get; words are cut with a hyphen, compounds at theirs."""
    rest = list(words)
    number = 0
    while rest:
        line = _Set([], rest[0][1])
        while rest:
            word, start = rest[0]
            used = _word_width(" ".join([*line.words, word]), font, size)
            if used <= width(number):
                line.words.append(word)
                rest.pop(0)
                continue
            for place, mark in _cuts(word) if is_hyphenated else ():
                head = word[:place] + mark
                if _word_width(" ".join([*line.words, head]), font, size) <= width(number):
                    line.words.append(head)
                    rest[0] = (word[place:], start + place)
                    break
            break
        line.is_last = not rest
        number += 1
        yield line


def _cuts(word: str) -> list[tuple[int, str]]:
    """Return where a word may be cut, the last place first, with what is printed there beside what it has."""
    letters = re.match(r"[“(]?[A-Za-z-]+", word)
    if letters is None or _NOTE.search(word):
        return []
    whole = letters.group().lower()
    if "-" in whole:
        return [(match.end(), "") for match in reversed(list(re.finditer("-", whole)))]
    if len(whole) < 7 or word[0].isupper():
        return []
    return [
        (place, "-")
        for place in range(len(whole) - 3, 2, -1)
        if whole[place - 1] in _VOWELS and whole[place] not in _VOWELS and whole[place + 1] in _VOWELS
    ]


def printed(
    drawn: Sequence[Drawn],
    headers: Sequence[str] = (),
    *,
    by_rows: bool = False,
    scans: Mapping[int, Image.Image] = MappingProxyType({}),
    **canvas: Any,
) -> bytes:
    """Return the PDF; even and odd pages have their running header of ``headers``, each page its number.

    ``scans`` are put in the place of pages of these numbers.
    """
    target = BytesIO()
    page_of: dict[int, list[Drawn]] = {}
    for one in drawn:
        page_of.setdefault(one.page, []).append(one)
    made = Canvas(target, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, **canvas)
    for page, items in sorted(page_of.items()):
        if page in scans:
            made.drawImage(ImageReader(scans[page]), 0, 0, WIDTH, HEIGHT)
            made.showPage()
            continue
        if headers:
            items = [Drawn(page, 56, 805, headers[page % len(headers)], SERIF, 8), *items]
            items.append(Drawn(page, 290, 30, str(page), SERIF, 8))
        if by_rows:
            items = sorted(items, key=lambda one: (-round(one.y), one.x))
        for one in items:
            made.setFont(one.font, one.size)
            made.drawString(one.x, one.y + one.raised, one.text)
        made.showPage()
    made.save()
    return target.getvalue()
