"""What was sent and is quoted, in the store's database, against what chats were told of it since."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.citation_table import Citation, keep_citations
from bot.corrections.findings import Matches
from bot.outbox.outgoing import RESTORED, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bot.corrections.findings import Finding
    from bot.outbox.outgoing import Outgoing
    from bot.outbox.table import OutboxTable
    from corpus.database import Connection, Database
    from retrieval.answers.quotes import Quote

# Messages that have arrived, or may have: what waits is composed anew instead, and what failed was never seen.
_ARRIVED = "outbox.state IN ('sent', 'unclear', 'sending')"
_CITATION = 'quoted.citation, quoted.document, quoted.sha256, quoted.start, quoted."end", quoted.digest'
_SHOWN = (
    f"SELECT {_CITATION}, quoted.outbox, quoted.number, quoted.section, quoted.corrected, outbox.chat,"  # noqa: S608 - our own words
    f" outbox.thread, outbox.summary, outbox.language, outbox.process, outbox.round, outbox.state, {_ARRIVED}"
    " FROM quoted JOIN outbox ON outbox.id = quoted.outbox"
)
# Corrections that were not sent: they wait, or did when what they say was no longer so.
_NOT_SENT = "outbox.state IN ('pending', 'stale') OR outbox.state = 'failed' AND outbox.reason = 'withdrawn'"

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is corrected: the summary of a round, as far as these are known, in the language it was sent in."""

    language: str
    process: str | None = None
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A quotation that a message shows, and what its chat was told of it last, None for nothing.

    ``key`` is the message's row in the outbox and the quotation's number in it; ``arrived`` says that the message did
    arrive or may have, ``unclear`` that it may not have.
    """

    key: Key
    section: str
    citation: Citation
    told: str | None
    chat: int
    thread: int
    summary: str
    subject: Subject
    unclear: bool
    arrived: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A correction that was not sent, and what its chat had been told before of each quotation it tells of.

    ``may_stay`` is False where it will not be sent, or where what it tells was told otherwise since.
    """

    row: int
    before: Mapping[Key, str | None]
    may_stay: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on a round that a chat has or is about to get: its row in the outbox, and what it quotes."""

    row: int
    kind: Kind
    process: str | None
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Quotations that may have to be corrected, by key, and the corrections that were not sent."""

    shown: Mapping[Key, Shown]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """A correction to put, and what it tells of each quotation."""

    message: Outgoing
    told: Mapping[Key, Finding]


