"""A small update within the bot's process: done where it is small, given up unchanged where it is not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bot.documents.reloading import Reloader, Step
from bot.documents.updating import SmallUpdate, Stopped, TooMuch
from retrieval.index.reports import Outcome
from tests.bot.harness import make_settings
from tests.doubles import DirectExtractor

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings
    from corpus.extraction import Extractor
    from retrieval.engine import Engine
    from tests.conftest import Indexed


class Reloading(Reloader):
    """Reads files in this process."""

    def extractor(self) -> Extractor:
        """The readers without their process."""
        return DirectExtractor()


@pytest.fixture
def settings(own_index: Indexed) -> Settings:
    return make_settings(own_index.data, own_index.documents)


@pytest.fixture
def engine(own_index: Indexed) -> Engine:
    return own_index.engine()


def _add(folder: Path, files: int, paragraphs: int = 1) -> None:
    for number in range(files):
        text = "\n\n".join(f"Lorry {number} of column {part} crossed the bridge. " * 12 for part in range(paragraphs))
        (folder / f"new-{number}.md").write_text(f"# Column {number}\n\n{text}\n", encoding="utf-8")


def _update(settings: Settings, engine: Engine, steps: list[tuple[str, int, int]] | None = None) -> SmallUpdate:
    def tell(stage: str, done: int, total: int) -> None:
        if steps is not None:
            steps.append((stage, done, total))

    return SmallUpdate(settings, engine, DirectExtractor(), tell)


def test_a_new_file_is_searchable_after_a_small_update(settings: Settings, engine: Engine, own_index: Indexed) -> None:
    _add(own_index.documents, 1)
    steps: list[tuple[str, int, int]] = []
    report = _update(settings, engine, steps).run()
    engine.refresh()
    assert [file.document for file in report.files if file.outcome is Outcome.ADDED] == ["new-0.md"]
    assert engine.view("restricted").document("new-0.md") is not None
    assert steps[0] == ("reading", 0, 7)
    assert ("reading", 7, 7) in steps
    assert steps[-1][0] == "encoding"
    assert steps[-1][1] == steps[-1][2]


@pytest.mark.parametrize(("files", "paragraphs"), [(9, 1), (1, 120)])
def test_more_than_a_little_is_given_up_and_changes_nothing(
    files: int, paragraphs: int, settings: Settings, engine: Engine, own_index: Indexed
) -> None:
    before = own_index.generations.current()
    _add(own_index.documents, files, paragraphs)
    with pytest.raises(TooMuch):
        _update(settings, engine).run()
    assert own_index.generations.current() == before
    assert engine.library.entry("new-0.md") is None


def test_a_stopped_update_changes_nothing(settings: Settings, engine: Engine, own_index: Indexed) -> None:
    before = own_index.generations.current()
    _add(own_index.documents, 1)
    update = _update(settings, engine)
    update.stop()
    with pytest.raises(Stopped):
        update.run()
    assert own_index.generations.current() == before


@pytest.mark.asyncio
async def test_the_reloader_does_a_small_update_without_a_process(
    settings: Settings, engine: Engine, own_index: Indexed
) -> None:
    _add(own_index.documents, 1)
    reloader = Reloading(settings, engine)
    steps: list[Step] = []
    threads: list[threading.Thread] = []

    def tell(step: Step) -> None:
        steps.append(step)
        threads.append(threading.current_thread())
        assert reloader._process is None
        assert reloader.running

    report = await reloader.index(tell)
    assert report is not None
    assert sum(file.outcome is Outcome.ADDED for file in report.files) == 1
    assert steps[-1].stage == "encoding"
    assert steps[-1].done == steps[-1].total
    assert set(threads) == {threading.main_thread()}
    assert not reloader.running


@pytest.mark.asyncio
async def test_a_small_update_can_be_stopped(settings: Settings, engine: Engine, own_index: Indexed) -> None:
    _add(own_index.documents, 1)
    before = own_index.generations.current()
    reading, stopped = threading.Event(), threading.Event()

    class Slow(DirectExtractor):
        """Reads when it is closed, which is when it is stopped."""

        def read(self, *arguments: object, **options: object) -> object:  # type: ignore[override]
            reading.set()
            assert stopped.wait(10)
            return super().read(*arguments, **options)  # type: ignore[arg-type]

        def close(self) -> None:
            stopped.set()

    class Stoppable(Reloader):
        def extractor(self) -> Extractor:
            return Slow()

    reloader = Stoppable(settings, engine)

    def tell(step: Step) -> None:
        if step == Step("reading", 0, 7):
            assert reloader.stop()

    assert await reloader.index(tell) is None
    assert own_index.generations.current() == before
    assert not reloader.stop()
