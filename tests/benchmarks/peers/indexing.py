"""How fast each system indexes a sample, in parts that go round the systems.

Each is loaded, and has indexed a sentence, before its time counts. Rapporteur's counts from when it has read and split
the files and loaded its encoder until its index is on disk, for the others are given passages; theirs from when they
are given these until their index is on disk. Rapporteur encodes each passage and then, by itself, each sentence, and so
more tokens for as many passages: both rates are kept.
"""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tqdm import tqdm

from bot.settings import starter_folder
from corpus.folders import RULES_NAME, SIDECAR_SUFFIX
from tests.benchmarks.peers.corpora import Corpus, rapporteur_variables, read_corpus
from tests.benchmarks.peers.programs import Program
from tests.benchmarks.peers.protocol import Passage, write_passages
from tests.benchmarks.peers.systems import RAPPORTEUR, PeerSystem, RapporteurSystem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bot.settings import Settings
    from tests.benchmarks.peers.corpora import Questions
    from tests.benchmarks.peers.results import Result
    from tests.benchmarks.peers.systems import System

_PARTS = 3
_FIRST = Passage("first", "first", "The first text is read before any time is taken.")


@dataclass(slots=True)
class Indexed:
    """What a system has indexed so far, and how long that took."""

    seconds: float = 0.0
    passages: int = 0
    tokens: int = 0

    def add(self, seconds: float, passages: int, tokens: int) -> None:
        """So much more was indexed."""
        self.seconds += seconds
        self.passages += passages
        self.tokens += tokens

    def rates(self) -> dict[str, float]:
        """Passages and tokens a second."""
        return {"passages": self.passages / self.seconds, "tokens": self.tokens / self.seconds}


def sample_parts(questions: Questions, corpus: Corpus, passages: int, folder: Path) -> list[Path]:
    """Folders with copies of documents of ``corpus`` that have about so many passages, those of the questions first."""
    counts: dict[str, int] = {}
    for passage in corpus.passages:
        counts[passage.document] = counts.get(passage.document, 0) + 1
    sources = [*([starter_folder()] if questions.starter else []), *questions.folders]
    own = [name for name in sorted(counts) if any((source / name).is_file() for source in sources)]
    parts: list[Path] = []
    held = passages
    for name in own:
        if held >= passages / _PARTS:
            if len(parts) == _PARTS:
                break
            parts.append(folder / f"part-{len(parts) + 1}")
            parts[-1].mkdir(parents=True)
            held = 0
        _copy(next(source for source in sources if (source / name).is_file()), name, parts[-1])
        held += counts[name]
    return parts


def _copy(source: Path, name: str, target: Path) -> None:
    """Copy a document with what is stated beside it and for its folder."""
    for file in (name, name + SIDECAR_SUFFIX, RULES_NAME):
        if (source / file).is_file():
            shutil.copyfile(source / file, target / file)


def measure_indexing(
    systems: Sequence[System],
    results: Mapping[str, Result],
    encoder: PeerSystem,
    settings: Settings,
    folder: Path,
    parts: Sequence[Path],
) -> None:
    """Let each system index the files, or the passages made of them, of one part after another.

    Rapporteur does so where it is not among the systems too, since the others' passages are its own.

    Raises:
        ProgramFailed: the program of Rapporteur fails, or that which counts the tokens.
    """
    primer = folder / "primer"
    primer.mkdir(parents=True)
    (primer / "first.txt").write_text(_FIRST.text + "\n", encoding="utf-8")
    write_passages([_FIRST], folder / "first.jsonl")
    variables = rapporteur_variables(settings, folder / "data", [primer, *parts], starter=False)
    peers = [one for one in systems if isinstance(one, PeerSystem) and results[one.name].failed is None]
    sums: dict[str, Indexed] = {}
    with ExitStack() as stack:
        counter = stack.enter_context(Program(encoder.call(), folder))
        call = RapporteurSystem().call(Corpus(folder, variables, (), {}, (), {}))
        own = stack.enter_context(Program(call, folder))
        own.request("index", folders=[str(primer)])
        programs: dict[str, Program] = {}
        for peer in peers:
            with results[peer.name].guarded():
                programs[peer.name] = stack.enter_context(Program(peer.call(), folder))
                _index(programs[peer.name], folder / "first.jsonl", folder / f"{peer.name}-first")
        for number, part in enumerate(tqdm(parts, desc="Indexing", ncols=80), 1):
            took = own.request("index", folders=[str(one) for one in (primer, *parts[:number])])
            corpus = read_corpus(folder, variables, {path.name for path in part.iterdir()})
            write_passages(corpus.sentences, folder / "sentences.jsonl")
            tokens = counter.request("count_tokens", passages=str(corpus.passage_file))
            beside = counter.request("count_tokens", passages=str(folder / "sentences.jsonl"))
            sums.setdefault(RAPPORTEUR, Indexed()).add(took, len(corpus.passages), tokens + beside)
            for peer in peers:
                if results[peer.name].failed is None:
                    with results[peer.name].guarded():
                        target = folder / f"{peer.name}-{number}"
                        took = _index(programs[peer.name], corpus.passage_file, target)
                        sums.setdefault(peer.name, Indexed()).add(took, len(corpus.passages), tokens)
    for name, done in sums.items():
        if name in results:
            results[name].values.update(done.rates())


def _index(program: Program, passages: Path, target: Path) -> float:
    started = time.perf_counter()
    program.request("index", passages=str(passages), folder=str(target))
    return time.perf_counter() - started
