"""The menus of commands, and what the bot says of itself before it is spoken to."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest, TelegramError

from bot.languages import LANGUAGES, Phrases, phrases

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from telegram import Bot

    from bot.services import Services

_LOG = logging.getLogger(__name__)


async def set_menus(bot: Bot, services: Services) -> None:
    """Command menus for private chats, groups and each admin's own chat, and descriptions, in every language."""
    try:
        for language in LANGUAGES:
            say = phrases(language)
            code = None if language == "en" else language
            await asyncio.gather(*_menus(bot, say, services, code))
    except TelegramError as error:
        _LOG.warning("The command menus were not set: %s", error)


async def show_menu(bot: Bot, services: Services, person: int, language: str | None) -> None:
    """Let the menu of a private chat be in the language that its person has chosen, else in that of their Telegram."""
    scope, is_admin = BotCommandScopeChat(person), person in services.rights.admins
    for spoken in LANGUAGES:
        code = None if spoken == "en" else spoken
        try:
            if language is None and not is_admin:
                await bot.delete_my_commands(scope, language_code=code)
            else:
                say = phrases(language or spoken)
                commands = [*_for_everyone(say), *_for_people(say), *(_for_admins(say) if is_admin else [])]
                await bot.set_my_commands(commands, scope=scope, language_code=code)
        except TelegramError as error:
            _LOG.warning("The menu of %s was not set: %s", person, error)
            return


def _menus(bot: Bot, say: Phrases, services: Services, code: str | None) -> list[Coroutine[Any, Any, bool]]:
    everyone, people = _for_everyone(say), _for_people(say)
    calls = [
        bot.set_my_commands([*everyone, *people], scope=BotCommandScopeAllPrivateChats(), language_code=code),
        bot.set_my_commands(everyone, scope=BotCommandScopeAllGroupChats(), language_code=code),
        bot.set_my_description(
            say(
                "Answers questions from an institute's documents with verbatim quotations and their sources, or says "
                "that the documents do not answer."
            ),
            language_code=code,
        ),
        bot.set_my_short_description(say("Verbatim quotations from documents, with sources"), language_code=code),
    ]
    for admin in sorted(services.rights.admins):
        chosen = services.store.preferences.of(admin).language
        spoken = phrases(chosen) if chosen is not None else say
        commands = [*_for_everyone(spoken), *_for_people(spoken), *_for_admins(spoken)]
        calls.append(_menu_of_admin(bot, commands, admin, code))
    return calls


def _for_everyone(say: Phrases) -> list[BotCommand]:
    """What can be asked in any chat."""
    return [
        BotCommand("ask", say("Ask the documents a question")),
        BotCommand("summary", say("Summarise a round in quotations")),
        BotCommand("compare", say("Compare rounds on a topic")),
        BotCommand("timeline", say("Follow a topic through the meetings")),
        BotCommand("since", say("List the documents that are new")),
        BotCommand("rounds", say("List the rounds")),
        BotCommand("round", say("Show one round")),
        BotCommand("documents", say("List the documents")),
        BotCommand("document", say("Show one document")),
        BotCommand("subscribe", say("Have summaries of new rounds sent here")),
        BotCommand("subscriptions", say("Show and change what is sent here")),
        BotCommand("unsubscribe", say("No more summaries here")),
        BotCommand("verify", say("Verify a sentence against the documents")),
        BotCommand("cite", say("Check a citation again")),
        BotCommand("settings", say("Show and change the settings")),
        BotCommand("language", say("Choose my language")),
        BotCommand("help", say("What I can do")),
    ]


def _for_people(say: Phrases) -> list[BotCommand]:
    """What can be asked in a private chat only."""
    return [
        BotCommand("new", say("Begin a new conversation")),
        BotCommand("mydata", say("Show what is kept about me")),
        BotCommand("forget", say("Delete what is kept about me")),
    ]


def _for_admins(say: Phrases) -> list[BotCommand]:
    return [
        BotCommand("withdraw", say("Show a document no more")),
        BotCommand("restore", say("Show a withdrawn document again")),
        BotCommand("erase", say("Erase a document for good")),
        BotCommand("reload", say("Read the documents again")),
        BotCommand("proposals", say("Show the summaries that wait for an administrator")),
        BotCommand("cancel", say("Stop the reload")),
        BotCommand("rollback", say("Go back to the documents of before")),
        BotCommand("outbox", say("Messages that wait, failed or are unclear")),
        BotCommand("feedback", say("What people think of the answers")),
        BotCommand("limits", say("Who asks more than the limits allow")),
        BotCommand("people", say("Who is admitted, and who asks to be")),
        BotCommand("invite", say("Invite a person with a link")),
    ]


async def _menu_of_admin(bot: Bot, commands: list[BotCommand], admin: int, code: str | None) -> bool:
    """The menu in one admin's chat, which exists only once the admin has written to the bot."""
    try:
        shown: bool = await bot.set_my_commands(commands, scope=BotCommandScopeChat(admin), language_code=code)
    except BadRequest as error:
        _LOG.info("No menu for admin %s yet: %s", admin, error)
        return False
    return shown
