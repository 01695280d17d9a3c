"""The limits that a question's own words set on the documents: rounds, process, dates, place, source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corpus.tokens import tokenise
from retrieval.index.words import words
from retrieval.questions.periods import Period, in_common, read_periods, since_behind
from retrieval.questions.places import is_meeting, read_places, same_place
from retrieval.questions.rounds import Standing, meeting_standing, read_processes, read_rounds
from retrieval.questions.sources import read_sources

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from corpus.document import Metadata
    from corpus.tokens import Token
    from retrieval.questions.known import Known
    from retrieval.questions.places import PlaceMention
    from retrieval.questions.rounds import ProcessReading, RoundReading

ROUND: Final = "round"
PROCESS: Final = "process"
DATES: Final = "dates"
PLACE: Final = "place"
SOURCE: Final = "source"
# Buttons of messages sent earlier count on this order; add at the end only.
KINDS: Final = (ROUND, PROCESS, DATES, PLACE, SOURCE)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a question, or an option beside it, says of the documents that it is about.

    Of the values one is filled in, by ``kind``: ``numbers`` are rounds, ``names`` processes, places or publishers as
    the documents spell them, ``periods`` of days. Where it ``filters``, other documents are not searched; otherwise
    they come after. ``spans`` are the code points of the text that say so, none for an option.

    Rounds of several processes that are named each with its own ("Astana 8 and Geneva 7") are in ``pairs`` too, and
    ``unnamed`` are rounds of which a document that names no process is of the only one there is, and so is admitted.
    """

    kind: str
    filters: bool
    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    pairs: tuple[tuple[int, str], ...] = ()
    unnamed: tuple[int, ...] = ()

    def admits(self, metadata: Metadata) -> bool:
        """Whether a document may be searched; what is unknown of it excludes it from rounds and processes only."""
        if not self.filters:
            return True
        if self.kind == ROUND:
            return self._names_round(metadata)
        if self.kind == PROCESS:
            if metadata.process is None:
                return not set(self.unnamed).isdisjoint(metadata.rounds)
            return metadata.process in self.names
        if self.kind == DATES:
            return self._overlaps(metadata, unknown=True)
        return self._favours_name(metadata) >= 0

    def favours(self, metadata: Metadata) -> int:
        """1 for a document of what is named, -1 for one of something else, 0 where that is unknown."""
        if self.kind == ROUND:
            return 0 if metadata.round is None else 1 if self._names_round(metadata) else -1
        if self.kind != DATES:
            return self._favours_name(metadata)
        if metadata.meeting_start is not None:
            return 1 if self._overlaps(metadata, unknown=False) else -1
        # A document without a meeting may speak of any day before its own.
        if metadata.date is None or self._overlaps(metadata, unknown=False):
            return 0 if metadata.date is None else 1
        return -1 if any(period.since and metadata.date + "~" < period.since for period in self.periods) else 0

    def _names_round(self, metadata: Metadata) -> bool:
        if self.pairs and metadata.process is not None:
            return any((number, metadata.process) in self.pairs for number in metadata.rounds)
        return not set(self.numbers).isdisjoint(metadata.rounds)

    def _favours_name(self, metadata: Metadata) -> int:
        known = {PROCESS: metadata.process, PLACE: metadata.place, SOURCE: metadata.publisher}[self.kind]
        return 0 if known is None else 1 if known in self.names else -1

    def _overlaps(self, metadata: Metadata, *, unknown: bool) -> bool:
        """Whether the meeting, or else the document, falls at least in part into one of the periods."""
        first = metadata.meeting_start or metadata.date
        last = metadata.meeting_end or first
        if first is None or last is None:
            return unknown
        return any(overlap(first, last, period.since, period.until) for period in self.periods)


def overlap(first: str, last: str, since: str | None, until: str | None) -> bool:
    """Whether ``first`` to ``last`` share a day with ``since`` to ``until``; ISO dates, maybe reduced to a year."""
    return (since is None or last + "~" >= since) and (until is None or first <= until + "~")


