"""Stopping: what is under way is finished, the rest waits in the store, and nothing that hangs holds it up for ever."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot
from telegram.error import TimedOut
from telegram.ext import ExtBot

from bot import services as services_module
from bot.documents.reloading import Reloader, ReloadError
from bot.local.faults import Fault, FaultKind
from bot.local.server import LocalServer
from bot.running.connections import BoundedRequest
from bot.running.stopping import Steps
from bot.services import Services
from bot.store import Store
from tests.bot.harness import TOKEN, make_settings, running, said_by_bot
from tests.bot.running.test_inbox import Handlers, _of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local.models import Person
    from bot.local.world import World
    from tests.conftest import Indexed

QUESTION = "Who led the opposition delegation?"
SLOW = f"A slow question: {QUESTION}"


# Steps


async def test_a_step_that_hangs_is_given_up_and_the_next_one_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    steps, cancelled = Steps(60), asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def end() -> None:
        """Nothing to do."""

    async def fail() -> None:
        raise OSError("no such thing")

    assert not await steps.take("hanging", hang(), 0.01)
    assert cancelled.is_set()
    assert not await steps.take("failing", fail())
    assert await steps.take("ending", end())
    assert [record.message for record in caplog.records] == [
        "Stopping: hanging did not end in time and is given up.",
        "Stopping: failing failed",
    ]


async def test_all_steps_together_have_a_limit() -> None:
    steps, started = Steps(0.05), time.monotonic()
    for _ in range(3):
        assert not await steps.take("hanging", asyncio.Event().wait())
    assert time.monotonic() - started < 5


# Updates


@pytest.fixture
async def services(shared_index: Indexed, tmp_path: Path) -> AsyncIterator[Services]:
    settings = make_settings(tmp_path)
    with Store.open(tmp_path / "store.sqlite3") as store:
        made = Services(settings, shared_index.engine(), store, Reloader(settings))
        yield made
        made.executor.shutdown()
        made.library.close()


async def test_once_closed_nothing_is_begun_and_what_is_under_way_ends(services: Services) -> None:
    services.store.keep_updates(dict.fromkeys(range(1, 4), "{}"))
    handlers = Handlers(services)
    tasks = [handlers.start(given) for given in (_of(1, -1), _of(2, -1))]
    await handlers.until_begun(1)
    handlers.processor.close()
    tasks.append(handlers.start(_of(3, -2)))
    handlers.release(1, 2, 3)
    await asyncio.gather(*tasks)
    assert handlers.ended == [1]
    assert [identifier for identifier, _, _ in services.store.open_updates()] == [2, 3]


async def test_what_is_abandoned_stays_in_the_store_with_what_waited_behind_it(services: Services) -> None:
    services.store.keep_updates(dict.fromkeys(range(1, 4), "{}"))
    handlers = Handlers(services)
    tasks = [handlers.start(given) for given in (_of(1, -1), _of(2, -1), _of(3, -2))]
    await handlers.until_begun(1, 3)
    handlers.processor.close()
    assert handlers.processor.abandon() == 2
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in found] == [True, False, True]
    assert handlers.ended == []
    assert [identifier for identifier, _, _ in services.store.open_updates()] == [1, 2, 3]


async def test_work_that_takes_a_minute_is_named_in_the_log_but_not_what_it_is_done_with(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services_module, "_SLOW_SECONDS", 0.0)
    said = asyncio.Event()

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.set()

    handler = Said()
    logging.getLogger("bot.services").addHandler(handler)
    gate = asyncio.run_coroutine_threadsafe

    def search(question: str) -> str:
        # It ends only once it was named.
        gate(said.wait(), loop).result(10)
        return question

    loop = asyncio.get_running_loop()
    assert await services.run(search, "a secret question") == "a secret question"
    logging.getLogger("bot.services").removeHandler(handler)
    (record,) = caplog.records
    assert "search has not ended within" in record.message
    assert "secret" not in record.message


# The whole bot, in a process of its own


class Process:
    """A bot in a process of its own against a world, and what it prints."""

    def __init__(self, process: asyncio.subprocess.Process, supervisor: socket.socket) -> None:
        self._process = process
        self._supervisor = supervisor

    async def says(self, wanted: str) -> None:
        """Wait until it prints a line."""
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            while (line := await self._process.stdout.readline()) != f"{wanted}\n".encode():
                assert line, f"it ended without saying {wanted!r}: {await self.errors()}"

    async def tells(self, wanted: str) -> None:
        """Wait until it tells its supervisor something."""
        async with asyncio.timeout(30):
            while wanted not in (await asyncio.get_running_loop().sock_recv(self._supervisor, 4096)).decode():
                pass

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end and return the exit code."""
        async with asyncio.timeout(30):
            return await self._process.wait()

    async def errors(self) -> str:
        """All that it logged, once it has ended."""
        assert self._process.stderr is not None
        async with asyncio.timeout(30):
            return (await self._process.stderr.read()).decode()


