"""No setting of the machine reaches a test, and a world with two people for those that need one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.local.world import World
from tests.bot.desk import Desk
from tests.bot.harness import TOKEN
from tests.bot.hour import Hour
from tests.bot.shell import Rapporteur
from tests.doubles import DirectExtractor, WordEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Indexed


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the machine's settings away, and any ``.env`` of the working directory."""
    for name in os.environ:
        if name.startswith("RAPPORTEUR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """Others may read what a test writes unless it does something about that; no command changes that for good."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def hour() -> Hour:
    """A clock that a test puts where it wants."""
    return Hour()


@pytest.fixture
def telegram() -> World:
    """A Telegram with one bot and nobody else."""
    return World(TOKEN)


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what languages are told by is kept for all tests of the command line: 68 MB."""
    return tmp_path_factory.mktemp("language") / "tables"


@pytest.fixture
def rapporteur(
    tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Rapporteur:
    """The command line over the small documents, with the encoder of the tests and readers in this process."""
    monkeypatch.setattr("corpus.language_tables._place", lambda *_: unpacked)
    for module in ("retrieval.encoders.loading", "retrieval.engine", "bot.checking"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda *_, **__: WordEncoder())
        monkeypatch.setattr(f"{module}.encoder_identity", lambda _: WordEncoder.identity)
    for module in ("retrieval.index.indexing", "corpus.extraction"):
        monkeypatch.setattr(f"{module}.Extractor", DirectExtractor)
    made = Rapporteur(tmp_path, capsys)
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(made.data))
    monkeypatch.setenv("RAPPORTEUR_DOCUMENTS", str(made.documents))
    monkeypatch.setenv("RAPPORTEUR_CONFIDENCE", "0")
    return made


@pytest.fixture
def desk(telegram: World, own_index: Indexed) -> Desk:
    """An admin's desk over the small documents, for one test alone."""
    return Desk(telegram, telegram.add_user("Daniyar"), telegram.add_user("Anna"), own_index)
