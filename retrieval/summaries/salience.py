"""What a sentence is worth in a summary: how central it is, and how near what is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.summaries.selection import Pool

_RELEVANCE = 0.7


def salience(pool: Pool, query: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """The worth of each sentence of ``pool``, float32 of shape (n,), from 0 to 1.

    ``query`` is the vector of what is asked about, centred and of length 1 as the pool's are.
    """
    if not len(pool.texts):
        return np.empty(0, dtype=np.float32)
    central = scaled(pool.vectors @ pool.vectors.mean(axis=0))
    if query is None:
        return central
    return np.asarray(_RELEVANCE * scaled(pool.vectors @ query) + (1 - _RELEVANCE) * central, dtype=np.float32)


def scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """``values`` of any shape (n, ...) brought to the range from 0 to 1 along the first axis; zeros where all equal."""
    if len(values) == 0:
        return values
    low, high = values.min(axis=0), values.max(axis=0)
    return np.asarray((values - low) / np.maximum(high - low, 1e-9), dtype=np.float32)
