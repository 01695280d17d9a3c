"""Passages: consecutive whole sentences of one section, packed to a length that an encoder reads well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from corpus.document import BlockKind, Document
from corpus.sentences import Sentence

# In words. A passage is closed near TARGET, at the end of a paragraph from EARLY on, and only a single sentence or a
# short rest makes it longer than TARGET; a rest below SHORT joins the passage before it if that stays within MOST.
TARGET = 120
EARLY = 80
SHORT = 40
MOST = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage: its span in the document's text, and the indexes of its first and last sentence (both included)."""

    start: int
    end: int
    first_sentence: int
    last_sentence: int


def passages(document: Document, sentences: Sequence[Sentence]) -> tuple[Passage, ...]:
    """Return the passages of ``document``, in order; every one of its ``sentences`` is in exactly one.

    A passage never crosses a heading, and footnotes and table rows are never packed with running text.
    """
    lengths = [len(document.text[sentence.start : sentence.end].split()) for sentence in sentences]
    packed = []
    for section in _sections(document, sentences):
        for first, last in _pack(section, sentences, lengths):
            packed.append(Passage(sentences[first].start, sentences[last].end, first, last))
    return tuple(packed)


def _sections(document: Document, sentences: Sequence[Sentence]) -> Iterator[range]:
    """Yield runs of sentence indexes that have no heading between them and are of one kind of text."""
    headings = list(accumulate(block.kind is BlockKind.HEADING for block in document.blocks))

    def key(index: int) -> tuple[int, str]:
        block = sentences[index].block
        kind = document.blocks[block].kind
        return headings[block], kind if kind in (BlockKind.FOOTNOTE, BlockKind.TABLE_ROW) else "text"

    for _, run in groupby(range(len(sentences)), key):
        indexes = list(run)
        yield range(indexes[0], indexes[-1] + 1)


def _pack(section: range, sentences: Sequence[Sentence], lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last sentence of each passage of one section."""
    packed: list[tuple[int, int]] = []
    first, words = section.start, 0
    for index in section:
        if index > first and _is_full(words, lengths[index], sentences[index].block != sentences[index - 1].block):
            packed.append((first, index - 1))
            first, words = index, 0
        words += lengths[index]
    if packed and words < SHORT and sum(lengths[packed[-1][0] : section.stop]) <= MOST:
        first = packed.pop()[0]
    packed.append((first, section.stop - 1))
    return packed


def _is_full(words: int, following: int, at_paragraph: bool) -> bool:
    """Say whether to close a passage of ``words`` words before a sentence of ``following`` words."""
    if at_paragraph and words >= EARLY:
        return True
    # Close on the nearer side of the target.
    return words + following > TARGET and words + following - TARGET > TARGET - words
