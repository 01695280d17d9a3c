"""The engine answers from one generation and takes the next one whole, or keeps the one it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from corpus.document import Extraction, Metadata
from corpus.library import Library, Recorded
from retrieval.encoder import Encoding
from retrieval.engine import Engine, load_current
from retrieval.errors import EncoderError, IndexDamaged, IndexMissing
from retrieval.generation import GenerationStore, Manifest, Stock, generation_id
from retrieval.question import Filters
from retrieval.segment import IndexedDocument, build_segment, save_segment
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD = document("old", "A corridor was opened near the bridge.", metadata=Metadata(language="en", round=8))
NEW = document("new", "Lists of prisoners were exchanged.")
ASKED = "Which corridor was opened near the bridge?"


def publish(store: GenerationStore, *documents: IndexedDocument, encoder: str = WordEncoder.identity) -> Manifest:
    """Make a generation of these documents the current one, as indexing does."""
    name = save_segment(build_segment(documents, WordEncoder(), anchors()), store.segments_folder)
    store.save_anchors(encoder, anchors())
    marks = [(entry.document.id, entry.fingerprint) for entry in documents]
    manifest = Manifest(generation_id(marks, encoder), encoder, (name,), {})
    store.publish(manifest)
    return manifest


@pytest.fixture
def store(tmp_path: Path) -> GenerationStore:
    """A store whose current generation holds one document."""
    store = GenerationStore(tmp_path / "index")
    publish(store, OLD)
    return store


def listed(library: Library, *entries: IndexedDocument) -> None:
    """Have the library list these documents, as indexing does."""
    documents = [entry.document for entry in entries]
    extractions = [Extraction(one.text, one.blocks, one.metadata) for one in documents]
    library.record(
        [Recorded(one.id, one.file, one.sha256, read, b"") for one, read in zip(documents, extractions, strict=True)],
        gone=(),
    )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library that lists both documents."""
    with Library.open(tmp_path / "library") as library:
        listed(library, OLD, NEW)
        yield library


@pytest.fixture
def engine(store: GenerationStore, library: Library) -> Engine:
    """An engine that always quotes."""
    return Engine(store, WordEncoder(), load_current(store), library, 0.0)


def first(engine: Engine) -> str:
    """What is quoted first."""
    return engine.answer(ASKED, clearance="public").quotes[0].text


def test_it_answers_from_its_generation(engine: Engine) -> None:
    assert first(engine) == "A corridor was opened near the bridge."
    assert engine.answer(ASKED, clearance="public", filters=Filters(round=9)).quotes == ()
    assert engine.answer(ASKED, clearance="public").generation == engine.view("public").id


def test_its_threshold_decides_on_silence(store: GenerationStore, library: Library) -> None:
    silent = Engine(store, WordEncoder(), load_current(store), library, 1.1)
    assert not silent.answer(ASKED, clearance="public").answered


def test_it_summarises_a_round(engine: Engine) -> None:
    assert [document.id for document in engine.summary(8, clearance="public").used] == ["old"]


def test_refreshing_takes_the_new_generation(engine: Engine, store: GenerationStore) -> None:
    manifest = publish(store, NEW)
    assert first(engine) == "A corridor was opened near the bridge."
    assert engine.refresh() is True
    assert engine.view("public").id == manifest.id
    assert first(engine) == "Lists of prisoners were exchanged."
    assert engine.view("public").document("old") is None


def test_refreshing_without_a_new_generation_does_nothing(engine: Engine) -> None:
    before = engine.view("public")
    assert engine.refresh() is False
    assert engine.view("public") is before


FILES = [
    "documents.jsonl",
    "terms.json",
    "passages.npy",
    "sentences.npy",
    "passage_vectors.npy",
    "sentence_vectors.npy",
    "posting_starts.npy",
    "posting_passages.npy",
    "posting_counts.npy",
    "passage_lengths.npy",
]


