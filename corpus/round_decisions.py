"""What admins decided on rounds: their dates and places, whatever documents say. Kept in the library's database."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from corpus.dates import find_dates
from corpus.library import Library
from corpus.metadata import WrongValue, checked, iso_date
from corpus.processes import process_key
from corpus.round_numbers import plain_digits

DATES: Final = "dates"
PLACE: Final = "place"
_SHOWN: Final = 60
_LENGTHS: Final = {"day": 10, "month": 7, "year": 4}
# Between two ISO dates; a hyphen only where it is none of theirs.
_APART: Final = re.compile(r"\s+[-–—]\s+|\s*[–—/,،;؛]\s*|\s+(?:to|and|по|и|و|تا)\s+|\s+")
_YEAR: Final = re.compile(r"^\s*(?:года?|г|жыл\w*|yılı|م|میلادی)\b\.?", re.IGNORECASE)
RoundKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RoundDecision:
    """What is decided on one round: its first and last day, ISO dates, and its place; None where nothing is."""

    start: str | None = None
    end: str | None = None
    place: str | None = None


Decided = Mapping[RoundKey, RoundDecision]


def round_key(process: str | None, number: int) -> RoundKey:
    """Return under what decisions on a round are kept, the same for every name of its process."""
    return ("" if process is None else process_key(process), number)


class RoundDecisions:
    """The decisions on rounds in a library, which no reading of its documents changes. Its methods block."""

    def __init__(self, library: Library, now: Callable[[], float] = time.time) -> None:
        self._library = library
        self._now = now

    def decided(self) -> dict[RoundKey, RoundDecision]:
        """Return everything that is decided, by round."""
        with self._library.database.reading() as connection:
            rows = connection.execute("SELECT process, number, field, value FROM round_decisions").fetchall()
        found: dict[RoundKey, RoundDecision] = {}
        for process, number, field, value in rows:
            key = (str(process), int(number))
            known = found.get(key, RoundDecision())
            if field == DATES:
                start, _, end = str(value).partition("/")
                found[key] = replace(known, start=start, end=end)
            else:
                found[key] = replace(known, place=str(value))
        return found

    def decide_dates(self, process: str | None, number: int, start: str, end: str, by: str) -> None:
        """Keep the first and the last day of a round, ISO dates as ``checked_days`` returns them."""
        self._keep(process, number, DATES, f"{start}/{end}", by)

    def decide_place(self, process: str | None, number: int, place: str, by: str) -> None:
        """Keep the place of a round, as ``checked_place`` returns it."""
        self._keep(process, number, PLACE, place, by)

    def undo(self, process: str | None, number: int, field: str) -> None:
        """Let the documents say again what the ``DATES`` or the ``PLACE`` of a round are."""
        with self._library.deciding() as connection:
            connection.execute(
                "DELETE FROM round_decisions WHERE process = ? AND number = ? AND field = ?",
                (*round_key(process, number), field),
            )

    def _keep(self, process: str | None, number: int, field: str, value: str, by: str) -> None:
        with self._library.deciding() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO round_decisions VALUES (?, ?, ?, ?, ?, ?)",
                (*round_key(process, number), field, value, by, self._now()),
            )


def checked_days(text: str, language: str | None = None) -> tuple[str, str]:
    """Return the first and the last day that ``text`` gives, in ISO 8601, maybe only months or years.

    They may be two ISO dates or one, or a date or range as people write it in any of the six languages. Raises
    ``WrongValue`` where it says no days, two things, or a last day before the first.
    """
    plain = plain_digits(text).strip()
    parts = [found for part in _APART.split(plain) if (found := iso_date(part)) is not None]
    if parts and len(parts) == len(_APART.split(plain)) <= 2:
        if parts[-1] < parts[0][: len(parts[-1])]:
            raise WrongValue(DATES, f"end ({parts[-1]}) before they begin ({parts[0]})")
        return parts[0], parts[-1]
    mentions = find_dates(plain, language)
    if len(mentions) != 1 or re.search(r"\w", plain[: mentions[0].start] + _YEAR.sub("", plain[mentions[0].end :])):
        raise WrongValue(DATES, f'"{plain[:_SHOWN]}" are no days, such as 2017-12-21 2017-12-22')
    length = _LENGTHS[mentions[0].precision]
    return mentions[0].start_date[:length], mentions[0].end_date[:length]


def checked_place(text: str) -> str:
    """Return the name of a place in one line; raises ``WrongValue``."""
    place = checked("place", text)
    if not isinstance(place, str):
        raise WrongValue("place", "is empty")
    return place
