"""The real application in webhook mode, against a local Bot API server that brings it updates over HTTP."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession

from bot.application import build_application
from bot.clock import SystemClock
from bot.documents.reloading import Reloader
from bot.local.server import LocalServer
from bot.running.root import running_application
from bot.running.webhook import SECRET_HEADER, Webhook
from bot.services import BotApplication, Services
from bot.store import Store
from tests.bot.harness import make_settings
from tests.bot.updates import message, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.clock import Clock
    from bot.local.models import Person
    from bot.local.world import World
    from tests.conftest import Indexed

SECRET = "a-secret-of-the-tests_1"
PATH = "/telegram/updates"


@dataclass(frozen=True, slots=True)
class Hooked:
    """A bot that updates are brought to."""

    world: World
    application: BotApplication
    services: Services
    session: ClientSession

    @property
    def webhook(self) -> Webhook:
        """What receives them."""
        made: Webhook = self.application.bot_data["webhook"]
        return made

    async def post(self, body: object, *, secret: str | None = SECRET, **options: Any) -> int:
        """Bring it something, JSON unless it is bytes, and return the HTTP status."""
        headers = {"Content-Type": "application/json"} | options.pop("headers", {})
        if secret is not None:
            headers[SECRET_HEADER] = secret
        data = body if isinstance(body, bytes | BytesIO) else json.dumps(body).encode()
        async with self.session.post(self.webhook.url, data=data, headers=headers, **options) as response:
            return response.status

    def kept(self) -> list[int]:
        """The ids of all updates in the store, whatever became of them."""
        with self.services.store.database.reading() as connection:
            return [int(row[0]) for row in connection.execute("SELECT id FROM updates ORDER BY id")]


@asynccontextmanager
async def hooked(
    world: World,
    indexed: Indexed,
    data: Path,
    *,
    clock: Clock | None = None,
    url: str | None = None,
    **settings: Any,
) -> AsyncIterator[Hooked]:
    """Start the bot as ``rapporteur run`` does; its store is in ``data`` and stays for the next one."""
    values = {"webhook_url": "https://bot.example.org" + PATH, "webhook_secret": SECRET, "webhook_port": 0} | settings
    made = make_settings(data, indexed.documents, **values)
    async with LocalServer(world) as server, ClientSession() as session:
        clock = clock or SystemClock()
        store = Store.open(made.store_file, clock.now)
        services = Services(made, indexed.engine(), store, Reloader(made), clock=clock)
        application = build_application(
            services, world.token, base_url=server.base_url, base_file_url=server.base_file_url
        )
        # Setting the menus takes forty calls.
        application.bot_data["menus"] = asyncio.get_running_loop().create_future()
        application.bot_data["menus"].set_result(None)
        async with running_application(application, webhook=url or f"http://127.0.0.1:0{PATH}"):
            yield Hooked(world, application, services, session)


def asking(identifier: int, who: Person, text: str) -> dict[str, object]:
    """An update with a message in a private chat, as Telegram sends it."""
    chat = {"id": who.id, "type": "private", "first_name": who.first_name}
    return {"update_id": identifier, "message": message(text, chat=chat, by=person(who.id), message_id=identifier)}


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)
