"""A segment is what was built, comes back as it was written, and is refused where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.canonical import canonical
from corpus.document import Block, BlockKind, Document, Metadata, Source
from retrieval.answers.late_interaction import centred, compress
from retrieval.encoders.encoder import Encoding
from retrieval.errors import IndexDamaged
from retrieval.index.compact_vectors import CompactVectors
from retrieval.index.joining import merge_segments
from retrieval.index.segment import (
    IndexedDocument,
    Segment,
    build_segment,
    split,
    work,
)
from retrieval.index.segment_store import load_segment, save_segment
from tests.doubles import WordEncoder
from tests.retrieval.corpora import anchors, document, spoken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

FIRST = document(
    "first.md",
    "# Outcomes",
    "The guarantors opened a corridor. The parties exchanged lists 🕊️.",
    "# Next",
    "Talks resume in May.",
    metadata=Metadata(title="Eighth round", language="en"),
)
SECOND = spoken("second.md", "ru", "Стороны согласовали положение. Встреча пройдёт в Сочи <&>.")
THIRD = spoken("third.md", "ar", "أكدت الأطراف ضرورة إيصال المساعدات.")
FILES = (
    "documents.jsonl",
    "texts.bin",
    "blocks.bin",
    "text_bounds.npy",
    "terms.json",
    "passages.npy",
    "sentences.npy",
    "passage_keys.npy",
    "passage_codes.npy",
    "passage_scales.npy",
    "sentence_codes.npy",
    "sentence_scales.npy",
    "token_codes.npy",
    "token_starts.npy",
    "posting_starts.npy",
    "posting_passages.npy",
    "posting_counts.npy",
    "passage_lengths.npy",
    "clusters.json",
    "files.json",
)


def contents(segment: Segment) -> list[object]:
    """Everything in a segment, to be compared."""
    postings = segment.postings
    arrays = (
        segment.passages,
        segment.sentences,
        segment.passage_keys,
        segment.passage_vectors.codes,
        segment.passage_vectors.scales,
        segment.sentence_vectors.codes,
        segment.sentence_vectors.scales,
        segment.token_codes,
        segment.token_starts,
        postings.starts,
        postings.passages,
        postings.counts,
        postings.lengths,
    )
    return [segment.documents, postings.terms, *((array.dtype, array.shape, array.tolist()) for array in arrays)]


def kept(texts: list[str], *languages: str) -> NDArray[np.float32]:
    """The vectors of texts as a segment keeps them: less the mean of their language, in eight bits."""
    means = np.array([anchors().statement(language) for language in languages])
    return CompactVectors.of(WordEncoder().encode_passages(texts) - means).rows(slice(None))


def quoted(entry: IndexedDocument, row: list[int]) -> str:
    """The text of a row of one of the tables."""
    return entry.document.text[row[1] : row[2]]


def test_tables_name_documents_offsets_and_one_another() -> None:
    documents = [FIRST, SECOND]
    passages, sentences = split(documents)
    assert [(row[0], row[3], row[4]) for row in passages.tolist()] == [(0, 0, 2), (0, 2, 3), (1, 3, 5)]
    assert [(quoted(documents[row[0]], row), row[3]) for row in sentences.tolist()] == [
        ("The guarantors opened a corridor.", 0),
        ("The parties exchanged lists 🕊️.", 0),
        ("Talks resume in May.", 1),
        ("Стороны согласовали положение.", 2),
        ("Встреча пройдёт в Сочи <&>.", 2),
    ]
    assert quoted(FIRST, passages.tolist()[0]) == "The guarantors opened a corridor. The parties exchanged lists 🕊️."


def test_no_documents_give_empty_tables() -> None:
    passages, sentences = split([])
    assert (passages.shape, sentences.shape) == ((0, 5), (0, 4))


def test_vectors_and_terms_are_of_the_text_with_its_title_before_it() -> None:
    segment = build_segment([FIRST, SECOND], WordEncoder(), anchors())
    expected = kept(
        ["Eighth round: Talks resume in May.", "Стороны согласовали положение. Встреча пройдёт в Сочи <&>."],
        "en",
        "ru",
    )
    np.testing.assert_array_equal(segment.passage_vectors.rows(slice(1, None)), expected)
    assert {"eight", "round"} < set(segment.postings.terms)
    assert segment.postings.lengths.tolist() == [8, 5, 6]


def test_a_sentences_vector_is_that_of_its_own_tokens_within_the_passage() -> None:
    segment = build_segment([FIRST, SECOND], WordEncoder(), anchors())
    expected = kept(["The guarantors opened a corridor.", "Стороны согласовали положение."], "en", "ru")
    np.testing.assert_allclose(segment.sentence_vectors.rows(np.array([0, 3])), expected, atol=1e-6)


def test_a_sentences_tokens_are_its_own_words_without_those_of_the_title() -> None:
    segment = build_segment([FIRST, SECOND], WordEncoder(), anchors())
    assert np.diff(segment.token_starts).tolist() == [5, 4, 4, 3, 4]
    tokens = np.stack([WordEncoder().encode_passages(["The", "parties", "exchanged", "lists"])] * 2, axis=1)
    expected = compress(centred(tokens, anchors().statement_token("en")))
    start, end = segment.token_starts[1:3]
    np.testing.assert_array_equal(segment.token_codes[start:end], expected)


def test_a_sentence_beyond_the_encoders_reach_has_the_vector_of_itself_alone() -> None:
    class ShortSighted(WordEncoder):
        """Reads no further than four words."""

        def read_question(self, text: str) -> Encoding:
            read = super().read_question(text)
            return replace(read, tokens=read.tokens[:4], spans=read.spans[:4])

    entry = document(
        "long", "The guarantors opened a corridor. Engineers repaired bridges.", metadata=Metadata(language="en")
    )
    segment = build_segment([entry], ShortSighted(), anchors())
    np.testing.assert_array_equal(
        segment.sentence_vectors.rows(slice(1, None)), kept(["Engineers repaired bridges."], "en")
    )


def test_a_segment_without_sentences_merges_with_others() -> None:
    headings = build_segment([document("headings", "# Agenda", "# Outcomes")], WordEncoder(), anchors())
    assert len(headings.sentences) == 0
    other = build_segment([SECOND], WordEncoder(), anchors())
    merged = merge_segments([(headings, frozenset()), (other, frozenset())])
    np.testing.assert_array_equal(merged.token_codes, other.token_codes)
    assert [entry.document.id for entry in merged.documents] == ["headings", "second.md"]


def test_progress_is_told_of_all_the_work_there_is() -> None:
    told: list[int] = []
    build_segment([FIRST, SECOND], WordEncoder(), anchors(), told.append)
    assert sum(told) == work([FIRST, SECOND]) == 2 * (len(FIRST.document.text) + len(SECOND.document.text))
    assert len(told) >= 3 + 5


def test_a_segment_comes_back_as_it_was_written(tmp_path: Path) -> None:
    segment = build_segment([FIRST, SECOND, THIRD], WordEncoder(), anchors())
    name = save_segment(segment, tmp_path)
    assert sorted(file.name for file in (tmp_path / name).iterdir()) == sorted(FILES)
    assert contents(load_segment(tmp_path / name)) == contents(segment)


def test_all_that_is_known_of_a_document_comes_back(tmp_path: Path) -> None:
    text = "Title\nA line\u2028 that is canonical\nrow"
    text = canonical(text)
    blocks = (
        Block(BlockKind.HEADING, 0, 5, 1),
        Block(BlockKind.FOOTNOTE, 6, 12, 2, "Title", 1),
        Block(BlockKind.TABLE_ROW, len(text) - 3, len(text), None, "Title", 2),
    )
    metadata = Metadata(
        title="Title",
        publisher="Institute",
        author="A. Author",
        date="2017-12",
        language="en",
        url="https://example.org/?a=1&b=<2>",
        process="Astana",
        round=8,
        place="Astana",
        meeting_start="2017-12-21",
        meeting_end="2017-12-22",
        sources=(Source("One", "Publisher", "2017", "https://example.org"), Source("Two")),
        guessed=frozenset({"round", "language"}),
    )
    entry = IndexedDocument(Document("a/ü.md", "/a/ü.md", "ff" * 32, text, blocks, metadata), "mark", 1.5, 2.25)
    name = save_segment(build_segment([entry], WordEncoder(), anchors()), tmp_path)
    assert load_segment(tmp_path / name).documents == (entry,)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1).map(canonical).filter(bool))
def test_any_canonical_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "texts"
    block = Block(BlockKind.PARAGRAPH, 0, len(text), paragraph=1)
    made = replace(FIRST, document=replace(FIRST.document, text=text, blocks=(block,), metadata=Metadata()))
    empty = build_segment([], WordEncoder(), anchors())
    name = save_segment(replace(empty, documents=(made,)), folder)
    assert load_segment(folder / name).documents == (made,)


def test_the_name_is_made_from_the_content(tmp_path: Path) -> None:
    one = save_segment(build_segment([FIRST, SECOND], WordEncoder(), anchors()), tmp_path / "one")
    same = save_segment(build_segment([FIRST, SECOND], WordEncoder(), anchors()), tmp_path / "two")
    other = save_segment(build_segment([replace(FIRST, added=1.0), SECOND], WordEncoder(), anchors()), tmp_path / "two")
    assert one == same != other


def test_saving_again_leaves_what_is_there(tmp_path: Path) -> None:
    segment = build_segment([FIRST], WordEncoder(), anchors())
    name = save_segment(segment, tmp_path)
    before = (tmp_path / name).stat()
    assert save_segment(segment, tmp_path) == name
    assert (tmp_path / name).stat().st_ino == before.st_ino
    assert [path.name for path in tmp_path.iterdir()] == [name]


def flip(path: Path) -> None:
    """Flip one bit of the last byte."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Leave off the last byte."""
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    """Leave nothing."""
    path.write_bytes(b"")


