"""Reading one file: what format it is, which reader takes it, and what is stated or guessed about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from corpus.document import Document, Extraction, Metadata
from corpus.errors import RefusedContent, UnreadableFile
from corpus.folders import sidecar_of
from corpus.formats import format_of, reader_of

# Raise with any change to a reader that moves an offset; stored with an index.
EXTRACTOR_VERSION = "1"
MOST_BYTES = 100 * 1024 * 1024
_MOST_SIDECAR_BYTES = 1024 * 1024
# Few letters tell a language badly; below this nothing is guessed.
_LEAST_LETTERS = 20


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


def read_file(path: Path, root: Path | None = None, corrections: Mapping[str, str] = MappingProxyType({})) -> Reading:
    """Read a file's bytes once, and hash and extract those; raises ``UnreadableFile``.

    ``root`` is the folder of documents that the file was found in, whose rules apply to it; ``corrections`` are values
    that an admin gave, by field, which win over what everything else states.
    """
    data = _bytes(path)
    try:
        extraction = _extract(data, path.suffix.lower())
        if not any(block.paragraph for block in extraction.blocks):
            raise RefusedContent("there is no text in it that could be quoted.")
        extraction = _with_sidecar(extraction, path)
    except RefusedContent as error:
        raise UnreadableFile(path, error.reason) from error
    return Reading(hashlib.sha256(data).hexdigest(), _with_guesses(extraction))


def _bytes(path: Path) -> bytes:
    try:
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


def _extract(data: bytes, suffix: str) -> Extraction:
    format, warnings = format_of(data, suffix)
    extraction = reader_of(format)(data)
    return replace(extraction, format=format, warnings=(*warnings, *extraction.warnings))


def _with_sidecar(extraction: Extraction, path: Path) -> Extraction:
    """Return the extraction with what the file beside it states in place of what the file itself says."""
    from corpus.encoding import decode
    from corpus.metadata import parse

    sidecar = sidecar_of(path)
    if sidecar is None:
        return extraction
    try:
        with sidecar.open("rb") as file:
            data = file.read(_MOST_SIDECAR_BYTES)
    except OSError as error:
        raise RefusedContent(f"{sidecar.name} beside it cannot be opened ({error.strerror}).") from error
    statement = parse(decode(data), f"{sidecar.name} beside it")
    return replace(
        extraction,
        metadata=statement.over(extraction.metadata),
        warnings=(*extraction.warnings, *statement.warnings),
    )


def _with_guesses(extraction: Extraction) -> Extraction:
    """Return the extraction with language, process and round inferred where nobody stated them."""
    from corpus.language import detect_language

    metadata = extraction.metadata
    guesses: dict[str, Any] = _negotiation(metadata)
    letters = sum(map(str.isalpha, extraction.text[: 10 * _LEAST_LETTERS]))
    if metadata.language is None and letters >= _LEAST_LETTERS:
        guesses["language"] = detect_language(extraction.text)
    guessed = metadata.guessed | guesses.keys()
    return replace(extraction, metadata=replace(metadata, **guesses, guessed=guessed))


def _negotiation(metadata: Metadata) -> dict[str, str | int]:
    """Return the process and round that the title names, where they are not stated; a title of two rounds has none."""
    from corpus.rounds import find_process, find_rounds

    found: dict[str, str | int] = {}
    if metadata.title is None:
        return found
    if metadata.process is None and (process := find_process(metadata.title)) is not None:
        found["process"] = process
    numbers = {mention.number for mention in find_rounds(metadata.title)}
    if metadata.round is None and len(numbers) == 1:
        found["round"] = numbers.pop()
    return found
