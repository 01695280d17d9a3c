"""What has been encoded already, by content: a passage that is the same as one that was need not be read again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.segment import Segment
    from retrieval.index.texts import IndexedDocument


def passage_keys(
    documents: Sequence[IndexedDocument], passages: NDArray[np.int32], sentences: NDArray[np.int32]
) -> NDArray[np.uint64]:
    """A digest of all that the vectors of each passage depend on, uint64 of shape (p,); see ``content``."""
    keys = [
        int.from_bytes(hashlib.blake2b(repr(content(documents, row, sentences)).encode(), digest_size=8).digest())
        for row in passages
    ]
    return np.array(keys, dtype=np.uint64)


def content(
    documents: Sequence[IndexedDocument], passage: NDArray[np.int32], sentences: NDArray[np.int32]
) -> tuple[str | None, str | None, str, list[list[int]]]:
    """Title, language and text of a passage, and where its sentences begin and end in it."""
    number, start, end, first, last = passage.tolist()
    document = documents[number].document
    bounds = (sentences[first:last, 1:3] - start).tolist()
    return document.metadata.title, document.metadata.language, document.text[start:end], bounds


class Encoded:
    """The passages of some segments, by their content."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        keys = [segment.passage_keys for segment in segments]
        self._keys = np.concatenate(keys) if keys else np.empty(0, dtype=np.uint64)
        self._order = np.argsort(self._keys, kind="stable")
        self._sorted = self._keys[self._order]
        self._bounds = np.cumsum([0, *map(len, keys)])

    def find(
        self,
        documents: Sequence[IndexedDocument],
        passages: NDArray[np.int32],
        sentences: NDArray[np.int32],
        keys: NDArray[np.uint64],
    ) -> dict[int, tuple[Segment, int]]:
        """For the rows of ``passages`` that were encoded already, a segment that has the same and the row there."""
        first = np.searchsorted(self._sorted, keys)
        found = {}
        for row in np.flatnonzero(first < len(self._sorted)):
            if self._sorted[first[row]] != keys[row]:
                continue
            place = int(self._order[first[row]])
            number = int(np.searchsorted(self._bounds, place, side="right")) - 1
            segment, other = self._segments[number], place - int(self._bounds[number])
            # Two that differ may have the same digest.
            if content(segment.documents, segment.passages[other], segment.sentences) == content(
                documents, passages[row], sentences
            ):
                found[int(row)] = segment, other
        return found
