"""Updates: stored before they are confirmed, returned once, replayed at the start, handled chat by chat."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
import pytest_asyncio
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut

from bot.documents.reloading import Reloader
from bot.local.faults import bad_gateway
from bot.local.server import LocalServer
from bot.messages.delivery import Fate, fate
from bot.running.inbox import ChatByChat, KeepingBot, open_updates
from bot.running.readable import answered, readable
from bot.services import Services
from bot.store import Store
from tests.bot.harness import TOKEN, make_settings
from tests.bot.updates import GROUP, message, person, update

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from telegram import Bot, Update

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


async def test_what_is_fetched_while_the_bot_stops_waits_in_the_store(
    bot: KeepingBot, services: Services, telegram: World
) -> None:
    anna = telegram.add_user("Anna")
    telegram.send_text(anna.id, anna.id, "at the last moment")
    bot.stopping()
    assert await bot.get_updates() == ()
    ((_, body, state),) = services.store.open_updates()
    assert (json.loads(body)["message"]["text"], state) == ("at the last moment", "pending")


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


async def test_an_update_of_a_form_that_is_not_known_is_passed_over_and_the_others_come(
    bot: KeepingBot, telegram: World, caplog: pytest.LogCaptureFixture
) -> None:
    anna = telegram.add_user("Anna")
    telegram.send_text(anna.id, anna.id, "one")
    telegram.updates.push("message", {"message_id": "none", "chat": []})
    telegram.updates.push("callback_query", {"data": 5})
    telegram.send_text(anna.id, anna.id, "two")
    found = await bot.get_updates()
    assert [update.message and update.message.text for update in found] == ["one", None, None, "two"]
    assert await bot.get_updates() == ()
    assert len(telegram.updates) == 0
    said = [record.getMessage() for record in caplog.records if "is passed over" in record.getMessage()]
    assert len(set(said)) == 2


async def test_a_poll_that_fails_rests_for_some_seconds_at_most_before_ptb_polls_again(
    bot: KeepingBot, telegram: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr("bot.running.inbox.asyncio.sleep", rest)
    for times in (6, 1):
        telegram.faults.plan("getUpdates", bad_gateway(), times)
        for _ in range(times):
            with pytest.raises(TimedOut, match="Bad Gateway"):
                await bot.get_updates(timeout=1)
        telegram.add_user("Anna")
        await bot.get_updates(timeout=0)
    assert rests == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 1.0]
    # The last poll of a run is no long one, and holds nobody up.
    telegram.faults.plan("getUpdates", bad_gateway())
    with pytest.raises(NetworkError):
        await bot.get_updates(timeout=0)


@pytest.mark.parametrize(
    "result", [{"surprise": 1}, "text", None, [{"message": {}}], [5], [{"update_id": True}]], ids=repr
)
async def test_what_is_no_list_of_updates_is_not_from_telegram(result: object) -> None:
    with pytest.raises(NetworkError, match="what answered is not Telegram") as caught:
        readable("getUpdates", result, cast("Bot", None))
    assert fate(caught.value) is Fate.UNCLEAR


@pytest.mark.parametrize("result", [True, [], {"message_id": 1}, {"message_id": 1, "date": "x", "chat": {}}], ids=repr)
async def test_what_is_no_message_leaves_it_open_whether_one_was_sent(result: object) -> None:
    with pytest.raises(NetworkError) as caught:
        readable("sendMessage", result, cast("Bot", None))
    assert fate(caught.value) is Fate.UNCLEAR
    assert readable("sendChatAction", True, cast("Bot", None)) is True


async def test_a_page_in_place_of_telegram_does_not_refuse_the_token() -> None:
    async def page() -> None:
        raise InvalidToken("Not Found (404)") from TelegramError("Invalid server response")

    async def refusal() -> None:
        raise InvalidToken("Unauthorized")

    with pytest.raises(NetworkError):
        await answered(page())
    with pytest.raises(InvalidToken):
        await answered(refusal())


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
