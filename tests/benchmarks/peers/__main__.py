"""Rapporteur beside LangChain with FAISS, LlamaIndex and txtai, with the same encoder over the same passages.

    python -m tests.benchmarks.peers [--set DIR] [--passages N] [--questions N] [--only NAME...] [--cache DIR]

Each system has a virtual environment of its own, which is made here; the encoder by itself with FAISS is one more.
Measured are the first answer of a fresh process, memory while serving, the speed of indexing, the time of a question,
and beside them what is found. The questions go to the documents of their set, or to the starter briefings, with
documents of shuffled words beside them until there are so many passages. With ``--cache`` indexes and vectors are kept
for another run. Exit code 1 says that a system failed; the others are measured all the same.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from bot.settings import SettingsError, load_settings
from corpus.errors import CorpusError
from retrieval.encoders.bundled_model import ensure_unpacked
from retrieval.errors import RetrievalError
from tests.benchmarks.peers.corpora import answerable, make_corpus, read_questions, write_distractors
from tests.benchmarks.peers.environments import ENVIRONMENTS, EnvironmentNotMade, ensure_environment
from tests.benchmarks.peers.indexing import measure_indexing, sample_parts
from tests.benchmarks.peers.measuring import measure_first_answers, measure_memory, measure_questions
from tests.benchmarks.peers.programs import BenchmarkError, ProgramFailed
from tests.benchmarks.peers.results import Report, Result
from tests.benchmarks.peers.systems import LABELS, PLAIN, RAPPORTEUR, WITHOUT_RERANKING, PeerSystem, RapporteurSystem
from tests.benchmarks.peers.vectors import fill, vectors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings import Settings
    from retrieval.evaluation.question_sets import Query
    from tests.benchmarks.peers.corpora import Corpus, Questions
    from tests.benchmarks.peers.systems import System

_STARTER = Path(__file__).parent.parent / "starter"


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.peers", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--set", type=Path, default=_STARTER, metavar="DIR", help="a folder of documents and questions")
    parser.add_argument("--passages", type=_positive, default=10_000, metavar="N", help="search about so many passages")
    parser.add_argument("--questions", type=_positive, default=200, metavar="N", help="ask at most so many questions")
    parser.add_argument("--sample", type=_positive, default=300, metavar="N", help="index about so many to time it")
    parser.add_argument("--repetitions", type=_positive, default=3, metavar="N", help="first answers of each system")
    parser.add_argument("--only", nargs="+", choices=[*LABELS], metavar="NAME", help=f"of {', '.join(LABELS)}")
    parser.add_argument("--environments", type=Path, metavar="DIR", help="where the virtual environments are made")
    parser.add_argument("--torch-index", metavar="URL", help="the package index that PyTorch alone is taken from")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep indexes and vectors here for another run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement to this file")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown to this file")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parsed = build_parser().parse_args(arguments)
    try:
        settings = load_settings()
        with nullcontext(parsed.cache) if parsed.cache else tempfile.TemporaryDirectory() as folder:
            report = _measure(parsed, settings, Path(folder).resolve())
        print(report.table())
        if parsed.json:
            parsed.json.write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
        if parsed.markdown:
            parsed.markdown.write_text(report.markdown(), encoding="utf-8")
    except (BenchmarkError, SettingsError, CorpusError, RetrievalError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    return 1 if report.failures else 0


def _measure(parsed: argparse.Namespace, settings: Settings, folder: Path) -> Report:
    results = {name: Result(name) for name in LABELS if name in (parsed.only or LABELS)}
    environments = parsed.environments or Path(platformdirs.user_cache_dir("rapporteur")) / "peers"
    encoder, systems = _systems(results, settings, environments.resolve(), parsed.torch_index)
    about = _about(parsed.set.resolve().name)

    asked = {"starter": read_questions(_STARTER, folder / "starter")}
    corpora = {"starter": make_corpus(folder / "starter", settings, (), starter=True)}
    name = parsed.set.resolve().name
    asked["large"] = read_questions(parsed.set, folder / f"{name}-{parsed.passages}")
    corpora["large"] = _large(asked["large"], corpora["starter"], settings, folder, parsed.passages)
    queries = {key: _chosen(asked[key], corpora[key], parsed.questions) for key in corpora}

    fill(systems, results, [(corpus, vectors_of(corpus, encoder)) for corpus in corpora.values()])
    for key, corpus in corpora.items():
        measure_first_answers(key, systems, results, corpus, queries[key], parsed.repetitions)
        measure_memory(key, systems, results, corpus, queries[key])
    _index_sample(parsed, settings, systems, results, encoder, asked["large"], corpora["large"])
    measure_questions(systems, results, corpora["large"], queries["large"])
    return Report(results, len(corpora["large"].passages), len(queries["large"]), about)


def _systems(
    results: dict[str, Result], settings: Settings, environments: Path, torch_index: str | None
) -> tuple[PeerSystem, list[System]]:
    """The encoder by itself, without which nothing is measured, and the systems whose environments can be made."""
    model = ensure_unpacked(settings.models_folder).resolve()
    encoder = PeerSystem(PLAIN, ensure_environment(ENVIRONMENTS[PLAIN], environments, torch_index), model)
    found: list[System] = []
    for name, result in results.items():
        if name in (RAPPORTEUR, WITHOUT_RERANKING):
            found.append(RapporteurSystem(name))
            continue
        try:
            found.append(PeerSystem(name, ensure_environment(ENVIRONMENTS[name], environments, torch_index), model))
        except EnvironmentNotMade as error:
            result.failed = str(error).removesuffix(".")
    return encoder, found


def _large(questions: Questions, starter: Corpus, settings: Settings, folder: Path, passages: int) -> Corpus:
    """The documents of the questions, and of shuffled words as many as are wanting to ``passages``."""
    place = folder / f"{questions.name}-{passages}"
    present = len(starter.passages) if questions.starter else questions.passages
    write_distractors(place / "shuffled", questions.texts, max(0, passages - present))
    return make_corpus(place, settings, (*questions.folders, place / "shuffled"), starter=questions.starter)


def _chosen(questions: Questions, corpus: Corpus, most: int) -> list[Query]:
    """At most so many of the questions that ``corpus`` answers; how many it does not is said."""
    found = answerable(questions.queries, corpus)
    if not found:
        raise BenchmarkError(f"No question of {questions.name} has an answer in its documents; name another set.")
    if len(found) < len(questions.queries):
        missing = len(questions.queries) - len(found)
        print(f"{missing} questions of {questions.name} are left out: their answers are not read.", file=sys.stderr)
    return found[:most]


def _index_sample(
    parsed: argparse.Namespace,
    settings: Settings,
    systems: Sequence[System],
    results: dict[str, Result],
    encoder: PeerSystem,
    questions: Questions,
    corpus: Corpus,
) -> None:
    """Time indexing in a folder that is new and does not stay."""
    with tempfile.TemporaryDirectory() as folder:
        parts = sample_parts(questions, corpus, parsed.sample, Path(folder))
        try:
            measure_indexing(systems, results, encoder, settings, Path(folder), parts)
        except (ProgramFailed, RetrievalError) as error:
            reason = str(error).removesuffix(".")
            if RAPPORTEUR not in results:
                raise BenchmarkError(f"Indexing cannot be timed: {reason}.") from None
            # What was measured before is not lost by it.
            results[RAPPORTEUR].failed = f"indexing cannot be timed: {reason}"


def _about(questions: str) -> dict[str, str]:
    """What the figures were taken with, and when."""
    model = next((line for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "").partition(":")[2]
    total = next((line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "MemTotal: 0")
    cores = len(os.sched_getaffinity(0))
    return {
        "questions of": questions,
        "measured on": datetime.date.today().isoformat(),
        "processor": f"{model.strip() or platform.machine()}, {cores} cores",
        "memory": f"{int(total.split()[1]) / 1024**2:.0f} GiB",
        "Python": platform.python_version(),
        # With others at work the times say little.
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main())
