"""How likely a sentence belongs into a summary of what is asked about.

The parts are added up as logarithms. Their weights were fitted on query-focused summaries of meetings (QMSum) and
checked on meetings left out; around these values they hardly matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

from retrieval.answers.turns import is_named, speakers
from retrieval.index.word_index import Postings, WordIndex
from retrieval.index.words import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.summaries.selection import Pool

_NEIGHBOURHOOD = 0.6
_LIKENESS = 0.4
_WORDS = 0.15
_NAMED = 0.5
_SENTENCES_AROUND = 20


def relevance(
    pool: Pool, said: Sequence[Sequence[str]], query: str, vector: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The logarithm, but for a constant, of how likely each sentence of ``pool`` belongs into a summary of ``query``.

    ``said`` are the terms of each sentence (``retrieval.index.words.terms``); ``vector`` is the query's, centred and of
    length 1. What counts most is what is said around a sentence: a subject is
    talked about for a while, in sentences of which few name it. Then the sentence itself, by its meaning and by the
    query's words, and whether its speaker is one whom the query names.
    """
    if not len(pool.texts):
        return np.empty(0)
    likeness = (pool.vectors @ vector).astype(np.float64)
    around = gaussian_filter1d(likeness * np.log1p(pool.lengths), _SENTENCES_AROUND, mode="nearest")
    index = WordIndex([(Postings.of(said), np.arange(len(pool.texts)))])
    speaking = speakers(pool)
    asked_for = {speaker: is_named(speaker, query) for speaker in set(speaking)}
    named = np.array([asked_for[speaker] for speaker in speaking], dtype=np.float64)
    return (
        _NEIGHBOURHOOD * standard(around)
        + _LIKENESS * standard(likeness)
        + _WORDS * standard(index.scores(terms(query)))
        + _NAMED * named
    )


def standard(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """``values`` less their mean, in standard deviations; zeros where all are equal."""
    found = np.asarray(values, dtype=np.float64)
    deviation = float(found.std())
    return (found - found.mean()) / deviation if deviation > 1e-9 else np.zeros_like(found)
