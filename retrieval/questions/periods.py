"""The periods a question speaks of: "since May 2019", "before 2020", "last year", "in 2018", in six languages."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from corpus.calendars import GREGORIAN_YEARS, SOLAR_YEARS, days_of_month, months
from corpus.dates import find_dates
from retrieval.index.words import words
from retrieval.questions.period_wording import (
    ABLATIVE,
    AHEAD,
    AHEAD_FILLER,
    ALSO_COUNTING,
    BEHIND,
    BEHIND_FILLER,
    BETWEEN_JOINTS,
    EITHER,
    MONTH,
    NO_RELATIVE_AFTER,
    NOT_FROM,
    PERSIAN_YEAR,
    PREPOSITIONS,
    RELATIVE,
    THE_END,
    Relation,
)
from retrieval.questions.phrases import beginning_at, ending_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from corpus.tokens import Token


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, ISO 8601, both included; None where it is open."""

    since: str | None = None
    until: str | None = None

    def __and__(self, other: Period) -> Period:
        """What both have in common; it ends before it begins where that is nothing."""
        ends = [end for end in (self.until, other.until) if end is not None]
        return Period(max(self.since or "", other.since or "") or None, min(ends, default=None))

    @property
    def is_empty(self) -> bool:
        """Whether no day is in it."""
        return self.since is not None and self.until is not None and self.until < self.since


@dataclass(frozen=True, slots=True)
class PeriodMention:
    """A period named in a text and the code points that name it; ``limits`` where the words exclude other days."""

    period: Period
    limits: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Moment:
    """A date among the tokens, which it takes from ``first`` up to ``last``."""

    first: int
    last: int
    period: Period
    precision: str
    relative: bool = False
    bare: bool = False

    def is_range(self) -> bool:
        """Whether it is of more than one day, month or year."""
        since, until = (datetime.date.fromisoformat(day) for day in (self.period.since or "", self.period.until or ""))
        return (until - since).days >= _DAYS[self.precision]


_DAYS: Final = {"day": 1, "month": 31, "year": 366}


def read_periods(
    text: str, tokens: Sequence[Token], today: datetime.date, language: str | None
) -> tuple[PeriodMention, ...]:
    """Every period that ``text``, whose tokens are ``tokens``, speaks of, in its order.

    ``today`` is what "last year" is counted from, in the Gregorian calendar; ``language`` decides how 05/12/2017 is
    read. A date counts as a limit where words such as "since" or "only" stand beside it, and "last year" always.
    """
    moments = sorted(
        [*_dated(text, tokens, language), *_relative(tokens, today)], key=lambda moment: (moment.first, -moment.last)
    )
    apart: list[_Moment] = []
    for moment in moments:
        if not apart or moment.first >= apart[-1].last:
            apart.append(moment)
    mentions = ((moment, _mention(moment, tokens, reading)) for moment, reading in _joined(apart, tokens))
    return tuple(mention for moment, mention in mentions if mention.limits or not moment.bare)


def since_ahead(tokens: Sequence[Token], position: int) -> int | None:
    """Where "since" and the like begin that stand right before ``position``, or None."""
    return ending_at(tokens, position, AHEAD[Relation.SINCE])


def since_behind(tokens: Sequence[Token], position: int) -> int | None:
    """Where "bu yana" and the like end that begin at ``position``, or None."""
    return beginning_at(tokens, position, BEHIND[Relation.SINCE])


def _dated(text: str, tokens: Sequence[Token], language: str | None) -> Iterator[_Moment]:
    """The explicit dates, and years that nothing but a word of these tables introduces."""
    taken: set[int] = set()
    for mention in find_dates(text, language):
        places = [at for at, token in enumerate(tokens) if token.start < mention.end and token.end > mention.start]
        taken.update(places)
        yield _Moment(places[0], places[-1] + 1, Period(mention.start_date, mention.end_date), mention.precision)
    for at, token in enumerate(tokens):
        if at in taken or token.number is None or len(token.text) != 4:
            continue
        if token.number in GREGORIAN_YEARS:
            yield _Moment(at, at + 1, Period(f"{token.number}-01-01", f"{token.number}-12-31"), "year", bare=True)
        elif token.number in SOLAR_YEARS and _is_persian(tokens, at):
            first, last = ((days_of_month(token.number, months()[form])) for form in (("فروردين",), ("اسفند",)))
            yield _Moment(at, at + 1, Period(first[0].isoformat(), last[1].isoformat()), "year", bare=True)


