"""Restoring: a backup is unpacked beside the data directory, verified, and put in its place in one step."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from bot.backup.data_lock import BACKUP, CHAT, LOCKS, RUN, UNFINISHED, hold
from bot.backup.encryption import EncryptionError, decrypt
from bot.backup.exchanging import exchange, give_to_owner_of
from bot.backup.format import (
    INDEX,
    LIBRARY,
    STORES,
    TRAILER_SIZE,
    BackupError,
    Header,
    Meter,
    check_whole,
    read_header,
)
from bot.backup.restored_store import expect_integrity, settle_restored
from bot.backup.store_copies import free_name
from bot.backup.unpacking import Unpacker
from corpus.database import Database, DatabaseError
from corpus.durable import publish_folder, sync_folder
from corpus.library_schema import MIGRATIONS as LIBRARY_MIGRATIONS
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import index_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyrage import x25519

    Unlock = Callable[[Header], Sequence[x25519.Identity]]

_UNPACKED, _UNPACKING = "data", "unpacking"
# What file systems need beside the content of files, at least.
_SPARE: Final = 32 * 2**20
_CHUNK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: when its backup was made, how many files, whether an index is among them.

    ``doubtful`` is how many messages of the stores may have been sent since, and ``aside`` where the data directory of
    before is now, None where there was nothing in it.
    """

    created: str
    files: int
    has_index: bool
    doubtful: int
    aside: Path | None


def restore_backup(
    data: Path, source: Path, unlock: Unlock, now: float, meter: Meter, *, force: bool = False
) -> Restored:
    """Put what is in a backup in the place of a data directory. Blocks.

    ``unlock`` gives the keys for an encrypted backup. ``now`` is in seconds since 1970. A directory in which there is
    something is moved aside, and only with ``force``. A kill leaves what was there before or what is restored.

    Raises:
        BackupError, EncryptionError: it cannot be; the message says why, and nothing is changed.
        DataInUseError, IndexBusy: a bot, an indexing run or another backup is at work in the directory.
    """
    # A folder that was asked for through a link is the one that it leads to.
    data = data.resolve()
    if not source.is_file():
        raise BackupError(f"There is no file {source}.")
    with _sentences(data, source), contextlib.ExitStack() as stack:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        stack.enter_context(hold(data, BACKUP))
        is_cut_short = (data / UNFINISHED).exists()
        if not is_cut_short:
            stack.enter_context(hold(data, RUN))
            stack.enter_context(hold(data, CHAT))
        if (data / "index").is_dir():
            stack.enter_context(index_lock(GenerationStore(data / "index")))
        is_empty = is_cut_short or all(path.name in LOCKS for path in data.iterdir())
        if not is_empty and not force:
            raise BackupError(f"There is something in {data}; say --force to restore, and it is moved aside.")
        stays = data.is_mount() or not os.access(data.parent, os.W_OK)
        if stays and not is_empty:
            raise BackupError(
                f"{data} cannot be moved aside, since a disk is mounted there or the folder above cannot be written; "
                "empty it, or set RAPPORTEUR_DATA_DIR to a folder in it."
            )
        file = stack.enter_context(source.open("rb"))
        _put_away_leftovers(data, now)
        beside = stack.enter_context(_folder_beside(data, now, inside=stays, is_empty=is_empty))
        header, files, doubtful = _unpack(file, source, beside / _UNPACKING, unlock, now, meter)
        has_index = (beside / _UNPACKING / INDEX).exists()
        give_to_owner_of(data, beside / _UNPACKING)
        publish_folder(beside / _UNPACKING, beside / _UNPACKED)
        aside = None
        if stays:
            _fill(data, beside / _UNPACKED)
        else:
            aside = _replace(data, beside / _UNPACKED, None if is_empty else free_name(data, now))
    return Restored(header.created, files, has_index, doubtful, aside)


@contextlib.contextmanager
def _sentences(data: Path, source: Path) -> Iterator[None]:
    """Say in one sentence why a backup cannot be restored."""
    try:
        yield
    except OSError as error:
        where = error.filename or data
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise BackupError(
                f"{source} cannot be restored: the disk of {data} is full; free space on it; nothing was changed."
            ) from None
        raise BackupError(
            f"{source} cannot be restored: {where} cannot be used ({error.strerror or error}); nothing was changed."
        ) from None


