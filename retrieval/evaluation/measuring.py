"""Measuring on questions: what comes first, whether it answers, and when it stays silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.errors import QuestionRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrieval.answers.answer import Answer
    from retrieval.evaluation.question_sets import Query

QUOTE_LIMIT = 400
RANKING_LENGTH = 10
QUOTES_KEPT = 3


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the system said to one question; a quotation is (document, start, end, text)."""

    query: Query
    ranking: tuple[str, ...]
    quotes: tuple[tuple[str, int, int, str], ...]
    answered: bool
    confidence: float
    seconds: float

    @staticmethod
    def of(query: Query, answer: Answer) -> Prediction:
        """From the answer to that question."""
        quotes = tuple((quote.document.id, quote.start, quote.end, quote.text) for quote in answer.ranked[:QUOTES_KEPT])
        return Prediction(
            query, answer.ranking[:RANKING_LENGTH], quotes, answer.answered, answer.confidence, answer.seconds
        )

    @staticmethod
    def refused(query: Query) -> Prediction:
        """Of a question that cannot be searched for: nothing is found, and nothing answered."""
        return Prediction(query, (), (), False, 0.0, 0.0)

    def to_json(self) -> dict[str, Any]:
        """The line of a predictions file."""
        return {
            "id": self.query.id,
            "ranking": list(self.ranking),
            "quotes": [
                {"document": document, "start": start, "end": end, "text": text}
                for document, start, end, text in self.quotes
            ],
            "answered": self.answered,
            "confidence": round(self.confidence, 6),
            "seconds": round(self.seconds, 6),
        }

    def holds(self, count: int) -> bool:
        """Whether one of the first ``count`` quotations has an answer within its first 400 characters."""
        return any(
            document in self.query.relevant and any(answer in text[:QUOTE_LIMIT] for answer in self.query.answers)
            for document, _, _, text in self.quotes[:count]
        )

    def rank(self) -> int | None:
        """The place, from 1, of the first relevant document among the first ten."""
        return next((place for place, name in enumerate(self.ranking, 1) if name in self.query.relevant), None)


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of a set or of one language in it.

    ``values`` are None where there is nothing to measure; ``counts`` says on how many questions each value rests.
    """

    questions: int
    answerable: int
    values: Mapping[str, float | None]
    counts: Mapping[str, int]

    @property
    def unanswerable(self) -> int:
        """The number of questions that no document answers."""
        return self.questions - self.answerable

    def to_json(self) -> dict[str, Any]:
        """The figures as the command line prints them."""
        return {
            "questions": self.questions,
            "answerable": self.answerable,
            **self.values,
            "rests_on": dict(self.counts),
        }


def predict(
    queries: Sequence[Query], ask: Callable[[str, tuple[str, ...]], Answer], advance: Callable[[int], None]
) -> list[Prediction]:
    """Ask every question, given its text and history alone; ``advance`` is told of each."""
    predictions = []
    for query in queries:
        try:
            predictions.append(Prediction.of(query, ask(query.text, query.history)))
        except QuestionRefused:
            predictions.append(Prediction.refused(query))
        advance(1)
    return predictions


def figures(predictions: Sequence[Prediction]) -> Figures:
    """The measures over ``predictions``."""
    answerable = [prediction for prediction in predictions if prediction.query.answerable]
    unanswerable = [prediction for prediction in predictions if not prediction.query.answerable]
    located = [prediction for prediction in answerable if prediction.query.relevant]
    worded = [prediction for prediction in located if prediction.query.answers]
    quoted = [prediction for prediction in predictions if prediction.quotes]
    ranks = [prediction.rank() for prediction in located]
    seconds = [prediction.seconds for prediction in predictions]
    area = area_under_curve(
        [prediction.confidence for prediction in answerable], [prediction.confidence for prediction in unanswerable]
    )
    measured: dict[str, tuple[float | None, int]] = {
        "hit@1": (_mean([rank == 1 for rank in ranks]), len(located)),
        "hit@5": (_mean([rank is not None and rank <= 5 for rank in ranks]), len(located)),
        "mrr@10": (_mean([1 / rank if rank else 0.0 for rank in ranks]), len(located)),
        "first_quotation": (_mean([prediction.holds(1) for prediction in worded]), len(worded)),
        "first_three": (_mean([prediction.holds(QUOTES_KEPT) for prediction in worded]), len(worded)),
        "auc": (area, 0 if area is None else len(predictions)),
        "answered_answerable": (_mean([prediction.answered for prediction in answerable]), len(answerable)),
        "answered_unanswerable": (_mean([prediction.answered for prediction in unanswerable]), len(unanswerable)),
        "median_seconds": (float(np.median(seconds)) if seconds else None, len(predictions)),
        "p95_seconds": (float(np.percentile(seconds, 95)) if seconds else None, len(predictions)),
        "first_quotation_length": (_mean([len(prediction.quotes[0][3]) for prediction in quoted]), len(quoted)),
    }
    return Figures(
        questions=len(predictions),
        answerable=len(answerable),
        values={name: value for name, (value, _) in measured.items()},
        counts={name: count for name, (_, count) in measured.items()},
    )


def by_language(predictions: Sequence[Prediction]) -> dict[str, Figures]:
    """The measures of each language of the questions, sorted; "?" is that of questions whose set does not say."""
    languages: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        languages.setdefault(prediction.query.language or "?", []).append(prediction)
    return {language: figures(languages[language]) for language in sorted(languages)}


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How often a positive scores above a negative, ties counting half; None where either is empty."""
    if not positive or not negative:
        return None
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    wins = ranks.sum() - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None
