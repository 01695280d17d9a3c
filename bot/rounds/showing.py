"""``/rounds`` and ``/round``: which rounds there are, one of them with its documents, and what admins correct of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from telegram import ForceReply
from telegram.constants import ParseMode

from bot.answers.limits import covered_lines
from bot.answers.viewing import made_from_view
from bot.audit.noting import note_round
from bot.documents.values import NONE
from bot.messages.conversation import Place, admitted
from bot.messages.lengths import short
from bot.messages.pressing import answer_press, editor_here, no_longer, parts_of
from bot.messages.rendering import html
from bot.rounds.cards import (
    EVERY_PROCESS,
    choice_message,
    process_mark,
    round_data,
    round_message,
    round_name,
    rounds_message,
)
from bot.rounds.summarising import no_such_round, show_summary
from corpus.metadata import LONGEST_TEXT, WrongValue
from corpus.round_decisions import DATES, PLACE, RoundDecisions, checked_days, checked_place, round_key
from retrieval.questions.known import is_named
from retrieval.questions.round_arguments import parse_round_argument
from retrieval.summaries.round_table import find
from retrieval.summaries.round_table import rounds as round_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.services import Context
    from corpus.round_decisions import Decided
    from retrieval.summaries.round_table import Round

# How the subject of a prompt begins whose reply corrects a round, as against a document.
SUBJECT: Final = "ro:"
_NAME: Final = 200
_DAYS_EXAMPLE: Final = "2017-12-21 2017-12-22"


async def rounds_command(update: Update, context: Context) -> None:
    """``/rounds``, and a process: its rounds, or those of every process, ten at once."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    named = " ".join(context.args or []).strip()
    found = await _all(context, place)
    meant = _of_process(found, named)
    if not found:
        await place.tell(context, place.say("No document is of a round."))
    elif not meant:
        told = [place.say("No document is of a round of {process}.", process=short(named, _NAME))]
        known = sorted({one.process for one in found if one.process})
        told += (
            [
                place.say(
                    "Known are: {names}.",
                    names=place.say.listed([place.say.isolate(short(name)) for name in known[:8]]),
                )
            ]
            if known
            else []
        )
        await place.tell(context, "\n".join(told))
    else:
        mark = process_mark(meant[0].process) if named and len({one.process for one in meant}) == 1 else EVERY_PROCESS
        await place.send(context, [rounds_message(meant, 0, mark, place.say)])


async def page_button(update: Update, context: Context) -> None:
    """Another page of a list of rounds."""
    place = Place.of(update, context.services)
    _, mark, offset = parts_of(update)
    meant = [one for one in await _all(context, place) if mark in (EVERY_PROCESS, process_mark(one.process))]
    if int(offset) >= len(meant):
        await no_longer(update, context)
        return
    await answer_press(update)
    await place.send(context, [rounds_message(meant, int(offset), mark, place.say)])


