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

THRESHOLD = 0.5
# The places of the hits that the first is compared with: near it, but rarely answers themselves.
_CROWD = slice(5, 100)
_LEAST_SPREAD = 0.01


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

    @staticmethod
    def of(hits: Sequence[Hit]) -> Signals:
        """The signals of a ranking that is not empty."""
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

    def confidence(self, signals: Signals) -> float:
        """The estimated probability, in [0, 1], that the first hit answers the question."""
        logit = (
            self.bias
            + self.sentence_similarity * signals.sentence_similarity
            + self.passage_similarity * signals.passage_similarity
            + self.sentence_words * signals.sentence_words
            + self.passage_words * signals.passage_words
            + self.margin * signals.margin
            + self.prominence * signals.prominence
        )
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


SAME_LANGUAGE = Model(-8.0, 8.0, 4.0, 2.0, 2.0, 4.0, 0.0)
ACROSS_LANGUAGES = Model(-8.0, 8.0, 4.0, 0.0, 0.0, 4.0, 0.0)


def confidence(hits: Sequence[Hit]) -> float:
    """How sure it is, in [0, 1], that the first of ``hits`` answers; 0 where there is none."""
    if not hits:
        return 0.0
    model = SAME_LANGUAGE if hits[0].same_language else ACROSS_LANGUAGES
    return model.confidence(Signals.of(hits))
