"""What the documents' metadata names: the rounds, processes, places, publishers and meetings a question may mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from corpus.processes import process_key, same_process
from corpus.rounds import find_process
from retrieval.questions.places import same_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpus.document import Metadata


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that a document is of, with its first and last day, ISO 8601."""

    start: str
    end: str
    process: str | None
    round: int | None
    place: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """The names and numbers in the metadata of a generation's documents, each once; meetings in order of their days.

    ``first_day`` is the earliest on which a meeting began or a document of none was written, in ISO 8601, maybe only a
    month or a year; None where no document is dated.
    """

    rounds: frozenset[tuple[str | None, int]] = frozenset()
    processes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    first_day: str | None = None

    @staticmethod
    def of(documents: Iterable[Metadata]) -> Known:
        """What ``documents`` name."""
        found = tuple(documents)
        meetings = {
            Meeting(one.meeting_start, one.meeting_end or one.meeting_start, one.process, _only_round(one), one.place)
            for one in found
            if one.meeting_start is not None
        }
        return Known(
            rounds=frozenset((one.process, number) for one in found for number in one.rounds),
            processes=_names(one.process for one in found),
            places=_names(one.place for one in found),
            publishers=_names(one.publisher for one in found),
            meetings=tuple(sorted(meetings, key=lambda one: (one.start, one.end, one.round or 0, one.place or ""))),
            first_day=min((day for one in found if (day := one.meeting_start or one.date)), default=None),
        )

    def processes_named(self, name: str) -> tuple[str, ...]:
        """The processes of that name as the documents spell it, in whichever language; none where none is of it."""
        return tuple(process for process in self.processes if is_named(process, name))

    def is_of_one_process(self, number: int, processes: tuple[str, ...]) -> bool:
        """Whether ``processes`` are all that are known of the documents of that round, and are spellings of one.

        A document of that round which names none is then of it too.
        """
        named = {process_key(of) for of, found in self.rounds if found == number and of is not None}
        return len(named) == 1 and named == {process_key(process) for process in processes}

    def has_round(self, number: int, processes: tuple[str, ...] = ()) -> bool:
        """Whether a document is of that round, of one of ``processes`` where any is named."""
        return any(found == number and (not processes or of in processes) for of, found in self.rounds)

    def latest_round(self, processes: tuple[str, ...] = ()) -> int | None:
        """The highest round of ``processes``, or, where none is named, of the only process that has rounds."""
        if not processes and len({of for of, _ in self.rounds}) > 1:
            return None
        return max((number for of, number in self.rounds if not processes or of in processes), default=None)

    def first_meeting_at(self, places: Iterable[str]) -> Meeting | None:
        """The earliest meeting at any of ``places``, spelt as the documents do."""
        wanted = frozenset(places)
        return next((meeting for meeting in self.meetings if meeting.place in wanted), None)

    def meeting_of_round(self, number: int, processes: tuple[str, ...] = ()) -> Meeting | None:
        """The earliest meeting of that round, of one of ``processes`` where any is named."""
        return next(
            (one for one in self.meetings if one.round == number and (not processes or one.process in processes)), None
        )


@lru_cache(maxsize=4096)
def is_named(process: str, name: str) -> bool:
    """Whether ``process``, as a document spells it, may be called ``name``, in whichever language."""
    if same_process(process, name) or same_place(process, name):
        return True
    found = find_process(process)
    return found is not None and same_process(found, name)


def _only_round(metadata: Metadata) -> int | None:
    """The round that the meeting of a document is; of a document about several, no one can say which."""
    return metadata.round if not metadata.other_rounds else None


def _names(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))
