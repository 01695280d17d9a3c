"""SQLite files: opened durably, brought up to date by named migrations, one transaction at a time."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.errors import CorpusError

Connection = sqlite3.Connection
IntegrityError = sqlite3.IntegrityError
Migrations = Sequence[tuple[str, str]]
_SECONDS_TO_WAIT = 10.0
_PAUSE = 0.01


class DatabaseError(CorpusError):
    """A database file cannot be used; the message is one sentence."""


class Database:
    """One connection, used by one thread at a time; write-ahead logged, synced with every transaction.

    What is deleted is overwritten with zeros, so that erasing erases.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, what: str, migrations: Migrations) -> Self:
        """Open the file, creating it or bringing its schema up to date first; ``what`` is its name in errors.

        Raises:
            DatabaseError: the file is damaged, locked, or of a newer version of this program.
        """
        try:
            connection = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False)
            try:
                _log_ahead(connection)
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA secure_delete = ON")
                _migrate(connection, f"The {what} {path}", migrations)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            is_disk = (getattr(error, "sqlite_errorcode", 0) & 0xFF) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
            advice = "free space on its disk" if is_disk else "move it away, or restore it from a backup"
            raise DatabaseError(f"The {what} {path} cannot be used ({error}); {advice}.") from None
        path.chmod(0o600)
        return cls(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for statements that change nothing.

        Raises:
            DatabaseError: the file cannot be read.
        """
        with self._lock, _failures("read"):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection within a transaction, which an exception undoes.

        Raises:
            DatabaseError: the file cannot be written; nothing is changed.
            IntegrityError: the statements contradict what is there.
        """
        with self._lock, _failures("written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def problem(self) -> str | None:
        """What is wrong with the file, None where it is sound."""
        with self.reading() as connection:
            try:
                verdict = str(connection.execute("PRAGMA quick_check").fetchone()[0])
            except sqlite3.Error as error:
                return str(error)
        return None if verdict == "ok" else verdict

    def forget_deleted(self) -> None:
        """Leave nothing of what was deleted in the log beside the file."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy to ``path``, while others may go on using the file."""
        with sqlite3.connect(path) as copy, self.reading() as connection:
            connection.backup(copy)
        copy.close()


@contextmanager
def _failures(done: str) -> Iterator[None]:
    """Say in one sentence why a file could not be read or written."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise DatabaseError(
            f"A database could not be {done} ({error}); see that its disk has room and is sound, and try again."
        ) from error


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, waiting for others that do so at the same moment: SQLite itself does not wait."""
    until = time.monotonic() + _SECONDS_TO_WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE)


def _migrate(connection: sqlite3.Connection, subject: str, migrations: Migrations) -> None:
    """Apply the migrations that are missing, each in a transaction of its own.

    Raises:
        DatabaseError: the file has a migration that this version does not know.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT")
    applied = {row[0] for row in connection.execute("SELECT name FROM migrations")}
    unknown = applied - {name for name, _ in migrations}
    if unknown:
        raise DatabaseError(f"{subject} was written by a newer version of this program; use that version.")
    for name, script in migrations:
        if name not in applied:
            mark = f"INSERT INTO migrations VALUES ('{name}');"  # noqa: S608 - the names are our own
            try:
                connection.executescript(f"BEGIN IMMEDIATE; {script} {mark} COMMIT;")
            except sqlite3.Error:
                # A full disk may have ended the transaction already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                # Another process that opened the file at the same time may have been first.
                if connection.execute("SELECT 1 FROM migrations WHERE name = ?", (name,)).fetchone() is None:
                    raise
