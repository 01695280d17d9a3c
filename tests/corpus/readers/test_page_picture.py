"""Where on a page a quotation is outlined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from corpus.document import Block, BlockKind, Extraction
from corpus.errors import RefusedContent
from corpus.readers.page_picture import Quoted, outline, quoted
from corpus.readers.pdf import pages_of, read_pdf
from corpus.readers.pdf_blocks import PrintedBlock, layout
from corpus.readers.pdf_places import boxes, letters
from corpus.sentences import sentences

Print = Callable[..., bytes]
MADE = Path(__file__).parents[1] / "made"
SCALE = 130 / 72
INK = (200, 30, 30)
FIRST, SECOND = "The delegations of the upper valleys met in", "the great hall on Monday. They left it early."


def inked(picture: bytes) -> tuple[float, float, float, float]:
    """The outer ends of what is drawn around a quotation, in points: left, bottom, right, top."""
    pixels = np.asarray(Image.open(BytesIO(picture)).convert("RGB")).astype(int)
    ys, xs = np.nonzero(np.abs(pixels - INK).sum(axis=2) < 24)
    height = len(pixels)
    return xs.min() / SCALE, (height - ys.max()) / SCALE, xs.max() / SCALE, (height - ys.min()) / SCALE


def pictures(data: bytes, wanted: str, after: int = 0) -> list[bytes]:
    extraction = read_pdf(data)
    start = extraction.text.index(wanted, after)
    return outline(data, "pdf", quoted(extraction.text, extraction.blocks, start, start + len(wanted)), {})


def width(text: str) -> float:
    return float(stringWidth(text, "Helvetica", 10))


def test_a_part_of_a_line_is_outlined_tightly(print_pages: Print) -> None:
    data = print_pages([(72, 700, FIRST), (72, 688, SECOND)])
    (picture,) = pictures(data, "delegations of the upper")
    left, bottom, right, top = inked(picture)
    start = 72 + width("The ")
    assert left == pytest.approx(start - 3, abs=2)
    assert right == pytest.approx(start + width("delegations of the upper") + 3, abs=2)
    assert bottom == pytest.approx(700 - 4, abs=2)
    assert top == pytest.approx(700 + 10, abs=2)


def test_a_quotation_over_a_page_gives_a_picture_of_each_page(print_pages: Print) -> None:
    data = print_pages([(72, 200, FIRST)], [(72, 760, SECOND)])
    first, second = pictures(data, "valleys met in the great hall")
    assert inked(first)[2] == pytest.approx(72 + width(FIRST) + 3, abs=2)
    assert inked(first)[3] == pytest.approx(210, abs=3)
    assert inked(second)[0] == pytest.approx(72 - 3, abs=2)
    assert inked(second)[2] == pytest.approx(72 + width("the great hall") + 3, abs=2)


def test_of_two_like_paragraphs_the_quoted_one_is_outlined(print_pages: Print) -> None:
    data = print_pages([(72, 700, FIRST), (72, 688, SECOND), (72, 600, FIRST), (72, 588, SECOND)])
    for after, top in ((0, 700), (60, 600)):
        (picture,) = pictures(data, "The delegations", after)
        assert inked(picture)[3] == pytest.approx(top + 10, abs=2)


def test_a_text_that_the_page_does_not_give_is_refused_rather_than_looked_for(print_pages: Print) -> None:
    data = print_pages([(72, 700, FIRST), (72, 688, SECOND)])
    part = Quoted(f"{FIRST} {SECOND.replace('early', 'late')}", 1, 0, 20)
    with pytest.raises(RefusedContent, match="read differently now than when it was quoted"):
        outline(data, "pdf", [part], {})
    with pytest.raises(RefusedContent, match="read differently"):
        outline(data, "pdf", [Quoted(f"{FIRST} {SECOND}", 1, 0, 20, place=1)], {})


def test_a_quotation_of_two_blocks_has_a_part_in_each() -> None:
    text = "one\n\ntwo-a\n\ntwo a"
    blocks = [Block(BlockKind.PARAGRAPH, *span, page) for span, page in (((0, 3), 1), ((5, 10), 2), ((12, 17), 2))]
    assert quoted(text, blocks, 1, 7) == [Quoted("one", 1, 1, 3), Quoted("two-a", 2, 0, 2)]
    assert quoted(text, blocks, 12, 15) == [Quoted("two a", 2, 0, 3, place=1)]
    assert quoted(text, [Block(BlockKind.PARAGRAPH, 0, 3)], 0, 3) == []


def test_a_large_page_gives_a_picture_that_is_no_longer_than_telegram_shows() -> None:
    target = BytesIO()
    canvas = Canvas(target, pagesize=(2400, 1200))
    canvas.drawString(72, 700, FIRST)
    canvas.save()
    (picture,) = pictures(target.getvalue(), "delegations")
    assert max(Image.open(BytesIO(picture)).size) == 1600


def test_what_is_outlined_is_what_stands_there() -> None:
    """PDFium, asked for the text within the boxes, gives the sentence, over columns, pages and cut words."""
    data, found, printed = made("two-columns")
    spans = list(sentences(found.text, found.blocks, "en"))
    with closing(PdfDocument(data)) as document:
        for span in Random(3).sample(spans, 60):
            block = found.blocks[span.block]
            text = found.text[block.start : block.end]
            placed = boxes(printed[span.block], text, span.start - block.start, span.end - block.start)
            within = ""
            for box in placed:
                with closing(document[box.page - 1]) as page, closing(page.get_textpage()) as textpage:
                    height = box.top - box.bottom
                    band = (box.bottom + 0.26 * height, box.bottom + 0.9 * height)
                    within += textpage.get_text_bounded(box.left + 0.1, band[0], box.right - 0.1, band[1])
            wanted = letters(found.text[span.start : span.end])
            assert without_references(letters(within), wanted) == wanted


def without_references(within: str, wanted: str) -> str:
    """A raised reference stands within its line but is no text of it."""
    for place in range(len(within)):
        if len(within) > len(wanted) and within[place].isdigit() and within[place] != wanted[place : place + 1]:
            return within[:place] + within[place + len(within) - len(wanted) :]
    return within


@pytest.mark.parametrize("name", ["two-columns-by-rows", "one-column-kk", "browser-ar", "browser-fa"])
def test_every_character_of_every_block_has_a_place(name: str) -> None:
    _, found, printed = made(name)
    for block, lines in zip(found.blocks, printed, strict=True):
        placed = boxes(lines, found.text[block.start : block.end], 0, block.end - block.start)
        assert {box.page for box in placed} == {block.page, *(page for _, page in block.turns)}
        assert all(0 < box.left < box.right < 595 and 0 < box.bottom < box.top < 842 for box in placed)


@cache
def made(name: str) -> tuple[bytes, Extraction, Sequence[PrintedBlock]]:
    data = (MADE / f"{name}.pdf").read_bytes()
    return data, read_pdf(data), layout(*pages_of(data, with_places=True)).blocks
