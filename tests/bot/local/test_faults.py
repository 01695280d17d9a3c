"""Faults committed on request, and what the library makes of them."""

from __future__ import annotations

import pytest
from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.local.errors import ApiError
from bot.local.faults import Fault, FaultKind, bad_gateway, flood, timeout_after


def texts(world, person):
    return [message.text for message in world.history(person.id) if message.sender == world.bot]


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_a_flood_is_refused_once_with_the_time_to_wait(bot, world, anna):
    world.faults.plan("sendmessage", flood(7))
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(anna.id, "Hello")
    assert refused.value.retry_after == 7
    await bot.send_message(anna.id, "Again")
    assert texts(world, anna) == ["Again"]
    assert [(entry.code, entry.fault) for entry in world.journal.of("sendMessage")] == [(429, "refuse"), (200, None)]


@pytest.mark.parametrize(("after", "sent"), [(False, []), (True, ["Hello"])])
async def test_a_bad_gateway_comes_before_or_after_the_message(bot, world, anna, after, sent):
    world.faults.plan("sendMessage", bad_gateway(after=after))
    with pytest.raises(NetworkError, match=r"Bad Gateway"):
        await bot.send_message(anna.id, "Hello")
    assert texts(world, anna) == sent


async def test_a_call_may_time_out_although_the_message_was_sent(bot, world, anna):
    world.faults.plan("sendMessage", timeout_after())
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "Hello", read_timeout=0.05)
    assert texts(world, anna) == ["Hello"]


async def test_a_silent_server_sends_nothing(bot, world, anna):
    world.faults.plan("sendMessage", Fault(FaultKind.SILENT))
    with pytest.raises(TimedOut):
        await bot.send_message(anna.id, "Hello", read_timeout=0.05)
    assert texts(world, anna) == []


@pytest.mark.parametrize(("kind", "sent"), [(FaultKind.DROP, []), (FaultKind.DROP_AFTER, ["Hello"])])
async def test_a_connection_may_break_before_or_after_the_message(bot, world, anna, kind, sent):
    world.faults.plan("sendMessage", Fault(kind))
    with pytest.raises(NetworkError) as broken:
        await bot.send_message(anna.id, "Hello")
    assert not isinstance(broken.value, TimedOut)
    assert texts(world, anna) == sent


async def test_faults_meet_only_their_method_and_can_be_forgotten(bot, world, anna):
    world.faults.plan("sendDocument", bad_gateway(), times=2)
    await bot.send_message(anna.id, "Hello")
    world.faults.clear()
    await bot.send_document(anna.id, b"content", filename="a.txt")
    assert len(texts(world, anna)) == 2


def test_an_error_belongs_to_the_faults_that_answer():
    with pytest.raises(ValueError, match=r"an error belongs"):
        Fault(FaultKind.DROP, ApiError(500, "x"))


async def test_a_rule_decides_on_each_call_by_what_it_asks_for(bot, world, anna):
    other = world.add_user("Other")
    world.send_text(other.id, other.id, "/start")

    def rule(method, values):
        is_for_anna = method == "sendMessage" and values.get("chat_id") in (anna.id, str(anna.id))
        return bad_gateway(after=True) if is_for_anna else None

    world.faults.rule = rule
    await bot.send_message(other.id, "Hello")
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(anna.id, "Hello")
    world.faults.plan("sendMessage", Fault(FaultKind.DROP))
    with pytest.raises(NetworkError):
        await bot.send_message(other.id, "Hello")
    world.faults.clear()
    await bot.send_message(anna.id, "Again")
    assert (texts(world, anna), texts(world, other)) == (["Hello", "Hello", "Again"], ["Hello"])
