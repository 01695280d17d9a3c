"""Confidence is a probability that rises with every sign of an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import confidence as model
from retrieval.confidence import THRESHOLD, Signals
from retrieval.search import Hit

HIT = Hit(
    document=0,
    passage=0,
    sentence=0,
    start=0,
    end=1,
    score=0.9,
    gain=0.0,
    passage_similarity=0.5,
    sentence_similarity=0.6,
    passage_words=0.3,
    sentence_words=0.4,
    same_language=True,
)


def confidence(hits: list[Hit], lacks_number: bool = False) -> float:
    """The confidence in ``hits``, which by default lack nothing that is asked for."""
    return model.confidence(hits, lacks_number=lacks_number)


SHARE = st.floats(0, 1)
COSINE = st.floats(-1, 1)


def test_signals_are_those_of_the_first_hit() -> None:
    signals = Signals.of([HIT, replace(HIT, document=1, score=0.5, sentence_similarity=0.1)], lacks_number=False)
    assert signals.sentence_similarity == 0.6
    assert signals.passage_similarity == 0.5
    assert signals.sentence_words == 0.4
    assert signals.passage_words == 0.3


def test_nothing_found_is_no_confidence() -> None:
    assert confidence([]) == 0.0
    assert 0 < THRESHOLD < 1


@given(COSINE, COSINE, SHARE, SHARE, st.floats(-1e6, 1e6), st.booleans())
def test_confidence_is_always_between_zero_and_one(
    sentence: float, passage: float, sentence_words: float, passage_words: float, score: float, same: bool
) -> None:
    hit = replace(
        HIT,
        score=score,
        passage_similarity=passage,
        sentence_similarity=sentence,
        passage_words=passage_words,
        sentence_words=sentence_words,
        same_language=same,
    )
    assert 0 <= confidence([hit]) <= 1
    assert 0 <= confidence([hit, *crowd()]) <= 1


def crowd(gain: float = 0.0) -> list[Hit]:
    """Hits of other documents that score less and less."""
    return [replace(HIT, document=number, score=0.5 - number / 100 + gain, gain=gain) for number in range(1, 40)]


@pytest.mark.parametrize("same_language", [True, False])
def test_a_hit_that_is_better_in_everything_is_surer(same_language: bool) -> None:
    good = replace(HIT, score=2.5, passage_similarity=0.8, sentence_similarity=0.9, same_language=same_language)
    bad = replace(HIT, score=0.6, passage_similarity=0.1, sentence_similarity=0.1, same_language=same_language)
    if same_language:
        good = replace(good, sentence_words=1.0, passage_words=0.8)
        bad = replace(bad, sentence_words=0.0, passage_words=0.0)
    assert confidence([good, *crowd()]) > confidence([bad, *crowd()])


def test_a_hit_of_the_round_that_the_question_names_is_surer_whatever_the_round_gained() -> None:
    named = [replace(HIT, score=HIT.score + gain, gain=gain) for gain in (1.0, 3.0)]
    sure = [confidence([hit, *crowd(gain=hit.gain)]) for hit in named]
    assert sure[0] == pytest.approx(sure[1])
    assert sure[0] > confidence([HIT, *crowd()])


@pytest.mark.parametrize("same_language", [True, False])
def test_a_sentence_without_the_number_asked_for_is_less_sure(same_language: bool) -> None:
    hits = [replace(HIT, same_language=same_language), *crowd()]
    assert confidence(hits, lacks_number=True) < confidence(hits)


def test_confidence_hangs_on_the_first_hit_and_the_scores_behind_it_alone() -> None:
    others = [replace(hit, sentence_similarity=0.0, passage_words=0.0, same_language=False) for hit in crowd()]
    assert confidence([HIT, *crowd()]) == confidence([HIT, *others])
