"""Bringing the index up to date: only what changed is read, split and encoded; the rest is carried over."""

from __future__ import annotations

import contextlib
import fcntl
import time
from typing import TYPE_CHECKING

from corpus.extraction import Extractor
from corpus.sources import find_sources, remove_unused
from retrieval.encoders.languages import Anchors
from retrieval.errors import IndexBusy, IndexDamaged, IndexMissing, NoDocuments
from retrieval.index.changes import Changes, Progress, Survey
from retrieval.index.encoded import Encoded
from retrieval.index.erasing import purge
from retrieval.index.generation import GenerationStore, Manifest, Stock, generation_id
from retrieval.index.joining import carried, merge_segments
from retrieval.index.reports import IndexReport, Outcome
from retrieval.index.segment import IndexedDocument, Segment, build_segment, sample, work
from retrieval.index.segment_store import load_segment, save_segment
from retrieval.index.storage import storage
from retrieval.index.unfinished import Unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence, Set
    from pathlib import Path

    from corpus.library import Library
    from retrieval.encoders.encoder import Encoder

_MOST_SEGMENTS = 8
_MOST_WITHDRAWN = 0.3
# Bytes of token vectors that an index may hold, of some 140,000 passages. What is added beyond has none.
_MOST_TOKENS = 4 * 2**30
# Code points of documents that are encoded between two writes to disk: about a minute's work.
_PORTION = 400_000


def update_index(
    store: GenerationStore,
    library: Library,
    folders: Sequence[Path],
    encoder_identity: str,
    load_encoder: Callable[[Sequence[str]], Encoder],
    progress: Progress,
    *,
    extractor: Extractor | None = None,
    stock: Stock | None = None,
    rebuild: bool = False,
    keep: int = 0,
) -> IndexReport:
    """Make the index hold what ``folders`` and the files sent to the ``library`` hold, and the library list it.

    The encoder is loaded only where there is something to encode. ``extractor`` reads the files, a new one unless
    given; ``stock`` saves reading the current index where its manifest is the current one; ``rebuild`` leaves nothing
    over from an earlier index, which need not be readable; ``keep`` is how many generations before this one are kept.

    Raises:
        NoDocuments: no file could be read, or there is none; the index stays as it was.
        IndexDamaged: the index on disk cannot be used; nothing is changed.
        IndexBusy: another process is indexing here.
        FolderError: a folder is missing.
        EncoderError: the encoder cannot be loaded.
        StorageFailed: the disk is full or cannot be written, or memory ran out; the index stays as it was.
    """
    started = time.perf_counter()
    with storage(store.folder, "indexing"), index_lock(store), contextlib.ExitStack() as stack:
        reader = stack.enter_context(Extractor()) if extractor is None else extractor
        live = None if rebuild else _current(store, encoder_identity, stock)
        documents = live.documents() if live else {}
        sources = find_sources([*folders, library.sent], library.unpacked, reader)
        if not sources.sources and not sources.refused:
            raise NoDocuments(f"There is no file in {_listed(folders)}; put documents there and index again.")
        changes = Survey(library, documents, reader).look_at(sources, progress)
        fingerprints = [(name, documents[name].fingerprint) for name in changes.kept]
        fingerprints += [(name, entry.fingerprint) for name, entry in changes.read.items()]
        if not fingerprints:
            first = next((report for report in changes.reports if report.outcome is Outcome.REFUSED), None)
            reason = f"; the first: {first.reason}" if first else "."
            raise NoDocuments(f"No file in {_listed(folders)} could be read{reason}")
        identifier = generation_id(fingerprints, encoder_identity)
        unfinished = Unfinished(store, encoder_identity)
        is_new = live is None or identifier != live.manifest.id
        manifest = live.manifest if live else None
        if is_new:
            segments, withdrawn = _prepared(store, live, changes, encoder_identity, unfinished, load_encoder, progress)
            manifest = Manifest(identifier, encoder_identity, tuple(segments), withdrawn)
        library.record(changes.recorded, _gone(library, changes), changes.back)
        if manifest is not None and (is_new or manifest.pinned):
            store.publish(Manifest(manifest.id, manifest.encoder, manifest.segments, manifest.withdrawn), keep=keep)
        unfinished.clear()
        purge(store, library)
        store.remove_unused()
        remove_unused(library.unpacked, sources.unpacked)
    return IndexReport(identifier, time.perf_counter() - started, tuple(changes.reports))


def _gone(library: Library, changes: Changes) -> list[str]:
    """The documents that the library lists and no folder has any more."""
    there = {report.document for report in changes.reports if report.outcome is not Outcome.WITHDRAWN}
    return [id for id in library.entries() if id not in there and id not in changes.kept]


