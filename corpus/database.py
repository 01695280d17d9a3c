"""SQLite files: opened durably, brought up to date by named migrations, one transaction at a time."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.durable import sync_folder
from corpus.errors import CorpusError

Connection = sqlite3.Connection
IntegrityError = sqlite3.IntegrityError
Migrations = Sequence[tuple[str, str]]
_SECONDS_TO_WAIT = 10.0
_PAUSE = 0.01
_LONGEST_SAID = 200
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# What SQLite quotes of a damaged file need not be text.
_UNUSABLE = (sqlite3.Error, UnicodeDecodeError)
# Copies of a file from before its schema was brought up to date, of which so many are kept.
_BEFORE = ".before-"
_COPIES = 2


class DatabaseError(CorpusError):
    """A database file cannot be used; the message is one sentence."""


class DatabaseDamaged(DatabaseError):  # noqa: N818 - named for what happened
    """A database file is not as it was written; ``reason`` is what SQLite says of it."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Database:
    """One connection, used by one thread at a time; write-ahead logged, synced with every transaction.

    What is deleted is overwritten with zeros, so that erasing erases. Before the schema of a file that is in use is
    changed, a copy is made beside it, named for the first change; the last two copies are kept, until something is to
    be forgotten.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
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
                subject = f"The {what} {path}"
                if _missing(connection, subject, migrations):
                    _copy_before(connection, path, subject, migrations)
                    _migrate(connection, migrations)
            except BaseException:
                connection.close()
                raise
        except _UNUSABLE as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            is_disk = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
            advice = "free space on its disk" if is_disk else "move it away, or restore it from a backup"
            message = f"The {what} {path} cannot be used ({_said(error)}); {advice}."
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise DatabaseDamaged(message, _said(error)) from None
            raise DatabaseError(message) from None
        path.chmod(0o600)
        return cls(connection, path)

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
        """What is wrong with the file, in one line; None where it is sound."""
        with self.reading() as connection:
            try:
                verdict = " ".join(str(connection.execute("PRAGMA quick_check").fetchone()[0]).split())
            except _UNUSABLE as error:
                return _said(error)
        return None if verdict == "ok" else verdict

    def forget_deleted(self) -> None:
        """Leave nothing of what was deleted in the log beside the file, nor in copies of the file from before."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for copy in copies_before(self._path):
            copy.unlink(missing_ok=True)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy to ``path``, while others may go on using the file."""
        with sqlite3.connect(path) as copy, self.reading() as connection:
            connection.backup(copy)
        copy.close()


def _said(error: Exception) -> str:
    """What SQLite says, in one line: of a damaged schema it quotes the lines."""
    return " ".join(str(error).split())[:_LONGEST_SAID]


@contextmanager
def _failures(done: str) -> Iterator[None]:
    """Say in one sentence why a file could not be read or written."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except _UNUSABLE as error:
        raise DatabaseError(
            f"A database could not be {done} ({_said(error)}); see that its disk has room and is sound, and try again."
        ) from error


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, waiting for others that do so at the same moment: SQLite itself does not wait."""
    until = time.monotonic() + _SECONDS_TO_WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)


def copies_before(path: Path) -> list[Path]:
    """The copies of a file from before its schema was changed, the oldest first."""
    found = [copy for copy in path.parent.glob(f"{path.name}{_BEFORE}*") if copy.is_file()]
    return sorted(found, key=lambda copy: (copy.stat().st_mtime_ns, copy.name))


def _missing(connection: sqlite3.Connection, subject: str, migrations: Migrations) -> list[str]:
    """The names of the migrations that a file lacks, in order.

    Raises:
        DatabaseError: the file has a migration that this version does not know.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT")
    applied = _applied(connection)
    if applied - {name for name, _ in migrations}:
        raise DatabaseError(f"{subject} was written by a newer version of this program; use that version.")
    return [name for name, _ in migrations if name not in applied]


def _applied(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM migrations")}


def _copy_before(connection: sqlite3.Connection, path: Path, subject: str, migrations: Migrations) -> None:
    """Copy a file that is in use, whole or not at all, before the first migration that it lacks.

    Raises:
        DatabaseError: there is no room for it, or it cannot be written; nothing is changed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Within the transaction nobody else changes it, and whoever was first has copied it.
        missing = _missing(connection, subject, migrations)
        if missing and len(missing) < len(migrations):
            _write_copy(path, path.with_name(f"{path.name}{_BEFORE}{missing[0]}"))
    except OSError as error:
        raise DatabaseError(
            f"{subject} cannot be copied before it is brought up to date ({error.strerror}); free space on its disk."
        ) from None
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _write_copy(path: Path, target: Path) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}-", dir=path.parent)
    try:
        source, copy = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT), sqlite3.connect(temporary)
        with closing(source), closing(copy):
            source.backup(copy)
        os.fsync(handle)
        os.replace(temporary, target)  # noqa: PTH105 - both are plain names of one folder
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    for old in copies_before(path)[:-_COPIES]:
        old.unlink(missing_ok=True)
    sync_folder(path.parent)


def _migrate(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """Apply the migrations that are missing, each in a transaction of its own."""
    applied = _applied(connection)
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
