"""What limited an answer, and what the documents cover where they do not answer: lines of plain text, and kinds."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING

from bot.languages import phrases
from bot.messages.lengths import short
from retrieval.answers.coverage import covered_rounds, near_subjects
from retrieval.questions.limits import DATES, PLACE, PROCESS, ROUND, SOURCE
from retrieval.questions.question import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.languages import Phrases
    from corpus.document import Metadata
    from retrieval.answers.answer import Answer
    from retrieval.index.generation import Generation
    from retrieval.questions.known import Known
    from retrieval.questions.limits import Limit
    from retrieval.questions.periods import Period
    from retrieval.questions.question import Question

_NAMED = 3
_COVERED, _RUNS = 8, 12
_LIFTING = {
    ROUND: "Search all rounds",
    PROCESS: "Search all processes",
    DATES: "Search all dates",
    PLACE: "Search all places",
    SOURCE: "Search all sources",
}


def limit_lines(question: Question, language: str = "en") -> list[str]:
    """A line for each limit of the search, as it was understood."""
    return list(dict.fromkeys(_line(limit, phrases(language)) for limit in question.applied))


def lifting(question: Question, language: str) -> list[tuple[str, str]]:
    """The kinds of limits of the search, each once, with what to call a search without them."""
    say = phrases(language)
    return [(kind, say(_LIFTING[kind])) for kind in dict.fromkeys(limit.kind for limit in question.applied)]


def _line(limit: Limit, say: Phrases) -> str:
    if limit.kind == ROUND:
        if len(limit.numbers) == 1:
            return say("Round {number} only", number=limit.numbers[0])
        return say("Rounds {numbers} only", numbers=say.listed([str(number) for number in limit.numbers]))
    if limit.kind == DATES:
        return _dates(limit.periods[0], say)
    names = _listed(limit.names, say)
    if limit.kind == PROCESS:
        return say("Process: {names} only", names=names)
    if limit.kind == PLACE:
        return say("Place: {names} only", names=names)
    return say("Source: {names} only", names=names)


def _listed(names: Iterable[str], say: Phrases) -> str:
    """The first of ``names``, each set apart."""
    return say.listed([say.isolate(short(name)) for name in names], _NAMED)


def _dates(period: Period, say: Phrases) -> str:
    """The days of a period; a whole year or month by its name."""
    first = (period.since + "-01-01"[len(period.since) - 4 :]) if period.since else None
    last = _last_day(period.until) if period.until else None
    if first is None:
        return say("Until {date} only", date=say.date(last or ""))
    if last is None:
        return say("Since {date} only", date=say.date(first))
    whole = next((first[:length] for length in (10, 7, 4) if _is_whole(first, last, length)), None)
    if whole is not None:
        return say("{date} only", date=say.date(whole))
    return say("From {first} to {last} only", first=say.date(first), last=say.date(last))


def _is_whole(first: str, last: str, length: int) -> bool:
    """Whether the days are all those of the day, month or year that is the first so many characters of ``first``."""
    named = first[:length]
    return first == named + "-01-01"[length - 4 :] and last == _last_day(named)


def _last_day(date: str) -> str:
    """The last day of a year, month or day in ISO 8601."""
    if len(date) == 4:
        return f"{date}-12-31"
    if len(date) == 7:
        return f"{date}-{calendar.monthrange(int(date[:4]), int(date[5:]))[1]:02}"
    return date


def searched_documents(answer: Answer, generation: Generation) -> list[Metadata]:
    """What is known about each document that was searched, which are those that the question's limits admit."""
    known = (entry.document.metadata for entry in generation.documents)
    return [metadata for metadata in known if answer.question.admits(metadata)]


def searched_line(answer: Answer, generation: Generation, language: str = "en") -> str:
    """How many documents were searched."""
    count = len(searched_documents(answer, generation))
    return phrases(language).count("{number} document was searched.", "{number} documents were searched.", count)


def coverage_lines(answer: Answer, generation: Generation, language: str = "en") -> list[str]:
    """What near the question the documents do treat, or else of which rounds they are; in their own words."""
    say = phrases(language)
    subjects = near_subjects(generation, answer)
    if subjects:
        names = "; ".join(say.isolate(short(subject)) for subject in subjects)
        return [say("Subjects near this in the documents: {names}.", names=names)]
    return covered_lines(generation.known, say)


def covered_lines(known: Known, say: Phrases) -> list[str]:
    """Which rounds there are documents of, as one line; none where there are none."""
    covered = covered_rounds(known)
    if not covered:
        return []
    names = "; ".join(
        say.isolate(" ".join([*([short(one.process)] if one.process else []), _runs(one.runs)]))
        for one in covered[:_COVERED]
    ) + ("; …" if len(covered) > _COVERED else "")
    return [say("Rounds that the documents cover: {names}.", names=names)]


def _runs(runs: Iterable[tuple[int, int]]) -> str:
    named = [str(first) if first == last else f"{first}–{last}" for first, last in runs]
    return ", ".join(named[:_RUNS]) + (", …" if len(named) > _RUNS else "")


def refusal(asked: str, say: Phrases) -> str:
    """Why a question, or a topic, cannot be searched for."""
    if len(asked) > LONGEST:
        return say("The question is too long: at most {number} characters can be searched for.", number=str(LONGEST))
    return say("I find no words to search for in this. Please ask in a few words.")
