"""Where a passage of an earlier version of a document stands in its present one."""

from __future__ import annotations

import re
from bisect import bisect_right
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from corpus.canonical import fold
from corpus.document import BlockKind, Span
from corpus.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from corpus.document import Document, Extraction

# So much of a sentence's letters must be the same for it to be another wording of the one in its place, and more
# where it stands elsewhere. Shares of ``difflib``'s ratio.
_IN_PLACE, _ELSEWHERE = 0.5, 0.8
# Sentences further apart than this in the new version are not one passage.
_GAP = 2


def counterpart(old: Document | Extraction, span: Span, new: Document) -> Span | None:
    """Where what stands at ``span`` in ``old`` stands in ``new``; see ``Comparison.counterpart``."""
    return Comparison(old, new).counterpart(span)


class Comparison:
    """Two versions of a document, aligned once sentence by sentence, blanks and invisible marks aside.

    ``after`` are the sentences of the new version where they are known, as ``corpus.sentences`` gives them.
    """

    def __init__(self, old: Document | Extraction, new: Document, after: Sequence[Span] | None = None) -> None:
        self._old, self._new = old, new
        self._after = _sentences(new) if after is None else after
        self._before = _sentences(old, _known(new, self._after, old.metadata.language))
        self._alignment = _Alignment(_folded(old, self._before), _folded(new, self._after))

    def counterpart(self, span: Span) -> Span | None:
        """Where what stands at ``span`` in the old version stands in the new one; None where it is gone.

        It is a slice of whole sentences. Where the very words of the span are in the sentences found, the slice is
        these words.
        """
        found = sorted({number for one in self._touched(span) if (number := self._alignment.of(one)) is not None})
        group = _longest_run(found)
        if not group:
            return None
        start, end = self._after[group[0]].start, self._after[group[-1]].end
        words = self._old.text[span.start : span.end]
        exact = self._new.text.find(words, start, end)
        if exact >= 0 and self._new.text.find(words, exact + 1, end) < 0:
            return Span(exact, exact + len(words))
        return Span(start, end)

    def stands(self, span: Span) -> bool:
        """Whether the sentences that ``span`` touches in the old version stand in the new one, in a row and unchanged.

        So that nothing was added to a sentence of which only a part is at ``span``. What is in no sentence, such as a
        heading, stands where the new version has its words, whole.
        """
        touched = self._touched(span)
        if not touched:
            words = re.escape(self._old.text[span.start : span.end])
            return re.search(rf"(?<!\w){words}(?!\w)", self._new.text) is not None
        return self._alignment.has(touched[0], touched[-1] + 1)

    def around(self, span: Span) -> Span:
        """The sentences of the new version that ``span`` of it touches; itself where it is in none."""
        touched = [one for one in self._after if one.start < span.end and one.end > span.start]
        return Span(touched[0].start, touched[-1].end) if touched else span

    def _touched(self, span: Span) -> list[int]:
        return [number for number, one in enumerate(self._before) if one.start < span.end and one.end > span.start]


class _Alignment:
    """The sentences of two versions, folded, side by side."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        self._before, self._after = before, after
        self._steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()

    def has(self, start: int, end: int) -> bool:
        """Whether the sentences ``start`` to ``end`` of the earlier version are in the later one, in a row."""
        run, length = self._before[start:end], end - start
        starts = (place for place, one in enumerate(self._after) if one == run[0])
        return any(self._after[place : place + length] == run for place in starts)

    def of(self, number: int) -> int | None:
        """The sentence of the later version that sentence ``number`` of the earlier one became."""
        _, start, end, first, last = next(step for step in self._steps if step[1] <= number < step[2])
        if self._before[start:end] == self._after[first:last]:
            return first + number - start
        in_place = self._closest(number, range(first, last), _IN_PLACE)
        return self._closest(number, self._new(), _ELSEWHERE) if in_place is None else in_place

    def _new(self) -> Iterator[int]:
        """The sentences of the later version that are not the earlier one's at their place."""
        for tag, _, _, first, last in self._steps:
            if tag != "equal":
                yield from range(first, last)

    def _closest(self, number: int, candidates: Iterable[int], least: float) -> int | None:
        """The candidate most like a sentence of the earlier version, the first of those equally so."""
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(self._before[number])
        best, found = least, None
        for candidate in candidates:
            matcher.set_seq1(self._after[candidate])
            # The quick ratios are never below the real one.
            if matcher.real_quick_ratio() <= best or matcher.quick_ratio() <= best:
                continue
            ratio = matcher.ratio()
            if ratio > best:
                best, found = ratio, candidate
        return found


def _sentences(version: Document | Extraction, known: Mapping[str, Sequence[Span]] | None = None) -> list[Span]:
    """The sentences of a version; those of blocks whose text is ``known`` are as they are there, from its start."""
    found: list[Span] = []
    for block in version.blocks:
        text = version.text[block.start : block.end]
        within = (known or {}).get(text) if block.kind is not BlockKind.HEADING else ()
        if within is None:
            split = sentences(version.text, (block,), version.metadata.language)
            found += [Span(one.start, one.end) for one in split]
        else:
            found += [Span(block.start + one.start, block.start + one.end) for one in within]
    return found


def _known(version: Document, found: Sequence[Span], language: str | None) -> dict[str, list[Span]]:
    """The sentences of each block, from its start, by its text; none where the rules of another language made them."""
    known: dict[str, list[Span]] = {}
    if version.metadata.language != language:
        return known
    starts = [block.start for block in version.blocks]
    for one in found:
        block = version.blocks[bisect_right(starts, one.start) - 1]
        within = known.setdefault(version.text[block.start : block.end], [])
        shifted = Span(one.start - block.start, one.end - block.start)
        # Blocks of the same text have the same sentences.
        if not within or shifted.start >= within[-1].end:
            within.append(shifted)
    return known


def _folded(version: Document | Extraction, found: Sequence[Span]) -> list[str]:
    return [fold(version.text[one.start : one.end]) for one in found]


def _longest_run(numbers: Sequence[int]) -> list[int]:
    """The longest part of ascending ``numbers`` without a wide gap, the first of those equally long."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number - runs[-1][-1] <= _GAP:
            runs[-1].append(number)
        else:
            runs.append([number])
    return max(runs, key=len, default=[])
