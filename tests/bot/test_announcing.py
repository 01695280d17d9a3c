"""Which chats are told of which rounds when documents arrive."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.announcing import announce
from bot.reloading import Reloader
from bot.services import Services
from bot.store import Store
from tests.bot.harness import make_settings
from tests.documents import DOCUMENTS, NINTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio
BOT = "some_bot"


class Hour:
    """The store's clock."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest_asyncio.fixture
async def services(own_index: Indexed, tmp_path: Path, hour: Hour) -> AsyncIterator[Services]:
    """Services that know the documents of ``own_index``, with one subscription older than any."""
    settings = make_settings(tmp_path)
    with Store.open(tmp_path / "store.sqlite3", hour) as store:
        made = Services(settings, own_index.engine(), store, Reloader(settings))
        store.subscribe(-1, 0, "en")
        assert await announce(made, BOT) == 0
        yield made
        made.executor.shutdown()


@pytest.fixture
def write(own_index: Indexed, services: Services) -> Callable[[str, str], None]:
    """Write a file, index, and let the engine take it up."""

    def make(name: str, content: str) -> None:
        (own_index.documents / name).write_text(content, encoding="utf-8")
        own_index.update()
        assert services.engine.refresh()

    return make


def _waiting(services: Services) -> list[tuple[int, int, str]]:
    """Chat, topic and first line of what waits."""
    rows = []
    while (row := services.store.next_message()) is not None:
        rows.append((row.chat, row.thread, row.body.partition("\n")[0]))
    return rows


async def test_a_first_index_is_taken_as_known_and_announced_to_nobody(services: Services) -> None:
    assert set(services.store.known_documents()) == set(DOCUMENTS)
    assert _waiting(services) == []


async def test_a_new_round_is_announced_once_to_each_subscription_in_its_language(
    services: Services, write: Callable[[str, str], None]
) -> None:
    services.store.subscribe(-1, 7, "ru")
    write("ninth.md", NINTH)
    assert await announce(services, BOT) == 2
    assert await announce(services, BOT) == 0
    english, russian = _waiting(services)
    assert english == (-1, 0, "<b>Astana. Round 9: summary in quotations</b>")
    assert russian[:2] == (-1, 7)
    assert "9" in russian[2]
    assert russian[2] != english[2]


async def test_who_subscribed_after_the_documents_came_is_not_told_of_them(
    services: Services, write: Callable[[str, str], None], hour: Hour
) -> None:
    write("ninth.md", NINTH)
    hour.now = time.time() + 60
    services.store.subscribe(-2, 0, "en")
    await announce(services, BOT)
    assert [chat for chat, _, _ in _waiting(services)] == [-1]


async def test_two_documents_of_a_round_make_one_summary_and_two_rounds_make_two(
    services: Services, own_index: Indexed, write: Callable[[str, str], None]
) -> None:
    (own_index.documents / "ninth-too.md").write_text(NINTH.replace("ninth", "9th"), encoding="utf-8")
    (own_index.documents / "tenth.md").write_text(NINTH.replace("round: 9", "round: 10"), encoding="utf-8")
    write("ninth.md", NINTH)
    assert await announce(services, BOT) == 2
    assert [title for _, _, title in _waiting(services)] == [
        "<b>Astana. Round 9: summary in quotations</b>",
        "<b>Astana. Round 10: summary in quotations</b>",
    ]


async def test_documents_without_a_round_and_changed_ones_announce_nothing(
    services: Services, write: Callable[[str, str], None]
) -> None:
    write("note.md", "# A note\n\nNothing of any meeting is said here.\n")
    assert await announce(services, BOT) == 0
    write("eighth.md", DOCUMENTS["eighth.md"].replace("21 and 22", "20 and 22"))
    assert await announce(services, BOT) == 0
    assert set(services.store.known_documents()) == {*DOCUMENTS, "note.md"}
