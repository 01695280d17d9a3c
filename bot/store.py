"""What must survive a restart, in one SQLite file. Its methods block: call them off the event loop."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.access import people
from bot.access.accounts import AccountTable
from bot.access.people import PeopleTable
from bot.answers import table as answer_table
from bot.answers.citation_table import Citation, keep_citations
from bot.answers.table import AnswerTable
from bot.audit.entries import Entry, Kind
from bot.audit.table import AuditTable
from bot.backup.store_copies import forget_copies
from bot.corrections.table import CorrectionTable
from bot.feedback.table import FeedbackTable
from bot.messages.pointers import Pointers
from bot.migrations import MIGRATIONS
from bot.outbox.outgoing import Outgoing
from bot.outbox.table import OutboxTable
from bot.preferences import table as preferences
from bot.preferences.personal_records import PersonalRecords
from bot.preferences.table import PreferenceTable
from bot.subscriptions import releases
from bot.subscriptions import table as subscriptions
from bot.subscriptions.releases import Releases
from bot.subscriptions.table import Subscriptions
from corpus.database import Database, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from retrieval.answers.quotes import Quote


class Store:
    """What the bot remembers, in a database of its own."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self.audit = AuditTable(database, now)
        self.pointers = Pointers(database, now)
        self.answers = AnswerTable(database, now)
        self.feedback = FeedbackTable(database, now)
        self.outbox = OutboxTable(database, self.audit, now)
        self.corrections = CorrectionTable(database, self.outbox)
        self.subscriptions = Subscriptions(database, now)
        self.releases = Releases(database, now)
        self.preferences = PreferenceTable(database)
        self.personal = PersonalRecords(database, self.outbox, self.audit)
        self.accounts = AccountTable(database, now)
        self.people = PeopleTable(database, now, self.audit)
        with database.reading() as connection:
            self._moved: dict[int, int] = dict(connection.execute("SELECT chat, before FROM moved_chats"))

    @staticmethod
    def open(path: Path, now: Callable[[], float] = time.time) -> Store:
        """Open the store, creating it or bringing its schema up to date first.

        Raises:
            DatabaseError: the file is damaged, locked, or of a newer version of this program.
        """
        return Store(Database.open(path, "store", MIGRATIONS), now)

    @property
    def database(self) -> Database:
        """The database, for what has to be done in one transaction."""
        return self._database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def check(self) -> None:
        """See that the file is sound.

        Raises:
            DatabaseError: it is not.
        """
        problem = self._database.problem()
        if problem is not None:
            raise DatabaseError(f"The store is damaged ({problem}); restore it from a backup.")

    def check_writable(self) -> None:
        """See that the file can be written now, changing nothing that is in it.

        Raises:
            DatabaseError: it cannot.
        """
        with self._database.writing() as connection:
            # A number that SQLite keeps for the program, and that this one does not use: it is written nonetheless.
            connection.execute("PRAGMA user_version = 0")

    # Updates: written before the poll or the receipt that confirms them, marked done with their reply.

    def keep_updates(self, bodies: Mapping[int, str]) -> frozenset[int]:
        """Write updates (JSON by id) and return the ids of those that were not there before."""
        with self._database.writing() as connection:
            new = set()
            for identifier, body in bodies.items():
                inserted = connection.execute(
                    "INSERT OR IGNORE INTO updates VALUES (?, ?, ?, 'pending')", (identifier, self._now(), body)
                )
                if inserted.rowcount:
                    new.add(identifier)
        return frozenset(new)

    def open_updates(self) -> tuple[tuple[int, str, str], ...]:
        """Id, JSON and state of the updates that are not done, oldest first; "sending" may have been answered."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, body, state FROM updates WHERE state IN ('pending', 'sending') ORDER BY id"
            ).fetchall()
        return tuple((int(row[0]), str(row[1]), str(row[2])) for row in rows)

    def open_update(self, identifier: int) -> tuple[str, str] | None:
        """JSON and state of an update that is not done; None where it is, or is unclear, or is not there."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT body, state FROM updates WHERE id = ? AND state IN ('pending', 'sending')", (identifier,)
            ).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def begin_reply(self, identifier: int) -> bool:
        """Mark an update as "sending"; False where something of a reply to it may have gone out before."""
        with self._database.writing() as connection:
            return bool(
                connection.execute(
                    "UPDATE updates SET state = 'sending' WHERE id = ? AND state = 'pending'", (identifier,)
                ).rowcount
            )

    def mark_update(self, identifier: int, state: str) -> None:
        """Set the state of an update: "sending" before its reply goes out, then "done" or "unclear".

        One of which certainly nothing was answered may be "pending" again.
        """
        with self._database.writing() as connection:
            connection.execute("UPDATE updates SET state = ? WHERE id = ?", (state, identifier))
            if state == "unclear":
                key = f"delivery:update:{identifier}"
                self.audit.append(connection, Entry(Kind.DELIVERY, key, {"update": identifier, "state": state}))

    def finish_update(self, identifier: int) -> None:
        """Mark an update as done, unless it was marked as unclear; what it said, which may quote, is forgotten."""
        with self._database.writing() as connection:
            connection.execute("UPDATE updates SET state = 'done' WHERE id = ? AND state != 'unclear'", (identifier,))
            connection.execute("UPDATE updates SET body = '' WHERE id = ?", (identifier,))
            self.audit.append_later(connection, identifier)

    def forget_updates_of_age(self, seconds: float) -> None:
        """Delete updates that are done and were received longer ago than that."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM updates WHERE state IN ('done', 'unclear') AND received < ?", (self._now() - seconds,)
            )

    # Citations.

    def remember_citations(self, quotes: Iterable[Quote]) -> None:
        """Keep where each quotation stands, and where else its words do, under the citation id of each place."""
        with self._database.writing() as connection:
            keep_citations(connection, quotes)

    def citation(self, identifier: str) -> Citation | None:
        """The citation of that id, or None."""
        with self._database.reading() as connection:
            row = connection.execute(
                'SELECT id, document, sha256, start, "end", digest FROM citations WHERE id = ?', (identifier,)
            ).fetchone()
        return Citation(*row) if row else None

    # Chats that change.

    def retire(self, chat: int, reason: str, thread: int | None = None) -> int:
        """End the subscriptions of a chat, or a topic of it, that nothing can be sent to, and fail what waits for it.

        Returns how many messages failed, for that ``reason``.
        """
        with self._database.writing() as connection:
            subscriptions.retire(connection, chat, thread)
            return self.outbox.retire(connection, chat, reason, thread)

    def fail_waiting(self, chat: int, reason: str) -> int:
        """Fail what waits for a chat, for that ``reason``, and return how many messages; its subscriptions stay."""
        with self._database.writing() as connection:
            return self.outbox.fail(connection, chat, reason)

    def move_chat(self, old: int, new: int) -> None:
        """Carry everything over to a group's new id, when it became a supergroup."""
        with self._database.writing() as connection:
            self.outbox.move(connection, old, new)
            subscriptions.move_chat(connection, old, new)
            releases.move_chat(connection, old, new)
            preferences.move_chat(connection, old, new)
            people.move_chat(connection, old, new)
            answer_table.move_chat(connection, old, new)
            for table in ("listings", "summaries"):
                connection.execute(f"UPDATE OR IGNORE {table} SET chat = ? WHERE chat = ?", (new, old))  # noqa: S608 - our own words
            connection.execute("INSERT OR REPLACE INTO moved_chats VALUES (?, ?)", (new, old))
        self._moved[new] = old
        self.preferences.read_again()
        self.people.read_again()

    def moved_from(self, chat: int) -> int | None:
        """The id that a supergroup had before it became one; None where it had none. Does not block."""
        return self._moved.get(chat)

    def decide(
        self,
        documents: Mapping[str, str],
        messages: Iterable[tuple[int, int, str, int, str]],
        named: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> int:
        """In one transaction, take ``documents`` (fingerprint by id) as known, and put ``messages`` into the outbox.

        A message is chat, thread, summary id, part and body; one that is there already is left alone. ``named`` is
        which documents each summary names. Returns how many were put.
        """
        with self._database.writing() as connection:
            connection.execute("DELETE FROM known_documents")
            connection.executemany("INSERT INTO known_documents (id, fingerprint) VALUES (?, ?)", documents.items())
            return self.outbox.put(
                connection,
                (
                    Outgoing(chat, thread, summary, part, body, named=frozenset(named.get(summary, ())))
                    for chat, thread, summary, part, body in messages
                ),
            )

    # Languages of chats.

    def keep_language(self, chat: int, language: str) -> None:
        """Keep the language last spoken in a chat."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO languages VALUES (?, ?)", (chat, language))

    def languages(self) -> dict[int, str]:
        """The languages that were kept, by chat."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT chat, language FROM languages"))

    def forget_wordings(self, erased: Iterable[str] = (), update: int | None = None) -> None:
        """Delete what was said in updates that are dealt with, and in messages that quote or name what is erased.

        A message that waits is not sent as it was then; the ``update`` that is being handled is not handled again
        after a crash.
        """
        with self._database.writing() as connection:
            for id in erased:
                self.outbox.erase(connection, id)
                self.audit.forget_values(connection, id)
            connection.execute("UPDATE updates SET state = 'sending' WHERE id = ? AND state = 'pending'", (update,))
            # What was being answered is not answered again after a crash either.
            connection.execute("UPDATE updates SET body = '' WHERE state IN ('sending', 'done', 'unclear')")
        self._database.forget_deleted()
        if erased:
            forget_copies(self._database)
