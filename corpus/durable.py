"""Writing so that a kill at any moment leaves the old state or the new one: temporary file, fsync, rename."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


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
def making(folder: Path) -> Iterator[None]:
    """Let one process at a time make ``folder`` or one beside it; the others wait, and find it made.

    The folder above must exist.
    """
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
