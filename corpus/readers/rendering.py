"""Pages as pictures: a PDF's drawn by PDFium, a picture file's own frames; and which of a PDF's pages are scans."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from corpus.errors import RefusedContent
from corpus.readers.pdf import opened

if TYPE_CHECKING:
    from PIL.Image import Image

# The shares of a page that is a scan: pictures cover at least this much, and there are fewer letters than this on it.
_COVER = 0.6
_FEW_CHARACTERS = 100
# A picture file says badly how large its page was: it is taken to be as wide as this, in inches, and drawn so.
_PAGE_INCHES = 8.27
_MOST_FRAMES = 2000
_DAMAGED = "it is a damaged picture or too large a one; save it again, or as PDF."
_MOST_PIXELS = 120_000_000


def scanned_pages(data: bytes) -> tuple[int, list[int], str]:
    """Return how many pages a PDF has, which of them (from 1) are scans, and a sample of the text of the others."""
    import pypdfium2.raw as pdfium

    scans, sample = [], ""
    with opened(data) as document:
        for index in range(len(document)):
            with closing(document[index]) as page, closing(page.get_textpage()) as textpage:
                letters = textpage.count_chars()
                text = textpage.get_text_bounded() if letters < _FEW_CHARACTERS or len(sample) < 2000 else ""
                printed = len("".join(text.split())) if letters < _FEW_CHARACTERS else letters
                if printed < _FEW_CHARACTERS and _is_picture(page, pdfium, is_empty=not printed):
                    scans.append(index + 1)
                elif len(sample) < 2000:
                    sample += text + "\n"
        return len(document), scans, sample


def _is_picture(page: Any, pdfium: Any, *, is_empty: bool) -> bool:
    """Say whether a page of little text is a picture: pictures cover it, or it has anything drawn and no text."""
    covered, count = 0.0, 0
    width, height = page.get_size()
    for drawn in page.get_objects(max_depth=3):
        count += 1
        if drawn.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = drawn.get_bounds()
            covered += (right - left) * (top - bottom)
        if is_empty or covered >= _COVER * width * height:
            return True
    return is_empty and count > 0


def frames(data: bytes) -> int:
    """Return how many pages a picture file has; raises ``RefusedContent`` for a damaged one."""
    with _picture(data) as picture:
        return min(int(getattr(picture, "n_frames", 1)), _MOST_FRAMES)


def draw(data: bytes, format: str, page: int, dots: float, *, is_grey: bool = True) -> tuple[Image, float]:
    """Return a page (from 1) of a file of the format "pdf" or "picture", and how many of its pixels a point is.

    There are ``dots`` of them to the inch, or fewer where the page is very large. Raises ``RefusedContent`` for a
    damaged file.
    """
    if format == "pdf":
        with opened(data) as document, closing(document[page - 1]) as opened_page:
            width, height = opened_page.get_size()
            scale = min(dots / 72, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
            with closing(opened_page.render(scale=scale, grayscale=is_grey)) as bitmap:
                drawn: Image = bitmap.to_pil().convert("L" if is_grey else "RGB")
                return drawn, scale
    from PIL import ImageOps

    with _picture(data) as picture:
        picture.seek(page - 1)
        upright = ImageOps.exif_transpose(picture).convert("L" if is_grey else "RGB")
        points = 72 * _PAGE_INCHES / min(upright.size)
        scale = min(dots / 72, (_MOST_PIXELS / (upright.width * upright.height)) ** 0.5 / points)
        size = (max(1, round(upright.width * points * scale)), max(1, round(upright.height * points * scale)))
        return upright.resize(size), scale


@contextmanager
def _picture(data: bytes) -> Iterator[Any]:
    """Open a picture file; whatever is wrong with it, also while it is used, becomes ``RefusedContent``."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as picture:
                yield picture
    # What Pillow raises of a broken file depends on where it is broken.
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        TypeError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise RefusedContent(_DAMAGED) from error
