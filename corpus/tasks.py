"""What the extraction server does for its caller, each task in a limited child: from a request to bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corpus import containers, unpacked, wire
from corpus.errors import RefusedContent, UnreadableFile
from corpus.reading import read_bytes, read_file

Request = Mapping[str, Any]


def read(request: Request) -> bytes:
    """Read the file at ``path``, a document of the folder ``root``; see ``corpus.reading.read_file``."""
    root = Path(request["root"]) if request["root"] else None
    holders = [wire.holder_from_json(holder) for holder in request["holders"]]
    return wire.dump(read_file(Path(request["path"]), root, request["corrections"], holders))


def unpack(request: Request) -> bytes:
    """Take apart the file at ``path`` if it holds others; see ``corpus.containers.unpack``."""
    path = Path(request["path"])
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != request["sha256"]:
        raise UnreadableFile(path, "it was replaced while it was read; load it again.")
    try:
        return unpacked.to_bytes(containers.unpack(data, path.suffix.lower()))
    except RefusedContent as error:
        raise UnreadableFile(path, error.reason) from error


# Each raises ``UnreadableFile`` for a file that it cannot do anything with.
TASKS: Mapping[str, Callable[[Request], bytes]] = {"read": read, "unpack": unpack}
