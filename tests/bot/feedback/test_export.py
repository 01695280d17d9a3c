"""``rapporteur feedback``: a folder that ``rapporteur evaluate`` takes, written whole or refused in one sentence."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.feedback.table import Verdict
from bot.settings import load_settings
from bot.store import Store
from retrieval.engine import Engine
from tests.documents import EXCHANGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.table import StoredAnswer
    from tests.bot.shell import Rapporteur

QUESTION = "What regulation on the release of detainees was adopted?"
OTHER = "Which corridor was opened near the bridge?"
SILENCE = "Who played football?"
PERSON = 7


@contextmanager
def answering(rapporteur: Rapporteur) -> Iterator[tuple[Engine, Store]]:
    """The index, made where there is none, and the store that the command reads."""
    from bot.opening import open_library

    rapporteur("index")
    settings = load_settings()
    with open_library(settings) as library, Store.open(settings.store_file) as store:
        yield Engine.open(settings.index_folder, settings.models_folder, "bundled", library, 0.0), store


def answer(engine: Engine, store: Store, question: str, *, answered: bool = True) -> StoredAnswer:
    """An answer that is kept as the bot keeps it, or silence."""
    found = engine.answer(question, clearance="restricted")
    return store.answers.keep(PERSON, question, found.generation, answered, found.ranked, person=PERSON)


def judged(rapporteur: Rapporteur) -> None:
    """Three questions: a good answer, good silence, and a bad answer."""
    with answering(rapporteur) as (engine, store):
        store.feedback.press(answer(engine, store, QUESTION).id, PERSON, Verdict.GOOD)
        store.feedback.press(answer(engine, store, SILENCE, answered=False).id, PERSON, Verdict.GOOD)
        store.feedback.press(answer(engine, store, OTHER).id, PERSON, Verdict.BAD)


def rows(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_exported_is_measured_against_the_current_index(rapporteur: Rapporteur, tmp_path: Path) -> None:
    judged(rapporteur)
    folder = tmp_path / "a" / "set"
    code, out, err = rapporteur("feedback", "--out", str(folder))
    assert (code, err) == (0, "")
    assert out.split("\n") == [
        "     1  with an answer",
        "     1  without one",
        "     1  for a person to judge",
        str(folder / "queries.jsonl"),
        str(folder / "unjudged.jsonl"),
        "",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["queries.jsonl", "unjudged.jsonl"]
    queries = rows(folder / "queries.jsonl")
    assert [(row["text"], row["relevant"], row["answerable"]) for row in queries] == [
        (QUESTION, ["eighth.md"], True),
        (SILENCE, [], False),
    ]
    figures = rapporteur.json("evaluate", str(folder))["all"]
    assert (figures["questions"], figures["answerable"]) == (2, 1)
    assert (figures["hit@1"], figures["first_quotation"], figures["answered_answerable"]) == (1.0, 1.0, 1.0)


def test_a_row_that_a_person_completed_joins_the_others(rapporteur: Rapporteur, tmp_path: Path) -> None:
    judged(rapporteur)
    folder = tmp_path / "set"
    rapporteur("feedback", "--out", str(folder))
    (row,) = rows(folder / "unjudged.jsonl")
    completed = row | {"relevant": [row["quoted"][0]["document"]], "answers": [row["quoted"][0]["text"]]}
    with (folder / "queries.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(completed, ensure_ascii=False) + "\n")
    assert rapporteur.json("evaluate", str(folder))["all"]["questions"] == 3


def test_without_feedback_nothing_is_written(rapporteur: Rapporteur, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    said = rapporteur.fails("feedback", "--out", str(folder), code=3)
    assert said == "Nobody has judged an answer yet, so nothing was written."
    assert not folder.exists()


def test_where_a_person_has_to_judge_all_there_is_no_empty_file_of_questions(
    rapporteur: Rapporteur, tmp_path: Path
) -> None:
    with answering(rapporteur) as (engine, store):
        store.feedback.press(answer(engine, store, QUESTION).id, PERSON, Verdict.BAD)
    folder = tmp_path / "set"
    folder.mkdir()
    code, out, _ = rapporteur("feedback", "--out", str(folder))
    assert (code, out.split("\n")[:3]) == (
        0,
        ["     0  with an answer", "     0  without one", "     1  for a person to judge"],
    )
    assert [path.name for path in folder.iterdir()] == ["unjudged.jsonl"]


def test_a_folder_that_is_in_use_is_left_as_it_is(rapporteur: Rapporteur, tmp_path: Path) -> None:
    judged(rapporteur)
    folder, file = tmp_path / "used", tmp_path / "file"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    file.write_text("mine", encoding="utf-8")
    used = rapporteur.fails("feedback", "--out", str(folder), code=2)
    no_folder = rapporteur.fails("feedback", "--out", str(file), code=2)
    below = rapporteur.fails("feedback", "--out", str(file / "set"), code=2)
    assert used == f"{folder} is not empty; name a new folder or an empty one."
    assert no_folder == f"{file} is no folder; name another."
    assert below.startswith(f"{file / 'set'} cannot be ")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_without_an_index_the_sentence_says_so(rapporteur: Rapporteur, tmp_path: Path) -> None:
    with Store.open(load_settings().store_file) as store:
        kept = store.answers.keep(PERSON, QUESTION, "g", False, ())
        store.feedback.press(kept.id, PERSON, Verdict.GOOD)
    assert "index" in rapporteur.fails("feedback", "--out", str(tmp_path / "set"))


def test_erasing_names_the_folder_that_may_hold_a_document(rapporteur: Rapporteur, tmp_path: Path) -> None:
    judged(rapporteur)
    folder = tmp_path / "set"
    rapporteur("feedback", "--out", str(folder))
    assert EXCHANGE in (folder / "queries.jsonl").read_text(encoding="utf-8")
    code, out, err = rapporteur("library", "erase", "eighth.md", "--yes")
    assert code == 0, err
    assert str(folder) in out + err


def test_the_folder_has_to_be_named(rapporteur: Rapporteur) -> None:
    with pytest.raises(SystemExit) as caught:
        rapporteur("feedback")
    assert caught.value.code == 2
