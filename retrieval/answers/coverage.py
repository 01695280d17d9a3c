"""What the documents do cover, for one whose question they do not answer: in their own titles, headings and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from corpus.document import BlockKind
from retrieval.index.words import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corpus.document import Document
    from retrieval.answers.answer import Answer
    from retrieval.index.generation import Generation
    from retrieval.questions.known import Known

# A word in more than so many of the titles says nothing of what a document is about among them.
_COMMON = 0.2
_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class CoveredRounds:
    """Rounds that documents are of, as first and last number of each run, by the process that they belong to."""

    process: str | None
    runs: tuple[tuple[int, int], ...]


def covered_rounds(known: Known) -> tuple[CoveredRounds, ...]:
    """The rounds that documents are of, by process in the order of the alphabet, those of none last."""
    processes = sorted({process for process, _ in known.rounds}, key=lambda name: (name is None, name or ""))
    return tuple(
        CoveredRounds(name, tuple(_runs({number for process, number in known.rounds if process == name})))
        for name in processes
    )


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def near_subjects(generation: Generation, answer: Answer) -> tuple[str, ...]:
    """At most three titles or headings of what was found that share a telling word with the question, nearest first.

    A heading stands behind the title of its document. Nothing is near where question and titles are in different
    languages: the words are compared.
    """
    titles = [frozenset(terms(entry.document.metadata.title or "")) for entry in generation.documents]
    common = max(1.0, _COMMON * len(titles))
    told = {term for term in terms(answer.question.topic) if not term.isdigit()}
    told = {term for term in told if sum(term in title for title in titles) <= common}
    found: list[tuple[int, int, str]] = []
    for place, identifier in enumerate(answer.ranking):
        document = generation.document(identifier)
        subject = _subject(document, told) if document is not None else None
        if subject is not None:
            found.append((-subject[0], place, subject[1]))
    return tuple(name for _, _, name in sorted(found)[:_SUGGESTED])


def _subject(document: Document, told: set[str]) -> tuple[int, str] | None:
    """How many of the terms ``told`` the title of a document, or else one of its headings, has, and that name."""
    title = document.metadata.title or ""
    shared = len(told & set(terms(title)))
    if shared:
        return shared, title
    best: tuple[int, str] | None = None
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            heading = document.text[block.start : block.end]
            shared = len(told & set(terms(heading)))
            if shared > (best[0] if best else 0):
                best = shared, f"{title} › {heading}" if title else heading
    return best
