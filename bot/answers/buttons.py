"""The buttons under an answer: which answer and quotation they mean, and whether that may still be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.citations import Standing, as_quoted, standing
from bot.answers.keyboard import Button
from bot.messages.conversation import Place, not_here
from bot.messages.pressing import answer_press
from bot.messages.rendering import Message, html

if TYPE_CHECKING:
    from telegram import Update

    from bot.answers.table import StoredAnswer
    from bot.services import Context
    from retrieval.answers.quotes import Quote

_OFFERED = 3


async def pressed(update: Update, context: Context) -> tuple[Place, StoredAnswer | None, int]:
    """The answer and number that a pressed button names; None, after an alert, where they are not this chat's."""
    place = Place.of(update, context.services)
    query = update.callback_query
    _, identifier, number = (query.data if query and query.data else "::").split(":", 2)
    services = context.services
    stored = await services.run(services.store.answers.get, identifier)
    if stored is None or stored.chat != place.chat or not number.isdecimal():
        await answer_press(update, place.say("This button no longer works; please ask again."))
        return place, None, 0
    return place, stored, int(number)


async def pressed_to_ask(update: Update, context: Context) -> tuple[Place, StoredAnswer | None, int]:
    """As ``pressed``, for a button that asks again: None too, after an alert, where who presses may not ask there."""
    place, stored, number = await pressed(update, context)
    if stored is not None and (reason := await not_here(update, context, place)) is not None:
        await answer_press(update, reason)
        return place, None, 0
    return place, stored, number


def presser(update: Update) -> int | None:
    """The id of the person who pressed a button."""
    return update.effective_user.id if update.effective_user is not None else None


async def still_there(
    update: Update, context: Context, place: Place, stored: StoredAnswer, number: int
) -> Quote | None:
    """Quotation ``number`` of an answer, or None, after an alert, where its document was withdrawn or changed.

    Of a changed one, what it says now is offered.
    """
    services = context.services
    identifier = stored.citations[number - 1] if 0 < number <= len(stored.citations) else ""
    citation = await services.run(services.store.citation, identifier)
    clearance = services.clearance_of(place.chat)
    stands, document = await services.run(standing, services.engine, citation, clearance)
    quote = as_quoted(citation, document) if citation is not None and document is not None else None
    if quote is not None:
        await answer_press(update)
    elif stands is Standing.CHANGED:
        await answer_press(update, place.say("This document has changed since; please ask again."))
        await offer_present(context, place, stored, [number])
    else:
        await answer_press(update, place.say("This document has been withdrawn; it is no longer quoted."))
    return quote


async def offer_present(context: Context, place: Place, stored: StoredAnswer, numbers: list[int]) -> None:
    """Offer to show what the documents of quotations that changed say now."""
    say = place.say
    buttons = tuple(
        (Button(say("What quotation {number} says now", number=number), f"v:{stored.id}:{number}"),)
        for number in numbers[:_OFFERED]
    )
    text = say("What was quoted has changed since. Both wordings can be shown:")
    await place.send(context, [Message(html(text), buttons)])
