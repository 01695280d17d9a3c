"""Search ranks sentences by place and words, keeps to its limits, and breaks ties by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Metadata
from retrieval.answers.confidence import confidence
from retrieval.answers.search import WEIGHTS, Hit, find
from retrieval.encoders.encoder import Encoding
from retrieval.encoders.languages import Anchors
from retrieval.index.generation import Generation, assemble
from retrieval.index.segment import build_segment
from retrieval.questions.question import Filters, Question, understand
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document, generation, generation_of, spoken

CORRIDOR = document("corridor", "A corridor was opened near the bridge.", "Lorries waited for fuel.")
PRISONERS = document("prisoners", "Lists of prisoners were exchanged by the delegations.")
SMALL = generation(CORRIDOR, PRISONERS)


def found(built: Generation, question: str | Question, count: int = 10) -> list[str]:
    """The sentences found, best first."""
    asked = understand(question) if isinstance(question, str) else question
    return [text_of(built, hit) for hit in find(built, WordEncoder(), asked, count)]


def asked_in(language: str, text: str) -> Question:
    """A question in a given language."""
    return Question(text=text, topic=text, language=language)


def text_of(built: Generation, hit: Hit) -> str:
    """The text between the offsets of a hit."""
    return built.documents[hit.document].document.text[hit.start : hit.end]


def test_the_sentence_that_says_it_comes_first() -> None:
    assert found(SMALL, "Which prisoners were exchanged?")[0] == "Lists of prisoners were exchanged by the delegations."
    assert found(SMALL, "What was opened near the bridge?")[0] == "A corridor was opened near the bridge."


def test_every_sentence_of_a_small_corpus_is_found_and_scores_fall() -> None:
    hits = find(SMALL, WordEncoder(), understand("Which prisoners were exchanged?"), 10)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(find(SMALL, WordEncoder(), understand("Which prisoners were exchanged?"), 2)) == 2


def test_a_hit_names_its_rows_and_offsets() -> None:
    hit = find(SMALL, WordEncoder(), understand("Lorries and fuel"), 1)[0]
    assert (hit.document, hit.passage, hit.sentence) == (0, 0, 1)
    assert SMALL.sentences[hit.sentence].tolist() == [hit.document, hit.start, hit.end, hit.passage]
    assert text_of(SMALL, hit) == "Lorries waited for fuel."


def test_the_parts_of_a_score_are_shares_and_cosines() -> None:
    hit = find(SMALL, WordEncoder(), understand("Lorries waited for fuel?"), 1)[0]
    assert hit.same_language
    assert 0 < hit.passage_words <= 1
    assert -1 <= hit.passage_similarity <= hit.sentence_similarity <= 1
    assert 0 < hit.matches <= 1
    assert hit.matches == pytest.approx(hit.passage_matches, abs=0.1)


def test_the_score_is_the_weighted_sum_of_its_parts() -> None:
    for hit in find(SMALL, WordEncoder(), understand("How many lorries waited for fuel near the bridge?"), 10):
        assert hit.lacks_number
        expected = (
            WEIGHTS.sentence * hit.sentence_similarity
            + WEIGHTS.words * hit.word_lift
            + WEIGHTS.matches * hit.matches
            + WEIGHTS.passage_matches * hit.passage_matches
            - WEIGHTS.lacks_number
            - WEIGHTS.own_language
        )
        assert hit.score == pytest.approx(expected, abs=1e-4)


def test_a_sentence_without_the_number_that_is_asked_for_loses_by_it() -> None:
    built = generation(document("few", "Some lorries waited there."), document("many", "40 lorries waited there."))
    asked = understand("How many lorries waited there?")
    none, heavy = replace(WEIGHTS, lacks_number=0.0), replace(WEIGHTS, lacks_number=1.0)
    before, after = (find(built, WordEncoder(), asked, 10, weights) for weights in (none, heavy))
    assert [hit.lacks_number for hit in before] == [True, False]
    assert [hit.lacks_number for hit in after] == [False, True]
    assert after[1].score == pytest.approx(before[0].score - 1)


def test_a_passage_matches_what_its_sentences_match_together() -> None:
    hits = find(SMALL, WordEncoder(), understand("Lorries near the bridge"), 10)
    parts = {text_of(SMALL, hit): (hit.matches, hit.passage_matches) for hit in hits}
    corridor, lorries = parts["A corridor was opened near the bridge."], parts["Lorries waited for fuel."]
    assert corridor[1] == lorries[1] > lorries[0]


class Opaque(WordEncoder):
    """An encoder that does not show its tokens: each text is one."""

    def read_question(self, text: str) -> Encoding:
        """A question that is its own token."""
        vector = self.encode_passages([text])[0]
        return Encoding(vector, np.stack([vector, vector])[None], np.array([[0, len(text)]], dtype=np.int32))


def test_an_encoder_that_does_not_show_its_tokens_finds_too() -> None:
    built = assemble(
        "opaque",
        Opaque.identity,
        [(build_segment([CORRIDOR, PRISONERS], Opaque(), Anchors.measure(Opaque())), frozenset())],
        Anchors.measure(Opaque()),
    )
    hits = find(built, Opaque(), understand("Which lorries waited for fuel?"), 10)
    assert text_of(built, hits[0]) == "Lorries waited for fuel."
    assert hits[0].passage_matches == hits[0].matches > 0.3
    unanswerable = find(built, Opaque(), understand("Who photographed whales?"), 10)
    assert confidence(unanswerable) < confidence(hits)


def test_sentences_whose_tokens_are_not_kept_are_read_again() -> None:
    asked = understand("Which prisoners were exchanged?")
    segment = build_segment([CORRIDOR, PRISONERS], WordEncoder(), anchors(), keep_tokens=False)
    assert len(segment.token_codes) == 0
    assert find(generation_of([(segment, frozenset())]), WordEncoder(), asked, 10) == find(
        SMALL, WordEncoder(), asked, 10
    )


def test_no_more_than_a_dozen_are_read_again() -> None:
    twins = [document(f"twin{number:02}", f"Convoy {number} passed.", "Fuel came.") for number in range(20)]
    built = generation_of([(build_segment(twins, WordEncoder(), anchors(), keep_tokens=False), frozenset())])
    hits = find(built, WordEncoder(), understand("Which convoy passed?"), 40)
    assert {text_of(built, hit)[:6] for hit in hits[:12]} == {"Convoy"}
    read, others = hits[:12], hits[12:]
    average = sum(hit.matches for hit in read) / 12
    assert [hit.matches for hit in others] == [pytest.approx(average, abs=1e-5)] * 28


def test_ties_are_broken_by_row() -> None:
    twins = [document(f"twin{number:02}", "Convoys passed the checkpoint.") for number in range(30)]
    built = generation(*twins, CORRIDOR)
    hits = find(built, WordEncoder(), understand("Which convoys passed the checkpoint?"), 20)
    assert [hit.sentence for hit in hits] == list(range(20))
    assert len({hit.score for hit in hits}) == 1


def test_the_same_question_gives_the_same_hits() -> None:
    asked = understand("Which corridor was opened?")
    assert find(SMALL, WordEncoder(), asked, 10) == find(SMALL, WordEncoder(), asked, 10)


RUSSIAN = spoken("russian", "ru", "Мост через реку открыт.", "Положение согласовано.")
ENGLISH = document("english", "The prisoners of 2254 were released.")


def test_words_never_lift_a_document_in_another_language() -> None:
    """The number 2254 is in both, and counts only where question and document share a language."""
    built = generation(spoken("numbers", "ru", "Резолюция 2254 принята."), ENGLISH, CORRIDOR)
    asked = asked_in("en", "Resolution 2254")
    across = [hit for hit in find(built, WordEncoder(), asked, 10) if hit.document == 0]
    assert [(hit.passage_words, hit.word_lift, hit.same_language) for hit in across] == [(0, 0, False)]
    heavier = replace(WEIGHTS, words=50.0)
    again = [hit for hit in find(built, WordEncoder(), asked, 10, heavier) if hit.document == 0]
    assert [hit.score for hit in again] == [hit.score for hit in across]


def test_words_order_the_texts_in_the_language_of_the_question() -> None:
    asked = asked_in("en", "prisoners corridor bridge")
    none = replace(WEIGHTS, words=0.0)
    only = replace(WEIGHTS, sentence=0.0, matches=0.0, passage_matches=0.0, named=0.0)
    hits = find(SMALL, WordEncoder(), asked, 10, only)
    assert text_of(SMALL, hits[0]) == "A corridor was opened near the bridge."
    assert [hit.score for hit in hits] != [hit.score for hit in find(SMALL, WordEncoder(), asked, 10, none)]


def test_the_language_of_the_question_is_no_advantage_by_itself() -> None:
    built = generation(
        spoken("same", "en", "Резолюция 2254 принята."), spoken("other", "ru", "Резолюция 2254 принята.")
    )
    none = replace(WEIGHTS, own_language=0.0, words=0.0)
    asked = asked_in("en", "Резолюция 2254")
    plain, weighed = (
        {hit.document: hit.score for hit in find(built, WordEncoder(), asked, 10, weights)}
        for weights in (none, replace(none, own_language=0.5))
    )
    assert weighed[0] == pytest.approx(plain[0] - 0.5)
    assert weighed[1] == pytest.approx(plain[1])


def test_a_language_that_no_document_is_in_finds_by_similarity_alone() -> None:
    hits = find(SMALL, WordEncoder(), asked_in("tr", "Lorries waited for fuel"), 10)
    assert text_of(SMALL, hits[0]) == "Lorries waited for fuel."
    assert all(hit.passage_words == hit.word_lift == 0 and not hit.same_language for hit in hits)


def test_one_document_in_its_language_is_found_by_a_question_in_it() -> None:
    built = generation(RUSSIAN, CORRIDOR, PRISONERS, ENGLISH)
    assert found(built, "Где открыт мост через реку?")[0] == "Мост через реку открыт."
    assert found(built, "Which prisoners were released?")[0] == "The prisoners of 2254 were released."


def with_metadata(identifier: str, metadata: Metadata) -> tuple[str, Metadata]:
    """An id with its metadata."""
    return identifier, replace(metadata, language="en")


ROUNDS = generation(
    *(
        document(identifier, f"The delegations met for talks, says {identifier}.", metadata=metadata)
        for identifier, metadata in (
            with_metadata("seventh", Metadata(process="Astana", round=7, place="Astana", date="2017-10-30")),
            with_metadata("eighth", Metadata(process="Astana", round=8, place="Astana", date="2017-12-22")),
            with_metadata("tenth", Metadata(process="Astana", round=10, place="Sochi", date="2018-07-31")),
            with_metadata("geneva", Metadata(process="Geneva", round=8, place="Geneva", publisher="United Nations")),
            with_metadata("unknown", Metadata()),
        )
    )
)
ALL = {"seventh", "eighth", "tenth", "geneva", "unknown"}


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        (Filters(), ALL),
        (Filters(round=8), {"eighth", "geneva"}),
        (Filters(process="astana"), {"seventh", "eighth", "tenth"}),
        (Filters(process="Астана"), {"seventh", "eighth", "tenth"}),
        (Filters(process="Astana", round=8), {"eighth"}),
        (Filters(place="SOCHI"), {"tenth"}),
        (Filters(source="nations"), {"geneva"}),
        (Filters(since="2017-12"), {"eighth", "tenth"}),
        (Filters(until="2017"), {"seventh", "eighth"}),
        (Filters(since="2017-11", until="2018-01"), {"eighth"}),
        (Filters(round=99), set()),
    ],
)
def test_only_documents_that_the_filters_admit_are_found(filters: Filters, admitted: set[str]) -> None:
    hits = find(ROUNDS, WordEncoder(), understand("Which delegations met for talks?", filters), 10)
    assert {ROUNDS.documents[hit.document].document.id for hit in hits} == admitted


def test_a_filtered_search_finds_what_lies_behind_hundreds_of_nearer_passages() -> None:
    crowd = [document(f"{number:03}", "Delegations met for talks.") for number in range(250)]
    last = document("last", "Something else was said of talks.", metadata=Metadata(language="en", place="Sochi"))
    built = generation(*crowd, last)
    hits = find(built, WordEncoder(), understand("Which delegations met for talks?", Filters(place="Sochi")), 10)
    assert [built.documents[hit.document].document.id for hit in hits] == ["last"]


def test_a_round_named_in_the_question_is_preferred() -> None:
    hits = find(ROUNDS, WordEncoder(), understand("Which delegations met at the tenth round of talks?"), 10)
    assert ROUNDS.documents[hits[0].document].document.id == "tenth"
    assert {ROUNDS.documents[hit.document].document.id for hit in hits} == ALL


def test_the_gain_of_a_round_is_for_it_and_against_others_and_nothing_where_unknown() -> None:
    asked = asked_in("en", "Which delegations met for talks?")
    named = replace(asked, rounds=frozenset({10}))

    def scores(question: Question) -> dict[str, float]:
        hits = find(ROUNDS, WordEncoder(), question, 10)
        return {ROUNDS.documents[hit.document].document.id: hit.score for hit in hits}

    assert {hit.document: hit.gain for hit in find(ROUNDS, WordEncoder(), asked, 10)} == dict.fromkeys(range(5), 0.0)
    gains = {name: score - scores(asked)[name] for name, score in scores(named).items()}
    expected = dict.fromkeys(ALL, -WEIGHTS.named) | {"tenth": WEIGHTS.named, "unknown": 0.0}
    assert gains == {name: pytest.approx(gain, abs=1e-5) for name, gain in expected.items()}


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "x" * 1000,
        "ab " * 333,
        "🕊️ peace 🚑",
        "የሰላም ድርድር",
        "和平談判",
        "<b>&amp;</b> x",
        "the of and",
        "%_'\"\\ -- x7",
    ],
)
def test_any_question_that_is_taken_ranks_every_sentence(text: str) -> None:
    hits = find(SMALL, WordEncoder(), understand(text), 10)
    assert len(hits) == 3
    assert all(np.isfinite(hit.score) for hit in hits)


@settings(max_examples=25)
@given(st.text(st.sampled_from("аңёقپ🕊<&>\"' .!?aZ09\u200c\u0301"), max_size=80))
def test_every_hit_is_a_place_in_a_document(text: str) -> None:
    hits = find(SMALL, WordEncoder(), asked_in("en", text), 10)
    assert {text_of(SMALL, hit) for hit in hits} == {
        "A corridor was opened near the bridge.",
        "Lorries waited for fuel.",
        "Lists of prisoners were exchanged by the delegations.",
    }
