"""Bringing the index up to date: only what changed is read, split and encoded; the rest is carried over."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from corpus.errors import UnreadableFile
from corpus.extraction import Extractor
from corpus.folders import find_files, sidecar_of
from corpus.reading import EXTRACTOR_VERSION, document
from retrieval.errors import IndexBusy, IndexDamaged, IndexMissing, NoDocuments
from retrieval.generation import GenerationStore, Manifest, generation_id
from retrieval.languages import Anchors
from retrieval.segment import IndexedDocument, Segment, build_segment, load_segment, merge_segments, save_segment, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from retrieval.encoder import Encoder

_MOST_SEGMENTS = 8
_MOST_WITHDRAWN = 0.3
# Bytes of token vectors that an index may hold, of some 140,000 passages. What is added beyond has none.
_MOST_TOKENS = 4 * 2**30


class Outcome(StrEnum):
    """What became of a file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of the folders, or one that is no longer there; ``reason`` where it was refused or read with a doubt."""

    file: str
    document: str
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an update did."""

    generation: str
    seconds: float
    files: tuple[FileReport, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as the command line prints it."""
        return {
            "generation": self.generation,
            "seconds": round(self.seconds, 3),
            "files": [{"file": file.file, "outcome": file.outcome.value, "reason": file.reason} for file in self.files],
        }


class Progress(Protocol):
    """What is told how far an update is."""

    def start(self, stage: str, total: int) -> None:
        """A stage ("reading" or "encoding") of ``total`` steps begins."""

    def advance(self, steps: int) -> None:
        """So many more steps are done."""


@dataclass(frozen=True, slots=True)
class _Live:
    """The documents of the current generation, with the segments that hold them."""

    manifest: Manifest | None
    segments: Mapping[str, Segment]
    documents: Mapping[str, IndexedDocument]


def update_index(
    store: GenerationStore,
    folders: Sequence[Path],
    encoder_identity: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
    *,
    rebuild: bool = False,
) -> IndexReport:
    """Make the index hold what ``folders`` hold. The encoder is loaded only where there is something to encode.

    ``rebuild`` leaves nothing over from an earlier index, which need not be readable.

    Raises:
        NoDocuments: no file could be read, or there is none; the index stays as it was.
        IndexDamaged: the index on disk cannot be used; nothing is changed.
        IndexBusy: another process is indexing here.
        FolderError: a folder is missing.
        EncoderError: the encoder cannot be loaded.
    """
    started = time.perf_counter()
    store.folder.mkdir(parents=True, exist_ok=True)
    with _lock(store.folder / "lock"):
        live = _Live(None, {}, {}) if rebuild else _current(store, encoder_identity)
        files = find_files(folders)
        if not files:
            raise NoDocuments(f"There is no file in {_listed(folders)}; put documents there and index again.")
        read, reports = _read_changed(files, live, progress)
        kept = {report.document for report in reports if report.document in live.documents} - read.keys()
        reports += [
            FileReport(entry.document.file, name, Outcome.WITHDRAWN)
            for name, entry in sorted(live.documents.items())
            if name not in kept and name not in read
        ]
        fingerprints = [(name, live.documents[name].fingerprint) for name in kept]
        fingerprints += [(name, entry.fingerprint) for name, entry in read.items()]
        if not fingerprints:
            refused = next(report for report in reports if report.outcome is Outcome.REFUSED)
            raise NoDocuments(f"No file in {_listed(folders)} could be read; the first: {refused.reason}")
        identifier = generation_id(fingerprints, encoder_identity)
        if live.manifest is None or identifier != live.manifest.id:
            _write(store, live, kept, list(read.values()), identifier, encoder_identity, load_encoder, progress)
    return IndexReport(identifier, time.perf_counter() - started, tuple(reports))


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the folder for one indexing process; the system lets go of it when the process ends, however it ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexBusy("Another process is indexing the same data directory; try again when it is done.") from None
        yield


def _current(store: GenerationStore, encoder_identity: str) -> _Live:
    """What is indexed now; nothing where there is no index yet.

    Raises:
        IndexDamaged: it cannot be used, or was made by another encoder or split by another version.
    """
    try:
        manifest = store.current()
    except IndexMissing:
        return _Live(None, {}, {})
    if manifest.encoder != encoder_identity:
        raise IndexDamaged(
            f"The index was made by another encoder ({manifest.encoder}, not {encoder_identity}); "
            "set RAPPORTEUR_EMBEDDING_MODEL back, or run `rapporteur index --rebuild` to encode everything anew."
        )
    segments = {name: load_segment(store.segments_folder / name) for name in manifest.segments}
    documents = {
        entry.document.id: entry
        for name, segment in segments.items()
        for entry in segment.documents
        if entry.document.id not in manifest.withdrawn.get(name, frozenset())
    }
    fingerprints = [(name, entry.fingerprint) for name, entry in documents.items()]
    if generation_id(fingerprints, manifest.encoder) != manifest.id:
        raise IndexDamaged(
            "The index was split by another version of this program, or is damaged; "
            "run `rapporteur index --rebuild` to build it anew from the documents."
        )
    return _Live(manifest, segments, documents)


def _read_changed(
    files: Sequence[tuple[str, Path]], live: _Live, progress: Progress
) -> tuple[dict[str, IndexedDocument], list[FileReport]]:
    """Read the files that are new or changed; each file gets its report."""
    read: dict[str, IndexedDocument] = {}
    reports: list[FileReport] = []
    progress.start("reading", len(files))
    with Extractor() as extractor:
        for name, path in files:
            known = live.documents.get(name)
            try:
                mark = fingerprint(path)
                if known is not None and known.fingerprint == mark:
                    reports.append(FileReport(str(path), name, Outcome.UNCHANGED))
                    continue
                reading = extractor.read(path)
            except UnreadableFile as error:
                reason = f"{str(error).removesuffix('.')}; its earlier version is kept." if known else str(error)
                reports.append(FileReport(str(path), name, Outcome.REFUSED, reason))
            else:
                now = time.time()
                added = known.added if known else now
                read[name] = IndexedDocument(document(reading, path, name), mark, added, now)
                outcome = Outcome.CHANGED if known else Outcome.ADDED
                reports.append(FileReport(str(path), name, outcome, " ".join(reading.extraction.warnings) or None))
            finally:
                progress.advance(1)
    return read, reports


def fingerprint(path: Path) -> str:
    """A digest of a file, its sidecar, and the version of the readers: what a document's index depends on.

    Raises:
        UnreadableFile: the file or its sidecar cannot be opened.
    """
    digest = hashlib.sha256(f"{EXTRACTOR_VERSION}\n".encode())
    sidecar = sidecar_of(path)
    for part in (path, sidecar):
        if part is None:
            continue
        try:
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise UnreadableFile(part, f"cannot be opened ({error.strerror}); check who may read it.") from error
    return digest.hexdigest()[:32]


def _write(
    store: GenerationStore,
    live: _Live,
    kept: set[str],
    read: list[IndexedDocument],
    identifier: str,
    encoder_identity: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> None:
    """Write what is new as a segment, mark what is gone, and make the whole the current generation."""
    segments = dict(live.segments)
    if read:
        encoder = load_encoder()
        progress.start("encoding", sum(map(len, split(read))))
        if not store.has_anchors(encoder_identity):
            store.save_anchors(encoder_identity, Anchors.measure(encoder))
        held = sum(segment.token_codes.nbytes for segment in segments.values())
        anchors = store.load_anchors(encoder_identity)
        added = build_segment(read, encoder, anchors, progress.advance, keep_tokens=held < _MOST_TOKENS)
        segments[save_segment(added, store.segments_folder)] = added
    replaced = {entry.document.id for entry in read}
    withdrawn = {
        name: frozenset(entry.document.id for entry in segment.documents)
        - (kept if name in live.segments else replaced)
        | (live.manifest.withdrawn.get(name, frozenset()) if live.manifest else frozenset())
        for name, segment in segments.items()
    }
    segments, withdrawn = _compacted(store, segments, withdrawn)
    manifest = Manifest(identifier, encoder_identity, tuple(segments), withdrawn)
    store.publish(manifest)
    _remove_unused(store, manifest)


def _compacted(
    store: GenerationStore, segments: Mapping[str, Segment], withdrawn: Mapping[str, frozenset[str]]
) -> tuple[dict[str, Segment], dict[str, frozenset[str]]]:
    """Drop empty segments, and merge all into one where there are many or much in them is withdrawn."""
    used = {
        name: segment
        for name, segment in segments.items()
        if any(entry.document.id not in withdrawn[name] for entry in segment.documents)
    }
    total = sum(len(segment.documents) for segment in used.values())
    gone = sum(len(withdrawn[name]) for name in used)
    if len(used) <= _MOST_SEGMENTS and gone <= _MOST_WITHDRAWN * total:
        return used, {name: withdrawn[name] for name in used if withdrawn[name]}
    merged = merge_segments([(segment, withdrawn[name]) for name, segment in used.items()])
    return {save_segment(merged, store.segments_folder): merged}, {}


def _remove_unused(store: GenerationStore, manifest: Manifest) -> None:
    """Delete the segments that the current generation does not use, and what a killed run left half written."""
    for folder in store.segments_folder.iterdir():
        if folder.name not in manifest.segments:
            shutil.rmtree(folder, ignore_errors=True)


def _listed(folders: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in folders)
