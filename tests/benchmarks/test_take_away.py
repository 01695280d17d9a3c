"""Sets with documents taken away: which questions lose their answer, which only seem to, and that it is repeatable."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.evaluation.question_sets import Query, load_sets
from tests.benchmarks.take_away import Survivors, is_telling, main, take_away
from tests.retrieval.corpora import spoken

if TYPE_CHECKING:
    from pathlib import Path

Line = dict[str, Any]


def write(folder: Path, corpus: list[Line], queries: list[Line]) -> Path:
    """Write a set."""
    folder.mkdir()
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(path: Path) -> list[Line]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ask(identifier: str, text: str, relevant: list[str], answers: list[str], **more: object) -> Line:
    """A question."""
    return {"id": identifier, "lang": "en", "text": text, "relevant": relevant, "answers": answers, **more}


def numbered(count: int) -> tuple[list[Line], list[Line]]:
    """So many documents with a question each, whose answers survive nowhere."""
    names = [f"{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(count)]
    corpus: list[Line] = [
        {"id": name, "text": f"Harbour {name * 3} ships {name * 5} oranges.", "page": 7} for name in names
    ]
    return corpus, [ask(f"q-{name}", "What is shipped?", [name], [f"{name * 5} oranges"], near=name) for name in names]


def survives(text: str, answer: str, taken: str, kept: str, *, language: str = "en") -> bool:
    """Whether ``answer`` to ``text`` survives in the document ``kept`` when ``taken`` is taken away."""
    query = Query("q", text, language, frozenset({"taken"}), (answer,), True)
    return Survivors([spoken("kept", "en", kept).document]).answer(query, [spoken("taken", "en", taken).document])


@pytest.mark.parametrize(
    ("answer", "telling"),
    [
        ("Rixos President", True),
        ("14 March", True),
        ("observers", True),
        ("казахстанские", True),
        ("5", False),
        ("2018", False),
        ("in 2018", False),
        ("22 254", False),
        ("38,9", False),
        ("May", False),
        ("Turkey", False),
        ("the south", False),
        ("в мае", False),
        ("Түркия", False),
    ],
)
def test_a_telling_answer_has_two_words_or_eight_letters(answer: str, telling: bool) -> None:
    assert is_telling(answer) is telling


def test_a_telling_answer_survives_wherever_it_stands_whatever_its_case() -> None:
    taken = "The talks were held in the Rixos President hotel."
    assert survives("Where were the talks?", "Rixos President", taken, "RIXOS\nPRESIDENT is a hotel.")
    assert not survives("Where were the talks?", "Rixos President", taken, "The president stayed at the Rixos.")


def test_a_number_in_a_telling_answer_is_the_whole_number() -> None:
    assert not survives("For how long?", "20 years", "The truce held for 20 years.", "It lasted 120 years.")
    assert survives("For how long?", "20 years", "The truce held for 20 years.", "It lasted 20 years.")
    assert not survives("When?", "March 20", "It began on March 20.", "It began on March 2017.")


@pytest.mark.parametrize(
    ("kept", "there"),
    [
        ("The bridge was opened in 1998.", True),
        ("The bridge, whose opening came late, dates from 1998.", True),
        ("A stadium was built in 1998.", False),
        ("The bridge was opened in 1999.\nA stadium was built in 1998.", False),
        ("The bridge was opened in 19980.", False),
    ],
)
def test_a_number_survives_only_beside_half_of_the_words_of_the_question(kept: str, there: bool) -> None:
    taken = "It was in 1998 that the longest crossing in the country, over the Tagus, was first used."
    assert survives("When was the bridge opened?", "1998", taken, kept) is there


def test_a_short_answer_survives_beside_the_words_it_stood_among_though_the_question_is_in_another_language() -> None:
    taken = "The delegation of Turkey hosted the ninth round.\nTurkey borders Syria."
    assert survives("Кто принимал девятый раунд?", "Turkey", taken, "Turkey hosted the ninth round.", language="ru")
    assert survives("Кто принимал девятый раунд?", "Turkey", taken, "Syria borders Turkey.", language="ru")
    assert not survives("Кто принимал девятый раунд?", "Turkey", taken, "Turkey exports hazelnuts.", language="ru")


def test_an_answer_of_stop_words_is_found_by_these() -> None:
    taken = "The second convoy did not arrive at the bridge."
    assert survives("Did the second convoy arrive at the bridge?", "not", taken, "The convoy did not arrive.")
    assert not survives("Did the second convoy arrive at the bridge?", "not", taken, "The convoy did arrive.")


def test_a_share_of_the_questions_loses_its_documents_and_all_else_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, queries = numbered(40)
    queries.append(ask("never", "Who built it?", [], [], answerable=False, type="deceptive"))
    out = tmp_path / "deep" / "out"
    assert main([str(write(tmp_path / "dev", corpus, queries)), str(out), "--share", "0.25"]) == 0
    made = {line["id"]: line for line in read(out / "queries.jsonl")}
    lost = {name: line for name, line in made.items() if "taken_away" in line}
    assert len(lost) == 10
    gone = {line["near"] for line in lost.values()}
    assert read(out / "corpus.jsonl") == [line for line in corpus if line["id"] not in gone]
    for line in queries:
        expected = line
        if line["id"] in lost:
            expected = line | {"relevant": [], "answers": [], "answerable": False, "taken_away": [line["near"]]}
        assert made[line["id"]] == expected
    assert len(load_sets([out])[0].queries) == 41
    assert capsys.readouterr().out == (f"{out}: 30 of 40 documents kept, 10 questions made unanswerable, 0 dropped.\n")


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    corpus, queries = numbered(40)
    one = write(tmp_path / "dev", corpus, queries)
    for name, seed in (("first", "3"), ("again", "3"), ("other", "4")):
        assert main([str(one), str(tmp_path / name), "--seed", seed]) == 0
    first, again, other = ((tmp_path / name / "queries.jsonl").read_bytes() for name in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_the_questions_chosen_do_not_depend_on_their_order_in_the_file(tmp_path: Path) -> None:
    corpus, queries = numbered(40)
    sets = load_sets([write(tmp_path / "dev", corpus, queries)])
    turned = load_sets([write(tmp_path / "turned", corpus[::-1], queries[::-1])])
    assert take_away(sets, 0.5, 0) == take_away(turned, 0.5, 0)


def test_a_question_whose_answer_survives_is_dropped(tmp_path: Path) -> None:
    corpus: list[Line] = [
        {"id": "a", "text": "The hotel was the Rixos President."},
        {"id": "b", "text": "They slept in the Rixos President."},
    ]
    folder = write(tmp_path / "dev", corpus, [ask("q", "Which hotel was it?", ["a"], ["Rixos President"])])
    assert main([str(folder), str(tmp_path / "out"), "--share", "1"]) == 0
    assert read(tmp_path / "out" / "queries.jsonl") == []
    assert read(tmp_path / "out" / "corpus.jsonl") == corpus[1:]


def test_a_question_that_keeps_a_document_keeps_the_answers_in_it_or_is_dropped(tmp_path: Path) -> None:
    corpus: list[Line] = [
        {"id": "a", "text": "The hotel was the Rixos President."},
        {"id": "b", "text": "The hotel was the Rixos."},
    ]
    queries = [
        ask("only", "Which hotel was named?", ["a"], ["Rixos President"]),
        ask("some", "Which hotel was it?", ["a", "b"], ["Rixos President", "the Rixos."]),
        ask("none", "Of which hotel was it said?", ["a", "b"], ["President"]),
        ask("unsaid", "What of the hotel?", ["a", "b"], []),
    ]
    left = take_away(load_sets([write(tmp_path / "dev", corpus, queries)]), 0.1, seed_that_begins_with("only"))
    assert left.documents == {"b"}
    assert left.unanswerable == {"only"}
    assert left.dropped == {"none"}
    assert left.changed == {"some": (("b",), ("the Rixos.",)), "unsaid": (("b",), ())}


def seed_that_begins_with(name: str) -> int:
    """A seed under which the question of that name comes first of the four."""
    names = ["only", "some", "none", "unsaid"]
    return next(
        seed
        for seed in range(100)
        if min(names, key=lambda one: hashlib.sha256(f"{seed} {one}".encode()).digest()) == name
    )


def test_several_folders_are_one_corpus_in_which_an_answer_may_survive(tmp_path: Path) -> None:
    one = write(
        tmp_path / "one",
        [{"id": "a", "text": "The hotel was the Rixos President."}],
        [ask("q", "В какой гостинице?", ["a"], ["Rixos President"], lang="ru")],
    )
    other = write(tmp_path / "other", [{"id": "a", "text": "Гостиница Rixos President."}], [ask("q", "What?", [], [])])
    out = tmp_path / "out"
    assert main([str(one), str(other), str(out), "--share", "1"]) == 0
    assert [line["id"] for line in read(out / "corpus.jsonl")] == ["other/a"]
    assert [line["id"] for line in read(out / "queries.jsonl")] == ["other/q"]


def test_wrong_arguments_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "dev", *numbered(2))
    cases: list[tuple[list[object], str]] = [
        ([folder, folder], "is there already"),
        ([folder, tmp_path / "out", "--share", "0"], "'0' is not above 0 and at most 1"),
        ([folder, tmp_path / "out", "--share", "half"], "'half' is not above 0 and at most 1"),
    ]
    for arguments, said in cases:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code == 2
        assert said in capsys.readouterr().err
    assert main([str(folder), str(tmp_path / "out"), "--share", "1"]) == 1
    assert capsys.readouterr().err == "No document would be left; take a smaller share.\n"
    (folder / "corpus.jsonl").unlink()
    assert main([str(folder), str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith(f"{folder} has no corpus.jsonl; ")
    assert not (tmp_path / "out").exists()
