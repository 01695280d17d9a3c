"""The real application against the local Bot API server, and what tests wait for in the world behind it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.application import ALLOWED_UPDATES, build_application
from bot.clock import SystemClock
from bot.documents.reloading import Reloader, ReloadError, Step
from bot.local.events import MessageEdited, MessageSent
from bot.local.models import Button, ButtonKind
from bot.local.server import LocalServer
from bot.local.world import World
from bot.services import BotApplication, Services
from bot.settings import Settings
from bot.store import Store
from corpus.errors import CorpusError
from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.clock import Clock
    from bot.local.models import CallbackAnswer, Chat, Message, Person
    from retrieval.engine import Engine
    from retrieval.index.reports import IndexReport
    from tests.conftest import Indexed

TOKEN = "123456789:AAtesttokentesttokentesttoken"
STORE = "store.sqlite3"


class LocalReloader(Reloader):
    """Indexes with the encoder of the tests, in a thread; ``gate`` holds it back after its first step."""

    def __init__(self, settings: Settings, indexed: Indexed) -> None:
        super().__init__(settings)
        self._indexed = indexed
        self.gate = asyncio.Event()
        self.gate.set()

    async def index(self, tell: Callable[[Step], None]) -> IndexReport | None:
        """Index the folder and return the report; None where it was stopped while the gate held it."""
        self._busy, self._stopped = True, False
        try:
            tell(Step("reading", 0, 1))
            await self.gate.wait()
            return None if self._stopped else await asyncio.to_thread(self._indexed.update)
        except (CorpusError, RetrievalError) as error:
            raise ReloadError(str(error)) from error
        finally:
            self._busy = False

    def stop(self) -> bool:
        """Open the gate for a run that is to end without a change."""
        if not self._busy:
            return False
        self._stopped = True
        self.gate.set()
        return True


@dataclass(frozen=True, slots=True)
class Running:
    """A bot at work, and the people it knows."""

    world: World
    server: LocalServer
    application: BotApplication
    services: Services

    @property
    def reloader(self) -> LocalReloader:
        """The reloader of the tests."""
        assert isinstance(self.services.reloader, LocalReloader)
        return self.services.reloader

    async def ask(self, person: Person, text: str, chat: int | None = None, **options: Any) -> Message:
        """Write as ``person`` and return the first message that the bot sends there after it."""
        written = self.world.send_text(person.id, chat or person.id, text, **options)
        return await self.world.bot_message(written.chat_id, after=written.id)

    async def press(self, person: Person, message: Message, data: str) -> CallbackAnswer:
        """Press the button of ``message`` that carries ``data`` and return what the bot answers to it."""
        query = self.world.press(person.id, message.chat_id, message.id, data)
        return await self.world.wait_callback_answer(query)


def make_settings(data: Path, *folders: Path, **values: Any) -> Settings:
    """Settings for tests: open to all, and nothing read from the environment."""
    defaults: dict[str, Any] = {
        "data_dir": data,
        "documents": folders,
        "open_to_all": True,
        "starter_documents": False,
        "watch": False,
        "summary_approval": False,
        "summary_settle_seconds": 0,
        "questions_per_minute": 0,
        "group_questions_per_minute": 0,
    }
    return Settings(**(defaults | values))


@asynccontextmanager
async def running(
    world: World,
    settings: Settings,
    engine: Engine,
    indexed: Indexed,
    *,
    server: LocalServer | None = None,
    clock: Clock | None = None,
    menus: bool = False,
) -> AsyncIterator[Running]:
    """Start the bot as ``bot.running.root`` does, against a server of its own unless one is given; stop it cleanly.

    ``clock`` is the bot's alone; the world goes by its own. Setting the menus takes forty calls, which few tests need.
    """
    if server is None:
        async with (
            LocalServer(world) as own,
            running(world, settings, engine, indexed, server=own, clock=clock, menus=menus) as bot,
        ):
            yield bot
        return
    clock = clock or SystemClock()
    store = Store.open(settings.data_dir / STORE, clock.now)
    # The groups of before were greeted when the bot came to them.
    for chat in world.chats.values():
        store.subscriptions.greet(chat.id)
    services = Services(settings, engine, store, LocalReloader(settings, indexed), clock=clock)
    application = build_application(services, world.token, base_url=server.base_url, base_file_url=server.base_file_url)
    if not menus:
        application.bot_data["menus"] = asyncio.get_running_loop().create_future()
        application.bot_data["menus"].set_result(None)
    updater = application.updater
    assert updater is not None and application.post_init is not None and application.post_stop is not None
    await application.initialize()
    try:
        await application.post_init(application)
        await application.start()
        await updater.start_polling(allowed_updates=ALLOWED_UPDATES)
        yield Running(world, server, application, services)
    finally:
        if updater.running:
            await updater.stop()
        await application.stop()
        await application.post_stop(application)
        await application.shutdown()
        services.executor.shutdown(wait=True)
        store.close()


async def shown(world: World, chat: int, wanted: Callable[[Message], bool]) -> Message:
    """The bot's first message in a chat that ``wanted`` accepts, sent or edited; waited for where there is none."""

    def accepted(message: Message) -> bool:
        return message.chat_id == chat and message.sender.is_bot and wanted(message)

    for message in world.history(chat):
        if accepted(message):
            return message
    found: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def look(event: object) -> None:
        if isinstance(event, MessageSent | MessageEdited) and accepted(event.message) and not found.done():
            found.set_result(event.message)

    unsubscribe = world.subscribe(look)
    try:
        async with asyncio.timeout(15):
            return await found
    finally:
        unsubscribe()


def forged(bot: Running, message: Message, data: str) -> Message:
    """The message with a button of any data: a client of one's own can send that."""
    made = replace(message, keyboard=((Button("x", ButtonKind.CALLBACK, data),),))
    bot.world._replace(made)
    return made


def said_by_bot(world: World, chat: int) -> list[Message]:
    """The bot's messages in a chat, oldest first."""
    return [message for message in world.history(chat) if message.sender.is_bot and not message.is_service]


def quotations(message: Message) -> list[str]:
    """The block quotations of a message, as they are seen."""
    return [entity.of(message.text) for entity in message.entities if entity.type.endswith("blockquote")]


def data_of(message: Message, kind: str) -> list[str]:
    """The data of a message's buttons that begin with ``kind`` ("c", "d", "m" or "n")."""
    return [button.value for button in message.buttons if button.value.startswith(f"{kind}:")]


def delegation(world: World, *members: Person, admin: Person, **options: Any) -> Chat:
    """A group with the bot and ``members`` in it, made by ``admin``."""
    group = world.add_group("Delegation", members=[member.id for member in members], admins=[admin.id], **options)
    world.add_bot(group.id, by=admin.id)
    return group
