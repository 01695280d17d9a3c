"""What the extraction server does for its caller, each task in a limited child: from a request to bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corpus import wire
from corpus.reading import read_file

Request = Mapping[str, Any]


def read(request: Request) -> bytes:
    """Read the file at ``path``, a document of the folder ``root``; see ``corpus.reading.read_file``."""
    root = request["root"]
    return wire.dump(read_file(Path(request["path"]), Path(root) if root else None, request["corrections"]))


# Each raises ``UnreadableFile`` for a file that it cannot do anything with.
TASKS: Mapping[str, Callable[[Request], bytes]] = {"read": read}