@asynccontextmanager
async def process(indexed: Indexed, server: LocalServer, *arguments: str) -> AsyncIterator[Process]:
    """The bot at work in another process, over an index; killed where it does not end by itself."""
    address = server.base_url.removesuffix("/bot")
    supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    supervisor.bind(str(indexed.data / "notify"))
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bot.stoppable_bot", str(indexed.data), address, TOKEN, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "NOTIFY_SOCKET": str(indexed.data / "notify"),
            "WATCHDOG_USEC": "200000",
        },
    )
    made = Process(started, supervisor)
    try:
        await made.says("ready")
        yield made
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()
        supervisor.close()
        (indexed.data / "notify").unlink()


def states(indexed: Indexed) -> list[str]:
    """The states of the updates that are open in the store, which has to be sound."""
    with Store.open(indexed.data / "store.sqlite3") as store:
        store.check()
        return [state for _, _, state in store.open_updates()]


@pytest.fixture
def anna(telegram: World) -> Person:
    return telegram.add_user("Anna")


async def test_what_is_being_answered_at_a_signal_is_answered_and_what_comes_after_waits_for_the_next_start(
    own_index: Indexed, telegram: World, anna: Person
) -> None:
    async with LocalServer(telegram) as server:
        async with process(own_index, server, "--slow", "0.5") as bot:
            telegram.send_text(anna.id, anna.id, SLOW)
            await bot.says("answering")
            bot.signal(signal.SIGTERM)
            assert await bot.ended() == 0, await bot.errors()
            errors = await bot.errors()
        assert len(said_by_bot(telegram, anna.id)) == 1
        assert states(own_index) == []
        assert errors == ""


async def test_what_takes_longer_than_the_stop_waits_is_answered_by_the_next_start(
    own_index: Indexed, telegram: World, anna: Person
) -> None:
    async with LocalServer(telegram) as server:
        async with process(own_index, server, "--slow", "1", "--drain", "0.1") as bot:
            telegram.send_text(anna.id, anna.id, SLOW)
            await bot.says("answering")
            telegram.send_text(anna.id, anna.id, QUESTION)
            bot.signal(signal.SIGINT)
            assert await bot.ended() == 0
            assert "1 messages were not dealt with within 0 seconds; the next start does so." in await bot.errors()
        assert said_by_bot(telegram, anna.id) == []
        assert set(states(own_index)) == {"pending"}
        settings = make_settings(own_index.data, own_index.documents)
        async with running(telegram, settings, own_index.engine(), own_index, server=server) as next_one:
            await next_one.ask(anna, "/start")
        assert len(said_by_bot(telegram, anna.id)) == 3
    assert states(own_index) == []


async def test_a_second_signal_ends_it_at_once_and_the_store_is_sound(
    own_index: Indexed, telegram: World, anna: Person
) -> None:
    async with LocalServer(telegram) as server, process(own_index, server, "--slow", "60") as bot:
        telegram.send_text(anna.id, anna.id, SLOW)
        await bot.says("answering")
        bot.signal(signal.SIGTERM)
        await bot.tells("STOPPING=1")
        bot.signal(signal.SIGINT)
        assert await bot.ended() == 128 + signal.SIGINT
    assert states(own_index) == ["pending"]


