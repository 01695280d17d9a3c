"""``/people``, ``/invite`` and their buttons: an admin decides who may ask, and up to which label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.access.admission import invitation_link, make_invitation, request_card
from bot.access.people import Admitted, Role
from bot.access.people_cards import people_message, person_card, role_name
from bot.messages.conversation import Place
from bot.messages.pressing import admin_here, answer_press, no_longer, parts_of
from bot.messages.rendering import Message, html
from bot.messages.replacing import show_instead
from bot.outbox.outgoing import NOT_ADMITTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from corpus.access import Labels

_EXAMPLE = "/invite diplomat internal 24"
_LONGEST_HOURS = 24 * 365
_LETTERS = {role.value[0]: role for role in Role}


async def people_command(update: Update, context: Context) -> None:
    """``/people``: who is admitted and who asks to be; with an id, that one."""
    place, services = Place.of(update, context.services), context.services
    if not await _is_for_admins(update, context, place):
        return
    words = context.args or []
    if not words:
        await place.send(context, [await _page(services, 0, place.say)])
        return
    message = await _card(services, int(words[0]), place) if _is_id(words[0]) else None
    if message is None:
        await place.tell(context, place.say("Nobody of that number is admitted or asks to be."))
        return
    await place.send(context, [message])


async def invite_command(update: Update, context: Context) -> None:
    """``/invite``: a link that admits one person, as a role, up to a label, for some hours."""
    place, services = Place.of(update, context.services), context.services
    if not await _is_for_admins(update, context, place):
        return
    say = place.say
    wanted = _read_invitation(context.args or [], services.settings.labels)
    if wanted is None:
        roles = say.listed([role.value for role in Role])
        await place.tell(
            context,
            say(
                "Write a role ({roles}), a label and for how many hours, for example: {example}",
                roles=roles,
                example=_EXAMPLE,
            ),
        )
        return
    role, label, hours = wanted
    hours = hours or services.settings.invitation_hours
    code = await services.run(make_invitation, services, role, label, place.chat, hours * 3600)
    lines = [
        say("This invitation is good once, for {hours} hours. Send it to one person:", hours=f"{hours:g}"),
        invitation_link(context.bot.username, code),
        say("or have them write to me: {words}", words=f"/start {code}"),
        say("Role: {role}.", role=role_name(role, say)),
    ]
    if label is not None:
        lines.append(say("Documents up to “{label}” are searched here.", label=label))
    await place.send(context, [Message(html("\n".join(lines)))])


def _read_invitation(words: Sequence[str], labels: Labels) -> tuple[Role, str | None, float | None] | None:
    """Role, label and hours, in any order, each at most once; None where a word is none of them."""
    role, label, hours = None, None, None
    for word in words:
        if word.casefold() in set(Role) and role is None:
            role = Role(word.casefold())
        elif word.isdecimal() and hours is None and 0 < int(word[:9]) <= _LONGEST_HOURS:
            hours = float(word)
        elif labels.named(word) is not None and label is None:
            label = labels.named(word)
        else:
            return None
    return role or Role.DIPLOMAT, label, hours


def _is_id(word: str) -> bool:
    return word.removeprefix("-").isdecimal() and len(word) <= 16


async def page_button(update: Update, context: Context) -> None:
    """Another page of those who are admitted."""
    place = Place.of(update, context.services)
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    _, offset = parts_of(update)
    await answer_press(update)
    await show_instead(update, context, await _page(context.services, int(offset), place.say))


async def person_button(update: Update, context: Context) -> None:
    """Show one who is admitted or asks to be, or change what they may do."""
    place, services = Place.of(update, context.services), context.services
    _, number, *change = parts_of(update)
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    if change:
        one = _standing(services, int(number))
        if one is None or one.id == place.chat or one.id in services.settings.admins:
            await no_longer(update, context)
            return
        await services.run(_change, services, one, change[0], place.chat)
    message = await _card(services, int(number), place)
    await answer_press(update)
    await show_instead(update, context, message or await _page(services, 0, place.say))


def _change(services: Services, one: Admitted, verb: str, by: int) -> None:
    """Change what one who is admitted may do; a button that does not fit them changes nothing. Blocks."""
    people, labels = services.store.people, services.settings.labels.names
    if people.of(one.id) is None:
        if not services.rights.is_open_to(one.id):
            # Another admin removed them meanwhile.
            return
        people.admit(one.id, one.name, one.role, one.clearance, by)
    if verb == "s":
        people.suspend(one.id, True, by)
        services.store.retire(one.id, NOT_ADMITTED)
    elif verb == "u":
        people.suspend(one.id, False, by)
    elif verb == "x":
        if services.rights.is_open_to(one.id):
            # Whom the settings admit would be so with more than they have now.
            people.suspend(one.id, True, by)
        else:
            people.suspend(one.id, False, by)
            people.remove(one.id, by)
        services.store.retire(one.id, NOT_ADMITTED)
    elif verb[0] == "c" and int(verb[1:]) < len(labels):
        people.change(one.id, one.role, labels[int(verb[1:])], by)
    elif verb in _LETTERS and not one.is_group:
        people.change(one.id, _LETTERS[verb], one.clearance, by)


async def _is_for_admins(update: Update, context: Context, place: Place) -> bool:
    if admin_here(update, context):
        return True
    await place.tell(context, place.say("Only an administrator of this bot may do that, in a private chat with it."))
    return False


async def _page(services: Services, offset: int, say: Phrases) -> Message:
    requests = await services.run(services.store.people.requests)
    return people_message(services.rights, services.store.people.all(), requests, offset, say)


async def _card(services: Services, id: int, place: Place) -> Message | None:
    """One who is admitted, or asks to be; None where there is nobody of that id."""
    request = await services.run(services.store.people.request, id)
    if request is not None and services.store.people.of(id) is None:
        return request_card(services, request, place.say)
    one = _standing(services, id)
    return person_card(services.rights, one, place.say, is_own=one.id == place.chat) if one is not None else None


def _standing(services: Services, id: int) -> Admitted | None:
    """One whom an admin admitted, or whom the settings do, who has no name here yet; None where neither is so."""
    one = services.store.people.of(id)
    if one is not None or not id or not services.rights.is_open_to(id):
        return one
    return Admitted(id, str(id), services.rights.role(id) if id > 0 else None, None, services.clock.now(), None)
