"""The audit log in the store's database: a chain of entries that is only ever added to."""

from __future__ import annotations

import hmac
import json
import math
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.audit.entries import SALT_BYTES, Entry, Kind, Value, Written, body_digest, canonical, chain_hash
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from corpus.database import Connection, Database

_COLUMNS = "number, at, key, kind, digest, chain, salt, body"
_DAY: Final = 24 * 3600.0
_PAGE: Final = 1000
_QUESTION_KEY: Final = "question key"
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries were written, the chain hash of the last of them, and the highest number that is there."""

    number: int
    chain: str
    highest: int


@dataclass(frozen=True, slots=True)
class Emptied:
    """Which bodies the log itself says were emptied: all up to ``until``, for their age, and those ``numbered``."""

    until: int
    numbered: frozenset[int]

    def has(self, number: int) -> bool:
        """Whether the log says so of an entry."""
        return number <= self.until or number in self.numbered


class AuditTable:
    """The log. Its methods block; those that take a connection work in the caller's transaction.

    ``now`` gives seconds since 1970.
    """

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._days = 0
        self._looked = -math.inf
        self._later: dict[int, list[Entry]] = {}

    # Writing.

    def append(self, connection: Connection, *entries: Entry) -> None:
        """Write entries behind the last one, but for those whose key is there already.

        Raises:
            DatabaseError: the log has lost its head.
        """
        for entry in entries:
            self._append(connection, entry)
        self.empty_old(connection)

    def note(self, *entries: Entry) -> None:
        """Write entries in a transaction of their own."""
        with self._database.writing() as connection:
            self.append(connection, *entries)

    def later(self, update: int | None, *entries: Entry) -> None:
        """Write entries in the transaction that marks the ``update`` as done; does not block.

        Where the program is killed before that, the update is handled again at the next start, or marked as unclear,
        which is written then.
        """
        if update is not None:
            self._later.setdefault(update, []).extend(entries)

    def append_later(self, connection: Connection, update: int) -> None:
        """Write what was to be written with an update."""
        self.append(connection, *self._later.pop(update, ()))

    def _append(self, connection: Connection, entry: Entry) -> None:
        if connection.execute("SELECT 1 FROM audit WHERE key = ?", (entry.key,)).fetchone() is not None:
            return
        before, previous = _head(connection)
        number, at = before + 1, self._milliseconds()
        salt, body = secrets.token_bytes(SALT_BYTES), canonical(entry.body)
        digest = body_digest(salt, body)
        chain = chain_hash(previous, number, at, entry.key, entry.kind.value, digest)
        connection.execute(
            f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            (number, at, entry.key, entry.kind.value, digest, chain, salt, body),
        )

    def _milliseconds(self, ago: float = 0.0) -> int:
        return math.floor((self._now() - ago) * 1000)

    def sealed(self, connection: Connection, text: str) -> str:
        """HMAC-SHA256 of a text with a random key of this store, which no other store has."""
        connection.execute(
            "INSERT OR IGNORE INTO audit_state VALUES (?, ?)", (_QUESTION_KEY, secrets.token_bytes(_KEY_BYTES))
        )
        key = connection.execute("SELECT value FROM audit_state WHERE name = ?", (_QUESTION_KEY,)).fetchone()[0]
        return hmac.new(key, text.encode("utf-8", "replace"), "sha256").hexdigest()

    def mark(self, connection: Connection, name: str) -> str | None:
        """How far something has been taken into the log; None where nothing has."""
        row = connection.execute("SELECT value FROM audit_state WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_mark(self, connection: Connection, name: str, value: str) -> None:
        """Remember how far something has been taken."""
        connection.execute("INSERT OR REPLACE INTO audit_state VALUES (?, ?)", (name, value))

    # Emptying.

    def keep_for(self, days: int) -> None:
        """Empty bodies that are older than so many days (0: none ever), now and from now on once a day."""
        self._days, self._looked = days, -math.inf
        with self._database.writing() as connection:
            has_emptied = self.empty_old(connection)
        if has_emptied:
            self._database.forget_deleted()

    def empty_old(self, connection: Connection) -> bool:
        """Empty what is older than is to be kept, at most once a day; the log then says up to which entry it did."""
        if not self._days or self._now() - self._looked < _DAY:
            return False
        self._looked = self._now()
        done = emptied(connection).until
        young = connection.execute(
            "SELECT number FROM audit WHERE number > ? AND at >= ? ORDER BY number LIMIT 1",
            (done, self._milliseconds(self._days * _DAY)),
        ).fetchone()
        until = _head(connection)[0] if young is None else young[0] - 1
        count = _empty(connection, "number BETWEEN ? AND ?", done + 1, until)
        if count:
            self._say_emptied(connection, {"reason": "age", "until": until})
        return count > 0

    def forget_questions(self, connection: Connection, person: int) -> None:
        """Empty the bodies of a person's questions, whose words they have; when and what they got stays."""
        which = "kind = 'question' AND body IS NOT NULL AND json_extract(body, '$.person') = ?"
        self._forget(connection, which, (person,), {"reason": "forgotten", "person": person})

    def forget_values(self, connection: Connection, document: str) -> bool:
        """Empty what a document that is erased, or what was packed in it, was corrected to, and why it was withdrawn.

        These may be words of it. Returns whether there were any.
        """
        name = "json_extract(body, '$.document')"
        which = (
            f"kind = 'document' AND body IS NOT NULL AND ({name} = ? OR ({name} > ? AND {name} < ?))"
            " AND json_extract(body, '$.value') IS NOT NULL"
        )
        # "0" is what follows the slash.
        values = (document, f"{document}/", f"{document}0")
        return self._forget(connection, which, values, {"reason": "erased", "document": document})

    def _forget(self, connection: Connection, which: str, values: Sequence[object], told: dict[str, Value]) -> bool:
        """Empty the entries that meet a condition of ours, written as the indexes of bodies are, and say so."""
        rows = connection.execute(f"SELECT number FROM audit WHERE {which} ORDER BY number", values)  # noqa: S608 - our own words
        numbers: list[Value] = [int(row[0]) for row in rows.fetchall()]
        for number in numbers:
            _empty(connection, "number = ?", number)
        if numbers:
            self._say_emptied(connection, {**told, "numbers": numbers})
        return bool(numbers)

    def _say_emptied(self, connection: Connection, body: dict[str, Value]) -> None:
        self._append(connection, Entry(Kind.ERASED, f"erased:{_head(connection)[0] + 1}", body))

    # Reading.

    def head(self) -> Head:
        """The head of the log.

        Raises:
            DatabaseError: the log has lost it.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT number, chain, (SELECT ifnull(max(number), 0) FROM audit) FROM audit_head"
            ).fetchone()
        return Head(*_expected(row))

    def entries(self, after: int = 0, since: int | None = None) -> Iterator[Written]:
        """The entries behind the one numbered ``after``, in their order; ``since`` in milliseconds since 1970.

        They are read in pages, so that a program that writes meanwhile is not held up.
        """
        while page := self._page(after, since):
            yield from page
            after = page[-1].number

    def _page(self, after: int, since: int | None) -> list[Written]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM audit WHERE number > ? AND at >= ? ORDER BY number LIMIT {_PAGE}",  # noqa: S608 - our own words
                (after, since if since is not None else -(2**62)),
            ).fetchall()
        return [Written(*row) for row in rows]

    def chain_of(self, number: int) -> str | None:
        """The chain hash of the entry of that number; None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT chain FROM audit WHERE number = ?", (number,)).fetchone()
        return None if row is None else str(row[0])

    def emptied(self) -> Emptied:
        """Which bodies the log says were emptied."""
        with self._database.reading() as connection:
            return emptied(connection)


