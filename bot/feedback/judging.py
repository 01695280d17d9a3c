"""What people think of answers: the buttons that judge one, and ``/feedback``, which shows admins what came of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telegram import Message as TelegramMessage

from bot.answers.buttons import pressed_to_ask, presser
from bot.answers.citations import as_quoted, standing
from bot.answers.keyboard import Button, in_rows
from bot.audit.noting import note_made_file
from bot.feedback.card import Overview, Shown, card
from bot.feedback.sets import UNJUDGED, FeedbackSet, Sources, feedback_set, lines
from bot.feedback.table import Press, Verdict
from bot.messages.conversation import Place
from bot.messages.pressing import admin_here, answer_press, no_longer
from bot.messages.rendering import Message, html
from retrieval.evaluation.question_sets import QUERIES

if TYPE_CHECKING:
    from telegram import Update

    from bot.answers.table import StoredAnswer
    from bot.feedback.table import Complaint
    from bot.services import Context, Services

_THUMBS = {0: Verdict.BAD, 1: Verdict.GOOD}
_IN_A_ROW = 5
_MONTH = 30 * 24 * 3600.0
_MOST_COMPLAINTS = 10
_AS_FILE = "file"
_QUOTATION = re.compile(r"c:([0-9a-f]+):([0-9]+)")


async def verdict_button(update: Update, context: Context) -> None:
    """A thumb, or that a source is wrong: where several quotations were shown, which one's is asked."""
    place, stored, number = await pressed_to_ask(update, context)
    if stored is None:
        return
    if number in _THUMBS:
        await _judge(update, context, stored, _THUMBS[number])
        return
    numbers = _shown_numbers(update, stored)
    if not numbers:
        await no_longer(update, context)
    elif len(numbers) == 1:
        await _judge(update, context, stored, Verdict.WRONG_SOURCE, numbers[0])
    else:
        await answer_press(update)
        buttons = [Button(str(one), f"w:{stored.id}:{one}") for one in numbers]
        rows = in_rows(buttons, _IN_A_ROW)
        await place.send(context, [Message(html(place.say("Which quotation has the wrong source?")), rows)])


async def source_button(update: Update, context: Context) -> None:
    """The number of the quotation with the wrong source."""
    _, stored, number = await pressed_to_ask(update, context)
    if stored is None:
        return
    if stored.answered and 0 < number <= len(stored.citations):
        await _judge(update, context, stored, Verdict.WRONG_SOURCE, number)
    else:
        await no_longer(update, context)


async def feedback_command(update: Update, context: Context) -> None:
    """``/feedback``: counts and the latest complaints; ``/feedback file``: all of it as questions to measure on."""
    place, services = Place.of(update, context.services), context.services
    if not admin_here(update, context):
        await place.tell(
            context, place.say("Only an administrator of this bot may do that, in a private chat with it.")
        )
        return
    await services.run(services.store.keep_language, place.chat, place.language)
    if [word.casefold() for word in context.args or []] == [_AS_FILE]:
        await _send_files(context, place)
        return
    overview = await services.run(_overview, services, place.chat)
    await place.send(context, card(overview, place.say))


async def file_button(update: Update, context: Context) -> None:
    """The same as ``/feedback file``, by a button."""
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    await answer_press(update)
    await _send_files(context, Place.of(update, context.services))


async def _judge(
    update: Update, context: Context, stored: StoredAnswer, verdict: Verdict, number: int | None = None
) -> None:
    """Take the verdict of the one who presses, or take it back, and say which."""
    services, person = context.services, presser(update)
    if person is None:
        await no_longer(update, context)
        return
    say = Place.of(update, services).say
    became = await services.run(
        services.store.feedback.press, stored.id, person, verdict, number, update=context.update_id
    )
    if became is Press.GONE:
        await no_longer(update, context)
    elif became is Press.TAKEN_BACK:
        await answer_press(update, say("Taken back."), alert=False)
    else:
        text = say("Thank you, noted. Administrators see the question and what was quoted, and not who you are.")
        await answer_press(update, text, alert=False)


def _shown_numbers(update: Update, stored: StoredAnswer) -> list[int]:
    """The numbers of the quotations that the message shows whose button was pressed, by the buttons of each."""
    message = update.callback_query.message if update.callback_query is not None else None
    if not isinstance(message, TelegramMessage) or message.reply_markup is None or not stored.answered:
        return []
    data = [button.callback_data for row in message.reply_markup.inline_keyboard for button in row]
    found = [_QUOTATION.fullmatch(one) for one in data if isinstance(one, str)]
    numbers = {int(one[2]) for one in found if one is not None and one[1] == stored.id}
    return sorted(number for number in numbers if 0 < number <= len(stored.citations))


def _overview(services: Services, chat: int) -> Overview:
    """The counts, and the latest complaints with what was quoted, as far as it stands. Blocks."""
    table = services.store.feedback
    complaints = (_complaint(services, chat, one) for one in table.complaints(_MOST_COMPLAINTS))
    return Overview(table.counts(_MONTH), table.counts(), tuple(one for one in complaints if one is not None))


def _complaint(services: Services, chat: int, complaint: Complaint) -> Shown | None:
    stored = services.store.answers.get(complaint.judgement.answer)
    if stored is None:
        return None
    number = complaint.judgement.quotation or 1
    quote = None
    if stored.answered and number <= len(stored.citations):
        citation = services.store.citation(stored.citations[number - 1])
        _, document = standing(services.engine, citation, services.clearance_of(chat))
        quote = as_quoted(citation, document) if citation is not None and document is not None else None
    return Shown(complaint, stored.question, stored.answered, quote)


async def _send_files(context: Context, place: Place) -> None:
    """Send the questions to measure on, and those that wait for a person to judge, each kind as a file."""
    services, say = context.services, place.say
    made, withheld = await services.run(_made, services)
    if not made.queries and not made.unjudged:
        await place.tell(context, say("Nobody has judged an answer yet."))
        return
    captions = {
        QUERIES: say("Questions whose right answer is known, for “rapporteur evaluate”."),
        UNJUDGED: say("Questions that a person has to judge before they join the others."),
    }
    await note_made_file(context, place, place.chat, "feedback")
    for name, rows in ((QUERIES, made.queries), (UNJUDGED, made.unjudged)):
        if rows:
            await context.bot.send_document(
                place.chat,
                lines(rows),
                filename=name,
                caption=captions[name],
                message_thread_id=place.thread,
                protect_content=withheld,
            )


def _made(services: Services) -> tuple[FeedbackSet, bool]:
    """The question set of all verdicts, and whether not everybody may read what is quoted in it. Blocks."""
    labels = services.library.labels
    documents = {one.document.id: one.document for one in services.engine.view(labels.highest).documents}
    made = feedback_set(Sources(documents, services.library, services.store, services.settings))
    everybody = services.engine.view(labels.lowest)
    return made, any(everybody.document(name) is None for name in made.documents)
