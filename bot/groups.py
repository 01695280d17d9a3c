"""Rounds and groups: summaries on demand, subscriptions, and a group's own life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus

from bot.access import may_subscribe
from bot.conversation import Place, admitted
from bot.rendering import summary_messages
from retrieval.errors import NoSuchRound

if TYPE_CHECKING:
    from telegram import Update

    from bot.services import Context

_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


async def summary(update: Update, context: Context) -> None:
    """``/summary 8`` and, where there are several processes, ``/summary 8 Astana``."""
    place = Place.of(update)
    services = context.services
    if not await admitted(update, context, place):
        return
    arguments = context.args or []
    number = arguments[0] if arguments else ""
    if not number.isdecimal() or not 0 < int(number) < 1000:
        await place.tell(context, place.say("Write the number of the round, for example: /summary 8"))
        return
    process = " ".join(arguments[1:]) or None
    clearance, made, view = services.clearance_of(place.chat), None, None
    try:
        while made is None or view is not await services.run(services.engine.view, clearance):
            # The first time; and again where a document may have been withdrawn meanwhile.
            view = await services.run(services.engine.view, clearance)
            made = await services.run(services.engine.summary, int(number), clearance=clearance, process=process)
    except NoSuchRound:
        await place.tell(context, place.say("No document is of round {number}.", number=str(int(number))))
        return
    quotes = [quote for section in made.sections for quote in section.quotes]
    await services.run(services.store.remember_citations, quotes)
    await place.send(context, summary_messages(made, place.language, context.bot.username))


async def subscribe(update: Update, context: Context) -> None:
    """``/subscribe``: summaries of new rounds come here, in this chat or topic."""
    place = Place.of(update)
    services = context.services
    if not await admitted(update, context, place):
        return
    if not await may_subscribe(update, context):
        await place.tell(context, place.say("Only an administrator of this group may decide that."))
        return
    new = await services.run(services.store.subscribe, place.chat, place.thread or 0, place.language)
    await place.tell(
        context,
        place.say("Subscribed. When documents of a new round arrive, its summary is sent here.")
        if new
        else place.say("This chat is subscribed already."),
    )


async def unsubscribe(update: Update, context: Context) -> None:
    """``/unsubscribe``: no more summaries here."""
    place = Place.of(update)
    services = context.services
    if not await may_subscribe(update, context):
        await place.tell(context, place.say("Only an administrator of this group may decide that."))
        return
    ended = await services.run(services.store.unsubscribe, place.chat, place.thread or 0)
    await place.tell(context, place.say("Unsubscribed.") if ended else place.say("This chat was not subscribed."))


async def membership(update: Update, context: Context) -> None:
    """The bot left a chat or was removed: nothing more is sent there."""
    changed = update.my_chat_member
    if changed is not None and changed.new_chat_member.status in _GONE:
        await context.services.run(context.services.store.drop_chat, changed.chat.id)


async def migrated(update: Update, context: Context) -> None:
    """A group became a supergroup, with another id, which both of them are told."""
    message, store = update.effective_message, context.services.store
    if message is not None and message.migrate_to_chat_id is not None:
        await context.services.run(store.move_chat, message.chat.id, message.migrate_to_chat_id)
    if message is not None and message.migrate_from_chat_id is not None:
        await context.services.run(store.move_chat, message.migrate_from_chat_id, message.chat.id)
