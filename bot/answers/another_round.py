"""The same question about another round: its number is chosen by a button."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.answering import answer
from bot.answers.buttons import pressed_to_ask, presser
from bot.answers.keyboard import Button, in_rows
from bot.answers.options import Asked
from bot.messages.pressing import answer_press, no_longer
from bot.messages.rendering import Message, html
from retrieval.questions.limits import ROUND

if TYPE_CHECKING:
    from telegram import Update

    from bot.messages.conversation import Place
    from bot.services import Context

_IN_A_ROW = 5
_MOST = 40


async def choose_button(update: Update, context: Context) -> None:
    """Offer the rounds that there are documents of, except the one that was asked about."""
    place, stored, asked_about = await pressed_to_ask(update, context)
    if stored is None:
        return
    numbers = [number for number in await _rounds(context, place) if number != asked_about]
    if not numbers:
        await answer_press(update, place.say("The documents are of no other round."))
        return
    await answer_press(update)
    buttons = [Button(str(number), f"o:{stored.id}:{number}") for number in numbers[:_MOST]]
    text = html(place.say("The same question about round:"))
    await place.send(context, [Message(text, in_rows(buttons, _IN_A_ROW))])


async def round_button(update: Update, context: Context) -> None:
    """Ask the same question about the round that was chosen, whichever its words name."""
    place, stored, number = await pressed_to_ask(update, context)
    if stored is None:
        return
    if number not in await _rounds(context, place):
        await no_longer(update, context)
        return
    await answer_press(update)
    asked = Asked(stored.question, replace(stored.limits, round=number))
    await answer(context, place, asked, stored.before, lifted=stored.lifted - {ROUND}, person=presser(update))


async def _rounds(context: Context, place: Place) -> list[int]:
    """The numbers of all rounds that the chat may read documents of, in order."""
    services = context.services
    view = await services.run(services.engine.view, services.clearance_of(place.chat))
    return sorted({number for entry in view.documents for number in entry.document.metadata.rounds})
