"""Measuring summaries: how much of people's wording is in them, beside two that anyone could make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.evaluation.rouge import count, rouge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrieval.answers.quotes import Quote
    from retrieval.evaluation.rouge import Rouge
    from retrieval.evaluation.summary_sets import Task

    Summarise = Callable[[Sequence[str], str, int, str | None], tuple[Quote, ...]]

BASELINES = ("lead", "latest")


@dataclass(frozen=True, slots=True)
class SummaryPrediction:
    """What was quoted for one task, how it measures, and how the baselines of the same budget do."""

    task: Task
    quotes: tuple[Quote, ...]
    measured: Rouge
    baselines: Mapping[str, Rouge]
    seconds: float

    @property
    def words(self) -> int:
        """How many words were quoted."""
        return sum(count(quote.text) for quote in self.quotes)

    def to_json(self) -> dict[str, Any]:
        """The line of a predictions file."""
        return {
            "id": self.task.id,
            "quotes": [
                {"document": quote.document.id, "start": quote.start, "end": quote.end, "text": quote.text}
                for quote in self.quotes
            ],
        }


@dataclass(frozen=True, slots=True)
class SummaryFigures:
    """The mean measures of some summaries: ROUGE's F1, the words quoted and the seconds taken.

    ``values`` has "rouge1", "rouge2" and "rougeL", each alone and after the name of a baseline and a dot, and "words",
    "median_seconds" and "p95_seconds".
    """

    summaries: int
    values: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """The figures as the command line prints them."""
        return {"summaries": self.summaries, **self.values}


def predict_summaries(
    tasks: Sequence[Task],
    sentences: Mapping[str, Sequence[str]],
    summarise: Summarise,
    advance: Callable[[int], None],
) -> list[SummaryPrediction]:
    """Have every task summarised, given its documents, query, words and date alone; ``advance`` is told of each.

    ``sentences`` are those of each document by its id, of which the baselines are made.
    """
    predictions = []
    for task in tasks:
        begun = time.perf_counter()
        quotes = summarise(task.documents, task.query, task.words, task.date)
        seconds = time.perf_counter() - begun
        said = [sentence for name in task.documents for sentence in sentences[name]]
        texts = ([quote.text for quote in quotes], lead(said, task.words), latest(said, task.words))
        measured, *others = (rouge("\n".join(text), task.references, task.words) for text in texts)
        predictions.append(
            SummaryPrediction(task, quotes, measured, dict(zip(BASELINES, others, strict=True)), seconds)
        )
        advance(1)
    return predictions


def lead(sentences: Sequence[str], words: int) -> list[str]:
    """The first sentences, as many as begin within ``words`` words."""
    taken: list[str] = []
    for sentence in sentences:
        if words <= 0:
            break
        taken.append(sentence)
        words -= count(sentence)
    return taken


def latest(sentences: Sequence[str], words: int) -> list[str]:
    """The last sentences, in their order, as many as fit into ``words`` words."""
    taken: list[str] = []
    for sentence in reversed(sentences):
        words -= count(sentence)
        if words < 0:
            break
        taken.append(sentence)
    return taken[::-1]


def summary_figures(predictions: Sequence[SummaryPrediction]) -> SummaryFigures:
    """The mean measures over ``predictions``, of which there is at least one."""
    values: dict[str, float] = {}
    for prefix, found in (
        ("", [prediction.measured for prediction in predictions]),
        *((f"{name}.", [prediction.baselines[name] for prediction in predictions]) for name in BASELINES),
    ):
        values[f"{prefix}rouge1"] = float(np.mean([one.one.f1 for one in found]))
        values[f"{prefix}rouge2"] = float(np.mean([one.two.f1 for one in found]))
        values[f"{prefix}rougeL"] = float(np.mean([one.longest.f1 for one in found]))
    seconds = [prediction.seconds for prediction in predictions]
    values["words"] = float(np.mean([prediction.words for prediction in predictions]))
    values["median_seconds"] = float(np.median(seconds))
    values["p95_seconds"] = float(np.percentile(seconds, 95))
    return SummaryFigures(len(predictions), values)


def summaries_by_language(predictions: Sequence[SummaryPrediction]) -> dict[str, SummaryFigures]:
    """The measures of each language of the tasks, sorted; "?" is that of tasks whose set does not say."""
    languages: dict[str, list[SummaryPrediction]] = {}
    for prediction in predictions:
        languages.setdefault(prediction.task.language or "?", []).append(prediction)
    return {language: summary_figures(languages[language]) for language in sorted(languages)}
