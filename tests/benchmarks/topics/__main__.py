"""How well it is told whether the documents of a round speak of a topic, on the starter briefings.

    python -m tests.benchmarks.topics [--pipeline]

Each topic of ``topics.jsonl`` is put in six languages to each of the 22 rounds, which must be those of the current
index of the settings' data directory. ``rounds`` lists the rounds whose briefing has a sentence on the topic,
``unsure`` those that are left out, since one may differ over them; of T21 to T28 no briefing speaks. Printed are
precision and recall of cells with the present model, with models fitted on the topics of six parts out of seven and
measured on the seventh, and, with ``--pipeline``, of the question pipeline asked the topic with the round as filter.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from bot.settings import load_settings
from retrieval.answers.answer import answer
from retrieval.answers.topic import THRESHOLD, TopicModel, judge, read_topic
from retrieval.encoders.loading import load_encoder
from retrieval.engine import load_current
from retrieval.index.generation import GenerationStore
from retrieval.questions.question import Filters
from retrieval.summaries import round_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation

TOPICS = Path(__file__).parent / "topics.jsonl"
_PARTS = 7
_LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")


@dataclass(frozen=True, slots=True)
class Cell:
    """A topic put to a round: whether it is there, and the signals of the sentence that seems most on it."""

    topic: str
    language: str
    text: str
    round: int
    present: bool
    signals: tuple[float, float, float, float]
    sure: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision and recall of the cells said to have a passage, and the share of absent ones said to."""

    precision: float
    recall: float
    false_alarms: float

    @staticmethod
    def of(present: NDArray[np.bool_], said: NDArray[np.bool_]) -> Scores:
        """The scores of what was said; 0 where nothing was, or nothing could be."""
        both = float((present & said).sum())
        return Scores(
            both / max(1.0, float(said.sum())),
            both / max(1.0, float(present.sum())),
            float((said & ~present).sum()) / max(1.0, float((~present).sum())),
        )

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  false alarms {self.false_alarms:.3f}"


def load_topics(path: Path = TOPICS) -> list[dict[str, Any]]:
    """The topics as they are written down."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def cells(generation: Generation, encoder: Encoder) -> Iterator[Cell]:
    """Every topic in every language put to every round that is not unsure."""
    rounds = {one.number: one for one in round_table.rounds(generation)}
    for entry in tqdm(load_topics(), desc="Topics", leave=False):
        for language in _LANGUAGES:
            topic = read_topic(generation, encoder, entry["topic"][language])
            for number, one in rounds.items():
                if number in entry["unsure"]:
                    continue
                members = [generation.by_id[document.id] for document in one.documents]
                judged = judge(generation, encoder, topic, members)
                best = int(judged.probability().argmax())
                signals = (judged.matches, judged.stands_out, judged.covered, judged.same_language)
                yield Cell(
                    topic=entry["id"],
                    language=language,
                    text=topic.text,
                    round=number,
                    present=number in entry["rounds"],
                    signals=tuple(float(one[best]) for one in signals),  # type: ignore[arg-type]
                    sure=float(judged.probability()[best]),
                )


def fitted(found: list[Cell]) -> TopicModel:
    """The model fitted on these cells, by logistic regression on scaled signals."""
    signals = np.array([cell.signals for cell in found])
    spread = signals.std(axis=0) + 1e-9
    regression = LogisticRegression(max_iter=1000).fit(signals / spread, [cell.present for cell in found])
    return TopicModel(float(regression.intercept_[0]), *(float(one) for one in regression.coef_[0] / spread))


def left_out(found: list[Cell]) -> NDArray[np.float64]:
    """How sure models are of each cell that were fitted without its topic."""
    sure = np.zeros(len(found))
    names = sorted({cell.topic for cell in found})
    for part in range(_PARTS):
        without = frozenset(names[part::_PARTS])
        model = fitted([cell for cell in found if cell.topic not in without])
        for place, cell in enumerate(found):
            if cell.topic in without:
                weights = (model.matches, model.stands_out, model.covered, model.same_language)
                logit = model.bias + sum(one * other for one, other in zip(weights, cell.signals, strict=True))
                sure[place] = 1 / (1 + np.exp(-logit))
    return sure


def report(name: str, found: list[Cell], said: NDArray[np.bool_]) -> None:
    """Print the scores of all languages together and of each."""
    present = np.array([cell.present for cell in found])
    spoken = np.array([cell.language for cell in found])
    print(f"{name:12} all  {Scores.of(present, said)}")
    for language in _LANGUAGES:
        print(f"{'':12} {language:4} {Scores.of(present[spoken == language], said[spoken == language])}")


def pipeline(generation: Generation, encoder: Encoder, found: list[Cell]) -> NDArray[np.bool_]:
    """Whether the question pipeline, asked each topic with its round as the filter, says that it is answered."""
    said = []
    for cell in tqdm(found, desc="Questions", leave=False):
        said.append(answer(generation, encoder, cell.text, filters=Filters(round=cell.round)).answered)
    return np.array(said)


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--pipeline", action="store_true", help="measure the question pipeline too (minutes)")
    arguments = parser.parse_args()
    settings = load_settings()
    generation = load_current(GenerationStore(settings.index_folder)).generation()
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    found = list(cells(generation, encoder))
    print(f"{len(found)} cells, {sum(cell.present for cell in found)} with a passage")
    report("model", found, np.array([cell.sure for cell in found]) >= THRESHOLD)
    report("left out", found, left_out(found) >= THRESHOLD)
    print("fitted on all:", fitted(found))
    if arguments.pipeline:
        report("pipeline", found, pipeline(generation, encoder, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
