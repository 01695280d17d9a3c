"""Messages put in the place of others: of an answer whose question was changed, or of what a button was pressed on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.audit.noting import note_cited
from bot.messages.conversation import Place
from bot.messages.delivery import is_protected, keyboard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.messages.rendering import Message
    from bot.services import Context

_LOG = logging.getLogger(__name__)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def replace_messages(
    context: Context, place: Place, before: Sequence[int], messages: Sequence[Message], *, is_audited: bool = False
) -> list[int]:
    """Let the messages numbered ``before`` say ``messages`` instead, and return the numbers of those that do.

    Where there are more than before, the others are sent behind them; where there are fewer, the rest is deleted. One
    that cannot be edited any more is sent anew.
    """
    services = context.services
    if context.update_id is not None:
        await services.run(services.store.mark_update, context.update_id, "sending")
    edited: list[int] = []
    for number, message in zip(before, messages, strict=False):
        # Editing does not protect what could be passed on.
        if await is_protected(services, message.text):
            break
        if not await _edit(context, place.chat, number, message):
            break
        edited.append(number)
    for number in before[len(edited) :]:
        await _delete(context, place.chat, number)
    if not is_audited:
        await note_cited(context, place, messages[: len(edited)], edited)
    return edited + await place.send(context, messages[len(edited) :], is_audited=is_audited)


async def _edit(context: Context, chat: int, number: int, message: Message) -> bool:
    """Whether a message says what it should now."""
    try:
        await context.bot.edit_message_text(
            message.text,
            chat,
            number,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(message),
            link_preview_options=_NO_PREVIEW,
        )
    except BadRequest as error:
        _LOG.info("Message %s in chat %s was not edited: %s", number, chat, error)
        return "not modified" in str(error).casefold()
    return True


async def _delete(context: Context, chat: int, number: int) -> None:
    try:
        await context.bot.delete_message(chat, number)
    except BadRequest as error:
        _LOG.info("Message %s in chat %s was not deleted: %s", number, chat, error)


async def show_instead(update: Update, context: Context, message: Message) -> None:
    """Show a message in place of that whose button was pressed, or below it where that cannot be edited any more."""
    query = update.callback_query
    if query is None:
        return
    try:
        await query.edit_message_text(message.text, parse_mode=ParseMode.HTML, reply_markup=keyboard(message))
    except BadRequest as error:
        if "not modified" not in str(error).casefold():
            await Place.of(update, context.services).send(context, [message])
