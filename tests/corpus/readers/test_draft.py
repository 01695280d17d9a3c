from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.canonical import fold, is_canonical
from corpus.document import Block, BlockKind, Metadata
from corpus.readers.draft import Draft


def test_headings_open_and_close_sections_by_level() -> None:
    draft = Draft()
    draft.title("Report")
    draft.heading("One", 1)
    draft.heading("Deep", 3)
    draft.add(BlockKind.PARAGRAPH, "a")
    draft.heading("Two", 2)
    draft.add(BlockKind.PARAGRAPH, "b")
    draft.heading("Next", 1)
    draft.add(BlockKind.PARAGRAPH, "c")
    draft.end_sections()
    draft.add(BlockKind.FOOTNOTE, "d")
    blocks = draft.extraction(Metadata()).blocks
    assert [block.heading for block in blocks if block.paragraph] == ["One › Deep", "One › Two", "Next", None]
    assert [block.heading for block in blocks if not block.paragraph] == [None, None, "One", "One", None]


def test_offsets_numbers_and_pages() -> None:
    draft = Draft()
    draft.add(BlockKind.PARAGRAPH, " one\n two ", 1)
    draft.add(BlockKind.PARAGRAPH, " \u200b ", 1)
    draft.row(["a", " ", "c"], 2)
    draft.row(["", " "], 2)
    extraction = draft.extraction(Metadata())
    assert extraction.text == "one two\n\na | | c"
    assert extraction.blocks == (
        Block(BlockKind.PARAGRAPH, 0, 7, 1, None, 1),
        Block(BlockKind.TABLE_ROW, 9, 16, 2, None, 2),
    )


@given(st.lists(st.tuples(st.sampled_from(BlockKind), st.text()), max_size=8))
def test_every_block_is_a_folded_slice_and_the_text_is_canonical(parts: list[tuple[BlockKind, str]]) -> None:
    draft = Draft()
    for kind, text in parts:
        if kind is BlockKind.HEADING:
            draft.heading(text, 1)
        else:
            draft.add(kind, text)
    extraction = draft.extraction(Metadata())
    assert is_canonical(extraction.text)
    slices = [extraction.text[block.start : block.end] for block in extraction.blocks]
    assert slices == [folded for _, text in parts if (folded := fold(text))]
    assert "\n\n".join(slices) == extraction.text


def test_a_block_of_parts_knows_where_it_goes_over_to_each_page() -> None:
    draft = Draft()
    draft.add(BlockKind.PARAGRAPH, "one", 3)
    draft.add_parts(BlockKind.FOOTNOTE, [("the  reser", 3), ("voir ", 4), (" \u200b", 5), ("is\n deep", 6)], label="2")
    extraction = draft.extraction(Metadata())
    assert extraction.text == "one\n\nthe reservoir is deep"
    block = extraction.blocks[1]
    assert (block.page, block.turns, block.label) == (3, ((14, 4), (19, 6)), "2")
    assert [block.page_at(offset) for offset in (5, 13, 14, 18, 19, 25)] == [3, 3, 4, 4, 6, 6]


def test_a_character_that_two_parts_make_is_on_the_first_page() -> None:
    draft = Draft()
    draft.add_parts(BlockKind.PARAGRAPH, [("cafe", 1), ("\u0301 au lait", 2)])
    (block,) = draft.extraction(Metadata()).blocks
    assert (block.page, block.turns, block.end) == (1, ((5, 2),), 12)


def test_a_part_of_the_same_page_is_no_turn_and_a_first_part_of_blanks_no_page() -> None:
    draft = Draft()
    draft.add_parts(BlockKind.PARAGRAPH, [(" ", 1), ("a ", 2), ("b ", 2), ("c", None)])
    assert draft.extraction(Metadata()).blocks == (Block(BlockKind.PARAGRAPH, 0, 5, 2, None, 1),)


@given(st.lists(st.text("ab \u0301\u200e-\u00ad", max_size=4), max_size=6))
def test_parts_are_folded_as_their_whole_and_turns_stand_in_order_within_it(parts: list[str]) -> None:
    draft = Draft()
    draft.add_parts(BlockKind.PARAGRAPH, [(part, page) for page, part in enumerate(parts, start=1)])
    extraction = draft.extraction(Metadata())
    assert extraction.text == fold("".join(parts))
    offsets = [offset for block in extraction.blocks for offset, _ in block.turns]
    assert offsets == sorted(offsets)
    assert all(0 < offset < len(extraction.text) for offset in offsets)
