"""Round summaries on demand: ``/summary``, the buttons that choose a round, and those that send a summary as a file."""

from __future__ import annotations

import contextlib
import functools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.answers.buttons import presser
from bot.answers.keyboard import Button
from bot.answers.limits import covered_lines, refusal
from bot.audit.noting import note_made_file
from bot.messages.conversation import Place, admitted
from bot.messages.lengths import short
from bot.messages.pressing import answer_press, no_longer, parts_of
from bot.messages.rendering import Message, html
from bot.outbox.outgoing import Kind, Outgoing
from bot.rounds.summary_files import page, pdf
from bot.rounds.summary_rendering import shown_summary, with_files
from bot.rounds.summary_sheet import sheet
from corpus.round_decisions import RoundDecisions
from retrieval.errors import NoSuchRound, QuestionRefused
from retrieval.questions.round_arguments import FRACTION, parse_round_argument
from retrieval.questions.topic_request import read_comparison
from retrieval.summaries.round_table import find, rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.languages import Phrases
    from bot.rounds.summary_rendering import Shown
    from bot.services import Context, Services
    from corpus.round_decisions import Decided
    from retrieval.index.generation import Generation
    from retrieval.summaries.round_table import Round
    from retrieval.summaries.summary import Summary

ROUND_BUTTON = "sr"
_LATEST = 8
_CAPTION = 900
_FILE_NAME = 60
_WORD = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class Request:
    """What ``/summary`` was asked for: a round's number, its process as it was written, and a topic."""

    number: int
    process: str | None = None
    topic: str | None = None


def read_request(words: Sequence[str], view: Generation) -> Request | None:
    """What the words after ``/summary`` name, in any of the six languages; None where that is not one round.

    Beside the number, what no process of ``view`` is called is the topic.
    """
    argument = parse_round_argument(words)
    if argument is not None and (argument.process is None or find(view, argument.number, argument.process)):
        return Request(argument.number, argument.process)
    text = " ".join(words)
    if FRACTION.search(text):
        return None
    read = read_comparison(text, view.known)
    process, number = read.rounds[0] if len(read.rounds) == 1 else (None, 0)
    if number > 0 and _WORD.search(read.topic):
        return Request(number, process, read.topic)
    if number > 0 and process is not None and not read.topic:
        return Request(number, process)
    if argument is not None and not read.rounds:
        return Request(argument.number, topic=argument.process)
    return None


async def summary(update: Update, context: Context) -> None:
    """``/summary`` and a round, maybe with its process and a topic; alone, it offers the latest rounds."""
    place = Place.of(update, context.services)
    services = context.services
    if not await admitted(update, context, place):
        return
    words = context.args or []
    view, decided = await services.run(_present, services, services.clearance_of(place.chat))
    if not words:
        latest = await services.run(_latest, view, decided)
        await _offer(context, place, latest, place.say("Which round? The latest are:"))
        return
    asked = await services.run(read_request, words, view)
    if asked is None:
        example = place.say("Write the number of one round, for example: /summary 8")
        await place.tell(context, "\n".join([example, *covered_lines(view.known, place.say)]))
        return
    found = await services.run(find, view, asked.number, asked.process, decided)
    if len(found) > 1:
        question = place.say("Round {number} of which process?", number=asked.number)
        await _offer(context, place, found, question, asked.topic)
    else:
        process = found[0].process if found else asked.process
        await show_summary(context, place, asked.number, process, asked.topic, named=asked.process)


async def round_button(update: Update, context: Context) -> None:
    """The summary of the round that a button names."""
    place = Place.of(update, context.services)
    handle = parts_of(update)[1]
    kept = await context.services.run(context.services.store.pointers.summary, handle, place.chat)
    if kept is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    await show_summary(context, place, kept.round, kept.process, kept.topic)


def _present(services: Services, clearance: str) -> tuple[Generation, Decided]:
    """What may be read now, and what admins decided on rounds."""
    return services.engine.view(clearance), RoundDecisions(services.library).decided()


def _latest(view: Generation, decided: Decided) -> list[Round]:
    """The rounds that were held last, those whose days are not known by their number; the last one first."""
    held = sorted(rounds(view, decided), key=lambda one: (one.periods[-1].end if one.periods else "", one.number))
    return held[: -_LATEST - 1 : -1]


async def _offer(
    context: Context, place: Place, found: Sequence[Round], question: str, topic: str | None = None
) -> None:
    """A button for each of the rounds ``found``."""
    if not found:
        await place.tell(context, place.say("No document is of a round."))
        return
    services, buttons = context.services, []
    for one in found:
        # An empty process is that of the documents that name none.
        handle = await services.run(
            services.store.pointers.keep_summary, place.chat, one.process or "", one.number, topic, place.language
        )
        buttons.append((Button(_label(one, place.say), f"{ROUND_BUTTON}:{handle}"),))
    await place.send(context, [Message(html(question), tuple(buttons))])


def _label(one: Round, say: Phrases) -> str:
    """Process, number and days of a round, on a button."""
    name = f"{short(one.process, 30)} {one.number}" if one.process else say("Round {number}", number=one.number)
    if len(one.periods) != 1:
        return name
    return f"{say.isolate(name)} · {say.isolate(say.days(one.periods[0].start, one.periods[0].end))}"


