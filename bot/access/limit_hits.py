"""Who ran into a limit in the last day, kept in memory, and ``/limits``, which shows it to admins."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.messages.conversation import Place
from bot.messages.lengths import short
from bot.messages.pressing import admin_here
from bot.messages.rendering import Message, html, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.clock import Clock
    from bot.languages import Phrases
    from bot.services import Context

_HOUR: Final = 3600.0
_DAY_HOURS: Final = 24
_MOST: Final = 500
_SHOWN: Final = 30
_NAME: Final = 60


class Limit(StrEnum):
    """What was asked too much of."""

    QUESTIONS = "questions"
    GROUP_QUESTIONS = "group_questions"
    UPLOADS = "uploads"


_LIMITS = {
    Limit.QUESTIONS: "questions of a person",
    Limit.GROUP_QUESTIONS: "questions of a group",
    Limit.UPLOADS: "files of a person",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """How often somebody ran into a limit in a chat in the last day, and when last, in seconds since 1970.

    Names are as Telegram gave them last. ``chat`` is None for an inline query, and the person's own id in private.
    """

    limit: Limit
    person: int
    name: str
    chat: int | None
    title: str
    times: int
    last: float


@dataclass(slots=True)
class _Kept:
    name: str
    title: str
    last: float
    by_hour: Counter[int] = field(default_factory=Counter)


class Hits:
    """The hits of the last day, to the hour, since the start: at most ``most`` kinds of them, the latest.

    Ages are measured on the clock that is not set. All are counted, also where whose they were is not kept.
    """

    def __init__(self, clock: Clock, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._kept: dict[tuple[Limit, int, int | None], _Kept] = {}
        self._by_hour: Counter[int] = Counter()
        self._started = clock.monotonic()

    @property
    def started(self) -> float:
        """When counting began, in seconds since 1970 by the clock as it goes now."""
        return self._hour_of(self._started)

    @property
    def times(self) -> int:
        """How many hits there were in the last day."""
        self._forget()
        return self._by_hour.total()

    def note(self, limit: Limit, person: int, name: str, chat: int | None, title: str) -> None:
        """Somebody runs into a limit now."""
        now = self._clock.monotonic()
        kept = self._kept.pop((limit, person, chat), None) or _Kept(name, title, now)
        kept.name, kept.title, kept.last = short(name, _NAME), short(title, _NAME), now
        for counter in (kept.by_hour, self._by_hour):
            counter[int(now // _HOUR)] += 1
            if len(counter) > _DAY_HOURS:
                _forget_of_age(counter, now)
        # What was hit last stands last, so that the first is the one to go.
        self._kept[limit, person, chat] = kept
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def forget_person(self, person: int) -> None:
        """Keep no more whose these hits were; they stay counted."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[1] != person}

    def of_last_day(self) -> list[Hit]:
        """Those that are kept, the most frequent first."""
        self._forget()
        found = [
            Hit(limit, person, kept.name, chat, kept.title, kept.by_hour.total(), self._hour_of(kept.last))
            for (limit, person, chat), kept in self._kept.items()
        ]
        return sorted(found, key=lambda hit: (-hit.times, -hit.last, hit.person))

    def _hour_of(self, monotonic: float) -> float:
        return self._clock.now() - (self._clock.monotonic() - monotonic)

    def _forget(self) -> None:
        now = self._clock.monotonic()
        _forget_of_age(self._by_hour, now)
        for kept in self._kept.values():
            _forget_of_age(kept.by_hour, now)
        self._kept = {key: kept for key, kept in self._kept.items() if kept.by_hour}


def _forget_of_age(by_hour: Counter[int], now: float) -> None:
    for hour in [hour for hour in by_hour if hour <= now // _HOUR - _DAY_HOURS]:
        del by_hour[hour]


async def limits_command(update: Update, context: Context) -> None:
    """``/limits``: who asked more in the last day than the limits allow, for admins in private."""
    place = Place.of(update, context.services)
    if not admin_here(update, context):
        await place.tell(
            context, place.say("Only an administrator of this bot may do that, in a private chat with it.")
        )
        return
    hits: Hits = context.bot_data["limits"].hits
    await place.send(context, hits_messages(hits.of_last_day(), hits.times, hits.started, place.say))


def hits_messages(hits: Sequence[Hit], times: int, started: float, say: Phrases) -> list[Message]:
    """Who ran into limits, a line for each; ``times`` in all since ``started``, seconds since 1970, or for a day."""
    since = html(say("I count since my start ({time}) and keep a day of it.", time=_time(started, say)))
    if not times:
        return [Message("\n".join([html(say("Nobody has asked more than the limits allow.")), since]))]
    head = say.count(
        "In the last 24 hours I refused {number} request that was over a limit.",
        "In the last 24 hours I refused {number} requests that were over a limit.",
        times,
    )
    parts = [f"<b>{html(head)}</b>\n{since}", *(html(_line(hit, say)) for hit in hits[:_SHOWN])]
    if len(hits) > _SHOWN:
        parts.append(html(say("The {number} most frequent are shown.", number=str(_SHOWN))))
    return [Message(text) for text in packed(parts)]


def _line(hit: Hit, say: Phrases) -> str:
    """Who it was, where, which limit, how often, and when last."""
    return say.line_start + say(
        "{who}: {limit}, {times}, last {time}",
        who=_who(hit, say),
        limit=say(_LIMITS[hit.limit]),
        times=say.count("{number} time", "{number} times", hit.times),
        time=_time(hit.last, say),
    )


def _who(hit: Hit, say: Phrases) -> str:
    """A person by name and id, and the group where it was one."""
    person = say.isolate(f"{hit.name} ({hit.person})")
    if hit.chat is None or hit.chat == hit.person:
        return person
    return say.listed([person, say.isolate(f"{hit.title} ({hit.chat})")])


def _time(seconds: float, say: Phrases) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{say.date(moment.date().isoformat())}, {moment:%H:%M} UTC"
