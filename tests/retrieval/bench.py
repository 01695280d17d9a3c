"""A folder of documents, the library and the index of it, and ways to kill what is at work on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpus.library import Library, State
from retrieval.engine import Engine, load_current
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import update_index
from retrieval.index.reports import IndexReport, Outcome
from tests.doubles import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


@dataclass
class Told:
    """What a progress was told."""

    stages: list[tuple[str, int]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)

    def start(self, stage: str, total: int) -> None:
        """Note a stage."""
        self.stages.append((stage, total))
        self.steps.append(0)

    def pages(self, done: int, total: int) -> None:
        """Nothing is scanned here."""

    def advance(self, steps: int) -> None:
        """Count the steps of the stage."""
        self.steps[-1] += steps


class Bench:
    """A folder of documents, the index of it, and what was asked of the encoder."""

    def __init__(self, folder: Path) -> None:
        self.documents = folder / "documents"
        self.documents.mkdir()
        self.store = GenerationStore(folder / "index")
        self.library = Library.open(folder / "library")
        self.loads = 0
        self.told = Told()

    def write(self, name: str, *paragraphs: str) -> Path:
        """Write a text file of these paragraphs."""
        path = self.documents / name
        path.write_text("\n\n".join(paragraphs), encoding="utf-8")
        return path

    def update(
        self,
        *,
        rebuild: bool = False,
        encoder: str = WordEncoder.identity,
        load: Callable[[Sequence[str]], WordEncoder] | None = None,
        more: Sequence[Path] = (),
        keep: int = 0,
    ) -> IndexReport:
        """Bring the index up to date, with ``more`` folders beside the one of the bench."""
        self.told = Told()
        return update_index(
            self.store,
            self.library,
            [self.documents, *more],
            encoder,
            load or self.load,
            self.told,
            rebuild=rebuild,
            keep=keep,
        )

    def load(self, sample: Sequence[str]) -> WordEncoder:
        """Load the encoder, and count that."""
        self.loads += 1
        return WordEncoder()

    def texts(self) -> dict[str, str]:
        """The texts of the documents that the index on disk holds, by id."""
        return {id: entry.document.text for id, entry in load_current(self.store).documents().items()}

    def states(self) -> dict[str, State]:
        """The states of the documents that the library knows, by id."""
        return {id: entry.state for id, entry in self.library.entries().items()}

    def engine(self, confidence: float = 0.0) -> Engine:
        """An engine over the index and the library; with confidence 0 it always quotes."""
        return Engine(self.store, WordEncoder(), load_current(self.store), self.library, confidence)

    def send(self, name: str, text: str) -> Path:
        """Write a file where those that were sent and published are; its document is "uploads/" and the name."""
        path = self.library.uploads / name
        path.write_text(text, encoding="utf-8")
        return path

    def on_disk(self) -> dict[str, bytes]:
        """Every file of the index but the lock, with its content."""
        return {
            str(path.relative_to(self.store.folder)): path.read_bytes()
            for path in sorted(self.store.folder.rglob("*"))
            if path.is_file() and path.name != "lock"
        }


def outcomes(report: IndexReport) -> dict[str, Outcome]:
    """What became of each document."""
    return {file.document: file.outcome for file in report.files}


def before(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Kill the process as it is about to call ``name``."""

    def arrange(patch: pytest.MonkeyPatch) -> None:
        def killed(*_: object, **__: object) -> None:
            raise Killed

        patch.setattr(name, killed)

    return arrange


TALKS = "The delegations met for talks in Astana on Monday and Tuesday."
CORRIDOR = "A safe corridor for convoys was opened near the bridge."
PRISONERS = "Lists of prisoners were exchanged by the delegations."
