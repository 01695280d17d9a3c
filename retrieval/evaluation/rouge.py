"""ROUGE (Lin, 2004): how much of a summary's wording is that of references which people wrote.

Words are runs of letters and digits in lower case, neither stemmed nor left out. Of several references the one with
the best F1 counts, for each measure by itself. A summary is cut to its budget of words first, so that length wins
nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_Unit = TypeVar("_Unit")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Share:
    """What a summary and a reference have in common, each from 0 to 1: of the summary's, and of the reference's."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Rouge:
    """The shares of single words, of pairs of neighbouring words, and of the longest common subsequence of words."""

    one: Share
    two: Share
    longest: Share


def rouge(summary: str, references: Sequence[str], budget: int | None = None) -> Rouge:
    """Measure ``summary``, cut to ``budget`` words, by the best of ``references``; all zeros where there is none."""
    said = tokens(cut(summary, budget))
    wanted = [tokens(reference) for reference in references]
    return Rouge(
        one=_best(_shared(Counter(said), Counter(words)) for words in wanted),
        two=_best(_shared(Counter(pairwise(said)), Counter(pairwise(words))) for words in wanted),
        longest=_best(_share(_longest(said, words), len(said), len(words)) for words in wanted),
    )


def tokens(text: str) -> list[str]:
    """The words of ``text`` in lower case."""
    return _WORD.findall(text.lower())


def count(text: str) -> int:
    """How many words of a budget ``text`` takes."""
    return sum(1 for _ in _WORD.finditer(text))


def cut(text: str, budget: int | None) -> str:
    """``text`` up to the end of its word number ``budget``; all of it without a budget."""
    if budget is None:
        return text
    end = 0
    for number, match in enumerate(_WORD.finditer(text)):
        if number == budget:
            return text[:end]
        end = match.end()
    return text


def _best(shares: Iterable[Share]) -> Share:
    """The share with the highest F1, the first of equals."""
    return max(shares, key=lambda share: share.f1, default=Share(0.0, 0.0))


def _shared(said: Counter[_Unit], wanted: Counter[_Unit]) -> Share:
    return _share((said & wanted).total(), said.total(), wanted.total())


def _share(common: int, said: int, wanted: int) -> Share:
    return Share(common / said if said else 0.0, common / wanted if wanted else 0.0)


def _longest(said: Sequence[str], wanted: Sequence[str]) -> int:
    """How many words the longest common subsequence has."""
    row = [0] * (len(wanted) + 1)
    for word in said:
        diagonal = 0
        for place, other in enumerate(wanted, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return row[-1]
