from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.canonical import fold, is_canonical
from corpus.document import Block, BlockKind, Metadata
from corpus.draft import Draft


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
