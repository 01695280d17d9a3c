"""Where documents say different things of the same matter: other dates, numbers or places.

Two sentences are of one matter where they stand in the same section of the round's summary, come from different
documents, name no different rounds, and are near enough to each other in what else they say. What they say differently
is compared as values: ranges of days, numbers with what they count, cities; not as words.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from retrieval.index.words import terms
from retrieval.questions.places import city_names
from retrieval.summaries.differing import (
    OF_THE_MEETING,
    Days,
    Values,
    days_differ,
    numbers_differ,
    places_differ,
    rounds_in,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retrieval.answers.quotes import Quote
    from retrieval.summaries.round_material import Material
    from retrieval.summaries.selection import Pool

_Value = TypeVar("_Value")
DATES, NUMBERS, PLACES = "dates", "numbers", "places"
# How near sentences of one matter are, as vectors centred on the round, over two languages, and in one: similarity with
# the share of the shorter one's words that are in both; the less of one, the more of the other.
_NEAR_OVER_LANGUAGES: Final = 0.5
_ALIKE: Final = ((-1.0, 0.75), (0.4, 0.5))
_MOST: Final = 5
_MOST_READ: Final = 1000
_MOST_QUOTES: Final = 4
_MEETINGS: Final = frozenset((OF_THE_MEETING, "next_meeting"))


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Quotations that say different things of one matter, best shown side by side.

    ``subject`` is what they differ in: "dates", "numbers" or "places".
    """

    subject: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of the pool with the values it names."""

    place: int
    section: str
    values: Values
    words: frozenset[str]
    language: str | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two places of the pool that differ, how alike they are, and what tells their matter from others."""

    subject: str
    section: str
    matter: str
    one: int
    other: int
    likeness: float

    @property
    def is_own_days(self) -> bool:
        """Whether it is about when the round was held."""
        return self.subject == DATES and self.section == OF_THE_MEETING


def find_disagreements(of_round: Material, sections: Sequence[str | None]) -> tuple[Disagreement, ...]:
    """The disagreements of a round's documents, the meeting's own days first; ``sections`` has each sentence's."""
    pool = of_round.pool
    if len(set(pool.documents.tolist())) < 2:
        return ()
    # Whatever is compared has figures, or stands beside days that have; of very many, the meetings' are read first.
    figured = [
        (section, place)
        for place, section in enumerate(sections)
        if section is not None and any(character.isdecimal() for character in pool.texts[place])
    ]
    figured.sort(key=lambda one: (one[0] not in _MEETINGS, one[1]))
    said = [_said(pool, place, section) for section, place in sorted(figured[:_MOST_READ], key=lambda one: one[1])]
    own = _of_periods(of_round, said)
    pairs = [pair for pair in _pairs(pool, said) if own is None or not pair.is_own_days]
    found = [own] if own is not None else []
    found += [_joined(pool, matter) for matter in _by_matter(pairs)]
    return tuple(found[:_MOST])


def _said(pool: Pool, place: int, section: str) -> _Said:
    text = pool.texts[place]
    document = pool.generation.documents[int(pool.generation.sentences[pool.rows[place], 0])].document
    language = document.metadata.language
    return _Said(
        place, section, values_of(text, city_names() if section in _MEETINGS else ()), frozenset(terms(text)), language
    )


def _of_periods(of_round: Material, said: Sequence[_Said]) -> Disagreement | None:
    """What documents say of the round's days, where their metadata give it different ones."""
    if len(of_round.periods) < 2:
        return None
    quotes = []
    for period in of_round.periods:
        of = {document.id for document in period.documents}
        named = [
            one.place
            for one in said
            if _document(of_round.pool, one.place) in of and (period.start, period.end) in one.values.days
        ]
        named += [
            one.place
            for one in said
            if _document(of_round.pool, one.place) in of
            and one.section == OF_THE_MEETING
            and any(start >= period.start and end <= period.end for start, end in one.values.days)
        ]
        if named:
            quotes.append(of_round.pool.quote(named[0]))
    return Disagreement(DATES, tuple(quotes[:_MOST_QUOTES])) if len(quotes) > 1 else None


