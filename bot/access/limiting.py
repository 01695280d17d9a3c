"""The limits on what people may ask of the bot: each update is charged to its sender, and refused politely beyond."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from telegram import InlineQueryResultsButton
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import CommandHandler

from bot.access.costs import Addressee, cost_of
from bot.access.limit_hits import Hits, Limit
from bot.access.rates import WHOLE, Buckets, take_all
from bot.access.rights import is_admin, is_editor
from bot.audit.entries import limit_hit
from bot.languages import phrases
from bot.messages.conversation import Place, spoken_with
from bot.messages.delivery import send
from bot.messages.pressing import answer_press
from bot.messages.rendering import Message, html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Update

    from bot.access.costs import Cost
    from bot.languages import Phrases
    from bot.services import Context, Services

_LOG = logging.getLogger(__name__)
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
# How seldom somebody is told, in private or by a button, and in groups; and how seldom all in a group together.
_SECONDS_BETWEEN: Final = 10.0
_SECONDS_IN_GROUPS: Final = 60.0
_IN_MINUTES_FROM: Final = 120
_START: Final = "inline"


@dataclass(frozen=True, slots=True)
class Refused:
    """Which limit an update is over, and after how many seconds it would not be."""

    limit: Limit
    seconds: float


class Limits:
    """What each person and group has left, and who was told and when. All of it is in memory and bounded in number.

    Time is measured on the clock that is not set: neither a corrected hour nor a machine that slept locks anybody out
    or gives more than a full bucket. After a restart everybody has all of it again.
    """

    def __init__(self, services: Services) -> None:
        settings, monotonic = services.settings, services.clock.monotonic
        self.hits = Hits(services.clock)
        for limit in Limit:
            # A series that is not there is not zero.
            services.metrics.limits_hit.labels(limit)
        self._questions = Buckets(settings.questions_per_minute, _MINUTE, monotonic)
        self._group_questions = Buckets(settings.group_questions_per_minute, _MINUTE, monotonic)
        self._uploads = Buckets(settings.uploads_per_hour, _HOUR, monotonic)
        self._notices = Buckets(1, _SECONDS_BETWEEN, monotonic)
        self._notices_in_groups = Buckets(1, _SECONDS_IN_GROUPS, monotonic)

    def charge(self, cost: Cost, person: int, group: int | None, *, is_spared: bool = False) -> Refused | None:
        """Take what an update costs, all of it or nothing; which limit refuses it, None where none does.

        One who ``is_spared`` is limited in files alone, and what they ask is not taken from their group either.
        """
        if not cost.quarters:
            return None
        wanted: dict[Limit, tuple[Buckets, int, int]] = {}
        if not is_spared:
            wanted[Limit.QUESTIONS] = (self._questions, person, cost.quarters)
            if group is not None:
                wanted[Limit.GROUP_QUESTIONS] = (self._group_questions, group, cost.quarters)
        if cost.is_upload:
            wanted[Limit.UPLOADS] = (self._uploads, person, WHOLE)
        if cost.is_fact:
            for buckets, key, quarters in wanted.values():
                buckets.take(key, quarters)
            return None
        seconds = take_all(*wanted.values())
        if not seconds:
            return None
        # Who is over several limits is told of the one that holds longest.
        waits = {limit: buckets.seconds_to_wait(key, quarters) for limit, (buckets, key, quarters) in wanted.items()}
        return Refused(max(waits, key=lambda limit: waits[limit]), seconds)

    def may_tell(self, person: int, group: int | None = None) -> bool:
        """Whether somebody is told now that they ask too much, which is thereby counted; ``group`` hears of it too."""
        wanted = [(self._notices, person, WHOLE)]
        if group is not None:
            wanted += [(self._notices, group, WHOLE), (self._notices_in_groups, person, WHOLE)]
        return not take_all(*wanted)


async def within_limits(update: Update, context: Context, *, is_admitted: bool = True) -> bool:
    """Charge an update to its sender and group; False where it is over a limit, which they are told now and then.

    One who is not admitted takes nothing from their group.

    To be called once for each update, before it is handled. What a run of before left open is charged when it is
    handled, as anything else: what was charged then was forgotten with that run.
    """
    services, limits = context.services, limits_of(context)
    cost = cost_of(update, _addressee(context))
    sender, chat = update.effective_sender, update.effective_chat
    person = sender.id if sender is not None else 0
    group = chat.id if is_admitted and chat is not None and chat.type != ChatType.PRIVATE else None
    # An editor is there to send files, and may send many at once.
    is_spared = is_editor(update, services) if cost.is_upload else is_admin(update, services)
    refused = limits.charge(cost, person, group, is_spared=is_spared)
    if refused is None:
        return True
    limits.hits.note(refused.limit, person, _name(sender), chat.id if chat is not None else None, _name(chat))
    services.metrics.limits_hit.labels(refused.limit).inc()
    hour = int(services.clock.now() // _HOUR)
    hit = limit_hit(refused.limit, person=person, chat=chat.id if chat is not None else None, hour=hour)
    services.store.audit.later(update.update_id, hit)
    try:
        await _tell(update, context, refused, person, group)
    except TelegramError as error:
        _LOG.info("Person %s was not told of the limit on %s: %s", person, refused.limit, error)
    return False


def limits_of(context: Context) -> Limits:
    """The limits of the running bot, which counts from the start of it."""
    limits: Limits = context.bot_data["limits"]
    return limits


def _addressee(context: Context) -> Addressee:
    found: Addressee | None = context.bot_data.get("addressee")
    if found is None:
        handlers: Iterable[object] = (one for group in context.application.handlers.values() for one in group)
        commands = frozenset[str]().union(*(one.commands for one in handlers if isinstance(one, CommandHandler)))
        found = context.bot_data["addressee"] = Addressee(context.bot.username, context.bot.id, commands)
    return found


def _name(one: object) -> str:
    """What a person or chat is called, with the user name where there is one."""
    name, username = getattr(one, "full_name", None) or getattr(one, "title", None), getattr(one, "username", None)
    return " ".join(part for part in (name, f"@{username}" if username else None) if part)


async def _tell(update: Update, context: Context, refused: Refused, person: int, group: int | None) -> None:
    """Say how long to wait, where that is to be said again; the press of a button is answered in any case."""
    services, chat = context.services, update.effective_chat
    say = phrases(spoken_with(services, update.effective_user, chat.id if chat is not None else None))
    limits = limits_of(context)
    if update.callback_query is not None:
        await answer_press(update, _sentence(refused, say) if limits.may_tell(person) else None)
    elif update.inline_query is not None:
        if limits.may_tell(person):
            button = InlineQueryResultsButton(
                say("Please wait {time}", time=_time(refused.seconds, say)), start_parameter=_START
            )
            await update.inline_query.answer([], cache_time=0, is_personal=True, button=button)
    elif update.message is not None and limits.may_tell(person, group):
        place = Place.of(update, services)
        text = Message(html(_sentence(refused, say)))
        await send(context.bot, place.chat, text, thread=place.thread, reply_to=place.reply_to)


def _sentence(refused: Refused, say: Phrases) -> str:
    time = _time(refused.seconds, say)
    if refused.limit is Limit.GROUP_QUESTIONS:
        return say("Much was asked in this group in a short time; please wait {time}.", time=time)
    if refused.limit is Limit.UPLOADS:
        return say(
            "You have sent many files in a short time; those without an answer were not taken. Before the next one, "
            "please wait {time}.",
            time=time,
        )
    return say("You have asked much in a short time; please wait {time}.", time=time)


def _time(seconds: float, say: Phrases) -> str:
    """Whole seconds, or minutes where there are many, and never less than it takes."""
    if seconds > _IN_MINUTES_FROM:
        return say.count("{number} minute", "{number} minutes", math.ceil(seconds / 60))
    return say.count("{number} second", "{number} seconds", math.ceil(seconds))
