"""The outbox in the store's database: what is to be sent once, what became of it, and what each message quotes."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.answers.citation_table import keep_citations, place_row
from bot.answers.keyboard import Button
from bot.audit.deliveries import note_outcomes
from bot.outbox.outgoing import INTERRUPTED, UNNEEDED, Head, Kind, OutboxRow, Outgoing, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from bot.audit.table import AuditTable
    from corpus.database import Connection, Database
    from retrieval.answers.quotes import Quote

# Parts after one of the same summary that may or may not have arrived, and what answers what has not arrived.
_HELD = """
    SELECT later.id FROM outbox AS unclear CROSS JOIN outbox AS later USING (chat, thread, summary)
        WHERE unclear.state = 'unclear' AND later.part > unclear.part
    UNION ALL SELECT answer.id FROM outbox AS answer CROSS JOIN outbox AS answered ON answered.id = answer.answers
        WHERE answer.answers IS NOT NULL AND answered.state IN ('pending', 'sending', 'unclear')
"""
_COLUMNS = "id, chat, thread, summary, part, kind, body, buttons, answers, state, reason, attempts, composed, created"


class OutboxTable:
    """The table of messages. Its methods block; those that take a connection work in the caller's transaction."""

    def __init__(self, database: Database, audit: AuditTable, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._audit = audit
        self._now = now

    # Putting.

    def put(self, connection: Connection, messages: Iterable[Outgoing], *, composed: int = 0) -> int:
        """Put what is not there yet, remember what it quotes and names, and return how many were put."""
        return len(self._put(connection, messages, composed))

    def put_sent(self, message: Outgoing, number: int) -> None:
        """Keep what was sent at once, as message ``number`` of its chat, so that what it quotes can be corrected."""
        with self._database.writing() as connection:
            row = self._put_one(connection, message, 0)
            connection.execute("UPDATE outbox SET state = 'sent', message = ? WHERE id = ?", (number, row))
            _forget(connection, "id = ?", row)
            note_outcomes(self._audit, connection, [row] if row is not None else [])

    def _put(self, connection: Connection, messages: Iterable[Outgoing], composed: int) -> list[int]:
        return [id for message in messages if (id := self._put_one(connection, message, composed)) is not None]

    def _put_one(self, connection: Connection, message: Outgoing, composed: int) -> int | None:
        row = connection.execute(
            "INSERT INTO outbox (chat, thread, summary, part, kind, body, buttons, answers, state, composed, created,"
            " changed, language, process, round) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING id",
            (
                *(message.chat, message.thread, message.summary, message.part, message.kind, message.body),
                json.dumps([[(button.label, button.data) for button in row] for row in message.buttons]),
                *(message.answers, composed, self._now(), self._now()),
                *(message.language, message.process, message.round),
            ),
        ).fetchone()
        if row is None:
            return None
        identifier = int(row[0])
        keep_citations(connection, message.quotes)
        connection.executemany(
            'INSERT OR IGNORE INTO quoted (outbox, number, section, citation, document, sha256, start, "end", digest)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(identifier, *place, quote.citation, *place_row(quote)) for place, quote in _placed(message)],
        )
        places = (place.document.id for quote in message.quotes for place in (quote, *quote.also))
        connection.executemany(
            "INSERT INTO named VALUES (?, ?)", [(identifier, document) for document in {*message.named, *places}]
        )
        return identifier

    def replace(self, identifier: int, messages: Sequence[Outgoing]) -> int:
        """Let ``messages`` take the place of one that waits and of the parts after it; return how many were put.

        What answers the first of those that are replaced answers the first of these. Where it waits no more, nothing
        is done.
        """
        with self._database.writing() as connection:
            old = self._row(connection, identifier)
            if old is None or old.state is not State.PENDING or not messages:
                return 0
            # Under another name, so that what takes their place may have the same.
            connection.execute(
                "UPDATE outbox SET state = 'stale', body = '', buttons = '[]', changed = ?,"
                " summary = summary || '#' || id"
                " WHERE chat = ? AND thread = ? AND summary = ? AND part >= ? AND state = 'pending'",
                (self._now(), old.chat, old.thread, old.summary, old.part),
            )
            put = self._put(connection, messages, old.composed + 1)
            if put:
                connection.execute(
                    "UPDATE outbox SET answers = ? WHERE answers = ? AND state = 'pending' AND kind != 'correction'",
                    (put[0], identifier),
                )
        return len(put)

    # Sending.

    def heads(self) -> list[Head]:
        """The message that is next in each chat where none is being sent, in the order in which they were put.

        A part is held back while an earlier one of the same summary may or may not have arrived, and an answer until
        it is known of what it answers that it did or did not; what else the chat is to get goes on meanwhile.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT min(id), chat, due, changed FROM outbox WHERE state = 'pending'"  # noqa: S608 - the parts are our own
                f" AND chat NOT IN (SELECT chat FROM outbox WHERE state = 'sending') AND id NOT IN ({_HELD})"
                " GROUP BY chat ORDER BY 1"
            ).fetchall()
        return [Head(*row) for row in rows]

    def next(self, now: float, busy: Collection[int] = ()) -> OutboxRow | None:
        """Take the oldest message that may be sent by now to a chat that is not busy; None where there is none."""
        for head in self.heads():
            row = self.row(head.id) if not head.seconds_to_wait(now) and head.chat not in busy else None
            if row is not None and self.take(row):
                return replace(row, state=State.SENDING)
        return None

    def take(self, row: OutboxRow) -> bool:
        """Mark a message as being sent; False where it waits no more, or not as it was read."""
        with self._database.writing() as connection:
            taken = connection.execute(
                "UPDATE outbox SET state = 'sending', changed = ?"
                " WHERE id = ? AND state = 'pending' AND chat = ? AND body = ?",
                (self._now(), row.id, row.chat, row.body),
            )
            return bool(taken.rowcount)

    def mark(
        self,
        identifier: int,
        state: State,
        reason: str | None = None,
        *,
        message: int | None = None,
        due: float = 0.0,
    ) -> None:
        """Note what became of a message: ``message`` is its number in Telegram where it was sent.

        One that is pending again certainly did not go out; it is not tried before ``due`` (seconds since 1970).
        What was said in one that was sent or has failed is forgotten, since it may quote what is withdrawn later.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE outbox SET state = ?, reason = ?, message = ?, due = ?, changed = ?, told = 0,"
                " attempts = attempts + ? WHERE id = ?",
                (state, reason, message, due, self._now(), int(state is State.PENDING), identifier),
            )
            note_outcomes(self._audit, connection, [identifier])
            if state in (State.SENT, State.FAILED, State.STALE):
                _forget(connection, "id = ?", identifier)

    def settle_interrupted(self) -> int:
        """Mark what was being sent when the program ended as unclear, since it may have arrived; return how many."""
        with self._database.writing() as connection:
            rows = connection.execute(
                "UPDATE outbox SET state = 'unclear', reason = ?, changed = ?, told = 0 WHERE state = 'sending'"
                " RETURNING id",
                (INTERRUPTED, self._now()),
            ).fetchall()
            note_outcomes(self._audit, connection, sorted(row[0] for row in rows))
        return len(rows)

    def settle(self, identifier: int, arrived: bool, by: int) -> bool:
        """Note what the admin ``by`` knows of an unclear message; one that did not arrive waits again.

        The number in Telegram of one that arrived stays unknown. Returns False where it is not unclear.
        """
        with self._database.writing() as connection:
            state = State.SENT if arrived else State.PENDING
            settled = connection.execute(
                "UPDATE outbox SET state = ?, reason = NULL, due = 0, changed = ? WHERE id = ? AND state = 'unclear'",
                (state, self._now(), identifier),
            ).rowcount
            if settled and arrived:
                _forget(connection, "id = ?", identifier)
            note_outcomes(self._audit, connection, [identifier] if settled else [], by=by)
        return bool(settled)

    # Looking.

    def row(self, identifier: int) -> OutboxRow | None:
        """The message of that id, or None."""
        with self._database.reading() as connection:
            return self._row(connection, identifier)

    def _row(self, connection: Connection, identifier: int) -> OutboxRow | None:
        rows = _rows(connection, "id = ?", identifier)
        return rows[0] if rows else None

    def message_of(self, identifier: int) -> int | None:
        """The number in Telegram of a message that was sent; None where it is not known."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT message FROM outbox WHERE id = ?", (identifier,)).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def unclear(self) -> list[OutboxRow]:
        """The messages that may or may not have arrived, oldest first."""
        with self._database.reading() as connection:
            return _rows(connection, "state = 'unclear'")

    def failed(self) -> list[OutboxRow]:
        """The messages that never will be sent, oldest first."""
        with self._database.reading() as connection:
            return _rows(connection, "state = 'failed'")

    def untold(self) -> list[OutboxRow]:
        """The unclear and failed messages that no admin was told of, oldest first."""
        with self._database.reading() as connection:
            return _rows(connection, "state IN ('unclear', 'failed') AND NOT told")

    def mark_told(self, identifiers: Iterable[int]) -> None:
        """Note that admins were told of these."""
        with self._database.writing() as connection:
            connection.executemany("UPDATE outbox SET told = 1 WHERE id = ?", [(id,) for id in identifiers])

    def counts(self) -> dict[str, int]:
        """How many messages are in each state."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))

    def oldest_waiting(self) -> float | None:
        """When the oldest message was put that is still to be sent (seconds since 1970); None where none is."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT min(created) FROM outbox WHERE state IN ('pending', 'sending')").fetchone()
        return float(row[0]) if row[0] is not None else None

    # The life of chats and documents.

    def fail(self, connection: Connection, chat: int, reason: str, thread: int | None = None) -> int:
        """Fail what waits for a chat, or a topic of it; return how many messages. What is unclear stays so."""
        place, values = _place(chat, thread)
        failed = connection.execute(
            "UPDATE outbox SET state = 'failed', reason = ?, changed = ?, told = 0"  # noqa: S608 - our own
            f" WHERE {place} AND state = 'pending' RETURNING id",
            (reason, self._now(), *values),
        ).fetchall()
        _forget(connection, f"{place} AND state = 'failed'", *values)
        note_outcomes(self._audit, connection, sorted(row[0] for row in failed))
        return len(failed)

    def retire(self, connection: Connection, chat: int, reason: str, thread: int | None = None) -> int:
        """Fail what waits for a chat, or a topic of it, that is gone; return how many messages.

        What it was sent is not corrected any more.
        """
        place, values = _place(chat, thread)
        connection.execute(
            f"DELETE FROM quoted WHERE outbox IN (SELECT id FROM outbox WHERE {place})",  # noqa: S608 - our own
            values,
        )
        return self.fail(connection, chat, reason, thread)

    def move(self, connection: Connection, old: int, new: int) -> None:
        """Carry everything over to a group's new id; what that has already is not sent again.

        Messages are numbered anew there, so that the numbers of before would be those of others.
        """
        connection.execute("UPDATE OR IGNORE outbox SET chat = ?, due = 0, message = NULL WHERE chat = ?", (new, old))
        connection.execute(
            "UPDATE outbox SET state = 'stale', reason = ?, body = '', buttons = '[]'"
            " WHERE chat = ? AND state = 'pending'",
            (UNNEEDED, old),
        )

    def erase(self, connection: Connection, document: str) -> None:
        """Forget the words of every message that names or quotes a document, or what was packed in it.

        Those that wait are composed anew, or fail, when their turn comes.
        """
        naming = "id IN (SELECT outbox FROM named WHERE document = ? OR substr(document, 1, ?) = ?)"
        _forget(connection, naming, document, len(document) + 1, f"{document}/")

    def forget_of_age(self, seconds: float) -> int:
        """Delete what was dealt with longer ago than that and needs no correction any more; return how many.

        That is what was never sent, and what was sent without a quotation that still stands.
        """
        with self._database.writing() as connection:
            gone = connection.execute(
                "DELETE FROM outbox WHERE changed < ? AND (state IN ('failed', 'stale') OR state = 'sent'"
                " AND NOT EXISTS (SELECT 1 FROM quoted WHERE quoted.outbox = outbox.id AND quoted.corrected IS NULL))"
                " AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.answers = outbox.id"
                " AND other.state IN ('pending', 'sending', 'unclear'))",
                (self._now() - seconds,),
            ).rowcount
            for table in ("quoted", "named"):
                connection.execute(f"DELETE FROM {table} WHERE outbox NOT IN (SELECT id FROM outbox)")  # noqa: S608 - our own words
        return gone


def _placed(message: Outgoing) -> Iterable[tuple[tuple[int, str], Quote]]:
    """The number and section of each quotation of a message, and the quotation."""
    numbers = message.numbers or range(1, len(message.quotes) + 1)
    sections = message.sections or ("",) * len(message.quotes)
    return zip(zip(numbers, sections, strict=True), message.quotes, strict=True)


def _place(chat: int, thread: int | None) -> tuple[str, tuple[int, ...]]:
    """The condition for a chat, or a topic of it, and its values."""
    return ("chat = ?", (chat,)) if thread is None else ("chat = ? AND thread = ?", (chat, thread))


def _forget(connection: Connection, which: str, *values: object) -> None:
    """Empty the words and buttons of messages."""
    connection.execute(f"UPDATE outbox SET body = '', buttons = '[]' WHERE {which}", values)  # noqa: S608 - our own


def _rows(connection: Connection, which: str, *values: object) -> list[OutboxRow]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE {which} ORDER BY id", values).fetchall()  # noqa: S608 - our own words
    return [_made(connection, row) for row in rows]


def _made(connection: Connection, row: tuple[Any, ...]) -> OutboxRow:
    id, chat, thread, summary, part, kind, body, buttons, answers, state, reason, attempts, composed, created = row
    named = connection.execute("SELECT document FROM named WHERE outbox = ?", (id,)).fetchall()
    return OutboxRow(
        id=id,
        chat=chat,
        thread=thread,
        summary=summary,
        part=part,
        kind=Kind(kind),
        body=body,
        buttons=tuple(tuple(Button(label, data) for label, data in line) for line in json.loads(buttons)),
        answers=answers,
        state=State(state),
        reason=reason,
        attempts=attempts,
        composed=composed,
        created=created,
        named=frozenset(str(document) for (document,) in named),
    )
