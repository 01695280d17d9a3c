"""What was read comes back from JSON as it was, and nothing else does."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, DocumentClass, Extraction, Metadata, Origin, Source
from corpus.serial import (
    blocks_from_json,
    blocks_to_json,
    extraction_from_json,
    extraction_to_json,
    metadata_from_json,
    metadata_to_json,
)

TEXT = "Title\nA paragraph over two pages\nrow"
BLOCKS = (
    Block(BlockKind.HEADING, 0, 5, 1),
    Block(BlockKind.PARAGRAPH, 6, 32, 1, "Title", 1, ((20, 2), (30, 4)), Origin.RECOGNISED),
    Block(BlockKind.TABLE_ROW, 33, 36, 4, "Title", 2, label="3"),
)
METADATA = Metadata(
    title="Title",
    publisher="Institute",
    author="A. Author",
    date="2017-12",
    language="kk",
    url="https://example.org/?a=1&b=<2>",
    process="Astana",
    round=8,
    place="Astana",
    meeting_start="2017-12-21",
    meeting_end="2017-12-22",
    document_class=DocumentClass.STATEMENT,
    access="internal",
    container_access="restricted",
    sources=(Source("One", "Publisher", "2017", "https://example.org"), Source("Two")),
    guessed=frozenset({"round", "language"}),
    other_rounds=(9, 12),
)
EXTRACTION = Extraction(TEXT, BLOCKS, METADATA, ("A warning.",), "pdf", 4, (3,))

texts = st.none() | st.text(max_size=8)
blocks = st.builds(
    Block,
    st.sampled_from(BlockKind),
    st.integers(0, 99),
    st.integers(0, 99),
    st.none() | st.integers(1, 9),
    texts,
    st.none() | st.integers(1, 9),
    st.lists(st.tuples(st.integers(0, 99), st.integers(1, 9)), max_size=3).map(tuple),
    st.sampled_from(Origin),
    texts,
)


def test_an_extraction_comes_back_as_it_was() -> None:
    assert extraction_from_json(json.loads(json.dumps(extraction_to_json(EXTRACTION)))) == EXTRACTION


def test_every_field_is_another_than_its_default_so_that_one_forgotten_is_seen() -> None:
    for made, empty in ((METADATA, Metadata()), (EXTRACTION, Extraction("", (), Metadata()))):
        names = [field.name for field in dataclasses.fields(made)]
        assert [name for name in names if getattr(made, name) == getattr(empty, name)] == []


def test_what_was_kept_before_a_document_could_be_of_several_rounds_is_read_and_written_as_it_was() -> None:
    kept = metadata_to_json(dataclasses.replace(METADATA, other_rounds=()))
    assert "other_rounds" not in kept
    assert metadata_from_json(json.loads(json.dumps(kept))) == dataclasses.replace(METADATA, other_rounds=())


def test_an_extraction_of_nothing_but_text_comes_back() -> None:
    plain = Extraction("", (), Metadata())
    assert extraction_from_json(json.loads(json.dumps(extraction_to_json(plain)))) == plain


@given(st.lists(blocks, max_size=5).map(tuple))
def test_any_blocks_come_back(made: tuple[Block, ...]) -> None:
    assert blocks_from_json(json.loads(json.dumps(blocks_to_json(made)))) == made


def test_a_block_like_most_is_written_short() -> None:
    assert blocks_to_json(BLOCKS[:1]) == [["heading", 0, 5, 1, None, None]]


def test_metadata_with_a_field_that_is_not_known_are_refused() -> None:
    with pytest.raises(TypeError):
        metadata_from_json(metadata_to_json(METADATA) | {"colour": "red"})


def test_a_class_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="rumour"):
        metadata_from_json(metadata_to_json(METADATA) | {"document_class": "rumour"})


@pytest.mark.parametrize("field", ["text", "blocks", "metadata", "warnings", "format", "pages", "unread_pages"])
def test_an_extraction_without_one_of_its_fields_is_refused(field: str) -> None:
    value = extraction_to_json(EXTRACTION)
    del value[field]
    with pytest.raises(KeyError):
        extraction_from_json(value)


@pytest.mark.parametrize("block", [["verse", 0, 5, 1, None, None], ["heading", 0], ["heading", 0, 5, 1, None, None, 5]])
def test_what_is_no_block_is_refused(block: list[object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        blocks_from_json([block])
