"""Which pages of a file text recognition has to read, having them read one by one, and keeping what was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.durable import write_atomically
from corpus.errors import UnreadableFile
from corpus.formats import recognise as format_by_bytes
from corpus.language import detect_language
from corpus.readers.ocr import LANGUAGES, OCR_VERSION
from corpus.readers.recognised import DOUBTFUL, RecognisedPage, numbers

# How many pages of a file are recognised unless a setting says another number, and how long one takes, in seconds.
PAGES = 100
_SECONDS_PER_PAGE = 4.0
# A page of so many words, read with so much confidence, tells the language of those after it.
_MANY_WORDS = 20
_SURE = 0.8
# After so many pages one after the other of which none could be recognised, no more are tried.
_MOST_FAILURES = 3
# Few letters tell a language badly.
_LEAST_LETTERS = 100
_CODES = {name: code for code, name in LANGUAGES.items()}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file before it is read; ``scans`` are the numbers of its scanned ``pages``, from 1.

    ``sha256`` is of its bytes, in hexadecimal; ``language`` (ISO 639-1) is that of its other text, None where there is
    little, and ``stated`` what somebody said it is.
    """

    sha256: str
    format: str
    pages: int = 0
    scans: tuple[int, ...] = ()
    language: str | None = None
    stated: str | None = None


@dataclass(slots=True)
class Recognition:
    """The pages that were recognised, by number, and why others were not."""

    pages: dict[int, RecognisedPage] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """Return a sentence for each reason why pages were not recognised."""
        pages_of: dict[str, list[int]] = {}
        for page, reason in self.failures.items():
            pages_of.setdefault(reason, []).append(page)
        return [f"Page {numbers(pages)} was not recognised: {reason}" for reason, pages in pages_of.items()]


def survey(data: bytes, suffix: str) -> Survey:
    """Return which pages of a PDF or picture file are scans; other formats have none.

    Raises ``RefusedContent`` for a file that cannot be read.
    """
    from corpus.readers.rendering import frames, scanned_pages

    sha256, format = hashlib.sha256(data).hexdigest(), format_by_bytes(data, suffix)
    if format == "picture":
        count = frames(data)
        return Survey(sha256, format, count, tuple(range(1, count + 1)))
    if format == "pdf":
        count, scans, sample = scanned_pages(data)
        is_told = sum(map(str.isalpha, sample)) >= _LEAST_LETTERS
        return Survey(sha256, format, count, tuple(scans), detect_language(sample) if is_told else None)
    return Survey(sha256, format)


def recognise_scans(
    path: Path,
    surveyed: Survey,
    ask: Callable[[int, Sequence[str]], RecognisedPage],
    *,
    cache: PageCache | None = None,
    most: int = PAGES,
    progress: Progress | None = None,
) -> Recognition:
    """Have the scanned pages of the file at ``path`` recognised, or taken from the ``cache``.

    ``ask`` recognises a page (from 1) in the likeliest of some languages (ISO 639-1), or in any where none are given;
    it raises ``UnreadableFile``. Where nobody stated the language, the file's other text or the first page that is read
    well tells it. ``progress`` is told how many pages of how many are done. Raises
    ``UnreadableFile`` for a file of more than ``most`` scans, and for one of nothing else where all failed.
    """
    scans = surveyed.scans
    if len(scans) > most:
        raise UnreadableFile(path, _too_many(len(scans), most))
    language = surveyed.stated or surveyed.language
    first = languages = (language,) if language in LANGUAGES else ()
    found = Recognition()
    failed = 0
    for done, number in enumerate(scans, start=1):
        page = cache.get(surveyed.sha256, number, first) if cache else None
        if page is None:
            try:
                page = _recognised(ask, number, languages, is_stated=surveyed.stated is not None)
            except UnreadableFile as error:
                found.failures[number] = error.reason
                failed += 1
                if failed == _MOST_FAILURES:
                    found.failures |= dict.fromkeys(scans[done:], error.reason)
                    break
                continue
            if cache:
                cache.put(surveyed.sha256, number, first, page)
        failed = 0
        found.pages[number] = page
        if not languages and len(page.confidences) >= _MANY_WORDS and page.confidence >= _SURE:
            languages = (_CODES[page.language],)
        if progress:
            progress(done, len(scans))
    if found.failures and not found.pages and len(scans) == surveyed.pages:
        raise UnreadableFile(path, next(iter(found.failures.values())))
    return found


def _recognised(
    ask: Callable[[int, Sequence[str]], RecognisedPage], number: int, languages: Sequence[str], *, is_stated: bool
) -> RecognisedPage:
    page = ask(number, languages)
    if not languages or is_stated or page.confidence >= DOUBTFUL:
        return page
    # A page in another language than those before it.
    return max(page, ask(number, ()), key=lambda found: found.confidence)


def _too_many(scans: int, most: int) -> str:
    minutes = max(1, round(scans * _SECONDS_PER_PAGE / 60))
    return (
        f"it has {scans} scanned pages, and no more than {most} are read by text recognition; these would take about "
        f"{minutes} minutes: split it, or set RAPPORTEUR_OCR_PAGES to {scans}."
    )


class PageCache:
    """Recognised pages in a folder, each in a file of its own that is named for what it was recognised from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, sha256: str, page: int, languages: Sequence[str]) -> RecognisedPage | None:
        """Return a page of the file of ``sha256``, tried in ``languages``; None where it is not here or not whole."""
        try:
            return RecognisedPage.from_json(json.loads(self._path(sha256, page, languages).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, sha256: str, page: int, languages: Sequence[str], recognised: RecognisedPage) -> None:
        """Keep a page; a folder that is not there is made."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(recognised.to_json()).encode("ascii")
        write_atomically(self._path(sha256, page, languages), content)

    def pages(self, sha256: str) -> dict[int, RecognisedPage]:
        """Return all pages that are kept of the file of ``sha256``, by number."""
        found = {}
        for path in sorted(self._folder.glob(f"{sha256}-*-{OCR_VERSION}.json")):
            _, number, languages, _ = path.stem.split("-")
            page = self.get(sha256, int(number), languages.split("+") if languages != "any" else ())
            if page is not None:
                found[int(number)] = page
        return found

    def forget(self, sha256: str) -> int:
        """Erase what is kept of the file of ``sha256``, of all versions; return how many pages that were."""
        kept = list(self._folder.glob(f"{sha256}-*.json"))
        for path in kept:
            path.unlink(missing_ok=True)
        return len(kept)

    def _path(self, sha256: str, page: int, languages: Sequence[str]) -> Path:
        return self._folder / f"{sha256}-{page}-{'+'.join(languages) or 'any'}-{OCR_VERSION}.json"


def forget(folder: Path, sha256: str) -> int:
    """Erase the pages that are kept in ``folder`` of the file of ``sha256``; return how many there were."""
    return PageCache(folder).forget(sha256)
