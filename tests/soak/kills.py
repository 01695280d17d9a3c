"""The bot killed at random moments while people use it: whatever was confirmed is there, once, at the next start.

The Bot API server runs here and survives; the bot is a process of its own, killed with SIGKILL at moments uniform over
the time in which it is busy, one life in five before it polls. One life in ten is ended with SIGTERM instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.audit.check import check
from bot.local.server import LocalServer
from bot.local.world import World
from bot.settings import load_settings
from bot.store import Store
from corpus.library import State
from retrieval.engine import load_current
from tests.bot.harness import TOKEN
from tests.conftest import Indexed, make_index
from tests.documents import write_documents
from tests.soak.findings import Findings
from tests.soak.people import FIRST_ROUND, People
from tests.soak.process import BotProcess, python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.soak.people import Asked

_ROOT = Path(__file__).parents[2]
_DRAINED_SECONDS = 300.0
_DECIDED = "first-observer.md"
# What no start and no life may say.
_SIGNS = ("Traceback", "CRITICAL", "damaged", "malformed", "cannot be used", "Withdrawn documents are still found")


@dataclass(frozen=True, slots=True)
class Plan:
    """How often it is killed, and for how many seconds at most it polls before that."""

    kills: int = 300
    seconds: float = 5.0
    encoder: str = "words"
    seed: int = 1


async def run(plan: Plan, folder: Path) -> Findings:
    """Do all of it in an empty folder."""
    findings, draw = Findings(f"kills ({plan.encoder})"), random.Random(plan.seed)
    indexed = make_index(folder / "data") if plan.encoder == "words" else _bundled_index(folder / "data")
    world = World(TOKEN, mentions_pass=True)
    world.updates.start_at(time.time_ns() // 1_000_000)
    people = People(world, indexed.documents, draw)
    with _store(indexed) as store:
        for chat in people.subscribers:
            store.subscriptions.add(chat, 0, "en")
        store.subscriptions.greet(people.group)
    async with LocalServer(world) as server:
        bot = _process(plan, indexed, server, people.admin.id, folder / "bot.log")
        lives = Lives(bot, people, plan, draw, findings)
        async with people.at_work():
            await lives.live_and_die()
        if not findings.problems:
            await lives.come_to_rest(indexed)
    _judge(findings, people, indexed, (folder / "bot.log").read_text(encoding="utf-8"))
    return findings


def _bundled_index(data: Path) -> Indexed:
    """The small documents, indexed with the bundled encoder, of which the machine may have been unpacked a copy."""
    indexed = Indexed(data)
    write_documents(indexed.documents)
    models = load_settings().models_folder
    if models.exists():
        (data / models.name).symlink_to(models.resolve())
    environment = os.environ | _settings(indexed)
    subprocess.run(python("bot", "index"), env=environment, cwd=_ROOT, check=True, capture_output=True)
    return indexed


def _settings(indexed: Indexed, **values: object) -> dict[str, str]:
    """The environment of a bot over those documents alone."""
    documents = json.dumps([str(indexed.documents)])
    values |= {"DATA_DIR": indexed.data, "DOCUMENTS": documents, "STARTER_DOCUMENTS": "false"}
    return {f"RAPPORTEUR_{name}": str(value) for name, value in values.items()}


def _process(plan: Plan, indexed: Indexed, server: LocalServer, admin: int, log: Path) -> BotProcess:
    address = f"http://127.0.0.1:{server.port}"
    if plan.encoder == "words":
        return BotProcess(python("tests.soak.child", indexed.data, address, TOKEN, admin), log)
    environment = _settings(
        indexed,
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_API_URL=address,
        OPEN_TO_ALL="true",
        KNOWN_IN_GROUPS="false",
        QUESTIONS_PER_MINUTE=0,
        GROUP_QUESTIONS_PER_MINUTE=0,
        ADMINS=admin,
        WATCH="false",
        SUMMARY_APPROVAL="false",
        SUMMARY_SETTLE_SECONDS=0,
        CONFIDENCE=0,
    )
    return BotProcess(python("bot", "run"), log, mark="Ctrl-C", environment=environment)


class Lives:
    """The lives of the bot, one after another."""

    def __init__(self, bot: BotProcess, people: People, plan: Plan, draw: random.Random, findings: Findings) -> None:
        self._bot = bot
        self._people = people
        self._plan = plan
        self._draw = draw
        self._findings = findings
        self._events: Counter[str] = Counter()
        self._starts: list[float] = []

    async def live_and_die(self) -> None:
        """As often as is planned, or until a start fails."""
        await self._start()
        for life in range(self._plan.kills):
            if life % 5 == 4 and self._starts:
                self._events["killed before it polled"] += 1
                await asyncio.sleep(self._draw.uniform(0.0, self._starts[-1]))
            else:
                if not await self._is_ready():
                    return
                await asyncio.sleep(self._draw.uniform(0.0, self._plan.seconds))
            await self._end(life)
            if life + 1 < self._plan.kills:
                await self._start()
        self._count()

    async def come_to_rest(self, indexed: Indexed) -> None:
        """Start it once more, let it do all that is left, and stop it."""
        await self._start()
        if not await self._is_ready():
            return
        done = self._people.reports
        self._people.reload()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAINED_SECONDS):
                while self._people.reports == done or not _is_drained(indexed, self._people.world):
                    await asyncio.sleep(0.2)
        if self._people.reports == done:
            self._findings.problems.append("the last reload was not reported as done")
        code = await self._bot.stop()
        if code:
            self._findings.problems.append(f"the last stop ended with {code}")

    async def _start(self) -> None:
        await self._bot.start()
        self._began = time.monotonic()

    async def _is_ready(self) -> bool:
        try:
            await self._bot.ready()
        except (RuntimeError, TimeoutError) as error:
            self._findings.problems.append(f"a start failed: {error}")
            return False
        self._starts.append(time.monotonic() - self._began)
        return True

    async def _end(self, life: int) -> None:
        people = self._people
        self._events["killed with questions open"] += bool(people.owed.open)
        self._events["killed with a reload under way"] += people.is_reloading
        self._events["killed with a file under way"] += people.is_sending
        if life % 10 == 7:
            code = await self._bot.stop()
            self._events["ended with SIGTERM"] += 1
            if code:
                self._findings.problems.append(f"life {life} ended with {code} after SIGTERM")
        else:
            await self._bot.kill()
            self._events["killed"] += 1
        left = await self._bot.left_behind()
        if left:
            self._findings.problems.append(f"{len(left)} processes outlived life {life}")

    def _count(self) -> None:
        for name, number in sorted(self._events.items()):
            self._findings.count(name, number)
        self._findings.count("seconds of a start, median", sorted(self._starts)[len(self._starts) // 2])


def _store(indexed: Indexed) -> Store:
    return Store.open(indexed.data / "store.sqlite3")


def _is_drained(indexed: Indexed, world: World) -> bool:
    """Whether nothing waits any more, but behind what is unclear."""
    with _store(indexed) as store:
        left = store.open_updates() or store.outbox.heads() or store.outbox.counts().get("sending")
    return not left and not len(world.updates)


def _judge(findings: Findings, people: People, indexed: Indexed, log: str) -> None:
    """Put down the figures, and what must not be."""
    owed, problems = people.owed, findings.problems
    lines = log.splitlines()
    for sign in _SIGNS:
        found = [line for line in lines if sign in line]
        problems += [f"the log says {len(found)} times such as: {found[0][:300]}"] if found else []
    if owed.apologies:
        problems.append(f"{owed.apologies} times the bot said that something failed")
    with _store(indexed) as store, store.database.reading() as connection:
        states = dict(connection.execute("SELECT id, state FROM updates"))
        rows = connection.execute("SELECT chat, round, state FROM outbox WHERE kind = 'summary'").fetchall()
        subscribed = Counter(chat for (chat,) in connection.execute("SELECT chat FROM subscriptions"))
    findings.count("updates", len(states))
    findings.count("of which unclear", sum(state == "unclear" for state in states.values()))
    problems += [
        *_of_questions(findings, "private questions", owed.questions.values(), states),
        *_of_questions(findings, "group questions", owed.in_group.values(), states),
        *_of_subscriptions(findings, people, subscribed, states),
        *_of_summaries(findings, people, rows),
        *_of_documents(findings, people, indexed, states),
        *_of_audit(findings, people, indexed, states),
    ]


def _of_questions(findings: Findings, name: str, questions: Iterable[Asked], states: dict[int, str]) -> Iterator[str]:
    asked = list(questions)
    lost = [one for one in asked if not one.replies and states.get(one.update) != "unclear"]
    twice = [one for one in asked if one.replies > 1]
    unclear = sum(not one.replies for one in asked) - len(lost)
    findings.count(name, f"{len(asked)} asked, {len(lost)} lost, {len(twice)} answered twice, {unclear} unclear")
    if lost:
        yield f"{len(lost)} {name} were lost: {lost[0]}, {states.get(lost[0].update)}"
    if twice:
        yield f"{len(twice)} {name} were answered twice: {twice[0]}, {states.get(twice[0].update)}"


def _of_subscriptions(findings: Findings, people: People, found: Counter[int], states: dict[int, str]) -> Iterator[str]:
    asked = people.owed.subscribed
    findings.count("subscriptions", f"{len(asked)} asked for, {sum(found[chat] for chat in asked)} there")
    for chat in (*people.subscribers, *asked):
        owed = chat in people.subscribers or asked[chat].replies or states.get(asked[chat].update) == "done"
        if found[chat] > 1 or (owed and not found[chat]):
            yield f"chat {chat} has {found[chat]} subscriptions"


def _of_summaries(findings: Findings, people: People, rows: list[tuple[int, int, str]]) -> Iterator[str]:
    findings.count("summaries", f"{len(rows)} of {len(people.rounds)} rounds, {people.owed.summaries.total()} arrived")
    of_place: dict[tuple[int, int], list[str]] = {}
    for chat, number, state in rows:
        of_place.setdefault((chat, number), []).append(state)
    due = {(chat, number) for chat in people.subscribers for number in people.rounds}
    for place in sorted(due | of_place.keys()):
        times, states = people.owed.summaries[place], of_place.get(place, [])
        if times > 1 or (times == 0 and "unclear" not in states and place[1] >= FIRST_ROUND):
            yield f"chat {place[0]} got the summary of round {place[1]} {times} times; its rows are {states}"


def _of_documents(findings: Findings, people: People, indexed: Indexed, states: dict[int, str]) -> Iterator[str]:
    """What was published is there once, what was decided holds, and only wordings that there were are quoted."""
    current = load_current(indexed.generations)
    ids = Counter(entry.document.id for entry in current.documents().values())
    files = people.owed.files
    findings.count(
        "files sent", f"{len(files)}, {sum(file.is_published for file in files.values())} published as far as was said"
    )
    findings.count("editions", f"{people.edition} written, {len(set(people.owed.editions))} quoted")
    for name, file in files.items():
        there, state = ids[f"uploads/{name}"], states.get(file.update)
        if there > 1 or (file.is_published and not there):
            yield f"{name} is there {there} times"
        if not file.is_carded and state != "unclear":
            yield f"{name} has no card; its update is {state}"
    with indexed.library() as library:
        state = library.entries()[_DECIDED].state
        unlisted = [id for id, entry in library.entries().items() if entry.state is State.LISTED and not ids[id]]
    allowed = []
    for word, asked in reversed(people.owed.decisions):
        allowed.append(State.WITHDRAWN if word == "withdraw" else State.LISTED)
        if states.get(asked.update) == "done":
            break
    findings.count("decisions", len(people.owed.decisions))
    if allowed and state not in allowed:
        yield f"{_DECIDED} is {state}, and should be one of {allowed}"
    if unlisted:
        yield f"documents are listed and not in the index: {unlisted[:5]}"
    editions = people.owed.editions
    if editions != sorted(editions):
        yield f"an older edition was quoted after a newer one: {editions}"
    if editions and editions[-1] > people.edition:
        yield "an edition was quoted that there never was"
    texts = [*people.wordings, *(entry.document.text for entry in current.documents().values())]
    strange = [text for text in people.owed.quoted if not any(text in whole for whole in texts)]
    findings.count("different quotations", len(people.owed.quoted))
    if strange:
        yield f"{len(strange)} quotations are in no wording, such as {strange[0][:200]!r}"


def _of_audit(findings: Findings, people: People, indexed: Indexed, states: dict[int, str]) -> Iterator[str]:
    """Whether what the bot did is written down without a gap, every question of it once."""
    with _store(indexed) as store:
        verdict = check(store.audit)
        keys = Counter(entry.key for entry in store.audit.entries())
    findings.count("audit entries", verdict.entries)
    if verdict.wrong is not None:
        yield verdict.wrong
    asked = [one.update for one in (*people.owed.questions.values(), *people.owed.in_group.values()) if one.replies]
    owed = [f"question:{update}" for update in asked]
    owed += [f"delivery:update:{update}" for update, state in states.items() if state == "unclear"]
    missing = [key for key in owed if not keys[key]]
    if missing:
        yield f"{len(missing)} entries are missing in the audit log, such as {missing[0]}"
    if any(number > 1 for number in keys.values()):
        yield "an entry is twice in the audit log"
