"""Generations made out of another: its documents many times over as one round, or without their headings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.generation import assemble, generation_id
from retrieval.index.segment import IndexedDocument, Segment
from retrieval.index.word_index import Postings
from retrieval.index.words import terms

if TYPE_CHECKING:
    from corpus.document import Document
    from retrieval.index.generation import Generation, Stock

_NOISE = 0.02
_STOPS = ".!?…؟;"


def without_headings(generation: Generation) -> Generation:
    """The same generation whose blocks have lost their headings; vectors have none in them anyway."""
    return replace(
        generation,
        documents=tuple(replace(entry, document=_headless(entry.document)) for entry in generation.documents),
    )


def _headless(document: Document) -> Document:
    return replace(document, blocks=tuple(replace(block, heading=None) for block in document.blocks))


def round_of_copies(stock: Stock, count: int) -> Generation:
    """``count`` documents of round 1 of the process "Made": copies of the first segment's, with vectors a little off.

    The same count gives the same generation.
    """
    segment = stock.segments[0][0]
    random = np.random.default_rng(0)
    copies = [_copy(segment, number, random) for number in range(-(-count // len(segment.documents)))]
    fingerprints = [(entry.document.id, entry.fingerprint) for one in copies for entry in one.documents]
    identifier = generation_id(fingerprints, stock.manifest.encoder)
    return assemble(identifier, stock.manifest.encoder, [(one, _beyond(one, count)) for one in copies], stock.anchors)


def _copy(segment: Segment, number: int, random: np.random.Generator) -> Segment:
    first = number * len(segment.documents)
    documents = tuple(
        _renamed(entry, first + place, len(segment.documents)) for place, entry in enumerate(segment.documents)
    )
    texts = [documents[document].document.text[start:end] for document, start, end, *_ in segment.passages.tolist()]
    return replace(
        segment,
        documents=documents,
        passage_vectors=_shaken(segment.passage_vectors, random),
        sentence_vectors=_shaken(segment.sentence_vectors, random),
        postings=Postings.of([terms(text) for text in texts]),
    )


def _renamed(entry: IndexedDocument, number: int, copies: int) -> IndexedDocument:
    document = entry.document
    # Nothing that is remembered of one copy's sentences helps with another's.
    text = document.text.replace(".", _STOPS[number // copies % len(_STOPS)])
    metadata = replace(document.metadata, process="Made", round=1, other_rounds=())
    return replace(entry, document=replace(document, id=f"{number:06d}", text=text, metadata=metadata))


def _beyond(segment: Segment, count: int) -> frozenset[str]:
    return frozenset(entry.document.id for entry in segment.documents if int(entry.document.id) >= count)


def _shaken(vectors: CompactVectors, random: np.random.Generator) -> CompactVectors:
    noise = random.standard_normal(vectors.codes.shape).astype(np.float32)
    return CompactVectors.of(vectors.rows(slice(None)) + _NOISE * noise)
