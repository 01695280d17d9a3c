"""What is made from the documents that a chat may read, and is made again where these change meanwhile."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.messages.conversation import Place, admitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from retrieval.index.generation import Generation

Made = TypeVar("Made")


async def made_from_view(services: Services, chat: int, make: Callable[[Generation], Made]) -> Made:
    """What ``make``, which blocks, makes of what a chat may read, none of which was withdrawn before it was done."""
    clearance = services.clearance_of(chat)
    view = await services.run(services.engine.view, clearance)
    while True:
        made = await services.run(make, view)
        now = await services.run(services.engine.view, clearance)
        if now is view:
            return made
        view = now


async def made_as_asked(
    update: Update,
    context: Context,
    usage: Callable[[Phrases], str],
    make: Callable[[Services, str, str, Generation], Made | str],
) -> Made | None:
    """What ``make``, which blocks, makes of the words behind a command in the language spoken.

    None where there is no more to be done: the sender may not ask, or was told how to use the command, or what ``make``
    said in plain words.
    """
    place, services = Place.of(update, context.services), context.services
    if not await admitted(update, context, place):
        return None
    words = " ".join(context.args or [])
    if not words.strip():
        await place.tell(context, usage(place.say))
        return None
    await typing(context, place)
    made = await made_from_view(services, place.chat, partial(make, services, words, place.language))
    if isinstance(made, str):
        await place.tell(context, made)
        return None
    return made


async def typing(context: Context, place: Place) -> None:
    """Show that something is being written; where that cannot be shown, nothing is lost."""
    with contextlib.suppress(TelegramError):
        await context.bot.send_chat_action(place.chat, ChatAction.TYPING, message_thread_id=place.thread)
