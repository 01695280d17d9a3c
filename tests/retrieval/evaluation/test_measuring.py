"""The measures are those worked out by hand, and a prediction says what the answer was."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.answer import Answer, answer
from retrieval.errors import QuestionRefused
from retrieval.evaluation.measuring import Prediction, area_under_curve, by_language, figures, predict
from retrieval.evaluation.question_sets import Query
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation


def prediction(
    *,
    relevant: str | None = "a",
    answers: tuple[str, ...] = (),
    answerable: bool = True,
    ranking: str = "",
    quotes: tuple[tuple[str, str], ...] = (),
    answered: bool = True,
    confidence: float = 0.5,
    seconds: float = 1.0,
    language: str = "en",
) -> Prediction:
    """A prediction whose documents have one letter each; a quotation is (document, text)."""
    query = Query("q", "What?", language, frozenset(relevant or ""), answers, answerable)
    placed = tuple((name, 0, len(text), text) for name, text in quotes)
    return Prediction(query, tuple(ranking), placed, answered, confidence, seconds)


@pytest.mark.parametrize(("ranking", "rank"), [("abc", 1), ("bca", 3), ("bcd", None), ("", None)])
def test_the_rank_is_the_place_of_the_first_relevant_document(ranking: str, rank: int | None) -> None:
    assert prediction(ranking=ranking).rank() == rank


def test_a_quotation_holds_an_answer_of_a_relevant_document_within_400_characters() -> None:
    at = prediction(answers=("Sochi",), quotes=(("a", "x" * 395 + "Sochi"),))
    beyond = prediction(answers=("Sochi",), quotes=(("a", "x" * 396 + "Sochi"),))
    elsewhere = prediction(answers=("Sochi",), quotes=(("b", "Sochi"),))
    third = prediction(answers=("Astana", "Sochi"), quotes=(("a", "x"), ("b", "Sochi"), ("a", "In Sochi.")))
    assert [case.holds(1) for case in (at, beyond, elsewhere, third)] == [True, False, False, False]
    assert [case.holds(count) for case in (third,) for count in (2, 3)] == [False, True]


def test_the_figures_worked_out_by_hand() -> None:
    predictions = [
        prediction(ranking="abc", answers=("Sochi",), quotes=(("a", "In Sochi."),), confidence=0.9, seconds=1),
        prediction(ranking="bca", answers=("May",), quotes=(("b", "x"), ("a", "May 5")), confidence=0.4, seconds=2),
        prediction(ranking="bcdefa", answered=False, confidence=0.2, seconds=3),
        prediction(ranking="bcd", quotes=(("c", "12345"),), confidence=0.8, seconds=4),
        prediction(relevant=None, answerable=False, answered=False, confidence=0.1, seconds=5),
        prediction(relevant=None, answerable=False, answered=True, confidence=0.4, seconds=6),
    ]
    measured = figures(predictions)
    assert (measured.questions, measured.answerable) == (6, 4)
    assert measured.values == {
        "hit@1": pytest.approx(1 / 4),
        "hit@5": pytest.approx(2 / 4),
        "mrr@10": pytest.approx((1 + 1 / 3 + 1 / 6 + 0) / 4),
        "first_quotation": pytest.approx(1 / 2),
        "first_three": pytest.approx(2 / 2),
        # Of eight pairs 0.9, 0.4, 0.2 and 0.8 beat 0.1; 0.9 and 0.8 beat 0.4, and 0.4 ties with it.
        "auc": pytest.approx((4 + 2 + 0.5) / 8),
        "answered_answerable": pytest.approx(3 / 4),
        "answered_unanswerable": pytest.approx(1 / 2),
        "median_seconds": pytest.approx(3.5),
        "p95_seconds": pytest.approx(5.75),
        "first_quotation_length": pytest.approx((9 + 1 + 5) / 3),
    }
    assert measured.counts == {
        "hit@1": 4,
        "hit@5": 4,
        "mrr@10": 4,
        "first_quotation": 2,
        "first_three": 2,
        "auc": 6,
        "answered_answerable": 4,
        "answered_unanswerable": 2,
        "median_seconds": 6,
        "p95_seconds": 6,
        "first_quotation_length": 3,
    }
    assert measured.unanswerable == 2


def test_nothing_to_measure_is_none() -> None:
    measured = figures([])
    assert (measured.questions, measured.answerable) == (0, 0)
    assert set(measured.values.values()) == {None}
    assert set(measured.counts.values()) == {0}
    only_unanswerable = figures([prediction(relevant=None, answerable=False, answered=False)]).values
    assert only_unanswerable["hit@1"] is None
    assert only_unanswerable["auc"] is None
    assert only_unanswerable["answered_unanswerable"] == 0


def test_questions_without_a_relevant_document_or_an_answer_are_left_out_of_what_needs_them() -> None:
    measured = figures([prediction(relevant=None), prediction(ranking="a"), prediction(ranking="b", answers=("May",))])
    assert measured.values["hit@1"] == pytest.approx(1 / 2)
    assert (measured.counts["hit@1"], measured.counts["first_three"]) == (2, 1)
    assert measured.counts["answered_answerable"] == 3
    assert measured.counts["auc"] == 0


def test_the_json_has_every_figure_and_what_it_rests_on() -> None:
    value = figures([prediction(ranking="a", answers=("May",), quotes=(("a", "In May."),))]).to_json()
    assert (value["questions"], value["answerable"]) == (1, 1)
    assert (value["hit@1"], value["first_quotation"], value["auc"]) == (1.0, 1.0, None)
    assert list(value)[2:] == [*value["rests_on"], "rests_on"]
    assert value["rests_on"]["first_quotation"] == 1


def test_figures_by_language_are_sorted_and_add_up() -> None:
    predictions = [
        prediction(language="", ranking="a"),
        prediction(language="ru", ranking="a"),
        prediction(language="en", ranking="b"),
        prediction(language="ru", ranking="b"),
    ]
    measured = by_language(predictions)
    assert list(measured) == ["?", "en", "ru"]
    assert [figure.questions for figure in measured.values()] == [1, 1, 2]
    assert [figure.values["hit@1"] for figure in measured.values()] == [1, 0, 0.5]


CONFIDENCE = st.integers(0, 4).map(lambda number: number / 4)


@given(st.lists(CONFIDENCE, min_size=1, max_size=8), st.lists(CONFIDENCE, min_size=1, max_size=8))
def test_the_area_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    pairs = [1.0 if yes > no else 0.5 if yes == no else 0.0 for yes in positive for no in negative]
    assert area_under_curve(positive, negative) == pytest.approx(np.mean(pairs))


def test_the_area_of_one_side_alone_is_none() -> None:
    assert area_under_curve([], [0.5]) is None
    assert area_under_curve([0.5], []) is None


BUILT = generation(
    *(document(f"{number:02}", f"Convoy number {number} passed the bridge.", "It waited.") for number in range(12))
)


def ask(text: str, history: tuple[str, ...]) -> Answer:
    """The answer from a small corpus."""
    return answer(BUILT, WordEncoder(), text, wanted=5)


def test_the_system_is_told_text_and_history_alone() -> None:
    told: list[tuple[str, tuple[str, ...]]] = []
    done: list[int] = []

    def note(text: str, history: tuple[str, ...]) -> Answer:
        told.append((text, history))
        return ask(text, history)

    queries = [
        Query("q1", "Which convoy passed?", "en", frozenset({"03"}), ("3",), True, ("Before.",)),
        Query("q2", "Which bridge?", "en", frozenset(), (), False),
    ]
    predictions = predict(queries, note, done.append)
    assert told == [("Which convoy passed?", ("Before.",)), ("Which bridge?", ())]
    assert done == [1, 1]
    assert [made.query for made in predictions] == queries


def test_a_prediction_keeps_ten_documents_and_three_quotations_whether_or_not_answered() -> None:
    query = Query("q1", "Which convoy number 3 passed the bridge?", "en", frozenset({"03"}), ("3",), True)
    said = answer(BUILT, WordEncoder(), query.text, threshold=1.1)
    made = Prediction.of(query, said)
    assert made.answered is False
    assert len(made.ranking) == 10
    assert made.rank() == 1
    assert made.holds(1)
    value = json.loads(json.dumps(made.to_json()))
    assert list(value) == ["id", "ranking", "quotes", "answered", "confidence", "seconds"]
    assert len(value["quotes"]) == 3
    first = value["quotes"][0]
    text = BUILT.documents[3].document.text
    assert first == {"document": "03", "start": 0, "end": 34, "text": text[0:34]}


def test_a_question_that_is_refused_is_not_answered_and_stops_nothing() -> None:
    def refuse(text: str, history: tuple[str, ...]) -> Answer:
        if text == "?":
            raise QuestionRefused("The question has no words to search for.")
        return ask(text, history)

    done: list[int] = []
    queries = [
        Query("q1", "?", "en", frozenset({"03"}), ("3",), True),
        Query("q2", "convoy", "en", frozenset(), (), True),
    ]
    refused, asked = predict(queries, refuse, done.append)
    assert refused.to_json() == {
        "id": "q1",
        "ranking": [],
        "quotes": [],
        "answered": False,
        "confidence": 0.0,
        "seconds": 0.0,
    }
    assert asked.quotes
    assert done == [1, 1]
