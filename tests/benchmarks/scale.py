"""How questions, memory and disk grow with the corpus: 10 thousand, 100 thousand and a million passages.

    python -m tests.benchmarks.scale [--sizes N...] [--cache DIR] [--json FILE] [--plot FILE]

The passages are made up (see ``tests.benchmarks.synthetic``), five sentences each; their vectors lie as those of the
index in the settings' data directory do. Questions are the starter ones, read by the real encoder, through the whole
pipeline. Each size is served by a process of its own. Up to 4 GB of token vectors are kept, as in a real index: of the
largest size none are, and the best sentences are read again for every question.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from bot.opening import open_engine
from bot.progress import BarProgress
from bot.settings import load_settings
from retrieval.answers.answer import answer
from retrieval.encoders.loading import load_encoder
from retrieval.evaluation.question_sets import load_set
from retrieval.index.generation import GenerationStore, Manifest, generation_id
from retrieval.index.segment_store import save_segment
from retrieval.index.vectors import unit
from tests.benchmarks.synthetic import Spread, make_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bot.settings import Settings
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation
    from retrieval.index.large_index import LargeIndex

_SIZES = (10_000, 100_000, 1_000_000)
_WITH_TOKENS = 140_000
_NEAREST = 10
_STARTER = Path(__file__).parent / "starter"


@dataclass(frozen=True, slots=True)
class Measured:
    """One size: seconds, bytes, and the share of the ten really nearest that search finds."""

    passages: int
    sentences: int
    load: float
    median: float
    percentile_95: float
    passage_recall: float
    sentence_recall: float
    memory: int
    private_memory: int
    disk: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(_SIZES), metavar="N", help="how many passages")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep what is made here for another time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw time and memory against size here, a .svg or .png"
    )
    parser.add_argument("--serve", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    parsed = parser.parse_args(arguments)
    if parsed.serve is not None:
        print(json.dumps(asdict(serve(parsed.serve))))
        return 0
    settings = load_settings()
    open_engine(settings, BarProgress())
    found = []
    print(_row([field for field, _ in _COLUMNS]))
    with nullcontext(parsed.cache) if parsed.cache else tempfile.TemporaryDirectory() as cache:
        for size in parsed.sizes:
            folder = Path(cache) / str(size)
            if not (folder / "current.json").is_file():
                make(settings, folder, size)
            found.append(_served(folder))
            print(_row([shown(found[-1]) for _, shown in _COLUMNS]), flush=True)
    if parsed.json is not None:
        parsed.json.write_text(json.dumps([asdict(one) for one in found], indent=1))
    if parsed.plot is not None:
        plot(found, parsed.plot)
    return 0


_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("passages", lambda one: f"{one.passages:,}"),
    ("median ms", lambda one: f"{1000 * one.median:.0f}"),
    ("95th ms", lambda one: f"{1000 * one.percentile_95:.0f}"),
    ("recall p", lambda one: f"{one.passage_recall:.3f}"),
    ("recall s", lambda one: f"{one.sentence_recall:.3f}"),
    ("RSS MB", lambda one: f"{one.memory / 1e6:,.0f}"),
    ("private", lambda one: f"{one.private_memory / 1e6:,.0f}"),
    ("disk MB", lambda one: f"{one.disk / 1e6:,.0f}"),
    ("load s", lambda one: f"{one.load:.1f}"),
)


def _row(cells: Sequence[str]) -> str:
    return "".join(cell.rjust(11) for cell in cells)


def make(settings: Settings, folder: Path, size: int) -> None:
    """Write an index of ``size`` made-up passages."""
    started = time.perf_counter()
    real = GenerationStore(settings.index_folder)
    stock = real.read(real.current())
    store = GenerationStore(folder)
    segment = make_segment(Spread.of(stock), size, with_tokens=size <= _WITH_TOKENS, seed=size)
    name = save_segment(segment, store.segments_folder)
    store.save_anchors(stock.manifest.encoder, stock.anchors)
    fingerprints = [(entry.document.id, entry.fingerprint) for entry in segment.documents]
    identifier = generation_id(fingerprints, stock.manifest.encoder)
    store.publish(Manifest(identifier, stock.manifest.encoder, (name,), {}))
    print(f"{size:,} passages made in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _served(folder: Path) -> Measured:
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--serve", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(**json.loads(done.stdout))


def serve(folder: Path) -> Measured:
    """Ask the starter questions of the index in ``folder``, in this process."""
    # As in the bot, where questions are answered side by side.
    threadpool_limits(1, "blas")
    settings = load_settings()
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    store = GenerationStore(folder)
    questions = [query.text for query in load_set(_STARTER, prefixed=False).queries]
    started = time.perf_counter()
    generation = store.load(store.current())
    load = time.perf_counter() - started
    answer(generation, encoder, questions[0])
    seconds = []
    for text in questions:
        started = time.perf_counter()
        answer(generation, encoder, text)
        seconds.append(time.perf_counter() - started)
    memory, private = _memory()
    return Measured(
        passages=len(generation.passages),
        sentences=len(generation.sentences),
        load=load,
        median=float(np.median(seconds)),
        percentile_95=float(np.percentile(seconds, 95)),
        passage_recall=_recall(generation, encoder, questions, generation.passage_vectors),
        sentence_recall=_recall(generation, encoder, questions, generation.sentence_vectors),
        memory=memory,
        private_memory=private,
        disk=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )


def _memory() -> tuple[int, int]:
    """Resident memory of this process, and the part of it that is not of mapped files, in bytes."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{os.getpid()}/status").read_text().splitlines())
    resident, private = (int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "RssAnon"))
    return resident, private


