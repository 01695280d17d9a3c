"""Documents as indexing records them, made without a file."""

from __future__ import annotations

import hashlib

from corpus.document import Block, BlockKind, Document, Extraction, Metadata
from corpus.library import Recorded
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
