"""Summaries are measured at their budget, beside the first and the last sentences of the same documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.answers.quotes import Quote
from retrieval.evaluation.question_sets import SetError, load_set
from retrieval.evaluation.summary_evaluation import (
    latest,
    lead,
    predict_summaries,
    summaries_by_language,
    summary_figures,
)
from retrieval.evaluation.summary_sets import Task
from tests.retrieval.corpora import document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAID = ["One two three.", "Four.", "Five six.", "Seven eight nine."]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        (0, [], []),
        (1, SAID[:1], []),
        (3, SAID[:1], SAID[3:]),
        (4, SAID[:2], SAID[3:]),
        (6, SAID[:3], SAID[1:]),
        (99, SAID, SAID),
    ],
)
def test_the_baselines_are_the_first_and_the_last_sentences(words: int, first: list[str], last: list[str]) -> None:
    assert lead(SAID, words) == first
    assert latest(SAID, words) == last


TALKS = document("talks", "The delegations met.", "They met in Astana.").document
WANTED = Task("s1", "Where?", ("talks",), 4, "2018-05", "en", ("They met in Sochi",))


def measure(*tasks: Task) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """The predictions of a system that always quotes the second line, and what it was given."""
    given: list[tuple[Any, ...]] = []

    def summarise(documents: Sequence[str], query: str, words: int, date: str | None) -> tuple[Quote, ...]:
        given.append((documents, query, words, date))
        return (Quote(TALKS, 21, 40),)

    done: list[int] = []
    predictions = predict_summaries(
        tasks, {"talks": ["The delegations met.", "They met in Astana."]}, summarise, done.append
    )
    assert done == [1] * len(tasks)
    return predictions, given


def test_a_system_is_given_documents_query_words_and_date_alone() -> None:
    _, given = measure(WANTED)
    assert given == [(("talks",), "Where?", 4, "2018-05")]


def test_a_prediction_has_the_slice_and_its_measures_beside_the_baselines() -> None:
    (found,), _ = measure(WANTED)
    quoted = {"document": "talks", "start": 21, "end": 40, "text": "They met in Astana."}
    assert found.to_json() == {"id": "s1", "quotes": [quoted]}
    assert (found.measured.one.f1, found.measured.two.f1) == (3 / 4, pytest.approx(2 / 3))
    # "the delegations met they", cut at four words, and "they met in astana".
    assert found.baselines["lead"].one.f1 == 2 / 4
    assert found.baselines["latest"] == found.measured
    assert found.words == 4


def test_figures_are_means_by_language_and_over_all() -> None:
    other = Task("s2", "", ("talks",), 4, None, "", ("Nothing of it",))
    predictions, _ = measure(WANTED, other)
    figures = summary_figures(predictions)
    assert figures.summaries == 2
    assert figures.values["rouge1"] == pytest.approx(3 / 8)
    assert figures.values["lead.rouge1"] == pytest.approx(2 / 8)
    assert figures.values["words"] == 4
    assert list(figures.to_json()) == ["summaries", *figures.values]
    by_language = summaries_by_language(predictions)
    assert {name: found.values["rouge2"] for name, found in by_language.items()} == {"?": 0, "en": pytest.approx(2 / 3)}


def write(folder: Path, tasks: list[dict[str, Any]]) -> Path:
    """A set of one document that asks for summaries only."""
    folder.mkdir(exist_ok=True)
    (folder / "corpus.jsonl").write_text(json.dumps({"id": "talks", "text": TALKS.text}), encoding="utf-8")
    (folder / "summ.jsonl").write_text("\n".join(map(json.dumps, tasks)), encoding="utf-8")
    return folder


def test_what_is_asked_for_is_read_as_it_is(tmp_path: Path) -> None:
    lines = [
        {
            "id": "s1",
            "lang": "en",
            "query": " Where?",
            "docs": ["talks", "talks"],
            "references": ["a", "b"],
            "words": 4,
        },
        {"id": "s2", "docs": ["talks"], "references": [" c "], "words": 9, "date": "2018-05-04", "kind": "general"},
    ]
    folder = write(tmp_path / "dev", lines)
    assert load_set(folder, prefixed=False).tasks == (
        Task("s1", "Where?", ("talks",), 4, None, "en", ("a", "b")),
        Task("s2", "", ("talks",), 9, "2018-05-04", "", (" c ",)),
    )
    prefixed = load_set(folder, prefixed=True).tasks
    assert [(task.id, task.documents, task.line) for task in prefixed] == [
        ("dev/s1", ("dev/talks",), 1),
        ("dev/s2", ("dev/talks",), 2),
    ]


def test_a_file_of_questions_that_cannot_be_read_is_refused_all_the_same(tmp_path: Path) -> None:
    folder = write(tmp_path / "dev", [{"id": "s1", "docs": ["talks"], "references": ["a"], "words": 4}])
    (folder / "queries.jsonl").mkdir()
    with pytest.raises(SetError, match=r"queries\.jsonl cannot be read"):
        load_set(folder, prefixed=False)
