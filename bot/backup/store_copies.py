"""Copies of the store beside it: one a day, the last three that were sound, and going back to one of them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import re
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.backup.exchanging import give_to_owner_of
from bot.backup.restored_store import settle_restored
from bot.errors import CommandError
from bot.migrations import MIGRATIONS
from corpus.database import Database, DatabaseDamaged, DatabaseError
from corpus.durable import sync_folder

if TYPE_CHECKING:
    from bot.services import Services
    from bot.settings import Settings

_LOG = logging.getLogger(__name__)
KEPT: Final = 3
_DAY: Final = 24 * 3600.0
_HOUR: Final = 3600.0
_DATED: Final = re.compile(r"-(\d{4}-\d{2}-\d{2})\.sqlite3")


def store_in_use(settings: Settings) -> Path:
    """The file of the store of a bot with these settings: on Telegram one, without it another."""
    return settings.local_store_file if settings.telegram_token is None else settings.store_file


def copies_of(store: Path) -> list[Path]:
    """The copies of a store, newest first; each has its day (UTC) in its name."""
    found = store.parent.joinpath("copies").glob(f"{store.stem}-*{store.suffix}")
    return sorted((path for path in found if _DATED.fullmatch(path.name.removeprefix(store.stem))), reverse=True)


def day_of(copy: Path) -> str:
    """The day of a copy (ISO 8601, UTC)."""
    return copy.stem[-len("2026-01-01") :]


def copy_store(store: Path, now: float) -> Path:
    """Keep a copy of a store that is sound, in place of one of the same day, and no more than three. Blocks.

    Others may go on using the store; ``now`` is in seconds since 1970.

    Raises:
        DatabaseError: the store is damaged or cannot be read; the copies stay as they are.
        OSError: the copy cannot be written.
    """
    folder = store.parent / "copies"
    folder.mkdir(mode=0o700, exist_ok=True)
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    target = folder / f"{store.stem}-{day}{store.suffix}"
    _remove_leftovers(store, _HOUR)
    handle, name = tempfile.mkstemp(prefix=f".{store.stem}-", dir=folder)
    temporary = Path(name)
    try:
        with Database.open(store, "store", MIGRATIONS) as database:
            problem = database.problem()
            if problem is not None:
                raise DatabaseDamaged(f"The store {store} is damaged ({problem}).", problem)
            database.copy_to(temporary)
        os.fsync(handle)
        temporary.replace(target)
    finally:
        os.close(handle)
        temporary.unlink(missing_ok=True)
    for old in copies_of(store)[KEPT:]:
        old.unlink(missing_ok=True)
    sync_folder(folder)
    return target


def _remove_leftovers(store: Path, age: float) -> None:
    """Delete what a killed process has left half made among the copies of a store, longer ago than so many seconds."""
    for left in store.parent.joinpath("copies").glob(f".{store.stem}-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime < age:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink()


def file_of(database: Database) -> Path:
    """The file that a database is kept in."""
    with database.reading() as connection:
        return next(Path(row[2]) for row in connection.execute("PRAGMA database_list") if row[1] == "main")


def forget_copies(database: Database) -> None:
    """Let no copy of a store hold what was just deleted from it: one of now takes the place of all. Blocks."""
    store = file_of(database)
    before = copies_of(store)
    if not before:
        return
    made = None
    try:
        made = copy_store(store, datetime.now(UTC).timestamp())
    except (DatabaseError, OSError) as error:
        _LOG.error("The store could not be copied anew: %s", error)
    for copy in before:
        if copy != made:
            copy.unlink(missing_ok=True)


class StoreCopies:
    """Copies the store of a bot at its start and once a day while it runs."""

    def __init__(self, services: Services, store: Path) -> None:
        self._services = services
        self._store = store
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._work(), name="copies of the store")

    async def stop(self) -> None:
        """Finish a copy that is being made, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        while True:
            now = self._services.clock.now()
            copying = asyncio.ensure_future(self._services.run(copy_store, self._store, now))
            pause = _DAY
            try:
                await asyncio.shield(copying)
            except (DatabaseError, OSError) as error:
                _LOG.error("The store could not be copied, and it is tried again in an hour: %s", error)
                pause = _HOUR
            except asyncio.CancelledError:
                with contextlib.suppress(DatabaseError, OSError):
                    await copying
                raise
            await self._services.clock.sleep(max(0.0, now + pause - self._services.clock.now()))


