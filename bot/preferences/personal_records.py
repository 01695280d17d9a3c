"""What the store keeps about a person: counted, and deleted when they ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.backup.store_copies import forget_copies
from bot.outbox.outgoing import FORGOTTEN
from bot.subscriptions import table as subscriptions

if TYPE_CHECKING:
    from bot.audit.table import AuditTable
    from bot.outbox.table import OutboxTable
    from corpus.database import Connection, Database

# A private chat has the id of its person.
_ABOUT = {
    "answer_messages": "answer IN (SELECT id FROM answers WHERE person = :person OR chat = :person)",
    "feedback": "person = :person OR answer IN (SELECT id FROM answers WHERE person = :person OR chat = :person)",
    "answers": "person = :person OR chat = :person",
    "conversations": "chat = :person",
    "languages": "chat = :person",
    "listings": "chat = :person",
    "preferences": "chat = :person",
    "prompts": "chat = :person",
    "summaries": "chat = :person",
}


@dataclass(frozen=True, slots=True)
class Records:
    """How much is kept about a person: answers to them in private and in groups, the first of them in seconds since
    1970, the answers that they judged, and the subscriptions of their private chat.
    """

    private_answers: int
    group_answers: int
    since: float | None
    judged: int
    subscriptions: int


class PersonalRecords:
    """The rows of all tables that are about one person. Its methods block."""

    def __init__(self, database: Database, outbox: OutboxTable, audit: AuditTable) -> None:
        self._database = database
        self._outbox = outbox
        self._audit = audit

    def count(self, person: int) -> Records:
        """What is kept about a person."""
        with self._database.reading() as connection:
            private, groups, since = connection.execute(
                "SELECT count(CASE WHEN chat = :person THEN 1 END), count(CASE WHEN chat != :person THEN 1 END),"
                " min(created) FROM answers WHERE person = :person OR chat = :person",
                {"person": person},
            ).fetchone()
            wanted = connection.execute("SELECT count(*) FROM subscriptions WHERE chat = ?", (person,)).fetchone()[0]
            judged = connection.execute("SELECT count(*) FROM feedback WHERE person = ?", (person,)).fetchone()[0]
        return Records(private, groups, since, judged, wanted)

    def forget(self, person: int, update: int | None = None) -> None:
        """Delete all of it, and end the subscriptions of the private chat; the ``update`` that asks is not repeated.

        The audit log keeps when they asked and what they were sent, and nothing of the words of their questions.
        """
        with self._database.writing() as connection:
            subscriptions.retire(connection, person)
            self._outbox.retire(connection, person, FORGOTTEN)
            _delete(connection, person)
            self._audit.forget_questions(connection, person)
            connection.execute("UPDATE updates SET state = 'sending' WHERE id = ? AND state = 'pending'", (update,))
            connection.execute("UPDATE updates SET body = '' WHERE state IN ('sending', 'done', 'unclear')")
        self._database.forget_deleted()
        forget_copies(self._database)


def _delete(connection: Connection, person: int) -> None:
    for table, condition in _ABOUT.items():
        connection.execute(f"DELETE FROM {table} WHERE {condition}", {"person": person})  # noqa: S608 - our own names
