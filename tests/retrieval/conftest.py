"""Fixtures of the tests of retrieval."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from retrieval.encoder import Encoder, load_encoder
from tests.doubles import DirectExtractor
from tests.retrieval.bench import CORRIDOR, PRISONERS, TALKS, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def reading_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in the test's own process, which spares the start of another."""
    monkeypatch.setattr("retrieval.indexing.Extractor", DirectExtractor)


@pytest.fixture
def blank(tmp_path: Path, reading_here: None) -> Iterator[Bench]:
    """No documents and no index, files read in this process."""
    bench = Bench(tmp_path)
    yield bench
    bench.library.close()


@pytest.fixture
def bench(blank: Bench) -> Bench:
    """Three documents, indexed once."""
    blank.write("talks.txt", TALKS)
    blank.write("corridor.txt", CORRIDOR)
    blank.write("prisoners.txt", PRISONERS)
    blank.update()
    blank.loads = 0
    return blank


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundled encoder is unpacked and exported to: one folder for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def bundled_encoder(models_folder: Path) -> Encoder:
    """The bundled encoder, unpacked, checked against its package's own engine, and exported."""
    return load_encoder("bundled", models_folder)
