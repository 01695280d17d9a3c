"""The answer to a question: quotations with their citations, or that the documents do not answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from corpus.rounds import find_rounds
from retrieval.answers.confidence import THRESHOLD, confidence
from retrieval.answers.quoting import quotations
from retrieval.answers.search import WEIGHTS, Weights, find
from retrieval.encoders.reranking import reranked
from retrieval.index.words import words
from retrieval.questions.following import own_words
from retrieval.questions.question import Filters, Question, understand

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from retrieval.answers.quotes import Quote
    from retrieval.answers.search import Hit
    from retrieval.encoders.encoder import Encoder
    from retrieval.encoders.reranking import Reranker
    from retrieval.index.generation import Generation

_HITS = 100
_RANKED_QUOTES = 12
_WORDS_OF_A_SUBJECT = 2


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
    lifted: frozenset[str] = frozenset(),
    today: datetime.date | None = None,
    is_reply: bool = False,
    wanted: int = 3,
    threshold: float = THRESHOLD,
    reranker: Reranker | None = None,
    weights: Weights = WEIGHTS,
) -> Answer:
    """Answer ``text`` from the documents of ``generation`` with at most ``wanted`` quotations.

    ``after`` are the earlier questions of the conversation, oldest first; ``lifted``, ``today`` and ``is_reply`` are
    those of ``retrieval.questions.question.understand``.

    Raises:
        QuestionRefused: there is nothing to search for, or the question is too long.
    """
    started = time.perf_counter()
    read = partial(
        understand, text, filters, after, known=generation.known, lifted=lifted, today=today, is_reply=is_reply
    )
    readings = [read()]
    if readings[0].follows is not None and len(own_words(readings[0].text)) >= _WORDS_OF_A_SUBJECT:
        # It may have a subject of its own.
        readings.append(read(together=False))
    searched = [
        _search(generation, encoder, question, wanted, reranker, weights) for question in dict.fromkeys(readings)
    ]
    found = max(searched, key=lambda one: one.confidence)
    return Answer(
        question=found.question,
        generation=generation.id,
        confidence=found.confidence,
        answered=bool(found.ranked) and found.confidence >= threshold,
        ranked=found.ranked,
        ranking=_ranking(generation, found.hits),
        wanted=wanted,
        seconds=time.perf_counter() - started,
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """What one reading of a question finds, and how sure that is an answer."""

    question: Question
    hits: Sequence[Hit]
    ranked: tuple[Quote, ...]
    confidence: float


def _search(
    generation: Generation,
    encoder: Encoder,
    question: Question,
    wanted: int,
    reranker: Reranker | None,
    weights: Weights,
) -> _Search:
    hits = find(generation, encoder, question, _HITS, weights)
    if reranker is not None:
        hits = reranked(generation, hits, question.text, reranker)
    ranked = quotations(generation, hits, max(wanted, _RANKED_QUOTES))
    unfit = not ranked or not words(question.topic) or _of_another_round(question, ranked[0])
    return _Search(question, hits, ranked, 0.0 if unfit else confidence(hits))


def _of_another_round(question: Question, quote: Quote) -> bool:
    """Whether the question names rounds, and the quotation is of another and does not name any of them either."""
    metadata = quote.document.metadata
    if not question.rounds or metadata.round is None:
        return False
    if question.processes and metadata.process is not None and metadata.process not in question.processes:
        return True
    if not question.rounds.isdisjoint(metadata.rounds):
        return False
    return question.rounds.isdisjoint(mention.number for mention in find_rounds(quote.text))


def _ranking(generation: Generation, hits: Iterable[Hit]) -> tuple[str, ...]:
    """The ids of the documents found, each once, best first, at most ten."""
    found = dict.fromkeys(generation.documents[hit.document].document.id for hit in hits)
    return tuple(found)[:10]
