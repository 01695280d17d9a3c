"""The sheet of facts of the starter briefings, and what a summary is worth by it.

A sentence carries every fact that has a sign in it. It is in the right section where that is a section of one of its
facts; a sentence of the context belongs to none, and so does one that the sheet does not know. A fact is covered where
a sentence that carries it is quoted; ``whole`` counts only facts of which every sign is quoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.summaries.summary import Summary

SHEET = Path(__file__).with_name("sheet.yaml")
CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a round: the sections that are right for it, and the signs of the sentences that carry it.

    A summary is ``asked`` for it unless it is a remark, or belongs to no section.
    """

    name: str
    sections: tuple[str, ...]
    signs: tuple[str, ...]
    asked: bool = True

    def carried_by(self, text: str) -> bool:
        """Whether the sentence ``text`` carries it."""
        return any(sign.casefold() in text.casefold() for sign in self.signs)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of sentences quoted and right, and of facts, covered and wholly covered; scores add up."""

    sentences: int = 0
    right: int = 0
    facts: int = 0
    covered: int = 0
    whole: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.sentences + other.sentences,
            self.right + other.right,
            self.facts + other.facts,
            self.covered + other.covered,
            self.whole + other.whole,
        )

    def line(self, name: str) -> str:
        """The score as a line of the report."""
        return (
            f"{name:8} {self.sentences:4} sentences, {_share(self.right, self.sentences)} in the right section; "
            f"{self.facts:4} facts, {_share(self.covered, self.facts)} covered, {_share(self.whole, self.facts)} whole"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "  -  "


def read_sheet(path: Path = SHEET) -> dict[int, tuple[Fact, ...]]:
    """The facts of each round, by its number."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        int(name.removeprefix("R")): tuple(
            Fact(
                fact,
                tuple(entry["sections"]),
                tuple(entry["signs"]),
                kind == "facts" and entry["sections"] != [CONTEXT],
            )
            for kind in ("facts", "remarks")
            for fact, entry in parts.get(kind, {}).items()
        )
        for name, parts in listed.items()
    }


def is_right(section: str, text: str, facts: Sequence[Fact]) -> bool:
    """Whether the sentence ``text`` is right in ``section``."""
    return any(section in fact.sections for fact in facts if fact.carried_by(text))


def score(summary: Summary, facts: Sequence[Fact]) -> Score:
    """What a summary is worth."""
    placed = [(section.name, quote.text) for section in summary.sections for quote in section.quotes]
    said = [text.casefold() for _, text in placed]
    asked = [fact for fact in facts if fact.asked]
    return Score(
        sentences=len(placed),
        right=sum(is_right(name, text, facts) for name, text in placed),
        facts=len(asked),
        covered=sum(any(fact.carried_by(text) for text in said) for fact in asked),
        whole=sum(all(any(sign.casefold() in text for text in said) for sign in fact.signs) for fact in asked),
    )


def total(scores: Iterable[Score]) -> Score:
    """All scores together."""
    return sum(scores, Score())
