"""How sure the answer is: a logistic model over a few signals of the ranking, and the threshold for silence.

The weights were fitted by ``tests/benchmarks/fit.py`` on question sets from which documents had been taken away; its
output says on which, and how well it carries over to sets it was not fitted on.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrieval.answers.search import Hit

# Where a tenth of the questions whose documents had been taken away are still answered, as the mean of whole sets.
THRESHOLD = 0.55
# The places of the hits that the first is compared with: near it, but rarely answers themselves.
_CROWD = slice(5, 100)
# A gain of more than this comes from a round that is named, not from a year or place in passing.
_NAMED_GAIN = 0.5
# A question that names a round has named its document, and few sentences remain for the first to stand out from. None
# of the sets that the rest was fitted on has rounds: this is set on the 45 questions of tests/benchmarks/named_rounds,
# between those that are answered and those that are not.
_NAMED = 2.6


@dataclass(frozen=True, slots=True)
class Signals:
    """What the ranking shows about whether its first hit answers.

    The first two are those of the hit, ``words`` 0 across languages; ``margin`` is how far its score is above the
    average of the sixth to hundredth, and ``lead`` how far above that of the best hit in another document.
    """

    passage_matches: float
    words: float
    margin: float
    lead: float

    @staticmethod
    def of(hits: Sequence[Hit]) -> Signals:
        """The signals of a ranking that is not empty."""
        first = hits[0]
        score = first.score - first.gain
        crowd = [hit.score - hit.gain for hit in hits[_CROWD]]
        others = [hit.score - hit.gain for hit in hits if hit.document != first.document]
        return Signals(
            passage_matches=first.passage_matches,
            words=first.passage_words,
            margin=score - statistics.fmean(crowd) if crowd else 0.0,
            lead=score - others[0] if others else 0.0,
        )


@dataclass(frozen=True, slots=True)
class Model:
    """The bias and the weights of the signals, by name, in the logit."""

    bias: float
    weights: Mapping[str, float]

    def confidence(self, signals: Signals, prior: float = 0.0) -> float:
        """The estimated probability, in [0, 1], that the first hit answers; ``prior`` is added to the logit."""
        logit = self.bias + prior + sum(weight * getattr(signals, name) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


SAME_LANGUAGE = Model(-7.65, {"passage_matches": 9.87, "words": 1.9, "margin": 1.0, "lead": 1.37})
ACROSS_LANGUAGES = Model(-6.14, {"passage_matches": 10.23, "margin": 2.23, "lead": 2.01})


def confidence(hits: Sequence[Hit]) -> float:
    """How sure it is, in [0, 1], that the first of ``hits`` answers; 0 where there is none."""
    if not hits:
        return 0.0
    model = SAME_LANGUAGE if hits[0].same_language else ACROSS_LANGUAGES
    return model.confidence(Signals.of(hits), prior=_NAMED if hits[0].gain > _NAMED_GAIN else 0.0)