async def round_command(update: Update, context: Context) -> None:
    """``/round 8``, and where there are several processes ``/round 8 Astana``: what is known of that round."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    words = context.args or []
    argument = parse_round_argument(words)
    if argument is None:
        await place.tell(context, _not_a_round(" ".join(words), place))
        return
    decided = await _decided(context)
    found = await made_from_view(
        context.services, place.chat, lambda view: find(view, argument.number, argument.process, decided)
    )
    if not found:
        known = await made_from_view(context.services, place.chat, lambda view: view.known)
        told = no_such_round(argument.number, argument.process, place.say)
        await place.tell(context, "\n".join([told, *covered_lines(known, place.say)]))
    elif len(found) > 1:
        await place.send(context, [choice_message(found, place.say)])
    else:
        await _show(update, context, place, found[0])


async def button(update: Update, context: Context) -> None:
    """Show a round, summarise it, or ask an admin what is to be corrected of it."""
    place = Place.of(update, context.services)
    *_, verb = parts_of(update)
    one = await _found(context, place, ":".join(parts_of(update)[:3]))
    is_for_admins = verb not in ("s", "m")
    if one is None or not _may(update, context, is_for_admins):
        await no_longer(update, context)
        return
    await answer_press(update)
    if verb == "m":
        is_only = sum(other.number == one.number for other in await _all(context, place)) == 1
        await show_summary(context, place, one.number, one.process or (None if is_only else ""))
    elif verb == "u":
        await _undo(context, place, one)
        await _show_anew(update, context, place, round_data(one))
    elif is_for_admins:
        await _ask(context, place, one, DATES if verb == "d" else PLACE)
    else:
        await _show(update, context, place, one)


async def given(update: Update, context: Context, place: Place, subject: str, field: str, text: str) -> None:
    """A reply gives the dates or the place of a round; a wrong one is asked for again, with what is wrong."""
    one = await _found(context, place, subject)
    if one is None:
        await place.tell(context, place.say("What was to be corrected is not there any more."))
        return
    decisions, by = RoundDecisions(context.services.library), str(place.chat)
    value = None
    try:
        if text.strip() == NONE:
            await context.services.run(_take_back, decisions, one, field)
        elif field == DATES:
            start, end = checked_days(text, place.language)
            value = f"{start}/{end}"
            await context.services.run(decisions.decide_dates, one.process, one.number, start, end, by)
        else:
            value = checked_place(text)
            await context.services.run(decisions.decide_place, one.process, one.number, value, by)
    except WrongValue:
        await _ask(context, place, one, field, wrong=text)
        return
    note_round(context, one, field, place.chat, value)
    await _show_anew(update, context, place, subject)


def _may(update: Update, context: Context, is_for_admins: bool) -> bool:
    return not is_for_admins or editor_here(update, context)


async def _decided(context: Context) -> Decided:
    return await context.services.run(RoundDecisions(context.services.library).decided)


async def _all(context: Context, place: Place) -> tuple[Round, ...]:
    """Every round that a document which may be read in a place is of."""
    decided = await _decided(context)
    return await made_from_view(context.services, place.chat, lambda view: round_table(view, decided))


async def _found(context: Context, place: Place, data: str) -> Round | None:
    """The round of which a button's data begin so; None where none of its documents may be read any more."""
    return next((one for one in await _all(context, place) if round_data(one) == data), None)


def _of_process(found: Sequence[Round], named: str) -> list[Round]:
    """The rounds of the process of that name, in any language; all where none is named."""
    return [one for one in found if not named or (one.process is not None and is_named(one.process, named))]


def _not_a_round(text: str, place: Place) -> str:
    say = place.say
    if not text:
        return say("Write the number of the round after /round, for example: {example}", example="/round 8")
    return say(
        "{value} is not the number of one round; write for example: {example}",
        value=short(text, _NAME),
        example="/round 8",
    )


async def _show(update: Update, context: Context, place: Place, one: Round) -> None:
    await place.send(context, [round_message(one, place.say, whole=editor_here(update, context))])


async def _show_anew(update: Update, context: Context, place: Place, data: str) -> None:
    """Show a round as it is after a correction."""
    one = await _found(context, place, data)
    if one is None:
        await place.tell(context, place.say("What was to be corrected is not there any more."))
    else:
        await _show(update, context, place, one)


async def _ask(context: Context, place: Place, one: Round, field: str, wrong: str | None = None) -> None:
    """Ask for the dates or the place of a round by a reply, which may come after a restart."""
    services, say = context.services, place.say
    lines = [] if wrong is None else [_what_is_wrong(field, wrong, place)]
    if field == DATES:
        lines.append(
            say(
                "{round}: send its first and its last day as a reply to this message, for example {example}, or a "
                "hyphen to take what the documents say.",
                round=round_name(one, say),
                example=_DAYS_EXAMPLE,
            )
        )
    else:
        lines.append(
            say(
                "{round}: send its place as a reply to this message, or a hyphen to take what the documents say.",
                round=round_name(one, say),
            )
        )
    asked = await context.bot.send_message(
        place.chat, html("\n".join(lines)), parse_mode=ParseMode.HTML, reply_markup=ForceReply()
    )
    await services.run(services.store.pointers.keep_prompt, place.chat, asked.message_id, round_data(one), field)


def _what_is_wrong(field: str, wrong: str, place: Place) -> str:
    if field == DATES:
        return place.say("{value} does not say one first and one last day.", value=short(wrong.strip(), _NAME) or "…")
    if wrong.strip():
        return place.say("That is longer than {number} characters.", number=LONGEST_TEXT)
    return place.say("That says no place.")


async def _undo(context: Context, place: Place, one: Round) -> None:
    """Let the documents say again when and where a round was."""
    decisions = RoundDecisions(context.services.library)
    for field in (DATES, PLACE):
        await context.services.run(_take_back, decisions, one, field)
        note_round(context, one, field, place.chat, None)


def _take_back(decisions: RoundDecisions, one: Round, field: str) -> None:
    """Take back a decision, which may be from before the process of the round was known."""
    is_of_process = round_key(one.process, one.number) in decisions.decided()
    decisions.undo(one.process if is_of_process else None, one.number, field)
