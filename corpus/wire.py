"""A reading as JSON, to cross from the process that parsed an untrusted file: nothing that arrives can be code."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any, BinaryIO

from corpus.document import Block, BlockKind, Extraction, Metadata, Source
from corpus.reading import Reading

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
    extraction = reading.extraction
    metadata = asdict(extraction.metadata)
    metadata["guessed"] = sorted(extraction.metadata.guessed)
    content = {
        "sha256": reading.sha256,
        "text": extraction.text,
        "blocks": [
            [block.kind, block.start, block.end, block.page, block.heading, block.paragraph]
            for block in extraction.blocks
        ],
        "metadata": metadata,
        "warnings": extraction.warnings,
    }
    return json.dumps(content).encode("ascii")


def load(content: dict[str, Any]) -> Reading:
    """Return the reading that ``dump`` wrote; raises KeyError, TypeError or ValueError for anything else."""
    metadata = dict(content["metadata"])
    metadata["sources"] = tuple(Source(**source) for source in metadata["sources"])
    metadata["guessed"] = frozenset(metadata["guessed"])
    blocks = tuple(Block(BlockKind(kind), *rest) for kind, *rest in content["blocks"])
    extraction = Extraction(content["text"], blocks, Metadata(**metadata), tuple(content["warnings"]))
    return Reading(content["sha256"], extraction)
