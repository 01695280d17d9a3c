"""Putting segments together: the documents that count, numbered on from segment to segment, and their rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.segment import IndexedDocument, Segment
from retrieval.index.word_index import Postings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Joined:
    """The live documents of some segments, with their tables numbered over all of them as in ``Segment``.

    ``kept`` and ``kept_passages`` say for each segment which of its sentences and passages are live, and ``rows`` which
    row each of its passages has here, int64, -1 where its document does not count.
    """

    documents: tuple[IndexedDocument, ...]
    passages: NDArray[np.int32]
    sentences: NDArray[np.int32]
    kept: tuple[NDArray[np.bool_], ...]
    kept_passages: tuple[NDArray[np.bool_], ...]
    rows: tuple[NDArray[np.int64], ...]


def join(segments: Sequence[tuple[Segment, frozenset[str]]]) -> Joined:
    """Join at least one segment; each comes with the ids of its documents that no longer count."""
    documents: list[IndexedDocument] = []
    passages, sentences, kept, kept_passages, rows = [], [], [], [], []
    passage_count = sentence_count = 0
    for segment, withdrawn in segments:
        live = np.array([entry.document.id not in withdrawn for entry in segment.documents], dtype=bool)
        numbers = np.cumsum(live) - 1 + len(documents)
        documents += [entry for entry, keep in zip(segment.documents, live, strict=True) if keep]
        keep_passage = live[segment.passages[:, 0]]
        keep_sentence = live[segment.sentences[:, 0]]
        passage_rows = np.where(keep_passage, np.cumsum(keep_passage) - 1 + passage_count, -1).astype(np.int64)
        sentence_rows = np.concatenate([[0], np.cumsum(keep_sentence)]) + sentence_count
        table = segment.passages[keep_passage].copy()
        table[:, 0] = numbers[table[:, 0]]
        table[:, 3:5] = sentence_rows[table[:, 3:5]]
        passages.append(table)
        table = segment.sentences[keep_sentence].copy()
        table[:, 0] = numbers[table[:, 0]]
        table[:, 3] = passage_rows[table[:, 3]]
        sentences.append(table)
        kept.append(keep_sentence)
        kept_passages.append(keep_passage)
        rows.append(passage_rows)
        passage_count += len(passages[-1])
        sentence_count += len(sentences[-1])
    return Joined(
        tuple(documents),
        np.concatenate(passages),
        np.concatenate(sentences),
        tuple(kept),
        tuple(kept_passages),
        tuple(rows),
    )


def merge_segments(segments: Sequence[tuple[Segment, frozenset[str]]]) -> Segment:
    """One segment with the live documents of several: nothing is split, counted or encoded again."""
    joined = join(segments)
    codes, counts = [], [np.zeros(1, dtype=np.int64)]
    for (segment, _), kept in zip(segments, joined.kept, strict=True):
        of_sentence = np.diff(segment.token_starts)
        counts.append(of_sentence[kept])
        if len(kept):
            codes.append(segment.token_codes[np.repeat(kept, of_sentence)])
    postings = [(segment.postings, rows) for (segment, _), rows in zip(segments, joined.rows, strict=True)]
    return Segment(
        documents=joined.documents,
        passages=joined.passages,
        sentences=joined.sentences,
        passage_keys=np.concatenate(
            [one.passage_keys[kept] for (one, _), kept in zip(segments, joined.kept_passages, strict=True)]
        ),
        passage_vectors=CompactVectors.joined(
            [one.passage_vectors.where(kept) for (one, _), kept in zip(segments, joined.kept_passages, strict=True)]
        ),
        sentence_vectors=CompactVectors.joined(
            [one.sentence_vectors.where(kept) for (one, _), kept in zip(segments, joined.kept, strict=True)]
        ),
        token_codes=np.concatenate(codes) if codes else np.empty((0, 0), dtype=np.uint8),
        token_starts=np.cumsum(np.concatenate(counts)),
        postings=Postings.merged(postings),
    )


def carried(segments: Sequence[tuple[Segment, frozenset[str]]], documents: Mapping[str, IndexedDocument]) -> Segment:
    """A segment of ``documents``, which read as those of their ids in ``segments`` do, with the vectors of these."""
    merged = merge_segments(
        [
            (segment, gone | {entry.document.id for entry in segment.documents if entry.document.id not in documents})
            for segment, gone in segments
        ]
    )
    return replace(merged, documents=tuple(documents[entry.document.id] for entry in merged.documents))
