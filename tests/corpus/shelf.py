"""Documents as indexing records them, made without a file, and a library that lists some."""

from __future__ import annotations

import hashlib
import zlib

from corpus.document import Block, BlockKind, Document, Extraction, Metadata
from corpus.library import Entry, Library, Recorded
from corpus.likeness import signature


def recorded(id: str, text: str, *, access: str | None = None, title: str | None = None, file: str = "") -> Recorded:
    """A document of one paragraph; ``access`` is what its sidecar or folder says."""
    block = Block(BlockKind.PARAGRAPH, 0, len(text), paragraph=1)
    extraction = Extraction(text, (block,), Metadata(title=title, language="en", access=access))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Recorded(id, file or f"/documents/{id}", sha256, extraction, signature(text))


def indexed(one: Recorded) -> Document:
    """The document that an index holds of it."""
    read = one.extraction
    return Document(one.id, one.file, one.sha256, read.text, read.blocks, read.metadata)


TALKS = recorded("talks.md", "The delegations met for talks in Astana.", title="Talks")
LATER = recorded("talks.md", "The talks were put off until the spring.", title="Talks, corrected")
CORRIDOR = recorded("corridor.md", "A safe corridor for convoys was opened.")
ADMIN = "4711"


class Killed(BaseException):
    """Stands for the end of the process."""


class Clock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


def keep(library: Library, *ones: Recorded) -> None:
    """Keep the originals and record, as indexing does."""
    for one in ones:
        library.originals.put(one.extraction.text.encode())
    library.record(ones, gone=())


def readable(library: Library, clearance: str, *ones: Recorded) -> list[str]:
    """The ids of what an index holds, as far as it may be read."""
    documents = [indexed(one) for one in ones or (TALKS, CORRIDOR)]
    hidden = library.hidden(documents, clearance)
    return [document.id for document in documents if document.id not in hidden]


def entry(library: Library, id: str = "talks.md") -> Entry:
    """What the library says of a document that it has."""
    found = library.entry(id)
    assert found is not None
    return found


def events(library: Library, id: str = "talks.md") -> list[tuple[str, str, str]]:
    """What happened to a document, with its detail and by whom."""
    return [(event.event, event.detail, event.by) for event in library.events(id)]


def on_disk(library: Library) -> bytes:
    """The bytes of all files of the library; of compressed ones what they hold too."""
    found = b""
    for path in sorted(path for path in library.folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += content
        try:
            found += zlib.decompress(content)
        except zlib.error:
            continue
    return found
