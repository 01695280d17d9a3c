"""Pictures of the pages that a quotation is on, with the quotation outlined: the strongest proof of it there is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from corpus.document import Block
from corpus.errors import RefusedContent
from corpus.readers.pdf import pages_of
from corpus.readers.pdf_blocks import PrintedBlock, layout
from corpus.readers.pdf_lines import Page
from corpus.readers.pdf_places import Box, boxes, letters, printed_letters
from corpus.readers.picture import picture_pages
from corpus.readers.recognised import RecognisedPage
from corpus.readers.rendering import draw

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = frozenset({"pdf", "picture"})
_DOTS_PER_INCH = 130.0
_LONGEST_SIDE = 1600
# What is around a quotation, in points, and how thick the line around that is, in pixels.
_PADDING = 1.5
_THICKNESS = 2
_INK = (200, 30, 30)
_MARKER = (255, 246, 178)
# A picture of few colours is small as PNG; one of more bytes than this is a photograph, and smaller as JPEG.
_MOST_PNG_BYTES = 400_000
# So many pages around a quotation are laid out first, and all only where these do not give the same text.
_PAGES_AROUND = 3
_DIFFERENT = "the page is read differently now than when it was quoted; load the document again."


@dataclass(frozen=True, slots=True)
class Quoted:
    """A block that a quotation is in: ``text`` is the block's, ``start`` and ``end`` are offsets in it.

    ``page`` (from 1) is where the block begins; ``place`` counts, from 0, the blocks of these letters that begin on
    that page before it.
    """

    text: str
    page: int
    start: int
    end: int
    place: int = 0


def quoted(text: str, blocks: Sequence[Block], start: int, end: int) -> list[Quoted]:
    """Return the blocks of a document's ``text`` that the code points from ``start`` to before ``end`` are in."""
    found = []
    for index, block in enumerate(blocks):
        if block.end <= start or end <= block.start or block.page is None:
            continue
        content = text[block.start : block.end]
        before = (other for other in blocks[:index] if other.page == block.page)
        place = sum(letters(text[other.start : other.end]) == letters(content) for other in before)
        bounds = (max(start, block.start) - block.start, min(end, block.end) - block.start)
        found.append(Quoted(content, block.page, *bounds, place))
    return found


def outline(data: bytes, format: str, parts: Sequence[Quoted], recognised: Mapping[int, RecognisedPage]) -> list[bytes]:
    """Return a PNG or JPEG of each page that a quotation's ``parts`` are on, the quotation outlined, in order.

    ``format`` is "pdf" or "picture"; ``recognised`` are the pages (from 1) that text recognition has read. The places
    are those of the block's own characters, never of a like text elsewhere on the page. Raises ``RefusedContent``
    where the page does not give the block's text any longer.
    """
    found = _boxes(data, format, parts, recognised)
    pictures = []
    for page, on_page in itertools.groupby(sorted(found, key=lambda box: box.page), key=lambda box: box.page):
        bitmap, scale = _drawn(data, format, page)
        pictures.append(_packed(_marked(bitmap, scale, list(on_page))))
    return pictures


def _boxes(data: bytes, format: str, parts: Sequence[Quoted], recognised: Mapping[int, RecognisedPage]) -> list[Box]:
    first, last = min(part.page for part in parts), max(part.page for part in parts)
    windows: list[range | None] = [range(first - _PAGES_AROUND, last + _PAGES_AROUND + 1), None]
    for window in windows:
        pages, properties = _pages(data, format, recognised, window)
        printed = layout(pages, properties).blocks
        blocks = [_of(part, printed) for part in parts]
        found: list[Box] = []
        try:
            for part, block in zip(parts, blocks, strict=True):
                found += boxes(block, part.text, part.start, part.end) if block else []
        except ValueError:
            continue
        if found and all(blocks):
            return found
    raise RefusedContent(_DIFFERENT)


def _pages(
    data: bytes, format: str, recognised: Mapping[int, RecognisedPage], window: range | None
) -> tuple[list[Page], Mapping[str, str]]:
    if format == "picture":
        return picture_pages(data, recognised, with_places=True), {}
    return pages_of(data, recognised, with_places=True, window=window)


def _of(part: Quoted, printed: Sequence[PrintedBlock]) -> PrintedBlock | None:
    """Return the block that a part of a quotation is in, by its page, its letters and its place among its like."""
    wanted = letters(part.text)
    alike = [block for block in printed if block.lines[0].page == part.page and printed_letters(block) == wanted]
    return alike[part.place] if part.place < len(alike) else None


def _drawn(data: bytes, format: str, page: int) -> tuple[Image, float]:
    bitmap, scale = draw(data, format, page, _DOTS_PER_INCH, is_grey=False)
    if max(bitmap.size) <= _LONGEST_SIDE:
        return bitmap, scale
    return draw(data, format, page, _DOTS_PER_INCH * _LONGEST_SIDE / max(bitmap.size), is_grey=False)


def _marked(bitmap: Image, scale: float, found: Sequence[Box]) -> Image:
    """Return the page with the quotation as if gone over with a marker, and a line around it."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    mask = Image.new("L", bitmap.size)
    pen = ImageDraw.Draw(mask)
    for box in _touching(found):
        left, right = (box.left - _PADDING) * scale, (box.right + _PADDING) * scale
        top, bottom = bitmap.height - box.top * scale, bitmap.height - box.bottom * scale
        pen.rectangle((left, top, right, bottom), fill=255)
    marked = Image.composite(ImageChops.multiply(bitmap, Image.new("RGB", bitmap.size, _MARKER)), bitmap, mask)
    around = ImageChops.subtract(mask.filter(ImageFilter.MaxFilter(2 * _THICKNESS + 1)), mask)
    return Image.composite(Image.new("RGB", bitmap.size, _INK), marked, around)


def _touching(found: Sequence[Box]) -> Iterator[Box]:
    """Yield the boxes of lines, those of lines one below the other without the gap between them."""
    for above, box, below in zip([None, *found], found, [*found[1:], None], strict=False):
        height = box.top - box.bottom
        top, bottom = box.top, box.bottom
        if above is not None and 0 < above.bottom - box.top < height and _overlap(above, box):
            top = (above.bottom + box.top) / 2
        if below is not None and 0 < box.bottom - below.top < height and _overlap(box, below):
            bottom = (box.bottom + below.top) / 2
        yield replace(box, top=top, bottom=bottom)


def _overlap(one: Box, other: Box) -> bool:
    return min(one.right, other.right) > max(one.left, other.left)


def _packed(picture: Image) -> bytes:
    target = BytesIO()
    picture.quantize(64).save(target, "PNG", optimize=True)
    if target.tell() <= _MOST_PNG_BYTES:
        return target.getvalue()
    target = BytesIO()
    picture.save(target, "JPEG", quality=80)
    return target.getvalue()
