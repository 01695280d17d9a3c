"""The rounds of negotiations that documents are of: with their dates, their places, and the documents that say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from corpus.processes import process_key, same_process
from corpus.round_decisions import RoundDecision, round_key
from retrieval.questions.known import is_named
from retrieval.questions.places import same_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corpus.document import Document, Metadata
    from corpus.round_decisions import Decided
    from retrieval.index.generation import Generation

_NOTHING: Final[Decided] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day of a meeting, ISO 8601, maybe only months or years; ``documents`` are those that say so.

    None of them does where an admin corrected the dates to what no document says.
    """

    start: str
    end: str
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a process, None where that is unknown.

    More than one of ``periods``, in order of their days, means that documents differ; ``places`` are those that most
    documents name first. ``documents`` are all that are of the round, in the order of the generation, those of other
    rounds too among them. An admin's decision on its dates or its place leaves only what was decided;
    ``dates_corrected`` and ``place_corrected`` say so, and ``corrected`` that either was.
    """

    process: str | None
    number: int
    periods: tuple[Period, ...]
    places: tuple[str, ...]
    documents: tuple[Document, ...]
    corrected: bool = False
    dates_corrected: bool = False
    place_corrected: bool = False

    def to_json(self) -> dict[str, Any]:
        """The round as the command line prints it, documents by their ids."""
        return {
            "process": self.process,
            "round": self.number,
            "dates": [
                {"start": one.start, "end": one.end, "documents": [document.id for document in one.documents]}
                for one in self.periods
            ],
            "places": list(self.places),
            "documents": [document.id for document in self.documents],
            "corrected": self.corrected,
        }


def rounds(generation: Generation, decided: Decided = _NOTHING) -> tuple[Round, ...]:
    """Every round that a document of ``generation`` is of, by process and number; those of no process come last.

    A document without a process is of the only one that is known among the documents of its round, and of none where
    there are several. ``decided`` are the admins' corrections. Decisions on rounds that no document is of add none.
    """
    return _rounds(generation, _places(generation), decided)


def _rounds(
    generation: Generation, by_number: dict[int, dict[str | None, list[int]]], decided: Decided
) -> tuple[Round, ...]:
    spelt = _spellings(generation)
    found = [
        _round(
            spelt.get(key),
            number,
            [generation.documents[place].document for place in places],
            _decision(spelt.get(key), number, decided, is_only=len(by_process) == 1),
        )
        for number, by_process in by_number.items()
        for key, places in by_process.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.process is None, (one.process or "").casefold(), one.number)))


def _decision(process: str | None, number: int, decided: Decided, *, is_only: bool) -> RoundDecision:
    """What is decided on a round; of the only one of its number also what was decided before its process was known."""
    of_process = decided.get(round_key(process, number))
    before = decided.get(round_key(None, number)) if is_only else None
    return of_process or before or RoundDecision()


def find(
    generation: Generation, number: int, process: str | None = None, decided: Decided = _NOTHING
) -> tuple[Round, ...]:
    """The rounds of that number: of ``process``, by any name in any case, or else of every process that has one.

    More than one means that the number alone does not say which is meant. An empty ``process`` is that of which the
    documents name none.
    """
    numbered = _rounds(generation, _places(generation, number), decided)
    if process is None:
        return numbered
    if not process:
        return tuple(one for one in numbered if one.process is None)
    exactly = [one for one in numbered if same_process(one.process, process)]
    return tuple(exactly or (one for one in numbered if one.process is not None and is_named(one.process, process)))


def members(generation: Generation, number: int, process: str | None = None) -> list[int]:
    """The places in ``generation.documents`` of the documents of a round, ascending; see ``find`` for ``process``.

    Without a process these are the documents of that round of every process.
    """
    by_process = _places(generation, number).get(number, {})
    if process is not None:
        spelt = _spellings(generation)
        wanted = process_key(process) if process else None
        by_process = (
            {wanted: by_process[wanted]}
            if wanted in by_process
            else {key: found for key, found in by_process.items() if key and process and is_named(spelt[key], process)}
        )
    return sorted(place for places in by_process.values() for place in places)


def _places(generation: Generation, wanted: int | None = None) -> dict[int, dict[str | None, list[int]]]:
    """The places of the documents of each round, by number and process; only of round ``wanted`` where one is given."""
    found: dict[int, dict[str | None, list[int]]] = {}
    for place, entry in enumerate(generation.documents):
        metadata = entry.document.metadata
        for number in metadata.rounds:
            if wanted is None or number == wanted:
                key = None if metadata.process is None else process_key(metadata.process)
                found.setdefault(number, {}).setdefault(key, []).append(place)
    for by_process in found.values():
        if len(by_process) == 2 and None in by_process:
            unnamed = by_process.pop(None)
            (key,) = by_process
            by_process[key] = sorted((*by_process[key], *unnamed))
    return found


def _spellings(generation: Generation) -> dict[str | None, str]:
    """Of each process, by its key, the name that most documents give it; of two alike the first in the alphabet."""
    names = Counter(
        entry.document.metadata.process for entry in generation.documents if entry.document.metadata.process
    )
    found: dict[str | None, str] = {}
    for name, _ in sorted(names.items(), key=lambda pair: (-pair[1], pair[0])):
        found.setdefault(process_key(name), name)
    return found


def _round(process: str | None, number: int, documents: Sequence[Document], decision: RoundDecision) -> Round:
    periods, places = _periods(documents), _meeting_places(documents)
    has_dates, has_place = decision.start is not None, decision.place is not None
    if decision.start is not None and decision.end is not None:
        said = [period for period in periods if (period.start, period.end) == (decision.start, decision.end)]
        periods = (said[0] if said else Period(decision.start, decision.end, ()),)
    if decision.place is not None:
        places = (decision.place,)
    return Round(process, number, periods, places, tuple(documents), has_dates or has_place, has_dates, has_place)


def _periods(documents: Iterable[Document]) -> tuple[Period, ...]:
    """The different ranges of days that documents give their meeting.

    That of a document about several rounds is of none of these alone. A less precise one ("May 2018", or only a first
    day) is not different from the precise ones that agree with it, and where there is one, its documents are that's.
    """
    said: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        metadata = document.metadata
        if metadata.meeting_start is not None and not metadata.other_rounds:
            said.setdefault(_days(metadata), []).append(document)
    for days in sorted(said, key=lambda days: -len(days[0] + days[1])):
        within = [other for other in said if other != days and _says_more(other, days)]
        if within:
            vague = said.pop(days)
            if len(within) == 1:
                said[within[0]] += vague
        elif any(_contains(other, days) for other in said) and all(_is_own_day(one, days) for one in said[days]):
            del said[days]
    return tuple(Period(start, end or start, tuple(said[start, end])) for start, end in sorted(said))


def _days(metadata: Metadata) -> tuple[str, str]:
    """First and last day as a document states them; the last is empty where it is not known."""
    return metadata.meeting_start or "", metadata.meeting_end or ""


def _says_more(precise: tuple[str, str], vague: tuple[str, str]) -> bool:
    """Whether two ranges agree as far as the second goes: it names only the months, say, or only the beginning."""
    return all(one.startswith(other) for one, other in zip(precise, vague, strict=True))


def _contains(days: tuple[str, str], other: tuple[str, str]) -> bool:
    return days != other and days[0] <= other[0] and other[1] <= days[1]


def _is_own_day(document: Document, days: tuple[str, str]) -> bool:
    """Whether a range is only the day on which its document was written."""
    return days[0] == document.metadata.date and days[1] in ("", days[0])


def _meeting_places(documents: Iterable[Document]) -> tuple[str, ...]:
    """The places that documents name, those of most documents first; each once, as it is spelt most often."""
    named = Counter(document.metadata.place for document in documents if document.metadata.place)
    groups: list[tuple[str, int]] = []
    for name, count in sorted(named.items(), key=lambda pair: (-pair[1], pair[0])):
        same = next((at for at, (known, _) in enumerate(groups) if same_place(known, name)), None)
        if same is None:
            groups.append((name, count))
        else:
            groups[same] = (groups[same][0], groups[same][1] + count)
    return tuple(name for name, _ in sorted(groups, key=lambda group: -group[1]))
