"""Documents of which text and blocks stay on disk are those that were written, and little of them is held."""

from __future__ import annotations

import copy
import gc
import pickle
import shutil
import sys
import tempfile
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, Document, Metadata, Origin
from retrieval.answers.quotes import Quote
from retrieval.errors import IndexDamaged
from retrieval.index import texts
from retrieval.index.joining import merge_segments
from retrieval.index.segment import Segment, empty_segment
from retrieval.index.segment_store import load_segment, save_segment
from retrieval.index.texts import IndexedDocument, Recent, StoredDocument, read_documents, write_documents
from tests.retrieval.corpora import document

if TYPE_CHECKING:
    from collections.abc import Sequence

CORRIDOR = document(
    "corridor",
    "# Outcomes",
    "The guarantors opened a corridor 🕊️.",
    "Стороны обменялись списками.",
    metadata=Metadata(title="Eighth\u2028round\x85", language="en", round=8, guessed=frozenset({"round"})),
)
LISTS = document("lists", "تبادلت الأطراف القوائم.", "Talks resume in May.", metadata=Metadata(language="ar"))
# Characters of one to four bytes, and all that some call the end of a line.
PIECES = st.text('a \n\r\x00\x1c\x85\u2028\u2029йЁالé\u200c漢🕊\ufe0f🇰🇿"\\', max_size=40)
TEXTS = PIECES | st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.fixture(autouse=True)
def recent(monkeypatch: pytest.MonkeyPatch) -> Recent[str]:
    """What is held of the texts that were read, for each test anew; at most so many bytes."""
    held = Recent[str](100_000, sys.getsizeof)
    monkeypatch.setattr(texts, "RECENT_TEXTS", held)
    monkeypatch.setattr(texts, "RECENT_BLOCKS", Recent[Any](10_000, lambda blocks: 100 * len(blocks)))
    return held


def stored(folder: Path, *entries: IndexedDocument) -> tuple[IndexedDocument, ...]:
    """``entries`` written into ``folder`` and read again."""
    folder.mkdir(exist_ok=True)
    write_documents(entries, folder)
    return read_documents(folder)


def long(number: int, length: int = 10_000) -> IndexedDocument:
    """A document of ``length`` characters in one paragraph."""
    return document(f"long-{number}", f"{number} " + "x" * (length - len(f"{number} ")))


def of(*entries: IndexedDocument) -> Segment:
    """A segment of ``entries`` that has no passages."""
    return replace(empty_segment(8), documents=entries)


@st.composite
def made(draw: st.DrawFn) -> IndexedDocument:
    """Any document, its blocks anywhere."""
    text = draw(TEXTS)
    places = st.integers(0, len(text))
    kinds, origins = st.sampled_from(BlockKind), st.sampled_from(Origin)
    names, numbers = st.none() | TEXTS, st.none() | st.integers(1, 2**40)
    turns = st.lists(st.tuples(places, st.integers(1, 99)), max_size=2).map(tuple)
    block = st.builds(Block, kinds, places, places, numbers, names, numbers, turns, origins, names)
    metadata = Metadata(title=draw(names), publisher=draw(names), language=draw(st.sampled_from(["en", "ru", None])))
    blocks = tuple(draw(st.lists(block, max_size=4)))
    one = Document(draw(TEXTS), draw(TEXTS), draw(TEXTS), text, blocks, metadata, draw(TEXTS))
    return IndexedDocument(one, draw(TEXTS), draw(st.floats(0, 2e9)), draw(st.floats(0, 2e9)))


@settings(max_examples=150, deadline=None)
@given(st.lists(made(), max_size=4))
def test_any_documents_come_back(entries: Sequence[IndexedDocument]) -> None:
    with tempfile.TemporaryDirectory() as name:
        found = stored(Path(name), *entries)
        again = stored(Path(name) / "again", *found)
    assert found == tuple(entries)
    assert tuple(entries) == found
    assert again == found
    for one, other in zip(entries, found, strict=True):
        assert (one.document.text, one.document.blocks) == (other.document.text, other.document.blocks)
        assert hash(one) == hash(other)


def test_a_stored_document_is_a_document_and_is_equal_to_no_other(tmp_path: Path) -> None:
    one = stored(tmp_path, CORRIDOR)[0].document
    assert isinstance(one, StoredDocument)
    assert isinstance(one, Document)
    assert {CORRIDOR.document: "found"}[one] == "found"
    assert repr(one) == repr(CORRIDOR.document)
    changes: list[dict[str, Any]] = [
        {"id": "b"},
        {"file": "b"},
        {"sha256": "b"},
        {"text": "b"},
        {"blocks": ()},
        {"metadata": Metadata()},
        {"format": "pdf"},
    ]
    for change in changes:
        other = replace(CORRIDOR.document, **change)
        assert one != other
        assert other != one
    assert one != "corridor"
    with pytest.raises(AttributeError):
        one.id = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        one.text = "b"  # type: ignore[misc]


def test_changed_copied_and_pickled_it_is_a_plain_document(tmp_path: Path) -> None:
    one = stored(tmp_path, CORRIDOR)[0].document
    changed = replace(one, text="Nothing.", blocks=())
    assert (type(changed), changed) == (Document, replace(CORRIDOR.document, text="Nothing.", blocks=()))
    for copied in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):  # noqa: S301 - our own bytes
        assert (type(copied), copied) == (Document, CORRIDOR.document)
    assert asdict(one) == asdict(CORRIDOR.document)


