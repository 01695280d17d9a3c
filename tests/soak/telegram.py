"""A Telegram that fails for an hour in one way after another, while questions and deliveries wait.

Time passes faster on the loop of all that takes part: fast while there is trouble, slowly while the bot recovers.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bot.local.events import MessageSent
from bot.local.server import LocalServer
from bot.local.world import World
from bot.outbox.outgoing import Outgoing
from tests.bot.harness import TOKEN, make_settings, running
from tests.conftest import make_index
from tests.soak.findings import Findings
from tests.soak.line import Line, Trouble, error
from tests.soak.swift import LoopClock, swift_loop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bot.harness import Running

_QUESTION = "Who took part in the eighth round of talks?"
_RECOVERED_SECONDS = 30.0
_GIVEN_UP_SECONDS = 400.0
_PORTAL = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to the hotel.</body></html>"


def _sends(method: str) -> bool:
    return method.startswith("send")


TROUBLES = (
    Trouble("connections refused", refused=True),
    Trouble("connections hang", hanging=True),
    Trouble("429, try again in 5 s", 429, error(429, "Too Many Requests: retry after 5", retry_after=5)),
    Trouble("500", 500, error(500, "Internal Server Error")),
    Trouble("502", 502, error(502, "Bad Gateway")),
    Trouble("504", 504, b"<html>504 Gateway Time-out</html>", "text/html"),
    Trouble("HTML", 200, _PORTAL, "text/html"),
    Trouble("HTML, 404", 404, _PORTAL, "text/html"),
    Trouble("an empty body", 200),
    Trouble("truncated JSON", 200, b'{"ok": true, "result": [{"update_id": 1000'),
    Trouble("JSON of another shape", 200, b'{"ok": true, "result": {"surprise": [1, 2, 3]}}'),
    Trouble("JSON that is no object", 200, b"[]"),
    Trouble("no answer", None),
    Trouble("429 for what is sent", 429, error(429, "Too Many Requests: retry after 5", retry_after=5), meets=_sends),
    Trouble("502 for what is sent", 502, error(502, "Bad Gateway"), meets=_sends),
    Trouble("HTML for what is sent", 200, _PORTAL, "text/html", meets=_sends),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """For how long each trouble lasts, and how much faster time passes meanwhile and afterwards."""

    seconds: float = 3600.0
    fast: float = 120.0
    slow: float = 5.0
    questions: int = 8
    deliveries: int = 6
    seed: int = 1
    troubles: tuple[Trouble, ...] = TROUBLES


@dataclass(slots=True)
class Waiting:
    """What waits during one trouble: the chats with a question and what each delivery says, and when all was there."""

    questions: list[int] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)
    last: float = 0.0


async def run(plan: Plan, folder: Path) -> Findings:
    """All troubles, one after another, met by one bot in an empty folder."""
    findings, loop = Findings("telegram"), swift_loop()
    indexed, clock = make_index(folder / "data"), LoopClock(loop)
    world = World(TOKEN, clock=clock)
    async with LocalServer(world) as server, Line(server.port) as line:
        settings = make_settings(indexed.data, indexed.documents)
        passing = cast("LocalServer", line)
        async with running(world, settings, indexed.engine(), indexed, server=passing, clock=clock) as bot:
            # It measures how long nothing was heard of Telegram, too.
            bot.services.pulse._now = loop.time
            bot.services.pulse.heard()
            for number, trouble in enumerate(plan.troubles):
                hour = Hour(plan, bot, line, random.Random(plan.seed + number), trouble, number)
                findings.problems += await hour.pass_by(findings)
    return findings


class Hour:
    """One trouble from before its beginning until the bot has recovered from it."""

    def __init__(
        self, plan: Plan, bot: Running, line: Line, draw: random.Random, trouble: Trouble, number: int
    ) -> None:
        self._plan = plan
        self._bot = bot
        self._line = line
        self._draw = draw
        self._trouble = trouble
        self._number = number
        self._loop = swift_loop()
        self._waiting = Waiting()
        self._unclear_before = self._unclear()
        self._people = [bot.world.add_user("Reader").id for _ in range(3)]
        for person in self._people:
            bot.world.private_chat(person)
            bot.world.started.add(person)

    async def pass_by(self, findings: Findings) -> list[str]:
        """Let it happen; returns what must not be."""
        unsubscribe = self._bot.world.subscribe(self._look)
        try:
            await self._begin()
            await self._go_on()
            await self._line.end()
            ended = self._loop.time()
            self._loop.go(self._plan.slow)
            polls = self._line.answered
            await self._until(lambda: self._line.answered > polls)
            heard = self._loop.time() - ended
            await self._until(self._is_over)
            return self._judged(findings, heard, max(heard, self._waiting.last - ended))
        finally:
            self._loop.go(1.0)
            unsubscribe()

    async def _begin(self) -> None:
        """The trouble begins when the bot has fetched questions and has not answered them yet."""
        self._ask(self._plan.questions // 3)
        await self._line.hold()
        self._deliver(self._plan.deliveries // 2)
        await self._line.begin(self._trouble)

    async def _go_on(self) -> None:
        """Others ask while it lasts."""
        plan, until = self._plan, self._loop.time() + self._plan.seconds
        self._loop.go(plan.fast)
        left = plan.questions - len(self._waiting.questions)
        for moment in sorted(self._draw.uniform(0.0, plan.seconds) for _ in range(left)):
            await asyncio.sleep(max(0.0, until - plan.seconds + moment - self._loop.time()))
            self._ask(1)
            if len(self._waiting.deliveries) < plan.deliveries:
                self._deliver(1)
        await asyncio.sleep(max(0.0, until - self._loop.time()))

    def _ask(self, number: int) -> None:
        for _ in range(number):
            person = self._bot.world.add_user("Asker").id
            self._waiting.questions.append(person)
            self._bot.world.send_text(person, person, _QUESTION)

    def _deliver(self, number: int) -> None:
        store = self._bot.services.store
        for _ in range(number):
            text = f"Delivery {self._number}-{len(self._waiting.deliveries) + 1}"
            self._waiting.deliveries.append(text)
            chat = self._people[len(self._waiting.deliveries) % len(self._people)]
            with store.database.writing() as connection:
                store.outbox.put(connection, [Outgoing(chat, 0, text, 0, text)])
        self._bot.application.bot_data["outbox"].wake()

    def _look(self, event: object) -> None:
        if not isinstance(event, MessageSent) or event.message.sender.id != self._bot.world.bot.id:
            return
        message = event.message
        if message.chat_id in self._waiting.questions:
            self._waiting.answers[message.chat_id] += 1
            self._waiting.last = self._loop.time()
        elif message.text in self._waiting.deliveries:
            self._waiting.arrived[message.text] += 1
            self._waiting.last = self._loop.time()

    def _is_over(self) -> bool:
        """Whether nothing waits any more."""
        store = self._bot.services.store
        counts = store.outbox.counts()
        is_busy = store.open_updates() or counts.get("pending") or counts.get("sending")
        return not is_busy and not len(self._bot.world.updates)

    def _unclear(self) -> int:
        """How many updates may or may not have been answered."""
        with self._bot.services.store.database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM updates WHERE state = 'unclear'").fetchone()[0])

    async def _until(self, is_so: Callable[[], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GIVEN_UP_SECONDS):
                while not is_so():
                    await asyncio.sleep(0.5)

    def _judged(self, findings: Findings, heard: float, recovered: float) -> list[str]:
        waiting, store, name = self._waiting, self._bot.services.store, self._trouble.name
        with store.database.reading() as connection:
            rows = dict(connection.execute("SELECT summary, state FROM outbox"))
        unanswered = sum(not waiting.answers[chat] for chat in waiting.questions)
        unclear = {text for text in waiting.deliveries if rows[text] == "unclear"}
        missing = [text for text in waiting.deliveries if not waiting.arrived[text] and text not in unclear]
        new = self._unclear() - self._unclear_before
        findings.count(
            name,
            f"polls again after {heard:.1f} s, recovered after {recovered:.1f} s; questions "
            f"{len(waiting.questions)}, unclear {new}; deliveries {len(waiting.deliveries)}, unclear {len(unclear)}",
        )
        problems = []
        if unanswered > new:
            problems.append(f"{name}: {unanswered} questions were not answered, {new} are unclear")
        if any(times > 1 for times in (*waiting.answers.values(), *waiting.arrived.values())):
            problems.append(f"{name}: something came twice: {waiting.answers} {waiting.arrived}")
        if missing:
            problems.append(f"{name}: deliveries are missing: {[(text, rows[text]) for text in missing]}")
        if recovered > _RECOVERED_SECONDS:
            problems.append(f"{name}: recovered only after {recovered:.1f} s")
        return problems
