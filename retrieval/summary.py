"""The summary of a round: sentences chosen from its documents, in sections, each a quotation.

Each section is an aspect query. A sentence belongs to the aspect it is most similar to, beyond what is usual for that
aspect; within it, relevance counts 0.7 and centrality 0.3 (continuous LexRank: Erkan and Radev, 2004), and what is
chosen must not repeat what was (maximal marginal relevance: Carbonell and Goldstein, 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import NoSuchRound
from retrieval.quotes import Quote, block_at
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from corpus.document import Document
    from retrieval.encoder import Encoder
    from retrieval.generation import Generation

ASPECTS: Mapping[str, str] = {
    "dates_and_place": "Dates and place: when and in which city was the round of talks held?",
    "participants": "Participants: which delegations took part, who headed them, who were the observers?",
    "agenda": "Agenda: which subjects were on the agenda and what was to be discussed?",
    "outcomes": "Outcomes: what was agreed, adopted and stated jointly at the end of the round?",
    "open_points": "Open points: what remained unresolved, disputed or without agreement?",
    "next_meeting": "Next meeting: when and where will the next round be held?",
}
_RELEVANCE, _CENTRALITY = 0.7, 0.3
_HEADING = 0.6
_REPETITION = 0.5
_MOST_ALIKE = 0.9
_DAMPING = 0.85
_ROUNDS_OF_POWER_ITERATION = 40


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a summary: its name, a key of ``ASPECTS``, and its quotations in the documents' order."""

    name: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A round in quotations."""

    process: str | None
    round: int
    sections: tuple[Section, ...]
    used: tuple[Document, ...]
    not_used: tuple[Document, ...]

    def to_json(self) -> dict[str, Any]:
        """The summary as the command line prints it."""
        return {
            "process": self.process,
            "round": self.round,
            "documents_used": [document.id for document in self.used],
            "documents_not_used": [document.id for document in self.not_used],
            "sections": [
                {"name": section.name, "quotes": [quote.to_json() for quote in section.quotes]}
                for section in self.sections
            ],
        }


def summarise(
    generation: Generation, encoder: Encoder, number: int, *, process: str | None = None, words: int = 300
) -> Summary:
    """Summarise round ``number`` in at most ``words`` words of quotation.

    Raises:
        NoSuchRound: no document is of that round, or of that process and round.
    """
    members = [
        place
        for place, entry in enumerate(generation.documents)
        if entry.document.metadata.round == number
        and (process is None or (entry.document.metadata.process or "").casefold() == process.casefold())
    ]
    if not members:
        of_process = f" of the process {process}" if process else ""
        raise NoSuchRound(f"No document is of round {number}{of_process}; `/documents` lists what there is.")
    rows = np.flatnonzero(np.isin(generation.sentences[:, 0], members))
    vectors = generation.sentence_vectors.vectors(rows)
    relevance = _relevance(generation, encoder, rows, vectors)
    chosen = _choose(vectors, relevance, _lengths(generation, rows), words)
    sections = tuple(
        Section(name, tuple(_quote(generation, rows[place], relevance[place, aspect]) for place in sorted(places)))
        for aspect, (name, places) in enumerate(zip(ASPECTS, chosen, strict=True))
        if places
    )
    quoted = {quote.document.id for section in sections for quote in section.quotes}
    documents = [generation.documents[place].document for place in members]
    processes = {document.metadata.process for document in documents}
    return Summary(
        process=process or (processes.pop() if len(processes) == 1 else None),
        round=number,
        sections=sections,
        used=tuple(document for document in documents if document.id in quoted),
        not_used=tuple(document for document in documents if document.id not in quoted),
    )


def _quote(generation: Generation, row: int, score: float) -> Quote:
    document, start, end, _ = (int(value) for value in generation.sentences[row])
    return Quote(generation.documents[document].document, start, end, float(score))


def _lengths(generation: Generation, rows: NDArray[np.int64]) -> list[int]:
    """How many words each sentence has."""
    return [len(_quote(generation, row, 0.0).text.split()) for row in rows]


def _relevance(
    generation: Generation, encoder: Encoder, rows: NDArray[np.int64], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How far each sentence, with its heading, is about each aspect beyond the usual; shape (rows, aspects)."""
    aspects = unit(encoder.encode_questions(list(ASPECTS.values())) - generation.centres.question_centre("en"))
    headings = [_heading(generation, row) for row in rows]
    distinct = sorted(set(headings))
    encoded = unit(encoder.encode_passages(distinct) - generation.centres.passage_centre("en"))
    about = encoded[[distinct.index(heading) for heading in headings]] @ aspects.T
    about[[not heading for heading in headings]] = 0
    similarity = vectors @ aspects.T + _HEADING * about
    return np.asarray(similarity - similarity.mean(axis=0), dtype=np.float32)


