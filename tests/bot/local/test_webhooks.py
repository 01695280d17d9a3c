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
