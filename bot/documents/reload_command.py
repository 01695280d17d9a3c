"""Admins: reloading, and stopping it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.access.rights import is_editor
from bot.documents.reloads import Why
from bot.messages.conversation import Place

if TYPE_CHECKING:
    from telegram import Update

    from bot.services import Context


async def reload(update: Update, context: Context) -> None:
    """``/reload``: index what changed, in the background, while questions go on being answered."""
    place = Place.of(update, context.services)
    services = context.services
    if not is_editor(update, services):
        await place.tell(context, place.say("Only an administrator of this bot may reload."))
        return
    if not place.private:
        # The report names documents that the group may not know of.
        await place.tell(
            context, place.say("Only an administrator of this bot may do that, in a private chat with it.")
        )
        return
    await services.run(services.store.keep_language, place.chat, place.language)
    if services.reloads.running:
        await place.tell(context, place.say("A reload is under way, and another follows it; /cancel stops both."))
    services.reloads.request(Why.COMMAND, place)


async def cancel(update: Update, context: Context) -> None:
    """``/cancel``: stop the reload that is under way, and drop what waits for its turn."""
    place = Place.of(update, context.services)
    if not is_editor(update, context.services):
        await place.tell(context, place.say("Only an administrator of this bot may reload."))
        return
    cancelled = context.services.reloads.cancel()
    lines = []
    if cancelled.stopped:
        lines.append(place.say("The reload under way is being stopped."))
    if cancelled.dropped:
        lines.append(
            place.say.count(
                "{number} reload that waited is dropped.",
                "{number} reloads that waited are dropped.",
                len(cancelled.dropped),
            )
        )
    await place.tell(context, "\n".join(lines) or place.say("No reload is under way."))
    for other in {request.place for request in cancelled.dropped if request.place is not None}:
        if other.chat != place.chat:
            await other.tell(
                context, other.say("An administrator dropped the reload that waited here; /reload asks again.")
            )
