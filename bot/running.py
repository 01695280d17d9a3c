"""The composition root: settings to a running bot, on Telegram or against the local Bot API server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot.account_commands import expect_accounts
from bot.application import ALLOWED_UPDATES, build_application
from bot.cli import DONE
from bot.clock import SystemClock
from bot.commands import CommandError, refreshed_engine
from bot.local.closed import closed_web_chat
from bot.local.residents import Residents
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
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.application import BotApplication
    from bot.local.models import Message
    from bot.local.web import Seed
    from bot.settings import Settings
    from retrieval.engine import Engine

LOCAL_TOKEN = "1000000001:local-bot-api-server-of-rapporteur"  # noqa: S105 - names no account anywhere
EXAMPLE = "What was said at the eighth round about the exchange of detainees?"
_ANSWER_SECONDS = 60.0
_CLOCK = SystemClock()
T = TypeVar("T")


def run_bot(settings: Settings, *, once: bool) -> int:
    """Start the bot and run it until it is stopped, or with ``once`` until one question is answered."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # It logs each refusal with a traceback, also those that are only waited out; what comes of it is logged here.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    if settings.reach.has_accounts:
        expect_accounts(settings)
    engine = refreshed_engine(settings, BarProgress())
    if settings.telegram_token is None and settings.reach.has_accounts:
        asyncio.run(_run_closed(settings, engine, once=once))
    elif settings.telegram_token is None:
        asyncio.run(_run_locally(settings, engine, once=once))
    else:
        asyncio.run(_run_on_telegram(settings, engine, once=once))
    return DONE


async def _run_on_telegram(settings: Settings, engine: Engine, *, once: bool) -> None:
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    address = settings.telegram_api_url.rstrip("/")
    services = _services(settings, engine, _store(settings.store_file))
    application = build_application(services, token, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot")
    async with running_application(application):
        answer = await services.run(engine.answer, EXAMPLE, clearance=settings.labels.lowest)
        print(f"The bot @{application.bot.username} answers on Telegram; Ctrl-C stops it.", flush=True)
        if once:
            print(EXAMPLE, *(quote.text for quote in answer.quotes), sep="\n")
            return
        await until_stopped()


async def _run_locally(settings: Settings, engine: Engine, *, once: bool) -> None:
    async with (
        local_bot(settings, engine) as (world, people, _),
        _listening(settings, web_chat(world, settings.port, settings.reach.host)) as address,
    ):
        print(f"The local chat is at {address}", flush=True)
        print(f"\n> {EXAMPLE}\n", flush=True)
        for message in await ask_in_private(world, people.diplomat.id, EXAMPLE):
            print(message.text, flush=True)
        if once:
            return
        print("\nCtrl-C stops it.", flush=True)
        await until_stopped()


async def _run_closed(settings: Settings, engine: Engine, *, once: bool) -> None:
    """Serve those who have accounts; nobody is asked for in their name."""
    reach = settings.reach
    async with closed_bot(settings, engine) as (world, residents, application):
        services: Services = application.bot_data["services"]
        serving = closed_web_chat(world, residents, services.store.accounts, reach, settings.port, services.clock)
        async with _listening(settings, serving) as port:
            print(
                f"The web chat is at {reach.address(port)}, for those who have an account; Ctrl-C stops it.", flush=True
            )
            if not once:
                await until_stopped()


@asynccontextmanager
async def local_bot(settings: Settings, engine: Engine) -> AsyncIterator[tuple[World, Seed, BotApplication]]:
    """The bot running against a local Bot API server of its own, in which a diplomat and an admin may write to it."""
    world = _world(LOCAL_TOKEN)
    people = seed(world)
    local = settings.model_copy(update={"open_to_all": True, "admins": frozenset({people.admin.id})})
    async with _bot_in(world, _services(local, engine, _store(settings.local_store_file))) as application:
        yield world, people, application


@asynccontextmanager
async def closed_bot(settings: Settings, engine: Engine) -> AsyncIterator[tuple[World, Residents, BotApplication]]:
    """The same for those who have accounts: they are its people, with the rights that the accounts say now."""
    # Others may have an account on the machine itself, and the address of the Bot API is open to them.
    number = LOCAL_TOKEN.partition(":")[0]
    world, store = _world(f"{number}:{secrets.token_urlsafe(32)}"), _store(settings.local_store_file)
    residents = Residents(world, settings.labels.lowest)
    residents.settle(store.accounts.all())
    rights = {"open_to_all": True, "admins": residents.admins, "clearances": residents.clearances}
    async with _bot_in(world, _services(settings.model_copy(update=rights), engine, store)) as application:
        yield world, residents, application


def _world(token: str) -> World:
    """A world whose updates are newer than those of any before."""
    world = World(token, mentions_pass=True)
    world.updates.start_at(time.time_ns() // 1_000_000)
    return world


@asynccontextmanager
async def _bot_in(world: World, services: Services) -> AsyncIterator[BotApplication]:
    """The bot of a world, over its Bot API on loopback."""
    async with LocalServer(world) as server:
        application = build_application(
            services, world.token, base_url=server.base_url, base_file_url=server.base_file_url
        )
        async with running_application(application):
            yield application


def _services(settings: Settings, engine: Engine, store: Store) -> Services:
    return Services(settings, engine, store, Reloader(settings, engine), clock=_CLOCK)


def _store(path: Path) -> Store:
    """The store in a file.

    Raises:
        CommandError: it cannot be used.
    """
    try:
        return Store.open(path, _CLOCK.now)
    except DatabaseError as error:
        raise CommandError(str(error)) from None


@asynccontextmanager
async def _listening(settings: Settings, serving: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """What is served, on the port of the settings.

    Raises:
        CommandError: the address or the port cannot be used.
    """
    async with contextlib.AsyncExitStack() as stack:
        try:
            served = await stack.enter_async_context(serving)
        except OSError as error:
            raise CommandError(
                f"The port {settings.port} of {settings.reach.host} cannot be used ({os.strerror(error.errno or 0)}); "
                "stop what uses it, or set RAPPORTEUR_PORT to another, or to 0 for any that is free."
            ) from None
        yield served


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
