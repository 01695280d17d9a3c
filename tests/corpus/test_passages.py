from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import BlockKind, Document, Metadata
from corpus.passages import MOST, TARGET, Passage, passages
from corpus.readers.draft import Draft
from corpus.sentences import Sentence, sentences


def document(draft: Draft) -> tuple[Document, tuple[Sentence, ...]]:
    made = draft.extraction(Metadata(language="en"))
    return (
        Document("d", "/d", "0" * 64, made.text, made.blocks, made.metadata),
        sentences(made.text, made.blocks, "en"),
    )


def sentence(words: int) -> str:
    return "The " + "word " * (words - 2) + "ends."


def lengths(draft: Draft) -> list[int]:
    made, split = document(draft)
    return [len(made.text[p.start : p.end].split()) for p in passages(made, split)]


def paragraphs(*sizes: list[int]) -> Draft:
    draft = Draft()
    for size in sizes:
        draft.add(BlockKind.PARAGRAPH, " ".join(map(sentence, size)))
    return draft


def test_sentences_are_packed_to_about_the_target() -> None:
    assert lengths(paragraphs([30] * 10)) == [120, 120, 60]


def test_a_passage_is_closed_on_the_nearer_side_of_the_target() -> None:
    assert lengths(paragraphs([100, 30, 50, 50])) == [130, 100]
    assert lengths(paragraphs([100, 60, 50, 50])) == [100, 110, 50]


def test_a_passage_is_closed_at_the_end_of_a_paragraph_once_it_is_long_enough() -> None:
    assert lengths(paragraphs([45, 45], [30, 30, 30])) == [90, 90]
    assert lengths(paragraphs([30], [30], [30], [30])) == [90 + 30]


def test_a_short_rest_joins_the_passage_before_it() -> None:
    assert lengths(paragraphs([60, 60, 20])) == [140]


def test_a_long_sentence_stands_alone() -> None:
    assert lengths(paragraphs([70, 190, 70])) == [70, 190, 70]


def test_no_passage_crosses_a_heading_even_into_a_section_of_the_same_name() -> None:
    draft = Draft()
    for _ in range(2):
        draft.heading("Notes", 1)
        draft.add(BlockKind.PARAGRAPH, sentence(10))
    assert lengths(draft) == [10, 10]


def test_footnotes_and_table_rows_are_passages_of_their_own() -> None:
    draft = Draft()
    draft.add(BlockKind.PARAGRAPH, sentence(10))
    draft.add(BlockKind.FOOTNOTE, sentence(5))
    draft.add(BlockKind.LIST_ITEM, sentence(6))
    draft.add(BlockKind.PARAGRAPH, sentence(7))
    draft.row(["a", "b"])
    draft.row(["c", "d"])
    assert lengths(draft) == [10, 5, 13, 6]


def test_a_passage_names_its_sentences_and_is_their_span() -> None:
    made, split = document(paragraphs([5, 5], [5]))
    assert passages(made, split) == (Passage(split[0].start, split[2].end, 0, 2),)


def test_a_document_without_sentences_has_no_passages() -> None:
    draft = Draft()
    draft.heading("Only this", 1)
    assert passages(*document(draft)) == ()


BLOCKS = st.lists(
    st.tuples(st.sampled_from(BlockKind), st.lists(st.integers(2, 260), min_size=1, max_size=6)),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(BLOCKS)
def test_every_sentence_is_in_exactly_one_passage_of_its_section(parts: list[tuple[BlockKind, list[int]]]) -> None:
    draft = Draft()
    for kind, sizes in parts:
        text = " ".join(map(sentence, sizes))
        if kind is BlockKind.HEADING:
            draft.heading(text, 1)
        else:
            draft.add(kind, text)
    made, split = document(draft)
    packed = passages(made, split)
    covered = [index for p in packed for index in range(p.first_sentence, p.last_sentence + 1)]
    assert covered == list(range(len(split)))
    headings = [block.start for block in made.blocks if block.kind is BlockKind.HEADING]
    for passage in packed:
        assert (passage.start, passage.end) == (split[passage.first_sentence].start, split[passage.last_sentence].end)
        assert not any(passage.start < start < passage.end for start in headings)
        if passage.first_sentence != passage.last_sentence:
            assert len(made.text[passage.start : passage.end].split()) <= MOST + TARGET
