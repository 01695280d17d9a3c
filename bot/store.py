"""What must survive a restart, in one SQLite file. Its methods block: call them off the event loop."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.migrations import MIGRATIONS
from bot.pointers import Pointers
from corpus.database import Database, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from retrieval.quotes import Quote


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a version of a document, under its short id.

    ``digest`` is that of the words quoted (see ``words_digest``), None for a citation kept before these were.
    """

    id: str
    document: str
    sha256: str
    start: int
    end: int
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given earlier, which its buttons refer to: the citations ranked, best first.

    ``filters`` are the limits that were typed with the question, by the names of ``retrieval.question.Filters``, and
    ``lifted`` the kinds of limits that were not applied.
    """

    id: str
    chat: int
    question: str
    answered: bool
    citations: tuple[str, ...]
    filters: Mapping[str, str | int] = field(default_factory=dict)
    lifted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A chat, or a topic of it (0 for none), that gets summaries of rounds from ``since`` (seconds since 1970) on."""

    chat: int
    thread: int
    language: str
    since: float


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message to be sent once; ``named`` are the ids of the documents that its summary names or quotes."""

    id: int
    chat: int
    thread: int
    body: str
    named: frozenset[str] = frozenset()


def words_digest(text: str) -> str:
    """The first sixteen hexadecimal digits of the SHA-256 of quoted words."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Store:
    """What the bot remembers, in a database of its own."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self.pointers = Pointers(database, now)
        with database.reading() as connection:
            self._moved: dict[int, int] = dict(connection.execute("SELECT chat, before FROM moved_chats"))

    @staticmethod
    def open(path: Path, now: Callable[[], float] = time.time) -> Store:
        """Open the store, creating it or bringing its schema up to date first.

        Raises:
            DatabaseError: the file is damaged, locked, or of a newer version of this program.
        """
        return Store(Database.open(path, "store", MIGRATIONS), now)

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

    # Updates: written before the poll that confirms them, marked done with their reply.

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

    def mark_update(self, identifier: int, state: str) -> None:
        """Set the state of an update: "sending" before its reply goes out, then "done" or "unclear"."""
        with self._database.writing() as connection:
            connection.execute("UPDATE updates SET state = ? WHERE id = ?", (state, identifier))

    def finish_update(self, identifier: int) -> None:
        """Mark an update as done, unless it was marked as unclear; what it said, which may quote, is forgotten."""
        with self._database.writing() as connection:
            connection.execute("UPDATE updates SET state = 'done' WHERE id = ? AND state != 'unclear'", (identifier,))
            connection.execute("UPDATE updates SET body = '' WHERE id = ?", (identifier,))

    def forget_updates_of_age(self, seconds: float) -> None:
        """Delete updates that are done and were received longer ago than that."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM updates WHERE state IN ('done', 'unclear') AND received < ?", (self._now() - seconds,)
            )

    # Citations and answers.

    def remember_citations(self, quotes: Iterable[Quote]) -> None:
        """Keep where each quotation stands, and where else its words do, under the citation id of each place."""
        places = [place for quote in quotes for place in (quote, *quote.also)]
        rows = [
            (place.citation, place.document.id, place.document.sha256, place.start, place.end, words_digest(place.text))
            for place in places
        ]
        with self._database.writing() as connection:
            # Under the same id the words differ only where the readers have changed: what is quoted now counts.
            connection.executemany(
                'INSERT INTO citations (id, document, sha256, start, "end", digest) VALUES (?, ?, ?, ?, ?, ?)'
                " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest",
                rows,
            )

    def citation(self, identifier: str) -> Citation | None:
        """The citation of that id, or None."""
        with self._database.reading() as connection:
            row = connection.execute(
                'SELECT id, document, sha256, start, "end", digest FROM citations WHERE id = ?', (identifier,)
            ).fetchone()
        return Citation(*row) if row else None

    def keep_answer(
        self,
        chat: int,
        question: str,
        generation: str,
        answered: bool,
        quotes: Iterable[Quote],
        *,
        filters: Mapping[str, str | int] | None = None,
        lifted: Iterable[str] = (),
    ) -> StoredAnswer:
        """Keep an answer with its ranked quotations under a new random id of ten characters."""
        ranked = tuple(quotes)
        self.remember_citations(ranked)
        citations = tuple(quote.citation for quote in ranked)
        identifier = secrets.token_hex(5)
        kept = StoredAnswer(identifier, chat, question, answered, citations, dict(filters or {}), frozenset(lifted))
        limits = (json.dumps(kept.filters, ensure_ascii=False), json.dumps(sorted(kept.lifted)))
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO answers (id, chat, question, generation, answered, citations, created, filters, lifted)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (identifier, chat, question, generation, int(answered), json.dumps(citations), self._now(), *limits),
            )
        return kept

    def answer(self, identifier: str) -> StoredAnswer | None:
        """The answer of that id, or None."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT id, chat, question, answered, citations, filters, lifted FROM answers WHERE id = ?",
                (identifier,),
            ).fetchone()
        if row is None:
            return None
        citations, filters, lifted = (json.loads(value) for value in row[4:])
        return StoredAnswer(row[0], row[1], row[2], bool(row[3]), tuple(citations), filters, frozenset(lifted))

    # Subscriptions, and the documents already known when they are served.

    def subscribe(self, chat: int, thread: int, language: str) -> bool:
        """Subscribe a chat or topic from now on; False where it was subscribed already."""
        with self._database.writing() as connection:
            inserted = connection.execute(
                "INSERT OR IGNORE INTO subscriptions VALUES (?, ?, ?, ?)", (chat, thread, language, self._now())
            )
            return bool(inserted.rowcount)

    def unsubscribe(self, chat: int, thread: int) -> bool:
        """End a subscription; False where there was none."""
        with self._database.writing() as connection:
            gone = connection.execute("DELETE FROM subscriptions WHERE chat = ? AND thread = ?", (chat, thread))
            return bool(gone.rowcount)

    def drop_chat(self, chat: int) -> None:
        """End every subscription of a chat that the bot has left, and what waits to be sent there."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM subscriptions WHERE chat = ?", (chat,))
            connection.execute(
                "UPDATE outbox SET state = 'failed', reason = 'left' WHERE chat = ? AND state = 'pending'", (chat,)
            )

    def move_chat(self, old: int, new: int) -> None:
        """Carry everything over to a group's new id, when it became a supergroup."""
        with self._database.writing() as connection:
            for table in ("subscriptions", "outbox", "answers", "listings"):
                connection.execute(f"UPDATE OR IGNORE {table} SET chat = ? WHERE chat = ?", (new, old))  # noqa: S608
            connection.execute("DELETE FROM subscriptions WHERE chat = ?", (old,))
            connection.execute("INSERT OR REPLACE INTO moved_chats VALUES (?, ?)", (new, old))
        self._moved[new] = old

    def moved_from(self, chat: int) -> int | None:
        """The id that a supergroup had before it became one; None where it had none. Does not block."""
        return self._moved.get(chat)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All of them, by chat and topic."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT * FROM subscriptions ORDER BY chat, thread").fetchall()
        return tuple(Subscription(*row) for row in rows)

    def known_documents(self) -> dict[str, str]:
        """The fingerprint, by id, of each document that subscriptions have been served for."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT id, fingerprint FROM known_documents"))

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
            connection.executemany("INSERT INTO known_documents VALUES (?, ?)", documents.items())
            pairs = [(summary, document) for summary, ids in named.items() for document in ids]
            connection.executemany("INSERT OR IGNORE INTO named_documents VALUES (?, ?)", pairs)
            put = 0
            for chat, thread, summary, part, body in messages:
                put += connection.execute(
                    "INSERT OR IGNORE INTO outbox (chat, thread, summary, part, body, state, created)"
                    " VALUES (?, ?, ?, ?, ?, 'pending', ?)",
                    (chat, thread, summary, part, body, self._now()),
                ).rowcount
        return put

    # Languages of chats.

    def keep_language(self, chat: int, language: str) -> None:
        """Keep the language last spoken in a chat."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO languages VALUES (?, ?)", (chat, language))

    def languages(self) -> dict[int, str]:
        """The languages that were kept, by chat."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT chat, language FROM languages"))

    # The outbox.

    def next_message(self) -> OutboxRow | None:
        """Take the oldest message that waits, marking it as being sent; None where none does."""
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT id, chat, thread, body, summary FROM outbox WHERE state = 'pending' ORDER BY id LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            identifier, chat, thread, body, summary = row
            named = connection.execute("SELECT document FROM named_documents WHERE summary = ?", (summary,)).fetchall()
            connection.execute("UPDATE outbox SET state = 'sending' WHERE id = ?", (identifier,))
        return OutboxRow(identifier, chat, thread, body, frozenset(str(document) for (document,) in named))

    def mark_message(self, identifier: int, state: str, reason: str | None = None) -> None:
        """Set what became of a message: "sent", "unclear", "failed", or "pending" where it certainly did not go out."""
        with self._database.writing() as connection:
            connection.execute("UPDATE outbox SET state = ?, reason = ? WHERE id = ?", (state, reason, identifier))

    def settle_interrupted(self) -> int:
        """Mark what was being sent when the program ended as unclear, since it may have arrived; return how many."""
        with self._database.writing() as connection:
            return connection.execute(
                "UPDATE outbox SET state = 'unclear', reason = 'interrupted' WHERE state = 'sending'"
            ).rowcount

    def outbox_states(self) -> dict[str, int]:
        """How many messages are in each state."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))

    def forget_wordings(self, erased: Iterable[str] = (), update: int | None = None) -> None:
        """Delete what was said in messages that are dealt with, since it may quote a document that is erased.

        A message that waits and names one of the documents ``erased``, or what was packed in it, is not sent any more;
        the ``update`` that is being handled is not handled again after a crash.
        """
        waiting = "UPDATE outbox SET state = 'failed', reason = 'withdrawn' WHERE state = 'pending' AND summary IN"
        naming = "SELECT summary FROM named_documents WHERE document = ? OR substr(document, 1, ?) = ?"
        with self._database.writing() as connection:
            for id in erased:
                connection.execute(f"{waiting} ({naming})", (id, len(id) + 1, f"{id}/"))
            connection.execute("UPDATE updates SET state = 'sending' WHERE id = ? AND state = 'pending'", (update,))
            # What was being answered is not answered again after a crash either.
            connection.execute("UPDATE updates SET body = '' WHERE state IN ('sending', 'done', 'unclear')")
            connection.execute("UPDATE outbox SET body = '' WHERE state IN ('sent', 'unclear', 'failed')")
        self._database.forget_deleted()
