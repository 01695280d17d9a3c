"""An index over a few small documents, with the encoder of the doubles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from corpus.library import Library
from retrieval.engine import Engine, load_current
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import update_index
from retrieval.index.reports import IndexReport
from tests.documents import write_documents
from tests.doubles import DirectExtractor, WordEncoder

# Every run tries the same, and none leaves anything behind.
settings.register_profile("same every time", derandomize=True, database=None)
settings.load_profile("same every time")


class Unseen:
    """Progress that nobody looks at."""

    def start(self, stage: str, total: int) -> None:
        """Nothing is shown."""

    def advance(self, steps: int) -> None:
        """Nothing is shown."""

    def pages(self, done: int, total: int) -> None:
        """Nothing is shown."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A folder of documents below ``data`` and the index made of it."""

    data: Path
    encoder: type[WordEncoder] = WordEncoder

    @property
    def documents(self) -> Path:
        """The folder that is indexed."""
        return self.data / "documents"

    @property
    def generations(self) -> GenerationStore:
        """The index on disk."""
        return GenerationStore(self.data / "index")

    def library(self) -> Library:
        """The library beside the index; closing it is for who asked for it."""
        return Library.open(self.data / "library")

    def update(self) -> IndexReport:
        """Bring the index up to date with the folder."""
        with self.library() as library:
            return update_index(
                self.generations,
                library,
                [self.documents],
                self.encoder.identity,
                self.encoder,
                Unseen(),
                extractor=DirectExtractor(),
                keep=3,
            )

    def engine(self, confidence: float = 0.0) -> Engine:
        """An engine over the index; with confidence 0 it always quotes, with 1 never."""
        return Engine(self.generations, self.encoder(), load_current(self.generations), self.library(), confidence)


def make_index(data: Path) -> Indexed:
    """Write the small documents below ``data`` and index them."""
    indexed = Indexed(data)
    write_documents(indexed.documents)
    indexed.update()
    return indexed


@pytest.fixture(scope="session")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """The small documents and their index, for tests that change neither."""
    return make_index(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def own_index(tmp_path: Path) -> Indexed:
    """The small documents and their index, for one test alone."""
    return make_index(tmp_path / "data")


def pytest_addoption(parser: pytest.Parser) -> None:
    """A run that must not leave anything out can say so."""
    parser.addoption("--fail-on-skip", action="store_true", help="fail where a test was skipped")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name each test that was skipped, with its reason."""
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"skipped: {report.nodeid}: {report.longrepr[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that left a test out, where that was asked for."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--fail-on-skip") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