def remove(path: Path) -> None:
    """Delete the file."""
    path.unlink()


@pytest.mark.parametrize("damage", [flip, cut, empty, remove])
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_refused(tmp_path: Path, file: str, damage: Callable[[Path], None]) -> None:
    name = save_segment(build_segment([FIRST, SECOND], WordEncoder(), anchors()), tmp_path)
    damage(tmp_path / name / file)
    with pytest.raises(IndexDamaged, match=f"its part {name} is not what was written"):
        load_segment(tmp_path / name)


def test_a_file_or_folder_too_many_and_a_missing_segment_are_refused(tmp_path: Path) -> None:
    name = save_segment(build_segment([FIRST], WordEncoder(), anchors()), tmp_path)
    (tmp_path / name / "more").mkdir()
    with pytest.raises(IndexDamaged):
        load_segment(tmp_path / name)
    (tmp_path / name / "more").rmdir()
    (tmp_path / name / "more").touch()
    with pytest.raises(IndexDamaged):
        load_segment(tmp_path / name)
    with pytest.raises(IndexDamaged):
        load_segment(tmp_path / ("0" * 32))


def test_files_that_are_intact_under_another_name_are_refused(tmp_path: Path) -> None:
    name = save_segment(build_segment([FIRST], WordEncoder(), anchors()), tmp_path)
    (tmp_path / name).rename(tmp_path / "another")
    with pytest.raises(IndexDamaged):
        load_segment(tmp_path / "another")


def test_merging_gives_what_building_from_the_remaining_documents_gives() -> None:
    one = build_segment([FIRST, SECOND], WordEncoder(), anchors())
    two = build_segment([THIRD, replace(FIRST, fingerprint="new")], WordEncoder(), anchors())
    merged = merge_segments([(one, frozenset({"first.md"})), (two, frozenset())])
    plain = build_segment([SECOND, THIRD, replace(FIRST, fingerprint="new")], WordEncoder(), anchors())
    assert contents(merged) == contents(plain)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retrieval.index.segment_store.publish_folder", fail)
    with pytest.raises(OSError, match="No space left"):
        save_segment(build_segment([FIRST], WordEncoder(), anchors()), tmp_path / "segments")
    assert list((tmp_path / "segments").iterdir()) == []
