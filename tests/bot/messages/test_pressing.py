"""Buttons pressed as nobody plans for: after a restart, a hundred times, by one who then blocks the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.local.events import ActionShown, CallMade
from tests.bot.harness import data_of, quotations, said_by_bot
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees was adopted at the eighth round?"


@pytest.mark.parametrize("kind", ["c", "d", "y"])
async def test_buttons_work_after_a_reload_and_a_restart(desk: Desk, kind: str) -> None:
    async with desk.bot() as bot:
        asked = await bot.ask(desk.anna, QUESTION)
        reload = await bot.ask(desk.admin, "/reload")
        await desk.reloaded(reload.id - 1)
    async with desk.bot() as bot:
        said = (await bot.press(desk.anna, asked, data_of(asked, kind)[0])).text
        sent = await bot.world.bot_message(desk.anna.id, after=asked.id)
    assert not said
    assert sent.attachment is not None if kind == "d" else EXCHANGE in sent.text


async def test_a_hundred_presses_keep_nobody_else_waiting_and_each_is_answered_or_put_aside(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = await bot.ask(desk.anna, QUESTION)
        data = data_of(asked, "c")[0]
        pressed = [bot.world.press(desk.anna.id, desk.anna.id, asked.id, data) for _ in range(100)]
        meanwhile = await bot.ask(desk.admin, QUESTION)
        answered = sum(bot.world.callback_answer(query) is not None for query in pressed)
        await bot.world.wait_callback_answer(pressed[0])
        after = await bot.ask(desk.anna, "/help")
        shown = {one.text for one in said_by_bot(bot.world, desk.anna.id) if one.id > asked.id}
    assert EXCHANGE in quotations(meanwhile)
    assert answered < len(pressed)
    assert after.text
    assert all(text.startswith(("The paragraph around quotation 1:", "In a private chat")) for text in shown)


async def test_one_who_blocks_the_bot_in_mid_answer_keeps_nobody_else_waiting(desk: Desk) -> None:
    async with desk.bot() as bot:

        def block(event: object) -> None:
            if isinstance(event, ActionShown) and event.chat_id == desk.anna.id:
                bot.world.block_bot(desk.anna.id)

        unsubscribe = bot.world.subscribe(block)
        asked = bot.world.send_text(desk.anna.id, desk.anna.id, QUESTION)
        await bot.world.wait_for(CallMade, lambda event: event.entry.code == 403)
        unsubscribe()
        other = await bot.ask(desk.admin, QUESTION)
        bot.world.unblock_bot(desk.anna.id)
        again = await bot.ask(desk.anna, QUESTION)
        said = [one for one in said_by_bot(bot.world, desk.anna.id) if one.id > asked.id]
    assert quotations(other)
    assert quotations(again)
    assert said[0] == again
