"""Subscriptions in the store's database: which chat or topic gets which summaries, and when. Its methods block."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from bot.subscriptions.rhythm import ON_ARRIVAL, Rhythm, When
from corpus.database import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from corpus.database import Connection, Database

_SELECT = (
    'SELECT id, chat, thread, process, language, since, "when", minute, weekday, zone, paused, due FROM subscriptions'
)
_IN_ORDER = " ORDER BY chat, thread, since, rowid"
_Row = tuple[str, int, int, "str | None", str, float, str, int, int, str, int, "float | None"]


class Pause(IntEnum):
    """Whether a subscription rests: not, because a person wanted it, or because the bot may not write there."""

    NONE = 0
    WANTED = 1
    RESTRICTED = 2


class AlreadySubscribedError(Exception):
    """The same chat or topic has another subscription to the same process in the same language."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chat, or a topic of it (0 for none), that gets summaries of documents which arrive from ``since`` on.

    ``process`` is the only one of which it gets them, None for all; ``due`` is when its next digest is, None where it
    has none. Times are in seconds since 1970. ``id`` has eight characters and cannot be guessed.
    """

    id: str
    chat: int
    thread: int
    language: str
    since: float
    process: str | None = None
    rhythm: Rhythm = ON_ARRIVAL
    pause: Pause = Pause.NONE
    due: float | None = None


class Subscriptions:
    """The subscriptions of all chats."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def add(
        self, chat: int, thread: int, language: str, process: str | None = None, rhythm: Rhythm = ON_ARRIVAL
    ) -> Subscription | None:
        """Subscribe a chat or topic from now on; None where it is subscribed already to that, in that language."""
        now = self._now()
        made = Subscription(secrets.token_hex(4), chat, thread, language, now, process, rhythm, due=rhythm.after(now))
        try:
            with self._database.writing() as connection:
                _write(connection, made)
        except IntegrityError:
            return None
        return made

    def get(self, identifier: str) -> Subscription | None:
        """The subscription of that id, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_SELECT + " WHERE id = ?", (identifier,)).fetchone()
        return _subscription(row) if row else None

    def of(self, chat: int, thread: int) -> tuple[Subscription, ...]:
        """Those of a chat or topic, in the order in which they were made."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT + " WHERE chat = ? AND thread = ?" + _IN_ORDER, (chat, thread)).fetchall()
        return tuple(_subscription(row) for row in rows)

    def all(self) -> tuple[Subscription, ...]:
        """All of them, by chat and topic."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT + _IN_ORDER).fetchall()
        return tuple(_subscription(row) for row in rows)

    def change(self, changed: Subscription) -> bool:
        """Keep a subscription as it is now wanted, from now on; False where it has ended.

        A digest's next hour is counted anew. What waits for a digest goes out at once where there is none any more.

        Raises:
            AlreadySubscribedError: it would be the same as another one.
        """
        try:
            with self._database.writing() as connection:
                if not _exists(connection, changed.id):
                    return False
                due = None if changed.pause else changed.rhythm.after(self._now())
                if changed.rhythm.when is When.ARRIVAL and not changed.pause and _waits(connection, changed.id):
                    due = self._now()
                _write(connection, replace(changed, due=due))
        except IntegrityError:
            raise AlreadySubscribedError from None
        return True

    def end(self, identifier: str) -> bool:
        """End a subscription; False where there was none."""
        with self._database.writing() as connection:
            return bool(_end(connection, "id = ?", identifier))

    def end_all(self, chat: int, thread: int) -> int:
        """End every subscription of a chat or topic, and return how many there were."""
        with self._database.writing() as connection:
            return _end(connection, "chat = ? AND thread = ?", chat, thread)

    def pause_chat(self, chat: int, pause: Pause) -> int:
        """Let the subscriptions of a chat that are at work rest; return how many that were."""
        with self._database.writing() as connection:
            return connection.execute(
                "UPDATE subscriptions SET paused = ?, due = NULL WHERE chat = ? AND paused = 0", (pause, chat)
            ).rowcount

    def resume_chat(self, chat: int) -> tuple[Subscription, ...]:
        """Take up again those of a chat that rested because the bot could not write there, and return them."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT + " WHERE chat = ? AND paused = ?", (chat, Pause.RESTRICTED)).fetchall()
        rested = [replace(_subscription(row), pause=Pause.NONE) for row in rows]
        return tuple(one for one in rested if self.change(one))

    def greet(self, chat: int) -> bool:
        """Note that a group is greeted; False where it was before, and has not been left since."""
        with self._database.writing() as connection:
            return bool(connection.execute("INSERT OR IGNORE INTO greeted_chats VALUES (?)", (chat,)).rowcount)

    def due(self, now: float) -> tuple[Subscription, ...]:
        """Those whose digest is due, or what they waited for, the longest due first."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT + " WHERE due <= ? AND paused = 0 ORDER BY due, rowid", (now,)).fetchall()
        return tuple(_subscription(row) for row in rows)

    def set_back(self, now: float) -> int:
        """Where the clock was set back since, let none wait for a later hour than its next; return how many did."""
        with self._database.writing() as connection:
            kept = [_subscription(row) for row in connection.execute(_SELECT).fetchall()]
            later = [one for one in kept if _as_of(one, now) != one]
            connection.executemany(
                "UPDATE subscriptions SET due = ?, since = ? WHERE id = ?",
                [(one.due, one.since, one.id) for one in (_as_of(each, now) for each in later)],
            )
        return len(later)

    def next_due(self) -> float | None:
        """When the next digest is due; None where there is none."""
        with self._database.reading() as connection:
            (due,) = connection.execute("SELECT min(due) FROM subscriptions WHERE paused = 0").fetchone()
        return None if due is None else float(due)


def _as_of(one: Subscription, now: float) -> Subscription:
    """A subscription that was not made after ``now``, and has no later digest than the next from then on."""
    due = one.due if one.due is None else min(one.due, one.rhythm.after(now) or now)
    return replace(one, since=min(one.since, now), due=due)


def retire(connection: Connection, chat: int, thread: int | None = None) -> None:
    """End every subscription of a chat, or of one topic, that nothing can be sent to any more.

    A chat that the bot comes back to is greeted anew.
    """
    if thread is None:
        _end(connection, "chat = ?", chat)
        connection.execute("DELETE FROM greeted_chats WHERE chat = ?", (chat,))
    else:
        _end(connection, "chat = ? AND thread = ?", chat, thread)


def move_chat(connection: Connection, old: int, new: int) -> None:
    """Carry subscriptions over to a group's new id; one that is there already stays as it is."""
    connection.execute("UPDATE OR IGNORE subscriptions SET chat = ? WHERE chat = ?", (new, old))
    _end(connection, "chat = ?", old)
    connection.execute("INSERT OR IGNORE INTO greeted_chats VALUES (?)", (new,))


