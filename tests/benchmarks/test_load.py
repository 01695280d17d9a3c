"""The load benchmark asks everybody's question once, and finds what was lost, doubled or slow."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from threadpoolctl import threadpool_info

from bot.local.entities import FormattedText
from bot.local.journal import JournalEntry
from bot.local.keyboards import Markup
from bot.local.models import Button, ButtonKind
from bot.local.outgoing import Sending
from bot.local.world import World
from bot.store import Store
from retrieval.encoders.exported_encoder import ExportedEncoder
from tests.benchmarks import load
from tests.benchmarks.load import Crowd, Taken
from tests.bot.harness import STORE, TOKEN, make_settings, running

if TYPE_CHECKING:
    from tests.conftest import Indexed

QUESTIONS = [
    ("What regulation on the release of detainees was adopted?", "en"),
    ("Что согласовали стороны?", "ru"),
    ("Which corridor was opened near the bridge?", "tr"),
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the machine's settings away, and do not wait long."""
    for name in os.environ:
        if name.startswith("RAPPORTEUR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(load, "_PATIENCE", 10.0)


def say(world: World, chat: int, text: str, *, judged: bool) -> None:
    """The bot says something in a chat, with buttons to judge it or without."""
    keyboard = ((Button("+", ButtonKind.CALLBACK, "u:0123456789:1"),),) if judged else ()
    world.send(Sending(world.chat(chat), markup=Markup(keyboard)), FormattedText(text))


async def asked(world: World, people: int) -> Crowd:
    """So many people who ask at once, and whom nobody has answered yet."""
    crowd = Crowd(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "_PATIENCE", 0.0)
        await crowd.ask_within(0.0, people, QUESTIONS, random.Random(1))
    return crowd


async def test_of_many_who_ask_at_once_each_is_answered_once(shared_index: Indexed, tmp_path: Path) -> None:
    world = World(TOKEN)
    crowd, in_turn = Crowd(world), Crowd(world)
    settings = make_settings(tmp_path, shared_index.documents)
    async with running(world, settings, shared_index.engine(), shared_index) as bot:
        await crowd.ask_within(0.2, 12, QUESTIONS, random.Random(1))
        await in_turn.ask_in_turn(QUESTIONS)
        await asyncio.sleep(0.1)
        shared = await bot.services.run(threadpool_info)
    with Store.open(tmp_path / STORE) as store, store.database.reading() as connection:
        kept = connection.execute("SELECT question FROM answers").fetchall()
    figures = {"at once": crowd.figures(), "in turn": in_turn.figures()}
    assert load.lost_or_doubled(figures) == load.left_open(settings, world) == []
    assert [part["questions"] for part in figures.values()] == [12, 3]
    assert all(0 < part["median"] <= part["p95"] <= part["longest"] < 10 for part in figures.values())
    assert sorted(row[0] for row in kept) == sorted(text for text, _ in QUESTIONS * 5)
    assert len({chat for one in (crowd, in_turn) for chat in one.answered}) == 15
    assert {one["num_threads"] for one in shared if one["user_api"] == "blas" and "numpy" in one["filepath"]} <= {1}


async def test_what_is_not_answered_or_more_than_once_is_found() -> None:
    world = World(TOKEN)
    crowd = await asked(world, 4)
    silent, once, twice, waiting = crowd.asked
    world.show_action(silent, None, "typing")
    for chat, times in ((once, 1), (twice, 2), (waiting, 0)):
        say(world, chat, "Please wait.", judged=False)
        for _ in range(times):
            say(world, chat, "The documents do not answer this.", judged=True)
    figures = {"at once": crowd.figures()}
    assert (figures["at once"]["lost"], figures["at once"]["doubled"]) == (2, 1)
    assert load.lost_or_doubled(figures) == ["at once: 2 of 4 were not answered, 1 more than once"]


def test_updates_that_stay_open_and_those_fetched_again_are_told(tmp_path: Path) -> None:
    world, settings = World(TOKEN), make_settings(tmp_path)
    with Store.open(settings.store_file) as store:
        store.keep_updates({1: "{}", 2: "{}", 3: "{}"})
        store.mark_update(1, "unclear")
        store.finish_update(2)
    for fetched in ((1, 2), (2, 3), ()):
        world.record(JournalEntry(0.0, "getUpdates", {}, [{"update_id": identifier} for identifier in fetched]))
    assert load.left_open(settings, world) == [
        "1 updates are pending",
        "1 updates are unclear",
        "1 updates were fetched again",
    ]


def test_waits_are_counted_from_each_question_to_its_first_answer() -> None:
    crowd = Crowd(World(TOKEN))
    crowd.asked = {number: float(number) for number in range(101)}
    crowd.answered = {number: [number + number / 100, 500.0] for number in range(101)}
    figures = crowd.figures()
    assert [figures[name] for name in ("median", "p95", "longest")] == pytest.approx([0.5, 0.95, 1.0])
    assert (figures["questions"], figures["lost"], figures["doubled"]) == (101, 0, 101)


def test_where_nobody_was_answered_there_are_figures_still() -> None:
    crowd = Crowd(World(TOKEN))
    crowd.asked = {1: 0.0}
    assert (crowd.figures()["lost"], crowd.figures()["longest"]) == (1, 0.0)


def test_what_the_bot_took_is_told_for_each_question_and_of_this_part_alone() -> None:
    taken = Taken(processor=6.0, began=10.0, ended=20.0, memory=[(300.0, 0.0), (350.0, 90.0), (360.0, 0.0)])
    figures = taken.figures(20, [(9.0, 8), (11.0, 1), (12.0, 4), (21.0, 8)])
    assert (figures["read together"], figures["processor"]) == (2.5, 0.3)
    assert figures["bot"] == [300.0, 360.0, 360.0]
    assert figures["others"] == [0.0, 90.0, 0.0]
    assert figures["together"] == [300.0, 440.0, 360.0]


def test_what_is_not_known_of_a_process_is_left_out_of_the_table() -> None:
    part = Crowd(World(TOKEN)).figures() | Taken().figures(0, [])
    rows = [line.split() for line in load.table({"nobody": part}).splitlines()]
    assert rows[1] == ["nobody", "0", "0", "0", "0", "0", "0"]
    assert rows[-1] == ["nobody"]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is told on Linux alone")
def test_memory_is_that_of_a_process_and_of_those_below_it() -> None:
    command = [sys.executable, "-c", "held = bytearray(60_000_000); print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as below:
        assert below.stdout is not None
        below.stdout.readline()
        ((bot, others),) = load.memory_of(os.getpid())
        ((alone, none),) = load.memory_of(below.pid)
        below.communicate(b"\n")
    assert bot > 20
    assert others > 57
    assert (alone > 57, none) == (True, 0)
    assert load.memory_of(below.pid) == []
    assert (load.processor_of(os.getpid()) or 0) > 0
    assert load.processor_of(below.pid) is None


def test_how_many_questions_were_read_at_once_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder: Any = ExportedEncoder
    monkeypatch.setattr(encoder, "_read_questions", lambda _, questions: [*questions])

    def rapporteur(command: list[str]) -> int:
        assert command == ["run"]
        return len(encoder._read_questions(None, ["a", "b"])) + len(encoder._read_questions(None, ["c"]))

    monkeypatch.setattr(load, "rapporteur", rapporteur)
    assert load.run_as_bot(tmp_path / "readings.json") == 3
    written = json.loads((tmp_path / "readings.json").read_text(encoding="utf-8"))
    assert [number for _, number in written] == [2, 1]


def test_no_two_new_passages_are_the_same(tmp_path: Path) -> None:
    load.write_documents(tmp_path, random.Random(1))
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert len(texts) == 60
    assert len({passage for text in texts for passage in text.split("\n\n")}) == 300
