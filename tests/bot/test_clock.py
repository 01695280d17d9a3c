"""A clock moved by hand."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import ManualClock, SystemClock


async def test_sleepers_wake_when_their_time_has_come_and_not_before() -> None:
    clock = ManualClock(1000.0)
    woken: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now()))

    tasks = [asyncio.create_task(sleep(seconds)) for seconds in (30, 10, 0)]
    await asyncio.sleep(0)
    assert (clock.sleepers, woken) == (2, [(0, 1000.0)])
    clock.advance(10)
    await asyncio.sleep(0)
    assert woken == [(0, 1000.0), (10, 1010.0)]
    clock.advance(60)
    await asyncio.gather(*tasks)
    assert woken[-1] == (30, 1070.0)


def test_a_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match=r"does not go back"):
        ManualClock().advance(-1)


async def test_the_machines_clock_tells_the_time() -> None:
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(0)
    assert before <= clock.now()
