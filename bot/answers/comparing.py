"""``/compare``: rounds side by side on a topic, in quotations; where nothing was found, it says so and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.limits import covered_lines
from bot.answers.viewing import made_as_asked
from bot.languages import phrases
from bot.messages.conversation import Place
from bot.messages.lengths import short
from bot.messages.rendering import Message, cited, html, packed
from bot.rounds.summary_outline import standing_name
from corpus.round_decisions import RoundDecisions
from retrieval.answers.comparing import MOST_ROUNDS, Comparison, compare
from retrieval.errors import QuestionRefused
from retrieval.questions.parties import party_name
from retrieval.questions.question import LONGEST
from retrieval.questions.topic_request import RoundName, TopicRequest, read_comparison
from retrieval.summaries import round_table
from retrieval.summaries.summary import by_standing

if TYPE_CHECKING:
    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from retrieval.answers.comparing import Row
    from retrieval.answers.quotes import Quote
    from retrieval.index.generation import Generation
    from retrieval.summaries.round_table import Round

_TOPIC = 120
_NAMED_PROCESSES = 5


async def compare_command(update: Update, context: Context) -> None:
    """``/compare detainees 7 8``: what the documents of each round say of a topic, by party where one is named."""
    place, services = Place.of(update, context.services), context.services
    made = await made_as_asked(update, context, usage, _made)
    if made is None:
        return
    await services.run(services.store.remember_citations, made.quotes)
    await place.send(context, comparison_messages(made, place.language, context.bot.username))


def usage(say: Phrases) -> str:
    """What to write after the command, in two lines."""
    return "\n".join(
        [
            say("Write a topic and two to four rounds after /compare: I show what the documents of each say of it."),
            say("For example: {example}", example=f"/compare {say('detainees')} 7 8"),
        ]
    )


def _made(services: Services, words: str, language: str, view: Generation) -> Comparison | str:
    """The comparison that is asked for, or in plain words why there is none. Blocks."""
    say = phrases(language)
    if len(words) > LONGEST:
        return too_long(say)
    asked = read_comparison(words, view.known)
    problem = _problem(asked, say)
    if problem is not None:
        return problem
    decided = RoundDecisions(services.library).decided()
    found = [round_table.find(view, number, process, decided) for process, number in asked.rounds]
    for name, meant in zip(asked.rounds, found, strict=True):
        if not meant:
            return "\n".join([_no_round(name, say), *covered_lines(view.known, say)])
        if len(meant) > 1:
            return _which(name, meant, say)
    # Two names of a process may name one round.
    rounds = list({(one.process, one.number): one for (one,) in found}.values())
    if len(rounds) < 2:
        return _named_twice(rounds[0].number, say)
    try:
        return compare(view, services.engine.encoder, asked.topic, rounds)
    except QuestionRefused:
        return no_words(say)


def _problem(asked: TopicRequest, say: Phrases) -> str | None:
    """What is missing from a request, or too much in it."""
    if len(asked.rounds) == 1 and asked.repeated:
        return _named_twice(asked.rounds[0][1], say)
    if len(asked.rounds) > MOST_ROUNDS:
        return say("At most {number} rounds can be compared at once.", number=MOST_ROUNDS)
    if len(asked.rounds) < 2:
        return usage(say)
    if not asked.topic:
        return say("Write a topic too, for example: {example}", example=f"/compare {say('detainees')} 7 8")
    return None


def too_long(say: Phrases) -> str:
    """That a topic is too long."""
    return say("The topic is too long: at most {number} characters can be searched for.", number=str(LONGEST))


def no_words(say: Phrases) -> str:
    """That a topic has nothing to search for."""
    return say("I find no words to search for in this. Please name the topic in a few words.")


def _named_twice(number: int, say: Phrases) -> str:
    return say(
        "Round {number} is named twice; name two different rounds, for example: {example}",
        number=str(number),
        example=f"/compare {say('detainees')} 7 8",
    )


def _no_round(name: RoundName, say: Phrases) -> str:
    process, number = name
    if process is None:
        return say("No document is of round {number}.", number=str(number))
    return say("No document is of round {number} of {process}.", number=str(number), process=short(process))


def _which(name: RoundName, rounds: tuple[Round, ...], say: Phrases) -> str:
    """That several processes have a round of that number."""
    processes = [short(one.process) for one in rounds if one.process is not None]
    number = str(name[1])
    return say(
        "There is a round {number} of several processes: {names}. Write the process before the number, for example: "
        "{example}",
        number=number,
        names=say.listed([say.isolate(process) for process in processes[:_NAMED_PROCESSES]]),
        example=f"{processes[0]} {number}",
    )


def comparison_messages(comparison: Comparison, language: str, bot: str) -> list[Message]:
    """The comparison: for each party, or for all, what each round says; ``bot`` is the bot's user name."""
    say = phrases(language)
    parts = [_head(comparison, say)]
    if not comparison.quotes:
        parts.append(html(say("No passage on this topic was found in the documents of these rounds.")))
        return [Message(text) for text in packed(parts)]
    several = len({quote.document.metadata.document_class for quote in comparison.quotes}) > 1
    number = 1
    for row in comparison.rows:
        shown = _row_parts(row, comparison, number, say, bot, labelled=several)
        number += sum(len(cell) for cell in row.cells)
        title = _row_title(row, comparison, say)
        parts += [f"{title}\n{shown[0]}" if title else shown[0], *shown[1:]]
    if any(not cell for row in comparison.rows for cell in row.cells):
        caution = say("“No passage found” says nothing of a position: the documents may just not speak of it.")
        parts.append(f"<i>{html(caution)}</i>")
    return [Message(text) for text in packed(parts)]


