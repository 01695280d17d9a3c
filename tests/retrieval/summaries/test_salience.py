"""Salience is how central a sentence is and how near what is asked about."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.summaries.salience import salience, scaled
from retrieval.summaries.selection import Pool
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

POOL = Pool.of(generation(document("one", "Convoys reached Aleppo.", "Convoys left Aleppo.", "Snow fell.")), [0])


def test_what_many_say_is_central_and_what_nobody_else_says_is_not() -> None:
    found = salience(POOL)
    assert found[:2].tolist() == pytest.approx([1, 1], abs=0.05)
    assert (found.max(), found[2]) == (1, 0)


def test_what_is_asked_about_counts_seven_tenths() -> None:
    found = salience(POOL, WordEncoder().encode_passages(["snow"])[0])
    central = salience(POOL)
    assert found.argmax() == 2
    assert found[2] == pytest.approx(0.7)
    assert found[:2].tolist() == pytest.approx(0.3 * central[:2], abs=0.05)


def test_salience_of_nothing_is_nothing() -> None:
    assert salience(Pool.of(POOL.generation, []), np.zeros(256, dtype=np.float32)).tolist() == []


def test_values_are_brought_to_the_range_from_nothing_to_one() -> None:
    assert scaled(np.array([2.0, 4.0, 3.0], dtype=np.float32)).tolist() == [0, 1, 0.5]
    assert scaled(np.array([2.0, 2.0], dtype=np.float32)).tolist() == [0, 0]
