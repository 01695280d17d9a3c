"""A question answered in its chat: searched for, kept for its buttons, and sent, or put where an answer was before."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from typing import TYPE_CHECKING

from bot.answers.limits import refusal
from bot.answers.table import NOTHING_BEFORE, Before
from bot.answers.viewing import typing
from bot.audit.noting import note_answer, note_delivery
from bot.messages.conversation import admitted
from bot.messages.rendering import answer_messages
from bot.messages.replacing import replace_messages
from bot.running.stages import Fate, Stage, ended, measured, passed
from retrieval.errors import QuestionRefused
from retrieval.questions.following import needs_what_was_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Message as TelegramMessage
    from telegram import Update

    from bot.answers.options import Asked
    from bot.answers.table import StoredAnswer
    from bot.messages.conversation import Place
    from bot.services import Context
    from retrieval.answers.answer import Answer
    from retrieval.index.generation import Generation

# A question in a private chat follows what was asked there within half an hour, and a few of these are kept with it.
_CONVERSATION_SECONDS = 1800.0
_REMEMBERED = 5


async def before(context: Context, place: Place, message: TelegramMessage, question: str) -> Before:
    """What a question that a person wrote follows.

    A reply follows the answer it replies to. In a private chat a question that can hardly be understood by itself
    follows the one before it; others stand by themselves.
    """
    services = context.services
    replied = message.reply_to_message
    if replied is not None:
        stored = await services.run(services.store.answers.in_message, place.chat, replied.message_id)
        return Before(_questions(stored), is_reply=True) if stored is not None else NOTHING_BEFORE
    if not place.private or not needs_what_was_before(question):
        return NOTHING_BEFORE
    stored = await services.run(services.store.answers.last, place.chat, _CONVERSATION_SECONDS)
    return Before(_questions(stored)) if stored is not None else NOTHING_BEFORE


def _questions(stored: StoredAnswer) -> tuple[str, ...]:
    return (*stored.before.questions, stored.question)[-_REMEMBERED:]


async def answer_written(update: Update, context: Context, place: Place, asked: Asked) -> None:
    """Answer a question that a message asks, after what it follows."""
    message = update.effective_message
    if message is None or not await admitted(update, context, place):
        return
    follows = await before(context, place, message, asked.question)
    person = update.effective_user.id if update.effective_user is not None else None
    await answer(context, place, asked, follows, person=person, asked_in=message.message_id)


@measured
async def answer(
    context: Context,
    place: Place,
    asked: Asked,
    follows: Before = NOTHING_BEFORE,
    *,
    lifted: frozenset[str] = frozenset(),
    person: int | None = None,
    asked_in: int | None = None,
    instead_of: tuple[int, ...] = (),
) -> None:
    """Search without the limits of the kinds ``lifted``, keep the answer for its buttons, and reply.

    ``person`` asked, with the message numbered ``asked_in``; the answer takes the place of the messages ``instead_of``.
    """
    services = context.services
    clearance = services.clearance_of(place.chat)
    try:
        found, view = await _searched(context, place, asked, follows, lifted, clearance)
    except QuestionRefused:
        ended(Fate.REFUSED)
        await place.tell(context, refusal(asked.question, place.say))
        return
    passed(Stage.SEARCH)
    stored = await services.run(
        services.store.answers.keep,
        place.chat,
        asked.question,
        found.generation,
        found.answered,
        found.ranked,
        filters={name: value for name, value in dataclasses.asdict(asked.filters).items() if value is not None},
        lifted=lifted,
        person=person,
        asked=asked_in,
        before=follows,
        also=partial(note_answer, context, place, found, clearance),
    )
    passed(Stage.KEEPING)
    if services.clearance_of(place.chat) != clearance or not services.rights.admits(place.chat):
        # An admin has decided otherwise meanwhile.
        await place.tell(context, place.say("The documents have changed since this answer; please ask again."))
        return
    messages = answer_messages(
        found, stored.id, view, place.language, context.bot.username, at_once=place.at_once(services)
    )
    if instead_of:
        sent = await replace_messages(context, place, instead_of, messages, is_audited=True)
    else:
        sent = await place.send(context, messages, is_audited=True)
    passed(Stage.SENDING)
    delivered = partial(note_delivery, context, place, sent, len(messages))
    await services.run(services.store.answers.keep_messages, stored, sent, delivered)
    passed(Stage.KEEPING)
    if sent:
        ended(Fate.ANSWERED if found.answered else Fate.SILENT)


async def _searched(
    context: Context, place: Place, asked: Asked, follows: Before, lifted: frozenset[str], clearance: str
) -> tuple[Answer, Generation]:
    """The answer, and the documents that it was found in, as they are now; the chat sees that it is worked at."""
    services = context.services
    search = partial(
        services.engine.answer,
        asked.question,
        clearance=clearance,
        filters=asked.filters,
        after=follows.questions,
        is_reply=follows.is_reply,
        lifted=lifted,
    )
    # The search need not wait for the round trip that shows it.
    shown = asyncio.ensure_future(typing(context, place))
    try:
        return await services.run(_as_it_is_now, search, partial(services.engine.view, clearance))
    finally:
        # Shown after the reply, it would announce another.
        await shown


def _as_it_is_now(search: Callable[[], Answer], see: Callable[[], Generation]) -> tuple[Answer, Generation]:
    """What ``search`` finds, and what may be read after that, in one visit to the executor."""
    found, view = search(), see()
    if found.generation != view.id:
        # The documents were reloaded meanwhile, and one that was found may be withdrawn.
        found, view = search(), see()
    return found, view
