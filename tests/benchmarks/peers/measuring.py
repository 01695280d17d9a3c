"""What is measured of the systems. Repeated measures go round them, so that whatever else the machine does hits all.

A system whose program fails is left out of what follows; its result says why.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from retrieval.evaluation.measuring import figures
from tests.benchmarks.peers.programs import Program, first_answer, idle_memory
from tests.benchmarks.peers.systems import WITHOUT_RERANKING, RapporteurSystem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrieval.evaluation.measuring import Prediction
    from retrieval.evaluation.question_sets import Query
    from tests.benchmarks.peers.corpora import Corpus
    from tests.benchmarks.peers.results import Result
    from tests.benchmarks.peers.systems import System

_ASKED_BEFORE_MEMORY = 50
_WARMING = 5
# For what a system still does after its answer, threads that spin for more work say, to end before the next is asked.
_PAUSE = 0.005
_SETTLE = 5.0
_READY = "Ctrl-C stops it."
_QUALITY = ("hit@1", "hit@5", "first_quotation", "first_three")


def _running(systems: Sequence[System], results: Mapping[str, Result]) -> list[System]:
    return [system for system in systems if results[system.name].failed is None]


def _whole(systems: Sequence[System], results: Mapping[str, Result]) -> list[System]:
    """Those that still run, without the variant of which only answers are looked at."""
    return [system for system in _running(systems, results) if system.name != WITHOUT_RERANKING]


def measure_first_answers(
    key: str,
    systems: Sequence[System],
    results: Mapping[str, Result],
    corpus: Corpus,
    queries: Sequence[Query],
    repetitions: int,
) -> None:
    """Seconds from starting a fresh process to its whole answer, over an index on disk.

    A round before them is not counted: bytecode is compiled in it, and files come into the system's cache.
    """
    seconds: dict[str, list[float]] = {}
    rounds = repetitions + 1
    with tqdm(total=rounds * len(_whole(systems, results)), desc=f"First answers, {key}", ncols=80) as bar:
        for number in range(rounds):
            for system in _whole(systems, results):
                text = queries[number % len(queries)].text
                with results[system.name].guarded():
                    took = first_answer(system.first(corpus, text), corpus.folder)
                    if number:
                        seconds.setdefault(system.name, []).append(took)
                bar.update(1)
    for name, samples in seconds.items():
        results[name].add_median(f"first.{key}", samples)


def measure_memory(
    key: str, systems: Sequence[System], results: Mapping[str, Result], corpus: Corpus, queries: Sequence[Query]
) -> None:
    """What each holds after fifty questions, while no other runs, and what the whole bot does when idle."""
    for system in tqdm(_whole(systems, results), desc=f"Memory, {key}", ncols=80):
        result = results[system.name]
        with result.guarded(), system.serve(corpus) as program:
            for number in range(_ASKED_BEFORE_MEMORY):
                system.ask(program, queries[number % len(queries)])
            held = program.memory()
            result.values[f"resident.{key}"] = held.resident
            result.values[f"proportional.{key}"] = held.proportional
        if isinstance(system, RapporteurSystem):
            with result.guarded():
                idle = idle_memory(system.bot(corpus), corpus.folder, _READY, _SETTLE)
                result.values[f"bot.{key}"] = idle.resident


def measure_questions(
    systems: Sequence[System], results: Mapping[str, Result], corpus: Corpus, queries: Sequence[Query]
) -> None:
    """How long each takes for every question, one system after another, and then what each finds."""
    with ExitStack() as stack:
        programs: dict[str, Program] = {}
        for system in tqdm(_running(systems, results), desc="Loading", ncols=80):
            with results[system.name].guarded():
                programs[system.name] = stack.enter_context(system.serve(corpus))
        for query in queries[:_WARMING]:
            _ask_round(systems, results, programs, query)
        seconds: dict[str, list[float]] = {}
        for query in tqdm(queries, desc="Asking", ncols=80):
            for name, took in _ask_round(systems, results, programs, query).items():
                seconds.setdefault(name, []).append(took)
        for name, samples in seconds.items():
            results[name].samples["question"] = samples
            results[name].values["median"] = 1000 * float(np.median(samples))
            results[name].values["p95"] = 1000 * float(np.percentile(samples, 95))
        for system in tqdm(_running(systems, results), desc="Judging", ncols=80):
            with results[system.name].guarded():
                found = [system.predict(programs[system.name], query, corpus) for query in queries]
                results[system.name].values.update(quality(found))


def _ask_round(
    systems: Sequence[System], results: Mapping[str, Result], programs: Mapping[str, Program], query: Query
) -> dict[str, float]:
    """The seconds that each system took for one question, by its name."""
    seconds = {}
    for system in _running(systems, results):
        time.sleep(_PAUSE)
        with results[system.name].guarded():
            started = time.perf_counter()
            system.ask(programs[system.name], query)
            seconds[system.name] = time.perf_counter() - started
    return seconds


def quality(predictions: Sequence[Prediction]) -> dict[str, float]:
    """The figures of quality that there are."""
    found = figures(predictions).values
    return {name: value for name in _QUALITY if (value := found[name]) is not None}
