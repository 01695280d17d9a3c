"""Watching folders: a reload once they are still, none while a file grows, and folders that come and go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest
import pytest_asyncio

from bot.documents.reloading import Reloader
from bot.documents.reloads import Reloads, Request, Why
from bot.documents.watching import FolderLost, Watcher, changes_below
from bot.services import Services
from bot.settings import starter_folder
from bot.store import Store
from tests.bot.harness import make_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from pathlib import Path

    from telegram import Bot

    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
ADMIN = 7


@dataclass
class Stage:
    """The world of a watcher: what changes below folders, and waits that end as a test says."""

    folders: dict[Path, asyncio.Queue[Collection[Path] | Exception]] = field(default_factory=dict)
    waits: asyncio.Queue[tuple[float, asyncio.Future[bool]]] = field(default_factory=asyncio.Queue)
    said: list[tuple[int, str]] = field(default_factory=list)

    async def changes(self, folder: Path, stop: asyncio.Event) -> AsyncIterator[Collection[Path]]:
        """What the test puts there; ends when the watcher stops."""
        queue = self.folders.setdefault(folder, asyncio.Queue())
        while True:
            getting = asyncio.ensure_future(queue.get())
            stopping = asyncio.ensure_future(stop.wait())
            both: set[asyncio.Future[Any]] = {getting, stopping}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not getting.done():
                getting.cancel()
                return
            found = getting.result()
            if isinstance(found, Exception):
                raise found
            yield found

    async def wait(self, seconds: float, event: asyncio.Event) -> bool:
        """Wait until the test ends it, or the event does."""
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.waits.put_nowait((seconds, end))
        setting = asyncio.ensure_future(event.wait())
        both: set[asyncio.Future[Any]] = {end, setting}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        setting.cancel()
        return event.is_set()

    async def elapse(self) -> float:
        """Let the next wait last its time, and return that time."""
        async with asyncio.timeout(5):
            seconds, end = await self.waits.get()
        end.set_result(False)
        return seconds

    async def send_message(self, chat: int, text: str, **_: Any) -> None:
        """What admins are told."""
        self.said.append((chat, text))


class Asked(Reloads):
    """A queue that only takes down what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: asyncio.Queue[Request] = asyncio.Queue()

    def request(self, why: Why, place: Any = None) -> asyncio.Future[Any]:
        """Take it down."""
        self.asked.put_nowait(Request(why, place))
        return super().request(why, place)


@dataclass
class Watched:
    """A watcher at work over one folder."""

    stage: Stage
    watcher: Watcher
    services: Services
    folder: Path

    @property
    def asked(self) -> asyncio.Queue[Request]:
        """The reloads that were asked for."""
        return cast("Asked", self.services.reloads).asked

    async def change(self, *paths: Path) -> None:
        """Something changes below the folder."""
        await self.put(set(paths))

    async def put(self, found: Collection[Path] | Exception) -> None:
        """The stream of changes gives this."""
        self.stage.folders.setdefault(self.folder, asyncio.Queue()).put_nowait(found)

    async def next(self) -> Request:
        """The next reload that is asked for."""
        async with asyncio.timeout(5):
            return await self.asked.get()


@pytest_asyncio.fixture
async def services(shared_index: Indexed, tmp_path: Path) -> AsyncIterator[Services]:
    folder = tmp_path / "documents"
    folder.mkdir()
    settings = make_settings(
        tmp_path, folder, watch=True, settle_seconds=10, admins=frozenset({ADMIN}), starter_documents=True
    )
    with Store.open(tmp_path / "store.sqlite3") as store:
        made = Services(settings, shared_index.engine(), store, Reloader(settings), Asked())
        yield made
        made.executor.shutdown()


@pytest_asyncio.fixture
async def watched(services: Services, tmp_path: Path) -> AsyncIterator[Watched]:
    stage = Stage()
    watcher = Watcher(services, cast("Bot", stage), changes=stage.changes, wait=stage.wait)
    watcher.start()
    yield Watched(stage, watcher, services, (tmp_path / "documents").resolve())
    await watcher.stop()


