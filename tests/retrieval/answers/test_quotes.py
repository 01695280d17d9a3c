"""A quotation is a slice of its document, and cites the place it was taken from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, Metadata
from retrieval.answers.quotes import Quote, block_at, block_number, citation_id
from tests.retrieval.corpora import document

RECORD = document(
    "record.md",
    "# Итоги & <выводы>",
    "Стороны согласовали положение 🕊️.",
    "أكدت الأطراف ضرورة إيصال المساعدات.",
    metadata=Metadata(title="Record", publisher="Institute", date="2017-12", url="https://example.org", round=8),
).document
LETTERS = "аёқўЙاءۀ\u064b\u200c🕊️👩‍👩‍👧🇰🇿<&>\"'\u00a0 e\u0301"


@given(st.text(LETTERS, min_size=1, max_size=40), st.data())
def test_the_text_is_the_slice_between_the_offsets(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = Quote(replace(RECORD, text=text, blocks=()), start, end)
    assert quote.text == text[start:end]
    assert text[:start] + quote.text + text[end:] == text
    assert json.loads(json.dumps(quote.to_json()))["text"] == text[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (4, 3), (0, 10_000), (10_000, 10_001)])
def test_offsets_outside_the_text_or_without_length_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=f"{start}:{end} is no part of"):
        Quote(RECORD, start, end)


def test_a_citation_depends_on_the_file_and_both_offsets_alone() -> None:
    quote = Quote(RECORD, 0, 5, 0.5)
    others = [Quote(RECORD, 1, 5), Quote(RECORD, 0, 6), Quote(replace(RECORD, sha256="00" * 32), 0, 5)]
    assert len({quote.citation, *(other.citation for other in others)}) == 4
    assert Quote(replace(RECORD, id="moved.md", file="/moved.md"), 0, 5, 0.1).citation == quote.citation


def test_a_citation_worked_out_once_stays_what_it_was() -> None:
    """Citations are kept in messages: another digest would make all of them unknown."""
    assert citation_id("00" * 32, 10, 20, "ten letters") == "a5za3elp4y"


def test_a_citation_is_ten_small_letters_and_digits() -> None:
    citation = Quote(RECORD, 0, 5).citation
    assert len(citation) == 10
    assert set(citation) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_the_block_is_the_one_that_the_quotation_begins_in() -> None:
    heading, first, second = RECORD.blocks
    assert [block_number(RECORD, block.start) for block in RECORD.blocks] == [0, 1, 2]
    assert block_number(RECORD, heading.end) is None
    assert block_at(RECORD, 0) == heading
    assert block_at(RECORD, heading.end - 1) == heading
    assert block_at(RECORD, heading.end) is None
    assert block_at(RECORD, first.start) == first
    assert Quote(RECORD, first.start, second.end).block == first
    assert block_at(RECORD, len(RECORD.text)) is None


def test_before_the_first_block_there_is_none() -> None:
    late = replace(RECORD, blocks=(Block(BlockKind.PARAGRAPH, 4, 9, paragraph=1),))
    assert block_at(late, 3) is None
    assert block_at(late, 4) == late.blocks[0]
    assert block_at(replace(RECORD, blocks=()), 0) is None


def test_everything_cited_is_given_and_what_is_unknown_is_none() -> None:
    quote = Quote(RECORD, RECORD.blocks[1].start, RECORD.blocks[1].end, 0.123456)
    assert quote.to_json() == {
        "citation": quote.citation,
        "text": "Стороны согласовали положение 🕊️.",
        "document": "record.md",
        "file": "/record.md",
        "sha256": RECORD.sha256,
        "start": 17,
        "end": 50,
        "title": "Record",
        "publisher": "Institute",
        "date": "2017-12",
        "url": "https://example.org",
        "process": None,
        "round": 8,
        "page": 1,
        "heading": "Итоги & <выводы>",
        "paragraph": 1,
        "score": 0.1235,
        "also": [],
    }


def test_the_same_words_elsewhere_are_given_with_their_own_source_and_citation() -> None:
    copy = document(
        "copy.md", "Before.", "Стороны согласовали положение 🕊️.", metadata=Metadata(title="Copy", date="2018")
    )
    also = Quote(copy.document, 8, len(copy.document.text), 0.5)
    quote = Quote(RECORD, RECORD.blocks[1].start, RECORD.blocks[1].end, 1.0, (also,))
    assert quote.to_json()["also"] == [
        {
            "citation": also.citation,
            "document": "copy.md",
            "file": "/copy.md",
            "sha256": copy.document.sha256,
            "start": 8,
            "end": 41,
            "title": "Copy",
            "publisher": None,
            "date": "2018",
            "url": None,
            "page": 1,
        }
    ]
    assert quote.citation == Quote(RECORD, quote.start, quote.end).citation != also.citation


def test_a_quotation_over_several_blocks_ends_in_another_than_it_begins() -> None:
    quote = Quote(RECORD, RECORD.blocks[1].start, RECORD.blocks[2].end)
    assert (quote.block, quote.last_block) == RECORD.blocks[1:]
    assert Quote(RECORD, RECORD.blocks[1].start, RECORD.blocks[1].end).last_block == RECORD.blocks[1]
    assert Quote(replace(RECORD, blocks=()), 0, 5).last_block is None


def test_between_blocks_page_heading_and_paragraph_are_unknown() -> None:
    value = Quote(replace(RECORD, blocks=()), 0, 5).to_json()
    assert (value["page"], value["heading"], value["paragraph"]) == (None, None, None)