def _is_persian(tokens: Sequence[Token], at: int) -> bool:
    """Whether the number at ``at`` may be a year of the Solar Hijri calendar: in Persian digits, or called a year."""
    persian = all("\u06f0" <= character <= "\u06f9" for character in tokens[at].text)
    return persian or any(other.folded in PERSIAN_YEAR for other in tokens[:at])


def _relative(tokens: Sequence[Token], today: datetime.date) -> Iterator[_Moment]:
    for at, token in enumerate(tokens):
        for unit, back, named in RELATIVE:
            end = beginning_at(tokens, at, named)
            if end is None:
                continue
            before = tokens[at - 1].folded if at else ""
            after = tokens[end].folded if end < len(tokens) else ""
            if token.folded == "last" and (before in NO_RELATIVE_AFTER or after == "of"):
                continue
            period = _month(today, back) if unit == MONTH else _year(today, back)
            yield _Moment(at, end, period, "year", relative=True)


def _year(today: datetime.date, back: int) -> Period:
    return Period(f"{today.year - back}-01-01", f"{today.year - back}-12-31")


def _month(today: datetime.date, back: int) -> Period:
    first = today.replace(day=1)
    for _ in range(back):
        first = (first - datetime.timedelta(days=1)).replace(day=1)
    following = (first + datetime.timedelta(days=31)).replace(day=1)
    return Period(first.isoformat(), (following - datetime.timedelta(days=1)).isoformat())


@dataclass(frozen=True, slots=True)
class _Reading:
    """What stands beside a moment: the relation, and the tokens it reaches over with it."""

    relation: Relation | None
    first: int
    last: int
    at_its_end: bool = False


def _joined(moments: Sequence[_Moment], tokens: Sequence[Token]) -> Iterator[tuple[_Moment, _Reading]]:
    """Each moment with what stands beside it; two that are the ends of one period are put together."""
    position = 0
    while position < len(moments):
        moment = moments[position]
        if position + 1 < len(moments):
            both = _between(moment, moments[position + 1], tokens)
            if both is not None:
                yield both
                position += 2
                continue
        yield moment, _reading(moment, tokens)
        position += 1


def _between(one: _Moment, other: _Moment, tokens: Sequence[Token]) -> tuple[_Moment, _Reading] | None:
    """ "2017 ve 2019 yılları arasında" and "2017'den 2019'a kadar" as one period, or None."""
    begin, end = _behind(one, tokens), _ahead(other, tokens)
    both = replace(one, last=other.last, period=Period(one.period.since, other.period.until))
    if both.period.is_empty:
        return None
    whole = _reading(both, tokens)
    if begin < end and beginning_at(tokens, begin, BETWEEN_JOINTS) == end:
        return (both, whole) if whole.relation is Relation.BETWEEN else None
    from_one = ABLATIVE.fullmatch(tokens[begin - 1].folded) is not None
    if begin == end and from_one and _reading(other, tokens).relation in (Relation.BEFORE, Relation.UNTIL):
        return both, replace(whole, relation=Relation.BETWEEN)
    return None


def _ahead(moment: _Moment, tokens: Sequence[Token]) -> int:
    """Where the words begin that belong to a date before it, such as "the beginning of"."""
    first = moment.first
    while first > 0 and moment.first - first < 4 and AHEAD_FILLER.fullmatch(tokens[first - 1].folded):
        first -= 1
    return first


def _behind(moment: _Moment, tokens: Sequence[Token]) -> int:
    """Where the words end that belong to a date behind it, such as "yılının başından"."""
    last = moment.last
    while last < len(tokens) and last - moment.last < 3 and BEHIND_FILLER.fullmatch(tokens[last].folded):
        last += 1
    return last


