"""Where a passage of an earlier version of a document stands in its present one."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from corpus.canonical import fold
from corpus.document import Span
from corpus.sentences import Sentence, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from corpus.document import Document, Extraction

# So much of a sentence's letters must be the same for it to be another wording of the one in its place, and more
# where it stands elsewhere. Shares of ``difflib``'s ratio.
_IN_PLACE, _ELSEWHERE = 0.5, 0.8
# Sentences further apart than this in the new version are not one passage.
_GAP = 2


def counterpart(old: Document | Extraction, span: Span, new: Document) -> Span | None:
    """Where what stands at ``span`` in ``old`` stands in ``new``, as a slice of whole sentences; None where it is gone.

    The two versions are aligned sentence by sentence, blanks and invisible marks aside. Where the very words of the
    span are in the sentences found, the slice is these words.
    """
    before = sentences(old.text, old.blocks, old.metadata.language)
    after = sentences(new.text, new.blocks, new.metadata.language)
    touched = [number for number, one in enumerate(before) if one.start < span.end and one.end > span.start]
    if not touched or not after:
        return None
    alignment = _Alignment(_folded(old, before), _folded(new, after))
    found = sorted({number for one in touched if (number := alignment.of(one)) is not None})
    group = _longest_run(found)
    if not group:
        return None
    start, end = after[group[0]].start, after[group[-1]].end
    words = old.text[span.start : span.end]
    exact = new.text.find(words, start, end)
    if exact >= 0 and new.text.find(words, exact + 1, end) < 0:
        return Span(exact, exact + len(words))
    return Span(start, end)


class _Alignment:
    """The sentences of two versions, folded, side by side."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        self._before, self._after = before, after
        self._steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()

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


def _folded(version: Document | Extraction, found: Sequence[Sentence]) -> list[str]:
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