async def show_summary(
    context: Context,
    place: Place,
    number: int,
    process: str | None = None,
    topic: str | None = None,
    *,
    named: str | None = None,
) -> None:
    """Reply with the summary of a round from what may be read in a place, or say why there is none.

    ``named`` is the process as the asker wrote it: one that only documents named is not told where these are gone.
    """
    services, say = context.services, place.say
    with contextlib.suppress(TelegramError):
        await context.bot.send_chat_action(place.chat, ChatAction.TYPING, message_thread_id=place.thread)
    clearance = services.clearance_of(place.chat)
    try:
        made = await services.run(composed, services, clearance, number, process, topic)
    except NoSuchRound:
        view, _ = await services.run(_present, services, clearance)
        await place.tell(context, "\n".join([no_such_round(number, named, say), *covered_lines(view.known, say)]))
        return
    except QuestionRefused:
        await place.tell(context, refusal(topic or "", say))
        return
    language, bot = place.language, context.bot.username
    await services.run(services.store.remember_citations, made.summary.quotes)
    handle = await services.run(services.store.pointers.keep_summary, place.chat, process, number, topic, language)
    shown = await services.run(shown_summary, made.summary, language, bot, known=made.known)
    arrived = await place.send(context, [with_files(shown.message, handle, language)])
    if arrived and not place.private:
        await _note_sent(context, place, made, shown, arrived[0])


async def _note_sent(context: Context, place: Place, made: Composed, shown: Shown, number: int) -> None:
    """Keep what a group was shown, as message ``number``, so that a correction follows when that changes."""
    services, summary = context.services, made.summary
    outgoing = Outgoing(
        chat=place.chat,
        thread=place.thread or 0,
        summary=f"asked:{number}",
        part=0,
        body="",
        # On a topic alone it is no summary of the round, which documents that arrive late are added to.
        kind=Kind.NOTICE if summary.topic else Kind.SUMMARY,
        quotes=shown.quotes,
        named=shown.named,
        language=place.language,
        process=summary.process,
        round=summary.round,
        numbers=shown.numbers,
        sections=shown.sections,
    )
    await services.run(services.store.outbox.put_sent, outgoing, number)
    if await services.run(services.engine.view, services.clearance_of(place.chat)) is not made.view:
        # What was decided while it was sent has been looked at before it was kept.
        services.store.corrections.checked = None
        context.bot_data["corrector"].decided()


def no_such_round(number: int, process: str | None, say: Phrases) -> str:
    """That no document is of a round."""
    if process:
        return say("No document is of round {number} of {process}.", number=str(number), process=short(process))
    return say("No document is of round {number}.", number=str(number))


@dataclass(frozen=True, slots=True)
class Composed:
    """A summary, what is known of its round, and what could be read when it was made."""

    summary: Summary
    known: Round | None
    view: Generation


def composed(services: Services, clearance: str, number: int, process: str | None, topic: str | None) -> Composed:
    """Summarise a round from what ``clearance`` lets read, again where that changes meanwhile. Blocks.

    Raises:
        NoSuchRound: no document is of it.
        QuestionRefused: the topic cannot be searched for.
    """
    summarise = functools.partial(
        services.engine.summary,
        number,
        clearance=clearance,
        process=process,
        topic=topic,
        words=services.settings.summary_words,
    )
    while True:
        view, decided = _present(services, clearance)
        made = summarise()
        if services.engine.view(clearance) is view:
            found = find(view, number, process, decided)
            return Composed(made, found[0] if len(found) == 1 else None, view)


async def file_button(update: Update, context: Context) -> None:
    """The whole summary as a PDF or a page, made from what may be read now."""
    place, services = Place.of(update, context.services), context.services
    _, handle, kind = parts_of(update)
    kept = await services.run(services.store.pointers.summary, handle, place.chat)
    if kept is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    with contextlib.suppress(TelegramError):
        await context.bot.send_chat_action(place.chat, ChatAction.UPLOAD_DOCUMENT, message_thread_id=place.thread)
    make = functools.partial(
        made_file, services, services.clearance_of(place.chat), context.bot.username, kept.language, kind == "p"
    )
    try:
        made = await services.run(make, kept.round, kept.process, kept.topic)
    except NoSuchRound:
        # Nor is a process named of which nothing may be read any more, though the button was of one.
        await place.tell(context, no_such_round(kept.round, None, place.say))
        return
    except QuestionRefused:
        await place.tell(context, refusal(kept.topic or "", place.say))
        return
    await note_made_file(context, place, presser(update), made.name)
    await context.bot.send_document(
        place.chat,
        made.content,
        filename=made.name,
        caption=made.caption,
        message_thread_id=place.thread,
        protect_content=made.is_withheld,
    )


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file to be sent; one that quotes or names what not everybody may read is not to be passed on."""

    name: str
    content: bytes
    caption: str
    is_withheld: bool


def made_file(
    services: Services,
    clearance: str,
    bot: str,
    language: str,
    is_pdf: bool,
    number: int,
    process: str | None,
    topic: str | None,
) -> MadeFile:
    """Make a summary's file, again where what ``clearance`` lets read changes meanwhile. Blocks.

    Raises:
        NoSuchRound, QuestionRefused: see ``composed``.
    """
    while True:
        made = composed(services, clearance, number, process, topic)
        at = datetime.fromtimestamp(services.clock.now(), UTC)
        content = sheet(made.summary, language, bot, at, made.known)
        data = pdf(content, at) if is_pdf else page(content)
        services.store.remember_citations(made.summary.quotes)
        if services.engine.view(clearance) is made.view:
            break
    everybody = services.engine.view(services.library.labels.lowest)
    return MadeFile(
        file_name(process, number, topic, "pdf" if is_pdf else "html"),
        data,
        short(f"{content.title}\n{content.made}", _CAPTION),
        any(everybody.document(document.id) is None for document in made.summary.documents),
    )


def file_name(process: str | None, number: int, topic: str | None, ending: str) -> str:
    """What the file of a summary is called: words and numbers with hyphens between them."""
    words = re.findall(r"\w+", f"{process or 'round'} {number} {topic or ''}")
    return f"{'-'.join(words)[:_FILE_NAME].rstrip('-')}.{ending}"
