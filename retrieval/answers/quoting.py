"""From ranked hits to quotations: each as long as it must be, nothing twice, and not all from one document."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retrieval.answers.extent import extent, stands_alone
from retrieval.answers.quotes import Quote
from retrieval.answers.sameness import Wording, alike, folded_wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.index.generation import Generation

MARGIN = 0.1
# How many sentences before and after a hit are looked at; more than fit into a quotation.
_REACH = 40


class Hit(Protocol):
    """A sentence that was found: row numbers of the generation, offsets, and a score."""

    @property
    def document(self) -> int:
        """The place of its document in ``Generation.documents``."""

    @property
    def sentence(self) -> int:
        """Its row in ``Generation.sentences``."""

    @property
    def start(self) -> int:
        """The code point of its document at which it begins."""

    @property
    def end(self) -> int:
        """The code point behind its last."""

    @property
    def score(self) -> float:
        """How good it is; more is better."""


def quotations(generation: Generation, hits: Sequence[Hit], count: int, *, margin: float = MARGIN) -> tuple[Quote, ...]:
    """At most ``count`` quotations for ``hits``, which are ranked, best first; see ``extent`` on their ends.

    - A hit in a document that is quoted already is put off behind hits in other documents whose scores are less than
      ``margin`` lower: 0.0 never puts off, infinity brings every document once before any comes again.
    - What a quotation already shows is not shown again: a sentence within it, or nearly the same words. A document with
      the very same words is named in ``Quote.also``, each document once; ones that no quotation was needed for, too.

    Raises:
        ValueError: ``margin`` is negative or not a number.
    """
    if math.isnan(margin) or margin < 0:
        raise ValueError(f"a margin of {margin} is not a distance between scores")
    selection = _Selection(generation)
    waiting = list(hits)
    while waiting and len(selection.chosen) < count:
        selection.take(waiting.pop(_next(waiting, selection.documents, margin)))
    for hit in waiting:
        selection.cite(hit)
    return tuple(chosen.with_also() for chosen in selection.chosen)


def _next(waiting: Sequence[Hit], quoted: frozenset[int], margin: float) -> int:
    """Which of ``waiting`` comes next, the documents ``quoted`` being quoted already."""
    best = waiting[0]
    for place, hit in enumerate(waiting):
        if place > 0 and not hit.score > best.score - margin:
            break
        if hit.document not in quoted:
            return place
    return 0


@dataclass(slots=True)
class _Chosen:
    """A quotation, what it says, and the same elsewhere, by document."""

    quote: Quote
    number: int
    wording: Wording
    also: dict[int, Quote] = field(default_factory=dict)

    def with_also(self) -> Quote:
        return replace(self.quote, also=tuple(self.also.values()))

    def overlaps(self, number: int, start: int, end: int) -> bool:
        quote = self.quote if number == self.number else self.also.get(number)
        return quote is not None and start < quote.end and quote.start < end


@dataclass(slots=True)
class _Selection:
    """The quotations chosen so far."""

    generation: Generation
    chosen: list[_Chosen] = field(default_factory=list)

    @property
    def documents(self) -> frozenset[int]:
        return frozenset(chosen.number for chosen in self.chosen)

    def take(self, hit: Hit) -> None:
        """Quote ``hit``, unless it is shown already."""
        quote = self._quote(hit)
        if quote is None:
            return
        wording = Wording.of(quote.text)
        if not self._cite(hit, quote, wording.folded) and not any(alike(wording, one.wording) for one in self.chosen):
            self.chosen.append(_Chosen(quote, hit.document, wording))

    def cite(self, hit: Hit) -> None:
        """Name ``hit`` beside the quotation that has its very words, if there is one."""
        text = self.generation.documents[hit.document].document.text
        sentence = folded_wording(text[hit.start : hit.end])
        if any(sentence in chosen.wording.folded for chosen in self.chosen):
            quote = self._quote(hit)
            if quote is not None:
                self._cite(hit, quote, folded_wording(quote.text))

    def _cite(self, hit: Hit, quote: Quote, folded: str) -> bool:
        for chosen in self.chosen:
            if chosen.wording.folded == folded:
                if hit.document != chosen.number:
                    chosen.also.setdefault(hit.document, quote)
                return True
        return False

    def _quote(self, hit: Hit) -> Quote | None:
        """The quotation for ``hit``; None where another has it, or has what it would need to be understood."""
        document = self.generation.documents[hit.document].document
        if self._is_shown(hit.document, hit.start, hit.end):
            return None
        start, end = extent(document, *self._sentences(hit))
        if self._is_shown(hit.document, start, end):
            # The sentence that it leans on stands in the reply already.
            if not stands_alone(document, hit.start, hit.end):
                return None
            start, end = hit.start, hit.end
        return Quote(document, start, end, hit.score)

    def _is_shown(self, number: int, start: int, end: int) -> bool:
        return any(chosen.overlaps(number, start, end) for chosen in self.chosen)

    def _sentences(self, hit: Hit) -> tuple[list[tuple[int, int]], int]:
        """The sentences around ``hit`` in its document, as spans, and its own place among them."""
        first = max(0, hit.sentence - _REACH)
        table = self.generation.sentences[first : hit.sentence + _REACH + 1]
        rows = np.flatnonzero(table[:, 0] == hit.document)
        spans = [(int(start), int(end)) for start, end in table[rows, 1:3]]
        return spans, hit.sentence - first - int(rows[0])
