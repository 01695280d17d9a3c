"""What people think of answers: one verdict of each person on each answer, while the answer is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpus.database import Connection, Database


class Verdict(StrEnum):
    """What a person thinks of an answer, or of the source of one of its quotations."""

    GOOD = "good"
    BAD = "bad"
    WRONG_SOURCE = "wrong source"


class Press(Enum):
    """What became of a verdict that was given; ``GONE`` where the answer is not kept any more."""

    NOTED = "noted"
    TAKEN_BACK = "taken back"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on an answer, and whose it was not told; ``given`` is in seconds since 1970.

    ``quotation`` is the number, from 1, of that with the wrong source, and None with any other verdict.
    """

    answer: str
    verdict: Verdict
    quotation: int | None
    given: float


@dataclass(frozen=True, slots=True)
class Complaint:
    """The latest of the same judgements on an answer, and of how many people they are."""

    judgement: Judgement
    people: int


class FeedbackTable:
    """The verdicts of all people. Its methods block."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def press(
        self, answer: str, person: int, verdict: Verdict, quotation: int | None = None, update: int | None = None
    ) -> Press:
        """Take a person's verdict instead of any other on that answer, or take the same verdict back.

        The ``update`` that gives it is not handled again after a crash, which would undo it.
        """
        with self._database.writing() as connection:
            connection.execute("UPDATE updates SET state = 'sending' WHERE id = ? AND state = 'pending'", (update,))
            if connection.execute("SELECT 1 FROM answers WHERE id = ?", (answer,)).fetchone() is None:
                return Press.GONE
            if _given(connection, answer, person) == (verdict, quotation):
                connection.execute("DELETE FROM feedback WHERE answer = ? AND person = ?", (answer, person))
                return Press.TAKEN_BACK
            connection.execute(
                "INSERT OR REPLACE INTO feedback (answer, person, verdict, quotation, given) VALUES (?, ?, ?, ?, ?)",
                (answer, person, verdict.value, quotation, self._now()),
            )
        return Press.NOTED

    def counts(self, seconds: float | None = None) -> dict[Verdict, int]:
        """How many judgements there are of each verdict: of the last so many seconds, or in all."""
        since = 0.0 if seconds is None else self._now() - seconds
        with self._database.reading() as connection:
            found = dict(
                connection.execute("SELECT verdict, count(*) FROM feedback WHERE given >= ? GROUP BY verdict", (since,))
            )
        return {verdict: found.get(verdict.value, 0) for verdict in Verdict}

    def complaints(self, most: int) -> tuple[Complaint, ...]:
        """What people find bad or of the wrong source, newest first, the same of several people once."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT answer, verdict, quotation, max(given), count(*) FROM feedback WHERE verdict != 'good'"
                " GROUP BY answer, verdict, quotation ORDER BY max(given) DESC, answer, verdict, quotation LIMIT ?",
                (most,),
            ).fetchall()
        return tuple(Complaint(Judgement(row[0], Verdict(row[1]), row[2], row[3]), row[4]) for row in rows)

    def all(self) -> tuple[Judgement, ...]:
        """Every judgement, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT answer, verdict, quotation, given FROM feedback ORDER BY given, answer, person"
            ).fetchall()
        return tuple(Judgement(row[0], Verdict(row[1]), row[2], row[3]) for row in rows)


def _given(connection: Connection, answer: str, person: int) -> tuple[Verdict, int | None] | None:
    """The verdict that a person has given on an answer, and on which quotation."""
    row = connection.execute(
        "SELECT verdict, quotation FROM feedback WHERE answer = ? AND person = ?", (answer, person)
    ).fetchone()
    return (Verdict(row[0]), row[1]) if row is not None else None
