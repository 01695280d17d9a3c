"""Sets of questions are read or refused by line, and the measures are those worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answer import answer
from retrieval.evaluation import (
    Prediction,
    Query,
    SetError,
    area_under_curve,
    by_language,
    figures,
    load_set,
    predict,
)
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.answer import Answer

TALKS = {"id": "talks", "title": "Record", "text": "The delegations met.\nThey met in Astana.", "date": "2017-12"}
BRIDGE = {"id": "bridge", "text": "Мост открыт 🕊️."}
ASKED = {"id": "q1", "lang": "en", "text": "Where did they meet?", "relevant": ["talks"], "answers": ["in Astana"]}


def write(folder: Path, queries: list[Any], corpus: list[Any] | None = None) -> Path:
    """Write a set; what is bytes is written as it is."""
    folder.mkdir(exist_ok=True)
    for name, lines in (("queries.jsonl", queries), ("corpus.jsonl", corpus)):
        if lines is not None:
            encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
            (folder / name).write_bytes(b"\n".join(encoded) + b"\n")
    return folder


def test_a_set_is_read_as_it_is(tmp_path: Path) -> None:
    folder = write(tmp_path / "dev", [ASKED, {"id": "q2", "text": "And?", "answerable": False}], [TALKS, BRIDGE])
    loaded = load_set(folder, prefixed=False)
    assert loaded.name == "dev"
    assert loaded.queries == (
        Query("q1", "Where did they meet?", "en", frozenset({"talks"}), ("in Astana",), True),
        Query("q2", "And?", "", frozenset(), (), False),
    )
    assert loaded.documents is not None
    talks, bridge = (entry.document for entry in loaded.documents)
    assert (talks.id, talks.text) == ("talks", TALKS["text"])
    assert (talks.metadata.title, talks.metadata.date, talks.metadata.language) == ("Record", "2017-12", "en")
    assert [talks.text[block.start : block.end] for block in talks.blocks] == TALKS["text"].split("\n")
    assert [block.paragraph for block in talks.blocks] == [1, 2]
    assert (bridge.metadata.title, bridge.metadata.language) == (None, "ru")


def test_with_a_prefix_every_id_gets_the_name_of_the_folder(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "dev", [ASKED], [TALKS]), prefixed=True)
    assert loaded.queries[0].id == "dev/q1"
    assert loaded.queries[0].relevant == {"dev/talks"}
    assert loaded.documents is not None
    assert loaded.documents[0].document.id == "dev/talks"


def test_without_a_corpus_questions_go_to_the_index_and_answers_are_not_checked(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "dev", [ASKED | {"answers": ["anything"]}]), prefixed=False)
    assert loaded.documents is None
    assert loaded.queries[0].answers == ("anything",)


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    loaded = load_set(write(tmp_path / "dev", [b"", ASKED, b"  "], [b"\r", TALKS]), prefixed=False)
    assert len(loaded.queries) == 1


def test_history_is_what_was_said_in_turns_or_texts(tmp_path: Path) -> None:
    asked = ASKED | {"history": ["Who met?", {"speaker": "user", "text": "Delegations."}, {}]}
    loaded = load_set(write(tmp_path / "dev", [asked], [TALKS]), prefixed=False)
    assert loaded.queries[0].history == ("Who met?", "Delegations.", "")


def test_null_is_as_good_as_nothing(tmp_path: Path) -> None:
    asked = {"id": "q1", "text": "What?", "relevant": None, "answers": None, "history": None}
    talks = TALKS | {"title": None, "date": None}
    loaded = load_set(write(tmp_path / "dev", [asked], [talks]), prefixed=False)
    assert loaded.queries == (Query("q1", "What?", "", frozenset(), (), True),)


def test_a_folder_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetError, match=r"has no queries\.jsonl"):
        load_set(tmp_path, prefixed=False)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\xff", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"5", "is not a JSON object"),
        ({"text": "What?"}, 'has no text in "id"'),
        ({"id": "", "text": "What?"}, 'has no text in "id"'),
        ({"id": 7, "text": "What?"}, 'has no text in "id"'),
        ({"id": "q2"}, 'has no text in "text"'),
        ({"id": "q2", "text": ""}, 'has no text in "text"'),
        ({"id": "q2", "text": ["What?"]}, 'has no text in "text"'),
        ({"id": "q2", "text": "Cafe\u0301?"}, 'has a "text" that is not canonical'),
        ({"id": "q2", "text": " What?"}, 'has a "text" that is not canonical'),
        (b'{"id": "q2", "text": "What\\ud800?"}', 'has a "text" that is not canonical'),
        ({"id": "q2", "text": "What?", "answerable": "yes"}, 'has an "answerable" that is neither'),
        ({"id": "q2", "text": "What?", "answerable": None}, 'has an "answerable" that is neither'),
        ({"id": "q2", "text": "What?", "relevant": "talks"}, 'has a "relevant" that is no list of texts'),
        ({"id": "q2", "text": "What?", "relevant": [1]}, 'has a "relevant" that is no list of texts'),
        ({"id": "q2", "text": "What?", "answers": {"a": 1}}, 'has a "answers" that is no list of texts'),
        ({"id": "q2", "text": "What?", "answers": ["met\u202e"]}, 'has a "answers" that is not canonical'),
        ({"id": "q2", "text": "What?", "history": 5}, 'has a "history" that is no list'),
        ({"id": "q2", "text": "What?", "history": "Who?"}, 'has a "history" that is no list'),
        ({"id": "q2", "text": "What?", "history": [None]}, 'has a "history" that is no list'),
    ],
)
def test_a_broken_question_is_refused_by_its_line(tmp_path: Path, line: object, reason: str) -> None:
    folder = write(tmp_path / "dev", [ASKED, b"", line], [TALKS])
    with pytest.raises(SetError) as refused:
        load_set(folder, prefixed=False)
    assert str(refused.value).startswith(f"{folder / 'queries.jsonl'}, line 3 {reason}")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nothing", "is not JSON"),
        (b'"text"', "is not a JSON object"),
        ({"text": "They met."}, 'has no text in "id"'),
        ({"id": "b"}, 'has no text in "text"'),
        ({"id": "b", "text": 5}, 'has no text in "text"'),
        ({"id": "b", "text": "They\tmet."}, 'has a "text" that is not canonical'),
        ({"id": "b", "text": "They met.\n"}, 'has a "text" that is not canonical'),
        ({"id": "b", "text": "They met.", "title": 5}, 'has a "title" that is no text'),
        ({"id": "b", "text": "They met.", "date": 2017}, 'has a "date" that is no text'),
    ],
)
def test_a_broken_document_is_refused_by_its_line(tmp_path: Path, line: object, reason: str) -> None:
    folder = write(tmp_path / "dev", [ASKED], [TALKS, line])
    with pytest.raises(SetError) as refused:
        load_set(folder, prefixed=False)
    assert str(refused.value).startswith(f"{folder / 'corpus.jsonl'}, line 2 {reason}")


def test_an_id_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetError, match=r"queries\.jsonl has the id 'q1' twice"):
        load_set(write(tmp_path / "one", [ASKED, ASKED], [TALKS]), prefixed=False)
    with pytest.raises(SetError, match=r"corpus\.jsonl has the id 'talks' twice"):
        load_set(write(tmp_path / "two", [ASKED], [TALKS, TALKS]), prefixed=False)


def test_a_document_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetError, match="question 'q1' names the document 'nowhere', which is not there"):
        load_set(write(tmp_path / "dev", [ASKED | {"relevant": ["talks", "nowhere"]}], [TALKS]), prefixed=False)


@pytest.mark.parametrize("query", [ASKED | {"answers": ["in Sochi"]}, ASKED | {"relevant": ["bridge"]}])
def test_an_answer_that_no_relevant_document_has_is_refused(tmp_path: Path, query: dict[str, Any]) -> None:
    with pytest.raises(SetError, match="which its documents lack"):
        load_set(write(tmp_path / "dev", [query], [TALKS, BRIDGE]), prefixed=False)


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


def test_nothing_to_measure_is_none() -> None:
    measured = figures([])
    assert (measured.questions, measured.answerable) == (0, 0)
    assert set(measured.values.values()) == {None}
    only_unanswerable = figures([prediction(relevant=None, answerable=False, answered=False)]).values
    assert only_unanswerable["hit@1"] is None
    assert only_unanswerable["auc"] is None
    assert only_unanswerable["answered_unanswerable"] == 0


def test_figures_by_language_are_sorted_and_add_up() -> None:
    predictions = [
        prediction(language="ru", ranking="a"),
        prediction(language="en", ranking="b"),
        prediction(language="ru", ranking="b"),
    ]
    measured = by_language(predictions)
    assert list(measured) == ["en", "ru"]
    assert [figure.questions for figure in measured.values()] == [1, 2]
    assert [figure.values["hit@1"] for figure in measured.values()] == [0, 0.5]


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