@contextlib.contextmanager
def _folder_beside(data: Path, now: float, *, inside: bool, is_empty: bool) -> Iterator[Path]:
    """A folder on the disk of the data directory: beside it, or inside of it where that stays."""
    before = data.stat()
    folder = Path(tempfile.mkdtemp(prefix=_prefix(data), dir=data if inside else data.parent))
    try:
        yield folder
    finally:
        # Where it was stopped just behind the exchange, the data directory of before is in it.
        left = folder / _UNPACKED
        if not is_empty and left.exists() and os.path.samestat(left.stat(), before):
            left.rename(free_name(data, now))
        shutil.rmtree(folder, ignore_errors=True)


def _prefix(data: Path) -> str:
    return f".{data.name}.restoring-"


def _put_away_leftovers(data: Path, now: float) -> None:
    """Delete what a killed restore has left half unpacked; what it had exchanged already is kept beside."""
    for parent in (data.parent, data):
        for left in sorted(path for path in parent.iterdir() if path.name.startswith(_prefix(data))):
            if parent != data and (left / _UNPACKED).exists():
                (left / _UNPACKED).rename(free_name(data, now))
            shutil.rmtree(left)


# Unpacking.


def _unpack(
    file: IO[bytes], source: Path, folder: Path, unlock: Unlock, now: float, meter: Meter
) -> tuple[Header, int, int]:
    """Unpack a backup into a new folder and verify it; return how many files and how many doubtful messages it has."""
    header, line = read_header(file, source)
    meter.start("Verifying", os.fstat(file.fileno()).st_size - TRAILER_SIZE)
    end = check_whole(file, source, meter.advance)
    folder.mkdir(mode=0o700)

    def room(size: int) -> None:
        free = shutil.disk_usage(folder).free
        if size + _SPARE > free:
            raise BackupError(f"it needs {_megabytes(size)} MB, and {_megabytes(free)} MB are free")
        meter.start("Restoring", size)

    unpacker = Unpacker(folder, line, room, meter.advance)
    body = _Body(file, len(line), end)
    try:
        if header.encrypted:
            decrypt(body, unpacker, unlock(header))
        else:
            while part := body.read(_CHUNK):
                unpacker.write(part)
        members = unpacker.finish()
        doubtful = _settle_databases(folder, now)
    except (BackupError, EncryptionError, DatabaseError) as error:
        reason = str(error).replace(f"{folder}/", "").rstrip(".")
        lowered = reason[:1].lower() + reason[1:]
        raise BackupError(f"{source} cannot be restored: {lowered}; nothing was changed.") from None
    return header, len(members), doubtful


class _Body:
    """The part of a file between two places, read in order."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        file.seek(start)
        self._file = file
        self._left = end - start

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, none at the end."""
        part = self._file.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(part)
        return part


def _settle_databases(folder: Path, now: float) -> int:
    """See that every database is sound and of no newer version; return how many messages may have been sent since.

    Raises:
        DatabaseError: one is not.
    """
    doubtful = sum(settle_restored(folder / name, now) for name in STORES if (folder / name).exists())
    if (folder / LIBRARY).exists():
        with Database.open(folder / LIBRARY, "library", LIBRARY_MIGRATIONS) as database:
            expect_integrity(database, LIBRARY)
            database.forget_deleted()
    return doubtful


def _megabytes(size: int) -> int:
    return -(-size // 2**20)


# Putting in place.


def _replace(data: Path, new: Path, aside: Path | None) -> Path | None:
    """Let ``new`` take the place of the data directory, which goes to ``aside``; with None it held nothing."""
    if not exchange(new, data):
        # On such a system a kill between these two leaves the old one under its other name.
        old = aside or free_name(data, 0.0)
        data.rename(old)
        try:
            new.rename(data)
        except BaseException:
            old.rename(data)
            raise
        if aside is None:
            shutil.rmtree(old)
    elif aside is not None:
        new.rename(aside)
    sync_folder(data.parent)
    return aside


def _fill(data: Path, new: Path) -> None:
    """Move what is in ``new`` into the data directory, marked as unfinished meanwhile, so that no bot starts on it."""
    marker = data / UNFINISHED
    marker.touch(mode=0o600)
    sync_folder(data)
    for entry in sorted(new.iterdir()):
        target = data / entry.name
        if target.is_dir():
            shutil.rmtree(target)
        entry.replace(target)
    sync_folder(data)
    marker.unlink()
    sync_folder(data)
