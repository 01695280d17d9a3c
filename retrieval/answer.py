"""The answer to a question: quotations with their citations, or that the documents do not answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus.rounds import find_rounds
from retrieval.confidence import THRESHOLD, confidence
from retrieval.expectation import lacks_number
from retrieval.question import Filters, Question, understand
from retrieval.quotes import Quote
from retrieval.search import Hit, find
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.encoder import Encoder
    from retrieval.generation import Generation

_HITS = 100
_RANKED_QUOTES = 12
_SAME_WORDS = 0.85


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    ``ranked`` holds the best quotations whether or not they answer, best first and no two alike; ``quotes`` the first
    of them where the documents answer, and none where they do not.
    """

    question: Question
    generation: str
    confidence: float
    answered: bool
    ranked: tuple[Quote, ...]
    ranking: tuple[str, ...]
    wanted: int
    seconds: float

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotations that answer."""
        return self.ranked[: self.wanted] if self.answered else ()

    @property
    def nearest(self) -> tuple[Quote, ...]:
        """Where the documents do not answer, what comes nearest."""
        return () if self.answered else self.ranked[: self.wanted]

    def to_json(self) -> dict[str, Any]:
        """The answer as the command line prints it."""
        return {
            "question": self.question.text,
            "answered": self.answered,
            "confidence": round(self.confidence, 4),
            "generation": self.generation,
            "seconds": round(self.seconds, 4),
            "quotes": [quote.to_json() for quote in self.quotes],
            "nearest": [quote.to_json() for quote in self.nearest],
        }


def answer(
    generation: Generation,
    encoder: Encoder,
    text: str,
    *,
    filters: Filters | None = None,
    after: Sequence[str] = (),
    wanted: int = 3,
    threshold: float = THRESHOLD,
) -> Answer:
    """Answer ``text`` from the documents of ``generation`` with at most ``wanted`` quotations.

    ``after`` are the earlier questions of the conversation, oldest first.

    Raises:
        QuestionRefused: there is nothing to search for, or the question is too long.
    """
    started = time.perf_counter()
    question = understand(text, filters, after)
    hits = find(generation, encoder, question, _HITS)
    ranked = tuple(_quotes(generation, hits, max(wanted, _RANKED_QUOTES)))
    sure = 0.0 if not ranked or _of_another_round(question, ranked[0]) else _sure(question, hits, ranked[0])
    return Answer(
        question=question,
        generation=generation.id,
        confidence=sure,
        answered=bool(ranked) and sure >= threshold,
        ranked=ranked,
        ranking=_ranking(generation, hits),
        wanted=wanted,
        seconds=time.perf_counter() - started,
    )


def _quotes(generation: Generation, hits: Iterable[Hit], count: int) -> Iterable[Quote]:
    """At most ``count`` sentences of ``hits`` as quotations, without those that say nearly what an earlier one says."""
    said: list[frozenset[str]] = []
    for hit in hits:
        document = generation.documents[hit.document].document
        quote = Quote(document, hit.start, hit.end, hit.score)
        told = frozenset(words(quote.text))
        if any(_alike(told, other) for other in said):
            continue
        said.append(told)
        yield quote
        if len(said) == count:
            return


def _sure(question: Question, hits: Sequence[Hit], first: Quote) -> float:
    """How sure it is that the first quotation answers, in [0, 1]."""
    return confidence(hits, lacks_number=lacks_number(question.text, first.text))


def _of_another_round(question: Question, quote: Quote) -> bool:
    """Whether the question names rounds, and the quotation is of another and does not name any of them either."""
    number = quote.document.metadata.round
    if not question.rounds or number is None or number in question.rounds:
        return False
    return question.rounds.isdisjoint(mention.number for mention in find_rounds(quote.text))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences share at least 85 % of their words (Jaccard), or both have none."""
    return len(one & other) >= _SAME_WORDS * len(one | other)


def _ranking(generation: Generation, hits: Iterable[Hit]) -> tuple[str, ...]:
    """The ids of the documents found, each once, best first, at most ten."""
    found = dict.fromkeys(generation.documents[hit.document].document.id for hit in hits)
    return tuple(found)[:10]