def _recall(generation: Generation, encoder: Encoder, questions: Sequence[str], index: Any) -> float:
    """The share of the ten rows really nearest to each question that ``index`` finds."""
    centre = generation.centres.question_centre("en")
    vectors = unit(encoder.encode_questions(questions) - centre)
    nearest = _nearest(index, vectors)
    found = [index.search(vector, _NEAREST)[0] for vector in vectors]
    return float(np.mean([len(np.intersect1d(*pair)) / _NEAREST for pair in zip(found, nearest, strict=True)]))


def _nearest(index: LargeIndex, questions: NDArray[np.float32]) -> NDArray[np.int64]:
    """The rows that are nearest when every one is looked at, some thousands at a time."""
    rows = np.empty((len(questions), 0), dtype=np.int64)
    scores = np.empty((len(questions), 0), dtype=np.float32)
    for first in range(0, len(index), 20_000):
        block = np.arange(first, min(first + 20_000, len(index)), dtype=np.int64)
        rows = np.concatenate([rows, np.broadcast_to(block, (len(questions), len(block)))], axis=1)
        scores = np.concatenate([scores, questions @ index.vectors(block).T], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :_NEAREST]
        rows, scores = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
    return rows


def plot(found: Sequence[Measured], path: Path) -> None:
    """Draw the median of questions and the memory against the number of passages."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [one.passages for one in found]
    left.plot(sizes, [1000 * one.median for one in found], marker="o", label="median")
    left.plot(sizes, [1000 * one.percentile_95 for one in found], marker="o", linestyle="--", label="95th percentile")
    left.set(xscale="log", xlabel="passages", ylabel="ms a question", ylim=(0, None))
    right.plot(sizes, [one.memory / 1e9 for one in found], marker="o", label="resident")
    right.plot(
        sizes, [one.private_memory / 1e9 for one in found], marker="o", linestyle="--", label="not of mapped files"
    )
    right.set(xscale="log", xlabel="passages", ylabel="GB of memory", ylim=(0, None))
    for axes in (left, right):
        axes.legend(frameon=False)
        axes.grid(alpha=0.3)
    figure.savefig(path)


if __name__ == "__main__":
    sys.exit(main())
