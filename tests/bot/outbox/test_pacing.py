"""How fast the outbox may write: a share of Telegram's limits, with answers counted."""

from __future__ import annotations

from typing import Any

import pytest

from bot.clock import ManualClock
from bot.outbox.pacing import Pace, PacedLimiter


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def pace(clock: ManualClock) -> Pace:
    return Pace(clock.now)


def test_a_person_is_written_to_once_a_second(pace: Pace, clock: ManualClock) -> None:
    assert pace.seconds_to_wait(5) == 0
    pace.note(5)
    clock.advance(0.25)
    assert [pace.seconds_to_wait(chat) for chat in (5, 6)] == [0.75, 0]
    clock.advance(0.75)
    assert pace.seconds_to_wait(5) == 0


def test_half_of_what_a_group_may_get_in_a_minute_is_left_for_answers(pace: Pace, clock: ManualClock) -> None:
    for _ in range(10):
        assert pace.seconds_to_wait(-5) == 0
        pace.note(-5)
        clock.advance(1)
    assert [pace.seconds_to_wait(chat) for chat in (-5, -6)] == [50, 0]
    pace.note(-5)
    assert pace.seconds_to_wait(-5) == 51
    clock.advance(50)
    assert pace.seconds_to_wait(-5) == 1
    clock.advance(1)
    assert pace.seconds_to_wait(-5) == 0


def test_half_of_what_may_be_written_in_a_second_is_left_for_answers(pace: Pace, clock: ManualClock) -> None:
    for chat in range(1, 16):
        assert pace.seconds_to_wait(chat) == 0
        pace.note(chat)
    assert pace.seconds_to_wait(99) == 1
    clock.advance(1)
    assert pace.seconds_to_wait(99) == 0


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    hours = [1000.0]
    pace = Pace(lambda: hours[-1])
    pace.note(5)
    hours.append(10.0)
    assert pace.seconds_to_wait(5) == 0


def test_chats_long_silent_are_forgotten(pace: Pace, clock: ManualClock) -> None:
    for chat in range(1, 1500):
        pace.note(-chat)
        clock.advance(0.5)
    assert len(pace._written) <= 1001


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("endpoint", "data", "expected"),
    [
        ("sendMessage", {"chat_id": 5}, 1),
        ("editMessageText", {"chat_id": 5}, 1),
        ("getChat", {"chat_id": 5}, 0),
        ("answerCallbackQuery", {}, 0),
        ("sendMessage", {"chat_id": "@channel"}, 0),
    ],
)
async def test_what_the_bot_writes_is_counted(
    endpoint: str, data: dict[str, Any], expected: float, pace: Pace, clock: ManualClock
) -> None:
    async def call() -> bool:
        return True

    assert await PacedLimiter(pace).process_request(call, (), {}, endpoint, data, None)
    assert pace.seconds_to_wait(5) == expected
