"""The composition root: settings to a running bot, on Telegram or against the local Bot API server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from telegram.error import InvalidToken, NetworkError

from bot.access.account_commands import expect_accounts
from bot.access.admission import first_admin_code, invitation_link
from bot.application import ALLOWED_UPDATES, build_application
from bot.backup.data_lock import RUN, hold
from bot.backup.making import remove_gathered
from bot.backup.store_copies import expect_sound_store, store_in_use
from bot.clock import SystemClock
from bot.documents.reloading import Reloader
from bot.errors import DONE, FAILED, CommandError
from bot.local.closed import closed_web_chat
from bot.local.residents import Residents
from bot.local.server import LocalServer
from bot.local.web import seed, web_chat
from bot.local.world import World
from bot.opening import refreshed_engine
from bot.progress import BarProgress
from bot.running.health import health_of
from bot.running.logs import log_written, redactor_of
from bot.running.poll_troubles import PollTroubles
from bot.running.stopping import HARD_SECONDS, STEPS_SECONDS, LastResort, Signals, Steps, drain
from bot.running.supervising import REFUSED, Notifier, Supervision
from bot.running.webhook import Webhook, receiving_at
from bot.services import Services
from bot.settings import SettingsError, supervisor
from bot.store import Store
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.local.models import Message
    from bot.local.web import Seed
    from bot.services import BotApplication
    from bot.settings import Settings
    from retrieval.engine import Engine

LOCAL_TOKEN = "1000000001:local-bot-api-server-of-rapporteur"  # noqa: S105 - names no account anywhere
EXAMPLE = "What was said at the eighth round about the exchange of detainees?"
LAST_RESORT = LastResort()
_ANSWER_SECONDS = 60.0
_POLL_SECONDS = 5.0
_CLOCK = SystemClock()
T = TypeVar("T")


def run_bot(settings: Settings, *, once: bool) -> int:
    """Start the bot and run it until it is stopped, or with ``once`` until one question is answered."""
    with log_written(settings), hold(settings.data_dir, RUN):
        remove_gathered(settings.data_dir)
        expect_sound_store(store_in_use(settings))
        return _run(settings, once=once)


def _run(settings: Settings, *, once: bool) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # They log each refusal and failed poll with a traceback, also what is only waited out; what comes of it is logged
    # here.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)
    if settings.reach.has_accounts:
        expect_accounts(settings)
    engine = refreshed_engine(settings, BarProgress())
    if settings.telegram_token is None and settings.reach.has_accounts:
        running = _run_closed(settings, engine, once=once)
    elif settings.telegram_token is None:
        running = _run_locally(settings, engine, once=once)
    else:
        running = _run_on_telegram(settings, engine, once=once)
    try:
        return asyncio.run(running)
    finally:
        LAST_RESORT.disarm_unless_threads_run()


async def _run_on_telegram(settings: Settings, engine: Engine, *, once: bool) -> int:
    token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
    address = settings.telegram_api_url.rstrip("/")
    services = _services(settings, engine, _store(settings.store_file))
    application = build_application(services, token, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot")
    async with health_of(application), running_application(application, webhook=settings.webhook_url):
        answer = await services.run(engine.answer, EXAMPLE, clearance=settings.labels.lowest)
        print(f"The bot @{application.bot.username} answers on Telegram; Ctrl-C stops it.", flush=True)
        code = await services.run(first_admin_code, services)
        if code is not None:
            print(
                f"Nobody is its admin yet. Open {invitation_link(application.bot.username, code)} or write "
                f"/start {code} to it, within 24 hours and before its next start; who does so first is the admin.",
                flush=True,
            )
        if once:
            print(EXAMPLE, *(quote.text for quote in answer.quotes), sep="\n")
            return DONE
        return await until_stopped(application)


async def _run_locally(settings: Settings, engine: Engine, *, once: bool) -> int:
    async with (
        local_bot(settings, engine) as (world, people, application),
        health_of(application),
        _listening(settings, web_chat(world, settings.port, settings.reach.host)) as address,
    ):
        print(f"The local chat is at {address}", flush=True)
        print(f"\n> {EXAMPLE}\n", flush=True)
        for message in await ask_in_private(world, people.diplomat.id, EXAMPLE):
            print(message.text, flush=True)
        if once:
            return DONE
        print("\nCtrl-C stops it.", flush=True)
        return await until_stopped(application)


async def _run_closed(settings: Settings, engine: Engine, *, once: bool) -> int:
    """Serve those who have accounts; nobody is asked for in their name."""
    reach = settings.reach
    async with closed_bot(settings, engine) as (world, residents, application):
        services: Services = application.bot_data["services"]
        serving = closed_web_chat(world, residents, services.store.accounts, reach, settings.port, services.clock)
        async with health_of(application), _listening(settings, serving) as port:
            print(
                f"The web chat is at {reach.address(port)}, for those who have an account; Ctrl-C stops it.", flush=True
            )
            return DONE if once else await until_stopped(application)


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
async def running_application(application: BotApplication, *, webhook: str | None = None) -> AsyncIterator[None]:
    """Start the application in the order that replays come before polls; stop it in reverse.

    Telegram brings updates to the address ``webhook``; without one they are fetched, and it is told to bring none.

    Raises:
        SettingsError: Telegram refuses the token.
        CommandError: Telegram cannot be reached, or does not take the address, or its port cannot be used.
    """
    try:
        await application.initialize()
    except InvalidToken:
        raise SettingsError(REFUSED) from None
    except NetworkError as error:
        raise _unreached(application, error) from None
    services: Services = application.bot_data["services"]
    application.bot_data["troubles"] = PollTroubles(services, application.bot)
    try:
        if application.post_init is not None:
            await application.post_init(application)
        await application.start()
        if webhook is not None:
            application.bot_data["webhook"] = await receiving_at(application, webhook)
        elif application.updater is not None:
            try:
                await application.updater.start_polling(
                    allowed_updates=ALLOWED_UPDATES, error_callback=application.bot_data["troubles"].failed
                )
            except NetworkError as error:
                raise _unreached(application, error) from None
        _supervise(application)
        # What is loaded by now stays: to look through all of it for garbage would halt questions for a quarter second.
        gc.freeze()
        yield
    finally:
        await _stop(application)


def _unreached(application: BotApplication, error: NetworkError) -> CommandError:
    # It may have the address, of which the token is a part.
    said = redactor_of(application.bot_data["services"].settings)(str(error))
    return CommandError(f"Telegram cannot be reached ({said}); check the network.")


async def _stop(application: BotApplication) -> None:
    """Stop polling, finish what is under way for as long as the settings say, and let go of network and files.

    Nothing of it is waited for without a limit.
    """
    services: Services = application.bot_data["services"]
    supervision: Supervision | None = application.bot_data.get("supervision")
    patience = services.settings.drain_seconds
    steps = Steps(patience + STEPS_SECONDS)
    if supervision is not None:
        supervision.stopping()
    webhook: Webhook | None = application.bot_data.get("webhook")
    if webhook is not None:
        webhook.refuse()
    if application.updater is not None and application.updater.running:
        # PTB would call it critical that a poll brings something while it is ended.
        application.bot.stopping()
        await steps.take("polling", application.updater.stop(), _POLL_SECONDS)
    if application.running:
        await drain(application, patience)
    if webhook is not None:
        await steps.take("the webhook", webhook.stop(), _POLL_SECONDS)
    if application.post_stop is not None:
        await steps.take("what runs beside the handlers", application.post_stop(application))
    await steps.take("the connections", application.shutdown(), _POLL_SECONDS)
    await steps.take("work in threads", asyncio.to_thread(_close, services))
    if supervision is not None:
        await supervision.end()


def _close(services: Services) -> None:
    services.executor.shutdown(wait=True, cancel_futures=True)
    services.store.close()
    services.library.close()


def _supervise(application: BotApplication) -> Supervision:
    """Tell who started the bot that it is ready, and from now on how it is."""
    services: Services = application.bot_data["services"]
    troubles: PollTroubles = application.bot_data["troubles"]
    address, watchdog = supervisor()
    is_polling = application.updater is not None and application.updater.running
    supervision = Supervision(
        services.pulse,
        Notifier(address),
        troubles.look,
        silence=services.settings.silence_seconds if is_polling else None,
        watchdog=watchdog,
    )
    application.bot_data["supervision"] = supervision
    supervision.start()
    return supervision


async def until_stopped(application: BotApplication) -> int:
    """Wait for Ctrl-C, SIGTERM, or a reason of the bot's own to end; return the exit code.

    From then on the process ends within a known time, whatever hangs, and at once for another signal.
    """
    supervision: Supervision = application.bot_data["supervision"]
    services: Services = application.bot_data["services"]
    signals = Signals()
    asked = asyncio.ensure_future(signals.first())
    await asyncio.wait({asked, supervision.given_up}, return_when=asyncio.FIRST_COMPLETED)
    code = DONE if asked.done() else supervision.given_up.result()
    asked.cancel()
    signals.end_at_next()
    LAST_RESORT.arm(services.settings.drain_seconds + HARD_SECONDS, code or FAILED)
    return code


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
