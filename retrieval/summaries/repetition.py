"""Which sentences say again what was quoted: in the same words, in nearly the same, or in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.index.words import terms
from retrieval.summaries.differing import OF_THE_MEETING, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.answers.quotes import Quote
    from retrieval.summaries.selection import Pool

# The share of a sentence's words that one quotation has, numbers among them, and how near it is to one, as vectors
# centred on the round; the days of a meeting are told again by who names the same.
_SAME_WORDS: Final = 0.75
_NEAR: Final = 0.8
_NEAR_WITH_SAME_DAYS: Final = 0.2


def said_already(
    pool: Pool, sections: Sequence[str | None], quoted: Sequence[Quote]
) -> tuple[NDArray[np.bool_], list[int]]:
    """Whether each sentence of ``pool`` repeats one ``quoted`` (bool, (n,)), and the sentences that were themselves."""
    shown = _shown(pool, quoted)
    words = [set(terms(quote.text)) for quote in quoted]
    days = [values_of(pool.texts[place], ()).days for place in shown]
    likeness = pool.vectors @ pool.vectors[shown].T
    repeats = np.zeros(len(pool.texts), dtype=np.bool_)
    for place, text in enumerate(pool.texts):
        own, own_days = set(terms(text)), values_of(text, ()).days
        repeats[place] = (
            any(own and len(own & said) >= _SAME_WORDS * len(own) and _figures(own) <= said for said in words)
            or bool((likeness[place] >= _NEAR).any())
            or any(
                own_days and own_days <= days[at] and sections[place] == sections[other]
                for at, other in enumerate(shown)
                if sections[place] == OF_THE_MEETING or likeness[place, at] >= _NEAR_WITH_SAME_DAYS
            )
        )
    return repeats, shown


def _figures(words: set[str]) -> set[str]:
    return {word for word in words if word.isdecimal()}


def _shown(pool: Pool, quoted: Sequence[Quote]) -> list[int]:
    """The sentences of ``pool`` that any quotation shows a part of."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for quote in (part for one in quoted for part in (one, *one.also)):
        spans.setdefault(quote.document.id, []).append((quote.start, quote.end))
    found = []
    for place, row in enumerate(pool.rows.tolist()):
        number, start, end, _ = pool.generation.sentences[row].tolist()
        of = spans.get(pool.generation.documents[number].document.id, ())
        if any(start < stop and begin < end for begin, stop in of):
            found.append(place)
    return found
