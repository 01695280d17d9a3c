"""Updates brought to the bot: only Telegram's are taken, each is stored before its receipt, and handled once."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from bot.application import ALLOWED_UPDATES
from bot.clock import ManualClock
from bot.errors import CommandError
from bot.local.faults import bad_gateway, flood
from bot.local.world import World
from bot.running.inbox import KeepingBot
from bot.running.webhook import LONGEST_BODY, SECRET_HEADER, Forgeries
from tests.bot.harness import TOKEN, make_settings, quotations, running, said_by_bot
from tests.bot.hooks import PATH, SECRET, Hooked, asking, hooked, until
from tests.bot.test_commands import _bot_api as bot_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from telegram import Update

    from bot.local.models import Person
    from tests.bot.harness import Running
    from tests.bot.hour import Hour
    from tests.bot.shell import Rapporteur
    from tests.conftest import Indexed

QUESTION = "What regulation on the release of detainees did the eighth round adopt?"


@pytest.fixture
def anna(telegram: World) -> Person:
    """A person who may be written to, of whom nothing waits."""
    person = telegram.add_user("Anna")
    telegram.send_text(person.id, person.id, "/start")
    telegram.updates.clear()
    return person


def answers(bot: Hooked, person: Person) -> int:
    """How many messages the person had from the bot."""
    return len(said_by_bot(bot.world, person.id))


# Answering


async def test_telegram_is_told_where_and_a_question_is_answered_without_a_poll(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        (told,) = telegram.journal.of("setWebhook")
        asked = telegram.send_text(anna.id, anna.id, QUESTION)
        answer = await telegram.bot_message(anna.id, after=asked.id)
        await until(lambda: not bot.services.store.open_updates() and not len(telegram.updates))
        metrics = bot.services.metrics.exposition().decode()
    assert urlsplit(str(told.parameters["url"])).path == PATH
    assert told.parameters["secret_token"] == SECRET
    assert told.parameters["allowed_updates"] == list(ALLOWED_UPDATES)
    assert (told.parameters["max_connections"], told.parameters["drop_pending_updates"]) == ("20", "false")
    assert "<missing> persons 🕊️" in quotations(answer)[0]
    assert telegram.journal.of("getUpdates") == []
    assert 'rapporteur_webhook_requests_total{status="200"} 1.0' in metrics


async def test_going_back_to_polling_deletes_the_webhook_and_loses_nothing(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path):
        pass
    assert telegram.updates.webhook is not None
    asked = telegram.send_text(anna.id, anna.id, QUESTION)
    async with _polling(telegram, shared_index, tmp_path):
        answer = await telegram.bot_message(anna.id, after=asked.id)
        assert telegram.updates.webhook is None
    (deleted,) = telegram.journal.of("deleteWebhook")
    assert "drop_pending_updates" not in deleted.parameters
    assert quotations(answer)


@pytest.mark.parametrize("order", [(30, 20, 10), (20, 30, 10)])
async def test_updates_that_come_out_of_order_are_all_answered(
    order: tuple[int, ...], telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        statuses = [await bot.post(asking(number, anna, QUESTION)) for number in order]
        await until(lambda: answers(bot, anna) == 3 and not bot.services.store.open_updates())
        kept = bot.kept()
    assert (statuses, kept) == ([200, 200, 200], [10, 20, 30])


# Once


async def test_an_update_that_is_brought_a_thousand_times_is_answered_once(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        update = asking(7, anna, QUESTION)
        statuses = set()
        for _ in range(50):
            statuses |= set(await asyncio.gather(*(bot.post(update) for _ in range(20))))
        await bot.post(asking(8, anna, "/help"))
        await until(lambda: not bot.services.store.open_updates())
        assert answers(bot, anna) == 2
    assert statuses == {200}


async def test_an_inline_query_is_answered_once_too_and_not_stored(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        query = telegram.inline_query(anna.id, "exchange of detainees")
        await telegram.wait_inline_answer(query)
        await until(lambda: not len(telegram.updates))
        asked = {"id": "77", "from": {"id": anna.id, "is_bot": False, "first_name": "Anna"}, "query": "x", "offset": ""}
        update = {"update_id": 9, "inline_query": asked}
        telegram.faults.plan("answerInlineQuery", bad_gateway())
        assert [await bot.post(update) for _ in range(3)] == [200] * 3
        await until(lambda: len(telegram.journal.of("answerInlineQuery")) == 2)
        kept = bot.kept()
    assert len(telegram.journal.of("answerInlineQuery")) == 2
    assert kept == []


async def test_what_was_stored_and_not_confirmed_is_answered_once_after_the_next_start(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = KeepingBot.keep

    async def keep_and_break(self: KeepingBot, updates: Sequence[Update]) -> tuple[Update, ...]:
        await keep(self, updates)
        raise web.HTTPInternalServerError

    async with hooked(telegram, shared_index, tmp_path) as bot:
        monkeypatch.setattr(KeepingBot, "keep", keep_and_break)
        asked = telegram.send_text(anna.id, anna.id, QUESTION)
        await until(lambda: telegram.updates.failure is not None)
        ((number, _, state),) = bot.services.store.open_updates()
        assert (answers(bot, anna), state, len(telegram.updates)) == (0, "pending", 1)
        monkeypatch.undo()
    async with hooked(telegram, shared_index, tmp_path) as bot:
        await telegram.bot_message(anna.id, after=asked.id)
        await until(lambda: not len(telegram.updates))
        assert await bot.post(asking(number, anna, QUESTION)) == 200
        await bot.post(asking(number + 1, anna, "/help"))
        await until(lambda: not bot.services.store.open_updates())
        assert answers(bot, anna) == 2


# What cannot be taken now


@pytest.mark.parametrize("trouble", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"])
async def test_what_the_store_cannot_keep_is_asked_for_again_and_then_answered(
    trouble: str, shared_index: Indexed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    world = World(TOKEN, clock=clock)
    anna = world.add_user("Anna")
    async with hooked(world, shared_index, tmp_path) as bot:
        with bot.services.store.database.reading() as connection:
            connection.execute(trouble)
        asked = world.send_text(anna.id, anna.id, QUESTION + " " * 100 + "я" * 3000)
        await until(lambda: clock.sleepers == 1)
        failure = world.updates.failure
        assert (bot.kept(), answers(bot, anna)) == ([], 0)
        with bot.services.store.database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 1000000")
            connection.execute("PRAGMA query_only = OFF")
        clock.advance(1)
        await world.bot_message(anna.id, after=asked.id)
        await until(lambda: not bot.services.store.open_updates() and not len(world.updates))
        assert answers(bot, anna) == 1
    assert failure is not None
    assert failure.reason == "Wrong response from the webhook: 500 Internal Server Error"
    assert "Telegram is asked to bring it again" in caplog.text


async def test_while_the_bot_stops_nothing_is_taken(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        bot.webhook.refuse()
        assert await bot.post(asking(7, anna, QUESTION)) == 503
        assert bot.kept() == []


async def test_where_too_much_waits_nothing_more_is_taken(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    async with hooked(telegram, shared_index, tmp_path) as bot:
        bot.webhook._most_waiting = 3
        answer = bot.services.engine.answer

        def held(*args: Any, **options: Any) -> Any:
            assert gate.wait(10)
            return answer(*args, **options)

        monkeypatch.setattr(bot.services.engine, "answer", held)
        try:
            taken = [await bot.post(asking(number, anna, QUESTION)) for number in (1, 2, 3, 4, 5)]
            kept = bot.kept()
            metrics = bot.services.metrics.exposition().decode()
        finally:
            gate.set()
        await until(lambda: not bot.services.store.open_updates())
        again = [await bot.post(asking(number, anna, QUESTION)) for number in (4, 5)]
        await until(lambda: answers(bot, anna) == 5)
    assert (taken, kept, again) == ([200, 200, 200, 503, 503], [1, 2, 3], [200, 200])
    assert "rapporteur_updates_waiting 3.0" in metrics


# What is not Telegram's


@pytest.mark.parametrize("secret", [None, "", SECRET + "1", SECRET[:-1], SECRET.upper(), "ключ"])
async def test_without_the_right_secret_nothing_is_taken(
    secret: str | None, telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        heard = bot.services.pulse.last_heard
        assert await bot.post(asking(7, anna, QUESTION), secret=secret) == 403
        # Its body is not even looked at.
        assert await bot.post(BytesIO(b"x" * (LONGEST_BODY + 1)), secret=secret) == 403
        assert bot.kept() == []
        assert bot.services.pulse.last_heard == heard


def test_forgeries_are_counted_and_logged_at_most_once_a_minute(hour: Hour, caplog: pytest.LogCaptureFixture) -> None:
    forgeries = Forgeries(hour)
    for _ in range(1000):
        forgeries.note()
        hour.now += 0.05
    hour.now += 11
    forgeries.tell_log()
    forgeries.tell_log()
    counts = [record.args for record in caplog.records]
    assert counts == [(1,), (999,)]


async def test_only_its_path_is_served_and_only_to_posts_of_json(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        base = bot.webhook.url.removesuffix(PATH)
        headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
        found: dict[tuple[str, str], int] = {}
        for method, path in (
            ("GET", PATH),
            ("HEAD", PATH),
            ("PUT", PATH),
            ("POST", "/"),
            ("POST", PATH + "/"),
            ("POST", PATH + "/../other"),
            ("POST", PATH + "?a=b"),
        ):
            async with bot.session.request(
                method, base + path, headers=headers, json=asking(len(found) + 1, anna, "/help")
            ) as response:
                found[method, path] = response.status
        plain = await bot.post(asking(70, anna, "/help"), headers={"Content-Type": "text/plain"})
        packed = await bot.post(asking(71, anna, "/help"), headers={"Content-Encoding": "gzip"}, compress=False)
        charset = await bot.post(asking(72, anna, "/help"), headers={"Content-Type": "application/json; charset=utf-8"})
        kept = bot.kept()
    assert list(found.values()) == [405, 405, 405, 404, 404, 404, 200]
    assert (plain, packed, charset) == (415, 415, 200)
    assert kept == [7, 72]


# What is no update


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100_000):
        yield body[start : start + 100_000]


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_may_have_a_mebibyte_and_not_a_byte_more(
    is_chunked: bool, telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        statuses = []
        for number, size in ((1, LONGEST_BODY), (2, LONGEST_BODY + 1), (3, 8 * LONGEST_BODY)):
            body = json.dumps(asking(number, anna, "/help")).encode().ljust(size)
            data: Any = _in_pieces(body) if is_chunked else BytesIO(body)
            headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
            async with bot.session.post(bot.webhook.url, data=data, headers=headers) as response:
                statuses.append(response.status)
        kept = bot.kept()
    assert (statuses, kept) == ([200, 413, 413], [1])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"update"',
        b"{",
        b"\xff\xfe{}",
        b"[" * 500_000,
        b"{}",
        b'{"message": {}}',
        b'{"update_id": "5"}',
        b'{"update_id": true}',
        b'{"update_id": 1.0}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": 5, "message": "hello"}',
        b'{"update_id": 5, "message": {}}',
        b'{"update_id": 5, "message": {"message_id": 1, "date": 1e300, "chat": {"id": 1, "type": "private"}}}',
        b'{"update_id": 5, "callback_query": [1]}',
    ],
)
async def test_what_is_no_update_is_refused_and_changes_nothing(
    body: bytes, telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        assert await bot.post(body) == 400
        assert bot.kept() == []


@pytest.mark.parametrize(
    "content",
    [{}, {"message": None}, {"poll": {"id": "1"}}, {"something_of_bot_api_12": {"id": 1}}, {"message_reaction": {}}],
)
async def test_an_update_of_an_unknown_kind_is_taken_and_ignored(
    content: dict[str, object], telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        assert await bot.post({"update_id": 5} | content) == 200
        assert bot.kept() == []


async def _raw(bot: Hooked, *parts: bytes) -> bytes:
    """Send bytes as they are, and return the first line of what comes back."""
    parts_of = urlsplit(bot.webhook.url)
    reader, writer = await asyncio.open_connection(parts_of.hostname, parts_of.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Type: application/json\r\n"
    writer.write(head.encode() + b"".join(parts))
    await writer.drain()
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


async def test_a_body_that_does_not_come_is_not_waited_for(
    telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        bot.webhook._body_seconds = 0.05
        assert b" 408 " in await _raw(bot, b"Content-Length: 100\r\n\r\n", b'{"update_id": 5')
        assert bot.kept() == []


async def test_a_body_that_breaks_off_is_no_failure_of_the_bot(
    telegram: World, anna: Person, shared_index: Indexed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        assert b" 400 " in await _raw(bot, b"Transfer-Encoding: chunked\r\n\r\n", b'zz\r\n{"update_id": 5\r\n')
        parts = urlsplit(bot.webhook.url)
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Type: application/json\r\n"
        writer.write(head.encode() + b"Content-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert await bot.post(asking(6, anna, "/help")) == 200
        await until(lambda: answers(bot, anna) == 1)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


# Starting, and looking after it


async def test_an_address_that_telegram_does_not_take_ends_the_start_with_a_sentence(
    telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"^Telegram does not take the address in RAPPORTEUR_WEBHOOK_URL \(Bad web"):
        async with hooked(telegram, shared_index, tmp_path, url="https://bot.example.org/hook"):
            pass


def test_the_command_line_listens_where_the_settings_say(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    rapporteur.json("index")
    for name, value in (
        ("TELEGRAM_TOKEN", TOKEN),
        ("WEBHOOK_URL", "https://bot.example.org/hook"),
        ("WEBHOOK_PORT", "0"),
    ):
        monkeypatch.setenv(f"RAPPORTEUR_{name}", value)
    monkeypatch.setenv("RAPPORTEUR_WEBHOOK_SECRET", SECRET)
    with bot_api(TOKEN) as address:
        monkeypatch.setenv("RAPPORTEUR_TELEGRAM_API_URL", address)
        said = rapporteur.fails("run", "--once")
    # The local server brings updates to addresses on this machine alone.
    assert said.startswith("Telegram does not take the address in RAPPORTEUR_WEBHOOK_URL (Bad webhook: the local")
    assert SECRET not in said


async def test_a_port_that_is_taken_ends_the_start_with_a_sentence(
    telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    async with hooked(telegram, shared_index, tmp_path) as bot:
        port = urlsplit(bot.webhook.url).port
        other = World(TOKEN)
        said = rf"^The port {port} of 127\.0\.0\.1 cannot be used for the webhook \(Address already in use\)"
        with pytest.raises(CommandError, match=said):
            async with hooked(other, shared_index, tmp_path, webhook_port=port):
                pass
    assert other.journal.of("setWebhook") == []


async def test_telling_telegram_waits_where_it_asks_for_that(
    telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    clock = ManualClock()
    telegram.faults.plan("setWebhook", flood(3))
    starting = asyncio.ensure_future(_started(telegram, shared_index, tmp_path, clock))
    await until(lambda: telegram.journal.of("setWebhook"))
    while not starting.done():
        clock.advance(1)
        await asyncio.sleep(0.001)
    assert await starting
    assert [entry.code for entry in telegram.journal.of("setWebhook")] == [429, 200]


async def test_telegram_is_asked_now_and_then_whether_it_still_sends_updates_here(
    telegram: World, shared_index: Indexed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    async with hooked(telegram, shared_index, tmp_path, clock=clock) as bot:

        async def minute(calls: int) -> None:
            while len(telegram.journal.of("getWebhookInfo")) < calls:
                clock.advance(1)
                await asyncio.sleep(0.001)

        begun = bot.services.pulse.last_heard
        await minute(1)
        await until(lambda: bot.services.pulse.last_heard > begun)
        telegram.updates.set_webhook(None)
        before = bot.services.pulse.last_heard
        await minute(2)
        await until(lambda: bot.services.pulse.last_heard > before)
        assert telegram.updates.webhook is not None and telegram.updates.webhook.url == bot.webhook.url
        assert "as another program told it" in caplog.text
        telegram.faults.plan("getWebhookInfo", bad_gateway())
        heard = bot.services.pulse.last_heard
        await minute(3)
        await until(lambda: bot.services.pulse.failure is not None)
        assert bot.services.pulse.last_heard == heard


async def _started(world: World, indexed: Indexed, data: Path, clock: ManualClock) -> bool:
    async with hooked(world, indexed, data, clock=clock) as bot:
        return bot.application.running


def _polling(world: World, indexed: Indexed, data: Path) -> AbstractAsyncContextManager[Running]:
    return running(world, make_settings(data, indexed.documents), indexed.engine(), indexed)
