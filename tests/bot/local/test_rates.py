"""Limits on how often the bot may write."""

from __future__ import annotations

import pytest
from telegram.error import RetryAfter

from bot.local.errors import ApiError
from bot.local.models import Chat, ChatKind
from bot.local.rates import RateLimits


def private(number):
    return Chat(number, ChatKind.PRIVATE, "Person")


def waits(limits, chat):
    """The seconds to wait that the limits answer, 0 where the call is let through."""
    try:
        limits.charge(chat)
    except ApiError as refused:
        return refused.parameters["retry_after"]
    return 0


def test_a_person_is_written_to_once_a_second(clock):
    limits = RateLimits(clock)
    assert [waits(limits, private(1)), waits(limits, private(1)), waits(limits, private(2))] == [0, 1, 0]
    clock.advance(1)
    assert waits(limits, private(1)) == 0


def test_a_group_is_written_to_twenty_times_a_minute(clock):
    limits, group = RateLimits(clock), Chat(-1, ChatKind.SUPERGROUP, "Group")
    for _ in range(20):
        assert waits(limits, group) == 0
        clock.advance(1)
    assert waits(limits, group) == 40
    clock.advance(39.5)
    assert waits(limits, group) == 1
    clock.advance(0.5)
    assert waits(limits, group) == 0


def test_thirty_chats_a_second_are_written_to(clock):
    limits = RateLimits(clock)
    assert [waits(limits, private(number)) for number in range(1, 32)] == [0] * 30 + [1]


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_the_library_is_told_how_long_to_wait(bot, world, anna, clock):
    world.limits = RateLimits(clock)
    await bot.send_message(anna.id, "One")
    with pytest.raises(RetryAfter):
        await bot.send_chat_action(anna.id, "typing")
    await bot.get_chat(anna.id)
    clock.advance(1)
    await bot.send_message(anna.id, "Two")
