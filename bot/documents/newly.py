"""``/since``: the documents that came, or came in a new version, since a day; not those that are dated since."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.answers.comparing import round_name
from bot.answers.keyboard import Button
from bot.answers.viewing import made_from_view
from bot.documents.facts import fitted
from bot.messages.conversation import Place, admitted
from bot.messages.lengths import short
from bot.messages.pressing import editor_here
from bot.messages.rendering import Message, html
from corpus.library import State
from corpus.round_decisions import RoundDecisions
from retrieval.questions.days import read_day
from retrieval.summaries.arrivals import arrivals_since

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from retrieval.index.generation import Generation
    from retrieval.summaries.arrivals import Arrival, Batch

_AT_ONCE = 15
_MOST_MESSAGES = 4
_IN_A_ROW = 5
_WORDS = 200


@dataclass(frozen=True, slots=True)
class News:
    """What came since a day, by round, and for admins what was withdrawn."""

    day: datetime.date
    batches: tuple[Batch, ...]
    withdrawn: tuple[str, ...]

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """All that came, in the order shown."""
        return tuple(arrival for batch in self.batches for arrival in batch.arrivals)


async def since_command(update: Update, context: Context) -> None:
    """``/since 1 November``: the documents that are new here since that day."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    services, say = context.services, place.say
    words = " ".join(context.args or [])[:_WORDS]
    if not words.strip():
        await place.tell(context, usage(say))
        return
    zone = ZoneInfo(services.settings.timezone)
    today = datetime.datetime.fromtimestamp(services.clock.now(), zone).date()
    day = read_day(words, today, place.language)
    if day is None:
        await place.tell(
            context, "\n".join([say("I cannot read one date in this: {text}", text=short(words)), usage(say)])
        )
        return
    if day > today:
        await place.tell(context, say("{date} is still to come.", date=say.date(day.isoformat())))
        return
    whole = editor_here(update, context)

    def make(view: Generation) -> News:
        return news_since(services, day, view, whole=whole)

    found = await made_from_view(services, place.chat, make)
    handles = await services.run(services.store.pointers.handles, [one.document.id for one in found.arrivals])
    await place.send(context, news_messages(found, handles, zone, say))


def usage(say: Phrases) -> str:
    """What to write after the command, in two lines."""
    return "\n".join(
        [
            say("Write a date after /since: I list the documents that came, or were changed, from that day on."),
            say("For example: {example}", example=f"/since {say('1 November')}"),
        ]
    )


def news_since(services: Services, day: datetime.date, view: Generation, *, whole: bool) -> News:
    """What came since the beginning of a day, in the settings' time zone; ``whole`` for admins. Blocks."""
    midnight = datetime.datetime.combine(day, datetime.time(), ZoneInfo(services.settings.timezone)).timestamp()
    batches = arrivals_since(view, midnight, RoundDecisions(services.library).decided())
    withdrawn = _withdrawn(services, midnight) if whole else ()
    return News(day, batches, withdrawn)


def _withdrawn(services: Services, since: float) -> tuple[str, ...]:
    """The titles of the documents that are withdrawn now and were not before."""
    found = []
    for id, entry in services.library.entries().items():
        if entry.state is State.WITHDRAWN:
            times = [event.at for event in services.library.events(id) if event.event == "withdrawn"]
            if times and times[-1] >= since:
                found.append(entry.title or id)
    return tuple(sorted(found, key=str.casefold))


def news_messages(news: News, handles: Mapping[str, str], zone: ZoneInfo, say: Phrases) -> list[Message]:
    """The documents by round, numbered as they stand, with a button for each; ``handles`` are their short names."""
    date = say.date(news.day.isoformat())
    count = len(news.arrivals)
    if not count:
        nothing = say("No document has come or changed here since {date}.", date=date)
        return [Message("\n".join([html(nothing), *_withdrawn_lines(news, say)]))]
    head = say.count(
        "{number} document has come or changed here since {date}:",
        "{number} documents have come or changed here since {date}:",
        count,
        date=date,
    )
    lines: list[tuple[str, Arrival | None]] = [(f"<b>{html(head)}</b>", None)]
    number = 0
    for batch in news.batches:
        title = round_name(batch.round, say) if batch.round is not None else say("Of no round")
        heading = f"{say.line_start}<u>{html(say.isolate(title))}</u>\n"
        for place, arrival in enumerate(batch.arrivals):
            # A heading stays with what it is for, though a new message may begin here.
            number += 1
            lines.append(((heading if place == 0 else "") + _line(number, arrival, zone, say), arrival))
    lines += [(line, None) for line in _withdrawn_lines(news, say)]
    return _messages(lines, handles, say)


def _withdrawn_lines(news: News, say: Phrases) -> list[str]:
    if not news.withdrawn:
        return []
    names = "; ".join(say.isolate(short(title, 80)) for title in news.withdrawn[:_AT_ONCE])
    return [html(say("Withdrawn since then, which only administrators are told: {names}", names=names))]


def _line(number: int, arrival: Arrival, zone: ZoneInfo, say: Phrases) -> str:
    """A document: its number, title, publisher, date, and when it came."""
    metadata = arrival.document.metadata
    about = [say.isolate(short(metadata.publisher, 60))] if metadata.publisher else []
    about += [say.isolate(say.date(metadata.date))] if metadata.date else []
    came = say.date(datetime.datetime.fromtimestamp(arrival.at, zone).date().isoformat())
    about.append(say("new here on {date}", date=came) if arrival.is_new else say("changed on {date}", date=came))
    title = html(say.isolate(short(metadata.title or arrival.document.id, 120)))
    return f"{say.line_start}{number}. <b>{title}</b> ({html(', '.join(about))})"


def _messages(lines: Sequence[tuple[str, Arrival | None]], handles: Mapping[str, str], say: Phrases) -> list[Message]:
    """The lines in messages with at most fifteen documents each, and how many there was no more room for."""
    messages: list[Message] = []
    shown: list[str] = []
    buttons: list[Button] = []
    number = left = 0
    for text, arrival in lines:
        if len(buttons) == _AT_ONCE and arrival is not None:
            messages.append(_message(shown, buttons))
            shown, buttons = [], []
        if len(messages) == _MOST_MESSAGES:
            left += arrival is not None
            continue
        shown.append(text)
        if arrival is not None:
            number += 1
            buttons.append(Button(str(number), f"do:{handles[arrival.document.id]}:s"))
    if left:
        more = say.count("And {number} more; /documents lists all.", "And {number} more; /documents lists all.", left)
        messages.append(Message(html(more)))
    elif shown:
        messages.append(_message(shown, buttons))
    return messages


def _message(lines: Sequence[str], buttons: Sequence[Button]) -> Message:
    rows = [tuple(buttons[start : start + _IN_A_ROW]) for start in range(0, len(buttons), _IN_A_ROW)]
    return Message(fitted(list(lines)), tuple(rows))
