"""Failures of disk and memory as one sentence that says what to free or change."""

from __future__ import annotations

import contextlib
import errno
import shutil
from typing import TYPE_CHECKING, Final

from retrieval.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def storage(folder: Path, doing: str) -> Iterator[None]:
    """Say of what fails for want of disk or memory while ``doing`` something in ``folder`` what helps.

    Raises:
        StorageFailed: the disk is full or cannot be written, or memory ran out.
    """
    try:
        yield
    except MemoryError as error:
        raise StorageFailed(_no_memory(doing)) from error
    except BrokenPipeError:
        # Who was told of the progress is gone; that is no matter of the disk.
        raise
    except OSError as error:
        where = error.filename or folder
        if error.errno == errno.ENOMEM:
            raise StorageFailed(_no_memory(doing)) from error
        # NumPy says of a write that was cut short only how much of it was.
        if error.errno in _FULL or error.errno is None:
            raise StorageFailed(
                f"The disk of {folder} is full; free space on it and try again: what was there before answers on, and "
                "what was encoded so far is kept."
            ) from error
        raise StorageFailed(
            f"{where} cannot be written while {doing} ({error.strerror or error}); check its permissions and the disk, "
            "and try again: what was there before answers on."
        ) from error


def _no_memory(doing: str) -> str:
    return (
        f"Memory ran out while {doing}; close what takes it or move to a machine with more, and try again: "
        "what was there before answers on."
    )


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove what a killed process left half made in ``folder``; call it where nobody else makes such things."""
    for left in folder.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
