"""Questions: by command, in a private chat, by mention or reply in a group; and the buttons under answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from bot.access.admission import CODE, redeem
from bot.access.rights import is_editor, is_withheld
from bot.answers.answering import answer, answer_written
from bot.answers.buttons import offer_present, pressed, pressed_to_ask, presser, still_there
from bot.answers.citations import as_quoted
from bot.answers.citing import PAYLOAD, check_citation
from bot.answers.keyboard import judging
from bot.answers.options import Asked, OptionRefused, read_options
from bot.audit.noting import note_file, note_file_sent, note_shown
from bot.messages.conversation import Place, admitted, question_in_group
from bot.messages.lengths import short
from bot.messages.pressing import admin_here, answer_press, editor_here, no_longer
from bot.messages.rendering import (
    context_messages,
    quotation_messages,
)
from retrieval.questions.limits import KINDS

if TYPE_CHECKING:
    from telegram import Message as TelegramMessage
    from telegram import Update

    from bot.services import Context
    from retrieval.index.generation import Generation

_CAPTION = 1000
_ALBUMS = 100
_EXAMPLE = "What was said at the eighth round about the exchange of detainees?"
_LIMITED_EXAMPLE = '/ask round:8 since:2018-02 until:2019 place:Sochi process:Astana source:"Institute of Records"'


async def start(update: Update, context: Context) -> None:
    """``/start``: a greeting, or with a citation's link, that citation checked again."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    payload = context.args[0] if context.args else ""
    if payload.startswith(CODE):
        await redeem(update, context, payload)
        return
    if payload.startswith(PAYLOAD):
        await check_citation(context, place, payload.removeprefix(PAYLOAD))
        return
    say = place.say
    await place.tell(
        context,
        "\n\n".join(
            [
                say(
                    "I answer questions from documents, in their own words: quotations with their sources, or that "
                    "the documents do not answer. I write nothing of my own."
                ),
                say("Ask in any of six languages, for example: {example}", example=say(_EXAMPLE)),
                say("/help says what else I can do."),
            ]
        ),
    )
    if admin_here(update, context):
        # What could not be shown to an admin whom the bot may write to only now.
        await context.bot_data["announcer"].propose_again(unseen_by=place.chat)


async def help_command(update: Update, context: Context) -> None:
    """``/help``: what can be asked, and how."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    say = place.say
    lines = [
        say("In a private chat, just ask. In a group, write /ask and the question, mention me, or reply to me."),
        say("Reply to an answer to ask on; edit a question and its answer changes; /new begins anew."),
        say("/documents lists the documents, /summary 8 summarises a round in quotations."),
        say("/rounds lists the rounds; /verify and a sentence says whether it is in the documents."),
        say("/compare puts rounds side by side on a topic, /timeline follows it in time, /since lists what is new."),
        say("/ask takes limits before the question, for example: {example}", example=_LIMITED_EXAMPLE),
        say("/document and its name shows one document; /cite and the id of a citation checks it again."),
        say("/subscribe has summaries of new rounds sent here; /unsubscribe ends that."),
        say("Under each answer, buttons show the paragraph around a quotation, send its document and copy it out."),
        say("/language chooses my language, /settings more; /mydata shows what I keep about you, /forget deletes it."),
        say(
            "That a quotation is what the document says can be checked; whether it is true, I cannot know. Telegram "
            "chats with bots are not end-to-end encrypted."
        ),
    ]
    if editor_here(update, context):
        lines.append(
            say(
                "As an administrator, send me files to add documents. /reload reads the folders again; /withdraw, "
                "/restore and /erase decide on a document; /rollback brings the index of before back."
            )
        )
    if admin_here(update, context):
        lines.append(
            say(
                "/proposals shows the summaries that wait for you, /outbox what could not be sent, /feedback what "
                "people think of answers."
            )
        )
        lines.append(say("/people shows who is admitted, and /invite invites a person with a link."))
        lines.append(say("/limits shows who asks more than the limits allow."))
    await place.tell(context, "\n".join(lines))


async def ask(update: Update, context: Context) -> None:
    """``/ask``, limits where there are any, and the question or a reply to it."""
    message = update.effective_message
    place = Place.of(update, context.services)
    try:
        asked = read_options(" ".join(context.args or []))
    except OptionRefused as refused:
        if await admitted(update, context, place):
            await place.tell(context, refused.sentence(place.say))
        return
    if not asked.question and message is not None and message.reply_to_message is not None:
        asked = dataclasses.replace(asked, question=message.reply_to_message.text or "")
    if not asked.question:
        if await admitted(update, context, place):
            say = place.say
            await place.tell(
                context, say("Write the question after /ask, for example: /ask {example}", example=say(_EXAMPLE))
            )
        return
    await answer_written(update, context, place, asked)


async def private_text(update: Update, context: Context) -> None:
    """Any text in a private chat is a question, and so is what stands below a picture or a recording."""
    message = update.effective_message
    text = (message.text or message.caption) if message is not None else None
    if text:
        await answer_written(update, context, Place.of(update, context.services), Asked(text))


async def group_text(update: Update, context: Context) -> None:
    """In a group, what mentions the bot or replies to it is a question; all else is not for it."""
    message = update.effective_message
    if message is None:
        return
    question = question_in_group(message, context.bot.username, context.bot.id)
    if question is not None:
        await answer_written(update, context, Place.of(update, context.services), Asked(question))


async def not_text(update: Update, context: Context) -> None:
    """Voice, pictures and the like in a private chat; of an album, its first picture is replied to."""
    place, message = Place.of(update, context.services), update.effective_message
    if message is None or _is_seen(context, message) or not await admitted(update, context, place):
        return
    if message.photo and is_editor(update, context.services):
        await place.tell(context, place.say("Please send it as a file, so that it arrives as it is."))
    elif message.voice or message.audio or message.video_note:
        await place.tell(context, place.say("I cannot listen to recordings; please write your question."))
    else:
        await place.tell(context, place.say("I read text only; please write your question."))


def _is_seen(context: Context, message: TelegramMessage) -> bool:
    """Whether another message of the same album has come before."""
    album = message.media_group_id
    if album is None:
        return False
    albums: dict[str, None] = context.bot_data.setdefault("albums", {})
    seen = album in albums
    albums[album] = None
    for oldest in list(albums)[:-_ALBUMS]:
        del albums[oldest]
    return seen


async def new(update: Update, context: Context) -> None:
    """``/new``: forget what was asked before, so that the next question follows nothing."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    if not place.private:
        await place.tell(context, place.say("In a group a question follows another only as a reply to its answer."))
        return
    await context.services.run(context.services.store.answers.begin, place.chat)
    await place.tell(context, place.say("The conversation begins anew: your next question follows nothing."))