class CorrectionTable:
    """Which quotations were corrected. Its methods block.

    Who decides on corrections holds ``lock``; ``checked`` is the state of the documents, as that names it, for which
    all was decided last, and ``matches`` what was compared.
    """

    def __init__(self, database: Database, outbox: OutboxTable) -> None:
        self._database = database
        self._outbox = outbox
        self.lock = threading.Lock()
        self.checked: tuple[int, str] | None = None
        self.matches = Matches()

    def cited(self, within: str | None = None) -> tuple[list[Citation], list[int]]:
        """The citations in messages that have arrived or may have, and the chats that were sent any.

        ``within`` is a document to which they belong, or in which what they belong to was packed.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT DISTINCT {_CITATION} FROM quoted JOIN outbox ON outbox.id = quoted.outbox"  # noqa: S608 - our own words
                f" WHERE {_ARRIVED} AND {_within(within)} ORDER BY quoted.citation",
                _bounds(within),
            ).fetchall()
            chats = connection.execute(
                "SELECT DISTINCT chat FROM outbox WHERE id IN (SELECT outbox FROM quoted) ORDER BY chat"
            ).fetchall()
        return [Citation(*row) for row in rows], [int(row[0]) for row in chats]

    def snapshot(self, citations: Collection[str], within: str | None = None) -> Snapshot:
        """What messages show of ``citations`` or was corrected, and what the corrections that were not sent tell of."""
        with self._database.reading() as connection:
            return _snapshot(connection, citations, within)

    def told_by(self, row: int) -> list[Shown] | None:
        """The quotations that a correction tells of; None where one of them was told of otherwise since."""
        with self._database.reading() as connection:
            superseded = connection.execute(
                "SELECT 1 FROM corrections WHERE outbox = ? AND superseded", (row,)
            ).fetchone()
            rows = connection.execute(
                f"{_SHOWN} JOIN corrections ON corrections.original = quoted.outbox"
                " AND corrections.number = quoted.number WHERE corrections.outbox = ?",
                (row,),
            ).fetchall()
        return None if superseded else [_shown(row) for row in rows]

    def sent(self, chat: int, thread: int, round: int) -> list[Sent]:
        """What a chat or topic was sent on a round of that number, or is about to get, in the order it was put."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, kind, process FROM outbox WHERE chat = ? AND thread = ? AND round = ?"
                " AND kind IN ('summary', 'update', 'digest')"
                " AND state IN ('pending', 'sending', 'sent', 'unclear') ORDER BY id",
                (chat, thread, round),
            ).fetchall()
            return [Sent(id, Kind(kind), process, _citations_of(connection, id)) for id, kind, process in rows]

    def retry(self, chat: int) -> None:
        """Let the corrections that a chat did not get, since nothing could be sent there for a while, be told anew."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE outbox SET state = 'stale' WHERE chat = ? AND kind = 'correction' AND state = 'failed'", (chat,)
            )
        self.checked = None

    def trust(self) -> None:
        """Note that everything was looked at since the store was restored, if it ever was."""
        with self._database.reading() as connection:
            is_doubtful = connection.execute("SELECT 1 FROM restorations").fetchone() is not None
        if is_doubtful:
            with self._database.writing() as connection:
                connection.execute("DELETE FROM restorations")

    def commit(
        self,
        seen: Snapshot,
        citations: Collection[str],
        within: str | None,
        revoked: Sequence[Waiting],
        tellings: Sequence[Telling],
    ) -> int | None:
        """In one transaction, take back the corrections ``revoked`` and put others; return how many were put.

        None, and nothing is done, where what was ``seen`` of ``citations`` is no longer so.
        """
        with self._database.writing() as connection:
            if _snapshot(connection, citations, within) != seen:
                return None
            for waiting in revoked:
                _revoke(connection, waiting)
            keep_citations(connection, {quote.citation: quote for quote in _quoted_anew(tellings)}.values())
            for telling in tellings:
                self._put(connection, telling)
            connection.execute(
                "DELETE FROM corrections WHERE outbox NOT IN"
                " (SELECT id FROM outbox WHERE state IN ('pending', 'sending', 'unclear', 'failed'))"
            )
        return len(tellings)

    def _put(self, connection: Connection, telling: Telling) -> None:
        message = telling.message
        self._outbox.put(connection, [message])
        (row,) = connection.execute(
            "SELECT id FROM outbox WHERE chat = ? AND thread = ? AND summary = ? AND part = ?",
            (message.chat, message.thread, message.summary, message.part),
        ).fetchone()
        # Since a restored store was copied, its chats may have been told the same.
        connection.execute(
            "UPDATE outbox SET state = 'unclear', reason = ? WHERE id = ? AND state = 'pending'"
            " AND EXISTS (SELECT 1 FROM restorations)",
            (RESTORED, row),
        )
        for key, finding in telling.told.items():
            connection.execute("UPDATE corrections SET superseded = 1 WHERE original = ? AND number = ?", key)
            connection.execute(
                "INSERT INTO corrections (outbox, original, number, before)"
                " SELECT ?, outbox, number, corrected FROM quoted WHERE outbox = ? AND number = ?",
                (row, *key),
            )
            connection.execute("UPDATE quoted SET corrected = ? WHERE outbox = ? AND number = ?", (finding.token, *key))


def _quoted_anew(tellings: Iterable[Telling]) -> Iterator[Quote]:
    """What stands in the place of quotations now, wherever it is told."""
    findings = {id(finding): finding for telling in tellings for finding in telling.told.values()}
    return (finding.now for finding in findings.values() if finding.now is not None)


def _revoke(connection: Connection, waiting: Waiting) -> None:
    """Let a correction not be sent, and what it tells be as it was told before."""
    connection.execute(
        "UPDATE outbox SET state = 'stale', body = '', buttons = '[]', told = 1 WHERE id = ? AND state = 'pending'",
        (waiting.row,),
    )
    connection.executemany(
        "UPDATE quoted SET corrected = ? WHERE outbox = ? AND number = ?",
        [(before, *key) for key, before in waiting.before.items()],
    )
    connection.execute("DELETE FROM corrections WHERE outbox = ?", (waiting.row,))


def _snapshot(connection: Connection, citations: Collection[str], within: str | None) -> Snapshot:
    not_sent = connection.execute(
        "SELECT corrections.outbox, original, number, before, superseded, outbox.state = 'pending'"  # noqa: S608 - our own words
        f" FROM corrections JOIN outbox ON outbox.id = corrections.outbox WHERE {_NOT_SENT} ORDER BY 1, 2, 3"
    ).fetchall()
    rows = connection.execute(
        f"{_SHOWN} WHERE {_ARRIVED} AND {_within(within)}"  # noqa: S608 - our own words
        " AND (quoted.corrected IS NOT NULL OR quoted.citation IN (SELECT value FROM json_each(?)))"
        " OR (quoted.outbox, quoted.number) IN (SELECT original, number FROM corrections"
        f" JOIN outbox ON outbox.id = corrections.outbox WHERE {_NOT_SENT}) ORDER BY quoted.outbox, quoted.number",
        (*_bounds(within), json.dumps(sorted(citations))),
    ).fetchall()
    shown = [_shown(row) for row in rows]
    return Snapshot({one.key: one for one in shown}, _waiting(not_sent))


def _citations_of(connection: Connection, row: int) -> tuple[Citation, ...]:
    rows = connection.execute(
        f"SELECT {_CITATION} FROM quoted WHERE outbox = ? ORDER BY number",  # noqa: S608 - the parts are our own
        (row,),
    ).fetchall()
    return tuple(Citation(*one) for one in rows)


def _waiting(rows: Iterable[tuple[int, int, int, str | None, int, int]]) -> tuple[Waiting, ...]:
    before: dict[int, dict[Key, str | None]] = {}
    may_stay: dict[int, bool] = {}
    for row, original, number, told, superseded, is_pending in rows:
        keys = before.setdefault(row, {})
        if not superseded:
            keys[original, number] = told
        may_stay[row] = may_stay.get(row, True) and bool(is_pending) and not superseded
    return tuple(Waiting(row, keys, may_stay[row]) for row, keys in before.items())


def _within(document: str | None) -> str:
    return "TRUE" if document is None else "(quoted.document = ? OR substr(quoted.document, 1, ?) = ?)"


def _bounds(document: str | None) -> tuple[object, ...]:
    return () if document is None else (document, len(document) + 1, f"{document}/")


def _shown(row: Sequence[object]) -> Shown:
    *place, original, number, section, told, chat, thread, summary, language, process, round, state, arrived = row
    return Shown(
        key=(original, number),  # type: ignore[arg-type]
        section=str(section),
        citation=Citation(*place),  # type: ignore[arg-type]
        told=told,  # type: ignore[arg-type]
        chat=chat,  # type: ignore[arg-type]
        thread=thread,  # type: ignore[arg-type]
        summary=str(summary),
        subject=Subject(str(language), process, round),  # type: ignore[arg-type]
        unclear=state == "unclear",
        arrived=bool(arrived),
    )
