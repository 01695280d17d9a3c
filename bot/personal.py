"""``/mydata`` shows what is kept about a person, and ``/forget`` deletes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.answer_keyboard import Button
from bot.conversation import Place
from bot.preference_card import own_name
from bot.pressing import answer_press, no_longer
from bot.rendering import Message, html

if TYPE_CHECKING:
    from telegram import Update

    from bot.languages import Phrases
    from bot.personal_records import Records
    from bot.preferences import Preferences
    from bot.services import Context


async def mydata(update: Update, context: Context) -> None:
    """``/mydata``: what is kept about the person who asks, in their private chat."""
    place, store = Place.of(update, context.services), context.services.store
    if not place.private:
        await place.tell(context, place.say("Please ask me that in a private chat."))
        return
    records = await context.services.run(store.personal.count, place.chat)
    await place.tell(context, "\n".join(_lines(records, store.preferences.of(place.chat), place.say)))


async def forget(update: Update, context: Context) -> None:
    """``/forget``: what would be deleted, and the button that does it."""
    place = Place.of(update, context.services)
    if not place.private:
        await place.tell(context, place.say("Please ask me that in a private chat."))
        return
    say = place.say
    text = say(
        "This deletes your questions and the answers to them, here and in groups, your feedback, your choices, and the "
        "subscriptions of this chat. Buttons under earlier answers will no longer work; the messages themselves stay "
        "in Telegram until you delete them."
    )
    await place.send(context, [Message(html(text), ((Button(say("Delete it all"), "fg:yes"),),))])


async def forget_button(update: Update, context: Context) -> None:
    """Delete what is kept about the person who presses, in their private chat."""
    place, services = Place.of(update, context.services), context.services
    if not place.private or update.effective_user is None or update.effective_user.id != place.chat:
        await no_longer(update, context)
        return
    await services.run(services.store.personal.forget, place.chat, context.update_id)
    await services.run(services.store.preferences.read_again)
    await answer_press(update)
    say = Place.of(update, services).say
    await place.tell(context, say("Deleted. What you ask from now on is kept until you delete it again."))


def _lines(records: Records, chosen: Preferences, say: Phrases) -> list[str]:
    lines = [
        say.count(
            "{number} answer to you in this chat is kept.",
            "{number} answers to you in this chat are kept.",
            records.private_answers,
        ),
        say.count(
            "{number} answer to you in groups is kept.",
            "{number} answers to you in groups are kept.",
            records.group_answers,
        ),
    ]
    if records.since is not None:
        day = datetime.fromtimestamp(records.since, UTC).date().isoformat()
        lines.append(say("The first is of {date}.", date=say.date(day)))
    lines.append(
        say.count(
            "{number} judgement of yours on an answer.", "{number} judgements of yours on answers.", records.judged
        )
    )
    lines.append(
        say.count("{number} subscription of this chat.", "{number} subscriptions of this chat.", records.subscriptions)
    )
    if chosen.language is not None:
        lines.append(say("The language you have chosen: {name}.", name=own_name(chosen.language)))
    lines.append(say("An answer is kept with its question, so that its buttons work. Nothing leaves this machine."))
    lines.append(say("/forget deletes all of it."))
    return lines
