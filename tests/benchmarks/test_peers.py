"""The comparison with other systems: its protocol with a program that stands in for one, its figures and its table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from retrieval.answers import search
from retrieval.evaluation.measuring import Prediction
from retrieval.evaluation.question_sets import Query
from tests.benchmarks.peers import __main__ as benchmark
from tests.benchmarks.peers import corpora, environments, measuring
from tests.benchmarks.peers.corpora import Corpus, Questions
from tests.benchmarks.peers.environments import ENVIRONMENTS, TORCH, EnvironmentNotMade, ensure_environment
from tests.benchmarks.peers.indexing import Indexed, sample_parts
from tests.benchmarks.peers.programs import Call, Program, ProgramFailed, first_answer, idle_memory, last_line, memory
from tests.benchmarks.peers.protocol import Passage, read_passages, versions, write_passages
from tests.benchmarks.peers.rapporteur_peer import with_reranking, without_reranking
from tests.benchmarks.peers.results import Measure, Report, Result, ratio
from tests.benchmarks.peers.systems import LABELS, PeerSystem, RapporteurSystem
from tests.retrieval.corpora import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Indexed as IndexedFolder

PEERS = Path(benchmark.__file__).parent
BRIDGE = Query("q", "Which convoy passed?", "en", frozenset({"bridge"}), ("A convoy",), True)
HOTEL = Query("r", "Where was lunch?", "en", frozenset({"hotel"}), ("the hotel",), True)
PASSAGES = [
    Passage("bridge#0", "bridge", "Bridge: A convoy passed."),
    Passage("hotel#0", "hotel", "Lunch was served in the hotel. 🕊️"),
]
# Finds every passage, in the order in which they were indexed; a question may be an order to it.
STAND_IN = f"""
import json, os, sys
from pathlib import Path
sys.path.insert(0, {str(PEERS)!r})
from protocol import run_peer

class StandIn:
    packages = ()
    def __init__(self, model):
        if model == "missing":
            sys.exit("There is no such model.")
    def index(self, passages, folder):
        Path(folder).mkdir()
        (Path(folder) / "kept.json").write_text(json.dumps([[one.id, one.text] for one in passages]))
    def open(self, folder):
        self.kept = json.loads((Path(folder) / "kept.json").read_text())
    def ask(self, text, count):
        print("what a library prints")
        os.write(1, b"and writes\\n")
        if text == "fail":
            raise ValueError("it cannot\\nbe answered")
        if text == "end":
            sys.exit("It has had enough.")
        if text == "wait":
            sys.stdin.read()
        return self.kept[:count]

sys.exit(run_peer(StandIn))
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """The program that stands in for a system, with an index of ``PASSAGES`` beside it."""
    (tmp_path / "peer.py").write_text(STAND_IN, encoding="utf-8")
    write_passages(PASSAGES, tmp_path / "passages.jsonl")
    with start(tmp_path) as program:
        program.request("index", passages=str(tmp_path / "passages.jsonl"), folder=str(tmp_path / "index"))
    return tmp_path


def call(folder: Path, *arguments: str, model: str = "small", accepted: tuple[int, ...] = (0,)) -> Call:
    command = (sys.executable, str(folder / "peer.py"), "--model", model, *arguments)
    return Call(command, corpora.program_variables(), accepted)


def start(folder: Path, **options: Any) -> Program:
    return Program(call(folder, **options), folder)


def once(folder: Path, text: str, **options: Any) -> Call:
    return call(folder, "--index", str(folder / "index"), "--once", text, **options)


def make_corpus(folder: Path, passages: Sequence[Passage] = PASSAGES) -> Corpus:
    quotable = {one.id: (one.document, 0, 9, one.text.removeprefix("Bridge: ")) for one in passages}
    texts = {one.document: one.text for one in passages}
    return Corpus(folder, {}, tuple(passages), quotable, (), texts)


# What is said between the driver and a program


def test_passages_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_passages(PASSAGES, tmp_path / "passages.jsonl")
    assert read_passages(tmp_path / "passages.jsonl") == PASSAGES


