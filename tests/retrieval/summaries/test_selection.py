"""A pool has the sentences of some documents in the order of time; of it those worth most are chosen."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.document import Metadata
from retrieval.index.segment import IndexedDocument
from retrieval.summaries.selection import Pool, select
from tests.retrieval.corpora import document, generation


def dated(identifier: str, date: str | None, *lines: str) -> IndexedDocument:
    """A document of a day."""
    return document(identifier, *lines, metadata=Metadata(language="en", date=date))


NEWER = dated("newer", "2018-05-02", "# Heading", "The convoy left. It was late.")
OLDER = dated("older", "2018-04", "Talks opened in Astana 🕊️.")
UNDATED = dated("undated", None, "No one came.")
BUILT = generation(NEWER, OLDER, UNDATED)


def test_sentences_come_in_the_order_of_time() -> None:
    pool = Pool.of(BUILT, [0, 1])
    assert pool.texts == ("Talks opened in Astana 🕊️.", "The convoy left.", "It was late.")
    assert pool.documents.tolist() == [0, 1, 1]
    assert pool.dates == ("2018-04", "2018-05-02")
    assert pool.positions.tolist() == [0, 0, 1]
    assert pool.lengths.tolist() == [4, 3, 3]
    assert pool.vectors.tolist() == BUILT.sentence_vectors.vectors(pool.rows).tolist()


def test_where_a_date_is_missing_they_come_in_the_order_given() -> None:
    assert Pool.of(BUILT, [2, 0, 1]).texts[:2] == ("No one came.", "The convoy left.")
    assert Pool.of(BUILT, [2, 0, 1]).dates == (None, "2018-05-02", "2018-04")


def test_a_place_is_quoted_as_it_stands_in_its_document() -> None:
    quote = Pool.of(BUILT, [0, 1]).quote(2, 0.5)
    assert (quote.document.id, quote.text, quote.score) == ("newer", "It was late.", 0.5)


def test_a_pool_of_nothing_is_empty() -> None:
    pool = Pool.of(BUILT, [])
    assert (pool.texts, pool.vectors.shape) == ((), (0, 256))
    assert select(pool, np.empty(0, dtype=np.float32), 100) == ()


LINES = ("Jordan sent observers.", "Observers Jordan sent!", "Iraq sent an envoy.", "Snow fell.")
ROUND = Pool.of(generation(document("one", *LINES)), [0])


def worth(*values: float) -> np.ndarray:
    """Worth as the selection takes it."""
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize(
    ("values", "words", "places"),
    [
        ((1.0, 0.9, 0.8, 0.7), 3, (0,)),
        ((0.1, 0.2, 0.8, 0.7), 6, (2, 3)),
        # The second repeats the first, word for word.
        ((1.0, 0.9, 0.1, 0.1), 100, (0, 2, 3)),
        ((0.9, 1.0, 0.1, 0.1), 100, (1, 2, 3)),
        ((1.0, 0.9, -np.inf, 0.1), 100, (0, 3)),
        ((1.0, 0.9, 0.8, 0.7), 2, (3,)),
        ((1.0, 0.9, 0.8, 0.7), 1, ()),
    ],
)
def test_those_worth_most_that_fit_and_do_not_repeat_are_chosen(
    values: tuple[float, ...], words: int, places: tuple[int, ...]
) -> None:
    assert select(ROUND, worth(*values), words) == places


def test_what_was_taken_before_is_neither_chosen_nor_repeated() -> None:
    assert select(ROUND, worth(1.0, 0.9, 0.8, 0.7), 100, [1]) == (2, 3)


def test_repetition_costs_half_of_the_likeness() -> None:
    # "Iraq sent an envoy" has one term in three of "Jordan sent observers".
    likeness = float(ROUND.vectors[0] @ ROUND.vectors[2])
    assert 0 < likeness < 0.5
    for lead, places in ((0.4, (0, 3)), (0.6, (0, 2))):
        values = worth(1.0, -np.inf, 0.5, 0.5 - lead * likeness)
        assert select(ROUND, values, 7)[: len(places)] == places
