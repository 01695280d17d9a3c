"""Locks of the data directory, by which a bot, a backup and a restore keep out of each other's way."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from bot.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN, CHAT, BACKUP = "run.lock", "chat.lock", "backup.lock"
LOCKS = frozenset({RUN, CHAT, BACKUP})
# In a data directory that could not be replaced in one step, while it is being filled.
UNFINISHED = ".restoring"
_HOLDERS = {
    RUN: "A bot runs on the data directory {folder}; stop it first, or set RAPPORTEUR_DATA_DIR to another.",
    CHAT: "`rapporteur chat` runs on the data directory {folder}; end it first.",
    BACKUP: "Another backup or restore of the data directory {folder} is under way; try again when it is done.",
}


class DataInUseError(CommandError):
    """Another process uses the data directory in a way that excludes this one; the message is one sentence."""


@contextlib.contextmanager
def hold(folder: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock ``name`` of a data directory, which must exist; the system lets go of it when the process ends.

    Several may hold a ``shared`` one, but nobody beside them who does not share it.

    Raises:
        DataInUseError: another process holds it, or a restore into the directory was not finished.
    """
    descriptor = _locked(folder, name, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        if name != BACKUP and (folder / UNFINISHED).exists():
            raise DataInUseError(
                f"A restore into the data directory {folder} was cut short; run `rapporteur restore` again."
            )
        yield
    finally:
        os.close(descriptor)


def _locked(folder: Path, name: str, kind: int) -> int:
    """A descriptor that holds the lock of the directory which is there now."""
    while True:
        try:
            descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DataInUseError(f"The file {folder / name} cannot be opened ({error.strerror}).") from None
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            # A restore may have put another directory in the place of the one that was opened.
            if _is_same(descriptor, folder / name):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise DataInUseError(_HOLDERS[name].format(folder=folder)) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
