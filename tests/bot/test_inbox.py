"""Updates: stored before they are confirmed, returned once, replayed at the start, handled chat by chat."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.inbox import ChatByChat, KeepingBot, open_updates
from bot.local.server import LocalServer
from bot.reloading import Reloader
from bot.services import Services
from bot.store import Store
from tests.bot.harness import TOKEN, make_settings
from tests.bot.updates import GROUP, message, person, update

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from telegram import Update

    from bot.local.world import World
    from tests.conftest import Indexed

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def services(shared_index: Indexed, tmp_path: Path) -> AsyncIterator[Services]:
    settings = make_settings(tmp_path)
    with Store.open(tmp_path / "store.sqlite3") as store:
        made = Services(settings, shared_index.engine(), store, Reloader(settings))
        yield made
        made.executor.shutdown()


@pytest_asyncio.fixture
async def bot(services: Services, telegram: World) -> AsyncIterator[KeepingBot]:
    async with LocalServer(telegram) as server, KeepingBot(services, TOKEN, base_url=server.base_url) as made:
        yield made


async def test_an_update_is_in_the_store_before_it_is_confirmed(
    bot: KeepingBot, services: Services, telegram: World
) -> None:
    anna = telegram.add_user("Anna")
    telegram.send_text(anna.id, anna.id, "Что решили <сегодня>? 🕊️")
    (fetched,) = await bot.get_updates()
    assert len(telegram.updates) == 1
    ((identifier, body, state),) = services.store.open_updates()
    assert (identifier, state) == (fetched.update_id, "pending")
    assert json.loads(body)["message"]["text"] == "Что решили <сегодня>? 🕊️"


async def test_an_update_fetched_again_is_not_returned_again_and_is_confirmed(bot: KeepingBot, telegram: World) -> None:
    anna = telegram.add_user("Anna")
    telegram.send_text(anna.id, anna.id, "one")
    await bot.get_updates()
    assert await bot.get_updates() == ()
    assert len(telegram.updates) == 0
    telegram.send_text(anna.id, anna.id, "two")
    telegram.send_text(anna.id, anna.id, "three")
    assert [found.message.text for found in await bot.get_updates() if found.message] == ["two", "three"]


async def test_what_was_left_open_comes_back_in_order_and_what_may_be_answered_does_not(
    bot: KeepingBot, services: Services, telegram: World
) -> None:
    anna = telegram.add_user("Anna")
    for text in ("answered", "perhaps answered", "open", "open too"):
        telegram.send_text(anna.id, anna.id, text)
    first, second, *_ = await bot.get_updates()
    services.store.finish_update(first.update_id)
    services.store.mark_update(second.update_id, "sending")
    replayed = await open_updates(services, bot)
    assert [found.message.text for found in replayed if found.message] == ["open", "open too"]
    assert [state for _, _, state in services.store.open_updates()] == ["pending", "pending"]
    assert all(found.message is not None and found.message.get_bot() is bot for found in replayed)


def _of(identifier: int, chat: int) -> Update:
    """What somebody says in a chat where nobody else is."""
    return update(identifier, message=message(chat={**GROUP, "id": chat}, by=person(abs(chat))))


class Handlers:
    """Handlers that wait until they are let go, and what has begun and ended of them."""

    def __init__(self, services: Services) -> None:
        self.processor = ChatByChat(services)
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}
        self._changed = asyncio.Condition()

    def start(self, given: Update) -> Awaitable[Any]:
        """Hand an update to the processor, as PTB does."""
        gate = self.gates[given.update_id] = asyncio.Event()

        async def handle() -> None:
            async with self._changed:
                self.begun.append(given.update_id)
                self._changed.notify_all()
            await gate.wait()
            self.ended.append(given.update_id)

        return asyncio.ensure_future(self.processor.do_process_update(given, handle()))

    async def until_begun(self, *identifiers: int) -> None:
        """Wait until these have begun."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: set(identifiers) <= set(self.begun))

    def release(self, *identifiers: int) -> None:
        """Let these go on."""
        for identifier in identifiers:
            self.gates[identifier].set()


async def test_updates_of_one_chat_are_handled_in_order_and_chats_do_not_wait_for_each_other(
    services: Services,
) -> None:
    handlers = Handlers(services)
    tasks = [handlers.start(given) for given in (_of(1, -1), _of(2, -1), _of(3, -2))]
    await handlers.until_begun(1, 3)
    assert 2 not in handlers.begun
    handlers.release(3)
    await tasks[2]
    assert 2 not in handlers.begun
    handlers.release(1, 2)
    await asyncio.gather(*tasks)
    assert handlers.ended == [3, 1, 2]


async def test_a_handled_update_is_done(services: Services) -> None:
    services.store.keep_updates({1: "{}", 2: "{}"})
    handlers = Handlers(services)
    task = handlers.start(_of(1, -1))
    handlers.release(1)
    await task
    assert services.store.open_updates() == ((2, "{}", "pending"),)


async def test_a_chat_that_floods_holds_one_place_and_loses_what_is_beyond_twenty(services: Services) -> None:
    services.store.keep_updates(dict.fromkeys(range(1, 31), "{}"))
    handlers = Handlers(services)
    flood = [handlers.start(_of(number, -1)) for number in range(1, 22)]
    await handlers.until_begun(1)
    await flood[20]
    assert 21 not in [identifier for identifier, _, _ in services.store.open_updates()]
    others = [handlers.start(_of(100 + number, -100 - number)) for number in range(7)]
    await handlers.until_begun(*range(100, 107))
    handlers.release(*handlers.gates)
    await asyncio.gather(*flood, *others)
    assert [identifier for identifier in handlers.ended if identifier < 100] == list(range(1, 21))
    after = handlers.start(_of(22, -1))
    handlers.release(22)
    await after
    assert handlers.ended[-1] == 22


async def test_no_more_than_eight_chats_are_at_work_at_once(services: Services) -> None:
    handlers = Handlers(services)
    tasks = [handlers.start(_of(number, -number)) for number in range(1, 10)]
    await handlers.until_begun(*range(1, 9))
    assert handlers.begun == list(range(1, 9))
    handlers.release(*range(1, 10))
    await asyncio.gather(*tasks)
    assert handlers.begun == list(range(1, 10))


async def test_an_admin_loses_nothing_of_many_files_sent_at_once(services: Services) -> None:
    settings = services.settings.model_copy(update={"admins": frozenset({7})})
    handlers = Handlers(replace(services, settings=settings))
    tasks = [handlers.start(_of(number, 7)) for number in range(1, 31)]
    await handlers.until_begun(1)
    handlers.release(*range(1, 31))
    await asyncio.gather(*tasks)
    assert handlers.ended == list(range(1, 31))


async def test_a_person_has_three_places_at_most_in_however_many_chats(services: Services) -> None:
    handlers = Handlers(services)

    def said(identifier: int, chat: int, by: int) -> Update:
        return update(identifier, message=message(chat={**GROUP, "id": chat}, by=person(by)))

    tasks = [handlers.start(said(number, -number, 7)) for number in range(1, 6)]
    tasks += [handlers.start(said(6, -6, 8))]
    await handlers.until_begun(1, 2, 3, 6)
    assert handlers.begun == [1, 2, 3, 6]
    handlers.release(2)
    await handlers.until_begun(4)
    assert 5 not in handlers.begun
    handlers.release(*range(1, 7))
    await asyncio.gather(*tasks)
    assert sorted(handlers.ended) == [1, 2, 3, 4, 5, 6]
    assert len(handlers.processor.turns) == 0