@pytest.mark.parametrize("file", FILES)
def test_where_the_new_generation_is_damaged_the_old_one_answers_on(
    engine: Engine, store: GenerationStore, file: str
) -> None:
    manifest = publish(store, NEW)
    path = store.segments_folder / manifest.segments[0] / file
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexDamaged):
        engine.refresh()
    assert first(engine) == "A corridor was opened near the bridge."


def test_where_the_manifest_is_damaged_or_gone_the_old_generation_answers_on(
    engine: Engine, store: GenerationStore
) -> None:
    store.current_file.write_bytes(b"{")
    with pytest.raises(IndexDamaged):
        engine.refresh()
    store.current_file.unlink()
    with pytest.raises(IndexMissing):
        engine.refresh()
    assert first(engine) == "A corridor was opened near the bridge."


def test_a_generation_by_another_encoder_is_refused_and_the_old_one_answers_on(
    engine: Engine, store: GenerationStore
) -> None:
    publish(store, NEW, encoder="test:other")
    with pytest.raises(IndexDamaged, match="made by another encoder"):
        engine.refresh()
    assert first(engine) == "A corridor was opened near the bridge."


def test_an_answer_begun_before_a_refresh_ends_on_the_old_generation(
    engine: Engine, store: GenerationStore, library: Library
) -> None:
    class Refreshing(WordEncoder):
        """Refreshes the engine in the midst of a question."""

        def read_question(self, text: str) -> Encoding:
            engine.refresh()
            return super().read_question(text)

    slow = Engine(store, Refreshing(), engine.stock, library, 0.0)
    manifest = publish(store, NEW)
    said = slow.answer(ASKED, clearance="public")
    assert engine.view("public").id == manifest.id
    assert said.generation != manifest.id
    assert said.quotes[0].document.id == "old"


def test_opening_without_an_index_says_so(tmp_path: Path, library: Library) -> None:
    with pytest.raises(IndexMissing):
        Engine.open(tmp_path / "none", tmp_path / "models", "bundled", library, 0.5)


def test_opening_an_index_by_another_encoder_is_refused_before_the_encoder_is_loaded(
    store: GenerationStore, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> WordEncoder:
        raise EncoderError("It must not come to this.")

    monkeypatch.setattr("retrieval.engine.load_encoder", load)
    with pytest.raises(IndexDamaged, match="made by another encoder") as refused:
        Engine.open(store.folder, tmp_path / "models", "some/model", library, 0.5)
    assert "RAPPORTEUR_EMBEDDING_MODEL" in str(refused.value)
    assert "--rebuild" in str(refused.value)


def test_opening_loads_the_generation_and_its_encoder(
    store: GenerationStore, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.engine.encoder_identity", lambda _: WordEncoder.identity)
    monkeypatch.setattr("retrieval.engine.load_encoder", lambda *_, **__: WordEncoder())
    opened = Engine.open(store.folder, tmp_path / "models", "any", library, 0.0)
    assert first(opened) == "A corridor was opened near the bridge."


def test_loading_starts_again_where_another_generation_took_over_meanwhile(
    store: GenerationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update may publish and delete old segments between reading the manifest and reading the segments."""
    read = GenerationStore.read
    seen = []

    def read_late(self: GenerationStore, manifest: Manifest) -> Stock:
        seen.append(manifest.id)
        if len(seen) == 1:
            publish(store, NEW)
            raise IndexDamaged("Its segment was deleted meanwhile.")
        return read(self, manifest)

    monkeypatch.setattr(GenerationStore, "read", read_late)
    assert load_current(store).documents() == {"new": NEW}
    assert len(seen) == 2


def test_loading_gives_up_where_the_manifest_is_the_same(store: GenerationStore) -> None:
    publish(store, replace(NEW, fingerprint="other"))
    for path in store.segments_folder.iterdir():
        (path / "terms.json").unlink()
    with pytest.raises(IndexDamaged):
        load_current(store)
