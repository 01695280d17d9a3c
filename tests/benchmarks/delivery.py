"""Summaries to many chats while Telegram fails and the bot is killed: each arrives once, or is known to be unclear.

    python -m tests.benchmarks.delivery [--chats N] [--kills N] [--rounds N] [--askers N] [--seconds S] [--seed N]

The local Bot API server runs here, with Telegram's limits enforced and faults at random; the bot is a process of its
own, over the small documents of the tests and with their encoder, killed with SIGKILL at random moments. Documents of
new rounds are indexed while it is down; it decides on their summaries when it starts. Questions are asked all along.
Exit code 1 where a summary came twice or never without being unclear or failed, or a question was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.local.server import LocalServer
from bot.local.world import World
from bot.store import Store
from tests.benchmarks.delivery_town import Town
from tests.bot.harness import TOKEN
from tests.conftest import Indexed, make_index
from tests.documents import NINTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.local.models import Person
    from tests.benchmarks.delivery_town import Place

_FIRST_ROUND = 101
_IDLE_SECONDS = 30.0
_READY_SECONDS = 60.0
_DRAINED_SECONDS = 900.0
_COLD_SECONDS = 5.0
# With so few messages left nothing goes wrong any more.
_LAST = 100
_ANSWER_SECONDS = 90.0
_BETWEEN_QUESTIONS = (2.5, 4.5)
_IN_GROUPS = (10.0, 15.0)
_QUESTIONS = (
    "What was agreed on the release of detainees?",
    "What did the observers report?",
    "When is the next round of talks?",
    "What was said about humanitarian aid?",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done: ``seconds`` is the longest that the bot polls before it is killed."""

    chats: int = 200
    kills: int = 50
    rounds: int = 10
    askers: int = 18
    seconds: float = 8.0
    idle: float = _IDLE_SECONDS
    seed: int = 1


@dataclass(slots=True)
class Question:
    """When a question was asked and answered, in seconds; None where it was not."""

    asked: float
    answered: float | None = None
    failed: bool = False
    chat: int = 0


@dataclass(slots=True)
class Course:
    """What happened so far."""

    began: float = 0.0
    down: list[tuple[float, float]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)

    def latencies(self) -> tuple[list[float], list[float], list[float]]:
        """Seconds until the answer: before deliveries, during them, and soon after the bot started.

        Questions while it was down are in none of these.
        """
        idle: list[float] = []
        meanwhile: list[float] = []
        cold: list[float] = []
        for question in self.questions:
            if question.answered is None:
                continue
            took = question.answered - question.asked
            if self._was_down(question.asked, question.answered):
                continue
            if self._was_down(question.asked - _COLD_SECONDS, question.asked):
                cold.append(took)
            elif question.answered < self.began:
                idle.append(took)
            elif question.asked > self.began:
                meanwhile.append(took)
        return idle, meanwhile, cold

    def lost(self, town: Town) -> int:
        """How many questions got no answer at all, however late."""
        asked = Counter(question.chat for question in self.questions)
        return sum(max(0, number - town.answers(chat)) for chat, number in asked.items())

    def _was_down(self, since: float, until: float) -> bool:
        return any(start < until and since < end for start, end in self.down)