def _heading(generation: Generation, row: int) -> str:
    block = block_at(*_place(generation, row))
    return (block.heading or "") if block else ""


def _place(generation: Generation, row: int) -> tuple[Document, int]:
    document, start, _, _ = (int(value) for value in generation.sentences[row])
    return generation.documents[document].document, start


def _choose(
    vectors: NDArray[np.float32], relevance: NDArray[np.float32], lengths: Sequence[int], budget: int
) -> list[list[int]]:
    """For each aspect the sentences chosen: in turn each aspect takes its best, while the budget lasts."""
    likeness = vectors @ vectors.T
    worth = _RELEVANCE * _scaled(relevance) + _CENTRALITY * _scaled(centrality(likeness)[:, None])
    aspect_of = relevance.argmax(axis=1)
    chosen: list[list[int]] = [[] for _ in ASPECTS]
    taken: list[int] = []
    for aspect in _in_turn(len(ASPECTS), len(lengths)):
        best = _best(aspect, aspect_of, worth, likeness, taken, lengths, budget)
        if best is not None:
            chosen[aspect].append(best)
            taken.append(best)
            budget -= lengths[best]
    return chosen


def _in_turn(aspects: int, turns: int) -> Iterator[int]:
    for _ in range(turns):
        yield from range(aspects)


def _best(
    aspect: int,
    aspect_of: NDArray[np.int64],
    worth: NDArray[np.float32],
    likeness: NDArray[np.float32],
    taken: Sequence[int],
    lengths: Sequence[int],
    budget: int,
) -> int | None:
    """The sentence of ``aspect`` worth most that fits and does not repeat what is taken."""
    repetition = likeness[:, list(taken)].max(axis=1) if taken else np.zeros(len(lengths), dtype=np.float32)
    open_to_choice = (
        (aspect_of == aspect)
        & (np.asarray(lengths) <= budget)
        & (repetition < _MOST_ALIKE)
        & ~np.isin(np.arange(len(lengths)), list(taken))
    )
    if not open_to_choice.any():
        return None
    value = np.where(open_to_choice, worth[:, aspect] - _REPETITION * np.maximum(repetition, 0), -np.inf)
    return int(value.argmax())


def _scaled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each column brought to the range from 0 to 1."""
    low, high = values.min(axis=0), values.max(axis=0)
    return np.asarray((values - low) / np.maximum(high - low, 1e-9), dtype=np.float32)


def centrality(likeness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Continuous LexRank: the stationary weights, summing to 1, of a walk along similarities, shape (n,)."""
    steps = np.maximum(likeness, 0)
    steps = steps / np.maximum(steps.sum(axis=1, keepdims=True), 1e-9)
    number = len(likeness)
    weights = np.full(number, 1 / number, dtype=np.float32)
    for _ in range(_ROUNDS_OF_POWER_ITERATION):
        weights = (1 - _DAMPING) / number + _DAMPING * (steps.T @ weights)
        weights = weights / weights.sum()
    return np.asarray(weights, dtype=np.float32)