@contextlib.contextmanager
def index_lock(store: GenerationStore) -> Iterator[None]:
    """Hold the index for one process that changes it; the system lets go of it when the process ends, however it ends.

    Raises:
        IndexBusy: another process holds it.
    """
    store.folder.mkdir(parents=True, exist_ok=True)
    with (store.folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexBusy("Another process is indexing the same data directory; try again when it is done.") from None
        yield


def _current(store: GenerationStore, encoder_identity: str, stock: Stock | None) -> Stock | None:
    """What is indexed now; None where there is no index yet.

    Raises:
        IndexDamaged: it cannot be used, or was made by another encoder.
    """
    try:
        manifest = store.current()
    except IndexMissing:
        return None
    if manifest.encoder != encoder_identity:
        raise IndexDamaged(
            f"The index was made by another encoder ({manifest.encoder}, not {encoder_identity}); "
            "set RAPPORTEUR_EMBEDDING_MODEL back, or run `rapporteur index --rebuild` to encode everything anew."
        )
    return stock if stock is not None and stock.manifest == manifest else store.read(manifest)


def _prepared(
    store: GenerationStore,
    live: Stock | None,
    changes: Changes,
    encoder_identity: str,
    unfinished: Unfinished,
    load_encoder: Callable[[Sequence[str]], Encoder],
    progress: Progress,
) -> tuple[dict[str, Segment], dict[str, frozenset[str]]]:
    """The segments of the new generation, on disk, and for each the documents in it that no longer count."""
    segments: dict[str, Segment] = {}
    withdrawn: dict[str, frozenset[str]] = {}
    for name, (segment, gone) in zip(live.manifest.segments, live.segments, strict=True) if live else ():
        segments[name], withdrawn[name] = segment, _all_but(segment, changes.kept - gone)
    before = live.documents() if live else {}
    new = dict(changes.read)
    same = {id: entry for id, entry in new.items() if id in before and _reads_alike(before[id], entry)}
    if live is not None and same:
        segment = carried(live.segments, same)
        name = save_segment(segment, store.segments_folder)
        segments[name], withdrawn[name] = segment, frozenset()
    for name, segment in unfinished.segments().items():
        wanted = {entry.document.id for entry in segment.documents if _is_wanted(entry, new)} - same.keys()
        segments[name], withdrawn[name] = segment, _all_but(segment, wanted)
        new = {id: entry for id, entry in new.items() if id not in wanted}
    left = [entry for id, entry in new.items() if id not in same]
    encoded = Encoded(list(segments.values()))
    for segment in _encoded(store, encoded, live, left, encoder_identity, load_encoder, progress):
        name = save_segment(segment, store.segments_folder)
        unfinished.add(name)
        segments[name], withdrawn[name] = segment, frozenset()
        for several in unfinished.to_merge():
            merged = merge_segments([(segments.pop(one), withdrawn.pop(one)) for one in several])
            name = save_segment(merged, store.segments_folder)
            unfinished.merge(several, name)
            segments[name], withdrawn[name] = load_segment(store.segments_folder / name), frozenset()
    return _compacted(store, segments, withdrawn)


def _all_but(segment: Segment, wanted: Set[str]) -> frozenset[str]:
    return frozenset(entry.document.id for entry in segment.documents) - wanted


def _is_wanted(entry: IndexedDocument, new: Mapping[str, IndexedDocument]) -> bool:
    """Whether a document of a run that was not finished is just what was read now."""
    found = new.get(entry.document.id)
    return found is not None and found.fingerprint == entry.fingerprint


def _encoded(
    store: GenerationStore,
    encoded: Encoded,
    live: Stock | None,
    new: Sequence[IndexedDocument],
    encoder_identity: str,
    load_encoder: Callable[[Sequence[str]], Encoder],
    progress: Progress,
) -> Iterator[Segment]:
    """Segments of the documents ``new``, one after another, each small enough to lose little by a kill."""
    if not new:
        return
    encoder = load_encoder(sample(new))
    if not store.has_anchors(encoder_identity):
        store.save_anchors(encoder_identity, Anchors.measure(encoder))
    anchors = store.load_anchors(encoder_identity)
    held = sum(segment.token_codes.nbytes for segment, _ in live.segments) if live else 0
    progress.start("encoding", work(new))
    for documents in _portions(new):
        segment = build_segment(
            documents, encoder, anchors, progress.advance, keep_tokens=held < _MOST_TOKENS, encoded=encoded
        )
        held += segment.token_codes.nbytes
        yield segment


def _portions(new: Sequence[IndexedDocument]) -> Iterator[list[IndexedDocument]]:
    """``new`` in order, in portions of about a minute's work."""
    portion: list[IndexedDocument] = []
    length = 0
    for entry in new:
        portion.append(entry)
        length += len(entry.document.text)
        if length >= _PORTION:
            yield portion
            portion, length = [], 0
    if portion:
        yield portion


def _reads_alike(one: IndexedDocument, other: IndexedDocument) -> bool:
    """Whether two versions of a document are split and encoded in the same way."""
    first, second = one.document, other.document
    return (first.text, first.blocks, first.metadata.title, first.metadata.language) == (
        second.text,
        second.blocks,
        second.metadata.title,
        second.metadata.language,
    )


def _compacted(
    store: GenerationStore, segments: Mapping[str, Segment], withdrawn: Mapping[str, frozenset[str]]
) -> tuple[dict[str, Segment], dict[str, frozenset[str]]]:
    """Drop empty segments, and merge all where much is withdrawn, or all but the largest where they are many."""
    used = {
        name: segment
        for name, segment in segments.items()
        if any(entry.document.id not in withdrawn[name] for entry in segment.documents)
    }
    total = sum(len(segment.documents) for segment in used.values())
    gone = sum(len(withdrawn[name]) for name in used)
    by_size = sorted(used, key=lambda name: (-len(used[name].documents), name))
    if gone > _MOST_WITHDRAWN * total:
        kept, merged = [], by_size
    elif len(used) > _MOST_SEGMENTS:
        kept, merged = by_size[:1], by_size[1:]
    else:
        kept, merged = list(used), []
    found = {name: used[name] for name in kept}
    if merged:
        segment = merge_segments([(used[name], withdrawn[name]) for name in merged])
        found[save_segment(segment, store.segments_folder)] = segment
    return found, {name: withdrawn[name] for name in kept if withdrawn[name]}


def _listed(folders: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in folders)
