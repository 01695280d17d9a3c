"""Edited questions: their answers change in place, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from tests.bot.harness import delegation, quotations, said_by_bot, shown
from tests.documents import CORRIDOR, EXCHANGE

if TYPE_CHECKING:
    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
DETAINEES = "What regulation on the release of detainees was adopted?"
BRIDGE = "Which corridor was opened near the bridge for convoys?"


async def answered(bot: Running, answer: Message, words: str) -> Message:
    """The answer, once it quotes ``words``."""
    return await shown(bot.world, answer.chat_id, lambda one: one.id == answer.id and words in one.text)


async def test_an_edited_question_is_answered_by_editing_its_answer(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, DETAINEES)
        answer = await bot.world.bot_message(desk.anna.id, after=asked.id)
        bot.world.edit_text(desk.anna.id, desk.anna.id, asked.id, BRIDGE)
        changed = await answered(bot, answer, CORRIDOR)
        count = len(said_by_bot(bot.world, desk.anna.id))
        context = next(button.value for button in changed.buttons if button.value.startswith("c:"))
        await bot.press(desk.anna, changed, context)
        around = await bot.world.bot_message(desk.anna.id, after=answer.id)
    assert quotations(answer)[0] == EXCHANGE
    assert quotations(changed)[0] == CORRIDOR
    assert count == 1
    assert CORRIDOR in around.text


async def test_an_answer_of_more_messages_grows_and_shrinks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.bot() as bot:
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, BRIDGE)
        answer = await bot.world.bot_message(desk.anna.id, after=asked.id)
        with monkeypatch.context() as small:
            small.setattr("bot.messages.rendering.MESSAGE_LIMIT", 300)
            bot.world.edit_text(desk.anna.id, desk.anna.id, asked.id, DETAINEES)
            await answered(bot, answer, EXCHANGE)
            await bot.ask(desk.anna, "/help")
        grown = said_by_bot(bot.world, desk.anna.id)
        bot.world.edit_text(desk.anna.id, desk.anna.id, asked.id, BRIDGE)
        await answered(bot, answer, CORRIDOR)
        await bot.ask(desk.anna, "/help")
        shrunk = said_by_bot(bot.world, desk.anna.id)
    assert len([one for one in grown if quotations(one)]) > 1
    assert [one.id for one in shrunk if quotations(one)] == [answer.id]


async def test_an_edit_that_asks_nothing_new_or_was_never_answered_changes_nothing(desk: Desk) -> None:
    clock = ManualClock()
    async with desk.bot(clock=clock) as bot:
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, DETAINEES)
        answer = await bot.world.bot_message(desk.anna.id, after=asked.id)
        command = bot.world.send_text(desk.anna.id, desk.anna.id, "/help")
        await bot.world.bot_message(desk.anna.id, after=command.id)
        for message, text in ((asked, f" {DETAINEES} "), (asked, "/help"), (asked, "/ask"), (command, BRIDGE)):
            bot.world.edit_text(desk.anna.id, desk.anna.id, message.id, text)
        clock.advance(24 * 3600 + 1)
        bot.world.edit_text(desk.anna.id, desk.anna.id, asked.id, BRIDGE)
        await bot.ask(desk.anna, "/help")
        edits = bot.world.journal.of("editMessageText")
        now = next(one for one in said_by_bot(bot.world, desk.anna.id) if one.id == answer.id)
    assert not edits
    assert now.text == answer.text


async def test_in_a_group_and_by_command_too(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        asked = bot.world.send_text(desk.anna.id, group.id, f"/ask {DETAINEES}")
        answer = await bot.world.bot_message(group.id, after=asked.id)
        bot.world.edit_text(desk.anna.id, group.id, asked.id, f"/ask {BRIDGE}")
        changed = await answered(bot, answer, CORRIDOR)
    assert quotations(changed)[0] == CORRIDOR


async def test_an_answer_that_was_deleted_is_sent_anew(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, DETAINEES)
        answer = await bot.world.bot_message(desk.anna.id, after=asked.id)
        bot.world.delete_message(desk.anna.id, desk.anna.id, answer.id)
        bot.world.edit_text(desk.anna.id, desk.anna.id, asked.id, BRIDGE)
        anew = await shown(bot.world, desk.anna.id, lambda one: one.id > answer.id and CORRIDOR in one.text)
    assert quotations(anew)[0] == CORRIDOR
