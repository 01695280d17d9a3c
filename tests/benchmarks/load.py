"""Many people ask the bot within seconds: whether each is answered once, how soon, and what memory that takes.

    python -m tests.benchmarks.load [--people N] [--seconds S] [--during-reload] [--seed N] [--json FILE]

The local Bot API server runs here and the bot, over a copy of the index of the settings' data directory (made first
where there is none), is a process of its own that does what `rapporteur run` does. Twenty people ask one of the starter
questions each, one after another; then N others do, each in a private chat at a random moment within S seconds. With
``--during-reload`` N more do so while some hundred passages are indexed. Memory and processor time are told on Linux
alone. Exit code 1 where a question was not answered, or answered twice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import numpy as np

from bot.cli import main as rapporteur
from bot.local.events import MessageEdited, MessageSent
from bot.local.server import LocalServer
from bot.local.world import World
from bot.opening import build_index
from bot.progress import BarProgress
from bot.settings import load_settings, starter_folder
from bot.store import Store
from corpus.reading import load
from retrieval.evaluation.question_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.settings import Settings
    from retrieval.encoders.exported_encoder import ExportedEncoder

Question = tuple[str, str]
_TOKEN = "123456789:AAloadloadloadloadloadload"
_IN_TURN = 20
_DOCUMENTS, _PARAGRAPHS, _WORDS = 60, 5, 110
_READY_SECONDS, _PATIENCE, _RELOAD_SECONDS = 300.0, 120.0, 900.0
_BETWEEN_LOOKS = 0.25
# A second answer would come soon after the first.
_LINGER = 2.0
# So many of the bot's warnings are shown.
_LINES = 5
_COLUMNS = ("questions", "lost", "doubled", "median", "p95", "longest", "read together", "processor")
_HELD = ("bot", "others", "together")


@dataclass(slots=True)
class Crowd:
    """People who ask in their private chats: when each did, and when answers came, in seconds of one clock.

    An answer is a message with the buttons to judge it; whatever else the bot says or does is none.
    """

    world: World
    asked: dict[int, float] = field(default_factory=dict)
    answered: dict[int, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world.subscribe(self._look)

    def _look(self, event: object) -> None:
        if isinstance(event, MessageSent) and event.message.chat_id in self.asked:
            message = event.message
            if message.sender.id == self.world.bot.id and any(one.value.startswith("u:") for one in message.buttons):
                self.answered.setdefault(message.chat_id, []).append(time.monotonic())

    async def ask_in_turn(self, questions: Sequence[Question]) -> None:
        """A new person asks each question when the one before is answered."""
        for question in questions:
            self._ask(question)
            await self._until_answered()

    async def ask_within(self, seconds: float, people: int, questions: Sequence[Question], draw: random.Random) -> None:
        """So many new people ask one question each, at random moments; all are waited for."""
        asking = [questions[number % len(questions)] for number in range(people)]
        draw.shuffle(asking)
        moments, began = sorted(draw.uniform(0, seconds) for _ in asking), time.monotonic()
        for moment, question in zip(moments, asking, strict=True):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            self._ask(question)
        await self._until_answered()

    def _ask(self, question: Question) -> None:
        text, language = question
        person = self.world.add_user(f"Asker {len(self.asked)}", language_code=language)
        self.asked[person.id] = time.monotonic()
        self.world.send_text(person.id, person.id, text)

    async def _until_answered(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while len(self.answered) < len(self.asked):
                    await asyncio.sleep(0.005)

    def figures(self) -> dict[str, Any]:
        """How many were answered, and how soon, in seconds."""
        waits = [times[0] - self.asked[chat] for chat, times in self.answered.items()] or [0.0]
        return {
            "questions": len(self.asked),
            "lost": len(self.asked) - len(self.answered),
            "doubled": sum(len(times) > 1 for times in self.answered.values()),
            "median": float(np.median(waits)),
            "p95": float(np.percentile(waits, 95)),
            "longest": max(waits),
        }


@dataclass(slots=True)
class Taken:
    """What the bot's process took: seconds of a processor, from when till when, and megabytes as they were looked at.

    ``memory`` has what the bot holds and what the processes below it hold; what several share is counted in parts.
    """

    processor: float | None = None
    began: float = 0.0
    ended: float = 0.0
    memory: list[tuple[float, float]] = field(default_factory=list)

    def figures(self, questions: int, readings: Sequence[tuple[float, int]]) -> dict[str, Any]:
        """Of so many questions; ``readings`` are when the encoder read how many at once."""
        together = [number for moment, number in readings if self.began <= moment <= self.ended]
        found: dict[str, Any] = {
            "read together": float(np.mean(together)) if together else None,
            "processor": self.processor / questions if self.processor is not None and questions else None,
        }
        if self.memory:
            bot, others = np.array(self.memory).T
            for name, held in zip(_HELD, (bot, others, bot + others), strict=True):
                found[name] = [float(held[0]), float(held.max()), float(held[-1])]
        return found


class Bot:
    """The bot's process, over ``settings``; ``folder`` is for what it says."""

    def __init__(self, settings: Settings, server: LocalServer, admin: int, folder: Path) -> None:
        values = {
            "DATA_DIR": str(settings.data_dir),
            "DOCUMENTS": json.dumps([str(path) for path in settings.folders]),
            "STARTER_DOCUMENTS": "false",
            "TELEGRAM_TOKEN": _TOKEN,
            "TELEGRAM_API_URL": f"http://127.0.0.1:{server.port}",
            "OPEN_TO_ALL": "true",
            "ADMINS": str(admin),
            "WATCH": "false",
        }
        self._environment = os.environ | {f"RAPPORTEUR_{name}": value for name, value in values.items()}
        self._log, self._readings = folder / "bot.log", folder / "readings.json"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it polls; raises RuntimeError where it ends before."""
        command = (sys.executable, "-m", "tests.benchmarks.load", "--as-bot", str(self._readings))
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, stderr=log, env=self._environment
            )
        assert self._process.stdout is not None
        if b"Ctrl-C" not in await asyncio.wait_for(self._process.stdout.readline(), _READY_SECONDS):
            raise RuntimeError(f"the bot did not start: {self._log.read_text(encoding='utf-8')[-2000:]}")

    async def taken(self, asking: Awaitable[None]) -> Taken:
        """What it takes while ``asking`` goes on."""
        assert self._process is not None
        pid = self._process.pid
        taken, before = Taken(memory=memory_of(pid), began=time.monotonic()), processor_of(pid)

        async def look() -> None:
            while True:
                await asyncio.sleep(_BETWEEN_LOOKS)
                taken.memory += await asyncio.to_thread(memory_of, pid)

        looking = asyncio.create_task(look())
        await asking
        taken.ended, after = time.monotonic(), processor_of(pid)
        taken.processor = after - before if before is not None and after is not None else None
        await asyncio.sleep(_LINGER)
        looking.cancel()
        await asyncio.wait({looking})
        return taken

    async def stop(self) -> list[str]:
        """End it, print the first of its warnings, and return what must not be: updates put aside, or a wrong end."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), 60)
        said = self._log.read_text(encoding="utf-8")
        for line in [line for line in said.splitlines() if " WARNING " in line or " ERROR " in line][:_LINES]:
            print(line)
        found, aside = [f"the bot ended with {code}: {said[-2000:]}"] if code else [], said.count("is put aside")
        return [*found, *([f"{aside} updates were put aside"] if aside else [])]

    def readings(self) -> list[tuple[float, int]]:
        """When its encoder read how many questions at once; known when it has ended."""
        return [(moment, number) for moment, number in json.loads(self._readings.read_text(encoding="utf-8"))]