def test_a_program_is_asked_and_answers_whatever_its_libraries_print(stand_in: Path) -> None:
    with start(stand_in) as program:
        assert program.request("open", folder=str(stand_in / "index")) is None
        assert program.request("ask", text="Which?", count=1) == [["bridge#0", "Bridge: A convoy passed."]]
        assert [id for id, _ in program.request("ask", text="Which?", count=5)] == ["bridge#0", "hotel#0"]
        assert program.request("versions") == {}


def test_a_failure_is_told_in_one_line_and_does_not_end_the_program(stand_in: Path) -> None:
    with start(stand_in) as program:
        program.request("open", folder=str(stand_in / "index"))
        with pytest.raises(ProgramFailed, match=r"^ValueError: it cannot be answered$"):
            program.request("ask", text="fail", count=1)
        assert program.request("ask", text="Which?", count=0) == []


def test_a_command_that_a_program_does_not_know_fails(stand_in: Path) -> None:
    with start(stand_in) as program, pytest.raises(ProgramFailed, match="there is no command 'encode' here"):
        program.request("encode")
    with start(stand_in) as program, pytest.raises(ProgramFailed, match="there is no command '__init__' here"):
        program.request("__init__", model="small")


def test_a_program_that_ends_is_told_by_its_last_line(stand_in: Path) -> None:
    with start(stand_in) as program:
        program.request("open", folder=str(stand_in / "index"))
        with pytest.raises(ProgramFailed, match=r"^It has had enough$"):
            program.request("ask", text="end", count=1)
        with pytest.raises(ProgramFailed, match=r"^It has had enough$"):
            program.request("ask", text="Which?", count=1)


def test_a_program_that_does_not_become_ready_is_told_by_its_last_line(stand_in: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"^There is no such model$"):
        start(stand_in, model="missing")


def test_a_program_is_not_waited_for_for_ever(stand_in: Path) -> None:
    with start(stand_in) as program:
        program.request("open", folder=str(stand_in / "index"))
        with pytest.raises(ProgramFailed, match="there was no reply within 0 seconds"):
            program.request("ask", patience=0.05, text="wait", count=1)


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="nowhere cannot be started"):
        Program(Call(("/nowhere",), {}), tmp_path)


def test_versions_are_those_installed() -> None:
    assert versions(("pytest",)) == {"pytest": pytest.__version__}


# What is measured of processes


def test_the_first_answer_is_timed_to_its_end(stand_in: Path) -> None:
    assert 0 < first_answer(once(stand_in, "Which?"), stand_in) < 60


def test_a_first_answer_that_fails_is_told(stand_in: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"be answered$"):
        first_answer(once(stand_in, "fail"), stand_in)
    with pytest.raises(ProgramFailed, match=r"^There is no such model$"):
        first_answer(once(stand_in, "Which?", model="missing"), stand_in)


@pytest.mark.parametrize(("accepted", "is_accepted"), [((0, 3), True), ((0,), False)])
def test_an_exit_code_may_be_no_failure(tmp_path: Path, accepted: tuple[int, ...], is_accepted: bool) -> None:
    program = "import json, sys; print(json.dumps({'quotes': [{}]}, indent=2)); sys.exit(3)"
    asked = Call((sys.executable, "-c", program), corpora.program_variables(), accepted)
    if is_accepted:
        assert first_answer(asked, tmp_path) > 0
    else:
        with pytest.raises(ProgramFailed, match="it ended with exit code 3"):
            first_answer(asked, tmp_path)


def test_what_a_process_holds_counts_those_that_it_started(stand_in: Path) -> None:
    alone = memory(os.getpid())
    assert 0 < alone.proportional <= alone.resident * 1.01
    with start(stand_in) as program:
        child = program.memory()
        assert memory(os.getpid()).resident > max(child.resident, alone.resident * 0.9)
        assert child.resident > 0


def test_a_bot_is_idle_after_its_line_and_is_stopped(tmp_path: Path) -> None:
    program = "import signal; print('It is here.', flush=True); signal.pause()"
    waiting = Call((sys.executable, "-c", program), corpora.program_variables())
    assert idle_memory(waiting, tmp_path, "is here", 0.0).resident > 0
    ending = Call((sys.executable, "-c", "raise SystemExit('The port is taken.')"), corpora.program_variables())
    with pytest.raises(ProgramFailed, match=r"^The port is taken$"):
        idle_memory(ending, tmp_path, "is here", 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("first\nlast.\n\n", "last"),
        ("0 %\r50 %\r100 %", "100 %"),
        ("x" * 300, "x" * 200),
    ],
)
def test_the_last_line_is_the_reason(text: str, expected: str) -> None:
    assert last_line(text) == expected


