"""Text recognition by tesseract's command line: from the picture of one page to lines with places and confidence."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from corpus.document import Origin
from corpus.errors import RefusedContent
from corpus.language import detect_language
from corpus.readers.hocr import HocrLine, hocr_lines
from corpus.readers.pdf_direction import is_right_to_left
from corpus.readers.pdf_lines import Line
from corpus.readers.recognised import RecognisedPage

if TYPE_CHECKING:
    from PIL.Image import Image

# Raise with any change that recognises a page otherwise; part of the names of cached pages.
OCR_VERSION = "1"
DOTS_PER_INCH = 300
# What it counts, in confidence, that a text is in the language that it was read in, for these languages.
_OWN = 0.05
_RICHER = frozenset({"tur", "kaz", "fas"})
# tesseract's names of the languages, by ISO 639-1, and which of them to try for a script that it sees on a page.
LANGUAGES = {"en": "eng", "ru": "rus", "kk": "kaz", "tr": "tur", "ar": "ara", "fa": "fas"}
_OF_SCRIPT = {"Latin": ("eng", "tur"), "Cyrillic": ("rus", "kaz"), "Arabic": ("ara", "fas")}
# Between these shares of the usual size a line counts as of that. How high letters are from right to left varies more.
_LEAST, _MOST, _MOST_RTL = 0.7, 1.2, 1.4
_PLACES = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin"
_MISSING = "it is a scan, and tesseract, which reads scans, is not installed; install tesseract-ocr and load it again."
_NO_DATA = "it is a scan, and tesseract has no data of its language here; install {} and load it again."
_FAILED = "text recognition failed on page {}; scan it again or save it in another format."
_SLOW = "recognising the text of page {} took longer than {:.0f} seconds; scan it with fewer dots to the inch."


def recognise(bitmap: Image, scale: float, page: int, languages: Sequence[str], seconds: float) -> RecognisedPage:
    """Read the grey picture of a page, of ``scale`` pixels to a point; the page is numbered from 1.

    ``languages`` (ISO 639-1) are tried, and the one kept that tesseract is surest of on the page. Without any that it
    knows, the script is looked at and the languages of that tried. Raises ``RefusedContent`` where tesseract or its
    data are missing, and where it fails or takes more than ``seconds`` for one language.
    """
    picture = _portable(bitmap)
    names = [LANGUAGES[language] for language in languages if language in LANGUAGES]
    wanted = names or _names_of_script(_run(picture, ["--psm", "0"], page, seconds, may_fail=True))
    usable = [name for name in wanted if name in _installed()]
    if not usable:
        raise RefusedContent(_NO_DATA.format(" or ".join(f"tesseract-ocr-{name}" for name in wanted)))
    tries = [_recognised(picture, page, name, seconds) for name in usable]
    best, found = max(tries, key=lambda tried: _likelihood(*tried)) if len(tries) > 1 else tries[0]
    lines = [_line(line, bitmap.height, scale, page) for line in found]
    return replace(best, lines=tuple(_with_even_sizes(lines)), height=bitmap.height / scale)


def _recognised(picture: bytes, page: int, name: str, seconds: float) -> tuple[RecognisedPage, list[HocrLine]]:
    found = list(hocr_lines(_run(picture, ["-l", name, "--psm", "3", "hocr"], page, seconds)))
    found = [line for line in found if any(map(str.isalnum, line.text))]
    confidences = tuple(word.confidence for line in found for word in line.words)
    return RecognisedPage((), 0.0, name, confidences), found


def _likelihood(page: RecognisedPage, found: Sequence[HocrLine]) -> float:
    """Return how sure tesseract is of a page, and more for the second of its script's languages if the text is in it.

    That language has letters that the first has not. Persian that is read as Arabic loses them, and is then wrong in
    half of its words, of which tesseract is as sure; Arabic that is read as Persian is still seen to be Arabic.
    """
    text = " ".join(line.text for line in found)
    is_own = any(map(str.isalpha, text)) and LANGUAGES.get(detect_language(text) or "") == page.language
    return page.confidence + (_OWN if is_own and page.language in _RICHER else 0.0)


def _line(found: HocrLine, height: int, scale: float, page: int) -> Line:
    places: list[tuple[float, float]] = []
    for word in found.words:
        letters = len(word.text)
        step = (word.x1 - word.x0) / letters
        ends = [(word.x0 + step * index, word.x0 + step * (index + 1)) for index in range(letters)]
        places.extend(reversed(ends) if word.is_rtl else ends)
    return Line(
        found.text,
        round(found.x0 / scale, 2),
        round(found.x1 / scale, 2),
        round((height - found.baseline) / scale, 2),
        round(found.size / scale, 2),
        page=page,
        origin=Origin.RECOGNISED,
        places=tuple((left / scale, right / scale) for left, right in places),
    )


def _with_even_sizes(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, those of nearly the usual size with that: a line's own is measured on a picture."""
    if not lines:
        return []
    sizes = sorted(size for line in lines for size in [line.size] * len(line.text))
    usual = sizes[len(sizes) // 2]
    most = _MOST_RTL if is_right_to_left("".join(line.text for line in lines)) else _MOST
    return [replace(line, size=usual) if _LEAST * usual < line.size < most * usual else line for line in lines]


def _portable(bitmap: Image) -> bytes:
    """Return the picture as a portable grey map, which needs no packing and unpacking."""
    grey = bitmap.convert("L")
    return b"P5 %d %d 255\n" % grey.size + grey.tobytes()


def _names_of_script(answer: str) -> tuple[str, ...]:
    script = next((line.partition(":")[2].strip() for line in answer.splitlines() if line.startswith("Script:")), "")
    return _OF_SCRIPT.get(script, _OF_SCRIPT["Latin"])


@cache
def _installed() -> frozenset[str]:
    """Return the names of the languages that tesseract has data of."""
    answer = _run(b"", ["--list-langs"], 0, 20.0)
    return frozenset(line.strip() for line in answer.splitlines()[1:])


def _run(picture: bytes, arguments: Sequence[str], page: int, seconds: float, *, may_fail: bool = False) -> str:
    """Return what tesseract prints; it reads the picture from its input and writes no file."""
    ends = ["stdin", "stdout", "--dpi", str(DOTS_PER_INCH)] if picture else []
    program = shutil.which("tesseract", path=_PLACES)
    if program is None:
        raise RefusedContent(_MISSING)
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing in it comes from a file
            [program, *ends, *arguments],
            input=picture,
            capture_output=True,
            timeout=seconds,
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
            check=not may_fail,
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedContent(_SLOW.format(page, seconds)) from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise RefusedContent(_FAILED.format(page)) from error
    return done.stdout.decode("utf-8", "replace")
