"""What a person or a group has chosen: kept in the store, and read from memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.languages import LANGUAGES
from bot.subscriptions.rhythm import Rhythm, When, known_zone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from corpus.database import Connection, Database

MOST_QUOTATIONS = 5
#: How quiet hours are typed.
QUIET_EXAMPLE = "/settings quiet 21-06 Asia/Almaty"
_HOURS = re.compile(r"(\d{1,2})(?::?00)?\s*[-–—]\s*(\d{1,2})(?::?00)?")


class Askers(StrEnum):
    """Who may ask in a group."""

    EVERYONE = "everyone"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of the day, 0 to 23, from which and until which nothing is sent unasked, and the name of their zone."""

    start: int
    end: int
    zone: str = "UTC"

    @classmethod
    def read(cls, text: str, zone: str) -> Self | None:
        """Hours such as "22-7" or "22:00-07:00", with or without a zone behind them; None where these are none."""
        hours, _, named = text.strip().partition(" ")
        found = _HOURS.fullmatch(hours)
        known = known_zone(named) if named.strip() else zone
        if found is None or known is None:
            return None
        start, end = int(found[1]) % 24, int(found[2]) % 24
        return cls(start, end, known) if start != end and max(int(found[1]), int(found[2])) <= 24 else None

    def __str__(self) -> str:
        return f"{self.start:02}-{self.end:02} {self.zone}"

    def seconds_left(self, now: float) -> float:
        """How long they last still at ``now``, in seconds since 1970; 0 outside them."""
        end = Rhythm(When.DAILY, 60 * self.end, zone=self.zone).after(now)
        start = Rhythm(When.DAILY, 60 * self.start, zone=self.zone).after(now)
        if end is None or start is None or start < end:
            return 0.0
        return end - now


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices of a chat; a private chat has the id of its person. None is the default of each.

    ``language`` is one of ``bot.languages.LANGUAGES``, and ``quotations`` how many an answer shows at once, 1 to 5.
    """

    language: str | None = None
    askers: Askers | None = None
    quotations: int | None = None
    quiet: QuietHours | None = None


_NOTHING = Preferences()


def _read_value(name: str, text: str) -> Any:
    """A value as it was kept; None where it is none that can be chosen now."""
    if name == "language":
        return text if text in LANGUAGES else None
    if name == "askers":
        return Askers(text) if text in set(Askers) else None
    if name == "quotations":
        return int(text) if text.isdecimal() and 1 <= int(text) <= MOST_QUOTATIONS else None
    return QuietHours.read(text, "UTC")


class PreferenceTable:
    """The preferences of all chats."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            self._kept = _read(connection)

    def of(self, chat: int) -> Preferences:
        """What a chat has chosen. Does not block."""
        return self._kept.get(chat, _NOTHING)

    def choose(self, chat: int, **values: Any) -> Preferences:
        """Keep choices of a chat, by the names of ``Preferences``; None takes one back. Blocks."""
        chosen = replace(self.of(chat), **values)
        named = {field.name: getattr(chosen, field.name) for field in fields(chosen)}
        rows = [(chat, name, str(value)) for name, value in named.items() if value is not None]
        with self._database.writing() as connection:
            connection.execute("DELETE FROM preferences WHERE chat = ?", (chat,))
            connection.executemany("INSERT INTO preferences VALUES (?, ?, ?)", rows)
        self._kept = {**self._kept, chat: chosen}
        return chosen

    def read_again(self) -> None:
        """Read what others have written into the store, such as a chat's new id. Blocks."""
        with self._database.reading() as connection:
            self._kept = _read(connection)


def move_chat(connection: Connection, old: int, new: int) -> None:
    """Carry a group's choices over to its new id."""
    connection.execute("UPDATE OR REPLACE preferences SET chat = ? WHERE chat = ?", (new, old))


def _read(connection: Connection) -> Mapping[int, Preferences]:
    known = {field.name for field in fields(Preferences)}
    kept: dict[int, Preferences] = {}
    for chat, name, text in connection.execute("SELECT chat, name, value FROM preferences"):
        if name in known:
            kept[chat] = replace(kept.get(chat, _NOTHING), **{name: _read_value(name, text)})
    return kept
