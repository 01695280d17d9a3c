"""Scans, read by tesseract itself; one page each, for it is slow."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpus.document import Document, Extraction, Origin
from corpus.errors import RefusedContent, UnreadableFile
from corpus.extraction import Extractor
from corpus.readers import ocr
from corpus.readers.ocr import recognise
from corpus.reading import document, load
from tests.corpus.test_made_pdf import truth

MADE = Path(__file__).parents[1] / "made"
MIXED, SCAN = MADE / "mixed-ru.pdf", MADE / "scan-en.pdf"
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recognised")


@pytest.fixture(scope="module")
def extractor(cache: Path) -> Iterator[Extractor]:
    with Extractor(cache=cache) as made:
        yield made


@pytest.fixture(scope="module")
def mixed(extractor: Extractor) -> Document:
    return document(extractor.read(MIXED), MIXED, "mixed")


def words(texts: list[str]) -> Counter[str]:
    return Counter(" ".join(texts).split())


@needs_tesseract
def test_the_scanned_page_among_others_is_read_in_their_language_and_says_so(mixed: Document) -> None:
    wanted = words([block["text"] for block in truth("mixed-ru")["blocks"]])
    found = words([mixed.text])
    assert sum((wanted & found).values()) / sum(wanted.values()) >= 0.96
    origins = {page: {block.origin for block in mixed.blocks if block.page == page} for page in (1, 2, 3)}
    assert origins == {1: {Origin.TEXT, Origin.RECOGNISED}, 2: {Origin.RECOGNISED}, 3: {Origin.TEXT}}


@needs_tesseract
def test_paragraphs_go_over_to_a_scanned_page_and_from_it(mixed: Document) -> None:
    """The first is recognised in its second part only, and says so as a whole."""
    over = [block for block in mixed.blocks if block.turns]
    assert [(block.page, block.turns[0][1], block.origin) for block in over] == [
        (1, 2, Origin.RECOGNISED),
        (2, 3, Origin.RECOGNISED),
    ]
    wanted = [block for block in truth("mixed-ru")["blocks"] if block["turns"]]
    for block, made in zip(over, wanted, strict=True):
        first = made["turns"][0][0]
        assert mixed.text[block.turns[0][0] : block.end].split()[:2] == made["text"][first:].split()[:2]


@needs_tesseract
def test_what_was_recognised_is_kept_and_the_quotation_is_outlined_from_it(
    extractor: Extractor, mixed: Document, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    do = extractor._do

    def listen(task: str, path: Path, **arguments: Any) -> bytes:
        asked.append(task)
        return do(task, path, **arguments)

    monkeypatch.setattr(extractor, "_do", listen)
    told: list[tuple[int, int]] = []
    again = extractor.read(MIXED, progress=lambda done, all: told.append((done, all)))
    assert document(again, MIXED, "mixed") == mixed
    block = next(block for block in mixed.blocks if block.turns)
    pictures = extractor.picture(MIXED, mixed, block.turns[0][0] - 20, block.turns[0][0] + 20)
    assert [Image.open(BytesIO(picture)).size for picture in pictures] == [(1075, 1521), (1075, 1521)]
    assert asked == ["survey", "read", "survey", "picture"]
    assert told == [(1, 1)]
    assert [path.name.split("-")[1:] for path in cache.iterdir()] == [["2", "ru", "1.json"]]


@needs_tesseract
def test_a_scan_of_which_nothing_is_known_is_read_in_the_language_of_its_script(extractor: Extractor) -> None:
    extraction = extractor.extract(MADE / "scan-en.png")
    assert (extraction.format, extraction.pages, extraction.unread_pages) == ("picture", 1, ())
    assert extraction.metadata.title == "A record of the shared reservoir"
    assert extraction.metadata.language == "en"
    wanted = words([block["text"] for block in truth("scan-en")["blocks"] if block["page"] == 1])
    assert sum((wanted & words([extraction.text])).values()) / sum(wanted.values()) >= 0.95
    assert extraction.warnings[0].startswith("Read by text recognition: page 1; ")


def test_more_scans_than_are_read_refuse_the_file() -> None:
    with Extractor(ocr_pages=1) as few, pytest.raises(UnreadableFile, match="set RAPPORTEUR_OCR_PAGES to 2"):
        few.read(SCAN)


def test_a_picture_of_a_page_is_not_made_of_a_format_without_pages(extractor: Extractor, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("They met in the hall. They left it.")
    with pytest.raises(UnreadableFile, match="only the pages of PDF and picture files"):
        extractor.picture(path, load(path, "a"), 0, 10)


def test_a_picture_of_another_version_is_refused(extractor: Extractor, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes((MADE / "one-column-tr.pdf").read_bytes())
    read = load(path, "a")
    path.write_bytes((MADE / "one-column-ru.pdf").read_bytes())
    with pytest.raises(UnreadableFile, match="it was replaced while it was read"):
        extractor.picture(path, read, 60, 90)


def test_without_tesseract_a_scan_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ocr, "_PLACES", str(tmp_path))
    with pytest.raises(RefusedContent, match="tesseract, which reads scans, is not installed; install tesseract-ocr"):
        recognise(Image.new("L", (100, 100)), 1.0, 1, ["en"], 5.0)


def test_without_the_data_of_a_language_a_scan_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_installed", lambda: frozenset({"eng"}))
    with pytest.raises(RefusedContent, match="install tesseract-ocr-kaz and load it again"):
        recognise(Image.new("L", (100, 100)), 1.0, 1, ["kk"], 5.0)


def test_a_scan_read_in_this_process_is_refused_and_an_encrypted_file_named(extractor: Extractor) -> None:
    with pytest.raises(UnreadableFile, match="a scan; run text recognition over it"):
        load(SCAN, "scan")
    with pytest.raises(UnreadableFile, match="opens only with a password"):
        extractor.read(MADE / "password.pdf")
    assert isinstance(extractor.extract(MADE / "owner-password.pdf"), Extraction)
