"""Inline queries: cited quotations to insert in any chat, from what anybody may read, whoever asks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.clock import ManualClock
from tests.bot.desk import LORRIES, NOTE
from tests.bot.harness import delegation
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from bot.local.models import InlineAnswer, Person
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
QUESTION = "What regulation on the release of detainees was adopted?"


async def query(bot: Running, person: Person, text: str) -> InlineAnswer:
    """What the bot offers for a query."""
    return await bot.world.wait_inline_answer(bot.world.inline_query(person.id, text))


async def test_quotations_are_offered_and_inserted_with_a_citation_that_can_be_checked(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        offered = await query(bot, desk.anna, QUESTION)
        first = offered.results[0]
        inserted = bot.world.choose(desk.anna.id, group.id, offered.query_id, str(first["id"]))
        link = next(entity.url for entity in inserted.entities if entity.url and "start=c_" in entity.url)
        checked = await bot.ask(desk.anna, f"/start {link.partition('start=')[2]}")
    assert 1 <= len(offered.results) <= 10
    assert str(first["title"]).startswith("Joint statement & <final> record")
    assert EXCHANGE in str(first["description"])
    assert EXCHANGE in [entity.of(inserted.text) for entity in inserted.entities]
    assert EXCHANGE in checked.text


async def test_nobody_is_offered_more_than_anybody_may_read(desk: Desk) -> None:
    (desk.indexed.documents / "note.md").write_text(NOTE, encoding="utf-8")
    (desk.indexed.documents / "note.md.meta.yaml").write_text("access: restricted\n", encoding="utf-8")
    desk.indexed.update()
    question = "How many lorries crossed the northern bridge before the evening?"
    async with desk.bot() as bot:
        own = await bot.ask(desk.admin, question)
        offered = await query(bot, desk.admin, question)
    assert LORRIES in own.text
    assert offered.results
    assert "Seventeen" not in str(offered.results)


async def test_of_what_is_typed_key_by_key_the_last_alone_is_searched_for(desk: Desk) -> None:
    clock = ManualClock()
    async with desk.bot(clock=clock) as bot:
        asked = [bot.world.inline_query(desk.anna.id, QUESTION[:end]) for end in range(1, len(QUESTION) + 1)]
        other = bot.world.inline_query(desk.admin.id, QUESTION)
        waiting = asyncio.create_task(bot.world.wait_inline_answer(asked[-1]))
        while not waiting.done():
            clock.advance(0.1)
            await asyncio.sleep(0.01)
        await bot.world.wait_inline_answer(other)
        answered = [identifier for identifier in asked if bot.world.inline_answer(identifier) is not None]
    assert answered == [asked[-1]]
    assert (await waiting).results


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("", "Write a question after my name"),
        (" \u200f ", "Write a question after my name"),
        ("???", "Write a question after my name"),
    ],
)
async def test_what_is_no_question_yet_has_no_results(desk: Desk, text: str, button: str) -> None:
    async with desk.bot() as bot:
        offered = await query(bot, desk.anna, text)
    assert offered.results == ()
    assert offered.button is not None
    assert offered.button["text"] == button


async def test_a_question_without_an_answer_says_so_and_leads_to_the_bot(desk: Desk) -> None:
    desk_index = desk.indexed.engine(confidence=1.0)
    async with desk.bot() as bot:
        object.__setattr__(bot.services, "engine", desk_index)
        offered = await query(bot, desk.anna, "Who won the chess tournament?")
    assert offered.results == ()
    assert offered.button == {"text": "The documents do not answer this.", "start_parameter": "inline"}


async def test_those_not_admitted_are_offered_nothing(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        offered = await query(bot, desk.anna, QUESTION)
        admin = await query(bot, desk.admin, QUESTION)
    assert offered.results == ()
    assert offered.button is not None
    assert offered.button["text"] == "Ask the bot to be admitted first"
    assert admin.results


async def test_where_it_is_turned_off_nothing_is_offered(desk: Desk) -> None:
    async with desk.bot(inline=False) as bot:
        offered = await query(bot, desk.anna, QUESTION)
    assert offered.results == ()
    assert offered.button is not None
    assert offered.button["text"] == "This bot does not answer in other chats."


async def test_the_frame_is_in_the_language_of_who_asks(desk: Desk) -> None:
    bota = desk.world.add_user("Bota", language_code="ar")
    async with desk.bot() as bot:
        offered = await query(bot, bota, QUESTION)
        inserted = bot.world.choose(bota.id, bota.id, offered.query_id, str(offered.results[0]["id"]))
    assert EXCHANGE in inserted.text
    assert "22 ديسمبر 2017" in inserted.text
