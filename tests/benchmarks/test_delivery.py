"""The delivery benchmark finds what it looks for: what came twice, what never came, and what came too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.local.world import World
from bot.outbox.outgoing import Outgoing, State
from bot.store import Store
from tests.benchmarks.delivery import Course, Plan, Question, lost_or_twice, too_slow
from tests.benchmarks.delivery_town import Town
from tests.bot.harness import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(chats=3, rounds=1)


@pytest.mark.parametrize(
    ("times", "state", "lost", "is_found"),
    [
        (1, State.SENT, "", False),
        (0, State.UNCLEAR, "", False),
        (1, State.UNCLEAR, "", False),
        (0, State.FAILED, "blocked", False),
        (1, State.SENT, "blocked", False),
        (2, State.SENT, "", True),
        (2, State.UNCLEAR, "", True),
        (2, State.SENT, "blocked", True),
        (0, State.SENT, "", True),
        (0, State.FAILED, "", True),
        (0, State.PENDING, "", True),
    ],
)
def test_what_came_twice_or_never_is_found(times: int, state: State, lost: str, is_found: bool, tmp_path: Path) -> None:
    town = Town(World(TOKEN), 3, 1)
    with Store.open(tmp_path / "store.sqlite3") as store:
        with store.database.writing() as connection:
            store.outbox.put(connection, [Outgoing(place.chat, 0, "r1:en", 0, "x", round=101) for place in town.places])
        for id in (1, 2, 3):
            store.outbox.mark(id, state if id == 2 else State.SENT)
        for place in town.places:
            town.delivered[place.chat, 0, 101] = 1
        town.delivered[town.places[1].chat, 0, 101] = times
        town.places[1].lost = lost
        with store.database.reading() as connection:
            problems = lost_or_twice(town, connection, PLAN)
    assert len(problems) == int(is_found)


def test_what_was_never_put_is_found(tmp_path: Path) -> None:
    town = Town(World(TOKEN), 3, 1)
    with Store.open(tmp_path / "store.sqlite3") as store, store.database.reading() as connection:
        assert len(lost_or_twice(town, connection, PLAN)) == 3


def test_a_chat_that_moved_is_counted_under_both_ids() -> None:
    town = Town(World(TOKEN), 4, 1)
    place = town.places[3]
    town.moved[place.chat] = -1009
    town.delivered[place.chat, 0, 101] = 1
    town.delivered[-1009, 0, 101] = 1
    assert town.times_delivered(place, 101) == 2


def test_questions_are_timed_before_and_during_deliveries_but_not_while_the_bot_is_down() -> None:
    course = Course(began=10.0, down=[(20.0, 25.0)])
    course.questions = [
        Question(1.0, 1.5),
        Question(2.0),
        Question(9.0, 11.0),
        Question(12.0, 13.0),
        Question(19.0, 21.0),
        Question(24.0, 26.0),
        Question(26.0, 28.0),
        Question(31.0, 34.0),
    ]
    assert course.latencies() == ([0.5], [1.0, 3.0], [2.0])


@pytest.mark.parametrize(
    ("idle", "meanwhile", "found"),
    [([0.01], [0.14], 0), ([0.1], [0.19], 0), ([0.1], [0.21], 2), ([0.1] * 9 + [0.2], [0.1] * 9 + [1.0], 1)],
)
def test_what_is_too_slow_is_found(idle: list[float], meanwhile: list[float], found: int) -> None:
    assert len(too_slow(idle, meanwhile, [9.0])) == found
