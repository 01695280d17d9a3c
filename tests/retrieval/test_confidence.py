"""Confidence is a probability that rises with every sign of an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.confidence import THRESHOLD, Signals, confidence
from retrieval.search import Hit

HIT = Hit(
    document=0,
    passage=0,
    sentence=0,
    start=0,
    end=1,
    score=0.9,
    passage_similarity=0.5,
    sentence_similarity=0.6,
    passage_words=0.3,
    sentence_words=0.4,
    same_language=True,
)
SHARE = st.floats(0, 1)
COSINE = st.floats(-1, 1)


def test_signals_are_those_of_the_first_hit() -> None:
    signals = Signals.of([HIT, replace(HIT, document=1, score=0.5, sentence_similarity=0.1)])
    assert signals.sentence_similarity == 0.6
    assert signals.passage_similarity == 0.5
    assert signals.sentence_words == 0.4
    assert signals.passage_words == 0.3


def test_the_margin_is_the_first_score_less_the_mean_of_five_of_other_documents() -> None:
    scores = (0.8, 0.6, 0.4, 0.2, 0.0, -9.0)
    others = [replace(HIT, document=number, score=score) for number, score in enumerate(scores, 1)]
    same = replace(HIT, score=0.85)
    assert Signals.of([HIT, same, *others]).margin == pytest.approx(0.9 - 0.4)
    assert Signals.of([HIT, same, others[0]]).margin == pytest.approx(0.1)


def test_one_document_alone_has_no_margin() -> None:
    assert Signals.of([HIT, replace(HIT, score=0.1)]).margin == 0


def test_nothing_found_is_no_confidence() -> None:
    assert confidence([]) == 0.0
    assert 0 < THRESHOLD < 1


@given(COSINE, COSINE, SHARE, SHARE, st.floats(-1e6, 1e6), st.booleans())
def test_confidence_is_always_between_zero_and_one(
    sentence: float, passage: float, sentence_words: float, passage_words: float, score: float, same: bool
) -> None:
    hit = Hit(0, 0, 0, 0, 1, score, passage, sentence, passage_words, sentence_words, same)
    assert 0 <= confidence([hit, replace(HIT, document=1, score=0.0)]) <= 1


@pytest.mark.parametrize("same_language", [True, False])
def test_a_more_similar_sentence_is_more_confidence(same_language: bool) -> None:
    hit = replace(HIT, same_language=same_language)
    assert confidence([replace(hit, sentence_similarity=0.7)]) > confidence([hit])


def test_confidence_hangs_on_the_first_hit_and_the_scores_behind_it_alone() -> None:
    behind = replace(HIT, document=1, score=0.5)
    other = replace(behind, sentence_similarity=0.0, passage_words=0.0, same_language=False)
    assert confidence([HIT, behind]) == confidence([HIT, other])