def find_limits(text: str, known: Known, today: datetime.date, language: str | None) -> tuple[Limit, ...]:
    """What ``text`` says of the documents it is about, in the order of ``KINDS``; ``known`` is what they name.

    Rounds and a process with them filter where a document is of them, dates and sources where the words exclude
    others; the rest is a preference.
    """
    tokens = tokenise(text)
    places = read_places(tokens, known.places)
    rounds = read_rounds(text, tokens)
    return tuple(
        limit
        for limit in (
            *_rounds_and_process(text, tokens, rounds, places, known),
            *_dates(text, tokens, rounds, places, known, today, language),
            _place(tokens, places, known),
            _source(tokens, known),
        )
        if limit is not None
    )


def _rounds_and_process(
    text: str, tokens: Sequence[Token], rounds: Sequence[RoundReading], places: Sequence[PlaceMention], known: Known
) -> Iterator[Limit]:
    named = _processes(text, tokens, places, known)
    processes = tuple(dict.fromkeys(name for _, names in named for name in names))
    latest = known.latest_round(processes)
    numbered = [
        (reading.number or latest, reading)
        for reading in rounds
        if reading.standing is not Standing.SINCE and (reading.number or latest)
    ]
    numbers = tuple(sorted({number for number, _ in numbered if number is not None}))
    # "After the eighth round" asks of what the documents of that round say, or of later ones: no one can tell.
    spoken_of = all(reading.standing is Standing.ITSELF for _, reading in numbered)
    filters = spoken_of and any(known.has_round(number, processes) for number in numbers)
    if numbers:
        spans = (_span(tokens, reading.first, reading.last) for _, reading in numbered)
        pairs = _pairs([(number, reading.first) for number, reading in numbered if number is not None], named)
        yield Limit(ROUND, filters, numbers=numbers, spans=tuple(dict.fromkeys(spans)), pairs=pairs)
    if processes:
        spans = (_span(tokens, reading.first, reading.last) for reading, _ in named)
        unnamed = tuple(number for number in numbers if known.is_of_one_process(number, processes))
        yield Limit(PROCESS, filters, names=processes, spans=tuple(spans), unnamed=unnamed)


_Named = tuple["ProcessReading", tuple[str, ...]]


def _processes(text: str, tokens: Sequence[Token], places: Sequence[PlaceMention], known: Known) -> tuple[_Named, ...]:
    """The processes named, as the documents spell them; where no document is of one, it may be just a place."""
    named = []
    for reading in read_processes(text, tokens, known.processes):
        processes = known.processes_named(reading.name)
        if processes or not any(same_place(reading.name, name) for place in places for name in place.names):
            named.append((reading, processes or (reading.name,)))
    return tuple(named)


def _pairs(rounds: Sequence[tuple[int, int]], named: Sequence[_Named]) -> tuple[tuple[int, str], ...]:
    """Which round goes with which process, where several of both are named in turn; none where any may go with any.

    ``rounds`` are numbers with the token that each begins at. In "Astana 8 and Geneva 7" each has the process before
    it, in "the eighth in Astana and the seventh in Geneva" the one behind.
    """
    places = sorted({reading.first for reading, _ in named})
    if len({reading.name for reading, _ in named}) < 2 or len({number for number, _ in rounds}) < 2:
        return ()
    behind = min(first for _, first in rounds) < places[0]
    of_place = {reading.first: names for reading, names in named}
    found: dict[int, list[int]] = {}
    for number, first in rounds:
        beside = [place for place in places if (place >= first if behind else place <= first)]
        if beside:
            found.setdefault(beside[0] if behind else beside[-1], []).append(number)
    if set(found) != set(places):
        return ()
    return tuple((number, name) for place, numbers in found.items() for number in numbers for name in of_place[place])


