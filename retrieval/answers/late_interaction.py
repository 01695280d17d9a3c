"""Late interaction: each token of a question with its best match among a sentence's tokens (Khattab and Zaharia, 2020).

Token vectors are kept in two bits a dimension, after their language's mean is taken off: 192 bytes a token for the
bundled encoder, some 29 kB a passage. Measured on the development sets, that ranks as well as whole vectors do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The four levels that keep most of a normally distributed number, and where they part (Max, 1960).
_LEVELS = np.array([-1.510, -0.4528, 0.4528, 1.510], dtype=np.float32)
_PARTINGS = np.array([-0.9816, 0.0, 0.9816], dtype=np.float32)
_IN_BYTE = 4
_SHIFTS = np.arange(0, 8, 2, dtype=np.uint8)
_EXPANDED = _LEVELS[(np.arange(256, dtype=np.uint8)[:, None] >> _SHIFTS) & 3]
_SQUARED = np.square(_EXPANDED).sum(axis=1)
# So many tokens are expanded at a time, which the processor's cache holds.
_BLOCK = 512


def centred(tokens: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Tokens of shape (n, parts, d) less their mean (parts, d), as vectors of shape (n, parts * d) and length 1."""
    count, parts, length = tokens.shape
    return unit(tokens - mean).reshape(count, parts * length) / np.float32(np.sqrt(parts))


def compress(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Vectors of shape (n, d), d divisible by four, in two bits a dimension: uint8 of shape (n, d / 4)."""
    spread = np.sqrt(np.mean(np.square(vectors), axis=1, keepdims=True))
    levels = np.searchsorted(_PARTINGS, vectors / np.maximum(spread, 1e-12), side="right").astype(np.uint8)
    count, length = vectors.shape
    shifted = levels.reshape(count, length // _IN_BYTE, _IN_BYTE) << _SHIFTS
    return np.asarray(np.bitwise_or.reduce(shifted, axis=2), dtype=np.uint8)


def cosines(question: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The cosine of each of the compressed vectors with each of ``question`` (n, d), float32 of (len(codes), n)."""
    count, width = codes.shape
    found = np.empty((count, len(question)), dtype=np.float32)
    for start in range(0, count, _BLOCK):
        block = codes[start : start + _BLOCK]
        expanded = np.take(_EXPANDED, block, axis=0).reshape(len(block), width * _IN_BYTE)
        lengths = np.sqrt(np.take(_SQUARED, block).sum(axis=1, keepdims=True))
        found[start : start + _BLOCK] = expanded @ question.T / lengths
    return found


class SentenceTokens:
    """The compressed tokens of many sentences, which lie where their segments hold them.

    Each part has the codes of a segment, uint8 of shape (n, b), where each of its sentences' tokens begin (int64, one
    more than there are sentences), and which of its sentences are live (bool); live ones are numbered on.
    """

    def __init__(self, parts: Sequence[tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_]]]) -> None:
        self._codes = [codes for codes, _, _ in parts]
        self._part = np.concatenate([np.full(live.sum(), number) for number, (_, _, live) in enumerate(parts)])
        self._starts = np.concatenate([starts[:-1][live] for _, starts, live in parts])
        self._ends = np.concatenate([starts[1:][live] for _, starts, live in parts])

    def gather(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The codes of the sentences ``rows`` one after the other, and where each begins, int64 of (len(rows) + 1,)."""
        found = [
            self._codes[part][start:end]
            for part, start, end in zip(self._part[rows], self._starts[rows], self._ends[rows], strict=True)
        ]
        bounds = np.concatenate([[0], np.cumsum([len(codes) for codes in found])]).astype(np.int64)
        return np.concatenate(found) if found else self._codes[0][:0], bounds


def best_matches(
    question: NDArray[np.float32], codes: NDArray[np.uint8], bounds: NDArray[np.int64]
) -> NDArray[np.float32]:
    """For each sentence and each of the question's tokens the cosine of its best match, float32 of (sentences, tokens).

    ``question`` is of shape (tokens, d), ``codes`` and ``bounds`` as ``SentenceTokens.gather`` gives them. A sentence
    without tokens matches nothing: 0.
    """
    matches = np.zeros((len(bounds) - 1, len(question)), dtype=np.float32)
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled) and len(question):
        matches[filled] = np.maximum.reduceat(cosines(question, codes), bounds[filled], axis=0)
    return matches
