"""A passage of an earlier version found again in the present one: in its place, reworded, moved, or gone."""

from __future__ import annotations

import pytest

from corpus.document import Block, BlockKind, Document, Metadata, Span
from retrieval.index.revision import counterpart

FIRST = "The delegations met in Astana on 21 December."
SECOND = "They agreed to release 12 detainees before the end of the month."
THIRD = "The next round will be held in Sochi."


def version(*paragraphs: str) -> Document:
    """A document of these paragraphs."""
    blocks, start = [], 0
    for number, text in enumerate(paragraphs, 1):
        blocks.append(Block(BlockKind.PARAGRAPH, start, start + len(text), paragraph=number))
        start += len(text) + 1
    return Document("a.md", "/a.md", "00", "\n".join(paragraphs), tuple(blocks), Metadata(language="en"))


def found(old: Document, words: str, new: Document) -> str | None:
    """The words of ``new`` that are in the place of ``words`` in ``old``."""
    start = old.text.index(words)
    span = counterpart(old, Span(start, start + len(words)), new)
    return None if span is None else new.text[span.start : span.end]


def test_a_sentence_after_an_inserted_paragraph_is_found_where_it_stands_now() -> None:
    old, new = version(f"{FIRST} {SECOND}", THIRD), version("A preface.", f"{FIRST} {SECOND}", THIRD)
    assert found(old, SECOND, new) == SECOND
    assert found(old, f"{FIRST} {SECOND}", new) == f"{FIRST} {SECOND}"


def test_a_changed_sentence_is_the_one_in_its_place() -> None:
    changed = SECOND.replace("12", "15")
    assert found(version(f"{FIRST} {SECOND} {THIRD}"), SECOND, version(f"{FIRST} {changed} {THIRD}")) == changed


def test_of_two_changed_sentences_each_is_the_more_alike() -> None:
    first, second = FIRST.replace("21", "22"), SECOND.replace("12", "15")
    old, new = version(FIRST, SECOND, THIRD), version(second, first, THIRD)
    assert found(old, FIRST, new) == first
    assert found(old, SECOND, new) == second


def test_a_sentence_that_moved_to_another_place_is_found_there() -> None:
    others = [f"Paragraph {name} says something of its own." for name in ("one", "two", "three")]
    assert found(version(SECOND, *others), SECOND, version(*others, SECOND)) == SECOND


def test_a_passage_that_is_gone_has_no_counterpart() -> None:
    assert found(version(FIRST, SECOND, THIRD), SECOND, version(FIRST, THIRD)) is None
    assert found(version(SECOND), SECOND, version("Nothing else is alike here: xyz.")) is None


def test_part_of_an_unchanged_sentence_stays_that_part() -> None:
    assert found(version(FIRST, THIRD), "met in Astana", version("A preface.", FIRST, THIRD)) == "met in Astana"


def test_part_of_a_changed_sentence_becomes_the_whole_of_it() -> None:
    changed = FIRST.replace("Astana", "Almaty")
    assert found(version(FIRST, THIRD), "met in Astana", version(changed, THIRD)) == changed


def test_other_line_breaks_change_nothing() -> None:
    old = version("The delegations met\nin Astana on 21 December.", THIRD)
    new = version(FIRST, THIRD)
    assert found(old, "The delegations met\nin Astana on 21 December.", new) == FIRST


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_of_several_equal_sentences_is_its_own_counterpart(index: int) -> None:
    old = version("Agreed.", "Agreed.", "Agreed.")
    block = old.blocks[index]
    assert counterpart(old, Span(block.start, block.end), old) == Span(block.start, block.end)


def test_words_far_apart_now_are_not_joined() -> None:
    fillers = [f"Paragraph {name} says something of its own." for name in ("one", "two", "three", "four")]
    old, new = version(f"{FIRST} {SECOND}", *fillers), version(FIRST, *fillers, SECOND)
    span = counterpart(old, Span(0, len(FIRST) + 1 + len(SECOND)), new)
    assert span is not None
    assert new.text[span.start : span.end] == FIRST
