"""When a subscription is served: as summaries come, or gathered at an hour of the day or the week, local time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS_OF_WEEK = 7
_MINUTES_OF_DAY = 24 * 60
# The longest search: a week on, and a day that a zone left out.
_DAYS_AHEAD = _DAYS_OF_WEEK + 2
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


class When(StrEnum):
    """How often a chat hears of new summaries."""

    ARRIVAL = "arrival"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When summaries are sent.

    ``minute`` is the minute of the local day, ``weekday`` counts from Monday, 0, and ``zone`` is the name of a time
    zone; on arrival, none of them counts.
    """

    when: When = When.ARRIVAL
    minute: int = 9 * 60
    weekday: int = 0
    zone: str = "UTC"

    def after(self, now: float) -> float | None:
        """The next time, in seconds since 1970, that is later than ``now``; None on arrival.

        An hour that the clocks skip is served at the next minute that there is, one that they repeat the first time.
        """
        if self.when is When.ARRIVAL:
            return None
        zone = ZoneInfo(self.zone)
        today = datetime.fromtimestamp(now, zone).date()
        for days in range(-1, _DAYS_AHEAD):
            day = today + timedelta(days=days)
            if self.when is When.WEEKLY and day.weekday() != self.weekday:
                continue
            moment = _moment(day, self.minute, zone)
            if moment > now:
                return moment
        raise ValueError(f"no day within a week of {today} has that hour in {self.zone}")

    @property
    def clock(self) -> str:
        """The local time as people write it."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


ON_ARRIVAL = Rhythm()


def _moment(day: date, minute: int, zone: ZoneInfo) -> float:
    """When that minute of a local day first begins; where it is skipped, when the next one does that is not."""
    local = datetime.combine(day, time.min) + timedelta(minutes=minute)
    for _ in range(2 * _MINUTES_OF_DAY):
        aware = local.replace(tzinfo=zone, fold=0)
        if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local:
            return aware.timestamp()
        local += timedelta(minutes=1)
    raise ValueError(f"{zone.key} has no minute within two days of {day}")


def minute_of(text: str) -> int | None:
    """The minute of the day that a time such as "09:30" or "9.30" names; None where it is none."""
    found = _TIME.fullmatch(text.strip())
    return 60 * int(found[1]) + int(found[2]) if found else None


def known_zone(name: str) -> str | None:
    """The time zone of that name, such as "Asia/Almaty", in any case; None where there is none."""
    wanted = "_".join(name.split())
    for spelling in (wanted, wanted.upper(), wanted.title(), wanted.title().replace("_Of_", "_of_")):
        try:
            return ZoneInfo(spelling).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            # A name that leads out of the folder of zones, or is that of a folder in it, is no zone either.
            continue
    return None
