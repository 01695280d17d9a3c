"""Writing so that a kill at any moment leaves the old state or the new one: temporary file, fsync, rename."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Longer than anything here takes to be made.
_SECONDS_TO_WAIT = 900.0
_PAUSE = 0.05


class MakingBusy(CorpusError, TimeoutError):  # noqa: N818 - named for what it is about
    """Another process has been making something for so long that it is not waited for any more."""


def write_atomically(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` in one step. The folder must exist."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - both are plain names of one folder
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def publish_folder(temporary: Path, target: Path) -> None:
    """Sync every file below ``temporary`` to disk, then rename it to ``target``, which must not exist."""
    for file in sorted(temporary.rglob("*")):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        else:
            sync_folder(file)
    sync_folder(temporary)
    temporary.rename(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def making(folder: Path, *, seconds: float = _SECONDS_TO_WAIT) -> Iterator[None]:
    """Let one process at a time make ``folder`` or one beside it; the others wait, and find it made.

    The folder above must exist.

    Raises:
        MakingBusy: another is at it for longer than ``seconds``.
    """
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        _take(descriptor, folder, time.monotonic() + seconds)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise MakingBusy(
                    f"Another process has been making something in {folder.parent} for too long; end it and try again."
                ) from None
            time.sleep(_PAUSE)
