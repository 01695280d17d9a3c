"""Questions that were changed after they had been asked: the answer changes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.answering import answer, before
from bot.answers.options import Asked, OptionRefused, read_options
from bot.messages.conversation import Place, admitted, question_in_group

if TYPE_CHECKING:
    from telegram import Message as TelegramMessage
    from telegram import Update

    from bot.services import Context

_DAY = 24 * 3600.0


async def edited(update: Update, context: Context) -> None:
    """A message was edited. Where it was answered within the last day and asks something else now, so is the answer."""
    message = update.edited_message
    if message is None:
        return
    services, place = context.services, Place.of(update, context.services)
    stored = await services.run(services.store.answers.to_message, place.chat, message.message_id)
    asked = _asked(message, place.private, context)
    if stored is None or asked is None or services.clock.now() - stored.created > _DAY:
        return
    if asked == Asked(stored.question, stored.limits) or not await admitted(update, context, place):
        return
    follows = await before(context, place, message, asked.question)
    messages = await services.run(services.store.answers.messages, stored)
    await answer(context, place, asked, follows, person=stored.person, asked_in=message.message_id, instead_of=messages)


def _asked(message: TelegramMessage, private: bool, context: Context) -> Asked | None:
    """What an edited message asks; None where it is no question any more."""
    text = (message.text or message.caption or "").strip()
    if text.startswith("/"):
        command, _, rest = text.partition(" ")
        if command.partition("@")[0].casefold() != "/ask" or not rest.strip():
            return None
        try:
            asked = read_options(rest.strip())
        except OptionRefused:
            return None
        return asked if asked.question else None
    question = text if private else question_in_group(message, context.bot.username, context.bot.id)
    return Asked(question) if question else None
