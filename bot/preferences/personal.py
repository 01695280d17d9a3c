"""``/mydata`` shows what is kept about a person, and ``/forget`` deletes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.access.limiting import limits_of
from bot.access.people_cards import role_name
from bot.answers.keyboard import Button
from bot.messages.conversation import Place
from bot.messages.pressing import answer_press, no_longer
from bot.messages.rendering import Message, html
from bot.preferences.card import own_name
from bot.trust_settings import AuditedQuestions

if TYPE_CHECKING:
    from telegram import Update

    from bot.languages import Phrases
    from bot.preferences.personal_records import Records
    from bot.preferences.table import Preferences
    from bot.services import Context


async def mydata(update: Update, context: Context) -> None:
    """``/mydata``: what is kept about the person who asks, in their private chat."""
    place, store = Place.of(update, context.services), context.services.store
    if not place.private:
        await place.tell(context, place.say("Please ask me that in a private chat."))
        return
    records = await context.services.run(store.personal.count, place.chat)
    settings, say = context.services.settings, place.say
    words = (
        say("The words of your questions are in it as well until /forget deletes them.")
        if settings.audit_questions is AuditedQuestions.TEXT
        else say("The words of your questions are not in it.")
    )
    lines = [*_lines(records, store.preferences.of(place.chat), say), _audited(settings.audit_days, say), words]
    one = store.people.of(place.chat)
    if one is not None:
        role = role_name(one.role, say)
        lines.append(say("You are admitted as {role}, by the name {name}.", role=role, name=one.name))
    await place.tell(context, "\n".join(lines))


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
    audited = _audited(context.services.settings.audit_days, say)
    words = say("The words of your questions are deleted from it too.")
    text = f"{text}\n\n{audited}\n{words}"
    await place.send(context, [Message(html(text), ((Button(say("Delete it all"), "fg:yes"),),))])


async def forget_button(update: Update, context: Context) -> None:
    """Delete what is kept about the person who presses, in their private chat."""
    place, services = Place.of(update, context.services), context.services
    if not place.private or update.effective_user is None or update.effective_user.id != place.chat:
        await no_longer(update, context)
        return
    await services.run(services.store.personal.forget, place.chat, context.update_id)
    await services.run(services.store.preferences.read_again)
    limits_of(context).hits.forget_person(place.chat)
    await answer_press(update)
    say = Place.of(update, services).say
    await place.tell(context, say("Deleted. What you ask from now on is kept until you delete it again."))


def _audited(days: int, say: Phrases) -> str:
    """What the audit log keeps about a person whatever they ask for."""
    if not days:
        return say("The audit log keeps when you asked and what you were sent, without a limit of time.")
    return say.count(
        "The audit log keeps for {number} day when you asked and what you were sent.",
        "The audit log keeps for {number} days when you asked and what you were sent.",
        days,
    )


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