async def visible(context: Context, place: Place) -> Generation:
    """What may be read in a place now."""
    services = context.services
    return await services.run(services.engine.view, services.clearance_of(place.chat))


async def context_button(update: Update, context: Context) -> None:
    """The paragraph around a quotation."""
    place, stored, number = await pressed(update, context)
    if stored is None:
        return
    quote = await still_there(update, context, place, stored, number)
    if quote is not None:
        sent = await place.send(context, context_messages(quote, number, place.language, context.bot.username))
        note_shown(context, place, presser(update), stored, [quote], sent)


async def more_button(update: Update, context: Context) -> None:
    """The next quotations, or, where nothing answered, the nearest ones."""
    place, stored, offset = await pressed(update, context)
    if stored is None:
        return
    if offset >= len(stored.citations):
        await no_longer(update, context)
        return
    services = context.services
    view = await visible(context, place)
    quotes, changed = [], []
    for number, identifier in enumerate(stored.citations, 1):
        citation = await services.run(services.store.citation, identifier)
        document = view.document(citation.document) if citation else None
        if citation is not None and document is not None:
            quote = as_quoted(citation, document)
            if quote is not None:
                quotes.append(quote)
            else:
                changed.append(number)
    if len(quotes) != len(stored.citations):
        await answer_press(update, place.say("The documents have changed since this answer; please ask again."))
        if changed:
            await offer_present(context, place, stored, changed)
        return
    note = "" if stored.answered else place.say("Not an answer, only the nearest passages:")
    await answer_press(update)
    *others, last = quotation_messages(
        quotes,
        stored.id,
        offset,
        place.language,
        context.bot.username,
        note=note,
        at_once=place.at_once(services),
    )
    if stored.answered:
        last = dataclasses.replace(last, buttons=(*last.buttons, judging(stored.id, place.say, quoted=True)))
    sent = await place.send(context, [*others, last])
    note_shown(context, place, presser(update), stored, quotes[offset : offset + place.at_once(services)], sent)


async def lift_button(update: Update, context: Context) -> None:
    """The same question again, without the limits of one kind more."""
    place, stored, number = await pressed_to_ask(update, context)
    if stored is None:
        return
    if number >= len(KINDS):
        await no_longer(update, context)
        return
    await answer_press(update)
    await answer(
        context,
        place,
        Asked(stored.question, stored.limits),
        stored.before,
        lifted=stored.lifted | {KINDS[number]},
        person=presser(update),
    )


async def alone_button(update: Update, context: Context) -> None:
    """The same question by itself, without those it was read after."""
    place, stored, _ = await pressed_to_ask(update, context)
    if stored is None:
        return
    await answer_press(update)
    asked = Asked(stored.question, stored.limits)
    await answer(context, place, asked, lifted=stored.lifted, person=presser(update))


async def document_button(update: Update, context: Context) -> None:
    """The document itself, as the file that was indexed."""
    place, stored, number = await pressed(update, context)
    if stored is None:
        return
    quote = await still_there(update, context, place, stored, number)
    if quote is None:
        return
    content = await context.services.run(context.services.library.originals.read, quote.document.sha256)
    if content is None:
        await place.tell(context, place.say("The file is no longer what was indexed; an administrator should reload."))
        return
    await note_file(context, place, presser(update), quote.document.id, quote.document.sha256)
    sent = await context.bot.send_document(
        place.chat,
        content,
        filename=Path(quote.document.file).name,
        message_thread_id=place.thread,
        caption=short(quote.document.metadata.title, _CAPTION) if quote.document.metadata.title else None,
        protect_content=await is_withheld(context.services, quote.document.id),
    )
    note_file_sent(context, sent.message_id)


async def unknown_command(update: Update, context: Context) -> None:
    """A command in a private chat that there is not."""
    place = Place.of(update, context.services)
    if await admitted(update, context, place):
        await place.tell(context, place.say("I do not know that command; /help says what I can do."))
