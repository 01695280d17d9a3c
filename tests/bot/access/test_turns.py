"""Turns: so many at once for each key, in order, and nothing kept of those that are done."""

from __future__ import annotations

import asyncio

import pytest

from bot.access.turns import Turns

pytestmark = pytest.mark.asyncio


async def test_of_each_key_so_many_have_a_turn_and_the_others_follow_in_order() -> None:
    turns, begun, gate = Turns(2), list[str](), asyncio.Event()

    async def work(key: int, name: str) -> None:
        async with turns.of(key):
            begun.append(name)
            await gate.wait()

    tasks = [asyncio.create_task(work(key, name)) for key, name in ((1, "a"), (1, "b"), (1, "c"), (1, "d"), (2, "e"))]
    await asyncio.wait(tasks, timeout=0)
    await asyncio.sleep(0)
    assert begun == ["a", "b", "e"]
    gate.set()
    await asyncio.gather(*tasks)
    assert begun == ["a", "b", "e", "c", "d"]
    assert len(turns) == 0


async def test_one_who_is_cancelled_while_waiting_or_fails_at_work_gives_the_turn_back() -> None:
    turns, gate = Turns(1), asyncio.Event()

    async def work() -> None:
        async with turns.of(1):
            await gate.wait()
            raise ValueError

    first, second, third = (asyncio.create_task(work()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    gate.set()
    found = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [type(one) for one in found] == [ValueError, asyncio.CancelledError, ValueError]
    assert len(turns) == 0
