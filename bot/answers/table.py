"""Answers that were given: what their buttons refer to, which messages hold them, and what a conversation was about."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.answers.citation_table import keep_citations
from retrieval.questions.question import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from corpus.database import Connection, Database
    from retrieval.answers.quotes import Quote

_COLUMNS = "id, chat, question, answered, citations, filters, lifted, person, asked, after, is_reply, created"


@dataclass(frozen=True, slots=True)
class Before:
    """The questions that one follows, oldest first, and whether it does so as a reply to the answer to the last."""

    questions: tuple[str, ...] = ()
    is_reply: bool = False


NOTHING_BEFORE = Before()


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given earlier: the citations ranked, best first.

    ``filters`` are the limits that were typed with the question, by the names of
    ``retrieval.questions.question.Filters``, and ``lifted`` the kinds of limits that were not applied. ``person`` asked
    it, with the message numbered ``asked``; ``before`` is what it follows. ``created`` is in seconds since 1970.
    """

    id: str
    chat: int
    question: str
    answered: bool
    citations: tuple[str, ...]
    filters: Mapping[str, str | int] = field(default_factory=dict)
    lifted: frozenset[str] = frozenset()
    person: int | None = None
    asked: int | None = None
    before: Before = NOTHING_BEFORE
    created: float = 0.0

    @property
    def limits(self) -> Filters:
        """The limits that were typed with the question."""
        return Filters(**self.filters)  # type: ignore[arg-type]


class AnswerTable:
    """The answers of all chats. Its methods block."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def keep(
        self,
        chat: int,
        question: str,
        generation: str,
        answered: bool,
        quotes: Iterable[Quote],
        *,
        filters: Mapping[str, str | int] | None = None,
        lifted: Iterable[str] = (),
        person: int | None = None,
        asked: int | None = None,
        before: Before = NOTHING_BEFORE,
        also: Callable[[Connection, StoredAnswer], None] | None = None,
    ) -> StoredAnswer:
        """Keep an answer with its ranked quotations under a new random id of ten characters.

        What is ``also`` to be written with it is so in the same transaction.
        """
        ranked = tuple(quotes)
        kept = StoredAnswer(
            id=secrets.token_hex(5),
            chat=chat,
            question=question,
            answered=answered,
            citations=tuple(quote.citation for quote in ranked),
            filters=dict(filters or {}),
            lifted=frozenset(lifted),
            person=person,
            asked=asked,
            before=before,
            created=self._now(),
        )
        limits = (json.dumps(kept.filters, ensure_ascii=False), json.dumps(sorted(kept.lifted)))
        following = (person, asked, json.dumps(before.questions, ensure_ascii=False), int(before.is_reply))
        with self._database.writing() as connection:
            keep_citations(connection, ranked)
            connection.execute(
                "INSERT INTO answers (id, chat, question, generation, answered, citations, created, filters, lifted,"
                " person, asked, after, is_reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(kept.id, chat, question, generation, int(answered), json.dumps(kept.citations), kept.created),
                    *(*limits, *following),
                ),
            )
            if also is not None:
                also(connection, kept)
        return kept

    def get(self, identifier: str) -> StoredAnswer | None:
        """The answer of that id, or None."""
        return self._one("id = ?", identifier)

    def keep_messages(
        self,
        answer: StoredAnswer,
        messages: Sequence[int],
        also: Callable[[Connection, StoredAnswer], None] | None = None,
    ) -> None:
        """Keep which messages of its chat hold an answer, in their order; ``also`` as for ``keep``."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO answer_messages VALUES (?, ?, ?)",
                [(answer.chat, message, answer.id) for message in messages],
            )
            if also is not None:
                also(connection, answer)

    def messages(self, answer: StoredAnswer) -> tuple[int, ...]:
        """Which messages of its chat hold an answer."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT message FROM answer_messages WHERE chat = ? AND answer = ? ORDER BY message",
                (answer.chat, answer.id),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def in_message(self, chat: int, message: int) -> StoredAnswer | None:
        """The answer that a message of the bot holds, or None."""
        return self._one("id = (SELECT answer FROM answer_messages WHERE chat = ? AND message = ?)", chat, message)

    def to_message(self, chat: int, message: int) -> StoredAnswer | None:
        """The last answer to the question that a message asked, or None."""
        return self._one("chat = ? AND asked = ?", chat, message)

    def last(self, chat: int, seconds: float) -> StoredAnswer | None:
        """The last answer in a private chat's conversation, where it is no older than that; None after ``/new``."""
        begun = "ifnull((SELECT begun FROM conversations WHERE chat = ?), 0)"
        return self._one(f"chat = ? AND created > {begun} AND created >= ?", chat, chat, self._now() - seconds)

    def begin(self, chat: int) -> None:
        """Begin a new conversation in a private chat: what follows has nothing before it."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO conversations VALUES (?, ?)", (chat, self._now()))

    def _one(self, condition: str, *values: object) -> StoredAnswer | None:
        """The newest answer that meets a condition of ours."""
        with self._database.reading() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM answers WHERE {condition} ORDER BY created DESC, rowid DESC LIMIT 1",  # noqa: S608 - our own words
                values,
            ).fetchone()
        if row is None:
            return None
        citations, filters, lifted = (json.loads(value) for value in row[4:7])
        return StoredAnswer(
            id=row[0],
            chat=row[1],
            question=row[2],
            answered=bool(row[3]),
            citations=tuple(citations),
            filters=filters,
            lifted=frozenset(lifted),
            person=row[7],
            asked=row[8],
            before=Before(tuple(json.loads(row[9])), bool(row[10])),
            created=row[11],
        )


def move_chat(connection: Connection, old: int, new: int) -> None:
    """Carry answers over to a group's new id; its messages are numbered anew there."""
    connection.execute("UPDATE answers SET chat = ?, asked = NULL WHERE chat = ?", (new, old))
    connection.execute("DELETE FROM answer_messages WHERE chat = ?", (old,))
