"""A container unpacked on disk: its files below one folder, with a list of what is there and what was refused."""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.containers import Contents, safe_path
from corpus.errors import RefusedContent

# Hidden, so that no folder of documents lists it.
_LIST = ".contents.json"
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What became of a container: the POSIX paths of its files below ``folder``, and (path, reason) of those refused.

    ``format`` is "zip", "mail" or, for a file that holds no others, the name of its format.
    """

    folder: Path
    format: str
    members: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()


def to_bytes(contents: Contents) -> bytes:
    """Return ``contents`` to cross between processes: eight bytes of length, a list in JSON, and the files in order."""
    listed = {
        "format": contents.format,
        "members": [[member.path, len(member.data)] for member in contents.members],
        "refused": contents.refused,
    }
    head = json.dumps(listed).encode("ascii")
    return b"".join([_LENGTH.pack(len(head)), head, *(member.data for member in contents.members)])


def write(payload: bytes, folder: Path) -> Unpacked:
    """Write what ``to_bytes`` gave below ``folder``, which appears whole or not at all, and is kept where it is there.

    Nothing is forced to the disk: what a loss of power takes, ``load`` misses, and the container gives again. Raises
    ``ValueError`` for anything that ``to_bytes`` did not give, and ``OSError`` where it cannot be written.
    """
    listed, files = _parted(payload)
    if (kept := load(folder)) is not None:
        return kept
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        for (path, size), start in files:
            target = temporary / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(memoryview(payload)[start : start + size])
        (temporary / _LIST).write_text(json.dumps(listed), encoding="ascii")
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return _unpacked(folder, listed)


def load(folder: Path) -> Unpacked | None:
    """Return what ``write`` wrote below ``folder``; None where it, or a file of it as long as it was, is not there."""
    try:
        listed = json.loads((folder / _LIST).read_bytes())
        unpacked = _unpacked(folder, listed)
        is_whole = all((folder / path).stat().st_size == size for path, size in listed["members"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return unpacked if is_whole else None


def _parted(payload: bytes) -> tuple[dict[str, Any], list[tuple[tuple[str, int], int]]]:
    """Return the list at the head of ``payload``, and of each file its path and size, and where in it the file is."""
    try:
        (length,) = _LENGTH.unpack_from(payload)
        start = _LENGTH.size + length
        listed: dict[str, Any] = json.loads(payload[_LENGTH.size : start])
        files = []
        for path, size in listed["members"]:
            # The process that took the container apart is not trusted with where its files are written.
            if safe_path(path) != path or size < 0:
                raise ValueError(f"{path} is not a path below a folder")
            files.append(((path, size), start))
            start += size
    except (struct.error, KeyError, TypeError, RefusedContent) as error:
        raise ValueError("not what was unpacked") from error
    if start != len(payload):
        raise ValueError("not all of what was unpacked")
    return listed, files


def _unpacked(folder: Path, listed: dict[str, Any]) -> Unpacked:
    members = tuple(str(path) for path, _ in listed["members"])
    refused = tuple((str(path), str(reason)) for path, reason in listed["refused"])
    return Unpacked(folder, str(listed["format"]), members, refused)