# Going back to one.


def expect_sound_store(store: Path) -> None:
    """See that a store, where there is one, can be read and is sound. Blocks.

    Raises:
        CommandError: it is damaged; the message says how to go back to its last good copy.
    """
    if not store.exists():
        return
    try:
        is_emptied = store.stat().st_size == 0 and copies_of(store)
        with Database.open(store, "store", MIGRATIONS) as database:
            problem = "it is empty" if is_emptied else database.problem()
    except DatabaseDamaged as error:
        problem = error.reason
    except DatabaseError as error:
        raise CommandError(str(error)) from None
    if problem is not None:
        raise CommandError(f"The store {store} is damaged ({problem}); {_advice(store)}")


def _advice(store: Path) -> str:
    for copy in copies_of(store):
        if _is_sound(copy):
            return (
                f"`rapporteur restore --store` goes back to its last good copy, of {day_of(copy)} ({copy}), and what "
                "was sent or decided since then may be sent again or be lost."
            )
    return "there is no good copy of it: restore a backup, or move it away to begin with an empty one."


def _is_sound(copy: Path) -> bool:
    """Whether a copy can be used, judged by a copy of it, for a copy that is opened may be changed."""
    with tempfile.TemporaryDirectory(prefix=f".{copy.stem[:-11]}-", dir=copy.parent) as scratch:
        try:
            _prepare(copy, Path(scratch) / copy.name, None)
        except (DatabaseError, OSError):
            return False
    return True


def _prepare(copy: Path, target: Path, now: float | None) -> int:
    """Write what is to take the place of a store to ``target``; return how many messages are unclear now.

    Raises:
        DatabaseError: the copy is not sound, or of a newer version of this program.
        OSError: it cannot be read or written.
    """
    shutil.copyfile(copy, target)
    return settle_restored(target, now)


def restore_store(store: Path, now: float) -> tuple[Path, Path | None, int]:
    """Let the newest copy of a store that is sound take its place; the data directory must be locked. Blocks.

    Returns the copy, where the store of before is now (None where there was none), and how many messages are unclear.
    A kill leaves the store of before or the copy; where the former is damaged, its log of late may then be found
    beside the file that was put aside only.

    Raises:
        CommandError: there is no such copy, or it cannot be put in place; nothing is changed.
    """
    _remove_leftovers(store, 0.0)
    for copy in copies_of(store):
        with (
            contextlib.suppress(DatabaseError),
            tempfile.TemporaryDirectory(prefix=f".{store.stem}-", dir=copy.parent) as scratch,
        ):
            try:
                made = Path(scratch) / store.name
                doubtful = _prepare(copy, made, now)
                made.chmod(0o600)
                give_to_owner_of(store.parent, made)
                _sync(made)
                aside = _set_aside(store, now)
                made.replace(store)
                sync_folder(store.parent)
            except OSError as error:
                raise CommandError(
                    f"The store {store} cannot be replaced ({error.strerror}); free space, or check its permissions."
                ) from None
            return copy, aside, doubtful
    raise CommandError(f"There is no good copy of the store {store}; restore a backup with `rapporteur restore FILE`.")


def _set_aside(store: Path, now: float) -> Path | None:
    """Give a store, with its log, another name, and leave it without a log under its own.

    The log of one store, found beside another, would be taken for that one's.
    """
    if not store.exists():
        return None
    # A sound store has nothing in its log from here on.
    with contextlib.suppress(DatabaseError), Database.open(store, "store", MIGRATIONS) as database:
        database.forget_deleted()
    aside = free_name(store, now)
    log, shared = (store.with_name(f"{store.name}{end}") for end in ("-wal", "-shm"))
    for path, name in ((store, aside), (log, aside.with_name(f"{aside.name}-wal"))):
        if path.exists():
            name.hardlink_to(path)
    sync_folder(store.parent)
    for path in (log, shared):
        path.unlink(missing_ok=True)
    return aside


def free_name(path: Path, now: float) -> Path:
    """A name beside ``path`` that nothing has, for what was there before ``now`` (seconds since 1970)."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    ends = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    names = (path.with_name(f"{path.name}.before-{moment}{end}") for end in ends)
    return next(name for name in names if not os.path.lexists(name))


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
