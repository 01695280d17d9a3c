"""Choosing sentences by what they say: the pairs of neighbouring words in them, of which each pays once.

A summary that covers what concepts are worth most, with pairs of words for concepts, is Gillick and Favre's (2009);
taking again and again what gains most a word comes close to the best there is (Lin and Bilmes, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from retrieval.evaluation.rouge import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.summaries.selection import Pool

_FEWEST_WORDS = 3
# Fitted on queries about meetings; see ``retrieval.summaries.relevance``. What a concept is worth grows less than how
# often it is said, and a sentence costs something beside its words, so that few long ones come before many short ones.
_FREQUENCY = 0.7
_ASKED = 0.9
_LETTER = -0.7
_STUTTER = -2.6
_SENTENCE = 8
# For what two documents say alike in other words or languages. Sentences of one document are alike by their context.
_MOST_ALIKE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Concepts:
    """The pairs of neighbouring words of n sentences.

    ``held`` is (n, c), 1 where a sentence has a concept; ``worth`` (float64, (c,)) is what each pays when it is said.
    """

    held: csr_array
    worth: NDArray[np.float64]

    @staticmethod
    def of(texts: Sequence[str], chances: NDArray[np.floating], asked: str = "") -> Concepts:
        """The concepts of ``texts``, worth more the likelier the sentences that have them belong into a summary.

        ``chances`` (n,) are positive, on any scale; those of a sentence that is out of the question are 0. Words of
        ``asked`` make a concept worth more; words of one letter and a word said twice, as people speak, less.
        """
        numbers: dict[tuple[str, str], int] = {}
        rows: list[int] = []
        columns: list[int] = []
        for row, text in enumerate(texts):
            found = {numbers.setdefault(pair, len(numbers)) for pair in pairwise(tokens(text))}
            rows.extend([row] * len(found))
            columns.extend(sorted(found))
        held = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(numbers)))
        words = frozenset(tokens(asked))
        wording = np.array([_wording(pair, words) for pair in numbers], dtype=np.float64)
        return Concepts(held, (held.T @ np.asarray(chances, dtype=np.float64)) ** _FREQUENCY * np.exp(wording))


def _wording(pair: tuple[str, str], asked: frozenset[str]) -> float:
    """What a concept's words themselves add to the logarithm of its worth."""
    return (
        _ASKED * sum(word in asked for word in pair)
        + _LETTER * sum(len(word) == 1 for word in pair)
        + _STUTTER * (pair[0] == pair[1])
    )


def cover(
    pool: Pool, chances: NDArray[np.floating], words: int, *, asked: str = "", taken: Sequence[int] = ()
) -> tuple[int, ...]:
    """The sentences of ``pool``, in its order, that together say what is worth most in at most ``words`` words.

    ``chances`` (n,) say how likely it is that a sentence belongs there, see ``Concepts.of``; one with 0 is not chosen.
    What ``taken`` sentences say pays nothing, nor does one that another document says as good as the same.
    """
    concepts = Concepts.of(pool.texts, chances, asked)
    open_to_choice = (np.asarray(chances) > 0) & (pool.lengths >= _FEWEST_WORDS)
    unsaid = np.ones(len(concepts.worth))
    chosen: list[int] = []

    def say(place: int) -> None:
        unsaid[concepts.held.indices[slice(*concepts.held.indptr[place : place + 2])]] = 0
        elsewhere = pool.documents != pool.documents[place]
        open_to_choice[elsewhere & (pool.vectors @ pool.vectors[place] >= _MOST_ALIKE)] = False
        open_to_choice[place] = False

    for place in taken:
        say(place)
    while True:
        gain = (concepts.held @ (concepts.worth * unsaid)) / (pool.lengths + _SENTENCE)
        gain[~open_to_choice | (pool.lengths > words)] = 0
        best = int(gain.argmax()) if len(gain) else 0
        if not len(gain) or gain[best] <= 0:
            return tuple(sorted(chosen))
        chosen.append(best)
        words -= int(pool.lengths[best])
        say(best)
