"""Confidence is a probability that rises with every sign of an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.confidence import THRESHOLD, Signals, confidence
from retrieval.answers.search import Hit

HIT = Hit(
    document=0,
    passage=0,
    sentence=0,
    start=0,
    end=1,
    score=3.5,
    gain=0.0,
    sentence_similarity=0.5,
    passage_similarity=0.5,
    matches=0.5,
    passage_matches=0.6,
    passage_words=0.3,
    word_lift=0.1,
    lacks_number=False,
    same_language=True,
)


def crowd(gain: float = 0.0) -> list[Hit]:
    """Hits of other documents that score less and less."""
    return [replace(HIT, document=number, score=3 - number / 100 + gain, gain=gain) for number in range(1, 40)]


def test_signals_are_those_of_the_first_hit_and_its_distance_to_the_others() -> None:
    same = replace(HIT, score=3.4, passage_matches=0.1)
    signals = Signals.of([HIT, same, *crowd()])
    assert (signals.passage_matches, signals.words) == (0.6, 0.3)
    assert signals.lead == pytest.approx(3.5 - 2.99)
    assert signals.margin == pytest.approx(3.5 - sum(3 - number / 100 for number in range(4, 40)) / 36)


def test_a_hit_without_others_stands_out_from_nothing() -> None:
    signals = Signals.of([HIT])
    assert (signals.margin, signals.lead) == (0, 0)


def test_nothing_found_is_no_confidence() -> None:
    assert confidence([]) == 0.0
    assert 0 < THRESHOLD < 1


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1e6, 1e6), st.booleans())
def test_confidence_is_always_between_zero_and_one(matches: float, words: float, score: float, same: bool) -> None:
    hit = replace(HIT, score=score, passage_matches=matches, passage_words=words, same_language=same)
    assert 0 <= confidence([hit]) <= 1
    assert 0 <= confidence([hit, *crowd()]) <= 1


@pytest.mark.parametrize("same_language", [True, False])
@pytest.mark.parametrize("better", [{"score": 4.0}, {"passage_matches": 0.7}])
def test_a_hit_that_is_better_in_one_thing_is_surer(same_language: bool, better: dict[str, float]) -> None:
    hit = replace(HIT, same_language=same_language)
    assert confidence([replace(hit, **better), *crowd()]) > confidence([hit, *crowd()])  # type: ignore[arg-type]


def test_words_make_surer_in_the_same_language_alone() -> None:
    worded = replace(HIT, passage_words=0.9)
    assert confidence([worded, *crowd()]) > confidence([HIT, *crowd()])
    across = [replace(hit, same_language=False) for hit in (worded, HIT)]
    assert confidence([across[0], *crowd()]) == confidence([across[1], *crowd()])


def test_a_hit_of_the_round_that_the_question_names_is_surer_whatever_the_round_gained() -> None:
    named = [replace(HIT, score=HIT.score + gain, gain=gain) for gain in (1.0, 3.0)]
    sure = [confidence([hit, *crowd(gain=hit.gain)]) for hit in named]
    assert sure[0] == pytest.approx(sure[1])
    assert sure[0] > confidence([HIT, *crowd()])


def test_a_hint_alone_makes_no_surer() -> None:
    hinted = replace(HIT, score=HIT.score + 0.25, gain=0.25)
    assert confidence([hinted, *crowd(gain=0.25)]) == pytest.approx(confidence([HIT, *crowd()]))


def test_confidence_hangs_on_the_first_hit_and_the_scores_behind_it_alone() -> None:
    others = [replace(hit, passage_matches=0.0, passage_words=0.0, same_language=False) for hit in crowd()]
    assert confidence([HIT, *crowd()]) == confidence([HIT, *others])