def emptied(connection: Connection) -> Emptied:
    """Which bodies the log says were emptied, as far as the entries that say so are what was written."""
    rows: Iterable[Sequence[Any]] = connection.execute(
        f"SELECT {_COLUMNS} FROM audit WHERE kind = 'erased' ORDER BY number"  # noqa: S608 - our own names
    )
    until, numbered = 0, set()
    for entry in (Written(*row) for row in rows):
        if entry.body is None or not entry.is_intact:
            continue
        # Whoever can write the file may have written anything.
        with suppress(ValueError, TypeError, AttributeError):
            told = json.loads(entry.body)
            until = max(until, told.get("until", 0))
            numbered.update(told.get("numbers", ()))
    return Emptied(until, frozenset(numbered))


def _empty(connection: Connection, which: str, *values: object) -> int:
    return connection.execute(
        f"UPDATE audit SET salt = NULL, body = NULL WHERE {which} AND body IS NOT NULL",  # noqa: S608 - our own
        values,
    ).rowcount


def _head(connection: Connection) -> tuple[int, str]:
    """The number and the chain hash of the entry that was written last."""
    number, chain = _expected(connection.execute("SELECT number, chain FROM audit_head").fetchone())
    return int(number), str(chain)


def _expected(row: Any) -> Any:
    if row is None:
        raise DatabaseError(
            "The audit log has lost its head: somebody has changed the store; restore it from a backup."
        )
    return row
