"""``/settings`` and ``/language``: what a person chooses for themselves, and its administrators for a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.access.rights import administers_chat
from bot.languages import LANGUAGES, phrases
from bot.menus import show_menu
from bot.messages.conversation import Place, admitted
from bot.messages.pressing import answer_press, decides_here, no_longer, parts_of
from bot.messages.rendering import Message
from bot.messages.replacing import show_instead
from bot.preferences.card import ASKERS, LANGUAGE, NONE, QUIET, QUOTATIONS, SUMMARIES, card, described, menu, own_name
from bot.preferences.table import MOST_QUOTATIONS, QUIET_EXAMPLE, Askers, QuietHours
from bot.subscriptions.subscribing import subscriptions

if TYPE_CHECKING:
    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context

_QUIET = "quiet"
_OFF = ("off", NONE, "none", "0")


async def settings(update: Update, context: Context) -> None:
    """``/settings``: what this chat has chosen; ``/settings quiet 22-07 Asia/Almaty`` chooses quiet hours."""
    place, services = Place.of(update, context.services), context.services
    if not await admitted(update, context, place):
        return
    chosen, decides = services.store.preferences.of(place.chat), await administers_chat(update, context)
    words = context.args or []
    if words and words[0].casefold() == _QUIET and not place.private:
        await _type_quiet_hours(context, place, " ".join(words[1:]), decides)
    elif decides:
        await place.send(context, [card(chosen, place.say, place.private)])
    else:
        await place.send(context, [Message(described(chosen, place.say, place.private))])


async def language(update: Update, context: Context) -> None:
    """``/language``, or with the name or code of one: the language that is spoken with a person, or in a group."""
    place, services = Place.of(update, context.services), context.services
    if not await admitted(update, context, place):
        return
    if not await administers_chat(update, context):
        await place.tell(
            context,
            place.say(
                "Only an administrator of this group decides its language. Choose your own in a private chat with me."
            ),
        )
        return
    words = " ".join(context.args or [])
    code = _language_named(words, place.say) if words else None
    if words and code is None:
        await place.tell(
            context,
            place.say(
                "I do not speak that; I speak {names}.", names=place.say.listed([own_name(code) for code in LANGUAGES])
            ),
        )
    elif code is not None:
        await _choose(update, context, place, LANGUAGE, code)
        place = Place.of(update, services)
        await place.send(context, [card(services.store.preferences.of(place.chat), place.say, place.private)])
    else:
        shown = menu(LANGUAGE, services.store.preferences.of(place.chat), place.say, services.settings.timezone)
        await place.send(context, [shown] if shown is not None else [])


async def button(update: Update, context: Context) -> None:
    """A button of the card: shows what one choice can be, or makes it."""
    place, services = Place.of(update, context.services), context.services
    if not await decides_here(update, context, place):
        return
    _, field, *value = parts_of(update)
    if field == SUMMARIES and not value:
        await answer_press(update)
        await subscriptions(update, context)
        return
    if value and not await _choose(update, context, place, field, value[0]):
        await no_longer(update, context)
        return
    # The language may be another from now on.
    place = Place.of(update, services)
    await answer_press(update)
    chosen = services.store.preferences.of(place.chat)
    shown = None if value else menu(field, chosen, place.say, services.settings.timezone)
    await show_instead(update, context, shown or card(chosen, place.say, place.private))


async def _choose(update: Update, context: Context, place: Place, field: str, text: str) -> bool:
    """Keep a choice; False where there is none such."""
    services = context.services
    quiet = services.store.preferences.of(place.chat).quiet
    values = _values(field, text, quiet.zone if quiet is not None else services.settings.timezone)
    if values is None or (place.private and field in (ASKERS, QUIET)):
        return False
    await services.run(services.store.preferences.choose, place.chat, **values)
    if place.private and field == LANGUAGE:
        await show_menu(context.bot, services, place.chat, values["language"])
    return True


def _values(field: str, text: str, zone: str) -> dict[str, Any] | None:
    """What a button's text chooses, by the names of ``Preferences``; None where it is nothing."""
    if field == LANGUAGE and (text in LANGUAGES or text == NONE):
        return {"language": None if text == NONE else text}
    if field == ASKERS and text in set(Askers):
        return {"askers": Askers(text)}
    if field == QUOTATIONS and text.isdecimal() and 1 <= int(text) <= MOST_QUOTATIONS:
        return {"quotations": int(text)}
    if field == QUIET and text == NONE:
        return {"quiet": None}
    if field == QUIET and (quiet := QuietHours.read(f"{text[:2]}-{text[2:]}", zone)) is not None:
        return {"quiet": quiet}
    return None


def _language_named(words: str, say: Phrases) -> str | None:
    """The code of the language that words name: by its code, or its name in itself, in English or as spoken here."""
    wanted = words.strip().casefold()
    for code in LANGUAGES:
        names = (code, own_name(code), say.language_name(code), phrases("en").language_name(code))
        if wanted in {name.casefold() for name in names}:
            return code
    return None


async def _type_quiet_hours(context: Context, place: Place, text: str, decides: bool) -> None:
    services, say = context.services, place.say
    if not decides:
        await place.tell(context, say("Only an administrator of this group may decide that."))
        return
    quiet = QuietHours.read(text, services.settings.timezone)
    if quiet is None and text.strip().casefold() not in _OFF:
        await place.tell(
            context, say("Write two hours of the day and a time zone, for example: {example}", example=QUIET_EXAMPLE)
        )
        return
    chosen = await services.run(services.store.preferences.choose, place.chat, quiet=quiet)
    await place.send(context, [card(chosen, say, place.private)])
