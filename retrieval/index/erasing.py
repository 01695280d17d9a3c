"""Erasing from the index: no segment on disk, of this generation or an earlier one, holds an erased document."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from corpus.erasure import sweep
from corpus.library import State
from retrieval.errors import IndexMissing
from retrieval.index.generation import GenerationStore, Manifest, generation_id
from retrieval.index.joining import merge_segments
from retrieval.index.segment_store import load_segment, save_segment

if TYPE_CHECKING:
    from corpus.library import Library


def purge(store: GenerationStore, library: Library) -> None:
    """Write anew every segment that holds a document the library calls erased, and drop the generations before.

    Call it with the index locked. A kill on the way leaves a document that the library hides, and the next call goes
    on.

    Raises:
        IndexDamaged: the current generation cannot be read.
    """
    sweep(library)
    erased = {id for id, entry in library.entries().items() if entry.state is State.ERASED}
    if not erased:
        return
    try:
        manifest = store.current()
    except IndexMissing:
        # What a run that was killed, or an earlier version, has left may hold them.
        store.remove_all()
        return
    clean = _without(store, manifest, erased)
    if clean != manifest:
        store.publish(clean, keep=0)
    kept = frozenset(clean.segments)
    store.forget_previous(lambda earlier: kept.issuperset(earlier.segments) or not _holds(store, earlier, erased))
    store.remove_unused()


def _without(store: GenerationStore, manifest: Manifest, erased: set[str]) -> Manifest:
    """``manifest`` with each segment that holds an erased document in a form that does not; or the same."""
    segments: list[str] = []
    withdrawn: dict[str, frozenset[str]] = {}
    fingerprints: list[tuple[str, str]] = []
    for name in manifest.segments:
        segment = load_segment(store.segments_folder / name)
        gone = manifest.withdrawn.get(name, frozenset())
        held = {entry.document.id for entry in segment.documents}
        if held & erased:
            if held <= gone | erased:
                continue
            segment = merge_segments([(segment, gone | erased)])
            name, gone = save_segment(segment, store.segments_folder), frozenset()
        segments.append(name)
        withdrawn |= {name: gone} if gone else {}
        fingerprints += [
            (entry.document.id, entry.fingerprint) for entry in segment.documents if entry.document.id not in gone
        ]
    if tuple(segments) == manifest.segments:
        return manifest
    identifier = generation_id(fingerprints, manifest.encoder)
    return dataclasses.replace(manifest, id=identifier, segments=tuple(segments), withdrawn=withdrawn)


def _holds(store: GenerationStore, manifest: Manifest, erased: set[str]) -> bool:
    """Whether a segment of an earlier generation holds an erased document."""
    return any(
        entry.document.id in erased
        for name in manifest.segments
        for entry in load_segment(store.segments_folder / name).documents
    )
