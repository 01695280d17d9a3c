"""Reading one file: what format it is, which reader takes it, and what is stated or guessed about it."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from corpus.document import Document, Extraction
from corpus.errors import FolderError, RefusedContent, UnreadableFile
from corpus.formats import format_of, reader_of

if TYPE_CHECKING:
    from corpus.readers.recognised import RecognisedPage

# Raise with any change to a reader that moves an offset; stored with an index.
EXTRACTOR_VERSION = "3"
MOST_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file's bytes gave: their SHA-256 in hexadecimal, and the extraction made from the same bytes."""

    sha256: str
    extraction: Extraction


def read(path: Path) -> Extraction:
    """Read one file in this process; raises ``UnreadableFile``.

    For files that are not trusted see ``corpus.extraction``, which does this in a process with limits.
    """
    return read_file(path).extraction


def load(path: Path, id: str) -> Document:
    """Read one file in this process as the document ``id``; raises ``UnreadableFile``."""
    return document(read_file(path), path, id)


def document(reading: Reading, path: Path, id: str) -> Document:
    """Return the document that a reading of ``path`` makes."""
    extraction = reading.extraction
    file = str(path.absolute())
    return Document(
        id, file, reading.sha256, extraction.text, extraction.blocks, extraction.metadata, extraction.format
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """A container that a file was unpacked from: what its folders, its sidecar and admins state holds for the file too.

    ``root`` and ``corrections`` are the container's own, as in ``read_file``.
    """

    path: Path
    root: Path | None = None
    corrections: Mapping[str, str] = field(default_factory=dict)


def read_file(
    path: Path,
    root: Path | None = None,
    corrections: Mapping[str, str] = MappingProxyType({}),
    holders: Sequence[Holder] = (),
    recognised: Mapping[int, RecognisedPage] = MappingProxyType({}),
) -> Reading:
    """Read a file's bytes once, and hash and extract those; raises ``UnreadableFile``.

    ``root`` is the folder of documents that the file was found in: its rules and those of the folders between apply.
    ``corrections`` are values that an admin gave, by field, which win over what everything else states. ``holders``
    are the containers that the file was packed in, outermost first. ``recognised`` are the pages, from 1, of a PDF or
    picture file that text recognition has read.
    """
    from corpus.description import described

    data = read_bytes(path)
    try:
        extraction = _extract(data, path.suffix.lower(), recognised)
        if not any(block.paragraph for block in extraction.blocks):
            raise RefusedContent("there is no text in it that could be quoted.")
    except RefusedContent as error:
        raise UnreadableFile(path, error.reason) from error
    try:
        extraction = described(extraction, path, root, corrections, holders)
    except RefusedContent as error:
        raise UnreadableFile(path, error.reason, is_beside=True) from error
    except FolderError as error:
        raise UnreadableFile(path, f"the folder {error.path} {error.reason}", is_beside=True) from error
    return Reading(hashlib.sha256(data).hexdigest(), extraction)


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; raises ``UnreadableFile`` where it cannot be opened, is too large or says nothing."""
    try:
        # Opening a pipe would wait for someone to write to it.
        if stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
            raise UnreadableFile(path, "it is a pipe or a device, not a file.")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except IsADirectoryError as error:
        raise UnreadableFile(path, "is a folder, not a file.") from error
    except FileNotFoundError as error:
        raise UnreadableFile(path, "there is no such file.") from error
    except OSError as error:
        raise UnreadableFile(path, f"cannot be opened ({error.strerror}); check who may read it.") from error
    if len(data) > MOST_BYTES:
        raise UnreadableFile(path, f"it is over {MOST_BYTES // 1024**2} MB; split it or save it smaller.")
    if not data.strip():
        raise UnreadableFile(path, "it is empty; send it again." if not data else "there is nothing but blanks in it.")
    return data


def _extract(data: bytes, suffix: str, recognised: Mapping[int, RecognisedPage]) -> Extraction:
    format, warnings = format_of(data, suffix)
    if recognised and format in ("pdf", "picture"):
        from corpus.readers.pdf import read_pdf
        from corpus.readers.picture import read_picture

        extraction = (read_pdf if format == "pdf" else read_picture)(data, recognised)
    else:
        extraction = reader_of(format)(data)
    return replace(extraction, format=format, warnings=(*warnings, *extraction.warnings))
