"""Reading one file: what format it is, which reader takes it, and what is stated or guessed about it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.document import Document, Extraction, Metadata
from corpus.errors import RefusedContent, UnreadableFile
from corpus.folders import sidecar_of

# Raise with any change to a reader that moves an offset; stored with an index.
EXTRACTOR_VERSION = "1"
MOST_BYTES = 100 * 1024 * 1024
_MOST_SIDECAR_BYTES = 1024 * 1024
# Few letters tell a language badly; below this nothing is guessed.
_LEAST_LETTERS = 20

_SUFFIX_FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
}
SUFFIXES = frozenset(_SUFFIX_FORMATS)

_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_FOREIGN = (
    (b"PK\x03\x04", "a ZIP, Word, PowerPoint, Excel, OpenDocument or EPUB file"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file's bytes gave: their SHA-256 in hexadecimal, and the extraction made from the same bytes."""

    sha256: str
    extraction: Extraction


def is_supported(path: Path) -> bool:
    """Say whether a file's name has a suffix that some reader takes."""
    return path.suffix.lower() in SUFFIXES


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
    return Document(id, file, reading.sha256, extraction.text, extraction.blocks, extraction.metadata)


def read_file(path: Path) -> Reading:
    """Read a file's bytes once, and hash and extract those; raises ``UnreadableFile``."""
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
    readers: dict[str, Callable[[bytes], Extraction]] = {
        "text": _read_text,
        "markdown": _read_markdown,
        "html": _read_html,
        "pdf": _read_pdf,
    }
    return readers[_format(data, suffix)](data)


def _format(data: bytes, suffix: str) -> str:
    """Return the name of the format: what the bytes say, and only where they say nothing, what the suffix says."""
    stated = _SUFFIX_FORMATS.get(suffix)
    if b"%PDF-" in data[:1024] and stated in (None, "pdf"):
        return "pdf"
    if stated == "pdf":
        raise RefusedContent("it is named a PDF but does not begin as one: it is damaged or not one; send it again.")
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            raise RefusedContent(f"it is {name}, which is not read here; save it as PDF, HTML, Markdown or plain text.")
    if stated is None:
        known = ", ".join(sorted(SUFFIXES))
        raise RefusedContent(f"files named {suffix or 'without a suffix'} are not read here; known are {known}.")
    if stated == "text" and _HTML.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]):
        return "html"
    return stated


def _read_text(data: bytes) -> Extraction:
    from corpus.text import read_text

    return read_text(data)


def _read_markdown(data: bytes) -> Extraction:
    from corpus.markdown import read_markdown

    return read_markdown(data)


def _read_html(data: bytes) -> Extraction:
    from corpus.html import read_html

    return read_html(data)


def _read_pdf(data: bytes) -> Extraction:
    from corpus.pdf import read_pdf

    return read_pdf(data)


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