async def test_a_reload_is_asked_for_once_the_folder_is_still(watched: Watched) -> None:
    await watched.change(watched.folder / "a.md")
    assert await watched.stage.elapse() == 10
    assert await watched.next() == Request(Why.WATCHED, None)
    assert watched.asked.empty()
    assert watched.stage.said == []


async def test_a_further_change_begins_the_wait_anew(watched: Watched) -> None:
    await watched.change(watched.folder / "a.md")
    seconds, _ = await watched.stage.waits.get()
    await watched.change(watched.folder / "b.md")
    assert (seconds, await watched.stage.elapse()) == (10, 10)
    await watched.next()
    assert watched.asked.empty()


async def test_while_a_file_grows_nothing_is_asked_for(watched: Watched) -> None:
    growing = watched.folder / "big.pdf"
    growing.write_bytes(b"1")
    await watched.change(growing)
    _, first = await watched.stage.waits.get()
    growing.write_bytes(b"12")
    first.set_result(False)
    second = await watched.stage.waits.get()
    assert watched.asked.empty()
    second[1].set_result(False)
    assert (await watched.next()).why is Why.WATCHED


async def test_a_lost_folder_is_told_once_and_indexed_when_it_is_back(watched: Watched) -> None:
    await watched.put(FolderLost("it is gone"))
    assert await watched.stage.elapse() == 30
    await watched.put(OSError("no"))
    assert await watched.stage.elapse() == 30
    ((chat, text),) = watched.stage.said
    assert (chat, text.partition(". ")[0]) == (ADMIN, f"The folder {watched.folder} cannot be watched")
    assert watched.asked.empty()
    await watched.put(set())
    assert await watched.stage.elapse() == 10
    assert (await watched.next()).why is Why.WATCHED


async def test_after_going_back_admins_are_told_once_and_nothing_is_asked_for(watched: Watched) -> None:
    engine = watched.services.engine
    engine._stock = replace(engine.stock, manifest=replace(engine.stock.manifest, pinned=True))
    for name in ("a.md", "b.md"):
        await watched.change(watched.folder / name)
        await watched.stage.elapse()
    await watched.change(watched.folder / "c.md")
    await watched.stage.waits.get()
    assert watched.asked.empty()
    assert watched.stage.said == [
        (
            ADMIN,
            "The folders of documents have changed, but the generation before was gone back to; /reload reads them.",
        )
    ]


async def test_the_starter_briefings_are_not_watched(watched: Watched) -> None:
    await watched.change(watched.folder / "a.md")
    await watched.stage.elapse()
    assert starter_folder() in watched.services.settings.folders
    assert set(watched.stage.folders) == {watched.folder}


async def test_nothing_is_watched_where_the_settings_say_so(services: Services) -> None:
    settings = services.settings.model_copy(update={"watch": False})
    stage = Stage()
    watcher = Watcher(replace(services, settings=settings), cast("Bot", stage), changes=stage.changes, wait=stage.wait)
    watcher.start()
    await watcher.stop()
    assert stage.folders == {}


async def _first(folder: Path, act: Callable[[], object]) -> Collection[Path]:
    """The first files found changed below ``folder`` by what ``act`` does."""
    stop = asyncio.Event()
    async with asyncio.timeout(20):
        stream = changes_below(folder, stop)
        getting = asyncio.ensure_future(anext(stream))
        while not getting.done():
            act()
            await asyncio.wait({getting}, timeout=0.1)
        found = getting.result()
        stop.set()
        async for _ in stream:
            pass
    return found


async def test_a_real_folder_tells_of_its_files_but_not_of_hidden_ones(tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    (folder / "below").mkdir(parents=True)

    def write() -> None:
        (folder / ".hidden").write_text("x")
        (folder / "below" / "a.md").write_text("x")

    assert set(await _first(folder, write)) == {folder / "below" / "a.md"}


async def test_a_folder_that_is_not_there_is_lost(tmp_path: Path) -> None:
    with pytest.raises(FolderLost):
        await anext(changes_below(tmp_path / "nowhere", asyncio.Event()))