async def test_a_thread_that_never_ends_cannot_hold_the_stop_up(
    own_index: Indexed, telegram: World, anna: Person
) -> None:
    async with (
        LocalServer(telegram) as server,
        process(own_index, server, "--slow", "600", "--drain", "0.1", "--hard", "1") as bot,
    ):
        telegram.send_text(anna.id, anna.id, SLOW)
        await bot.says("answering")
        bot.signal(signal.SIGTERM)
        assert await bot.ended() == 1
        assert "did not end within" in await bot.errors()
    assert states(own_index) == ["pending"]


async def test_a_call_that_hangs_cannot_hold_the_stop_up_and_its_message_is_not_sent_twice(
    own_index: Indexed, telegram: World, anna: Person
) -> None:
    telegram.faults.plan("sendMessage", Fault(FaultKind.SILENT_AFTER))
    async with LocalServer(telegram) as server:
        async with process(own_index, server, "--drain", "0.1") as bot:
            sent = telegram.send_text(anna.id, anna.id, QUESTION)
            await telegram.bot_message(anna.id, after=sent.id)
            bot.signal(signal.SIGTERM)
            assert await bot.ended() == 0
        assert states(own_index) == ["sending"]
        settings = make_settings(own_index.data, own_index.documents)
        async with running(telegram, settings, own_index.engine(), own_index, server=server):
            pass
    assert len(said_by_bot(telegram, anna.id)) == 1
    assert states(own_index) == []


async def test_a_poller_that_is_stuck_ends_the_bot_with_a_code_that_has_it_started_anew(
    own_index: Indexed, telegram: World
) -> None:
    async with LocalServer(telegram) as server, process(own_index, server, "--stuck", "--silence", "0.2") as bot:
        assert await bot.ended() == 1
        assert "No poll of Telegram has ended for" in await bot.errors()


# What it has started


async def test_an_indexing_process_that_makes_no_step_is_ended_and_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    reloader = Reloader(make_settings(tmp_path / "data", tmp_path / "documents"), patience=0.05)
    with pytest.raises(ReloadError, match="made no step for 0 minutes and was ended"):
        await reloader.index(lambda _: None)
    assert reloader._process is None


FAMILY = """
import subprocess, sys
child = "from bot.running.parents import end_with_parent; end_with_parent(); print('there', flush=True); input()"
subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE)
sys.stdin.read()
"""


def test_a_process_that_ends_with_its_parent_does_so_also_where_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"there\n"
        parent.kill()
        # The child has the other end, too.
        assert parent.stdout.read() == b""


# Calls


@asynccontextmanager
async def _trickling() -> AsyncIterator[int]:
    """A server that answers a byte at a time, without end; its port."""
    over, trickles = asyncio.Event(), set[asyncio.Task[None] | None]()

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trickles.add(asyncio.current_task())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not over.is_set():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.005)
        writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        over.set()
        await asyncio.gather(*filter(None, trickles))


@pytest.mark.parametrize("has_file", [False, True])
async def test_a_call_has_a_limit_as_a_whole_however_slowly_the_answer_trickles_in(has_file: bool) -> None:
    limits: dict[str, Any] = {"call_seconds": 60.0, "file_seconds": 60.0}
    limits["file_seconds" if has_file else "call_seconds"] = 0.05
    async with _trickling() as port:
        request = BoundedRequest(1, **limits)
        bot: Bot = ExtBot(TOKEN, f"http://127.0.0.1:{port}/bot", request=request)
        await request.initialize()
        with pytest.raises(TimedOut, match="too long as a whole"):
            if has_file:
                await bot.send_document(1, b"content")
            else:
                await bot.send_message(1, "words")
        await request.shutdown()
