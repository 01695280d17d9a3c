"""Small corpora made in memory."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from corpus.document import Block, BlockKind, Document, Metadata
from retrieval.encoders.languages import Anchors
from retrieval.index.generation import Generation, assemble, generation_id
from retrieval.index.segment import IndexedDocument, Segment, build_segment
from tests.doubles import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence


def document(identifier: str, *lines: str, metadata: Metadata | None = None) -> IndexedDocument:
    """A document of one paragraph a line; a line that begins with "# " is a heading, the path of all below it.

    Without ``metadata`` it is in English and has no title.
    """
    blocks: list[Block] = []
    text = "\n".join(line.removeprefix("# ") for line in lines)
    start, paragraph = 0, 0
    heading: str | None = None
    for line in lines:
        end = start + len(line.removeprefix("# "))
        if line.startswith("# "):
            heading = line.removeprefix("# ")
            blocks.append(Block(BlockKind.HEADING, start, end, 1))
        else:
            paragraph += 1
            blocks.append(Block(BlockKind.PARAGRAPH, start, end, 1, heading, paragraph))
        start = end + 1
    digest = hashlib.sha256(text.encode()).hexdigest()
    made = Document(identifier, f"/{identifier}", digest, text, tuple(blocks), metadata or Metadata(language="en"))
    return IndexedDocument(made, digest[:32], 0.0, 0.0)


def spoken(identifier: str, language: str | None, *lines: str) -> IndexedDocument:
    """A document in ``language``, without a title."""
    return document(identifier, *lines, metadata=Metadata(language=language))


@lru_cache(maxsize=1)
def anchors() -> Anchors:
    """The language anchors of the encoder of the doubles."""
    return Anchors.measure(WordEncoder())


def generation(*documents: IndexedDocument) -> Generation:
    """A generation of one segment."""
    return generation_of([(build_segment(documents, WordEncoder(), anchors()), frozenset())])


def generation_of(segments: Sequence[tuple[Segment, frozenset[str]]]) -> Generation:
    """A generation of ``segments``, each with the ids of its withdrawn documents."""
    fingerprints = [
        (entry.document.id, entry.fingerprint)
        for segment, withdrawn in segments
        for entry in segment.documents
        if entry.document.id not in withdrawn
    ]
    identifier = generation_id(fingerprints, WordEncoder.identity)
    return assemble(identifier, WordEncoder.identity, segments, anchors())
