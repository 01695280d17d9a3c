"""Which sentences are on a topic: those that have its words or their like, and none where nobody speaks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrieval.answers.topic import Judgement, TopicModel, judge, on_topic, read_topic
from retrieval.errors import QuestionRefused
from retrieval.index.segment import Segment
from tests.talks import (
    BOTH_EIGHTH,
    BOTH_SEVENTH,
    GENEVA,
    NO_CONSENSUS,
    TURKISH,
    UNDATED,
    WORKING_GROUP,
    SpreadEncoder,
    make_talks,
)

if TYPE_CHECKING:
    from retrieval.index.generation import Generation
    from tests.conftest import Indexed

ENCODER = SpreadEncoder()


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    return make_talks(tmp_path_factory.mktemp("talks"))


@pytest.fixture(scope="module")
def generation(talks: Indexed) -> Generation:
    return talks.generations.load(talks.generations.current())


def found(generation: Generation, topic: str, members: list[int] | None = None) -> set[str]:
    read = read_topic(generation, ENCODER, topic)
    hits = on_topic(generation, ENCODER, read, range(len(generation.documents)) if members is None else members)
    return {generation.documents[hit.document].document.text[hit.start : hit.end] for hit in hits}


def test_sentences_on_a_topic_are_found_whatever_document_they_stand_in(generation: Generation) -> None:
    assert found(generation, "detainees") == {NO_CONSENSUS, WORKING_GROUP, TURKISH, GENEVA, UNDATED}


def test_only_the_documents_asked_for_are_searched(generation: Generation) -> None:
    assert found(generation, "detainees", [generation.by_id["geneva.md"]]) == {GENEVA}
    assert found(generation, "detainees", []) == set()


def test_of_what_nobody_speaks_nothing_is_found(generation: Generation) -> None:
    assert found(generation, "volcano") == set()


def test_hits_come_by_score_and_are_at_least_as_sure_as_asked(generation: Generation) -> None:
    read = read_topic(generation, ENCODER, "release of detainees")
    every = on_topic(generation, ENCODER, read, range(len(generation.documents)), 0.0)
    scores = [hit.score for hit in every]
    assert len(every) == len(generation.sentences)
    assert scores == sorted(scores, reverse=True)
    assert on_topic(generation, ENCODER, read, range(len(generation.documents)), scores[2]) == every[:3]


def test_sentences_whose_tokens_are_not_kept_are_read_again(
    generation: Generation, talks: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = talks.generations.read(talks.generations.current())
    bare = tuple((without_tokens(segment), hidden) for segment, hidden in stock.segments)
    again = replace(stock, segments=bare).generation()
    assert again.tokens.gather(np.arange(len(again.sentences)))[1][-1] == 0
    assert found(again, "detainees") == found(generation, "detainees")


def without_tokens(segment: Segment) -> Segment:
    return replace(segment, token_codes=segment.token_codes[:0], token_starts=np.zeros_like(segment.token_starts))


@pytest.mark.parametrize("text", ["", "?!", "…", "a"])
def test_a_topic_without_words_is_refused(generation: Generation, text: str) -> None:
    with pytest.raises(QuestionRefused, match="no words to search for"):
        read_topic(generation, ENCODER, text)


def test_a_topic_of_more_than_a_thousand_characters_is_refused(generation: Generation) -> None:
    assert read_topic(generation, ENCODER, "d" * 1000).text == "d" * 1000
    with pytest.raises(QuestionRefused, match="1001 characters"):
        read_topic(generation, ENCODER, "d" * 1001)


def test_the_probability_is_logistic_in_the_weighted_signals() -> None:
    one = np.ones(1)
    judged = Judgement(np.array([4]), one * 0.5, one * 2.0, one * 0.25, one)
    model = TopicModel(bias=-3.0, matches=2.0, stands_out=1.0, covered=4.0, same_language=-1.0)
    assert judged.probability(model) == pytest.approx([0.5])
    assert judged.probability(replace(model, bias=-2.0)) == pytest.approx([1 / (1 + np.exp(-1))])


def test_an_empty_corpus_has_nothing_on_any_topic(generation: Generation, talks: Indexed) -> None:
    stock = talks.generations.read(talks.generations.current())
    empty = stock.generation(frozenset(stock.documents()))
    read = read_topic(empty, ENCODER, "detainees")
    assert (read.usual, read.spread) == (0.165, 0.059)
    assert on_topic(empty, ENCODER, read, []) == ()


def test_of_many_sentences_the_nearest_and_those_with_the_topic_s_words_are_judged(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.answers.topic._NEAREST", 2)
    members = range(len(generation.documents))
    judged = judge(generation, ENCODER, read_topic(generation, ENCODER, "pipelines"), members)
    texts = [
        generation.documents[document].document.text[start:end]
        for document, start, end, _ in generation.sentences[judged.rows]
    ]
    assert len(generation.sentences) > 4
    assert texts[:2] == [BOTH_SEVENTH, BOTH_EIGHTH]
    assert len(texts) <= 4
