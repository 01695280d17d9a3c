"""The indexing process: its failures in one sentence, its progress, and its end when it is stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.documents.reloading import Reloader, ReloadError, Step, _follow
from tests.bot.harness import make_settings
from tests.doubles import DirectExtractor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio


def _unheard(_: Step) -> None:
    """Progress that nobody looks at."""


async def test_a_missing_folder_is_the_sentence_of_the_child_process(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    reloader = Reloader(make_settings(tmp_path / "data", missing))
    with pytest.raises(ReloadError) as caught:
        await reloader.index(_unheard)
    assert str(caught.value) == (f"{missing}: there is no such folder; create it or correct the setting that names it.")
    assert not reloader.running


async def test_a_stopped_reload_leaves_no_process_and_no_index(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.md").write_text("# A\n\nSomething to encode, which takes a while to begin.\n", encoding="utf-8")
    settings = make_settings(tmp_path / "data", documents)
    reloader = Reloader(settings)
    steps: list[Step] = []
    processes: list[asyncio.subprocess.Process | None] = []

    def stop(step: Step) -> None:
        steps.append(step)
        processes.append(reloader._process)
        assert reloader.running
        reloader.stop()

    assert await reloader.index(stop) is None
    assert steps[0] == Step("reading", 0, 1)
    assert processes[0] is not None
    assert processes[0].returncode is not None
    assert not reloader.running
    assert not reloader.stop()
    assert not (settings.index_folder / "current.json").exists()


async def test_a_listener_that_fails_leaves_no_process(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.md").write_text("# A\n\nSomething to encode, which takes a while to begin.\n", encoding="utf-8")
    reloader = Reloader(make_settings(tmp_path / "data", documents))

    def fail(_: Step) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await reloader.index(fail)
    assert not reloader.running


async def test_nothing_runs_before_the_first_reload(tmp_path: Path) -> None:
    reloader = Reloader(make_settings(tmp_path))
    assert not reloader.running
    assert not reloader.stop()


async def test_lines_of_progress_are_steps_and_the_last_other_line_is_what_was_said() -> None:
    stream = asyncio.StreamReader()
    stream.feed_data(
        b'{"stage": "reading", "done": 1, "total": 2}\nA warning.\n{"stage": 1}\n[]\n\n'
        b'{"stage": "encoding", "done": 0, "total": 9}\n\xd0\xa1bad \xff\n'
    )
    stream.feed_eof()
    steps: list[Step] = []

    def tell(step: Step) -> None:
        steps.append(step)

    assert await _follow(stream, tell) == "Сbad \ufffd"
    assert steps == [Step("reading", 1, 2), Step("encoding", 0, 9)]


async def test_the_process_that_reads_files_ends_with_the_reloader(own_index: Indexed) -> None:
    closed: list[bool] = []

    class Closing(DirectExtractor):
        """Takes down that it was closed."""

        def close(self) -> None:
            closed.append(True)

    class Reading(Reloader):
        """Reads in this process."""

        def extractor(self) -> DirectExtractor:
            return Closing()

    reloader = Reading(make_settings(own_index.data, own_index.documents), own_index.engine())
    for _ in range(2):
        assert await reloader.index(_unheard) is not None
    assert closed == []
    await reloader.close()
    assert closed == [True]


async def test_a_stop_while_the_process_starts_leaves_none(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.md").write_text("# A\n\nSomething to encode.\n", encoding="utf-8")
    settings = make_settings(tmp_path / "data", documents)
    reloader = Reloader(settings)
    indexing = asyncio.ensure_future(reloader.index(_unheard))
    await asyncio.sleep(0)
    assert reloader.stop()
    assert await indexing is None
    assert not reloader.running
    assert not (settings.index_folder / "current.json").exists()
