"""The sentences of a round by the section of its summary that each belongs to, or by whether they are on a topic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from retrieval.answers.leaning import is_fragment, leans
from retrieval.answers.quotes import block_number
from retrieval.answers.topic import on_topic, read_topic
from retrieval.questions.parties import speaker_of
from retrieval.summaries.allotment import choose
from retrieval.summaries.aspects import CONTEXT, Standing, section_probabilities
from retrieval.summaries.salience import salience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpus.document import Document
    from retrieval.answers.quotes import Quote
    from retrieval.encoders.encoder import Encoder
    from retrieval.summaries.aspects import Examples
    from retrieval.summaries.round_material import Material
    from retrieval.summaries.selection import Pool

SECTIONS: Final = (
    "dates_and_place",
    "participants",
    "agenda",
    "outcomes",
    "positions",
    "open_points",
    "next_meeting",
)
TOPIC: Final = "topic"
_POSITIONS: Final = "positions"
_CENTRALITY: Final = 0.3
_LEANS: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SortedSentences:
    """The sentences of a round by section: ``section`` (n) has each one's, None for none, and ``party`` its party's.

    ``worth`` (float32, (n,)) is what each is worth quoting, from 0 to 1, ``scores`` how surely it is of its section.
    """

    pool: Pool
    section: tuple[str | None, ...]
    party: tuple[str | None, ...]
    worth: NDArray[np.float32]
    scores: NDArray[np.float32]

    def choose(
        self, words: int, allowed: NDArray[np.bool_] | None = None, taken: Sequence[int] = ()
    ) -> list[tuple[str, str | None, Quote]]:
        """Section, party and quotation of what is chosen of the sentences ``allowed``, in the order of the pool."""
        keys = list(zip(self.section, self.party, strict=True))
        distinct = sorted({key for key in keys if key[0] is not None}, key=section_order)
        groups = [np.array([key == one for key in keys], dtype=np.bool_) for one in distinct]
        if allowed is not None:
            groups = [group & allowed for group in groups]
        groups = [group & np.isfinite(self.worth) for group in groups]
        chosen = choose(self.pool, [one for one in groups if one.any()], self.worth, _blocks(self.pool), words, taken)
        return [
            (section, self.party[place], self.pool.quote(place, float(self.scores[place])))
            for place in chosen
            if (section := self.section[place]) is not None
        ]


def section_order(key: tuple[str | None, str | None]) -> tuple[int, str]:
    """Where a section and party come in a summary."""
    names = (*SECTIONS, TOPIC)
    return names.index(key[0] or TOPIC), key[1] or ""


def by_section(of_round: Material, encoder: Encoder, examples: Examples | None = None) -> SortedSentences:
    """The sentences of a round in the section that each belongs to most surely."""
    pool = of_round.pool
    standing = Standing(of_round.number, tuple((period.start, period.end) for period in of_round.periods))
    speaker = cache(lambda place: speaker_of(*span_of(pool, place)))
    names, surely = section_probabilities(pool, encoder, standing, speaker, examples)
    if (surely.argmax(axis=1) == names.index(CONTEXT)).all():
        # Documents that are like nothing known are still summarised.
        surely = np.where(np.array(names) == CONTEXT, 0, surely)
    most = [names[number] for number in surely.argmax(axis=1)]
    section = tuple(None if name == CONTEXT else name for name in most)
    scores = surely.max(axis=1, initial=0)
    party = tuple(speaker(place) if name == _POSITIONS else None for place, name in enumerate(section))
    worth = (1 - _CENTRALITY) * scores + _CENTRALITY * salience(pool)
    return SortedSentences(pool, section, party, _standing_alone(pool, worth), scores)


def by_topic(of_round: Material, encoder: Encoder, topic: str) -> SortedSentences:
    """The sentences of a round that are on a topic, as one section."""
    pool = of_round.pool
    members = [pool.generation.by_id[document.id] for document in of_round.documents]
    read = read_topic(pool.generation, encoder, topic)
    sure = {hit.sentence: hit.score for hit in on_topic(pool.generation, encoder, read, members)}
    scores = np.array([sure.get(row, 0.0) for row in pool.rows.tolist()], dtype=np.float32)
    section = tuple(TOPIC if score else None for score in scores)
    worth = (1 - _CENTRALITY) * scores + _CENTRALITY * salience(pool)
    return SortedSentences(pool, section, (None,) * len(section), _standing_alone(pool, worth), scores)


def _standing_alone(pool: Pool, worth: NDArray[np.float32]) -> NDArray[np.float32]:
    """``worth`` less for sentences that lean on the one before, and none for those that say nothing alone."""
    found = np.array(worth, dtype=np.float32)
    for place, text in enumerate(pool.texts):
        language = span_of(pool, place)[0].metadata.language
        if is_fragment(text, language):
            found[place] = -np.inf
        elif leans(text, language):
            found[place] *= _LEANS
    return found


def span_of(pool: Pool, place: int) -> tuple[Document, int, int]:
    """The document, start and end of a sentence of ``pool``."""
    document, start, end, _ = pool.generation.sentences[pool.rows[place]].tolist()
    return pool.generation.documents[document].document, start, end


def document_ids(pool: Pool) -> list[str]:
    """The id of each sentence's document."""
    return [span_of(pool, place)[0].id for place in range(len(pool.rows))]


def _blocks(pool: Pool) -> NDArray[np.int64]:
    """A number for each sentence's paragraph, the same for those of one."""
    numbers: dict[tuple[str, int | None], int] = {}
    found = []
    for place in range(len(pool.rows)):
        document, start, _ = span_of(pool, place)
        found.append(numbers.setdefault((document.id, block_number(document, start)), len(numbers)))
    return np.array(found, dtype=np.int64)
