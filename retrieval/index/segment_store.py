"""How a segment lies on disk: written once, under a name made from its content, and checked when it is read."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus.durable import publish_folder
from retrieval.errors import IndexDamaged
from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.segment import Segment
from retrieval.index.texts import read_documents, write_documents
from retrieval.index.vector_index import Clusters, Tuning
from retrieval.index.word_index import Postings

if TYPE_CHECKING:
    from numpy.typing import NDArray

# From so many rows on a segment has clusters.
CLUSTERED_FROM: Final = 50_000
# Larger files of numbers are not read whole at every start, only by `rapporteur check`; texts always are.
_READ_AT_START: Final = 64 * 2**20
_LIST: Final = "files.json"
_TUNING: Final = "clusters.json"
_CLUSTERS: Final = ("passages.ivf", "sentences.ivf")
_ARRAYS: Final = (
    "passages",
    "sentences",
    "passage_keys",
    "passage_codes",
    "passage_scales",
    "sentence_codes",
    "sentence_scales",
    "token_codes",
    "token_starts",
    "posting_starts",
    "posting_passages",
    "posting_counts",
    "passage_lengths",
)
# Looked at in a few places for a question, or only while a generation is put together.
_MAPPED: Final = frozenset({"token_codes", "passage_codes", "sentence_codes", "posting_passages", "posting_counts"})
_NUMBERS: Final = frozenset({*_CLUSTERS, *(f"{name}.npy" for name in _ARRAYS)})


def save_segment(segment: Segment, folder: Path) -> str:
    """Write ``segment`` below ``folder``, under a name made from its content, and return that name.

    A segment of that name which is already there is the same one, and is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        _write(segment, temporary)
        name = _list_files(temporary)
        if (folder / name).exists():
            shutil.rmtree(temporary)
        else:
            publish_folder(temporary, folder / name)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return name


def _write(segment: Segment, folder: Path) -> None:
    write_documents(segment.documents, folder)
    (folder / "terms.json").write_text(json.dumps(segment.postings.terms, ensure_ascii=False), encoding="utf-8")
    arrays: tuple[NDArray[Any], ...] = (
        segment.passages,
        segment.sentences,
        segment.passage_keys,
        segment.passage_vectors.codes,
        segment.passage_vectors.scales,
        segment.sentence_vectors.codes,
        segment.sentence_vectors.scales,
        segment.token_codes,
        segment.token_starts,
        segment.postings.starts,
        segment.postings.passages,
        segment.postings.counts,
        segment.postings.lengths,
    )
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    _write_clusters(segment, folder)


def _write_clusters(segment: Segment, folder: Path) -> None:
    """Clusters of passages and of sentences, each where there are many, tuned with vectors of the other."""
    kinds = (segment.passage_vectors, segment.sentence_vectors)
    found: dict[str, Any] = {}
    for name, vectors, others in zip(_CLUSTERS, kinds, reversed(kinds), strict=True):
        if len(vectors) >= CLUSTERED_FROM:
            found[name] = asdict(Clusters.make(vectors, others, folder / name))
    (folder / _TUNING).write_text(json.dumps(found), encoding="utf-8")


def load_segment(folder: Path, *, whole: bool = False) -> Segment:
    """Read a segment, checking first that its files are those that were written; very large ones only if ``whole``.

    Raises:
        IndexDamaged: a file is missing or not what was written.
    """
    try:
        _check(folder, whole=whole)
        documents = read_documents(folder)
        words = tuple(json.loads((folder / "terms.json").read_text(encoding="utf-8")))
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r" if name in _MAPPED else None, allow_pickle=False)
            for name in _ARRAYS
        }
        tunings = tunings_of(folder)
        clusters = [Clusters(folder / name, tunings[name].probes) if name in tunings else None for name in _CLUSTERS]
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise IndexDamaged(_damaged(folder)) from error
    return Segment(
        documents=documents,
        passages=arrays["passages"],
        sentences=arrays["sentences"],
        passage_keys=arrays["passage_keys"],
        passage_vectors=CompactVectors(arrays["passage_codes"], arrays["passage_scales"]),
        sentence_vectors=CompactVectors(arrays["sentence_codes"], arrays["sentence_scales"]),
        token_codes=arrays["token_codes"],
        token_starts=arrays["token_starts"],
        postings=Postings(
            terms=words,
            starts=arrays["posting_starts"],
            passages=arrays["posting_passages"],
            counts=arrays["posting_counts"],
            lengths=arrays["passage_lengths"],
        ),
        clusters=(clusters[0], clusters[1]),
    )


def tunings_of(folder: Path) -> dict[str, Tuning]:
    """How the clusters of a segment were tuned, by the name of their file; none where it has none.

    Raises:
        OSError, ValueError, TypeError: that cannot be read.
    """
    found = json.loads((folder / _TUNING).read_text(encoding="utf-8"))
    return {str(name): Tuning(**tuning) for name, tuning in found.items()}


def _list_files(folder: Path) -> str:
    """Write down the sizes and digests of all files in ``folder``, and return the digest of that list."""
    files = {path.name: [path.stat().st_size, _digest(path)] for path in sorted(folder.iterdir())}
    (folder / _LIST).write_text(json.dumps(files, indent=0), encoding="utf-8")
    return _digest(folder / _LIST)[:32]


def _check(folder: Path, *, whole: bool) -> None:
    """Compare the files in ``folder`` with their list, and that with the name of the folder."""
    if _digest(folder / _LIST)[:32] != folder.name:
        raise IndexDamaged(_damaged(folder))
    files = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    if {path.name for path in folder.iterdir()} != {*files, _LIST}:
        raise IndexDamaged(_damaged(folder))
    for name, (size, digest) in files.items():
        path = folder / name
        is_read = whole or name not in _NUMBERS or size <= _READ_AT_START
        if path.stat().st_size != size or (is_read and _digest(path) != digest):
            raise IndexDamaged(_damaged(folder))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(folder: Path) -> str:
    return (
        f"The index is damaged: its part {folder.name} is not what was written; "
        "run `rapporteur index --rebuild` to build it anew from the documents."
    )
