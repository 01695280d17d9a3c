"""A generation is the live documents of its segments, and the store loads it whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import SPLITTER_VERSION
from retrieval.answers.search import find
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.index.generation import FORMAT, Generation, GenerationStore, Manifest, generation_id
from retrieval.index.segment import build_segment
from retrieval.index.segment_store import save_segment
from retrieval.questions.question import understand
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document, generation, generation_of, spoken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CORRIDOR = document("corridor", "A corridor was opened near the bridge. Convoys passed the bridge.")
PRISONERS = document("prisoners", "Lists of prisoners were exchanged in Astana.", "Families waited near the bridge.")
POLOZHENIE = spoken("polozhenie", "ru", "Стороны согласовали положение о рабочей группе.")
FORGED = document("forged", "The bridge, the corridor and the convoys near the bridge in Astana.")
QUESTIONS = ("Which corridor was opened near the bridge?", "Списки задержанных, рабочая группа", "Astana prisoners")

MARKS = st.dictionaries(st.text(max_size=5), st.text("0123456789abcdef", max_size=5), max_size=5)


@given(MARKS)
def test_the_id_does_not_depend_on_the_order_of_documents(marks: dict[str, str]) -> None:
    pairs = list(marks.items())
    assert generation_id(pairs[::-1], "encoder") == generation_id(pairs, "encoder")


def test_the_id_changes_with_documents_their_content_and_the_encoder() -> None:
    ids = [
        generation_id([("a", "1")], "encoder"),
        generation_id([("a", "2")], "encoder"),
        generation_id([("b", "1")], "encoder"),
        generation_id([("a", "1"), ("b", "1")], "encoder"),
        generation_id([], "encoder"),
        generation_id([("a", "1")], "another"),
    ]
    assert len(set(ids)) == len(ids)
    assert all(len(identifier) == 16 for identifier in ids)


def test_the_id_changes_with_the_splitter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = generation_id([("a", "1")], "encoder")
    monkeypatch.setattr("retrieval.index.generation.SPLITTER_VERSION", "next")
    assert generation_id([("a", "1")], "encoder") != before


def texts(built: Generation, table: np.ndarray[tuple[int, int], np.dtype[np.int32]]) -> list[str]:
    """The texts that the rows of one of the tables stand for."""
    return [built.documents[row[0]].document.text[row[1] : row[2]] for row in table.tolist()]


def test_rows_are_numbered_over_the_live_documents_of_all_segments() -> None:
    one = build_segment([FORGED, CORRIDOR, POLOZHENIE], WordEncoder(), anchors())
    two = build_segment([PRISONERS], WordEncoder(), anchors())
    built = generation_of([(one, frozenset({"forged"})), (two, frozenset())])
    assert [entry.document.id for entry in built.documents] == ["corridor", "polozhenie", "prisoners"]
    assert built.by_id == {"corridor": 0, "polozhenie": 1, "prisoners": 2}
    assert texts(built, built.sentences) == [
        "A corridor was opened near the bridge.",
        "Convoys passed the bridge.",
        "Стороны согласовали положение о рабочей группе.",
        "Lists of prisoners were exchanged in Astana.",
        "Families waited near the bridge.",
    ]
    assert built.passages[:, [0, 3, 4]].tolist() == [[0, 0, 2], [1, 2, 3], [2, 3, 5]]
    assert built.sentences[:, 3].tolist() == [0, 0, 1, 2, 2]
    assert built.language_names == ("en", "ru")
    assert built.passage_languages.tolist() == [0, 1, 0]
    assert built.sentence_languages.tolist() == [0, 0, 1, 0, 0]
    assert (len(built.passage_vectors), len(built.sentence_vectors)) == (3, 5)


def test_a_document_is_found_by_its_id_and_a_withdrawn_one_is_not() -> None:
    segment = build_segment([FORGED, CORRIDOR], WordEncoder(), anchors())
    built = generation_of([(segment, frozenset({"forged"}))])
    assert built.document("corridor") == CORRIDOR.document
    assert built.document("forged") is None
    assert built.document("nowhere") is None


def hits(built: Generation) -> list[object]:
    """Everything that is found for the questions, scores to the last bit."""
    return [
        [replace(hit, document=0) for hit in find(built, WordEncoder(), understand(question), 10)]
        for question in QUESTIONS
    ]


@pytest.mark.parametrize("place", [0, 1, 3])
def test_adding_and_withdrawing_a_document_leaves_every_score_as_it_was(place: int) -> None:
    """Frequencies, lengths and language centres are those of the live documents, whatever lies in the segments."""
    documents = [CORRIDOR, PRISONERS, POLOZHENIE]
    never = generation(*documents)
    documents.insert(place, FORGED)
    added = generation(*documents)
    withdrawn = generation_of([(build_segment(documents, WordEncoder(), anchors()), frozenset({"forged"}))])
    assert hits(withdrawn) == hits(never) != hits(added)
    assert withdrawn.id == never.id != added.id


def test_a_document_in_a_segment_of_its_own_scores_as_in_one_with_the_others() -> None:
    apart = generation_of(
        [(build_segment([entry], WordEncoder(), anchors()), frozenset()) for entry in (CORRIDOR, PRISONERS, POLOZHENIE)]
    )
    assert hits(apart) == hits(generation(CORRIDOR, PRISONERS, POLOZHENIE))


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    """A store with one published generation of two segments, one document withdrawn."""
    store = GenerationStore(tmp_path)
    names = [
        save_segment(build_segment(documents, WordEncoder(), anchors()), store.segments_folder)
        for documents in ([CORRIDOR, FORGED], [PRISONERS])
    ]
    store.save_anchors(WordEncoder.identity, anchors())
    marks = [(entry.document.id, entry.fingerprint) for entry in (CORRIDOR, PRISONERS)]
    identifier = generation_id(marks, WordEncoder.identity)
    store.publish(Manifest(identifier, WordEncoder.identity, tuple(names), {names[0]: frozenset({"forged"})}))
    return store


def test_what_is_published_is_current_and_loads(store: GenerationStore) -> None:
    manifest = store.current()
    built = store.load(manifest)
    assert built.id == manifest.id
    assert [entry.document.id for entry in built.documents] == ["corridor", "prisoners"]
    assert hits(built) == hits(generation(CORRIDOR, PRISONERS))


def test_without_an_index_none_is_current(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="run `rapporteur index`"):
        GenerationStore(tmp_path).current()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"[]",
        b"null",
        b"{}",
        b'{"format": "3"}',
        b'{"format": %d, "splitter": "%s", "pinned": false, "encoder": "b", "segments": [], "withdrawn": {}}',
        b'{"format": %d, "splitter": "%s", "pinned": false, "id": "a", "encoder": "b", "segments": 5, "withdrawn": {}}',
        b'{"format": %d, "splitter": "%s", "pinned": false, "id": "a", "encoder": "b", "segments": [],'
        b' "withdrawn": []}',
        b'{"format": %d, "splitter": "%s", "pinned": false, "id": "a", "encoder": "b", "segments": [],'
        b' "withdrawn": {"c": 5}}',
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    store = GenerationStore(tmp_path)
    store.current_file.write_bytes(content.replace(b"%s", SPLITTER_VERSION.encode()).replace(b"%d", b"%d" % FORMAT))
    with pytest.raises(IndexDamaged, match=r"current\.json cannot be used"):
        store.current()


@pytest.mark.parametrize("name", ["format", "splitter"])
def test_a_manifest_of_an_earlier_version_counts_as_none(store: GenerationStore, name: str) -> None:
    """What it needs is on disk: the documents are indexed anew."""
    value = json.loads(store.current_file.read_text(encoding="utf-8"))
    value[name] = FORMAT - 1 if name == "format" else "earlier"
    store.current_file.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(IndexMissing, match="of another version of this program; run `rapporteur index`"):
        store.current()


def test_a_manifest_of_a_later_version_is_refused(store: GenerationStore) -> None:
    value = json.loads(store.current_file.read_text(encoding="utf-8"))
    store.current_file.write_text(json.dumps({"format": FORMAT + 1} | {"id": value["id"]}), encoding="utf-8")
    with pytest.raises(IndexDamaged, match="made by a later version of this program"):
        store.current()


def test_a_manifest_that_withdraws_other_documents_is_refused(store: GenerationStore) -> None:
    """Forged or damaged, it must not bring a withdrawn document back."""
    manifest = store.current()
    with pytest.raises(IndexDamaged):
        store.load(replace(manifest, withdrawn={}))


def test_a_manifest_that_names_a_missing_segment_is_refused(store: GenerationStore) -> None:
    manifest = store.current()
    with pytest.raises(IndexDamaged):
        store.load(replace(manifest, segments=(*manifest.segments, "0" * 32)))


def anchors_file(store: GenerationStore) -> Path:
    """Where the anchors are kept."""
    return next(store.folder.glob("anchors-*"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:1000],
        lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:],
        lambda data: b"not an array",
    ],
)
def test_damaged_anchors_are_refused(store: GenerationStore, damage: Callable[[bytes], bytes]) -> None:
    path = anchors_file(store)
    path.write_bytes(damage(path.read_bytes()))
    assert not store.has_anchors(WordEncoder.identity)
    with pytest.raises(IndexDamaged):
        store.load(store.current())


def test_anchors_are_kept_by_encoder(store: GenerationStore) -> None:
    assert store.has_anchors(WordEncoder.identity)
    kept = store.load_anchors(WordEncoder.identity).as_arrays()
    assert {name: array.tolist() for name, array in kept.items()} == {
        name: array.tolist() for name, array in anchors().as_arrays().items()
    }
    assert not store.has_anchors("another")
    with pytest.raises(IndexDamaged):
        store.load_anchors("another")


def test_publishing_leaves_the_old_manifest_until_the_new_one_is_whole(
    store: GenerationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.current()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("corpus.durable.os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        store.publish(replace(before, id="0" * 16))
    assert store.current() == before
    assert [path.name for path in store.folder.glob(".current*")] == []


def test_the_manifest_on_disk_is_sorted_and_says_its_format(store: GenerationStore) -> None:
    value = json.loads(store.current_file.read_text(encoding="utf-8"))
    assert (value["format"], value["splitter"], value["pinned"]) == (FORMAT, SPLITTER_VERSION, False)
    assert list(value["withdrawn"].values()) == [["forged"]]
