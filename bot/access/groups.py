"""A chat's own life: the bot is added, promoted, restricted and removed, and groups become supergroups."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import ChatMember, ChatMemberRestricted
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.access.admission import ask_for_group, clean_name
from bot.access.gate import is_told_again
from bot.access.people import Role
from bot.access.people_cards import person_card
from bot.languages import closest, phrases
from bot.messages.delivery import send
from bot.messages.rendering import Message, html
from bot.outbox.outgoing import LEFT
from bot.subscriptions.table import Pause

if TYPE_CHECKING:
    from telegram import Chat, Update, User

    from bot.services import Context

_LOG = logging.getLogger(__name__)
_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


async def membership(update: Update, context: Context) -> None:
    """What the bot is in a chat has changed: it was added, may write or may not, or is gone."""
    changed = update.my_chat_member
    if changed is None:
        return
    services, chat = context.services, changed.chat
    language = closest(changed.from_user.language_code)
    if _is_gone(changed.new_chat_member):
        await services.run(services.store.retire, chat.id, LEFT)
        if chat.type in (ChatType.GROUP, ChatType.SUPERGROUP):
            # Whoever brings the bot back has to have the group admitted again; a suspension lasts.
            await services.run(services.store.people.remove, chat.id, changed.from_user.id)
    elif _is_muted(changed.new_chat_member):
        await services.run(services.store.subscriptions.pause_chat, chat.id, Pause.RESTRICTED)
    elif _is_muted(changed.old_chat_member):
        await _resume(context, chat, language)
    elif _is_gone(changed.old_chat_member) and chat.type != ChatType.PRIVATE:
        await _arrived(context, chat, changed.from_user, language)


async def migrated(update: Update, context: Context) -> None:
    """A group became a supergroup, with another id, which both of them are told."""
    message, store = update.effective_message, context.services.store
    if message is not None and message.migrate_to_chat_id is not None:
        await context.services.run(store.move_chat, message.chat.id, message.migrate_to_chat_id)
    if message is not None and message.migrate_from_chat_id is not None:
        await context.services.run(store.move_chat, message.migrate_from_chat_id, message.chat.id)


def _is_gone(member: ChatMember) -> bool:
    is_outside = isinstance(member, ChatMemberRestricted) and not member.is_member
    return member.status in _GONE or is_outside


def _is_muted(member: ChatMember) -> bool:
    return isinstance(member, ChatMemberRestricted) and member.is_member and not member.can_send_messages


async def _arrived(context: Context, chat: Chat, by: User, language: str) -> None:
    """The bot was brought into a group: an admin admits it thereby, for another who is admitted it is asked for."""
    services = context.services
    if chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return
    role, is_admitted = services.rights.role(by.id), services.rights.admits(chat.id)
    if role is Role.ADMIN and not is_admitted and not services.rights.is_suspended(chat.id):
        name = clean_name(chat.title or "")
        one = await services.run(
            services.store.people.admit, chat.id, name, None, services.library.labels.lowest, by.id
        )
        say = phrases((await services.run(services.store.languages)).get(by.id, language))
        await _say(context, by.id, person_card(services.rights, one, say, is_own=False))
        is_admitted = True
    if is_admitted:
        await _greet(context, chat, language)
        return
    say = phrases(language)
    text = say(
        "An administrator of this bot has to admit this group first. Its number is {number}.", number=str(chat.id)
    )
    if is_told_again(context, chat.id):
        await _say(context, chat.id, Message(html(text)))
    if role is not None:
        await ask_for_group(context, chat, by, language)


async def _greet(context: Context, chat: Chat, language: str) -> None:
    """Say once, in a group that the bot has come to, what it is for and how it is subscribed."""
    services, say = context.services, phrases(language)
    if services.store.moved_from(chat.id) is not None or not await services.run(
        services.store.subscriptions.greet, chat.id
    ):
        return
    text = say(
        "I answer questions from the documents with verbatim quotations: /ask and your question. With /subscribe, an "
        "administrator of this group has summaries of new rounds sent here."
    )
    await _say(context, chat.id, Message(html(text)))


async def _resume(context: Context, chat: Chat, language: str) -> None:
    """Take up again what rested while the bot could not write, and say so."""
    services, say = context.services, phrases(language)
    resumed = await services.run(services.store.subscriptions.resume_chat, chat.id)
    await services.run(services.store.corrections.retry, chat.id)
    context.bot_data["corrector"].decided()
    if resumed:
        context.bot_data["announcer"].wake()
        text = say("I may write here again, and summaries of new rounds are sent here again.")
        await _say(context, chat.id, Message(html(text)))


async def _say(context: Context, chat: int, message: Message) -> None:
    try:
        await send(context.bot, chat, message)
    except TelegramError as error:
        _LOG.warning("Chat %s was not told of a change: %s", chat, error)
