"""The engine answers from one generation and takes the next one whole, or keeps the one it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.access import Labels
from corpus.document import Extraction, Metadata
from corpus.library import Library, Recorded
from retrieval.answers.coverage import covered_rounds, near_subjects
from retrieval.encoders.encoder import Encoding
from retrieval.engine import Engine, load_current
from retrieval.errors import EncoderError, IndexDamaged, IndexMissing, NoSuchRound
from retrieval.index.generation import Generation, GenerationStore, Manifest, Stock, generation_id
from retrieval.index.segment import IndexedDocument, build_segment
from retrieval.index.segment_store import save_segment
from retrieval.index.words import terms
from retrieval.questions.question import Filters
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
    "texts.bin",
    "blocks.bin",
    "text_bounds.npy",
    "terms.json",
    "passages.npy",
    "sentences.npy",
    "passage_codes.npy",
    "passage_scales.npy",
    "sentence_codes.npy",
    "sentence_scales.npy",
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

    def read_late(self: GenerationStore, manifest: Manifest, known: Stock | None = None) -> Stock:
        seen.append(manifest.id)
        if len(seen) == 1:
            publish(store, NEW)
            raise IndexDamaged("Its segment was deleted meanwhile.")
        return read(self, manifest, known)

    monkeypatch.setattr(GenerationStore, "read", read_late)
    assert load_current(store).documents() == {"new": NEW}
    assert len(seen) == 2


def test_loading_gives_up_where_the_manifest_is_the_same(store: GenerationStore) -> None:
    publish(store, replace(NEW, fingerprint="other"))
    for path in store.segments_folder.iterdir():
        (path / "terms.json").unlink()
    with pytest.raises(IndexDamaged):
        load_current(store)


SECRET = document(
    "secret",
    "# The bridge of Almaty",
    "The corridor near the bridge was opened by the envoys of Quillfeather.",
    metadata=Metadata(
        title="Corridor and prisoners",
        publisher="Ministry",
        language="kk",
        process="Secret channel",
        round=8,
        place="Almaty",
        date="2001-01-01",
        meeting_start="2001-01-01",
        access="restricted",
    ),
)
QUESTIONS = (
    ASKED,
    "Who are the envoys of Quillfeather?",
    "What was agreed in round 8 in Almaty?",
    "Secret channel, 2001",
    "Lists of prisoners",
)


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Two engines: one with a restricted document among the others, and one that never had it."""
    with Library.open(tmp_path / "with") as library, Library.open(tmp_path / "without") as other:
        listed(library, OLD, SECRET, NEW)
        listed(other, OLD, NEW)
        holding, free = GenerationStore(tmp_path / "index-with"), GenerationStore(tmp_path / "index-without")
        publish(holding, OLD, SECRET, NEW)
        publish(free, OLD, NEW)
        yield (
            Engine(holding, WordEncoder(), load_current(holding), library, 0.0),
            Engine(free, WordEncoder(), load_current(free), other, 0.0),
        )


