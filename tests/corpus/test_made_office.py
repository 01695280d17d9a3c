"""The office files of the made test set, read and compared with the truths that were written with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.document import Extraction
from corpus.formats import format_of, reader_of
from corpus.readers.pandoc import find_pandoc
from tests.corpus.make_office import FOLDER, made_files
from tests.corpus.office_texts import TEXTS

FORMATS = ("docx", "odt", "epub", "rtf", "pptx", "xlsx")
LANGUAGES = ("en", "ru", "ar")
FILES = [FOLDER / f"water-{language}.{format}" for format in FORMATS for language in LANGUAGES]
TITLES = {text.language: text.title for text in TEXTS}
needs_pandoc = pytest.mark.skipif(find_pandoc() is None, reason="pandoc is not installed")


def _parameters(files: list[Path]) -> list[Any]:
    return [pytest.param(path, id=path.name, marks=[needs_pandoc] if path.suffix == ".epub" else []) for path in files]


def _read(path: Path) -> Extraction:
    data = path.read_bytes()
    format, warnings = format_of(data, path.suffix)
    assert (format, warnings) == (path.suffix[1:], ())
    return reader_of(format)(data)


def _truth(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", _parameters(FILES))
def test_every_block_is_read_in_order_verbatim_under_its_heading_on_its_page_with_its_label(path: Path) -> None:
    extraction = _read(path)
    found = [
        {
            "kind": block.kind.value,
            "text": extraction.text[block.start : block.end],
            "heading": block.heading,
            "page": block.page,
            "label": block.label,
        }
        for block in extraction.blocks
    ]
    assert found == _truth(path)


@pytest.mark.parametrize("path", _parameters([path for path in FILES if path.suffix != ".xlsx"]))
def test_the_title_is_the_printed_one_and_not_guessed(path: Path) -> None:
    metadata = _read(path).metadata
    assert metadata.title == TITLES[path.stem.rpartition("-")[2]]
    assert "title" not in metadata.guessed


@pytest.mark.parametrize("path", _parameters([path for path in FILES if path.suffix in (".pptx", ".xlsx")]))
def test_slides_and_sheets_are_counted(path: Path) -> None:
    extraction = _read(path)
    assert (extraction.pages, extraction.unread_pages) == ({".pptx": 3, ".xlsx": 2}[path.suffix], ())


@pytest.mark.parametrize("text", TEXTS, ids=LANGUAGES)
def test_the_truths_are_those_that_the_maker_writes(text: Any) -> None:
    if find_pandoc() is None:
        pytest.skip("pandoc is not installed")
    for suffix, _, truth in made_files(text):
        assert _truth(FOLDER / f"water-{text.language}.{suffix}") == truth.blocks


def test_the_files_are_small() -> None:
    assert [path.name for path in FILES if path.stat().st_size > 30_000] == []
