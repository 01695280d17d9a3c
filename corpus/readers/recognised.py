"""A page that text recognition has read: its lines, and how sure it was of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from corpus.document import Origin
from corpus.readers.pdf_lines import Line, Page

# A word of less confidence than this, of 1, is doubtful.
DOUBTFUL = 0.6


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """What was read on the picture of one page, in points; ``language`` is tesseract's name of that it was read in.

    ``confidences`` are those of its words, from 0 to 1.
    """

    lines: tuple[Line, ...]
    height: float
    language: str
    confidences: tuple[float, ...] = ()

    @property
    def confidence(self) -> float:
        """The mean confidence of its words, 0 where there are none."""
        return sum(self.confidences) / len(self.confidences) if self.confidences else 0.0

    def page(self, *, with_places: bool = False) -> Page:
        """Return its lines as those of a PDF's page."""
        return Page(self.lines if with_places else tuple(replace(line, places=()) for line in self.lines), self.height)

    def to_json(self) -> dict[str, Any]:
        """Return it as what ``json`` can write."""
        lines = [
            [
                line.text,
                line.x0,
                line.x1,
                line.y,
                line.size,
                line.page,
                [round(x, 1) for place in line.places for x in place],
            ]
            for line in self.lines
        ]
        return {
            "lines": lines,
            "height": self.height,
            "language": self.language,
            "confidences": list(self.confidences),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` wrote; raises KeyError, TypeError or ValueError for anything else."""
        lines = []
        for text, x0, x1, y, size, page, ends in value["lines"]:
            places = tuple(zip(ends[::2], ends[1::2], strict=True))
            line = Line(text, x0, x1, y, size, page=page, origin=Origin.RECOGNISED, places=places)
            lines.append(line)
        return cls(tuple(lines), float(value["height"]), value["language"], tuple(map(float, value["confidences"])))


def recognition_warnings(recognised: Mapping[int, RecognisedPage]) -> Iterator[str]:
    """Yield what an admin has to know of pages that were recognised: which they are, and how well they were read."""
    read = [page for page, found in sorted(recognised.items()) if found.lines]
    nothing = [page for page, found in sorted(recognised.items()) if not found.lines]
    if read:
        words = [confidence for page in read for confidence in recognised[page].confidences]
        doubtful = sum(confidence < DOUBTFUL for confidence in words)
        yield (
            f"Read by text recognition: page {numbers(read)}; its words were read with a confidence of "
            f"{sum(words) / len(words):.2f} on average, {doubtful} of {len(words)} ({doubtful / len(words):.1%}) "
            "doubtfully: compare quotations with the page."
        )
    if nothing:
        yield f"Text recognition found no text on page {numbers(nothing)}."


def numbers(pages: Sequence[int]) -> str:
    """Return the numbers of pages as a list for people, shortened where there are many."""
    shown = ", ".join(map(str, pages[:10]))
    return shown if len(pages) <= 10 else f"{shown} and {len(pages) - 10} more"
