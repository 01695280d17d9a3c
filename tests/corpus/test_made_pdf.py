"""The made PDFs, of which ``tests.corpus.make_pdf`` knows where everything stands, as their reader reads them."""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from corpus.document import Block, BlockKind, Extraction, Origin
from corpus.readers.pdf import read_pdf
from corpus.sentences import sentences

MADE = Path(__file__).parent / "made"
TWO_COLUMNS = ("two-columns", "two-columns-by-rows")
LEFT_TO_RIGHT = (*TWO_COLUMNS, "one-column-ru", "one-column-kk", "one-column-tr")
RIGHT_TO_LEFT = ("browser-ar", "browser-fa")
LANGUAGES = {name: name[-2:] if name not in TWO_COLUMNS else "en" for name in (*LEFT_TO_RIGHT, *RIGHT_TO_LEFT)}
# A PDF does not keep the mark; it is left out of both when they are compared.
NON_JOINER = "\u200c"


@cache
def truth(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((MADE / f"{name}.pdf.json").read_text(encoding="utf-8"))
    return value


@cache
def extraction(name: str) -> Extraction:
    return read_pdf((MADE / f"{name}.pdf").read_bytes())


def made(block: dict[str, Any]) -> tuple[Any, ...]:
    text, turns = block["text"], [tuple(turn) for turn in block["turns"]]
    turns = [(len(text[:offset].replace(NON_JOINER, "")), page) for offset, page in turns]
    return block["kind"], text.replace(NON_JOINER, ""), block["label"], block["page"], turns


def read(block: Block, text: str) -> tuple[Any, ...]:
    turns = [(offset - block.start, page) for offset, page in block.turns]
    return block.kind.value, text[block.start : block.end], block.label, block.page, turns


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_block_is_whole_in_order_on_its_page_and_goes_over_where_it_does(name: str) -> None:
    """109 of 109 in each print of two columns, 21 of 21 in each of the others; 12 and 1 to 2 of them go over a page."""
    found = extraction(name)
    blocks = [read(block, found.text) for block in found.blocks if block.kind is not BlockKind.FOOTNOTE]
    assert blocks == [made(block) for block in truth(name)["blocks"]]
    assert any(block.turns for block in found.blocks)


@pytest.mark.parametrize("name", TWO_COLUMNS)
def test_footnotes_are_whole_and_have_their_marks(name: str) -> None:
    found = extraction(name)
    notes = [read(block, found.text) for block in found.blocks if block.kind is BlockKind.FOOTNOTE]
    assert len(notes) == 14
    assert notes == [made(note) for note in truth(name)["footnotes"]]


@pytest.mark.parametrize("name", LANGUAGES)
def test_headings_are_the_path_and_the_title_is_found(name: str) -> None:
    found = extraction(name)
    assert found.metadata.title == truth(name)["title"]
    path = None
    for block in found.blocks:
        if block.kind is BlockKind.HEADING:
            heading = found.text[block.start : block.end]
            path = heading if heading != truth(name)["title"] else None
        elif block.kind is not BlockKind.FOOTNOTE:
            assert block.heading == path


def test_sixty_sentences_of_each_print_of_two_columns_are_verbatim() -> None:
    for name in TWO_COLUMNS:
        text = extraction(name).text
        wanted = [block["text"] for block in truth(name)["blocks"] if block["kind"] == "paragraph"]
        said = [sentence for paragraph in wanted for sentence in split(paragraph, "en")]
        assert sum(sentence in text for sentence in Random(1).sample(said, 60)) == 60


def split(text: str, language: str) -> list[str]:
    block = Block(BlockKind.PARAGRAPH, 0, len(text))
    return [text[sentence.start : sentence.end] for sentence in sentences(text, (block,), language)]


@pytest.mark.parametrize("name", RIGHT_TO_LEFT)
def test_pairs_of_words_from_right_to_left_are_found(name: str) -> None:
    """All of them are; the bar is 0.97."""
    found = set(pairs(extraction(name).text))
    wanted = [pair for block in truth(name)["blocks"] for pair in pairs(block["text"].replace(NON_JOINER, ""))]
    assert sum(pair in found for pair in wanted) / len(wanted) >= 0.97


def pairs(text: str) -> list[tuple[str, str]]:
    return list(itertools.pairwise(text.split()))


@pytest.mark.parametrize("name", LANGUAGES)
def test_text_from_right_to_left_says_that_it_was_put_in_order(name: str) -> None:
    origin = Origin.REORDERED if name in RIGHT_TO_LEFT else Origin.TEXT
    assert {block.origin for block in extraction(name).blocks} == {origin}


def test_the_pages_of_five_hundred_sentences_are_right() -> None:
    """Where each begins and where it ends, those that go over the end of a page included."""
    asked = []
    for name, language in LANGUAGES.items():
        found = extraction(name)
        places = page_of_every_character(name)
        for sentence in sentences(found.text, found.blocks, language):
            if found.blocks[sentence.block].kind is not BlockKind.FOOTNOTE:
                asked.append((name, sentence, places))
    over = [item for item in asked if item[2][item[1].start] != item[2][item[1].end - 1]]
    assert len(over) >= 20
    sample = [*over, *Random(5).sample(asked, 500 - len(over))]
    right = 0
    for name, sentence, places in sample:
        block = extraction(name).blocks[sentence.block]
        first, last = block.page_at(sentence.start), block.page_at(sentence.end - 1)
        right += (first, last) == (places[sentence.start], places[sentence.end - 1])
    assert right == 500


@cache
def page_of_every_character(name: str) -> dict[int, int]:
    """Offsets in the text as read, of every code point of every block but the footnotes, to the pages of the truth."""
    found = extraction(name)
    blocks = [block for block in found.blocks if block.kind is not BlockKind.FOOTNOTE]
    places = {}
    for block, wanted in zip(blocks, map(made, truth(name)["blocks"]), strict=True):
        _, text, _, page, turns = wanted
        for offset in range(len(text)):
            page = dict(turns).get(offset, page)
            places[block.start + offset] = page
    return places
