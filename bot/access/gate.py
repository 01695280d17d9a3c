"""The one gate: every update passes it before any other handler, and ends there unless its sender may ask in its chat.

Only memory is read to judge one, so that strangers cost nothing.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from telegram import InlineQueryResultsButton, MessageEntity
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext import ApplicationHandlerStop

from bot.access.admission import ASK, ask_to_be_admitted, code_in, redeem
from bot.access.limiting import within_limits
from bot.answers.keyboard import Button
from bot.audit.noting import note_command
from bot.languages import phrases
from bot.messages.conversation import Place, question_in_group, spoken_with
from bot.messages.pressing import answer_press
from bot.messages.rendering import Message, html

if TYPE_CHECKING:
    from telegram import Chat, Update
    from telegram import Message as TelegramMessage

    from bot.languages import Phrases
    from bot.services import Context, Services

_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
_SECONDS_BETWEEN = 600.0
_CHATS_TOLD = 1000
_START = "admission"


class Verdict(Enum):
    """What becomes of an update.

    ``IGNORED`` is not for the bot. Of the others, ``STRANGER`` is of one who is not admitted, ``GROUP`` of a group that
    is not, and ``NAMELESS`` of one who writes as a group or channel where only people who are known may ask.
    """

    PASSES = "passes"
    IGNORED = "ignored"
    STRANGER = "stranger"
    SUSPENDED = "suspended"
    GROUP = "group"
    NAMELESS = "nameless"


def judge(update: Update, services: Services, bot: str, bot_id: int) -> Verdict:
    """Whether an update may reach a handler; ``bot`` is the bot's user name."""
    if update.my_chat_member is not None:
        return Verdict.PASSES
    if update.inline_query is not None:
        return _of_person(update, services)
    chat, message = update.effective_chat, update.effective_message
    is_pressed = update.callback_query is not None
    if chat is None or message is None or not (update.message or update.edited_message or is_pressed):
        return Verdict.IGNORED
    if chat.type == ChatType.PRIVATE:
        # What an admin has in a private chat is for that admin, whoever else presses it.
        is_own = update.effective_user is not None and update.effective_user.id == chat.id
        return _of_person(update, services) if is_own else Verdict.IGNORED
    if chat.type not in _GROUPS:
        return Verdict.IGNORED
    if update.message is not None and (message.migrate_to_chat_id or message.migrate_from_chat_id):
        return Verdict.PASSES
    if not is_pressed and not _is_addressed(message, bot, bot_id):
        return Verdict.IGNORED
    return _in_group(update, services, chat, message)


def _of_person(update: Update, services: Services) -> Verdict:
    user = update.effective_user
    if user is None:
        return Verdict.IGNORED
    if services.rights.role(user.id) is not None:
        return Verdict.PASSES
    return Verdict.SUSPENDED if services.rights.is_suspended(user.id) else Verdict.STRANGER


def _in_group(update: Update, services: Services, chat: Chat, message: TelegramMessage) -> Verdict:
    settings = services.settings
    if not services.rights.admits(chat.id):
        return Verdict.SUSPENDED if services.rights.is_suspended(chat.id) else Verdict.GROUP
    if update.callback_query is None and message.sender_chat is not None:
        # An anonymous administrator is the group itself; a channel is nobody's member.
        may = message.sender_chat.id == chat.id and (settings.open_to_all or not settings.known_in_groups)
        return Verdict.PASSES if may else Verdict.NAMELESS
    verdict = _of_person(update, services)
    if verdict is Verdict.STRANGER and not settings.known_in_groups:
        return Verdict.PASSES
    return verdict


def _is_addressed(message: TelegramMessage, bot: str, bot_id: int) -> bool:
    """Whether a message in a group is for the bot: a command, a mention or a reply to it."""
    text = message.text or ""
    first = message.entities[0] if message.entities else None
    if first is not None and first.type == MessageEntity.BOT_COMMAND and first.offset == 0:
        _, _, named = text[: first.length].partition("@")
        return not named or named.casefold() == bot.casefold()
    return question_in_group(message, bot, bot_id) is not None


async def gate(update: Update, context: Context) -> None:
    """Let an update pass, or end it here, its sender told why.

    Raises:
        ApplicationHandlerStop: no other handler is to see it.
    """
    services = context.services
    verdict = judge(update, services, context.bot.username, context.bot.id)
    is_admitted = verdict is Verdict.PASSES
    if verdict is not Verdict.IGNORED and not await within_limits(update, context, is_admitted=is_admitted):
        raise ApplicationHandlerStop
    if verdict is Verdict.PASSES:
        note_command(update, context)
        return
    if verdict is Verdict.STRANGER and await _enters(update, context):
        raise ApplicationHandlerStop
    if verdict is not Verdict.IGNORED:
        await _refuse(update, context, verdict)
    elif update.callback_query is not None:
        await answer_press(update)
    raise ApplicationHandlerStop


async def _enters(update: Update, context: Context) -> bool:
    """Let a stranger do the two things that they may: show the code of an invitation, and ask to be admitted."""
    chat, message, query = update.effective_chat, update.message, update.callback_query
    if chat is None or chat.type != ChatType.PRIVATE:
        return False
    if query is not None and query.data == ASK:
        await ask_to_be_admitted(update, context)
        return True
    code = code_in(message.text or "") if message is not None else None
    if code is None:
        return False
    await redeem(update, context, code)
    return True


async def _refuse(update: Update, context: Context, verdict: Verdict) -> None:
    services, user = context.services, update.effective_user
    if update.inline_query is not None:
        say = phrases(spoken_with(services, user))
        await _refuse_inline(update, say("Ask the bot to be admitted first"))
        return
    place = Place.of(update, services)
    text = _reason(update, verdict, place.say)
    if update.callback_query is not None:
        await answer_press(update, text)
    elif update.edited_message is None and (place.private or is_told_again(context, place.chat)):
        ask = ((Button(place.say("Ask to be admitted"), ASK),),)
        is_stranger = place.private and verdict is Verdict.STRANGER
        await place.send(context, [Message(html(text), ask if is_stranger else ())])


def _reason(update: Update, verdict: Verdict, say: Phrases) -> str:
    if verdict is Verdict.SUSPENDED:
        return say("An administrator of this bot has suspended access here.")
    if verdict is Verdict.GROUP:
        chat = update.effective_chat
        return say(
            "An administrator of this bot has to admit this group first. Its number is {number}.",
            number=str(chat.id) if chat else "?",
        )
    if verdict is Verdict.NAMELESS:
        return say("Here I answer only people whom I know; please write under your own name.")
    user = update.effective_user
    return say(
        "This bot answers only those whom its administrators admit. Your Telegram id is {number}; give it to one "
        "of them.",
        number=str(user.id) if user else "?",
    )


def is_told_again(context: Context, chat: int) -> bool:
    """Whether a group is told again why nothing is answered there, which it is every ten minutes at most."""
    told: dict[int, float] = context.bot_data.setdefault("refusals", {})
    now = context.services.clock.now()
    if abs(now - told.get(chat, -_SECONDS_BETWEEN)) < _SECONDS_BETWEEN:
        return False
    told.pop(chat, None)
    told[chat] = now
    while len(told) > _CHATS_TOLD:
        del told[next(iter(told))]
    return True


async def _refuse_inline(update: Update, text: str) -> None:
    query = update.inline_query
    if query is None:
        return
    try:
        button = InlineQueryResultsButton(text, start_parameter=_START)
        await query.answer([], cache_time=0, is_personal=True, button=button)
    except BadRequest as error:
        if "query is too old" not in str(error).casefold():
            raise
