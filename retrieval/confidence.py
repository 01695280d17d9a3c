"""How sure the answer is: a logistic model over a few signals of the ranking, and the threshold for silence.

The weights were fitted by ``tests/benchmarks/fit_confidence.py`` on question sets from which documents had been taken
away; its output says on which, and how well it carries over to sets it was not fitted on.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.search import Hit

THRESHOLD = 0.2
# The places of the hits that the first is compared with: near it, but rarely answers themselves.
_CROWD = slice(5, 100)
_LEAST_SPREAD = 0.01
# A question that names a round has named its document, and of that few sentences remain to choose from; without the
# round's name it is also less similar to any. None of the sets that the rest was fitted on has rounds: these two are
# set on the 45 questions of tests/benchmarks/named_rounds, between those that are answered and those that are not.
_NAMED_SAME_LANGUAGE, _NAMED_ACROSS_LANGUAGES = 1.0, 9.5


@dataclass(frozen=True, slots=True)
class Signals:
    """What the ranking shows about whether its first hit answers.

    Word scores are 0 across languages; ``margin`` is how far the first hit's score is above the average of the sixth to
    hundredth, and ``prominence`` the same in standard deviations of those.
    """

    sentence_similarity: float
    passage_similarity: float
    sentence_words: float
    passage_words: float
    margin: float
    prominence: float
    lacks_number: bool

    @staticmethod
    def of(hits: Sequence[Hit], *, lacks_number: bool) -> Signals:
        """The signals of a ranking that is not empty; whether its first hit lacks a number that is asked for."""
        first = hits[0]
        crowd = [hit.score - hit.gain for hit in hits[_CROWD]]
        margin = first.score - first.gain - statistics.fmean(crowd) if crowd else 0.0
        spread = statistics.pstdev(crowd) if crowd else 0.0
        return Signals(
            sentence_similarity=first.sentence_similarity,
            passage_similarity=first.passage_similarity,
            sentence_words=first.sentence_words,
            passage_words=first.passage_words,
            margin=margin,
            prominence=margin / max(spread, _LEAST_SPREAD),
            lacks_number=lacks_number,
        )


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the signals in the logit."""

    bias: float
    sentence_similarity: float
    passage_similarity: float
    sentence_words: float
    passage_words: float
    margin: float
    prominence: float
    lacks_number: float

    def confidence(self, signals: Signals, prior: float = 0.0) -> float:
        """The estimated probability, in [0, 1], that the first hit answers; ``prior`` is added to the logit."""
        logit = (
            self.bias
            + prior
            + self.sentence_similarity * signals.sentence_similarity
            + self.passage_similarity * signals.passage_similarity
            + self.sentence_words * signals.sentence_words
            + self.passage_words * signals.passage_words
            + self.margin * signals.margin
            + self.prominence * signals.prominence
            + self.lacks_number * signals.lacks_number
        )
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


SAME_LANGUAGE = Model(
    bias=-3.7,
    sentence_similarity=5.148,
    passage_similarity=-1.197,
    sentence_words=3.823,
    passage_words=-1.498,
    margin=0.794,
    prominence=-0.013,
    lacks_number=-1.247,
)
ACROSS_LANGUAGES = Model(
    bias=-9.157,
    sentence_similarity=6.443,
    passage_similarity=0.269,
    sentence_words=0.0,
    passage_words=0.0,
    margin=7.986,
    prominence=0.625,
    lacks_number=-1.466,
)


def confidence(hits: Sequence[Hit], *, lacks_number: bool) -> float:
    """How sure it is, in [0, 1], that the first of ``hits`` answers; 0 where there is none."""
    if not hits:
        return 0.0
    model, named = (
        (SAME_LANGUAGE, _NAMED_SAME_LANGUAGE) if hits[0].same_language else (ACROSS_LANGUAGES, _NAMED_ACROSS_LANGUAGES)
    )
    return model.confidence(Signals.of(hits, lacks_number=lacks_number), prior=named if hits[0].gain > 0 else 0.0)
