"""A topic over time: what the documents of each meeting, or of no meeting, say of it, in the order of their days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.answers.comparing import round_hits
from retrieval.answers.quotes import Quote
from retrieval.answers.quoting import quotations
from retrieval.answers.topic import on_topic, read_topic
from retrieval.questions.known import is_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.answers.topic import TopicHit
    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation
    from retrieval.summaries.round_table import Round

_AT_ONE_TIME = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """What is said of a topic at one time: in the documents of a round, or in those of no round with the same date.

    ``start`` and ``end`` are its first and last day, ISO 8601, maybe reduced to a month or a year; both are None where
    that is not known. ``passages`` counts the passages on the topic, of which ``quotes`` are the best one or two.
    """

    round: Round | None
    start: str | None
    end: str | None
    passages: int
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments at which a topic is spoken of, in time, those without a date last; ``searched`` counts documents."""

    topic: str
    process: str | None
    moments: tuple[Moment, ...]
    searched: int

    @property
    def dated(self) -> tuple[Moment, ...]:
        """The moments whose date is known."""
        return tuple(moment for moment in self.moments if moment.start is not None)

    @property
    def undated(self) -> tuple[Moment, ...]:
        """The moments whose date is not known."""
        return tuple(moment for moment in self.moments if moment.start is None)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All that is quoted, in its order."""
        return tuple(quote for moment in self.moments for quote in moment.quotes)

    def to_json(self) -> dict[str, Any]:
        """The timeline as plain values."""
        return {
            "topic": self.topic,
            "process": self.process,
            "documents_searched": self.searched,
            "moments": [
                {
                    "process": moment.round.process if moment.round else None,
                    "round": moment.round.number if moment.round else None,
                    "start": moment.start,
                    "end": moment.end,
                    "passages": moment.passages,
                    "quotes": [quote.to_json() for quote in moment.quotes],
                }
                for moment in self.moments
            ],
        }


def trace(
    generation: Generation, encoder: Encoder, topic: str, rounds: Sequence[Round], *, process: str | None = None
) -> Timeline:
    """Quote what is said of ``topic`` over time; ``rounds`` are all those of ``generation``.

    With a ``process``, by any of its names, only its rounds and its other documents are searched.

    Raises:
        QuestionRefused: the topic has nothing to search for, or is too long.
    """
    read = read_topic(generation, encoder, topic)
    meant = [one for one in rounds if process is None or (one.process is not None and is_named(one.process, process))]
    groups: list[tuple[Round | None, str | None, str | None, Sequence[TopicHit]]] = []
    of_rounds: set[str] = set()
    for one in meant:
        of_rounds |= {document.id for document in one.documents}
        groups.append((one, *_days(one), round_hits(generation, encoder, read, one)))
    others = list(_of_no_round(generation, rounds, process))
    by_day: dict[str | None, list[TopicHit]] = {}
    for hit in on_topic(generation, encoder, read, others):
        by_day.setdefault(generation.documents[hit.document].document.metadata.date, []).append(hit)
    groups += [(None, day, day, hits) for day, hits in by_day.items()]
    moments = [
        Moment(one, start, end, len({hit.passage for hit in hits}), quotations(generation, hits, _AT_ONE_TIME))
        for one, start, end, hits in groups
        if hits
    ]
    return Timeline(read.text, process, tuple(sorted(moments, key=_in_time)), len(of_rounds) + len(others))


def _in_time(moment: Moment) -> tuple[bool, str, str, int]:
    number = moment.round.number if moment.round else 0
    return moment.start is None, moment.start or "", moment.end or "", number


def _days(one: Round) -> tuple[str | None, str | None]:
    """First and last day of a round: of its meeting as it is told first, or else those of its documents' dates."""
    if one.periods:
        return one.periods[0].start, one.periods[0].end
    dates = [document.metadata.date for document in one.documents if document.metadata.date]
    return (min(dates), max(dates)) if dates else (None, None)


def _of_no_round(generation: Generation, rounds: Sequence[Round], process: str | None) -> Iterator[int]:
    """The places of the documents of none of ``rounds``; with a process, of those that are of it."""
    taken = {document.id for one in rounds for document in one.documents}
    for place, entry in enumerate(generation.documents):
        of = entry.document.metadata.process
        if entry.document.id not in taken and (process is None or (of is not None and is_named(of, process))):
            yield place
