"""How people and groups come in: invitations with a code, requests that an admin decides, and the first admin."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.access.account_names import look
from bot.access.people import Role
from bot.answers.keyboard import Button
from bot.languages import phrases
from bot.messages.conversation import Place
from bot.messages.delivery import send
from bot.messages.lengths import short
from bot.messages.pressing import admin_here, answer_press, no_longer, parts_of
from bot.messages.rendering import Message, html
from bot.messages.replacing import show_instead

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Chat, Update, User

    from bot.access.people import Admitted, Request
    from bot.answers.keyboard import Rows
    from bot.languages import Phrases
    from bot.services import Context, Services

_LOG = logging.getLogger(__name__)
#: The button with which a stranger asks to be admitted.
ASK = "rq:ask"
#: How the code of an invitation begins.
CODE = "i_"
_SHOWN = re.compile(rf"/start(?:@\w+)? ({CODE}[A-Za-z0-9_-]{{20,40}})")
_CODE_BYTES = 18
_CLAIM_SECONDS = 24 * 3600.0
_LONGEST_NAME = 100
# Letters that look like nothing.
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"
_ROLES = {"d": Role.DIPLOMAT, "g": Role.GUEST, "e": Role.EDITOR}


def make_invitation(services: Services, role: Role, clearance: str | None, by: int | None, seconds: float) -> str:
    """A code that admits one person, within so many seconds; only its digest is kept. Blocks."""
    code = f"{CODE}{secrets.token_urlsafe(_CODE_BYTES)}"
    services.store.people.invite(_digest(code), role, clearance, by, seconds)
    return code


def invitation_link(bot: str, code: str) -> str:
    """The address that shows a code to the bot of that user name."""
    return f"https://t.me/{bot}?start={code}"


def first_admin_code(services: Services) -> str | None:
    """A code that makes who shows it an admin, good for a day or until the next start; None where there is an admin.

    Blocks.
    """
    if services.rights.admins:
        services.store.people.forget_first()
        return None
    return make_invitation(services, Role.ADMIN, None, None, _CLAIM_SECONDS)


def code_in(text: str) -> str | None:
    """The code of an invitation that a message shows, None where it shows none."""
    found = _SHOWN.fullmatch(text.strip())
    return found[1] if found is not None else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


async def redeem(update: Update, context: Context, code: str) -> None:
    """Admit who shows a code; one who is admitted already does not use it up."""
    place, services, user = Place.of(update, context.services), context.services, update.effective_user
    if user is None or not place.private:
        return
    say = place.say
    if services.store.people.of(user.id) is not None or user.id in services.settings.admins:
        await place.tell(context, say("You are admitted already."))
        return
    admins = services.rights.admins
    one = await services.run(services.store.people.redeem, _digest(code), user.id, name_of(user), admins)
    if one is None:
        await place.tell(context, say("This invitation is no longer good; ask for another."))
        return
    await place.tell(context, welcome(services, one, say))
    await tell_admins(
        services, context, lambda say: say("{name} (id {number}) came in with an invitation.", **_who(one)), one.id
    )


async def ask_to_be_admitted(update: Update, context: Context) -> None:
    """Take a stranger's request, and show it to the admins."""
    place, services, user = Place.of(update, context.services), context.services, update.effective_user
    if user is None:
        return
    people = services.store.people
    if not await services.run(people.ask, user.id, name_of(user), place.language, user.id):
        await answer_press(update, place.say("You have asked already; an administrator decides."))
        return
    await answer_press(update, place.say("You have asked; an administrator decides, and I shall tell you."))
    await show_request(services, context, user.id)


async def ask_for_group(context: Context, chat: Chat, user: User, language: str) -> None:
    """Let an admitted person who brought the bot into a group ask for it."""
    services = context.services
    if await services.run(services.store.people.ask, chat.id, clean_name(chat.title or ""), language, user.id):
        await show_request(services, context, chat.id)


async def show_request(services: Services, context: Context, id: int) -> None:
    """Show a request to all admins, each in their language."""
    request = await services.run(services.store.people.request, id)
    if request is None:
        return
    languages = await services.run(services.store.languages)
    for admin in sorted(services.rights.admins):
        say = phrases(languages.get(admin, "en"))
        await _send(context, admin, request_card(services, request, say))


