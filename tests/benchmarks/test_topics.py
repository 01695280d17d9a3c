"""The topics that are measured: in six languages, about rounds that there are; and the figures made of them."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from tests.benchmarks.topics.__main__ import Cell, Scores, fitted, left_out, load_topics

ROUNDS = frozenset(range(1, 23))


def test_each_topic_is_named_once_in_six_languages_and_labelled_with_rounds_that_there_are() -> None:
    topics = load_topics()
    assert [entry["id"] for entry in topics] == [f"T{number:02}" for number in range(1, 29)]
    for entry in topics:
        assert list(entry["topic"]) == ["en", "ru", "kk", "tr", "ar", "fa"]
        assert all(entry["topic"].values())
        assert ROUNDS.issuperset(entry["rounds"])
        assert ROUNDS.issuperset(entry["unsure"])
        assert set(entry["rounds"]).isdisjoint(entry["unsure"])
    assert [entry["id"] for entry in topics if not entry["rounds"]] == [f"T{number}" for number in range(21, 29)]


@pytest.mark.parametrize(
    ("topic", "name"), [("T03", "Idlib"), ("T06", "chemical weapons"), ("T14", "Gaza"), ("T18", "de Mistura")]
)
def test_a_topic_that_is_a_name_is_labelled_where_the_briefings_have_it(topic: str, name: str) -> None:
    (entry,) = (one for one in load_topics() if one["id"] == topic)
    folder = files("corpus").joinpath("documents")
    briefings = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.startswith("R")}
    having = {int(file[1:3]) for file, text in briefings.items() if name in text.split("\n---\n", 1)[1]}
    assert having - set(entry["unsure"]) == set(entry["rounds"])


def test_scores_are_shares_of_what_was_said_and_of_what_is_there() -> None:
    present, said = np.array([True, True, True, False, False]), np.array([True, False, False, True, False])
    assert Scores.of(present, said) == Scores(precision=0.5, recall=1 / 3, false_alarms=0.5)
    assert Scores.of(present, np.zeros(5, dtype=bool)) == Scores(0.0, 0.0, 0.0)


def test_a_model_learns_the_signal_that_tells_and_is_measured_on_topics_it_did_not_see() -> None:
    cells = [
        Cell(f"T{topic}", "en", "a topic", number, present, (present / 2, 0.0, (number % 4 in (1, 2)) / 10, 1.0), 0.0)
        for topic in range(14)
        for number in range(1, 9)
        for present in (number % 2 == 0,)
    ]
    model = fitted(cells)
    assert model.matches > 4
    assert abs(model.covered) < 1e-6
    assert [sure >= 0.5 for sure in left_out(cells)] == [cell.present for cell in cells]
