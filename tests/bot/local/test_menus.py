"""The bot's menu, name and descriptions, by place and language."""

from __future__ import annotations

import pytest
from telegram import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatAdministrators,
    BotCommandScopeChatMember,
)
from telegram.error import BadRequest


async def test_the_narrowest_scope_wins_and_within_it_the_persons_language(bot, world, anna):
    ben, carl = world.add_user("Ben", language_code="ru-RU"), world.add_user("Carl")
    group = world.add_group("Group", members=[ben.id, carl.id], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    scopes = {
        "default": (None, None),
        "russian": (None, "ru"),
        "private": (BotCommandScopeAllPrivateChats(), None),
        "groups": (BotCommandScopeAllGroupChats(), None),
        "governing": (BotCommandScopeAllChatAdministrators(), None),
    }

    def shown(chat_id, person):
        return [command.command for command in world.commands_for(chat_id, person.id)]

    assert shown(group.id, ben) == []
    for name in ("default", "russian"):
        scope, language = scopes[name]
        await bot.set_my_commands([(name, "Text")], scope, language)
    assert (shown(group.id, anna), shown(group.id, ben)) == (["default"], ["russian"])
    for name in ("private", "groups", "governing"):
        scope, language = scopes[name]
        await bot.set_my_commands([(name, "Text")], scope, language)
    assert [shown(anna.id, anna), shown(group.id, anna), shown(group.id, ben)] == [
        ["private"],
        ["governing"],
        ["groups"],
    ]
    await bot.set_my_commands([("here", "Text")], BotCommandScopeChat(group.id))
    await bot.set_my_commands([("here_admin", "Text")], BotCommandScopeChatAdministrators(group.id))
    await bot.set_my_commands([("carl", "Text")], BotCommandScopeChatMember(group.id, carl.id))
    assert [shown(group.id, person) for person in (anna, ben, carl)] == [["here_admin"], ["here"], ["carl"]]
    await bot.delete_my_commands(BotCommandScopeChat(group.id))
    assert shown(group.id, ben) == ["groups"]
    assert [c.command for c in await bot.get_my_commands(language_code="ru")] == ["russian"]
    assert await bot.get_my_commands(language_code="kk") == ()


@pytest.mark.parametrize(
    ("commands", "refusal"),
    [
        ([("a" * 33, "Text")], "BOT_COMMAND_INVALID"),
        ([("спросить", "Text")], "BOT_COMMAND_INVALID"),
        ([("ask", "")], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([("ask", "a" * 257)], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([(f"c{number}", "Text") for number in range(101)], "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_menus_that_are_refused(bot, commands, refusal):
    with pytest.raises(BadRequest, match=rf"(?i)^{refusal}$"):
        await bot.set_my_commands(commands)


async def test_languages_and_scopes_are_checked(bot, call):
    with pytest.raises(BadRequest, match=r"^Invalid language code specified$"):
        await bot.set_my_commands([("ask", "Text")], language_code="eng")
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.set_my_commands([("ask", "Text")], BotCommandScopeChat(42))
    status, answer = await call("setMyCommands", commands=[], scope={"type": "nonsense"})
    assert (status, answer["description"]) == (
        400,
        "Bad Request: can't parse BotCommandScope: unsupported type specified",
    )


async def test_names_and_descriptions_fall_back_to_all_languages(bot, world):
    await bot.set_my_name("Rapporteur of Astana")
    await bot.set_my_description("Answers", language_code=None)
    await bot.set_my_description("Отвечает", language_code="ru")
    await bot.set_my_short_description("Short")
    assert (await bot.get_my_description("ru")).description == "Отвечает"
    assert (await bot.get_my_description("tr")).description == "Answers"
    assert (await bot.get_my_short_description()).short_description == "Short"
    assert (await bot.get_my_name()).name == (await bot.get_me()).first_name == "Rapporteur of Astana"
    await bot.set_my_description(None, language_code="ru")
    assert world.profile("description", "ru") == "Answers"
    with pytest.raises(BadRequest, match=r"^Short description is too long$"):
        await bot.set_my_short_description("a" * 121)
    with pytest.raises(BadRequest, match=r"^Description is too long$"):
        await bot.set_my_description("a" * 513)
