"""Updates sent to a webhook instead of being fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from telegram.error import BadRequest, Conflict


@dataclass
class Receiver:
    """A webhook that answers with the statuses it is told to, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: asyncio.Queue[tuple[str | None, dict[str, object]]] = field(default_factory=asyncio.Queue)

    async def handle(self, request: web.Request) -> web.Response:
        self.received.put_nowait((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def next(self) -> tuple[str | None, dict[str, object]]:
        async with asyncio.timeout(5):
            return await self.received.get()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def test_updates_go_to_the_webhook_with_its_secret_and_polling_is_refused(bot, world, anna, receiver):
    await bot.set_webhook(receiver.url, secret_token="s3cret", allowed_updates=["message"], max_connections=1)
    world.send_text(anna.id, anna.id, "Hello")
    secret, update = await receiver.next()
    assert (secret, update["message"]["text"]) == ("s3cret", "Hello")
    await until(lambda: len(world.updates) == 0)
    with pytest.raises(Conflict, match=r"use deleteWebhook to delete the webhook first"):
        await bot.get_updates()
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections, info.allowed_updates) == (
        receiver.url,
        0,
        1,
        ("message",),
    )


async def test_an_update_not_taken_is_sent_again_after_a_pause(bot, world, anna, receiver, clock):
    receiver.statuses = [500, 500]
    await bot.set_webhook(receiver.url)
    world.send_text(anna.id, anna.id, "Hello")
    _, first = await receiver.next()
    await until(lambda: clock.sleepers == 1)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    assert (info.last_error_date.timestamp(), info.pending_update_count) == (clock.now(), 1)
    clock.advance(1)
    _, second = await receiver.next()
    await until(lambda: clock.sleepers == 1)
    clock.advance(1)
    assert receiver.received.empty()
    clock.advance(1)
    _, third = await receiver.next()
    assert first == second == third
    await until(lambda: len(world.updates) == 0)


async def test_without_a_webhook_polling_works_again(bot, world, anna, receiver):
    await bot.set_webhook(receiver.url)
    await bot.delete_webhook()
    world.send_text(anna.id, anna.id, "Hello")
    assert [update.message.text for update in await bot.get_updates()] == ["Hello"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()
    assert receiver.received.empty()


async def test_a_webhook_elsewhere_or_with_a_strange_secret_is_refused(bot, receiver):
    with pytest.raises(BadRequest, match=r"Bad webhook"):
        await bot.set_webhook("https://example.org/hook")
    with pytest.raises(BadRequest, match=r"Secret token contains unallowed characters"):
        await bot.set_webhook(receiver.url, secret_token="a b")


async def test_a_poll_that_waits_is_ended_by_a_webhook(bot, receiver):
    poll = asyncio.ensure_future(bot.get_updates(timeout=30, read_timeout=5))
    await asyncio.sleep(0)
    with pytest.raises(Conflict, match=r"terminated by setWebhook request|webhook is active"):
        await asyncio.gather(poll, bot.set_webhook(receiver.url))


async def test_a_webhook_that_is_not_there_gets_everything_in_order_once_it_is(bot, world, anna, receiver, clock):
    receiver.statuses = [503]
    await bot.set_webhook(receiver.url.replace("/hook", "/elsewhere"), max_connections=3)
    for text in ("one", "two", "three"):
        world.send_text(anna.id, anna.id, text)
    await until(lambda: clock.sleepers == 1)
    info = await bot.get_webhook_info()
    assert (info.last_error_message, info.pending_update_count) == (
        "Wrong response from the webhook: 404 Not Found",
        3,
    )
    await bot.set_webhook(receiver.url, max_connections=3)
    assert (await bot.get_webhook_info()).last_error_message is None
    for _ in range(2):
        clock.advance(60)
        await until(lambda: clock.sleepers == 1 or len(world.updates) == 0)
    received = [await receiver.next() for _ in range(4)]
    assert [update["message"]["text"] for _, update in received] == ["one", "one", "two", "three"]
    assert {secret for secret, _ in received} == {None}


async def test_the_wait_between_two_tries_grows_to_a_minute(bot, world, anna, receiver, clock):
    receiver.statuses = [500] * 9
    await bot.set_webhook(receiver.url)
    begun = clock.now()
    world.send_text(anna.id, anna.id, "Hello")
    times = []
    while len(times) < 9:
        await receiver.next()
        times.append(clock.now() - begun)
        await until(lambda: clock.sleepers == 1)
        while receiver.received.empty() and clock.sleepers:
            clock.advance(1)
            for _ in range(10):
                await asyncio.sleep(0)
        await until(lambda: not receiver.received.empty())
    assert times == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    await until(lambda: len(world.updates) == 0)


async def test_only_kinds_that_were_asked_for_are_sent_and_pending_ones_can_be_dropped(bot, world, anna, receiver):
    world.send_text(anna.id, anna.id, "before")
    await bot.set_webhook(receiver.url, allowed_updates=["edited_message"], drop_pending_updates=True)
    sent = world.send_text(anna.id, anna.id, "Hello")
    world.edit_text(anna.id, anna.id, sent.id, "Hello!")
    _, update = await receiver.next()
    assert update["edited_message"]["text"] == "Hello!"
    await until(lambda: len(world.updates) == 0)
    assert receiver.received.empty()
