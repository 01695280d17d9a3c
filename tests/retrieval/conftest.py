"""Fixtures of the tests of retrieval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.encoder import Encoder, load_encoder
from tests.retrieval.corpora import ReadingHere

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def reading_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in the test's own process, which spares the start of another."""
    monkeypatch.setattr("retrieval.indexing.Extractor", ReadingHere)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundled encoder is unpacked to."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def bundled_encoder(models_folder: Path) -> Encoder:
    """The bundled encoder, unpacked and checked against its package's own engine."""
    return load_encoder("bundled", models_folder)