class Bot:
    """The bot's process, started and killed."""

    def __init__(self, data: Path, server: LocalServer, town: Town, log: Path) -> None:
        address = f"http://127.0.0.1:{server.port}"
        module = "tests.benchmarks.delivery_bot"
        self._command = [sys.executable, "-m", module, str(data), address, TOKEN, str(town.admin.id)]
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process; it is not ready then."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdout=asyncio.subprocess.PIPE, stderr=log
            )

    async def ready(self) -> None:
        """Wait until it polls.

        Raises:
            RuntimeError: it ended before.
        """
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(_READY_SECONDS):
            if not await self._process.stdout.readline():
                raise RuntimeError(f"the bot did not start; see {self._log}")

    async def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """End it properly, and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), 60)


async def deliver(plan: Plan, folder: Path) -> list[str]:
    """Do all of it in an empty folder, print the figures, and return what must not be, in sentences."""
    indexed = make_index(folder / "data")
    world = World(TOKEN, mentions_pass=True)
    world.updates.start_at(time.time_ns() // 1_000_000)
    town, course = Town(world, plan.chats, plan.seed), Course()
    async with LocalServer(world) as server:
        bot = Bot(indexed.data, server, town, folder / "bot.log")
        await bot.start()
        await bot.ready()
        course.down.append((0.0, time.monotonic()))
        async with _asking(town, course, plan.askers):
            await asyncio.sleep(plan.idle)
            if await bot.stop():
                raise RuntimeError("the bot did not stop properly")
            with _store(indexed) as store:
                for place in town.places:
                    store.subscriptions.add(place.chat, place.thread, "en")
            course.began = time.monotonic()
            await _kill_again_and_again(bot, town, course, indexed, plan)
            await bot.start()
            await bot.ready()
            course.down[-1] = (course.down[-1][0], time.monotonic())
            await _drained(indexed, world)
        code = await bot.stop()
    return _judged(town, course, indexed, plan, code)


def _store(indexed: Indexed) -> Store:
    return Store.open(indexed.data / "store.sqlite3")


async def _kill_again_and_again(bot: Bot, town: Town, course: Course, indexed: Indexed, plan: Plan) -> None:
    """Let the bot live for random times; while it is down, documents of new rounds come now and then."""
    town.world.faults.rule = town.fault
    disasters = town.disasters()
    arrivals = {round(number * plan.kills / plan.rounds): number for number in range(plan.rounds)}
    dead_since = time.monotonic()
    for life in range(plan.kills):
        if life in arrivals:
            await asyncio.to_thread(_arrive, indexed, _FIRST_ROUND + arrivals[life])
        await bot.start()
        with contextlib.suppress(TimeoutError):
            # One life in five ends before the bot polls, or soon after.
            async with asyncio.timeout(town.draw.uniform(0.5, plan.seconds) if life % 5 == 4 else None):
                await bot.ready()
                course.down.append((dead_since, time.monotonic()))
                course.events["lives that polled"] += 1
                dead_since = float("inf")
                await _live(town.draw.uniform(0.0, plan.seconds), disasters, plan.kills - life, course, town)
        killed = time.monotonic()
        await bot.kill()
        dead_since = min(dead_since, killed)
    while disasters:
        course.events[disasters.pop()()] += 1
    course.down.append((dead_since, float("inf")))


async def _live(seconds: float, disasters: list[Callable[[], str]], lives: int, course: Course, town: Town) -> None:
    """Let so many seconds pass, with this life's share of what is to happen in so many lives."""
    number = -(-len(disasters) // lives)
    for _ in range(number):
        await asyncio.sleep(seconds / (number + 1))
        course.events[disasters.pop()()] += 1
    await asyncio.sleep(seconds / (number + 1))


def _arrive(indexed: Indexed, number: int) -> None:
    """A document of a new round is indexed."""
    text = NINTH.replace("round: 9", f"round: {number}").replace("ninth", f"{number}th")
    (indexed.documents / f"{number}.md").write_text(text, encoding="utf-8")
    indexed.update()


async def _drained(indexed: Indexed, world: World) -> None:
    """Wait until nothing waits in the outbox any more but behind what is unclear; near the end, nothing goes wrong."""
    async with asyncio.timeout(_DRAINED_SECONDS):
        while True:
            await asyncio.sleep(1)
            with _store(indexed) as store:
                counts, heads = store.outbox.counts(), store.outbox.heads()
            if counts.get("pending", 0) < _LAST:
                world.faults.clear()
            if not heads and not counts.get("sending"):
                return


@contextlib.asynccontextmanager
async def _asking(town: Town, course: Course, number: int) -> AsyncIterator[None]:
    """People ask, each again when answered; one in three in a group that is subscribed."""
    groups = [place for place in town.places if place.chat < 0 and not place.thread][: number // 3]
    stopped = asyncio.Event()
    tasks = [asyncio.ensure_future(_ask(town, course, person, None, stopped)) for person in town.people(number)]
    for place, person in zip(groups, town.people(len(groups)), strict=True):
        town.world.join(place.chat, person.id)
        tasks.append(asyncio.ensure_future(_ask(town, course, person, place, stopped)))
    yield
    stopped.set()
    await asyncio.gather(*tasks)


async def _ask(town: Town, course: Course, person: Person, place: Place | None, stopped: asyncio.Event) -> None:
    """One after the other, until it is stopped or the group is lost."""
    pause = _BETWEEN_QUESTIONS if place is None else _IN_GROUPS
    while not stopped.is_set() and not (place and place.lost):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), town.draw.uniform(*pause))
            return
        chat = person.id if place is None else town.moved.get(place.chat, place.chat)
        text = town.draw.choice(_QUESTIONS)
        asked = town.world.send_text(person.id, chat, text if place is None else f"/ask {text}")
        question = Question(time.monotonic(), chat=chat)
        course.questions.append(question)
        with contextlib.suppress(TimeoutError):
            answer = await town.answer(asked, timeout=_ANSWER_SECONDS)
            question.answered = time.monotonic()
            question.failed = answer.text.startswith("Something failed")
        if question.answered is None and place and place.lost:
            course.questions.remove(question)


