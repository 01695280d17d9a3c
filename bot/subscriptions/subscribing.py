"""Subscribing: chats, and topics of them, to summaries of new documents; by commands, and by the buttons of a card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from telegram import ForceReply
from telegram.constants import ParseMode

from bot.access.rights import administers_chat
from bot.answers import asking
from bot.documents import correcting
from bot.messages.conversation import Place, admitted
from bot.messages.pressing import answer_press, decides_here, no_longer, parts_of
from bot.messages.rendering import Message, html
from bot.messages.replacing import show_instead
from bot.subscriptions.card import ALL, DATA, MENUS, card, changed, process_of, shown_after, which_process
from bot.subscriptions.rhythm import Rhythm, When, known_zone, minute_of
from bot.subscriptions.table import AlreadySubscribedError
from bot.subscriptions.words import UnknownWordsError, Wanted, wanted
from corpus.round_decisions import RoundDecisions
from retrieval.summaries.round_table import rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.services import Context, Services
    from bot.subscriptions.table import Subscription

_MOST_CARDS = 10
_ASKED = ("t", "z")
_EXAMPLES = "/subscribe, /subscribe daily 09:00, /subscribe weekly monday 09:00 ru"


async def subscribe(update: Update, context: Context) -> None:
    """``/subscribe``: summaries of new documents come here; behind it, which, when and in which language."""
    place, services = Place.of(update, context.services), context.services
    if not await admitted(update, context, place) or not await _decides(update, context, place):
        return
    processes = await services.run(_processes, services, place.chat)
    try:
        typed = wanted(context.args or [], processes, services.settings.timezone)
    except UnknownWordsError as error:
        await place.tell(context, _not_understood(error.words, processes, place))
        return
    if context.args:
        await _subscribe(context, place, typed)
        return
    existing = await services.run(services.store.subscriptions.of, place.chat, place.thread or 0)
    if existing:
        await place.send(context, _cards(existing, place, place.say("This chat is subscribed already.")))
    elif len(processes) > 1:
        await place.send(context, [which_process(processes, place.say)])
    else:
        await _subscribe(context, place, typed)


async def subscriptions(update: Update, context: Context) -> None:
    """``/subscriptions``: what is sent here, with the buttons that change it."""
    place, services = Place.of(update, context.services), context.services
    if not await admitted(update, context, place):
        return
    existing = await services.run(services.store.subscriptions.of, place.chat, place.thread or 0)
    if existing:
        await place.send(context, _cards(existing, place))
    else:
        await place.tell(context, place.say("No summaries are sent here. /subscribe has them sent."))


async def unsubscribe(update: Update, context: Context) -> None:
    """``/unsubscribe``: no more summaries here."""
    place, services = Place.of(update, context.services), context.services
    if not await _decides(update, context, place):
        return
    ended = await services.run(services.store.subscriptions.end_all, place.chat, place.thread or 0)
    await place.tell(context, place.say("Unsubscribed.") if ended else place.say("This chat was not subscribed."))


async def new_button(update: Update, context: Context) -> None:
    """The process of a subscription that is to be made."""
    place, services = Place.of(update, context.services), context.services
    if not await decides_here(update, context, place):
        return
    code = parts_of(update)[1]
    process = process_of(code, await services.run(_processes, services, place.chat))
    if process is None and code != ALL:
        await no_longer(update, context)
        return
    made = await services.run(
        services.store.subscriptions.add,
        place.chat,
        place.thread or 0,
        place.language,
        process,
        Rhythm(zone=services.settings.timezone),
    )
    if made is None:
        await answer_press(update, place.say("This chat is subscribed already."))
        return
    await answer_press(update)
    await show_instead(update, context, card(made, place.say, _subscribed(made, place)))


async def button(update: Update, context: Context) -> None:
    """A button of a subscription's card, for those who may decide on it."""
    place, services = Place.of(update, context.services), context.services
    _, identifier, verb = parts_of(update)
    subscription = await services.run(services.store.subscriptions.get, identifier)
    if subscription is None or (subscription.chat, subscription.thread) != (place.chat, place.thread or 0):
        await answer_press(update, place.say("This subscription has ended."))
        return
    if not await decides_here(update, context, place):
        return
    await _pressed(update, context, place, subscription, verb)


async def text(update: Update, context: Context) -> None:
    """A text: the time or the time zone that was asked for, where it replies to that; else for the other handlers."""
    message, services = update.effective_message, context.services
    replied = message.reply_to_message if message is not None else None
    if message is not None and replied is not None:
        place = Place.of(update, context.services)
        prompt = await services.run(services.store.pointers.prompt, place.chat, replied.message_id)
        if prompt is not None and prompt[0].startswith(f"{DATA}:"):
            await _given(update, context, place, prompt[0].removeprefix(f"{DATA}:"), prompt[1])
            return
    if update.effective_chat is not None and update.effective_chat.type == "private":
        await correcting.private_text(update, context)
    else:
        await asking.group_text(update, context)


async def _decides(update: Update, context: Context, place: Place) -> bool:
    """Whether the sender may decide on what is sent here; one who may not is told so."""
    if await administers_chat(update, context):
        return True
    await place.tell(context, place.say("Only an administrator of this group may decide that."))
    return False


def _cards(shown: Sequence[Subscription], place: Place, note: str = "") -> list[Message]:
    """A card for each subscription, below a sentence on the first where there is one."""
    return [card(one, place.say, "" if number else note) for number, one in enumerate(shown[:_MOST_CARDS])]


