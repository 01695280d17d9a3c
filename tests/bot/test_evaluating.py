"""Measuring from the command line: predictions, figures, and what is refused before anything is encoded."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from bot.cli import main
from bot.evaluating import table
from retrieval.evaluation.measuring import Prediction, figures
from retrieval.evaluation.question_sets import Query
from tests.doubles import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Indexed

CORPUS = [
    {"id": "talks", "title": "Record", "text": "🕊️ The delegations met.\nThey met in Astana in December."},
    {"id": "bridge", "text": "The convoy passed the bridge at noon."},
]
QUERIES: list[dict[str, Any]] = [
    {
        "id": "q1",
        "lang": "en",
        "text": "Where did the delegations meet?",
        "relevant": ["talks"],
        "answers": ["in Astana"],
    },
    {"id": "q2", "lang": "en", "text": "When did the convoy pass?", "relevant": ["bridge"], "answers": ["at noon"]},
    {"id": "q3", "lang": "ru", "text": "Кто построил мост?", "relevant": [], "answers": [], "answerable": False},
    {"id": "q4", "lang": "ru", "text": "?", "relevant": ["talks"], "answers": ["in December"]},
]


@pytest.fixture(autouse=True)
def _small_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "data"))
    with (
        patch("bot.evaluating.load_encoder", lambda *_, **__: WordEncoder()),
        patch("retrieval.engine.load_encoder", lambda *_, **__: WordEncoder()),
        patch("retrieval.engine.encoder_identity", lambda _: WordEncoder.identity),
    ):
        yield


def write(folder: Path, queries: list[dict[str, Any]], corpus: list[dict[str, Any]] | None = None) -> Path:
    """Write a set."""
    folder.mkdir(parents=True)
    for name, lines in (("queries.jsonl", queries), ("corpus.jsonl", corpus)):
        if lines is not None:
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (folder / name).write_text(text, encoding="utf-8")
    return folder


TASKS: list[dict[str, Any]] = [
    {
        "id": "s1",
        "lang": "en",
        "query": "Was it in Astana that they met?",
        "docs": ["talks", "bridge"],
        "references": ["They met in Astana.", "Delegations met in December."],
        "words": 6,
        "date": "2018",
    },
    {"id": "s2", "query": "", "docs": ["bridge"], "references": ["The bridge at noon"], "words": 60},
]


def ask_summaries(folder: Path, tasks: list[dict[str, Any]]) -> Path:
    """Write what summaries a set asks for beside its questions."""
    text = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)
    (folder / "summ.jsonl").write_text(text, encoding="utf-8")
    return folder


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a predictions file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_question_has_a_line_whose_quotations_are_slices_of_the_text_as_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_CONFIDENCE", "1")
    folder, target = write(tmp_path / "dev", QUERIES, CORPUS), tmp_path / "predictions.jsonl"
    assert main(["evaluate", str(folder), "--predictions", str(target)]) == 0
    lines = read(target)
    assert [line["id"] for line in lines] == ["q1", "q2", "q3", "q4"]
    texts = {line["id"]: line["text"] for line in CORPUS}
    for line in lines[:3]:
        assert list(line) == ["id", "ranking", "quotes", "answered", "confidence", "seconds"]
        assert sorted(line["ranking"]) == ["bridge", "talks"]
        assert 1 <= len(line["quotes"]) <= 3
        assert line["answered"] is False
        assert 0 < line["confidence"] < 1
        for quote in line["quotes"]:
            assert quote["text"] == texts[quote["document"]][quote["start"] : quote["end"]]
    assert (lines[3]["ranking"], lines[3]["answered"]) == ([], False)
    assert not (tmp_path / "data" / "index").exists()
    assert not (tmp_path / "data" / "store.sqlite3").exists()
    err = capsys.readouterr().err
    assert "Encoding: 100%" in err
    assert "Asking: 100%" in err


def test_the_figures_are_the_same_for_people_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "dev", QUERIES, CORPUS)
    assert main(["evaluate", str(folder), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert list(value) == ["en", "ru", "all"]
    assert value["all"]["questions"] == 4
    assert (value["en"]["hit@1"], value["all"]["hit@1"], value["ru"]["hit@1"]) == (1.0, pytest.approx(2 / 3), 0.0)
    assert value["all"]["rests_on"]["hit@1"] == 3
    assert value["ru"]["rests_on"]["answered_unanswerable"] == 1
    assert main(["evaluate", str(folder)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["all", "3", "0.667", "0.667", "0.667"] in rows
    assert ["en", "2", "1.000", "1.000", "1.000"] in rows


def test_several_folders_are_one_corpus_with_their_names_before_ids(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", QUERIES[:1], CORPUS[:1]), write(tmp_path / "other", QUERIES[1:2], CORPUS)
    target = tmp_path / "predictions.jsonl"
    assert main(["evaluate", str(one), str(other), "--predictions", str(target)]) == 0
    lines = read(target)
    assert [line["id"] for line in lines] == ["one/q1", "other/q2"]
    assert sorted(lines[0]["ranking"]) == ["one/talks", "other/bridge", "other/talks"]
    assert lines[1]["quotes"][0]["document"] == "other/bridge"


def test_without_a_corpus_the_questions_go_to_the_current_index(
    tmp_path: Path, own_index: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(own_index.data))
    question = {"id": "q1", "text": "Where was a safe corridor opened?", "relevant": ["first-observer.md"]}
    folders = [str(write(tmp_path / name, [question | {"answers": ["near the bridge"]}])) for name in ("one", "two")]
    before = own_index.generations.current_file.read_bytes()
    target = tmp_path / "predictions.jsonl"
    assert main(["evaluate", folders[0], "--predictions", str(target)]) == 0
    assert read(target)[0]["id"] == "q1"
    assert "first-observer.md" in read(target)[0]["ranking"]
    assert main(["evaluate", *folders, "--predictions", str(target)]) == 0
    assert [line["id"] for line in read(target)] == ["one/q1", "two/q1"]
    assert "first-observer.md" in read(target)[1]["ranking"]
    assert own_index.generations.current_file.read_bytes() == before


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"relevant": ["gone.md"]}, "line 1 names the document 'gone.md', which is not there"),
        ({"relevant": ["aid.md"], "answers": ["in Sochi"]}, "line 1 has the answer 'in Sochi'"),
    ],
)
def test_questions_that_do_not_fit_the_index_are_refused(
    tmp_path: Path,
    shared_index: Indexed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    question: dict[str, Any],
    said: str,
) -> None:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(shared_index.data))
    folder = write(tmp_path / "dev", [{"id": "q1", "text": "Where?"} | question])
    assert main(["evaluate", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{folder / 'queries.jsonl'}, {said}")
    assert err.count("\n") == 1


def test_without_a_corpus_and_without_an_index_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(write(tmp_path / "dev", QUERIES))]) == 1
    assert capsys.readouterr().err == "There is no index yet; run `rapporteur index` to build it.\n"


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """The exit code and the sentence of a run that must not come to encoding."""
    with patch("bot.evaluating.load_encoder", side_effect=AssertionError("it was about to measure")):
        code = main(["evaluate", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return code, err


def test_wrong_folders_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "dev", QUERIES, CORPUS)
    same = write(tmp_path / "other" / "dev", QUERIES, CORPUS)
    assert refused(capsys, tmp_path / "none") == (2, f"{tmp_path / 'none'} is not there; name a folder.\n")
    assert refused(capsys, folder, folder) == (2, f"{folder} is named twice; name each folder once.\n")
    assert refused(capsys, folder, same)[0] == 2


def test_a_wrong_line_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "dev", [*QUERIES, {"id": "q5", "text": "When?\t"}], CORPUS)
    code, err = refused(capsys, folder)
    assert code == 1
    assert err.startswith(f"{folder / 'queries.jsonl'}, line 5 ")


def test_predictions_that_cannot_be_written_are_found_before_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "dev", QUERIES, CORPUS)
    nowhere, file = tmp_path / "none" / "p.jsonl", folder / "corpus.jsonl"
    assert refused(capsys, folder, "--predictions", nowhere) == (
        2,
        f"{nowhere} cannot be written (No such file or directory); name another file.\n",
    )
    assert refused(capsys, folder, "--predictions", file) == (
        2,
        f"{file} is one of the files to be read; name another file for the predictions.\n",
    )
    for name in (tmp_path, "/dev/null"):
        assert refused(capsys, folder, "--predictions", name) == (
            2,
            f"{name} is no file that predictions can be written to; name another.\n",
        )
    assert sorted(path.name for path in folder.iterdir()) == ["corpus.jsonl", "queries.jsonl"]


def interrupt(*_: object, **__: object) -> None:
    """Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("stopped", ["bot.evaluating.build_segment", "bot.evaluating.answer"])
