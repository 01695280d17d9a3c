"""Words are shared out: a first sentence for every section, new paragraphs before old, short before long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.document import Metadata
from retrieval.summaries.allotment import choose
from retrieval.summaries.round_material import material, narrowed
from tests.retrieval.corpora import document, generation

if TYPE_CHECKING:
    from retrieval.summaries.selection import Pool

WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")


def pool_of(*lengths: int) -> Pool:
    """Sentences of so many words each, none like another."""
    lines = [
        " ".join(f"{word}{place}" for place in range(length)) + "."
        for word, length in zip(WORDS, lengths, strict=False)
    ]
    return material(generation(document("a", *lines, metadata=Metadata(language="en", round=8))), 8, None).pool


def groups(pool: Pool, *members: tuple[int, ...]) -> list[np.ndarray]:
    """Sections of the sentences at these places."""
    return [np.isin(np.arange(len(pool.texts)), of) for of in members]


def ones(pool: Pool, *worth: float) -> np.ndarray:
    """The worth of each sentence."""
    return np.array(worth or [1.0] * len(pool.texts), dtype=np.float32)


def test_every_section_has_its_best_before_any_has_its_second() -> None:
    pool = pool_of(4, 4, 4, 4)
    worth = ones(pool, 1.0, 0.9, 0.2, 0.1)
    assert choose(pool, groups(pool, (0, 1), (2, 3)), worth, np.arange(4), 8) == [0, 2]


def test_of_equals_the_short_sentence_is_worth_more() -> None:
    pool = pool_of(8, 4, 6)
    assert choose(pool, groups(pool, (0, 1, 2)), ones(pool), np.arange(3), 8) == [1]


def test_a_paragraph_that_is_not_quoted_comes_before_one_that_is() -> None:
    pool = pool_of(4, 4, 4)
    blocks = np.array([0, 0, 1])
    assert choose(pool, groups(pool, (0, 1, 2)), ones(pool, 1.0, 0.9, 0.3), blocks, 8) == [0, 2]


def test_what_is_in_no_section_is_never_chosen() -> None:
    pool = pool_of(4, 4, 4)
    assert choose(pool, groups(pool, (1,)), ones(pool), np.arange(3), 99) == [1]
    assert choose(pool, [], ones(pool), np.arange(3), 99) == []


def test_what_was_taken_is_not_chosen_again() -> None:
    pool = pool_of(4, 4, 4)
    assert choose(pool, groups(pool, (0, 1, 2)), ones(pool), np.arange(3), 99, taken=[1]) == [0, 2]


@pytest.mark.parametrize("words", range(0, 30, 3))
def test_no_more_words_than_allowed_are_chosen(words: int) -> None:
    pool = pool_of(8, 4, 6, 3, 5, 2)
    chosen = choose(pool, groups(pool, (0, 1), (2, 3, 4, 5)), ones(pool), np.arange(6), words)
    assert int(pool.lengths[chosen].sum()) <= words


def test_of_a_pool_a_part_can_be_looked_at() -> None:
    pool = narrowed(pool_of(4, 5, 6), np.array([True, False, True]))
    assert (pool.lengths.tolist(), pool.positions.tolist(), len(pool.texts)) == ([4, 6], [0, 2], 2)