def _processes(services: Services, chat: int) -> tuple[str, ...]:
    """The processes that a chat may read of, in order."""
    found = rounds(services.engine.view(services.clearance_of(chat)), RoundDecisions(services.library).decided())
    return tuple(dict.fromkeys(one.process for one in found if one.process is not None))


def _not_understood(words: str, processes: tuple[str, ...], place: Place) -> str:
    known = place.say.listed([place.say.isolate(process) for process in processes[:_MOST_CARDS]])
    lines = [place.say("I do not know what is meant by “{words}”.", words=words[:100])]
    if known:
        lines.append(place.say("Processes: {names}.", names=known))
    lines.append(place.say("Examples: {examples}", examples=_EXAMPLES))
    return "\n".join(lines)


async def _subscribe(context: Context, place: Place, typed: Wanted) -> None:
    """Make a subscription as it was typed, and show its card."""
    services, language = context.services, typed.language or place.language
    made = await services.run(
        services.store.subscriptions.add, place.chat, place.thread or 0, language, typed.process, typed.rhythm
    )
    if made is not None:
        await place.send(context, [card(made, place.say, _subscribed(made, place))])
        context.bot_data["announcer"].wake()
        return
    existing = await services.run(services.store.subscriptions.of, place.chat, place.thread or 0)
    same = [one for one in existing if (one.process, one.language) == (typed.process, language)]
    await place.send(context, _cards(same, place, place.say("This chat is subscribed already.")))


def _subscribed(made: Subscription, place: Place) -> str:
    if made.rhythm.when is When.ARRIVAL:
        return place.say("Subscribed. When documents of a round arrive, its summary is sent here.")
    return place.say("Subscribed. What is new is sent here at that time; where nothing is, nothing is sent.")


async def _pressed(update: Update, context: Context, place: Place, subscription: Subscription, verb: str) -> None:
    """Do what a button is for, and show the card or the next menu."""
    services, say = context.services, place.say
    if verb == "e":
        await services.run(services.store.subscriptions.end, subscription.id)
        await answer_press(update)
        await show_instead(update, context, Message(html(say("This subscription has ended."))))
        return
    if verb in _ASKED:
        await answer_press(update)
        await _ask(context, place, subscription, verb)
        return
    processes = await services.run(_processes, services, place.chat)
    if verb not in MENUS and verb != "b":
        wanted_so = changed(subscription, verb, processes)
        if wanted_so is None:
            await no_longer(update, context)
            return
        refusal = await _keep(context, place, wanted_so)
        if refusal is not None:
            await answer_press(update, refusal)
            return
        subscription = wanted_so
    await answer_press(update)
    await show_instead(update, context, shown_after(verb, subscription, processes, say))


async def _keep(context: Context, place: Place, subscription: Subscription) -> str | None:
    """Keep a subscription as it is wanted; the sentence that says why not where that cannot be."""
    services = context.services
    try:
        is_there = await services.run(services.store.subscriptions.change, subscription)
    except AlreadySubscribedError:
        return place.say("There is another subscription here to the same process in the same language.")
    if not is_there:
        return place.say("This subscription has ended.")
    context.bot_data["announcer"].wake()
    return None


async def _ask(context: Context, place: Place, subscription: Subscription, verb: str) -> None:
    """Ask for a time or a time zone, which a reply gives, maybe after a restart."""
    services, say = context.services, place.say
    if verb == "t":
        question = say("Send the time as a reply to this message, for example 09:30.")
    else:
        question = say(
            "The times of this subscription are those of {zone}. Send another time zone as a reply to this message, "
            "for example Europe/Berlin.",
            zone=subscription.rhythm.zone,
        )
    asked = await context.bot.send_message(
        place.chat,
        html(question),
        parse_mode=ParseMode.HTML,
        message_thread_id=place.thread,
        reply_markup=ForceReply(),
    )
    await services.run(
        services.store.pointers.keep_prompt, place.chat, asked.message_id, f"{DATA}:{subscription.id}", verb
    )


async def _given(update: Update, context: Context, place: Place, identifier: str, verb: str) -> None:
    """Take the time or the time zone that was asked for; a wrong one gets its sentence, and another may follow."""
    services, say, message = context.services, place.say, update.effective_message
    if not await _decides(update, context, place):
        return
    subscription = await services.run(services.store.subscriptions.get, identifier)
    if subscription is None or subscription.chat != place.chat:
        await place.tell(context, say("This subscription has ended."))
        return
    rhythm = _given_rhythm(subscription.rhythm, verb, (message.text or "") if message is not None else "")
    if rhythm is None:
        await place.tell(
            context,
            say("That is no time; write one such as 09:30.")
            if verb == "t"
            else say("That is no time zone; write one such as Europe/Berlin or Asia/Almaty."),
        )
        return
    wanted_so = replace(subscription, rhythm=rhythm)
    refusal = await _keep(context, place, wanted_so)
    if refusal is not None:
        await place.tell(context, refusal)
    else:
        await place.send(context, [card(wanted_so, say)])


def _given_rhythm(rhythm: Rhythm, verb: str, text: str) -> Rhythm | None:
    """The rhythm with the time or the time zone that was written; None where it is none."""
    if verb == "t":
        minute = minute_of(text)
        return None if minute is None else replace(rhythm, minute=minute)
    zone = known_zone(text.strip())
    return None if zone is None else replace(rhythm, zone=zone)