def _head(comparison: Comparison, say: Phrases) -> str:
    """The topic, and of each round its number, its dates, and how many documents were searched."""
    lines = [f"<b>{html(say('Comparison: {topic}', topic=short(comparison.topic, _TOPIC)))}</b>"]
    for one in comparison.rounds:
        days = "; ".join(say.days(period.start, period.end) for period in one.periods)
        documents = say.count("{number} document", "{number} documents", len(one.documents))
        about = ", ".join(part for part in (days, documents) if part)
        lines.append(f"{say.line_start}{html(say.isolate(round_name(one, say)))}: {html(about)}")
    return "\n".join(lines)


def round_name(one: Round, say: Phrases) -> str:
    """What a round is called: by its process and number."""
    if one.process is None:
        return say("Round {number}", number=str(one.number))
    return say("{process}, round {number}", process=short(one.process), number=str(one.number))


def _row_title(row: Row, comparison: Comparison, say: Phrases) -> str:
    """Whose row it is; nothing where parties are not told apart at all."""
    if len(comparison.rows) == 1 and row.party is None:
        return ""
    return f"<b>{html(say('No party named') if row.party is None else party_name(row.party, say.language))}</b>"


def _row_parts(row: Row, comparison: Comparison, number: int, say: Phrases, bot: str, *, labelled: bool) -> list[str]:
    """The quotations of a row, round by round, numbered from ``number``; no part may be divided."""
    parts: list[str] = []
    empty: list[str] = []
    for one, cell in zip(comparison.rounds, row.cells, strict=True):
        title = f"<u>{html(round_name(one, say))}</u>"
        if not cell:
            empty.append(f"{title}: <i>{html(say('no passage found'))}</i>")
            continue
        shown = _cell_parts(cell, number, say, bot, labelled=labelled)
        number += len(cell)
        parts += ["\n".join([*empty, title, shown[0]]), *shown[1:]]
        empty = []
    return [*parts, "\n".join(empty)] if empty else parts


def _cell_parts(cell: tuple[Quote, ...], number: int, say: Phrases, bot: str, *, labelled: bool) -> list[str]:
    parts: list[str] = []
    for standing, quotes in by_standing(cell):
        for place, quote in enumerate(quotes):
            first, *others = cited(quote, number, say, bot)
            label = f"<i>{html(standing_name(standing, say))}:</i>\n" if labelled and place == 0 else ""
            parts += [label + first, *others]
            number += 1
    return parts