def _judged(town: Town, course: Course, indexed: Indexed, plan: Plan, code: int) -> list[str]:
    """Print the figures, and return what must not be."""
    problems = [] if code == 0 else [f"the bot ended with {code}"]
    with _store(indexed) as store, store.database.reading() as connection:
        problems += lost_or_twice(town, connection, plan)
        states = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
        unclear_updates = int(connection.execute("SELECT count(*) FROM updates WHERE state = 'unclear'").fetchone()[0])
    lost = course.lost(town)
    if lost > unclear_updates or any(question.failed for question in course.questions):
        problems.append(f"{lost} questions were not answered, of which {unclear_updates} may have been")
    print(f"what happened: {dict(course.events)}; faults: {dict(town.faults)}")
    print(f"outbox: {states}; summaries seen in chats: {town.delivered.total()}")
    print(f"questions: {len(course.questions)}, not answered: {lost} (unclear: {unclear_updates})")
    problems += too_slow(*course.latencies())
    return problems


def lost_or_twice(town: Town, connection: sqlite3.Connection, plan: Plan) -> list[str]:
    """Each place and round against the server's history and the store."""
    problems = []
    rows: dict[tuple[int, int, int], list[str]] = {}
    for chat, thread, number, state in connection.execute("SELECT chat, thread, round, state FROM outbox"):
        rows.setdefault((chat, thread, number), []).append(state)
    for place in town.places:
        for number in range(_FIRST_ROUND, _FIRST_ROUND + plan.rounds):
            times = town.times_delivered(place, number)
            chats = {place.chat, town.moved.get(place.chat, place.chat)}
            states = [state for chat in chats for state in rows.get((chat, place.thread, number), [])]
            is_known = "unclear" in states or (place.lost and times == 0)
            if times > 1 or (times == 0 and not is_known):
                problems.append(f"{place} got the summary of round {number} {times} times; its rows are {states}")
    return problems


def too_slow(idle: list[float], meanwhile: list[float], cold: list[float]) -> list[str]:
    """Print how long answers took; meanwhile they may take twice as long as when idle, or 150 ms.

    Soon after a start, when all is loaded and what waited is answered, they may take longer.
    """
    problems = []
    for name, share in (("median", 50), ("95th percentile", 95)):
        before, during, after = (float(np.percentile(times or [0.0], share)) for times in (idle, meanwhile, cold))
        print(
            f"{name} of answers: idle {before:.3f} s ({len(idle)}), meanwhile {during:.3f} s ({len(meanwhile)}), "
            f"in the first {_COLD_SECONDS:.0f} s after a start {after:.3f} s ({len(cold)})"
        )
        if during > max(2 * before, 0.15):
            problems.append(f"the {name} of answers meanwhile is {during:.3f} s, when idle {before:.3f} s")
    return problems


def main() -> int:
    """Deliver, and say what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    for name, kind in (
        ("chats", int),
        ("kills", int),
        ("rounds", int),
        ("askers", int),
        ("seconds", float),
        ("seed", int),
    ):
        parser.add_argument(f"--{name}", type=kind, default=getattr(Plan(), name))
    parser.add_argument("--folder", type=Path, help="an empty folder that is kept; a temporary one unless given")
    arguments = vars(parser.parse_args())
    folder = arguments.pop("folder")
    with tempfile.TemporaryDirectory() as temporary:
        problems = asyncio.run(deliver(Plan(**arguments), folder or Path(temporary)))
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
