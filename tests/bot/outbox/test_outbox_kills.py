"""The outbox against a Telegram that fails at random, cut off at random moments: each message once, or unclear.

The slice of ``tests.benchmarks.delivery`` that fits into a test: one process, in which what is under way is cancelled.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.documents.reloading import Reloader
from bot.local.server import LocalServer
from bot.outbox.outgoing import Outgoing, State
from bot.outbox.pacing import Pace
from bot.outbox.worker import Outbox
from bot.services import Services
from bot.store import Store
from tests.benchmarks.delivery_town import Town
from tests.bot.harness import TOKEN, make_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.local.world import World
    from tests.benchmarks.delivery_town import Place
    from tests.conftest import Indexed

_ROUNDS = range(1, 5)
_KILLS = 12


class FastClock:
    """A clock on which a minute passes in a second."""

    speed = 60.0

    def now(self) -> float:
        """Seconds on it."""
        return time.monotonic() * self.speed

    def monotonic(self) -> float:
        """The same."""
        return self.now()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many of its seconds."""
        await asyncio.sleep(seconds / self.speed)


def _put(store: Store, town: Town, number: int) -> None:
    """The summary of a round, in two parts of which the second cannot be mistaken for the first, to every place."""
    first, second = f"Round {number}: summary in quotations", f"Round {100 + number}: summary in quotations"
    with store.database.writing() as connection:
        store.outbox.put(
            connection,
            (
                Outgoing(place.chat, place.thread, str(number), part, text)
                for place in town.places
                for part, text in enumerate((first, second))
            ),
        )


async def _kill(outbox: Outbox) -> None:
    """End it without letting it note anything."""
    tasks = [task for task in (outbox._worker, *outbox._under_way.values()) if task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _drained(store: Store) -> None:
    while store.outbox.heads() or store.outbox.counts().get("sending"):
        await asyncio.sleep(0.02)


async def _run(world: World, town: Town, services: Services, draw: random.Random) -> None:
    """Live and be killed over and over, and at last send what is left."""
    disasters = town.disasters()
    world.faults.rule = town.fault
    async with (
        LocalServer(world) as server,
        Bot(TOKEN, server.base_url, request=HTTPXRequest(read_timeout=0.2)) as bot,
    ):
        for life in range(_KILLS):
            if life % 3 == 0:
                _put(services.store, town, _ROUNDS[life // 3])
            executor = ThreadPoolExecutor(2)
            outbox = Outbox(dataclasses.replace(services, executor=executor), bot, pace=Pace(services.clock.now))
            await outbox.start()
            await asyncio.sleep(draw.uniform(0.0, 0.15))
            if disasters:
                disasters.pop()()
            await asyncio.sleep(draw.uniform(0.0, 0.15))
            await _kill(outbox)
            executor.shutdown()
        world.faults.clear()
        async with asyncio.timeout(30):
            # A message put off between two looks may have been overlooked, which shows once nothing moves any more.
            while True:
                outbox = Outbox(services, bot)
                await outbox.start()
                await _drained(services.store)
                await outbox.stop()
                if not services.store.outbox.heads():
                    break


def _states(store: Store, town: Town) -> Callable[[Place, int, int], list[str]]:
    """The states of the rows of a place and part, under whichever id the chat has there."""
    with store.database.reading() as connection:
        rows = connection.execute("SELECT chat, thread, summary, part, state FROM outbox").fetchall()

    def of(place: Place, number: int, part: int) -> list[str]:
        chats = {place.chat, town.moved.get(place.chat)}
        return [state for chat, *key, state in rows if chat in chats and key == [place.thread, str(number), part]]

    return of


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_each_message_arrives_once_or_is_known_to_be_unclear(
    seed: int, telegram: World, shared_index: Indexed, tmp_path: Path
) -> None:
    town = Town(telegram, 20, seed, trouble=3.0)
    telegram.limits = None
    settings, clock = make_settings(tmp_path), FastClock()
    with Store.open(tmp_path / "store.sqlite3", clock.now) as store:
        services = Services(settings, shared_index.engine(), store, Reloader(settings), clock=clock)
        await _run(telegram, town, services, random.Random(seed))
        services.executor.shutdown()
        states = _states(store, town)
        counts = store.outbox.counts()
    for place in town.places:
        for number in _ROUNDS:
            for part, shown in enumerate((number, 100 + number)):
                found = states(place, number, part)
                times = town.times_delivered(place, shown)
                allowed = {State.SENT: {1}, State.UNCLEAR: {0, 1}, State.FAILED: {0}, State.PENDING: {0}}
                assert len(found) == 1, (place, number, part)
                assert times in allowed[State(found[0])], (place, number, part, found)
                assert found != [State.FAILED] or place.lost, (place, number, part)
                # What waits at the end waits for an earlier part that is unclear.
                held = states(place, number, 0) == [State.UNCLEAR] and part == 1
                assert found != [State.PENDING] or held, (place, number, part)
    assert counts["sent"] > 50
    assert town.faults.total() > 3
