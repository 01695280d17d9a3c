"""Which sentences of each section are quoted within the words that a summary has.

Every section has its best sentence before any has its second, then each has a share of the words that grows with the
root of how much there is of it, and within a section a paragraph that is not quoted yet comes before one that is: what
is covered pays less and less (a diversity reward: Lin and Bilmes, 2011). Long sentences must be worth their words (cost
scaled: Lin and Bilmes, 2010).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.summaries.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from retrieval.summaries.selection import Pool

COST: Final = 1.0


def choose(
    pool: Pool,
    groups: Sequence[NDArray[np.bool_]],
    worth: NDArray[np.float32],
    blocks: NDArray[np.int64],
    words: int,
    taken: Sequence[int] = (),
) -> list[int]:
    """The sentences chosen, ascending: at most ``words`` words of the pool together.

    ``groups`` say of each sentence (bool, (n,)) whether it is in that section, ``worth`` is float32 from 0 to 1, and
    ``blocks`` (int64, (n,)) number the paragraphs. What is ``taken`` was quoted before and is not repeated.
    """
    chosen: list[int] = []
    value = _by_cost(pool, worth)

    def add(open_to_choice: NDArray[np.bool_], budget: int) -> None:
        nonlocal words
        found = select(pool, _masked(value, open_to_choice), min(budget, words), [*taken, *chosen])
        chosen.extend(found)
        words -= int(pool.lengths[list(found)].sum())

    for group in groups:
        add(_best_of_each(value, group, np.zeros(len(value), dtype=np.int64)), words)
    for group, share in _shares(groups, words):
        before = words
        add(_best_of_each(value, group & ~np.isin(blocks, blocks[chosen]), blocks), share)
        add(group, share - (before - words))
    anywhere = np.any(np.stack(groups), axis=0) if groups else np.zeros(len(value), dtype=np.bool_)
    add(_best_of_each(value, anywhere & ~np.isin(blocks, blocks[chosen]), blocks), words)
    add(anywhere, words)
    return sorted(chosen)


def _by_cost(pool: Pool, worth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Worth a word, to the power that cost counts with, from 0 to 1; a sentence of usual length keeps its worth."""
    if not len(worth):
        return worth
    usual = float(np.median(pool.lengths)) or 1.0
    scaled = worth * (usual / np.maximum(pool.lengths, usual / 2)) ** COST
    return np.asarray(scaled / max(float(scaled.max()), 1e-9), dtype=np.float32)


def _shares(groups: Sequence[NDArray[np.bool_]], words: int) -> Iterator[tuple[NDArray[np.bool_], int]]:
    weights = [math.sqrt(int(group.sum())) for group in groups]
    for group, weight in zip(groups, weights, strict=True):
        yield group, int(words * weight / max(sum(weights), 1e-9))


def _masked(worth: NDArray[np.float32], open_to_choice: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.asarray(np.where(open_to_choice, worth, -np.inf), dtype=np.float32)


def _best_of_each(
    worth: NDArray[np.float32], open_to_choice: NDArray[np.bool_], blocks: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Of each block the sentence open to choice that is worth most, the first of equals."""
    best = np.zeros(len(worth), dtype=np.bool_)
    at = np.flatnonzero(open_to_choice)
    order = at[np.lexsort((at, -worth[at], blocks[at]))]
    best[order[np.flatnonzero(np.diff(blocks[order], prepend=-1))]] = True
    return best
