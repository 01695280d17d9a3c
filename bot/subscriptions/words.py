"""What stands behind ``/subscribe``: a process, a time, a day, a time zone and a language, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.languages import LANGUAGES
from bot.subscriptions.rhythm import Rhythm, When, known_zone, minute_of
from corpus.processes import same_process
from retrieval.questions.known import is_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAST_LETTERS = 3
_WHEN = {"arrival": When.ARRIVAL, "daily": When.DAILY, "weekly": When.WEEKLY}
_LANGUAGE_NAMES = {
    "english": "en",
    "russian": "ru",
    "русский": "ru",
    "kazakh": "kk",
    "қазақша": "kk",
    "turkish": "tr",
    "türkçe": "tr",
    "arabic": "ar",
    "العربية": "ar",
    "persian": "fa",
    "فارسی": "fa",
}


class UnknownWordsError(Exception):
    """Words that are none of what a subscription has; ``words`` are those."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription as it was typed; what is None was not."""

    process: str | None
    language: str | None
    rhythm: Rhythm


def wanted(words: Sequence[str], processes: Iterable[str], zone: str) -> Wanted:
    """What is typed behind ``/subscribe``; ``processes`` are those there are, ``zone`` the time zone if none is named.

    A time alone is daily, and a day of the week weekly.

    Raises:
        UnknownWordsError: something of it is neither a process nor anything else that belongs there.
    """
    when: When | None = None
    minute = weekday = language = None
    rest: list[str] = []
    for word in words:
        folded = word.casefold().strip(",;")
        if folded in _WHEN:
            when = _WHEN[folded]
        elif (found := minute_of(folded)) is not None:
            minute = found
        elif (day := _day(folded)) is not None:
            weekday = day
        elif folded in LANGUAGES or folded in _LANGUAGE_NAMES:
            language = _LANGUAGE_NAMES.get(folded, folded)
        elif ("/" in word or folded == "utc") and (named := known_zone(word.strip(",;"))) is not None:
            zone = named
        else:
            rest.append(word)
    if when is None:
        when = When.WEEKLY if weekday is not None else When.DAILY if minute is not None else When.ARRIVAL
    elif when is not When.WEEKLY and weekday is not None:
        raise UnknownWordsError(_DAYS[weekday])
    usual = Rhythm()
    rhythm = Rhythm(when, usual.minute if minute is None else minute, weekday or 0, zone)
    return Wanted(_process(" ".join(rest), processes) if rest else None, language, rhythm)


def _day(word: str) -> int | None:
    if len(word) < _LEAST_LETTERS:
        return None
    return next((number for number, day in enumerate(_DAYS) if day.startswith(word)), None)


def _process(words: str, processes: Iterable[str]) -> str:
    known = tuple(processes)
    found = [process for process in known if same_process(process, words)]
    found = found or [process for process in known if is_named(process, words)]
    if len(found) != 1:
        raise UnknownWordsError(words)
    return found[0]