def test_documents_of_other_ids_are_told_apart_without_reading_them(tmp_path: Path, recent: Recent[str]) -> None:
    one, other = stored(tmp_path, CORRIDOR, LISTS)
    assert one != other
    assert one == one
    assert recent.weight == 0


def test_no_text_is_held_before_it_is_asked_for(tmp_path: Path) -> None:
    entries = [long(number) for number in range(300)]
    stored(tmp_path, *entries)
    tracemalloc.start()
    try:
        found = read_documents(tmp_path)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 300
    assert held < 300 * 3_000


def test_of_many_texts_only_the_last_are_held(tmp_path: Path, recent: Recent[str]) -> None:
    found = stored(tmp_path, *(long(number) for number in range(40)))
    for _ in range(2):
        for number, entry in enumerate(found):
            assert entry.document.text == long(number).document.text
            assert len(entry.document.blocks) == 1
            assert recent.weight <= 100_000
    assert recent.weight > 80_000
    # The same object as long as it is held.
    assert found[-1].document.text is found[-1].document.text
    assert found[-1].document.blocks is found[-1].document.blocks


def test_what_was_used_for_longest_goes_first_and_the_last_one_stays() -> None:
    held = Recent[str](10, len)
    for number, text in enumerate(["one", "two", "six"]):
        held.keep((0, number), text)
    assert held.get((0, 0)) == "one"
    held.keep((0, 3), "ten")
    assert [held.get((0, number)) for number in range(4)] == ["one", None, "six", "ten"]
    held.keep((0, 3), "t")
    assert held.weight == 7
    held.keep((0, 4), "more than ten")
    assert [held.get((0, number)) for number in range(5)] == [None, None, None, None, "more than ten"]
    held.keep((0, 5), "one")
    assert (held.get((0, 4)), held.get((0, 5)), held.weight) == (None, "one", 3)


def test_nothing_of_a_segment_that_was_let_go_is_held_on(tmp_path: Path, recent: Recent[str]) -> None:
    gone, kept = stored(tmp_path / "gone", CORRIDOR), stored(tmp_path / "kept", long(1), long(2))
    assert gone[0].document.text
    assert kept[0].document.text
    del gone
    gc.collect()
    assert kept[1].document.text
    assert recent.weight == 2 * sys.getsizeof(long(1).document.text)


def test_documents_are_read_on_where_the_folder_is_deleted(tmp_path: Path) -> None:
    name = save_segment(of(CORRIDOR, LISTS), tmp_path)
    corridor, lists = load_segment(tmp_path / name).documents
    shutil.rmtree(tmp_path / name)
    assert lists.document.text == LISTS.document.text
    assert corridor == CORRIDOR
    assert Quote(lists.document, 24, 44).text == "Talks resume in May."


def test_threads_read_the_same_documents_at_once(tmp_path: Path, recent: Recent[str]) -> None:
    entries = [long(number, 20_000) for number in range(12)]
    found = stored(tmp_path, *entries)

    def read(seed: int) -> int:
        order = np.random.default_rng(seed).integers(0, 12, size=400).tolist()
        return sum(
            found[place].document.text == entries[place].document.text
            and found[place].document.blocks == entries[place].document.blocks
            for place in order
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [400] * 8
    assert 0 < recent.weight <= 100_000


def test_stored_documents_are_saved_and_merged_without_holding_their_texts(tmp_path: Path, recent: Recent[str]) -> None:
    first, second = save_segment(of(CORRIDOR, long(1)), tmp_path), save_segment(of(LISTS, long(2)), tmp_path)
    parts = [load_segment(tmp_path / first), load_segment(tmp_path / second)]
    assert save_segment(parts[0], tmp_path / "again") == first
    merged = merge_segments([(parts[0], frozenset({"corridor"})), (parts[1], frozenset())])
    name = save_segment(merged, tmp_path)
    assert recent.weight == 0
    assert name == save_segment(of(long(1), LISTS, long(2)), tmp_path / "again")
    assert load_segment(tmp_path / name).documents == (long(1), LISTS, long(2))


def test_a_text_that_no_utf_8_can_carry_is_not_written(tmp_path: Path) -> None:
    broken = replace(CORRIDOR, document=replace(CORRIDOR.document, text="half \ud83d"))
    with pytest.raises(UnicodeEncodeError):
        save_segment(of(broken), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda bounds: bounds[:-1],
        lambda bounds: bounds[:0],
        lambda bounds: bounds[:, :1],
        lambda bounds: bounds.reshape(-1),
        lambda bounds: bounds.astype(np.int32),
        lambda bounds: bounds.astype(np.float64),
        lambda bounds: bounds + 1,
        lambda bounds: bounds * 2,
        lambda bounds: bounds - 5,
        lambda bounds: bounds[[0, 2, 1, 2]],
        lambda bounds: bounds[[0, 1, 1, 2]],
        lambda bounds: bounds[:, ::-1],
        lambda bounds: bounds * [[1, 1], [1, 50], [1, 1]],
        lambda bounds: np.zeros_like(bounds),
    ],
)
def test_bounds_that_are_not_of_the_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    name = save_segment(of(CORRIDOR, LISTS), tmp_path)
    file = tmp_path / name / "text_bounds.npy"
    np.save(file, change(np.load(file)))
    # Even where the bounds were written so.
    monkeypatch.setattr("retrieval.index.segment_store._check", lambda folder, whole: None)
    with pytest.raises(IndexDamaged, match=f"its part {name} is not what was written"):
        load_segment(tmp_path / name)
