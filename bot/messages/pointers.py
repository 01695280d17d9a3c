"""What buttons and replies stand for, in the store's database: documents, lists, and values that were asked for."""

from __future__ import annotations

import secrets
import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from corpus.database import Connection, Database


@dataclass(frozen=True, slots=True)
class KeptSummary:
    """What a button under a summary is about: a round of a process, a topic where there is one, and a language."""

    process: str | None
    round: int
    topic: str | None
    language: str


class Pointers:
    """Short names for documents, lists that have pages, and messages whose replies give a value."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def handles(self, documents: Iterable[str]) -> dict[str, str]:
        """A short name of eight characters for each document id, which it keeps and which cannot be guessed."""
        with self._database.writing() as connection:
            found = {}
            for id in documents:
                connection.execute("INSERT OR IGNORE INTO handles VALUES (?, ?)", (secrets.token_hex(4), id))
                row = connection.execute("SELECT handle FROM handles WHERE document = ?", (id,)).fetchone()
                found[id] = str(row[0])
        return found

    def document_of(self, handle: str) -> str | None:
        """The id of the document that a short name is of."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT document FROM handles WHERE handle = ?", (handle,)).fetchone()
        return str(row[0]) if row else None

    def keep_listing(self, chat: int, words: str) -> str:
        """Keep the words that a chat's list of documents was asked for with, and return its id of eight characters."""
        identifier = secrets.token_hex(4)
        with self._database.writing() as connection:
            connection.execute("INSERT INTO listings VALUES (?, ?, ?, ?)", (identifier, chat, words, self._now()))
        return identifier

    def listing(self, identifier: str, chat: int) -> str | None:
        """The words of a chat's list; None where it is of another chat or never was."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT words FROM listings WHERE id = ? AND chat = ?", (identifier, chat)
            ).fetchone()
        return str(row[0]) if row else None

    def keep_prompt(self, chat: int, message: int, subject: str, field: str) -> None:
        """Keep what a reply to a message of the bot gives a value to."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO prompts VALUES (?, ?, ?, ?, ?)", (chat, message, subject, field, self._now())
            )

    def prompt(self, chat: int, message: int) -> tuple[str, str] | None:
        """The subject and the field that a reply to a message gives a value to; None for any other message."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT subject, field FROM prompts WHERE chat = ? AND message = ?", (chat, message)
            ).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def keep_summary(
        self,
        chat: int,
        process: str | None,
        round: int,
        topic: str | None,
        language: str,
        *,
        connection: Connection | None = None,
    ) -> str:
        """Keep what a chat's summary is of, and return its handle of eight characters, the same for the same.

        ``connection`` is that of a transaction that is open already.
        """
        with self._database.writing() if connection is None else nullcontext(connection) as open_one:
            open_one.execute(
                "INSERT OR IGNORE INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?)",
                (secrets.token_hex(4), chat, process, round, topic, language, self._now()),
            )
            row = open_one.execute(
                "SELECT handle FROM summaries WHERE chat = ? AND process IS ? AND round = ? AND topic IS ?"
                " AND language = ?",
                (chat, process, round, topic, language),
            ).fetchone()
        return str(row[0])

    def summary(self, handle: str, chat: int) -> KeptSummary | None:
        """What a summary of a chat is of; None where the handle is of another chat or never was."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT process, round, topic, language FROM summaries WHERE handle = ? AND chat = ?", (handle, chat)
            ).fetchone()
        return KeptSummary(*row) if row else None