def test_a_view_without_a_document_is_that_of_an_index_which_never_had_it(beside: tuple[Engine, Engine]) -> None:
    """Array by array, to the last bit: means of languages, frequencies of words and tokens included."""
    view, never = (engine.view("public") for engine in beside)
    assert (view.id, view.encoder, view.documents, view.by_id) == (
        never.id,
        never.encoder,
        never.documents,
        never.by_id,
    )
    for name in ("passages", "sentences", "passage_languages", "sentence_languages"):
        np.testing.assert_array_equal(getattr(view, name), getattr(never, name))
    for name in ("passage_vectors", "sentence_vectors"):
        one, other = getattr(view, name), getattr(never, name)
        assert len(one) == len(other)
        rows = np.arange(len(one), dtype=np.int64)
        np.testing.assert_array_equal(one.vectors(rows), other.vectors(rows))
    rows = np.arange(len(view.sentences), dtype=np.int64)
    for found, expected in zip(view.tokens.gather(rows), never.tokens.gather(rows), strict=True):
        np.testing.assert_array_equal(found, expected)
    words = {term for entry in (OLD, NEW, SECRET) for term in terms(entry.document.text)}
    assert {term: view.words.weight(term) for term in words} == {term: never.words.weight(term) for term in words}
    for term in words:
        np.testing.assert_array_equal(view.words.scores([term]), never.words.scores([term]))
    assert view.language_names == never.language_names == ("en",)
    assert view.known == never.known
    for name in ("passages", "questions"):
        for language, centre in getattr(view.centres, name).items():
            np.testing.assert_array_equal(centre, getattr(never.centres, name)[language])
    np.testing.assert_array_equal(view.centres.other_passages, never.centres.other_passages)
    np.testing.assert_array_equal(view.centres.other_questions, never.centres.other_questions)
    assert view.document("secret") is None


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("clearance", ["public", "internal"])
def test_an_answer_tells_nothing_of_what_the_clearance_does_not_cover(
    beside: tuple[Engine, Engine], question: str, clearance: str
) -> None:
    said, expected = (replace(engine.answer(question, clearance=clearance), seconds=0.0) for engine in beside)
    assert said == expected
    near, near_expected = (
        near_subjects(engine.view(clearance), one) for engine, one in zip(beside, (said, expected), strict=True)
    )
    assert near == near_expected
    assert "Quillfeather" not in str((said.ranked, said.ranking, near))
    open_to_all = beside[0].answer(question, clearance="restricted")
    assert "secret" in {quote.document.id for quote in open_to_all.ranked} | set(open_to_all.ranking)


def test_a_summary_and_what_is_covered_leave_out_what_the_clearance_does_not_cover(
    beside: tuple[Engine, Engine],
) -> None:
    engine, never = beside
    assert engine.summary(8, clearance="public") == never.summary(8, clearance="public")
    assert [one.id for one in engine.summary(8, clearance="public").used] == ["old"]
    assert {process for process, _ in engine.view("public").known.rounds} == {None}
    assert covered_rounds(engine.view("public").known) == covered_rounds(never.view("public").known)
    with pytest.raises(NoSuchRound):
        engine.summary(8, clearance="public", process="Secret channel")
    of_both = engine.summary(8, clearance="restricted", process="Secret channel")
    assert {one.id for one in of_both.documents} == {"old", "secret"}


def test_a_clearance_that_is_not_in_use_reads_nothing(beside: tuple[Engine, Engine]) -> None:
    assert beside[0].view("cosmic").documents == ()
    assert beside[0].answer(ASKED, clearance="cosmic").ranked == ()


def test_a_view_is_made_once_and_again_only_after_a_decision_that_changes_it(engine: Engine, library: Library) -> None:
    before = engine.view("public")
    assert engine.view("internal") is before
    library.correct("old", "title", "Another", "1")
    assert engine.view("public") is before
    library.relabel("old", "internal", "1")
    assert engine.view("public") is not before
    assert engine.view("internal") is before
    library.relabel("old", "public", "1")
    assert engine.view("public") is before


def test_more_views_than_are_kept_are_each_right(tmp_path: Path, store: GenerationStore) -> None:
    labels = Labels(tuple(f"level{number}" for number in range(7)))
    entries = [
        document(f"d{number}", f"Paper number {number}.", metadata=Metadata(language="en", access=f"level{number}"))
        for number in range(7)
    ]
    with Library.open(tmp_path / "levels", labels) as levels:
        listed(levels, *entries)
        publish(store, *entries)
        engine = Engine(store, WordEncoder(), load_current(store), levels, 0.0)
        for _ in range(2):
            for number, label in enumerate(labels.names):
                seen = [entry.document.id for entry in engine.view(label).documents]
                assert seen == [f"d{lower}" for lower in range(number + 1)]


def test_a_decision_made_while_a_new_index_is_loaded_holds_in_it(
    engine: Engine, store: GenerationStore, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.view("public")
    publish(store, OLD, NEW)
    generation = Stock.generation

    def withdrawing(self: Stock, hidden: frozenset[str] = frozenset()) -> Generation:
        monkeypatch.undo()
        library.withdraw("old", "1")
        return generation(self, hidden)

    monkeypatch.setattr(Stock, "generation", withdrawing)
    assert engine.refresh() is True
    assert [entry.document.id for entry in engine.view("public").documents] == ["new"]