def _dates(
    text: str,
    tokens: Sequence[Token],
    rounds: Sequence[RoundReading],
    places: Sequence[PlaceMention],
    known: Known,
    today: datetime.date,
    language: str | None,
) -> Iterator[Limit]:
    mentions = read_periods(text, tokens, today, language)
    excluding = [(mention.period, (mention.start, mention.end)) for mention in mentions if mention.limits]
    excluding += _since_meetings(tokens, rounds, places, known)
    common = in_common(period for period, _ in excluding)
    if excluding and not common.is_empty and _may_hold(common, known):
        yield Limit(DATES, True, periods=(common,), spans=tuple(span for _, span in excluding))
        return
    preferred = [mention for mention in mentions if not mention.limits]
    if preferred:
        periods = tuple(dict.fromkeys(mention.period for mention in preferred))
        yield Limit(DATES, False, periods=periods, spans=tuple((one.start, one.end) for one in preferred))


def _may_hold(period: Period, known: Known) -> bool:
    """Whether a period can be one of documents: not where none is dated, nor where it is over before the first of them.

    Then it is the time of what is asked about, of which later documents may speak.
    """
    return known.first_day is not None and (period.until is None or period.until + "~" >= known.first_day)


def _since_meetings(
    tokens: Sequence[Token], rounds: Sequence[RoundReading], places: Sequence[PlaceMention], known: Known
) -> Iterator[tuple[Period, tuple[int, int]]]:
    """ "Since the tenth round" and "since Sochi", from the first day of that meeting on."""
    for reading in rounds:
        number = reading.number or known.latest_round()
        meeting = known.meeting_of_round(number) if number and reading.standing is Standing.SINCE else None
        if meeting is not None:
            yield Period(since=meeting.start), _span(tokens, reading.first, reading.last)
    taken = {at for reading in rounds for at in range(reading.first, reading.last)}
    for place in places:
        standing, first, last = meeting_standing(tokens, place.first, place.last)
        meeting = known.first_meeting_at(place.names or place.also)
        apart = taken.isdisjoint(range(place.first, place.last)) and not _names_a_thing(tokens, place)
        if standing is Standing.SINCE and meeting is not None and apart:
            yield Period(since=meeting.start), _span(tokens, first, last)


def _names_a_thing(tokens: Sequence[Token], place: PlaceMention) -> bool:
    """Whether the place only says which thing is meant: "since the Sochi memorandum"; so English alone puts it."""
    following = tokens[place.last : place.last + 1]
    return bool(
        following
        and following[0].word
        and tokens[place.first].text.isascii()
        and following[0].text.isascii()
        and not is_meeting(following[0].folded)
        and since_behind(tokens, place.last) is None
        and words(following[0].text)
    )


def _place(tokens: Sequence[Token], places: Sequence[PlaceMention], known: Known) -> Limit | None:
    """The places in which something is said to have happened."""
    inside = [place for place in places if place.inside or (place.meeting and not _is_process(place, known))]
    names = dict.fromkeys(name for place in inside for name in (*place.names, *place.also))
    if not names:
        return None
    return Limit(
        PLACE, False, names=tuple(names), spans=tuple(_span(tokens, place.first, place.last) for place in inside)
    )


def _is_process(place: PlaceMention, known: Known) -> bool:
    return any(known.processes_named(name) for name in (*place.names, *place.also))


def _source(tokens: Sequence[Token], known: Known) -> Limit | None:
    mentions = read_sources(tokens, known.publishers)
    names = dict.fromkeys(name for mention in mentions for name in mention.publishers)
    if not names:
        return None
    return Limit(
        SOURCE,
        True,
        names=tuple(sorted(names)),
        spans=tuple(_span(tokens, mention.first, mention.last) for mention in mentions),
    )


def _span(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    return tokens[first].start, tokens[last - 1].end


def cut(limits: Iterable[Limit], known: Known) -> tuple[tuple[int, int], ...]:
    """What is left out of a question's topic: the words of rounds, of sources, and of dates that exclude a document."""
    spans = (span for limit in limits if _is_cut(limit, known) for span in limit.spans)
    return tuple(sorted(spans))


def _is_cut(limit: Limit, known: Known) -> bool:
    if limit.kind == DATES:
        since, until = limit.periods[0].since, limit.periods[0].until
        return limit.filters and (until is not None or (since or "") > (known.first_day or "") + "~")
    return limit.kind in (ROUND, SOURCE)
