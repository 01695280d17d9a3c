"""A chat's own life: the bot is added, promoted, restricted and removed, and groups become supergroups."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import ChatMember, ChatMemberRestricted
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.delivery import send
from bot.languages import closest, phrases
from bot.outgoing import LEFT
from bot.rendering import Message, html
from bot.subscriptions import Pause

if TYPE_CHECKING:
    from telegram import Chat, Update

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
    elif _is_muted(changed.new_chat_member):
        await services.run(services.store.subscriptions.pause_chat, chat.id, Pause.RESTRICTED)
    elif _is_muted(changed.old_chat_member):
        await _resume(context, chat, language)
    elif _is_gone(changed.old_chat_member) and chat.type != ChatType.PRIVATE:
        settings = services.settings
        if settings.open_to_all or changed.from_user.id in settings.admins:
            await _greet(context, chat, language)


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
    await _say(context, chat, text)


async def _resume(context: Context, chat: Chat, language: str) -> None:
    """Take up again what rested while the bot could not write, and say so."""
    services, say = context.services, phrases(language)
    resumed = await services.run(services.store.subscriptions.resume_chat, chat.id)
    await services.run(services.store.corrections.retry, chat.id)
    context.bot_data["corrector"].decided()
    if resumed:
        context.bot_data["announcer"].wake()
        await _say(context, chat, say("I may write here again, and summaries of new rounds are sent here again."))


async def _say(context: Context, chat: Chat, text: str) -> None:
    try:
        await send(context.bot, chat.id, Message(html(text)))
    except TelegramError as error:
        _LOG.warning("Chat %s was not told of a change: %s", chat.id, error)
