"""A store that cannot be written or read for a while: on a full disk, locked by another program, or damaged."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import sqlite3
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.local.events import MessageSent
from bot.local.server import LocalServer
from bot.local.world import World
from tests.bot.harness import TOKEN, make_settings, running
from tests.conftest import make_index
from tests.soak.deaf import Heard
from tests.soak.findings import Findings
from tests.soak.swift import LoopClock, swift_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.bot.harness import Running

_QUESTION = "Who took part in the eighth round of talks?"
_MEGABYTES = 24
_RECOVERED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """For how many seconds the store cannot be used, how fast they pass, and whether a real disk is filled."""

    seconds: float = 300.0
    fast: float = 30.0
    slow: float = 5.0
    is_real: bool = True


class FullStore:
    """The store's file may grow no more, which SQLite takes for a full disk."""

    def __init__(self, bot: Running) -> None:
        self._database = bot.services.store.database

    def begin(self) -> None:
        """Fill what room there is left in it."""
        with self._database.reading() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            with contextlib.suppress(sqlite3.Error):
                for number in range(1, 10_000):
                    connection.execute("INSERT INTO updates VALUES (?, 0, ?, 'done')", (-number, "x" * 1000))

    def end(self) -> None:
        """Let it grow again."""
        with self._database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 1073741823")


class FullDisk:
    """A file fills the disk that the data directory is on."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def begin(self) -> None:
        """Leave no byte."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def end(self) -> None:
        """Make room."""
        self._filler.unlink()


class LockedStore:
    """Another program holds the store."""

    def __init__(self, bot: Running) -> None:
        self._path = bot.services.settings.data_dir / "store.sqlite3"
        self._other: sqlite3.Connection | None = None
        with bot.services.store.database.reading() as connection:
            connection.execute("PRAGMA busy_timeout = 100")

    def begin(self) -> None:
        """Take it."""
        self._other = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._other.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        """Let go of it."""
        assert self._other is not None
        self._other.execute("ROLLBACK")
        self._other.close()


async def run(plan: Plan, folder: Path) -> Findings:
    """A full disk, a locked store, a damaged one."""
    findings, loop = Findings("disk"), swift_loop()
    with _mounted(folder / "disk", plan.is_real) as is_mounted:
        findings.count("the full disk", "a file system of its own" if is_mounted else "a store that may not grow")
        async with _bot(folder / "disk", loop) as bot:
            full = FullDisk(folder / "disk") if is_mounted else FullStore(bot)
            await _unusable("disk full", full, bot, plan, findings)
    async with _bot(folder / "locked", loop) as bot:
        await _unusable("store locked", LockedStore(bot), bot, plan, findings)
    await _damaged(folder / "damaged", plan, findings)
    return findings


@contextlib.contextmanager
def _mounted(folder: Path, is_wanted: bool) -> Iterator[bool]:
    """A small file system in memory at ``folder``; False where there may be none."""
    folder.mkdir(parents=True)
    mount = ("/bin/mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(folder))
    is_mounted = (
        is_wanted and os.geteuid() == 0 and not subprocess.run(mount, capture_output=True, check=False).returncode
    )
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(("/bin/umount", "-l", str(folder)), check=True)


@contextlib.asynccontextmanager
async def _bot(folder: Path, loop: Any):  # type: ignore[no-untyped-def]
    indexed, clock = make_index(folder / "data"), LoopClock(loop)
    world = World(TOKEN, clock=clock)
    settings = make_settings(indexed.data, indexed.documents)
    async with (
        LocalServer(world) as server,
        running(world, settings, indexed.engine(), indexed, server=server, clock=clock) as bot,
    ):
        yield bot


async def _unusable(name: str, trouble: Any, bot: Running, plan: Plan, findings: Findings) -> None:
    """Questions before, while one is searched for, and during the trouble: each is answered once in the end."""
    loop, world, answers = swift_loop(), bot.world, Counter[int]()
    last = 0.0

    def look(event: object) -> None:
        nonlocal last
        if isinstance(event, MessageSent) and event.message.sender.id == world.bot.id:
            answers[event.message.chat_id] += 1
            last = loop.time()

    unsubscribe, log = world.subscribe(look), Heard()
    logging.getLogger().addHandler(log)
    try:
        people = [world.add_user("Asker").id for _ in range(6)]
        await _asked(bot, people[0], lambda: answers[people[0]] > 0)
        with _in_the_midst(bot, trouble.begin) as begun:
            world.send_text(people[1], people[1], _QUESTION)
            await asyncio.wait_for(begun.wait(), 30)
        loop.go(plan.fast)
        for person in people[2:]:
            await asyncio.sleep(plan.seconds / 5)
            world.send_text(person, person, _QUESTION)
        await asyncio.sleep(plan.seconds / 5)
        during = +answers
        trouble.end()
        ended = loop.time()
        loop.go(plan.slow)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10 * _RECOVERED_SECONDS):
                while not all(answers[person] for person in people) or bot.services.store.open_updates():
                    await asyncio.sleep(0.5)
    finally:
        loop.go(1.0)
        unsubscribe()
        logging.getLogger().removeHandler(log)
    _judge(name, people, answers, during, last - ended, log, findings)


