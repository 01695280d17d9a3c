"""The data directory: made for its user alone, and closed to others where it was open to them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OTHERS = 0o077
_DATABASES = ("*.sqlite3*", "library/*.sqlite3*")


def make_private(folder: Path) -> str | None:
    """Make the folder, or take it and its databases from everybody but their owner; what keeps that from being done.

    That is a sentence: a folder is left as it is where it belongs to somebody else, or where its name is a link to one
    that is open to others.

    Raises:
        OSError: the folder can be neither made nor opened.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        state = os.fstat(descriptor)
        if state.st_uid != os.geteuid():
            return f"The data directory {folder} belongs to another user, who can read it; give it to the bot's own."
        if state.st_mode & _OTHERS:
            if folder.is_symlink():
                return (
                    f"The data directory {folder} is a link to a folder that is open to other users; "
                    f"run `chmod 700 {folder.resolve()}`."
                )
            os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    for pattern in _DATABASES:
        for file in folder.glob(pattern):
            _close_to_others(file)
    return None


def _close_to_others(file: Path) -> None:
    """Take a file from everybody but its owner; one that has just gone, or is somebody else's, is left alone."""
    try:
        state = file.lstat()
        if stat.S_ISREG(state.st_mode) and state.st_mode & _OTHERS and state.st_uid == os.geteuid():
            file.chmod(0o600)
    except FileNotFoundError:
        return