def test_stopping_it_keeps_the_predictions_of_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stopped: str
) -> None:
    folder, target = write(tmp_path / "dev", QUERIES, CORPUS), tmp_path / "predictions.jsonl"
    target.write_text("those of before\n")
    with patch(stopped, interrupt):
        assert main(["evaluate", str(folder), "--predictions", str(target)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\nStopped.\n")
    assert target.read_text() == "those of before\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "dev", "predictions.jsonl"]


def test_predictions_take_the_place_of_earlier_ones_through_a_link(tmp_path: Path) -> None:
    folder, target = write(tmp_path / "dev", QUERIES, CORPUS), tmp_path / "predictions.jsonl"
    target.write_text("those of before\n")
    (tmp_path / "link").symlink_to(target)
    assert main(["evaluate", str(folder), "--predictions", str(tmp_path / "link")]) == 0
    assert len(read(target)) == 4
    assert (tmp_path / "link").is_symlink()


def measured(languages: str, count: Callable[[int], int]) -> dict[str, list[Prediction]]:
    """Predictions of several languages, all alike, as many of the nth language as ``count`` says."""
    made = {}
    for number, language in enumerate(languages.split()):
        query = Query("q", "What?", language, frozenset("a"), ("Sochi",), True)
        none = Query("q", "What?", language, frozenset(), (), False)
        one = Prediction(query, ("a",), (("a", 0, 9, "In Sochi."),), True, 0.9, 0.0314)
        made[language] = [one] * count(number) + [Prediction(none, ("a",), (), False, 0.1, 0.0314)]
    return made


def test_the_table_of_six_languages_fits_80_columns_and_says_what_each_figure_rests_on() -> None:
    made = measured("ar en fa kk ru tr", lambda number: 1000 * (number + 1))
    drawn = table({language: figures(predictions) for language, predictions in made.items()}).splitlines()
    assert all(len(line) <= 80 for line in drawn)
    assert all(unicodedata.category(character)[0] != "C" for line in drawn for character in line)
    assert drawn[0].split() == ["The", "right", "document", "questions", "first", "in", "five", "MRR@10"]
    assert drawn[2].split() == ["en", "2000", "1.000", "1.000", "1.000"]
    assert [line.split() for line in drawn if line.startswith("  tr")] == [
        ["tr", "6000", "1.000", "1.000", "1.000"],
        ["tr", "6000", "1.000", "1.000"],
        ["tr", "1.000", "6000", "0.000", "1", "1.000"],
        ["tr", "6001", "0.031", "0.031", "9", "6000"],
    ]


def test_where_nothing_is_measured_the_table_has_a_dash() -> None:
    query = Query("q", "What?", "en", frozenset(), (), True)
    drawn = table({"en": figures([Prediction(query, (), (), False, 0.0, 0.01)])}).splitlines()
    assert [line.split() for line in drawn if line.startswith("  en")] == [
        ["en", "0", "-", "-", "-"],
        ["en", "0", "-", "-"],
        ["en", "0.000", "1", "-", "0", "-"],
        ["en", "1", "0.010", "0.010", "-", "0"],
    ]


def test_every_summary_asked_for_has_a_line_of_slices_within_its_words(tmp_path: Path) -> None:
    folder, target = ask_summaries(write(tmp_path / "dev", QUERIES, CORPUS), TASKS), tmp_path / "predictions.jsonl"
    assert main(["evaluate", str(folder), "--predictions", str(target)]) == 0
    assert [line["id"] for line in read(target)] == ["q1", "q2", "q3", "q4"]
    assert read(tmp_path / "predictions.summaries.jsonl") == [
        {
            "id": "s1",
            "quotes": [{"document": "talks", "start": 24, "end": 55, "text": "They met in Astana in December."}],
        },
        {
            "id": "s2",
            "quotes": [{"document": "bridge", "start": 0, "end": 37, "text": "The convoy passed the bridge at noon."}],
        },
    ]


def test_summaries_are_measured_beside_two_baselines_for_people_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ask_summaries(write(tmp_path / "dev", QUERIES, CORPUS), TASKS)
    assert main(["evaluate", str(folder), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert list(value) == ["en", "ru", "all", "summaries"]
    assert list(value["summaries"]) == ["?", "en", "all"]
    english = value["summaries"]["en"]
    assert (english["summaries"], english["words"]) == (1, 6)
    # Of five pairs of words three are of the four that the first reference has: they met, met in, in Astana.
    assert english["rouge2"] == pytest.approx(2 * 3 / (5 + 3))
    assert (english["lead.rouge2"], english["latest.rouge2"]) == (pytest.approx(0.5), 0)
    assert value["summaries"]["all"]["rouge2"] == pytest.approx((0.75 + value["summaries"]["?"]["rouge2"]) / 2)
    assert main(["evaluate", str(folder)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["ROUGE-2", "F1", "summaries", "quoted", "lead", "latest"] in rows
    assert ["en", "1", "0.750", "0.500", "0.000"] in rows
    assert ["all", "2", "0.708", "0.583", "0.333"] in rows


@pytest.mark.parametrize("queries", [None, ""])
def test_a_set_may_ask_for_summaries_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], queries: str | None
) -> None:
    folder, target = ask_summaries(write(tmp_path / "dev", QUERIES, CORPUS), TASKS), tmp_path / "answers"
    (folder / "queries.jsonl").unlink()
    if queries is not None:
        (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    assert main(["evaluate", str(folder), "--predictions", str(target)]) == 0
    assert capsys.readouterr().out.startswith("ROUGE-1 F1 ")
    assert read(target) == []
    assert [line["id"] for line in read(tmp_path / "answers.summaries")] == ["s1", "s2"]
    assert main(["evaluate", str(folder), "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["summaries"]


def test_summaries_of_several_folders_have_their_names_before_ids(tmp_path: Path) -> None:
    one = ask_summaries(write(tmp_path / "one", QUERIES, CORPUS), TASKS[:1])
    other = ask_summaries(write(tmp_path / "other", QUERIES, CORPUS), TASKS[1:])
    target = tmp_path / "p.jsonl"
    assert main(["evaluate", str(one), str(other), "--predictions", str(target)]) == 0
    lines = read(tmp_path / "p.summaries.jsonl")
    assert [(line["id"], line["quotes"][0]["document"]) for line in lines] == [
        ("one/s1", "one/talks"),
        ("other/s2", "other/bridge"),
    ]


def test_summaries_without_a_corpus_are_of_the_current_index(
    tmp_path: Path, shared_index: Indexed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(shared_index.data))
    folder = ask_summaries(write(tmp_path / "dev", []), [TASKS[0] | {"docs": ["aid.md"]}])
    target = tmp_path / "p.jsonl"
    assert main(["evaluate", str(folder), "--predictions", str(target)]) == 0
    assert {quote["document"] for quote in read(tmp_path / "p.summaries.jsonl")[0]["quotes"]} <= {"aid.md"}
    capsys.readouterr()
    ask_summaries(folder, [TASKS[0] | {"docs": ["gone.md"]}])
    assert main(["evaluate", str(folder)]) == 1
    said = f"{folder / 'summ.jsonl'}, line 1 names the document 'gone.md', which is not there; mend that line.\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"docs": ["gone"]}, "names the document 'gone', which is not there"),
        ({"docs": []}, 'has no documents in "docs"'),
        ({"docs": "talks"}, 'has a "docs" that is no list of texts'),
        ({"references": None}, 'has no text in "references"'),
        ({"references": [""]}, 'has a "references" that is no list of texts'),
        ({"words": 0}, 'has a "words" that is no number of words from 1 on'),
        ({"words": True}, 'has a "words" that is no number of words from 1 on'),
        ({"words": "60"}, 'has a "words" that is no number of words from 1 on'),
        ({"words": None}, 'has a "words" that is no number of words from 1 on'),
        ({"query": 8}, 'has a "query" that is no text'),
        ({"id": "s1"}, "has the id 's1', which line 1 has too; give each its own"),
        ({"id": ""}, 'has no text in "id"'),
    ],
)
def test_a_wrong_summary_asked_for_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], said: str
) -> None:
    folder = ask_summaries(write(tmp_path / "dev", QUERIES, CORPUS), [TASKS[0], TASKS[1] | change])
    code, err = refused(capsys, folder)
    assert code == 1
    assert err.startswith(f"{folder / 'summ.jsonl'}, line 2 {said}")


def test_summaries_cannot_be_written_over_what_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ask_summaries(write(tmp_path / "dev", QUERIES, CORPUS), TASKS)
    said = "is one of the files to be read; name another file for the predictions.\n"
    assert refused(capsys, folder, "--predictions", folder / "summ.jsonl") == (2, f"{folder / 'summ.jsonl'} {said}")
    (tmp_path / "p.summaries.jsonl").mkdir()
    assert refused(capsys, folder, "--predictions", tmp_path / "p.jsonl")[0] == 2
