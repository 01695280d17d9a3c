"""``/timeline``: what is said of a topic from meeting to meeting, as a picture where it helps, and in quotations."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.access.rights import is_withheld
from bot.answers.comparing import no_words, round_name, too_long
from bot.answers.timeline_picture import picture, points
from bot.answers.viewing import made_as_asked
from bot.languages import phrases
from bot.messages.conversation import Place
from bot.messages.delivery import Fate, fate
from bot.messages.lengths import short
from bot.messages.rendering import Message, cited, html, packed
from corpus.round_decisions import RoundDecisions
from retrieval.answers.timeline import Timeline, trace
from retrieval.errors import QuestionRefused
from retrieval.questions.question import LONGEST
from retrieval.questions.topic_request import read_timeline
from retrieval.summaries import round_table

if TYPE_CHECKING:
    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from retrieval.answers.timeline import Moment
    from retrieval.index.generation import Generation

_LOG = logging.getLogger(__name__)
_TOPIC = 120
# Where there are more moments than these, each has one quotation.
_TWO_EACH = 6


async def timeline_command(update: Update, context: Context) -> None:
    """``/timeline detainees`` and, where there are several processes, ``/timeline detainees Astana``."""
    place, services = Place.of(update, context.services), context.services
    made = await made_as_asked(update, context, usage, _made)
    if made is None:
        return
    await services.run(services.store.remember_citations, made.quotes)
    drawn = await services.run(picture, made, place.say)
    if drawn is not None:
        await _send_picture(context, place, made, drawn)
    messages = timeline_messages(made, place.language, context.bot.username, has_picture=drawn is not None)
    await place.send(context, messages)


def usage(say: Phrases) -> str:
    """What to write after the command, in two lines."""
    return "\n".join(
        [
            say("Write a topic after /timeline: I show what the documents of each meeting say of it, in time."),
            say("For example: {example}", example=f"/timeline {say('detainees')}"),
        ]
    )


def _made(services: Services, words: str, language: str, view: Generation) -> Timeline | str:
    """The timeline that is asked for, or in plain words why there is none. Blocks."""
    say = phrases(language)
    if len(words) > LONGEST:
        return too_long(say)
    asked = read_timeline(words, view.known)
    if not asked.topic:
        return usage(say)
    rounds = round_table.rounds(view, RoundDecisions(services.library).decided())
    try:
        return trace(view, services.engine.encoder, asked.topic, rounds, process=asked.process)
    except QuestionRefused:
        return no_words(say)


async def _send_picture(context: Context, place: Place, timeline: Timeline, drawn: bytes) -> None:
    """Send the picture, which may not be passed on where not everybody may read all that it counts."""
    services = context.services
    if context.update_id is not None:
        await services.run(services.store.mark_update, context.update_id, "sending")
    documents = {quote.document.id for quote in timeline.quotes}
    protected = any([await is_withheld(services, document) for document in sorted(documents)])
    try:
        await context.bot.send_photo(
            place.chat,
            drawn,
            caption=_caption(timeline, place.say),
            parse_mode=ParseMode.HTML,
            message_thread_id=place.thread,
            protect_content=protected,
        )
    except TelegramError as error:
        # The quotations say the same, and come in any case.
        _LOG.warning("The picture of a timeline in chat %s was not sent: %s", place.chat, error)
        if context.update_id is not None and fate(error) is Fate.NOT_SENT:
            await services.run(services.store.mark_update, context.update_id, "pending")


def _caption(timeline: Timeline, say: Phrases) -> str:
    """What the picture shows; well below the limit of a caption."""
    lines = [_title(timeline, say), html(say("How many passages of each meeting's documents are on the topic."))]
    shown = points(timeline)
    if any(point.label for point in shown):
        lines.append(html(say("The number at a mark is that of the round.")))
    left_out = len(timeline.dated) - len(shown)
    if left_out:
        lines.append(html(say("Documents of no meeting are not in the picture; they are quoted below.")))
    return "\n".join(lines)


def _title(timeline: Timeline, say: Phrases) -> str:
    topic = say("Timeline: {topic}", topic=short(timeline.topic, _TOPIC))
    of_process = f"{say.isolate(short(timeline.process, _TOPIC))}. " if timeline.process else ""
    return f"<b>{html(of_process + topic)}</b>"


def timeline_messages(timeline: Timeline, language: str, bot: str, *, has_picture: bool) -> list[Message]:
    """The quotations in time, those without a date last; ``bot`` is the bot's user name."""
    say = phrases(language)
    searched = html(
        say.count("{number} document was searched.", "{number} documents were searched.", timeline.searched)
    )
    head = searched if has_picture else f"{_title(timeline, say)}\n{searched}"
    if not timeline.moments:
        nothing = html(say("No passage on this topic was found in the documents."))
        return [Message(f"{head}\n\n{nothing}")]
    parts, number = [head], 1
    each = 2 if len(timeline.moments) <= _TWO_EACH else 1
    for moment in timeline.moments:
        quotes = moment.quotes[:each]
        title = _moment_title(moment, say)
        for place, quote in enumerate(quotes):
            first, *others = cited(quote, number + place, say, bot)
            parts += [f"{title}\n{first}" if place == 0 else first, *others]
        number += len(quotes)
    return [Message(text) for text in packed(parts)]


def _moment_title(moment: Moment, say: Phrases) -> str:
    """Which meeting it was and when, and how many passages there are on the topic."""
    names = [say.isolate(round_name(moment.round, say)) if moment.round else say("Documents of no meeting")]
    if moment.start is None:
        names.append(say("undated"))
    else:
        names.append(say.isolate(say.days(moment.start, moment.end or moment.start)))
    count = say.count("{number} passage", "{number} passages", moment.passages)
    return f"{say.line_start}<u>{html(', '.join(names))}</u> ({html(count)})"
