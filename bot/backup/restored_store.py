"""A store that is older than what was sent since: whatever it would send again is left for an admin to decide on."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.audit.entries import Entry
from bot.audit.entries import Kind as AuditKind
from bot.audit.table import AuditTable
from bot.migrations import MIGRATIONS
from bot.outbox.outgoing import RESTORED, UNNEEDED, Kind
from bot.subscriptions.releases import OPEN, Stage
from bot.subscriptions.rhythm import Rhythm, When
from corpus.database import Database, DatabaseDamaged
from corpus.processes import same_process

if TYPE_CHECKING:
    from pathlib import Path

    from corpus.database import Connection

_AT_WORK = 'SELECT chat, thread, language, process, since, "when" FROM subscriptions WHERE paused = 0 ORDER BY rowid'
_DUE = (
    'SELECT id, chat, thread, language, "when", minute, weekday, zone FROM subscriptions'
    " WHERE paused = 0 AND due <= ? ORDER BY rowid"
)


def settle_restored(store: Path, now: float | None) -> int:
    """Bring a store that was copied up to date, see that it is sound, and doubt what it has yet to send.

    Without ``now`` nothing is doubted. Returns how many messages are unclear by this.

    Raises:
        DatabaseError: it is not sound, or of a newer version of this program.
    """
    with Database.open(store, "store", MIGRATIONS) as database:
        expect_integrity(database, store.name)
        doubtful = doubt_what_waits(database, now) if now is not None else 0
        restored = Entry(AuditKind.RESTORED, f"restored:{secrets.token_hex(8)}", {"unclear": doubtful})
        AuditTable(database).note(restored)
        database.forget_deleted()
    return doubtful


def expect_integrity(database: Database, name: str) -> None:
    """Look through a whole database.

    Raises:
        DatabaseError: it is not sound.
    """
    with database.reading() as connection:
        verdict = " ".join(str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0]).split())
    if verdict != "ok":
        raise DatabaseDamaged(f"The database {name} is damaged ({verdict}).", verdict)


def doubt_what_waits(database: Database, now: float) -> int:
    """Mark whatever a restored store holds to be sent, or says is due, as unclear, and return how many messages are.

    It may have been sent since the store was copied: messages that wait, summaries of releases that were not decided
    on, and digests that are due by ``now`` (seconds since 1970). An admin says of each whether it arrived or is to be
    sent. Questions that were not answered are not answered again, and invitations hold no more. Documents that the
    store does not know count as announced, and corrections that are found first are unclear too.
    """
    with database.writing() as connection:
        connection.execute(
            "UPDATE outbox SET state = 'failed', reason = ?, told = 1, body = '', buttons = '[]', changed = ?"
            " WHERE state = 'pending' AND kind = 'notice' AND summary LIKE 'proposal:%'",
            (UNNEEDED, now),
        )
        doubtful = connection.execute(
            "UPDATE outbox SET state = 'unclear', reason = ?, told = 0, due = 0, changed = ?"
            " WHERE state IN ('pending', 'sending')",
            (RESTORED, now),
        ).rowcount
        doubtful += _doubt_releases(connection, now)
        doubtful += _doubt_digests(connection, now)
        connection.execute("UPDATE updates SET state = 'unclear', body = '' WHERE state IN ('pending', 'sending')")
        # They may have been used or taken back.
        connection.execute("UPDATE invitations SET expires = 0 WHERE used IS NULL")
        # What is there when documents are first looked at is not new.
        connection.execute("DELETE FROM looks")
        connection.execute("INSERT OR REPLACE INTO restorations VALUES (1, ?)", (now,))
    return doubtful


def _doubt_releases(connection: Connection, now: float) -> int:
    """Take releases that were not decided on as perhaps sent, to all who were to get them."""
    subscriptions = connection.execute(_AT_WORK).fetchall()
    count = 0
    rows = connection.execute("SELECT id, process FROM releases WHERE stage IN (?, ?) ORDER BY id", OPEN).fetchall()
    for release, process in rows:
        newest = connection.execute("SELECT max(arrived) FROM release_documents WHERE release = ?", (release,))
        (arrived,) = newest.fetchone()
        for chat, thread, language, wanted, since, when in subscriptions:
            if (wanted is None or same_process(wanted, process)) and arrived is not None and arrived > since:
                kind = Kind.SUMMARY if when == When.ARRIVAL else Kind.DIGEST
                count += _doubt(connection, release, chat, thread, language, kind, now)
        connection.execute("UPDATE releases SET stage = ?, decided = ? WHERE id = ?", (Stage.APPROVED, now, release))
    return count


def _doubt_digests(connection: Connection, now: float) -> int:
    """Take the digests that are due as perhaps sent, and set when the next are."""
    count = 0
    for id, chat, thread, language, when, minute, weekday, zone in connection.execute(_DUE, (now,)).fetchall():
        releases = connection.execute(
            "SELECT max(release) FROM digest_items JOIN releases ON releases.id = release WHERE subscription = ?"
            " GROUP BY key ORDER BY 1",
            (id,),
        ).fetchall()
        for (release,) in releases:
            count += _doubt(connection, release, chat, thread, language, Kind.DIGEST, now)
        connection.execute("DELETE FROM digest_items WHERE subscription = ?", (id,))
        due = Rhythm(When(when), minute, weekday, zone).after(now)
        connection.execute("UPDATE subscriptions SET due = ? WHERE id = ?", (due, id))
    return count


def _doubt(connection: Connection, release: int, chat: int, thread: int, language: str, kind: Kind, now: float) -> int:
    """Put an unclear message without words, which are composed should it be sent; 0 where there is one already."""
    put = connection.execute(
        "INSERT INTO outbox (chat, thread, summary, part, kind, body, state, reason, created, changed, language)"
        " VALUES (?, ?, ?, 0, ?, '', 'unclear', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (chat, thread, f"r{release}:{language}", kind, RESTORED, now, now, language),
    ).rowcount
    connection.execute("INSERT OR IGNORE INTO released VALUES (?, ?, ?, ?)", (release, chat, thread, language))
    return put
