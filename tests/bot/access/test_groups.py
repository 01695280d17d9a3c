"""A chat's own life: the bot is greeted into a group, muted, thrown out and brought back; groups become supergroups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.subscriptions.table import Pause
from tests.bot.desk import Desk
from tests.bot.harness import delegation, said_by_bot, shown

if TYPE_CHECKING:
    from bot.local.models import Chat
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
GREETING = "I answer questions from the documents with verbatim quotations"
BACK = "I may write here again, and summaries of new rounds are sent here again."


def _greetings(desk: Desk, group: Chat) -> int:
    return sum(message.text.startswith(GREETING) for message in said_by_bot(desk.world, group.id))


async def _handled(desk: Desk, bot: Running) -> None:
    """Wait until the bot has handled what came before: updates are fetched in order, and finished before a stop."""
    await bot.ask(desk.anna, "/help")


async def test_a_group_is_greeted_when_the_bot_comes_and_not_again_when_it_is_promoted(desk: Desk) -> None:
    async with desk.bot() as bot:
        group = delegation(desk.world, desk.anna, admin=desk.admin)
        greeting = await bot.world.bot_message(group.id)
        desk.world.promote_bot(group.id, by=desk.admin.id)
        desk.world.demote_bot(group.id, by=desk.admin.id)
        await _handled(desk, bot)
    assert greeting.text.startswith(GREETING)
    assert "/subscribe" in greeting.text
    assert _greetings(desk, group) == 1


async def test_a_group_that_brings_the_bot_back_is_greeted_and_nothing_is_resumed(desk: Desk) -> None:
    async with desk.bot() as bot:
        group = delegation(desk.world, desk.anna, admin=desk.admin)
        await bot.world.bot_message(group.id)
        await bot.ask(desk.admin, "/subscribe", group.id)
        desk.world.remove_bot(group.id, by=desk.admin.id)
        desk.world.add_bot(group.id, by=desk.admin.id)
        await shown(bot.world, group.id, lambda message: _greetings(desk, group) == 2)
        answer = await bot.ask(desk.admin, "/subscriptions", group.id)
    assert answer.text == "No summaries are sent here. /subscribe has them sent."


async def test_a_bot_that_is_not_open_to_all_greets_only_where_an_admin_of_it_brings_it(desk: Desk) -> None:
    async with desk.bot(open_to_all=False) as bot:
        foreign = desk.world.add_group("Strangers", members=[desk.anna.id])
        desk.world.add_bot(foreign.id, by=desk.anna.id)
        own = delegation(desk.world, desk.anna, admin=desk.admin)
        await bot.world.bot_message(own.id)
        await _handled(desk, bot)
    assert (_greetings(desk, foreign), _greetings(desk, own)) == (0, 1)


async def test_where_the_bot_is_muted_its_subscriptions_rest_and_are_taken_up_again_aloud(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    async with desk.bot() as bot:
        await bot.ask(desk.admin, "/subscribe", group.id)
        subscriptions = bot.services.store.subscriptions
        desk.world.restrict_bot(group.id, by=desk.admin.id)
        await _handled(desk, bot)
        assert [one.pause for one in subscriptions.of(group.id, 0)] == [Pause.RESTRICTED]
        desk.world.demote_bot(group.id, by=desk.admin.id)
        await shown(bot.world, group.id, lambda message: message.text == BACK)
        assert [one.pause for one in subscriptions.of(group.id, 0)] == [Pause.NONE]


async def test_a_person_who_blocks_the_bot_is_no_longer_subscribed(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.ask(desk.anna, "/subscribe")
        desk.world.block_bot(desk.anna.id)
        await bot.ask(desk.admin, "/help")
        await shown(bot.world, desk.admin.id, lambda message: "/summary" in message.text)
        assert bot.services.store.subscriptions.of(desk.anna.id, 0) == ()


async def test_a_supergroup_is_not_greeted_again_and_keeps_its_subscriptions(desk: Desk) -> None:
    async with desk.bot() as bot:
        group = delegation(desk.world, desk.anna, admin=desk.admin, supergroup=False)
        await bot.world.bot_message(group.id)
        await bot.ask(desk.admin, "/subscribe daily", group.id)
        new = desk.world.migrate(group.id)
        listed = await bot.ask(desk.admin, "/subscriptions", new)
    assert listed.text.startswith("Summaries of new documents")
    assert not any(message.text.startswith(GREETING) for message in said_by_bot(desk.world, new))
