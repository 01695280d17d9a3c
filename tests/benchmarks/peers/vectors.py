"""The vectors of a corpus, computed once by the encoder in float32, and the indexes of the systems made of them."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from tests.benchmarks.peers.programs import BenchmarkError, Program, ProgramFailed
from tests.benchmarks.peers.systems import PeerSystem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.benchmarks.peers.corpora import Corpus
    from tests.benchmarks.peers.results import Result
    from tests.benchmarks.peers.systems import System

_AT_ONCE = 256


def vectors_of(corpus: Corpus, encoder: PeerSystem) -> Path:
    """The .npy file of the passages' vectors, float32, a row a passage; computed where it is not there yet.

    Raises:
        BenchmarkError: the encoder's program fails.
    """
    digest = hashlib.sha256((encoder.model / "unpacked.json").read_bytes() + corpus.passage_file.read_bytes())
    target = corpus.folder / f"vectors-{digest.hexdigest()[:16]}.npy"
    if target.exists():
        return target
    partial = corpus.folder / "partial.npy"
    try:
        np.save(partial, np.concatenate(list(_encoded(corpus, encoder, partial))))
    except ProgramFailed as error:
        raise BenchmarkError(f"The encoder by itself cannot encode the passages: {error}.") from None
    partial.replace(target)
    return target


def _encoded(corpus: Corpus, encoder: PeerSystem, partial: Path) -> Iterator[NDArray[np.float32]]:
    """The vectors of some passages after another, each of which the program leaves in the file ``partial``."""
    with (
        Program(encoder.call(), corpus.folder) as program,
        tqdm(total=len(corpus.passages), desc="Encoding for the others", ncols=80) as bar,
    ):
        for first in range(0, len(corpus.passages), _AT_ONCE):
            last = min(first + _AT_ONCE, len(corpus.passages))
            program.request("encode", passages=str(corpus.passage_file), first=first, last=last, vectors=str(partial))
            yield np.load(partial)
            bar.update(last - first)


def fill(systems: Sequence[System], results: Mapping[str, Result], vectors: Sequence[tuple[Corpus, Path]]) -> None:
    """Make the indexes of every system in an environment of its own, of each corpus with its vectors."""
    for system in tqdm(systems, desc="Filling indexes", ncols=80):
        if isinstance(system, PeerSystem) and results[system.name].failed is None:
            with results[system.name].guarded(), Program(system.call(), vectors[0][0].folder) as program:
                results[system.name].versions.update(program.request("versions"))
                for corpus, file in vectors:
                    folder = system.index_folder(corpus)
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.parent.mkdir(exist_ok=True)
                    passages = str(corpus.passage_file)
                    program.request("fill", passages=passages, vectors=str(file), folder=str(folder))