def _document(pool: Pool, place: int) -> str:
    return pool.generation.documents[int(pool.generation.sentences[pool.rows[place], 0])].document.id


def _pairs(pool: Pool, said: Sequence[_Said]) -> Iterator[_Pair]:
    """Pairs that differ, the most alike of each two values."""
    by_section: dict[str, list[_Said]] = {}
    for one in said:
        by_section.setdefault(one.section, []).append(one)
    for section, sentences in by_section.items():
        dated = _grouped(sentences, lambda one: [one.values.days] if one.values.days else [])
        yield from _compared(pool, DATES, dated, days_differ)
        numbered = _grouped(sentences, lambda one: list(one.values.numbers))
        yield from _compared(pool, NUMBERS, numbered, numbers_differ)
        if section in _MEETINGS:
            placed = _grouped(sentences, lambda one: [one.values.places] if len(one.values.places) == 1 else [])
            yield from _compared(pool, PLACES, placed, places_differ)


def _grouped(sentences: Sequence[_Said], values: Callable[[_Said], Sequence[_Value]]) -> dict[_Value, list[_Said]]:
    found: dict[_Value, list[_Said]] = {}
    for one in sentences:
        for value in values(one):
            found.setdefault(value, []).append(one)
    return found


def _compared(
    pool: Pool,
    subject: str,
    grouped: dict[_Value, list[_Said]],
    differ: Callable[[_Value, _Value, Values, Values], str | None],
) -> Iterator[_Pair]:
    for (value, these), (other, those) in combinations(grouped.items(), 2):
        if differ(value, other, these[0].values, those[0].values) is None:
            continue
        likeness = pool.vectors[[one.place for one in these]] @ pool.vectors[[one.place for one in those]].T
        for at in np.argsort(-likeness, axis=None)[:_MOST]:
            first, second = these[int(at) // len(those)], those[int(at) % len(those)]
            alike = float(likeness.flat[at])
            matter = differ(value, other, first.values, second.values)
            if matter is not None and _same_matter(pool, first, second, alike):
                yield _Pair(subject, first.section, matter, first.place, second.place, alike)
                break


def _same_matter(pool: Pool, one: _Said, other: _Said, likeness: float) -> bool:
    """Whether two sentences of different documents are of one matter: a meeting's own days, or what else is alike."""
    if pool.documents[one.place] == pool.documents[other.place]:
        return False
    rounds, others = ({mention.number for mention in rounds_in(pool.texts[said.place])} for said in (one, other))
    if rounds and others and rounds != others:
        return False
    if one.section == OF_THE_MEETING and _are_ranges(one.values.days) and _are_ranges(other.values.days):
        return True
    if one.language != other.language:
        return likeness >= _NEAR_OVER_LANGUAGES
    these, those = one.words - _figures(one.words), other.words - _figures(other.words)
    shared = len(these & those) / max(1, min(len(these), len(those)))
    return any(likeness >= near and shared >= words for near, words in _ALIKE)


def _are_ranges(days: Days) -> bool:
    return bool(days) and all(start != end for start, end in days)


def _figures(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word.isdecimal())


def _by_matter(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """Pairs of one subject and matter that share a sentence together, the most alike first."""
    found: list[list[_Pair]] = []
    for pair in sorted(pairs, key=lambda one: (not one.is_own_days, -one.likeness, one.one, one.other)):
        for group in found:
            held = {place for one in group for place in (one.one, one.other)}
            if group[0].subject == pair.subject and (pair.one in held or pair.other in held):
                if (group[0].section, group[0].matter) == (pair.section, pair.matter):
                    group.append(pair)
                break
        else:
            found.append([pair])
    return found


def _joined(pool: Pool, pairs: Sequence[_Pair]) -> Disagreement:
    """The sentences of a matter, one of each document, in the order of the pool."""
    kept: dict[int, int] = {}
    for pair in pairs:
        for place in (pair.one, pair.other):
            kept.setdefault(int(pool.documents[place]), place)
    places = sorted(list(kept.values())[:_MOST_QUOTES])
    return Disagreement(pairs[0].subject, tuple(pool.quote(place, pairs[0].likeness) for place in places))
