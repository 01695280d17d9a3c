"""The menus of commands, and what the bot says of itself, in every language and for each who sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.languages import LANGUAGES, phrases
from bot.local.errors import too_many_requests
from bot.local.faults import Fault, FaultKind
from bot.menus import set_menus
from tests.bot.harness import delegation, make_settings, running

if TYPE_CHECKING:
    from bot.local.world import World
    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
ADMINS = {
    "withdraw",
    "restore",
    "erase",
    "reload",
    "proposals",
    "cancel",
    "rollback",
    "outbox",
    "feedback",
    "invite",
    "limits",
    "people",
}
PEOPLES = {"new", "mydata", "forget"}


def menu(world: World, chat: int, person: int, language: str) -> dict[str, str]:
    """Names and descriptions of the commands that a person is offered in a chat."""
    return {command.command: command.description for command in world.commands_for(chat, person, language)}


async def test_at_the_start_every_chat_has_its_menu_in_every_language(desk: Desk) -> None:
    group = delegation(desk.world, desk.anna, admin=desk.admin)
    desk.world.send_text(desk.admin.id, desk.admin.id, "/start")
    settings = make_settings(desk.indexed.data, admins=frozenset({desk.admin.id}))
    async with running(desk.world, settings, desk.indexed.engine(), desk.indexed, menus=True) as bot:
        await bot.application.bot_data["menus"]
    for language in LANGUAGES:
        admins = menu(desk.world, desk.admin.id, desk.admin.id, language)
        people = menu(desk.world, desk.anna.id, desk.anna.id, language)
        groups = menu(desk.world, group.id, desk.anna.id, language)
        assert admins.keys() - people.keys() == ADMINS
        assert people.keys() - groups.keys() == PEOPLES
        assert people["ask"] == phrases(language)("Ask the documents a question")
        assert desk.world.profile("short_description", language) == phrases(language)(
            "Verbatim quotations from documents, with sources"
        )


async def test_menus_that_cannot_be_set_keep_nobody_from_asking(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.world.faults.plan("setMyCommands", Fault(FaultKind.FAIL_AFTER, too_many_requests(86_400)), 100)
    async with desk.bot() as bot:
        await set_menus(bot.application.bot, bot.services)
        answered = await bot.ask(desk.anna, "What was said about detainees?")
    assert answered.text
    assert any("The command menus were not set" in record.message for record in caplog.records)