# The environments


def made_with(monkeypatch: pytest.MonkeyPatch, failing: str = "-") -> list[list[str]]:
    """The commands that make environments, none of which is run; one with ``failing`` in it fails."""
    commands: list[list[str]] = []

    def run(command: list[str], **options: Any) -> SimpleNamespace:
        commands.append(command)
        python = Path(command[-1]) / "bin" / "python"
        if command[1:3] == ["-m", "venv"]:
            python.parent.mkdir(parents=True)
            python.touch()
        return SimpleNamespace(returncode=int(failing in command), stderr="ERROR: No such package.\n", stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_an_environment_has_pytorch_first_and_from_its_own_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = made_with(monkeypatch)
    python = ensure_environment(ENVIRONMENTS["txtai"], tmp_path, "https://packages.example/cpu")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    assert python == tmp_path / "txtai" / "bin" / "python"
    assert commands == [
        [sys.executable, "-m", "venv", str(tmp_path / "txtai")],
        [*pip, TORCH, "--index-url", "https://packages.example/cpu"],
        [*pip, TORCH, *ENVIRONMENTS["txtai"].requirements],
    ]


def test_an_environment_is_made_again_only_for_other_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = made_with(monkeypatch)
    for _ in range(2):
        ensure_environment(ENVIRONMENTS["txtai"], tmp_path)
    assert len(commands) == 3
    ensure_environment(environments.Environment("txtai", ("txtai==1.0",)), tmp_path)
    assert len(commands) == 6


def test_an_environment_that_cannot_be_made_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = made_with(monkeypatch, failing=TORCH)
    with pytest.raises(EnvironmentNotMade) as caught:
        ensure_environment(ENVIRONMENTS["txtai"], tmp_path)
    assert str(caught.value) == "The environment txtai cannot be made: ERROR: No such package."
    with pytest.raises(EnvironmentNotMade):
        ensure_environment(ENVIRONMENTS["txtai"], tmp_path)
    assert len(commands) == 4


def test_every_peer_has_an_environment_and_a_program() -> None:
    peers = [name for name in LABELS if not name.startswith("rapporteur") and name != "without-reranking"]
    assert sorted(peers) == sorted(ENVIRONMENTS)
    assert [name for name in peers if not (PEERS / f"{name}_peer.py").is_file()] == []


# The documents


def test_programs_see_no_setting_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_TELEGRAM_TOKEN", "1:A")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert not {"RAPPORTEUR_TELEGRAM_TOKEN", "PYTHONPATH"} & corpora.program_variables().keys()
    (tmp_path / "kept").mkdir()
    settings = cast("Any", SimpleNamespace(models_folder=tmp_path / "kept"))
    variables = corpora.rapporteur_variables(settings, tmp_path / "data", [tmp_path], starter=True)
    assert variables["RAPPORTEUR_TELEGRAM_TOKEN"] == ""
    assert json.loads(variables["RAPPORTEUR_DOCUMENTS"]) == [str(tmp_path)]
    assert (tmp_path / "data" / "models").resolve() == tmp_path / "kept"


def test_documents_are_written_with_their_titles_beside_them(tmp_path: Path) -> None:
    entry = document("a/b: c", "The first.", "The second.")
    assert corpora.write_documents([entry], tmp_path / "documents") == {"a/b: c": "000000.txt"}
    assert [path.name for path in (tmp_path / "documents").iterdir()] == ["000000.txt"]
    assert (tmp_path / "documents" / "000000.txt").read_text() == "The first.\n\nThe second.\n"


def test_distractors_are_the_same_every_time_and_as_many_as_asked_for(tmp_path: Path) -> None:
    corpora.write_distractors(tmp_path / "a", ["one two, three. four five"], 25)
    corpora.write_distractors(tmp_path / "b", ["one two, three. four five"], 25)
    first, second = (
        [(path.name, path.read_text()) for path in sorted((tmp_path / name).iterdir())] for name in ("a", "b")
    )
    assert first == second
    paragraphs = [len(text.split("\n\n")) for _, text in first]
    assert paragraphs == [20, 5]
    assert len(first[0][1].split("\n\n")[0].split()) == 110
    corpora.write_distractors(tmp_path / "a", ["one"], 0)
    assert list((tmp_path / "a").iterdir()) == []


def test_the_passages_are_those_of_the_index(shared_index: IndexedFolder, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(shared_index.data)
    corpus = corpora.read_corpus(tmp_path, {})
    generation = shared_index.engine().view("public")
    assert len(corpus.passages) == len(generation.passages)
    assert len(corpus.sentences) == len(generation.sentences)
    for passage in corpus.passages:
        name, start, end, text = corpus.quotable[passage.id]
        assert corpus.texts[name][start:end] == text
        assert passage.text.endswith(text)
        assert passage.document == name
    assert read_passages(corpus.passage_file) == list(corpus.passages)
    only = corpora.read_corpus(tmp_path, {}, [corpus.passages[0].document])
    assert {passage.document for passage in only.passages} == {corpus.passages[0].document}


def test_a_question_is_asked_only_where_its_answer_was_read(tmp_path: Path) -> None:
    gone = Query("s", "What?", "en", frozenset({"bridge"}), ("a train",), True)
    elsewhere = Query("t", "What?", "en", frozenset({"road"}), (), True)
    assert corpora.answerable([BRIDGE, gone, elsewhere, HOTEL], make_corpus(tmp_path)) == [BRIDGE, HOTEL]


def test_the_starter_questions_go_to_the_briefings(tmp_path: Path) -> None:
    found = corpora.read_questions(PEERS.parent / "starter", tmp_path)
    assert (found.folders, found.starter, found.passages) == ((), True, 0)
    assert len(found.queries) == 40
    assert len(found.texts) == 37


def test_a_set_is_written_as_files_that_its_questions_name(tmp_path: Path) -> None:
    lines = {
        "corpus.jsonl": {"id": "x", "title": "Record", "text": "The delegations met in Astana."},
        "queries.jsonl": {"id": "q", "text": "Where?", "relevant": ["x"], "answers": ["Astana"]},
    }
    for name, line in lines.items():
        (tmp_path / name).write_text(json.dumps(line) + "\n")
    found = corpora.read_questions(tmp_path, tmp_path / "made")
    assert [query.relevant for query in found.queries] == [frozenset({"000000.txt"})]
    assert (found.starter, found.passages) == (False, 1)
    assert sorted(path.name for path in found.folders[0].iterdir()) == ["000000.txt", "000000.txt.meta.yaml"]


# Indexing


def test_a_sample_is_of_whole_documents_of_the_questions_in_three_parts(tmp_path: Path) -> None:
    source = tmp_path / "documents"
    source.mkdir()
    for number in range(9):
        (source / f"{number}.txt").write_text("Text.")
        (source / f"{number}.txt.meta.yaml").write_text("{}")
    passages = [Passage(f"{name}#{part}", f"{name}.txt", "Text.") for name in range(9) for part in range(2)]
    corpus = make_corpus(tmp_path, [*passages, Passage("s#0", "shuffled-00000.txt", "text")])
    asked = Questions("set", (), (source,), False, (), 18)
    parts = sample_parts(asked, corpus, 9, tmp_path / "sample")
    assert [sorted(path.name for path in part.glob("*.txt")) for part in parts] == [
        ["0.txt", "1.txt"],
        ["2.txt", "3.txt"],
        ["4.txt", "5.txt"],
    ]
    assert all((part / f"{path.name}.meta.yaml").is_file() for part in parts for path in part.glob("*.txt"))
    assert len(sample_parts(asked, corpus, 100, tmp_path / "all")) == 1


def test_rates_are_sums_over_sums() -> None:
    done = Indexed()
    done.add(1.0, 10, 1000)
    done.add(3.0, 10, 2000)
    assert done.rates() == {"passages": 5.0, "tokens": 750.0}


# Asking


class Listening:
    """A program in this process that finds the passages in order; it fails at the question ``failing``."""

    def __init__(self, failing: str = "-") -> None:
        self.failing = failing
        self.heard: list[tuple[str, int]] = []

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is to be closed."""

    def request(self, do: str, *, text: str, count: int) -> list[list[str]]:
        """Every passage's id and text."""
        assert do == "ask"
        if text == self.failing:
            raise ProgramFailed("it is out of memory")
        self.heard.append((text, count))
        return [[one.id, one.text] for one in PASSAGES[:count]]


class Standing(PeerSystem):
    """A peer whose program is in this process."""

    def serve(self, corpus: Corpus) -> Program:
        """The program of that name."""
        return cast("Program", PROGRAMS[self.name])


PROGRAMS: dict[str, Listening] = {}


def test_systems_are_asked_in_turn_and_one_that_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_PAUSE", 0.0)
    PROGRAMS.update(txtai=Listening(), langchain=Listening(failing=HOTEL.text))
    systems = [Standing(name, Path("python"), Path("model")) for name in ("txtai", "langchain")]
    results = {name: Result(name) for name in ("txtai", "langchain")}
    measuring.measure_questions(systems, results, make_corpus(tmp_path), [BRIDGE, HOTEL])
    assert results["langchain"].failed == "it is out of memory"
    assert results["txtai"].failed is None
    assert {key: results["txtai"].values[key] for key in ("hit@1", "hit@5", "first_quotation", "first_three")} == {
        "hit@1": 0.5,
        "hit@5": 1.0,
        "first_quotation": 0.5,
        "first_three": 1.0,
    }
    assert results["txtai"].values["median"] > 0
    assert len(results["txtai"].samples["question"]) == 2
    # Twice for warming and measuring, with as many passages as are shown; then with more, to be judged.
    assert [count for _, count in PROGRAMS["txtai"].heard] == [5, 5, 5, 5, 30, 30]


def test_a_passage_is_quoted_without_the_title_that_is_encoded_with_it(tmp_path: Path) -> None:
    system = PeerSystem("txtai", Path("python"), Path("model"))
    found = system.predict(cast("Program", Listening()), BRIDGE, make_corpus(tmp_path))
    text = "A convoy passed."
    assert found.quotes[0] == ("bridge", 0, len(text), text)
    assert found.ranking == ("bridge", "hotel")


def test_rapporteur_is_judged_by_what_it_answers(tmp_path: Path) -> None:
    quote = ["bridge", 0, 16, "A convoy passed."]
    program = SimpleNamespace(request=lambda do, **arguments: {"ranking": ["bridge"], "quotes": [quote]})
    found = RapporteurSystem().predict(cast("Program", program), BRIDGE, make_corpus(tmp_path))
    assert found == Prediction(BRIDGE, ("bridge",), (("bridge", 0, 16, "A convoy passed."),), True, 1.0, 0.0)


def test_first_answers_are_counted_after_a_first_round(stand_in: Path) -> None:
    class Once(Standing):
        """Starts the program that stands in."""

        def first(self, corpus: Corpus, text: str) -> Call:
            """A fresh process."""
            return once(stand_in, text, model=str(self.model))

    systems = [Once("txtai", Path("python"), Path("small")), Once("langchain", Path("python"), Path("missing"))]
    results = {name: Result(name) for name in ("txtai", "langchain")}
    measuring.measure_first_answers("starter", systems, results, make_corpus(stand_in), [BRIDGE], 1)
    assert len(results["txtai"].samples["first.starter"]) == 1
    assert results["langchain"].failed == "There is no such model"


def test_without_reranking_no_token_is_matched(own_index: IndexedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = own_index.engine()
    asked = "Which parties adopted the regulation of the working group?"
    usual = with_reranking(engine, "public")(asked, ())
    monkeypatch.delattr(search, "best_matches")
    found = without_reranking(engine, "public")(asked, ())
    assert set(found.ranking) == set(usual.ranking)
    assert found.ranked
    with pytest.raises(NameError):
        with_reranking(engine, "public")(asked, ())


# The table


def results_of(**values: dict[str, float]) -> dict[str, Result]:
    return {name: Result(name, found) for name, found in values.items()}


def test_a_ratio_is_to_the_best_framework() -> None:
    results = results_of(rapporteur={"median": 10.0}, langchain={"median": 20.0}, txtai={"median": 40.0})
    results |= {"plain": Result("plain", {"median": 5.0}), "without-reranking": Result("-", {"median": 1.0})}
    assert ratio(results, Measure("median", "", 0)) == 0.5
    assert ratio(results, Measure("median", "", 0, more_is_better=True)) == 0.25
    assert ratio(results, Measure("median", "", 0), ("plain",)) == 2.0


@pytest.mark.parametrize("missing", ["rapporteur", "txtai"])
def test_there_is_no_ratio_without_both_figures(missing: str) -> None:
    results = results_of(rapporteur={"p95": 1.0}, txtai={"p95": 2.0})
    results[missing] = Result(missing)
    assert ratio(results, Measure("p95", "", 0)) is None


def make_report() -> Report:
    results = results_of(
        rapporteur={"median": 12.34, "hit@1": 0.9, "bot.starter": 200.0}, txtai={"hit@1": 0.75}, plain={"median": 24.68}
    )
    results["txtai"].failed = "it is out of memory"
    results["txtai"].versions = {"txtai": "9.0"}
    return Report(results, 1234, 40, {"measured on": "2026-11-29"})


def test_the_table_says_what_failed_and_what_was_not_measured() -> None:
    lines = make_report().table().split("\n")
    cells = [line.split() for line in lines]
    assert lines[0].split() == ["Rapporteur", "txtai", "encoder,", "times", "times"]
    assert next(row for row in cells if "median" in row)[-5:] == ["12.3", "failed", "24.7", "-", "0.50"]
    assert next(row for row in cells if row[:2] == ["right", "document"])[-5:] == ["0.900", "0.750", "-", "1.20", "-"]
    assert next(row for row in cells if row[:2] == ["whole", "bot"])[-5:] == ["200", "-", "-", "-", "-"]
    assert "a question, 1,234 passages, median ms" in lines[3]
    assert lines[-2:] == ["With txtai 9.0.", "txtai failed: it is out of memory."]
    assert [line for line in lines if line.startswith(("first answer", "memory"))] == []


def test_the_markdown_is_a_table_of_the_same_cells() -> None:
    lines = make_report().markdown().split("\n")
    assert lines[:2] == [
        "| | Rapporteur | txtai | encoder, FAISS | times best | times encoder |",
        "|---|---|---|---|---|---|",
    ]
    assert "| right document first | 0.900 | 0.750 | - | 1.20 | - |" in lines
    assert "40 questions over 1,234 passages; measured on 2026-11-29." in lines


def test_the_json_has_values_ratios_and_reasons() -> None:
    found = json.loads(json.dumps(make_report().to_json()))
    assert found["systems"]["rapporteur"]["values"]["median"] == 12.34
    assert found["systems"]["txtai"]["failed"] == "it is out of memory"
    assert found["ratios"]["hit@1"] == pytest.approx(1.2)
    assert found["ratios"]["median"] is None


# The command line


def test_the_defaults_are_the_large_run_over_the_starter_questions() -> None:
    parsed = benchmark.build_parser().parse_args([])
    assert (parsed.passages, parsed.questions, parsed.set.name, parsed.only) == (10_000, 200, "starter", None)


@pytest.mark.parametrize("arguments", [["--passages", "0"], ["--questions", "many"], ["--only", "haystack"]])
def test_wrong_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        benchmark.main(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_without_the_encoders_environment_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: object) -> Path:
        raise EnvironmentNotMade("The environment plain cannot be made: there is no network.")

    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(benchmark, "ensure_unpacked", lambda folder: tmp_path)
    monkeypatch.setattr(benchmark, "ensure_environment", refuse)
    assert benchmark.main(["--cache", str(tmp_path / "cache")]) == 1
    assert capsys.readouterr().err.endswith("The environment plain cannot be made: there is no network.\n")


@pytest.mark.parametrize(("failed", "code"), [(None, 0), ("it is out of memory", 1)])
def test_a_failed_system_is_in_the_files_and_in_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: str | None, code: int
) -> None:
    report = Report({"txtai": Result("txtai", {"median": 1.0}, failed=failed)}, 5, 5, {})
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(benchmark, "_measure", lambda *arguments: report)
    files = [tmp_path / "table.md", tmp_path / "all.json"]
    assert benchmark.main(["--markdown", str(files[0]), "--json", str(files[1])]) == code
    assert files[0].read_text() == report.markdown()
    assert json.loads(files[1].read_text()) == report.to_json()
