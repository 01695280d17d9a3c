"""Buttons: what answers the press of one, and who may press those of admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.access.rights import administers_chat, is_admin, is_editor
from bot.messages.conversation import Place

if TYPE_CHECKING:
    from telegram import Update

    from bot.services import Context


async def answer_press(update: Update, text: str | None = None, *, alert: bool = True) -> None:
    """Answer the press of a button; what there is to say stands until it is put away, without ``alert`` for a while.

    A late answer is let go.
    """
    if update.callback_query is None:
        return
    try:
        await update.callback_query.answer(text[:200] if text else None, show_alert=bool(text) and alert)
    except TelegramError as error:
        if "query is too old" not in str(error).casefold():
            raise


async def decides_here(update: Update, context: Context, place: Place) -> bool:
    """Whether who presses a button decides on the chat; one who does not is told so."""
    if await administers_chat(update, context):
        return True
    await answer_press(update, place.say("Only an administrator of this group may decide that."))
    return False


async def no_longer(update: Update, context: Context) -> None:
    """Say that a button works no longer, also to one who may not press it."""
    say = Place.of(update, context.services).say
    await answer_press(update, say("This button no longer works; please ask again."))


def admin_here(update: Update, context: Context) -> bool:
    """Whether an admin writes or presses in the private chat with the bot, the only place for what admins do."""
    return Place.of(update, context.services).private and is_admin(update, context.services)


def editor_here(update: Update, context: Context) -> bool:
    """Whether one who decides on documents writes or presses in the private chat with the bot."""
    return Place.of(update, context.services).private and is_editor(update, context.services)


def parts_of(update: Update) -> list[str]:
    """The parts of the data of the button that was pressed."""
    query = update.callback_query
    return query.data.split(":") if query is not None and query.data else []