def run_as_bot(readings: Path) -> int:
    """Do what `rapporteur run` does, and write down when the encoder read how many questions at once."""
    from retrieval.encoders.exported_encoder import ExportedEncoder

    read, found = ExportedEncoder._read_questions, []

    def counted(encoder: ExportedEncoder, questions: Sequence[Any]) -> Any:
        found.append((time.monotonic(), len(questions)))
        return read(encoder, questions)

    try:
        with patch.object(ExportedEncoder, "_read_questions", counted):
            return rapporteur(["run"])
    finally:
        readings.write_text(json.dumps(found), encoding="utf-8")


def memory_of(pid: int) -> list[tuple[float, float]]:
    """What a process and those below it hold now, in megabytes; nothing where that is not told."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    own, others = _held(pid), sum(_held(child) for child in below - {pid})
    return [(own, others)] if own else []


def _held(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def processor_of(pid: int) -> float | None:
    """How many seconds of a processor a process has taken so far; None where that is not told."""
    try:
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return None
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


async def ask_while_reloading(world: World, admin: int, asking: Callable[[], Awaitable[None]]) -> None:
    """Ask while an admin's reload encodes, and wait for its end; raises RuntimeError where it fails."""
    notes: asyncio.Queue[str] = asyncio.Queue()
    world.subscribe(lambda event: notes.put_nowait(event.message.text) if isinstance(event, MessageEdited) else None)

    async def noted(words: str) -> None:
        while words not in (note := await notes.get()):
            if "failed" in note:
                raise RuntimeError(note)

    world.send_text(admin, admin, "/reload")
    async with asyncio.timeout(_RELOAD_SECONDS):
        await noted("Encoding")
        await asking()
        answered = time.monotonic()
        await noted("Done")
    print(f"The reload ended {time.monotonic() - answered:.0f} s after the last answer.")


