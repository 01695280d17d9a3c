"""A reading as JSON, to cross from the process that parsed an untrusted file: nothing that arrives can be code."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, BinaryIO

from corpus.reading import Holder, Reading
from corpus.serial import extraction_from_json, extraction_to_json

_LENGTH = struct.Struct(">Q")


def send(stream: BinaryIO, payload: bytes) -> None:
    """Write one message: eight bytes of length, most significant first, and the payload."""
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Return the next message's payload, or None at the stream's end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    payload = stream.read(length)
    return payload if len(payload) == length else None


def dump(reading: Reading) -> bytes:
    """Return ``reading`` as JSON in ASCII."""
    return json.dumps({"sha256": reading.sha256, **extraction_to_json(reading.extraction)}).encode("ascii")


def load(content: dict[str, Any]) -> Reading:
    """Return the reading that ``dump`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    return Reading(content["sha256"], extraction_from_json(content))


def holder_to_json(holder: Holder) -> dict[str, Any]:
    """Return ``holder`` as what ``json`` can write."""
    root = str(holder.root.absolute()) if holder.root else None
    return {"path": str(holder.path.absolute()), "root": root, "corrections": dict(holder.corrections)}


def holder_from_json(value: dict[str, Any]) -> Holder:
    """Return what ``holder_to_json`` wrote."""
    return Holder(Path(value["path"]), Path(value["root"]) if value["root"] else None, value["corrections"])
