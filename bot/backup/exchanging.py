"""What is put in the place of something else: in one step, where the system can do that, and with its owner."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_HERE: Final = -100
_EXCHANGE: Final = 2


def exchange(one: Path, other: Path) -> bool:
    """Let two paths of one file system, both of which exist, change places; False where the system has no such step.

    It is ``renameat2`` with ``RENAME_EXCHANGE`` (Linux 3.15 and later, on most of its file systems).

    Raises:
        OSError: it has, and it failed.
    """
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))


def give_to_owner_of(path: Path, made: Path) -> None:
    """Where this process is the superuser's, give ``made`` and all that is in it to who owns ``path``."""
    if os.geteuid() != 0:
        return
    owner = path.stat()
    for one in (made, *made.rglob("*")):
        os.chown(one, owner.st_uid, owner.st_gid, follow_symlinks=False)
