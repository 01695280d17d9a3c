"""Who may do what. Access is refused unless given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus, ChatType

if TYPE_CHECKING:
    from telegram import Update

    from bot.services import Context, Services
    from bot.settings import Settings

_ADMINISTRATORS = (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER)


def is_admin(update: Update, settings: Settings) -> bool:
    """Whether the settings name the sender as an admin. One who writes as a group or channel is nobody here."""
    message = update.effective_message
    if update.callback_query is None and message is not None and message.sender_chat is not None:
        return False
    return update.effective_user is not None and update.effective_user.id in settings.admins


def may_ask(update: Update, settings: Settings) -> bool:
    """Whether the sender may ask: an admin, or anyone where the settings open the bot to all."""
    return settings.open_to_all or is_admin(update, settings)


async def is_withheld(services: Services, document: str) -> bool:
    """Whether not everybody may read the document of that id, so that what is sent of it may not be passed on."""
    lowest = services.library.labels.lowest
    return (await services.run(services.engine.view, lowest)).document(document) is None


async def administers_chat(update: Update, context: Context) -> bool:
    """Whether the sender decides on the chat: in a private chat its person, in a group its administrators, those who
    write anonymously as the group included.
    """
    chat, message = update.effective_chat, update.effective_message
    if chat is None or message is None:
        return False
    if chat.type == ChatType.PRIVATE:
        return True
    if update.callback_query is None and message.sender_chat is not None:
        # Whoever presses a button is known, also one who writes as the group.
        return message.sender_chat.id == chat.id
    if update.effective_user is None:
        return False
    member = await context.bot.get_chat_member(chat.id, update.effective_user.id)
    return member.status in _ADMINISTRATORS