def _reading(moment: _Moment, tokens: Sequence[Token]) -> _Reading:
    first, last = _ahead(moment, tokens), _behind(moment, tokens)
    beside = [*tokens[first : moment.first], *tokens[moment.last : last]]
    at_its_end = any(THE_END.fullmatch(token.folded) for token in beside)
    found = _Reading(None, first, last, at_its_end)
    begin = first
    for relation, known in AHEAD.items():
        marker = ending_at(tokens, first, known)
        if marker is not None and marker < begin and not _counts(moment, tokens[marker:first], tokens, marker):
            found, begin = replace(found, relation=relation, first=marker), marker
    if begin < first and _either_way(tokens, begin):
        found = replace(found, relation=None, first=first)
    for relation, known in BEHIND.items():
        end = beginning_at(tokens, last, known)
        if end is not None:
            other = beginning_at(tokens, end, EITHER)
            either = other is not None and beginning_at(tokens, other, BEHIND[Relation.AFTER] | BEHIND[Relation.BEFORE])
            return found if either else replace(found, relation=relation, last=end)
    return _onward(found, tokens)


def _either_way(tokens: Sequence[Token], begin: int) -> bool:
    """Whether the marker at ``begin`` is the second of "before or after"."""
    other = ending_at(tokens, begin, EITHER)
    return other is not None and ending_at(tokens, other, AHEAD[Relation.AFTER] | AHEAD[Relation.BEFORE]) is not None


def _onward(found: _Reading, tokens: Sequence[Token]) -> _Reading:
    """ "from 2018 on", at the end of a sentence or a clause."""
    following = tokens[found.last : found.last + 2]
    at_the_end = len(following) < 2 or not tokens[found.last + 1].word
    if found.relation is Relation.FROM and following and following[0].folded == "on" and at_the_end:
        return replace(found, relation=Relation.SINCE, last=found.last + 1)
    return found


def _counts(moment: _Moment, marker: Sequence[Token], tokens: Sequence[Token], position: int) -> bool:
    """Whether the number after ``marker`` counts things, as in "after 2000 prisoners" and "more than 2000"."""
    if position and ending_at(tokens, position, NOT_FROM) is not None:
        return True
    bare = moment.precision == "year" and tokens[moment.last - 1].number is not None
    if not bare or tuple(token.folded for token in marker) not in ALSO_COUNTING:
        return False
    last = _behind(moment, tokens)
    following = tokens[last : last + 1]
    known = any(beginning_at(tokens, last, behind) is not None for behind in BEHIND.values())
    return (
        last == moment.last and bool(following) and following[0].word and not known and bool(words(following[0].text))
    )


def _mention(moment: _Moment, tokens: Sequence[Token], reading: _Reading) -> PeriodMention:
    period, limits = _limited(moment, reading)
    first, last = reading.first, reading.last
    if limits and reading.relation in (None, Relation.BETWEEN, Relation.ONLY):
        first = _first(ending_at(tokens, first, PREPOSITIONS), first)
    if not limits:
        first, last = moment.first, moment.last
    return PeriodMention(period, limits, tokens[first].start, tokens[last - 1].end)


def _first(found: int | None, otherwise: int) -> int:
    return otherwise if found is None else found


def _limited(moment: _Moment, reading: _Reading) -> tuple[Period, bool]:
    """The period meant, and whether it excludes other days."""
    since, until = moment.period.since or "", moment.period.until or ""
    relation = reading.relation
    if relation in (Relation.SINCE, Relation.FROM) and moment.is_range():
        return moment.period, moment.precision != "day"
    if relation is Relation.SINCE:
        return Period(since=since), True
    if relation is Relation.AFTER:
        return Period(since=_shifted(until, 1)), True
    if relation is Relation.BEFORE:
        return Period(until=until if reading.at_its_end else _shifted(since, -1)), True
    if relation is Relation.UNTIL:
        return Period(until=until), True
    if relation is Relation.BETWEEN and moment.is_range():
        return moment.period, True
    return moment.period, relation is Relation.ONLY or moment.relative


def _shifted(day: str, days: int) -> str:
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=days)).isoformat()


def in_common(periods: Iterable[Period]) -> Period:
    """The days that all of ``periods`` have in common."""
    common = Period()
    for period in periods:
        common &= period
    return common
