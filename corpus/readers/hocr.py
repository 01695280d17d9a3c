"""tesseract's answer about a page, in hOCR: its lines and their words, in pixels from the upper left corner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from corpus.readers.pdf_direction import is_right_to_left

_LINE_CLASSES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BOX = re.compile(r"bbox (\d+) (\d+) (\d+) (\d+)")
_BASELINE = re.compile(r"baseline (-?[\d.]+) (-?[\d.]+)")
_SIZE = re.compile(r"x_size ([\d.]+)")
_CONFIDENCE = re.compile(r"x_wconf (\d+)")

# A mark without letters of less confidence is a speck.
_SURE = 0.7
# Blanks, and the marks of direction that tesseract puts in.
_INVISIBLE = re.compile(r"[\s\u200e\u200f\u202a-\u202e]")


@dataclass(slots=True)
class HocrWord:
    """A word: its ends, and how sure of it tesseract is, from 0 to 1."""

    x0: float
    x1: float
    confidence: float
    text: str = ""

    @property
    def is_rtl(self) -> bool:
        """Whether it is written from right to left."""
        return is_right_to_left(self.text) and any(map(str.isalpha, self.text))


@dataclass(slots=True)
class HocrLine:
    """A line: its ends, its baseline in the middle, and the height of its type."""

    x0: float
    x1: float
    baseline: float
    size: float
    words: list[HocrWord] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words with a blank between."""
        return " ".join(word.text for word in self.words)


def hocr_lines(answer: str) -> Iterator[HocrLine]:
    """Yield the lines that have words, in reading order."""
    parser = _Parser()
    parser.feed(answer)
    parser.close()
    for line in parser.lines:
        line.words = _without_specks([word for word in line.words if word.text])
        if line.words:
            yield line


def _without_specks(words: list[HocrWord]) -> list[HocrWord]:
    """Return the words of a line without the marks at its ends that tesseract makes, unsurely, of specks and rules."""
    kept = [index for index, word in enumerate(words) if word.confidence >= _SURE or any(map(str.isalnum, word.text))]
    return words[kept[0] : kept[-1] + 1] if kept else []


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[HocrLine] = []
        self._word: HocrWord | None = None
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name, title = attributes.get("class") or "", attributes.get("title") or ""
        box = _BOX.search(title)
        if self._word is not None:
            self._depth += 1
        elif box is not None and name in _LINE_CLASSES:
            self.lines.append(_line(tuple(map(float, box.groups())), title))
        elif box is not None and name == "ocrx_word" and self.lines:
            sure = _CONFIDENCE.search(title)
            self._word = HocrWord(float(box[1]), float(box[3]), int(sure[1]) / 100 if sure else 0.0)
            self._depth = 1

    def handle_data(self, data: str) -> None:
        if self._word is not None:
            self._word.text += _INVISIBLE.sub("", data)

    def handle_endtag(self, tag: str) -> None:
        if self._word is None:
            return
        self._depth -= 1
        if self._depth == 0:
            self.lines[-1].words.append(self._word)
            self._word = None


def _line(box: tuple[float, ...], title: str) -> HocrLine:
    x0, top, x1, bottom = box
    baseline, size = _BASELINE.search(title), _SIZE.search(title)
    slope, offset = (float(baseline[1]), float(baseline[2])) if baseline else (0.0, 0.0)
    return HocrLine(x0, x1, bottom + offset + slope * (x1 - x0) / 2, float(size[1]) if size else bottom - top)