def write_documents(folder: Path, draw: random.Random) -> None:
    """Three hundred passages, of words drawn from the starter briefings."""
    words = " ".join(load(path, path.name).text for path in sorted(starter_folder().glob("R*.md"))).split()
    starts = draw.sample(range(len(words) - _WORDS), _DOCUMENTS * _PARAGRAPHS)
    for number in range(_DOCUMENTS):
        own = starts[number::_DOCUMENTS]
        text = "\n\n".join(" ".join(words[start : start + _WORDS]) + "." for start in own)
        (folder / f"{number:04}.txt").write_text(text, encoding="utf-8")


def prepare(folder: Path) -> Settings:
    """The settings with a data directory of their own, which has their index, and an empty folder of documents more."""
    settings = load_settings()
    build_index(settings, BarProgress())
    documents, data = folder / "documents", folder / "data"
    documents.mkdir()
    data.mkdir()
    for part in (settings.index_folder, settings.library_folder):
        shutil.copytree(part, data / part.name)
    (data / settings.models_folder.name).symlink_to(settings.models_folder.resolve())
    return settings.model_copy(update={"data_dir": data, "documents": (*settings.folders, documents)})


async def run(arguments: argparse.Namespace, folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """All parts in an empty folder: the figures of each by its name, and what must not be, in sentences."""
    settings, draw = prepare(folder), random.Random(arguments.seed)
    found = load_set(Path(__file__).parent / "starter", prefixed=False)
    questions = [(query.text, query.language) for query in found.queries]
    world = World(_TOKEN)
    admin = world.add_user("Admin").id
    world.updates.start_at(time.time_ns() // 1_000_000)
    crowds = [Crowd(world) for _ in range(3 if arguments.during_reload else 2)]
    within = [partial(one.ask_within, arguments.seconds, arguments.people, questions, draw) for one in crowds]
    async with LocalServer(world) as server:
        bot = Bot(settings, server, admin, folder)
        await bot.start()
        try:
            taken = [await bot.taken(crowds[0].ask_in_turn(draw.sample(questions, _IN_TURN)))]
            taken.append(await bot.taken(within[1]()))
            if arguments.during_reload:
                write_documents(settings.folders[-1], draw)
                taken.append(await bot.taken(ask_while_reloading(world, admin, within[2])))
        finally:
            problems = await bot.stop()
    name = f"{arguments.people} within {arguments.seconds:g} s"
    figures = {
        part: crowd.figures() | took.figures(len(crowd.asked), bot.readings())
        for part, crowd, took in zip(("in turn", name, f"{name}, reloading"), crowds, taken, strict=False)
    }
    return figures, [*problems, *lost_or_doubled(figures), *left_open(settings, world)]


def lost_or_doubled(figures: dict[str, dict[str, Any]]) -> list[str]:
    """Where questions were not answered, or more than once."""
    return [
        f"{name}: {part['lost']} of {part['questions']} were not answered, {part['doubled']} more than once"
        for name, part in figures.items()
        if part["lost"] or part["doubled"]
    ]


def left_open(settings: Settings, world: World) -> list[str]:
    """How many updates the bot did not deal with, and how many it fetched more than once."""
    with Store.open(settings.store_file) as store, store.database.reading() as connection:
        states = connection.execute("SELECT state, count(*) FROM updates WHERE state != 'done' GROUP BY state")
        found = [f"{count} updates are {state}" for state, count in states]
    calls = (cast("list[dict[str, Any]]", call.result or []) for call in world.journal.of("getUpdates"))
    again = sum(count > 1 for count in Counter(update["update_id"] for call in calls for update in call).values())
    return [*found, *([f"{again} updates were fetched again"] if again else [])]


def table(figures: dict[str, dict[str, Any]]) -> str:
    """The figures for people: seconds, questions read at once, seconds of a processor for each, and megabytes."""
    lines = [f"{'':26}" + "".join(f"{name:>14}" for name in _COLUMNS)]
    for name, part in figures.items():
        lines.append(f"{name:26}" + "".join("" if part[key] is None else f"{part[key]:14.3g}" for key in _COLUMNS))
    lines.append(f"\n{'MB: before, highest, after':26}" + "".join(f"{name:>22}" for name in _HELD))
    for name, part in figures.items():
        held = ("".join(f"{value:7.0f}" for value in part.get(key, ())) for key in _HELD)
        lines.append(f"{name:26}" + "".join(f"{values:>22}" for values in held))
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=200, metavar="N", help="how many people ask a question each")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="within how many seconds they do")
    parser.add_argument("--during-reload", action="store_true", help="ask once more while documents are indexed")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of who asks what when")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--as-bot", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.as_bot:
        return run_as_bot(arguments.as_bot)
    with tempfile.TemporaryDirectory() as folder:
        figures, problems = asyncio.run(run(arguments, Path(folder)))
    print(table(figures), *problems, sep="\n")
    if arguments.json:
        arguments.json.write_text(json.dumps({"parts": figures, "problems": problems}, indent=2), encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