def at_work(connection: Connection) -> frozenset[str]:
    """The ids of the subscriptions that do not rest."""
    rows = connection.execute("SELECT id FROM subscriptions WHERE paused = 0").fetchall()
    return frozenset(str(row[0]) for row in rows)


def move_on(connection: Connection, subscription: Subscription, due: float | None) -> bool:
    """Set when the next digest is due; False where the subscription has ended or changed meanwhile."""
    return bool(
        connection.execute(
            "UPDATE subscriptions SET due = ? WHERE id = ? AND due = ? AND chat = ? AND paused = 0",
            (due, subscription.id, subscription.due, subscription.chat),
        ).rowcount
    )


def wait_for_digest(connection: Connection, release: int, subscriptions: Iterable[str]) -> None:
    """Note for subscriptions that their next digest holds what a release brought."""
    connection.executemany(
        "INSERT OR IGNORE INTO digest_items SELECT id, ? FROM subscriptions WHERE id = ?",
        [(release, identifier) for identifier in subscriptions],
    )


def _write(connection: Connection, one: Subscription) -> None:
    rhythm = one.rhythm
    connection.execute(
        'INSERT INTO subscriptions (id, chat, thread, process, language, since, "when", minute, weekday, zone, paused,'
        " due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET process = excluded.process, language = excluded.language,"
        ' "when" = excluded."when", minute = excluded.minute, weekday = excluded.weekday, zone = excluded.zone,'
        " paused = excluded.paused, due = excluded.due, since = excluded.since",
        (
            one.id,
            one.chat,
            one.thread,
            one.process,
            one.language,
            one.since,
            rhythm.when,
            rhythm.minute,
            rhythm.weekday,
            rhythm.zone,
            one.pause,
            one.due,
        ),
    )


def _exists(connection: Connection, identifier: str) -> bool:
    return connection.execute("SELECT 1 FROM subscriptions WHERE id = ?", (identifier,)).fetchone() is not None


def _waits(connection: Connection, identifier: str) -> bool:
    return connection.execute("SELECT 1 FROM digest_items WHERE subscription = ?", (identifier,)).fetchone() is not None


def _end(connection: Connection, condition: str, *values: object) -> int:
    """End the subscriptions of which ``condition`` holds, and what waited for their digests."""
    connection.execute(
        f"DELETE FROM digest_items WHERE subscription IN (SELECT id FROM subscriptions WHERE {condition})",  # noqa: S608 - our own words
        values,
    )
    return connection.execute(f"DELETE FROM subscriptions WHERE {condition}", values).rowcount  # noqa: S608 - our own words


def _subscription(
    row: tuple[str, int, int, str | None, str, float, str, int, int, str, int, float | None],
) -> Subscription:
    identifier, chat, thread, process, language, since, when, minute, weekday, zone, paused, due = row
    rhythm = Rhythm(When(when), minute, weekday, zone)
    return Subscription(identifier, chat, thread, language, since, process, rhythm, Pause(paused), due)
