"""How the bot receives: confirmation, waiting, what it asked for, and one receiver at a time."""

from __future__ import annotations

import asyncio

import pytest
from telegram.error import Conflict

from bot.local.errors import ApiError
from bot.local.updates import UpdateQueue


async def waiting(clock, count=1):
    """Let the other tasks run until ``count`` of them sleep on the clock."""
    for _ in range(200):
        if clock.sleepers == count:
            return
        await asyncio.sleep(0)
    pytest.fail(f"{clock.sleepers} sleepers, not {count}")


@pytest.fixture
def queue(clock):
    queue = UpdateQueue(clock)
    for number in range(5):
        queue.push("message", {"number": number})
    return queue


def numbers(updates):
    return [update["message"]["number"] for update in updates]


async def test_an_update_comes_again_until_a_later_one_is_asked_for(queue):
    first = await queue.get(0, 2, 0)
    assert numbers(first) == [0, 1]
    assert numbers(await queue.get(0, 100, 0)) == [0, 1, 2, 3, 4]
    assert numbers(await queue.get(first[1]["update_id"] + 1, 100, 0)) == [2, 3, 4]
    assert len(queue) == 3


async def test_a_negative_offset_counts_from_the_end_and_forgets_the_rest(queue):
    assert numbers(await queue.get(-2, 100, 0)) == [3, 4]
    assert numbers(await queue.get(0, 100, 0)) == [3, 4]


async def test_updates_are_forgotten_after_a_day(queue, clock):
    clock.advance(24 * 3600)
    queue.push("message", {"number": 5})
    clock.advance(1)
    assert numbers(await queue.get(0, 100, 0)) == [5]


async def test_a_poll_waits_for_the_next_update(clock):
    queue = UpdateQueue(clock)
    poll = asyncio.create_task(queue.get(0, 100, 50))
    await waiting(clock)
    queue.push("message", {"number": 7})
    assert numbers(await poll) == [7]


async def test_a_poll_ends_empty_handed_when_its_time_is_up(clock):
    queue = UpdateQueue(clock)
    poll = asyncio.create_task(queue.get(0, 100, 50))
    await waiting(clock)
    clock.advance(50)
    assert await poll == []


async def test_a_second_poll_ends_the_first_with_a_conflict(clock):
    queue = UpdateQueue(clock)
    first = asyncio.create_task(queue.get(0, 100, 50))
    await waiting(clock)
    second = asyncio.create_task(queue.get(0, 100, 50))
    with pytest.raises(ApiError) as refused:
        await first
    assert (refused.value.code, refused.value.description) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    queue.push("message", {"number": 1})
    assert numbers(await second) == [1]


def test_reactions_and_members_are_told_only_on_request_and_requests_are_remembered(clock):
    queue = UpdateQueue(clock)
    assert queue.push("chat_member", {}) is None
    queue.allow(["chat_member", "nonsense"])
    queue.allow(None)
    assert queue.push("chat_member", {}) is not None
    assert queue.push("message", {}) is None
    queue.allow([])
    assert queue.push("message", {}) is not None
    assert queue.push("message_reaction", {}) is None


async def test_the_library_polls_and_is_told_of_a_rival(bot, call, world, anna, clock):
    world.send_text(anna.id, anna.id, "Hello")
    [update] = await bot.get_updates(timeout=10, limit=5, allowed_updates=["message"])
    assert (update.message.text, update.message.from_user.first_name) == ("Hello", "Anna")
    assert update.message.date.timestamp() == clock.now()
    poll = asyncio.create_task(bot.get_updates(offset=update.update_id + 1, timeout=10))
    await world_waits(world)
    assert await call("getUpdates") == (200, {"ok": True, "result": []})
    with pytest.raises(Conflict, match=r"only one bot instance is running"):
        await poll


async def world_waits(world):
    """Let a poll arrive over HTTP."""
    async with asyncio.timeout(5):
        while world.clock.sleepers == 0:
            await asyncio.sleep(0.001)
