"""The composition root: settings to a running bot, on Telegram or against the local Bot API server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot.application import ALLOWED_UPDATES, build_application
from bot.cli import DONE
from bot.clock import SystemClock
from bot.commands import CommandError, refreshed_engine
from bot.local.server import LocalServer
from bot.local.web import seed, web_chat
from bot.local.world import World
from bot.progress import BarProgress
from bot.reloading import Reloader
from bot.services import Services
from bot.store import Store
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.application import BotApplication
    from bot.local.models import Message
    from bot.local.web import Seed
    from bot.settings import Settings
    from retrieval.engine import Engine

LOCAL_TOKEN = "1000000001:local-bot-api-server-of-rapporteur"  # noqa: S105 - names no account anywhere
EXAMPLE = "What was said at the eighth round about the exchange of detainees?"
_ANSWER_SECONDS = 60.0


def run_bot(settings: Settings, *, once: bool) -> int:
    """Start the bot and run it until it is stopped, or with ``once`` until one question is answered."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # It logs each refusal with a traceback, also those that are only waited out; what comes of it is logged here.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    engine = refreshed_engine(settings, BarProgress())
    if settings.telegram_token is None:
        asyncio.run(_run_locally(settings, engine, once=once))
    else:
        asyncio.run(_run_on_telegram(settings, engine, once=once))
    return DONE


async def _run_on_telegram(settings: Settings, engine: Engine, *, once: bool) -> None:
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    address = settings.telegram_api_url.rstrip("/")
    services = _services(settings, engine, settings.store_file.name)
    application = build_application(services, token, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot")
    async with running_application(application):
        answer = await services.run(engine.answer, EXAMPLE, clearance=settings.labels.lowest)
        print(f"The bot @{application.bot.username} answers on Telegram; Ctrl-C stops it.", flush=True)
        if once:
            print(EXAMPLE, *(quote.text for quote in answer.quotes), sep="\n")
            return
        await until_stopped()


async def _run_locally(settings: Settings, engine: Engine, *, once: bool) -> None:
    async with local_bot(settings, engine) as (world, people, _), _web_chat_at(world, settings.port) as address:
        print(f"The local chat is at {address}", flush=True)
        print(f"\n> {EXAMPLE}\n", flush=True)
        for message in await ask_in_private(world, people.diplomat.id, EXAMPLE):
            print(message.text, flush=True)
        if once:
            return
        print("\nCtrl-C stops it.", flush=True)
        await until_stopped()


@asynccontextmanager
async def local_bot(settings: Settings, engine: Engine) -> AsyncIterator[tuple[World, Seed, BotApplication]]:
    """The bot running against a local Bot API server of its own, in which a diplomat and an admin may write to it."""
    world = World(LOCAL_TOKEN, mentions_pass=True)
    world.updates.start_at(time.time_ns() // 1_000_000)
    people = seed(world)
    local = settings.model_copy(update={"open_to_all": True, "admins": frozenset({people.admin.id})})
    async with LocalServer(world) as server:
        services = _services(local, engine, "local.sqlite3")
        application = build_application(
            services, LOCAL_TOKEN, base_url=server.base_url, base_file_url=server.base_file_url
        )
        async with running_application(application):
            yield world, people, application


def _services(settings: Settings, engine: Engine, store: str) -> Services:
    clock = SystemClock()
    try:
        opened = Store.open(settings.data_dir / store, clock.now)
    except DatabaseError as error:
        raise CommandError(str(error)) from None
    return Services(settings, engine, opened, Reloader(settings, engine), clock=clock)


@asynccontextmanager
async def _web_chat_at(world: World, port: int) -> AsyncIterator[str]:
    """The web chat on ``port``.

    Raises:
        CommandError: the port is in use.
    """
    async with contextlib.AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(web_chat(world, port))
        except OSError as error:
            raise CommandError(
                f"The port {port} cannot be used ({error.strerror}); "
                "stop what uses it, or set RAPPORTEUR_PORT to another, or to 0 for any that is free."
            ) from None
        yield address


@asynccontextmanager
async def running_application(application: BotApplication) -> AsyncIterator[None]:
    """Start the application in the order that replays come before polls; stop it in reverse.

    Raises:
        CommandError: Telegram refuses the token, or cannot be reached.
    """
    try:
        await application.initialize()
    except InvalidToken:
        raise CommandError("Telegram refuses the token; copy RAPPORTEUR_TELEGRAM_TOKEN again from BotFather.") from None
    except NetworkError as error:
        raise CommandError(f"Telegram cannot be reached ({error}); check the network.") from None
    services: Services = application.bot_data["services"]
    try:
        if application.post_init is not None:
            await application.post_init(application)
        await application.start()
        if application.updater is not None:
            await application.updater.start_polling(allowed_updates=ALLOWED_UPDATES, error_callback=_polling_failed)
        # What is loaded by now stays: to look through all of it for garbage would halt questions for a quarter second.
        gc.freeze()
        yield
    finally:
        await _stop(application)
        services.executor.shutdown(wait=True)
        services.store.close()
        services.library.close()


async def _stop(application: BotApplication) -> None:
    """Stop polling, finish what is under way, and let go of the network."""
    steps: list[Callable[[], Awaitable[None]]] = []
    if application.updater is not None and application.updater.running:
        steps.append(application.updater.stop)
    if application.running:
        steps.append(application.stop)
    for step in steps:
        await step()
    if application.post_stop is not None:
        await application.post_stop(application)
    await application.shutdown()


def _polling_failed(error: TelegramError) -> None:
    """PTB tries again by itself; what a person must mend is said plainly."""
    if isinstance(error, Conflict):
        print("Another program polls with the same token; stop one of the two.", file=sys.stderr)
    else:
        logging.getLogger(__name__).warning("Polling failed and is tried again: %s", error)


async def until_stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


async def ask_in_private(world: World, person: int, text: str) -> list[Message]:
    """Write to the bot as ``person`` and wait for its reply.

    Raises:
        CommandError: there is none within a minute.
    """
    chat = world.private_chat(person)
    asked = world.send_text(person, chat.id, text)

    try:
        await world.bot_message(chat.id, after=asked.id, timeout=_ANSWER_SECONDS)
    except TimeoutError:
        raise CommandError("The bot gave no answer within a minute; see the log above.") from None
    later = (message for message in world.history(chat.id) if message.id > asked.id)
    return [message for message in later if message.sender.is_bot]
