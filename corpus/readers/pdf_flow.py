"""The paragraphs of a whole PDF: those of each page, with those put together that a page cut in two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.readers.pdf_breaks import goes_on
from corpus.readers.pdf_direction import is_right_to_left
from corpus.readers.pdf_layout import Paragraph, paragraphs
from corpus.readers.pdf_lines import Margins, Measures, Page


def in_flow(pages: Sequence[Page], measures: Measures) -> list[Paragraph]:
    """Return the paragraphs, table rows and footnotes of all pages in reading order.

    A paragraph that goes on over a page's end is one, in its first page's place: before the footnotes there, and
    before a table that stands below it or above its other part. The rows of a table that goes on are counted on.
    """
    found: list[Paragraph] = []
    last: tuple[int, Margins] | None = None
    for page in pages:
        on_page = paragraphs(page, measures)
        margins = _margins(on_page, measures)
        _count_on(found, on_page)
        first = _first_text(on_page)
        if last is not None and first is not None:
            index, above = last
            last = None
            if _is_one(found[index], above, on_page[first], margins, measures):
                found[index] = replace(found[index], lines=(*found[index].lines, *on_page.pop(first).lines))
                last = (index, margins)
        texts = [index for index, paragraph in enumerate(on_page) if _is_text(paragraph)]
        if texts:
            last = (len(found) + texts[-1], margins)
        found.extend(on_page)
    return found


def _margins(on_page: Sequence[Paragraph], measures: Measures) -> Margins:
    lines = [line for paragraph in on_page for line in paragraph.lines]
    return Margins(lines, measures.size, is_rtl=is_right_to_left("".join(line.text for line in lines)))


def _is_one(before: Paragraph, margins: Margins, after: Paragraph, after_margins: Margins, measures: Measures) -> bool:
    if before.is_heading(measures) or after.is_heading(measures):
        return False
    return goes_on(before.lines, margins, after.lines[0], after_margins)


def _is_text(paragraph: Paragraph) -> bool:
    return not paragraph.cells and not paragraph.is_footnote


def _first_text(on_page: Sequence[Paragraph]) -> int | None:
    return next((index for index, paragraph in enumerate(on_page) if _is_text(paragraph)), None)


def _count_on(found: Sequence[Paragraph], on_page: list[Paragraph]) -> None:
    """Number the rows of a table at a page's top after those of a table of as many cells at the end of the last."""
    above = next((paragraph for paragraph in reversed(found) if not paragraph.is_footnote), None)
    if above is None or above.number is None:
        return
    for index, row in enumerate(on_page):
        if row.number != index + 1 or len(row.cells) != len(above.cells):
            return
        on_page[index] = replace(row, number=above.number + row.number)