def request_card(services: Services, request: Request, say: Phrases) -> Message:
    """What an admin is shown of a request, and the buttons that decide it."""
    who = {"name": request.name, "number": str(request.id)}
    if request.id < 0:
        labels = services.settings.labels.names
        lines = [say("The group {name} ({number}) is to be admitted, asks {person}.", **who, person=str(request.by))]
        rows: Rows = tuple(
            (Button(say("Admit up to {label}", label=label), f"rq:c{number}:{request.id}"),)
            for number, label in enumerate(labels[:10])
        )
    else:
        lines = [say("{name} (id {number}) asks to be admitted. The name is what they call themselves.", **who)]
        lines += _looks_like(services, request.name, request.id, say)
        rows = (
            (
                Button(say("Admit as diplomat"), f"rq:d:{request.id}"),
                Button(say("Admit as guest"), f"rq:g:{request.id}"),
            ),
            (Button(say("Admit as editor"), f"rq:e:{request.id}"),),
        )
    return Message(html("\n".join(lines)), (*rows, (Button(say("Refuse"), f"rq:r:{request.id}"),)))


def _looks_like(services: Services, name: str, id: int, say: Phrases) -> list[str]:
    """A warning where a name could be taken for that of one who is admitted."""
    seen = look(name)
    alike = [one for one in services.store.people.all() if one.id not in (id,) and look(one.name) == seen]
    return [say("Careful: {name} (id {number}) is called so, too.", **_who(one)) for one in alike[:3]]


async def request_button(update: Update, context: Context) -> None:
    """An admin decides a request."""
    place, services = Place.of(update, context.services), context.services
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    _, choice, number = parts_of(update)
    people, say = services.store.people, place.say
    request = await services.run(people.request, int(number))
    if request is None:
        await answer_press(update, say("That has been decided already."))
        return
    who = {"name": request.name, "number": str(request.id)}
    labels = services.settings.labels.names
    if choice == "r":
        if not await services.run(people.refuse, request.id, place.chat):
            await answer_press(update, say("That has been decided already."))
            return
        done, news = say("{name} ({number}): refused.", **who), _refusal(phrases(request.language))
    elif (choice in _ROLES) != (request.id > 0) or (choice not in _ROLES and int(choice[1:]) >= len(labels)):
        await no_longer(update, context)
        return
    else:
        role = _ROLES.get(choice)
        clearance = None if role is not None else labels[int(choice[1:])]
        one = await services.run(people.grant, request, role, clearance, place.chat)
        if one is None:
            await answer_press(update, say("That has been decided already."))
            return
        done, news = say("{name} ({number}): admitted.", **who), welcome(services, one, phrases(request.language))
    await answer_press(update)
    await show_instead(update, context, Message(html(done)))
    await _send(context, request.id, Message(html(news)))


def _refusal(say: Phrases) -> str:
    return say("An administrator of this bot has refused that.")


def welcome(services: Services, one: Admitted, say: Phrases) -> str:
    """What one who has been admitted is told."""
    lines = [say("You have been admitted. Just ask; /help says what else I can do.")]
    if one.is_group:
        lines = [say("This group has been admitted: /ask and your question.")]
    if one.role is Role.ADMIN:
        lines.append(say("You are an administrator of this bot: /people shows who is admitted, /invite invites."))
    elif one.role is Role.EDITOR:
        lines.append(say("You look after the documents: send me files to add them."))
    label = services.clearance_of(one.id)
    if label != services.settings.labels.lowest:
        lines.append(say("Documents up to “{label}” are searched here.", label=label))
    return "\n".join(lines)


async def tell_admins(
    services: Services, context: Context, text: Callable[[Phrases], str], but: int | None = None
) -> None:
    """Tell every admin but one something, in their language; ``text`` gives it in the phrases of one."""
    languages = await services.run(services.store.languages)
    for admin in sorted(services.rights.admins - {but}):
        say = phrases(languages.get(admin, "en"))
        await _send(context, admin, Message(html(text(say))))


async def _send(context: Context, chat: int, message: Message) -> None:
    """Send what can be seen elsewhere, too, where it cannot be sent."""
    try:
        await send(context.bot, chat, message)
    except TelegramError as error:
        _LOG.info("Chat %s was not told of an admission: %s", chat, error)


def name_of(user: User) -> str:
    """How a person calls themselves, on one line, with the user name that nobody else can have."""
    name = clean_name(user.full_name)
    return f"{name} @{user.username}" if user.username else name


def clean_name(name: str) -> str:
    """A name without what could disturb the line that it stands in."""
    printable = "".join(c if c.isprintable() and c not in _BLANK else " " for c in name)
    return short(" ".join(printable.split()), _LONGEST_NAME) or "?"


def _who(one: Admitted) -> dict[str, str]:
    return {"name": one.name, "number": str(one.id)}
