"""A local Telegram with a clock that stands still, and two ways to call it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestClient, TestServer
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.clock import ManualClock
from bot.local.models import Person
from bot.local.server import LocalServer
from bot.local.web import add_web_chat, seed
from bot.local.world import World
from tests.bot.local import browsing
from tests.bot.local.page import TOKEN, Page

if TYPE_CHECKING:
    from playwright.async_api import Browser

Caller = Callable[..., Awaitable[tuple[int, dict[str, object]]]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(TOKEN, "rapporteur_local_bot", clock)


@pytest.fixture
def anna(world: World) -> Person:
    """A person who has started the bot; the update of it is already confirmed."""
    person = world.add_user("Anna", username="anna")
    world.send_text(person.id, person.id, "/start")
    world.updates.clear()
    return person


@pytest_asyncio.fixture
async def server(world: World) -> AsyncIterator[LocalServer]:
    async with LocalServer(world) as running:
        yield running


@pytest_asyncio.fixture
async def bot(server: LocalServer) -> AsyncIterator[Bot]:
    """The bot of the library itself, without an application."""
    request = HTTPXRequest(read_timeout=5, connect_timeout=5)
    async with Bot(TOKEN, server.base_url, server.base_file_url, request=request) as running:
        yield running


@pytest_asyncio.fixture
async def call(server: LocalServer) -> AsyncIterator[Caller]:
    """Call a method with JSON and get the HTTP status and the answer."""
    async with ClientSession() as session:

        async def run(method: str, form: FormData | None = None, **parameters: object) -> tuple[int, dict[str, object]]:
            address = f"{server.base_url}{TOKEN}/{method}"
            body = {"data": form} if form is not None else {"json": parameters}
            async with session.post(address, **body) as response:
                return response.status, await response.json()

        yield run


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing.chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser) -> AsyncIterator[browsing.OpenPage]:
    async with browsing.pages(browser) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def chat(open_page: browsing.OpenPage) -> browsing.Chat:
    return await open_page()


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    world = World(TOKEN, clock=ManualClock())
    seeded = seed(world)
    app = web.Application()
    add_web_chat(app, world)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield Page(client, world, seeded)
