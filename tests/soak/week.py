"""A week of updates of all kinds in as little time as it takes: what the bot holds must not grow.

The Bot API server runs here, and keeps its history here; the bot is a process of its own, whose clock is moved on by
hand. It is weighed forty times, after everything that is not needed has been given back.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.clock import ManualClock
from bot.local.server import LocalServer
from bot.local.world import World
from bot.store import Store
from tests.bot.harness import TOKEN
from tests.conftest import make_index
from tests.soak.bustle import Bustle
from tests.soak.findings import Findings
from tests.soak.process import BotProcess, python

if TYPE_CHECKING:
    from pathlib import Path

_WEEK = 7 * 24 * 3600.0
_BATCH = 25
_WEIGHINGS = 40
_MOST_GROWTH = 0.05
_CONNECTION, _MOST_CONNECTIONS = "socket:[#]", 8
# What a collection may hold at most where that is more than at the beginning, by the end of the path to it.
_BOUNDS = {
    # Numbers of inline queries, and of what was written to which chat within a minute.
    ".bot._passed": 1000,
    "._pace._written": 1001,
    # What people chose, which is in the store too.
    ".preferences._kept": 100,
    "[albums]": 100,
    # Who waited for the clock of the soak and was cancelled since.
    "clock._sleepers": 100,
}
_SIGNS = ("Traceback", "CRITICAL", " ERROR ")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many updates, and whether memory is judged, which takes many of them."""

    updates: int = 50_000
    judges_memory: bool = True
    seed: int = 1


async def run(plan: Plan, folder: Path) -> Findings:
    """The whole week, in an empty folder."""
    findings, indexed = Findings("week"), make_index(folder / "data")
    clock, log = ManualClock(), folder / "bot.log"
    world = World(TOKEN, clock=clock, mentions_pass=True)
    bustle = Bustle(world, random.Random(plan.seed))
    with Store.open(indexed.data / "store.sqlite3") as store:
        for chat in world.chats:
            store.subscriptions.greet(chat)
    began = time.monotonic()
    async with LocalServer(world) as server:
        address = f"http://127.0.0.1:{server.port}"
        command = python("tests.soak.child", indexed.data, address, TOKEN, bustle.admin, "--by-hand", clock.now())
        bot = BotProcess(command, log)
        await bot.start()
        await bot.ready()
        weighed = await _pass(plan, bot, bustle, clock)
        code = await bot.hang_up()
    if code:
        findings.problems.append(f"the bot ended with {code}")
    findings.count("updates", sum(bustle.counts.values()) - bustle.counts["passed over"])
    findings.count("minutes it took", (time.monotonic() - began) / 60)
    for kind, number in sorted(bustle.counts.items()):
        findings.count(kind, number)
    _judge(findings, plan, weighed)
    _judge_end(findings, bustle, indexed.data, log.read_text(encoding="utf-8"))
    return findings


async def _pass(plan: Plan, bot: BotProcess, bustle: Bustle, clock: ManualClock) -> list[dict[str, Any]]:
    """Let a week pass; returns what was weighed, the first time after a tenth of it."""
    batches = -(-plan.updates // _BATCH)
    weighings = {round(batches * share) for share in np.linspace(0.1, 1.0, _WEIGHINGS)}
    weighed = []
    for batch in range(1, batches + 1):
        for _ in range(_BATCH):
            bustle.happen()
        await _settled(bot, bustle.world)
        clock.advance(_WEEK / batches)
        await bot.ask("advance", _WEEK / batches)
        await bot.ask("settle")
        if batch in weighings:
            weighed.append(await bot.ask("weigh"))
    return weighed


async def _settled(bot: BotProcess, world: World) -> None:
    """Wait until everything is fetched and dealt with."""
    async with asyncio.timeout(120):
        while len(world.updates):
            await asyncio.sleep(0.002)
    await bot.ask("settle")


def _judge(findings: Findings, plan: Plan, weighed: list[dict[str, Any]]) -> None:
    first, last = weighed[0], weighed[-1]
    for name in ("tasks", "threads", "files"):
        findings.count(f"{name}, first and last", f"{len(first[name])} and {len(last[name])}")
        if len(last[name]) > len(first[name]):
            more = Counter(last[name]) - Counter(first[name])
            # Connections to Telegram are kept for a while, as many as there were calls at once.
            more[_CONNECTION] -= _MOST_CONNECTIONS
            if not +more:
                continue
            findings.problems.append(f"there are more {name} at the end than at the beginning: {dict(+more)}")
    grown = {
        path: (first["sizes"].get(path, 0), size)
        for path, size in last["sizes"].items()
        if size > max(first["sizes"].get(path, 0), *(most for end, most in _BOUNDS.items() if path.endswith(end)), 0)
    }
    findings.count("collections looked at", len(last["sizes"]))
    for path, (before, after) in sorted(grown.items()):
        findings.problems.append(f"{path} has {after} entries at the end, {before} at the beginning")
    memory = [one["megabytes"] for one in weighed]
    quarter = len(memory) // 4
    second, fourth = float(np.mean(memory[quarter : 2 * quarter])), float(np.mean(memory[-quarter:]))
    findings.count("megabytes, first and last", f"{memory[0]:.1f} and {memory[-1]:.1f}")
    findings.count("megabytes, second and last quarter", f"{second:.1f} and {fourth:.1f} ({fourth / second - 1:+.1%})")
    if plan.judges_memory and fourth > second * (1 + _MOST_GROWTH):
        findings.problems.append(f"memory grew from {second:.1f} MB in the second quarter to {fourth:.1f} in the last")


def _judge_end(findings: Findings, bustle: Bustle, data: Path, log: str) -> None:
    with Store.open(data / "store.sqlite3") as store, store.database.reading() as connection:
        left = connection.execute("SELECT state, count(*) FROM updates WHERE state != 'done' GROUP BY state").fetchall()
    findings.problems += [f"{number} updates are {state}" for state, number in left]
    findings.count("times something failed", bustle.failures)
    if bustle.failures:
        findings.problems.append(f"{bustle.failures} times the bot said that something failed")
    for sign in _SIGNS:
        found = [line for line in log.splitlines() if sign in line]
        findings.problems += [f"the log says {len(found)} times such as: {found[0][:300]}"] if found else []
