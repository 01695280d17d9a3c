"""How far a quotation reaches: the sentence that answers, and the ones beside it without which it says too little."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus.document import BlockKind
from retrieval.answers.leaning import begins_inside, is_fragment, leans
from retrieval.answers.quotes import block_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.document import Block, Document

# In code points. Only a sentence that is longer by itself is quoted at greater length.
QUOTE_LIMIT = 400
_MOST_BEFORE = 2
_RUNNING = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
_INTRODUCES = re.compile(r"[:：]\s*[-–—]?$")
_SEPARATORS = (";", "؛", ",", "،")
_GOES_ON = (":", "：", *_SEPARATORS)
_ENDS = re.compile(r"[.!?…؟。:：;؛][)\]»”\"'’]*$")


def extent(document: Document, sentences: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
    """The start and end of the quotation for the sentence at ``place``.

    ``sentences`` are spans of ``document`` that follow on each other, none left out between them, such as
    ``corpus.sentences`` finds; the quotation is a slice from the start of one to the end of one.

    - A table row is quoted as it is; a footnote as a whole where it fits.
    - A sentence that leans on the ones before it in its block takes up to two of them, one that ends in a colon what it
      announces, an item of a list the sentence that introduces the list, and a fragment what is beside it.
    - Nothing is taken over a heading, and nothing that would make the quotation longer than ``QUOTE_LIMIT``: then, and
      where the sentences taken would lean on others in turn, the sentence stands alone.
    """
    around = _Around(document, sentences)
    block = around.block(place)
    if block is None or block.kind is BlockKind.TABLE_ROW:
        return sentences[place]
    if block.kind is BlockKind.FOOTNOTE:
        return (block.start, block.end) if block.end - block.start <= QUOTE_LIMIT else sentences[place]
    last = around.last(place)
    first = around.first(place, last)
    if first == last and around.is_fragment(place):
        first, last = around.beside(place)
    return sentences[first][0], sentences[last][1]


def stands_alone(document: Document, start: int, end: int) -> bool:
    """Whether that sentence of ``document`` says something by itself, even if not who is meant."""
    return not is_fragment(document.text[start:end], document.metadata.language)


@dataclass(frozen=True, slots=True)
class _Around:
    """A document's sentences, to look from one of them to those beside it."""

    document: Document
    sentences: Sequence[tuple[int, int]]

    def text(self, place: int) -> str:
        start, end = self.sentences[place]
        return self.document.text[start:end]

    def number(self, place: int) -> int | None:
        return block_number(self.document, self.sentences[place][0])

    def block(self, place: int) -> Block | None:
        number = self.number(place)
        return None if number is None else self.document.blocks[number]

    def fits(self, first: int, last: int) -> bool:
        return self.sentences[last][1] - self.sentences[first][0] <= QUOTE_LIMIT

    def are_joined(self, place: int) -> bool:
        """Whether the sentence at ``place`` and the next are running text with no heading or other thing between."""
        if not 0 <= place < len(self.sentences) - 1:
            return False
        one, other = self.number(place), self.number(place + 1)
        return (
            one is not None
            and other is not None
            and other - one <= 1
            and all(self.document.blocks[number].kind in _RUNNING for number in (one, other))
        )

    def is_within_block(self, place: int) -> bool:
        """Whether the sentence at ``place`` and the one before it are in the same block."""
        return self.are_joined(place - 1) and self.number(place - 1) == self.number(place)

    def is_item(self, place: int) -> bool:
        block = self.block(place)
        return block is not None and block.kind is BlockKind.LIST_ITEM

    def is_fragment(self, place: int) -> bool:
        return is_fragment(self.text(place), self.document.metadata.language)

    def first(self, place: int, last: int) -> int:
        """The first sentence of the quotation of those from ``place`` to ``last``; ``place`` where none will do."""
        first = place
        for _ in range(_MOST_BEFORE + 1):
            if not self._leans(first):
                return first
            before = self._before(first)
            if before is None or not self.fits(before, last):
                return place
            first = before
        return place

    def _leans(self, place: int) -> bool:
        text = self.text(place)
        if leans(text, self.document.metadata.language):
            return True
        if _INTRODUCES.search(text):
            return False
        if self.is_item(place) and not self.is_within_block(place):
            is_next = self.are_joined(place - 1) and self.text(place - 1).endswith(_SEPARATORS)
            if is_next or text.endswith(_SEPARATORS):
                return True
        return self.is_fragment(place)

    def _before(self, place: int) -> int | None:
        """The sentence that the one at ``place`` may lean on."""
        if self.is_within_block(place):
            return place - 1
        if self.is_item(place):
            return self._introduction(place)
        if not self.are_joined(place - 1) or self.is_item(place - 1):
            return None
        is_broken = begins_inside(self.text(place)) and not _ENDS.search(self.text(place - 1))
        return place - 1 if is_broken or self.is_fragment(place) else None

    def _introduction(self, place: int) -> int | None:
        """The sentence with a colon that introduces the list of the item at ``place``."""
        while self.are_joined(place - 1):
            place -= 1
            if _INTRODUCES.search(self.text(place)):
                return place
            if not self.is_item(place):
                return None
        return None

    def last(self, place: int) -> int:
        """The last sentence of what the one at ``place`` announces with a colon, as far as it fits; else ``place``."""
        if not _INTRODUCES.search(self.text(place)):
            return self._rest(place)
        last = place
        while self.are_joined(last) and self.fits(place, last + 1):
            is_list = self.is_item(last) and self.is_item(last + 1)
            if last > place and not is_list and not self.text(last).endswith(_GOES_ON):
                break
            last += 1
        return last

    def _rest(self, place: int) -> int:
        """The sentence after ``place`` where it is the rest of this one, broken off such as by the end of a page."""
        is_broken = (
            self.are_joined(place)
            and not self.is_item(place + 1)
            and begins_inside(self.text(place + 1))
            and not _ENDS.search(self.text(place))
        )
        return place + 1 if is_broken and self.fits(place, place + 1) else place

    def beside(self, place: int) -> tuple[int, int]:
        """The fragment at ``place`` with the sentence before it, else with the one after it, else alone."""
        before = self._before(place)
        if before is not None and self.fits(before, place):
            return before, place
        can_follow = self.are_joined(place) and not self.is_item(place) and not self.is_item(place + 1)
        return place, place + 1 if can_follow and self.fits(place, place + 1) else place
