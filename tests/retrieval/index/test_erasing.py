"""Purging writes anew what holds an erased document, drops earlier generations that do, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from corpus.erasure import erase_document
from corpus.library import Library
from retrieval.engine import load_current
from retrieval.errors import IndexDamaged
from retrieval.index.erasing import purge
from retrieval.index.generation import GenerationStore, Manifest, generation_id
from retrieval.index.segment import IndexedDocument, build_segment
from retrieval.index.segment_store import save_segment
from tests.corpus.shelf import recorded
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = document("one", "A corridor was opened near the bridge.")
TWO = document("two", "Lists of prisoners were exchanged.")
SECRET = document("secret", "The envoys met in a villa.")
OLD_SECRET = replace(SECRET, fingerprint="old")
ADMIN = "4711"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library that lists all of them."""
    with Library.open(tmp_path / "library") as library:
        library.record([recorded(entry.document.id, entry.document.text) for entry in (ONE, TWO, SECRET)], gone=())
        yield library


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    """An empty store."""
    store = GenerationStore(tmp_path / "index")
    store.folder.mkdir()
    store.save_anchors(WordEncoder.identity, anchors())
    return store


def publish(store: GenerationStore, *segments: list[IndexedDocument], gone: frozenset[str] = frozenset()) -> Manifest:
    """Make a generation of these segments current; ``gone`` no longer counts in any of them."""
    names = [save_segment(build_segment(one, WordEncoder(), anchors()), store.segments_folder) for one in segments]
    marks = [(entry.document.id, entry.fingerprint) for one in segments for entry in one]
    manifest = Manifest(
        generation_id([mark for mark in marks if mark[0] not in gone], WordEncoder.identity),
        WordEncoder.identity,
        tuple(names),
        {name: gone for name, one in zip(names, segments, strict=True) if gone & {entry.document.id for entry in one}},
    )
    store.publish(manifest, keep=9)
    return manifest


def held(store: GenerationStore) -> str:
    """All the text in the segments' files."""
    files = ("documents.jsonl", "texts.bin", "blocks.bin")
    folders = store.segments_folder.iterdir()
    return "".join((folder / file).read_text(encoding="utf-8") for folder in folders for file in files)


def test_where_nothing_is_erased_nothing_is_touched(store: GenerationStore, library: Library) -> None:
    first, second = publish(store, [ONE, SECRET]), publish(store, [ONE], [SECRET, TWO])
    files = sorted(store.folder.rglob("*"))
    library.withdraw("secret", ADMIN)
    purge(store, library)
    assert (store.current(), store.previous()) == (second, (first,))
    assert sorted(store.folder.rglob("*")) == files


def test_without_an_index_there_is_nothing_to_purge(store: GenerationStore, library: Library) -> None:
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    assert not store.current_file.exists()


def test_a_segment_that_holds_it_is_written_anew_and_the_others_are_left(
    store: GenerationStore, library: Library
) -> None:
    manifest = publish(store, [ONE], [SECRET, TWO])
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    now = store.current()
    assert now.segments[0] == manifest.segments[0]
    assert now.segments[1] != manifest.segments[1]
    assert load_current(store).documents() == {"one": ONE, "two": TWO}
    assert now.id == generation_id([("one", ONE.fingerprint), ("two", TWO.fingerprint)], WordEncoder.identity)
    assert {folder.name for folder in store.segments_folder.iterdir()} == set(now.segments)
    assert "villa" not in held(store)


def test_it_is_purged_where_it_was_a_tombstone_and_other_tombstones_are_swept_with_it(
    store: GenerationStore, library: Library
) -> None:
    manifest = publish(store, [SECRET, ONE, TWO], gone=frozenset({"secret", "two"}))
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    assert store.current().withdrawn == {}
    assert store.current().id == manifest.id
    assert load_current(store).documents() == {"one": ONE}
    assert "villa" not in held(store)


def test_a_segment_that_holds_nothing_else_is_dropped_with_its_tombstones(
    store: GenerationStore, library: Library
) -> None:
    manifest = publish(store, [SECRET, TWO], [ONE], gone=frozenset({"two"}))
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    assert store.current().segments == manifest.segments[1:]
    assert store.current().withdrawn == {}
    assert load_current(store).documents() == {"one": ONE}


def test_an_earlier_generation_that_holds_it_is_dropped_and_one_that_does_not_is_kept(
    store: GenerationStore, library: Library
) -> None:
    without = publish(store, [TWO])
    publish(store, [OLD_SECRET], [TWO])
    now = publish(store, [ONE], [TWO])
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    assert store.current() == now
    assert store.previous() == (without,)
    assert "villa" not in held(store)
    assert store.go_back().id == without.id


def test_an_earlier_generation_that_cannot_be_read_is_dropped(store: GenerationStore, library: Library) -> None:
    earlier = publish(store, [OLD_SECRET])
    publish(store, [ONE])
    (store.segments_folder / earlier.segments[0] / "terms.json").unlink()
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    assert store.previous() == ()
    assert "villa" not in held(store)


def test_purging_twice_changes_nothing_more(store: GenerationStore, library: Library) -> None:
    publish(store, [ONE], [SECRET, TWO])
    erase_document(library, "secret", ADMIN)
    purge(store, library)
    now = store.current()
    purge(store, library)
    assert store.current() == now


def test_an_index_that_cannot_be_read_is_an_error(store: GenerationStore, library: Library) -> None:
    manifest = publish(store, [ONE, SECRET])
    (store.segments_folder / manifest.segments[0] / "terms.json").unlink()
    erase_document(library, "secret", ADMIN)
    with pytest.raises(IndexDamaged):
        purge(store, library)