def _judge(
    name: str,
    people: list[int],
    answers: Counter[int],
    during: Counter[int],
    recovered: float,
    log: Heard,
    findings: Findings,
) -> None:
    lost = [person for person in people if not answers[person]]
    twice = [person for person in people if answers[person] > 1]
    findings.count(
        name,
        f"{len(people)} questions, {sum(bool(during[person]) for person in people)} answered meanwhile, {len(lost)} "
        f"lost, {len(twice)} twice; recovered after {max(0.0, recovered):.1f} s; {len(log.errors)} errors in the log",
    )
    if lost or twice:
        findings.problems.append(f"{name}: {len(lost)} questions were lost, {len(twice)} answered twice")
    if recovered > _RECOVERED_SECONDS:
        findings.problems.append(f"{name}: recovered only after {recovered:.1f} s")
    if len(log.errors) > 200:
        findings.problems.append(f"{name}: the log got {len(log.errors)} errors: {log.errors[-1].getMessage()[:200]}")


async def _asked(bot: Running, person: int, is_so: Callable[[], bool]) -> None:
    bot.world.send_text(person, person, _QUESTION)
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


@contextlib.contextmanager
def _in_the_midst(bot: Running, begin: Callable[[], None]) -> Iterator[asyncio.Event]:
    """Let ``begin`` happen while the next question is searched for: after it was stored, before its answer is."""
    engine, begun, loop = bot.services.engine, asyncio.Event(), asyncio.get_running_loop()
    answer = type(engine).answer

    def late(*arguments: Any, **options: Any) -> Any:
        type(engine).answer = answer  # type: ignore[method-assign]
        found = answer(*arguments, **options)
        begin()
        loop.call_soon_threadsafe(begun.set)
        return found

    type(engine).answer = late  # type: ignore[method-assign]
    try:
        yield begun
    finally:
        type(engine).answer = answer  # type: ignore[method-assign]


async def _damaged(folder: Path, plan: Plan, findings: Findings) -> None:
    """The store is overwritten while the bot runs: it goes on without falling over, and confirms nothing."""
    loop, log = swift_loop(), Heard()
    logging.getLogger().addHandler(log)
    try:
        async with _bot(folder, loop) as bot:
            asker = bot.world.add_user("Asker").id
            path = bot.services.settings.data_dir / "store.sqlite3"
            with bot.services.store.database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("PRAGMA cache_size = 0")
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.seek(100)
                file.write(b"\xff" * (size - 100))
            bot.world.send_text(asker, asker, _QUESTION)
            loop.go(plan.fast)
            await asyncio.sleep(plan.seconds)
            loop.go(1.0)
            updater = bot.application.updater
            said = [message.text for message in bot.world.history(asker) if message.sender.is_bot]
            is_kept = len(bot.world.updates) == 1
            if updater is None or not updater.running or not bot.application.running:
                findings.problems.append("store damaged: the bot fell over")
            if not said and not is_kept:
                findings.problems.append("store damaged: a question was confirmed and not answered")
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "errno", None) != errno.ENOSPC:
            findings.problems.append(f"store damaged: the stop failed: {type(error).__name__}: {error}")
    finally:
        loop.go(1.0)
        logging.getLogger().removeHandler(log)
    findings.count(
        "store damaged", f"question {'confirmed' if not is_kept else 'left at Telegram'}; {len(said)} replies"
    )
    if len(log.errors) > 200:
        findings.problems.append(f"store damaged: the log got {len(log.errors)} errors")
