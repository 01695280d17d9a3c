"""An excerpt: what some documents say, or say of a subject, in so many words of quotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corpus.language import detect_language
from retrieval.answers.turns import speaker_before
from retrieval.index.vectors import unit
from retrieval.index.words import terms
from retrieval.summaries.concepts import cover
from retrieval.summaries.recency import recency
from retrieval.summaries.relevance import relevance
from retrieval.summaries.selection import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.answers.quotes import Quote
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation

_FEWEST_CONTENT_TERMS = 2


def excerpt(
    generation: Generation,
    encoder: Encoder,
    members: Sequence[int],
    query: str = "",
    *,
    words: int,
    background: bool = False,
) -> tuple[Quote, ...]:
    """The sentences of ``members``, places in ``generation.documents``, that sum up what they say of ``query``.

    Without a query they sum up everything. As ``background`` they are for someone who comes to what happens next: the
    latest documents count most, and the very beginning. The sentences have at most ``words`` words together, as
    ``retrieval.evaluation.rouge`` counts them, and come in the order of time, or of ``members`` where some have no
    date.
    """
    pool = Pool.of(generation, members)
    chances = _chances(pool, encoder, query)
    if background:
        chances = chances * recency(pool)
    return tuple(pool.quote(place, float(chances[place])) for place in cover(pool, chances, words, asked=query))


def _chances(pool: Pool, encoder: Encoder, query: str) -> NDArray[np.float64]:
    """How likely each sentence belongs there, up to 1; 0 where it says nothing: "Chair: Yes, thank you." """
    said = [terms(text) for text in pool.texts]
    names = [speaker_before(text) for text in pool.texts]
    of_names = {name: frozenset(terms(name)) for name in set(names)}
    contents = [frozenset(found) - of_names[name] for found, name in zip(said, names, strict=True)]
    chances = np.array([len(found) >= _FEWEST_CONTENT_TERMS for found in contents], dtype=np.float64)
    if query and len(chances):
        centre = pool.generation.centres.question_centre(detect_language(query))
        logarithms = relevance(pool, said, query, unit(encoder.encode_questions([query])[0] - centre))
        chances *= np.exp(logarithms - logarithms.max())
    return chances
