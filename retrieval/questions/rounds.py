"""The rounds and processes a question names, in six languages, beyond what a text of documents says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from corpus.lexer import cities
from corpus.ordinals import folded
from corpus.processes import process_key
from corpus.rounds import find_processes, find_rounds
from corpus.wording import PROCESS_NOUNS, TALKS, WORDINGS
from retrieval.questions.periods import since_ahead, since_behind
from retrieval.questions.phrases import beginning_at, ending_at, phrases
from retrieval.questions.places import is_meeting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpus.tokens import Token
    from corpus.wording import Wording


class Standing(Enum):
    """How a meeting stands in a question: spoken of itself, as the first of a period, or as a point in time."""

    ITSELF = "itself"
    SINCE = "since"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class RoundReading:
    """A round named by tokens ``first`` to ``last`` (excluded); its number is None where it is "the latest"."""

    number: int | None
    first: int
    last: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """A process named by tokens ``first`` to ``last`` (excluded)."""

    name: str
    first: int
    last: int


_BESIDE_AHEAD: Final = phrases(
    "after, before, following, preceding, prior to, ahead of, until, up to, on the eve of, in the run-up to, between",
    "после, до, перед, накануне, в преддверии, вслед за, между",
    "بعد, قبل, عقب, قبيل, قبل انعقاد, بعد انتهاء, عشية, بين",
    "پس از, پیش از, قبل از, بعد از, در آستانه, بین",
)
_BESIDE_BEHIND: Final = phrases(
    "sonra, sonrası, sonrasında, sonrasındaki, önce, öncesi, öncesinde, öncesindeki, ardından, arifesinde, arasında",
    "кейін, кейінгі, соң, бұрын, бұрынғы, дейін, дейінгі, қарсаңында, арасында",
)
_BETWEEN: Final = re.compile(
    r"the|a|end|close|conclusion|opening|start|beginning|of|in|at|time|meetings?|talks|rounds?|astana|geneva"
    r"|конца|окончания|завершения|начала|начал[ао]м?|открыти[яем]+|врем[её]ни?|времен|встречи|переговоров|раунда|в|г"
    r"|نهايه|انتهاء|بدايه|انعقاد|زمان|محادثات|مباحثات|جوله|الجوله|اجتماع|في|پايان|آغاز|اغاز|برگزاري|نشست|مذاكرات"
)
_CASES: Final = re.compile(
    r"['’]|[dt][ae]n|[dt]a|[dt]e|tur(?:u|undan|undaki|unun)?|turlarindan|toplanti(?:sindan|lardan)"
    r"|görüşmelerinden|görüşmeler.*|müzakere.*|кездесуі(?:нен)?|раундынан|келіссөздер.*"
)
_RUSSIAN_FROM, _RUSSIAN_THROUGH = frozenset(("с", "со", "от")), frozenset(("по", "до"))
_GENITIVE: Final = frozenset(("раунда", "тура", "встречи"))
_WITH_OR_FROM: Final = frozenset(("с", "со", "از"))
_LATEST: Final = {
    "en": re.compile(r"last|latest|recent"),
    "ru": re.compile(r"последн(?:ий|его|ему|им|ем)"),
    "kk": re.compile(r"соңғы"),
    "tr": re.compile(r"son"),
    "ar": re.compile(r"اخر|[لب]?الاخيره"),
    "fa": re.compile(r"اخرين|اخر|اخير"),
}
# A noun behind these is singular in Persian, and stands for several.
_SEVERAL: Final = folded("چند چندین دو سه چهار پنج شش هفت هشت نه ده")
_NOUN_FIRST: Final = frozenset(("ar", "fa"))
_SHORTEST_STEM: Final = 4
_LONGEST_ENDING: Final = 4
_COMPOUNDS: Final = frozenset(("table", "tables", "trip", "robin"))
_OF_SOMETHING_ELSE: Final = re.compile(
    r"fight.*|shell.*|strike.*|violen.*|clash.*|vot.*|elect.*|sanction.*|fund.*|vaccin.*|layoff.*|drink.*|golf|applause"
    r"|обстрел.*|бо[её]в.*|удар.*|столкновен.*|сайла.*|шайқас.*|соққы.*|bombard.*|çatişma.*|saldiri.*|seçim.*|yaptirim.*"
    r"|القتال|القصف|العنف|قتال|الانتخابات|العقوبات|درگيري.*|بمباران|حملات"
)


def read_rounds(text: str, tokens: Sequence[Token]) -> tuple[RoundReading, ...]:
    """Every round that ``text``, whose tokens are ``tokens``, names by its number or as the latest."""
    found = []
    for mention in find_rounds(text):
        places = [at for at, token in enumerate(tokens) if token.start < mention.end and token.end > mention.start]
        found.append((mention.number, places[0], places[-1] + 1))
    taken = {at for _, first, last in found for at in range(first, last)}
    latest = [(None, first, last) for first, last in _latest(tokens) if taken.isdisjoint(range(first, last))]
    latest += [(None, first, last) for _, first, last in found if _and_the_latest(tokens[first:last])]
    ranges = [(number, first - 3, last) for _, first, last in found for number in _range_before(tokens, first)]
    readings = []
    for number, first, last in [*ranges, *found, *latest]:
        standing, first, last = meeting_standing(tokens, first, last)
        readings.append(RoundReading(number, first, last, standing))
    return tuple(sorted(readings, key=lambda reading: reading.first))


def _range_before(tokens: Sequence[Token], first: int) -> range:
    """The numbers before the last of "с 8 по 10 раунд", whose last round begins at ``first``."""
    if first < 3 or tokens[first - 1].folded not in _RUSSIAN_THROUGH or tokens[first - 3].folded not in _RUSSIAN_FROM:
        return range(0)
    return range(tokens[first - 2].number or 0, tokens[first].number or 0) if tokens[first - 2].number else range(0)


def meeting_standing(tokens: Sequence[Token], first: int, last: int) -> tuple[Standing, int, int]:
    """How the meeting or place named by tokens ``first`` to ``last`` stands, and the tokens that say so with it."""
    ahead, behind = first, last
    while ahead > 0 and first - ahead < 5 and _BETWEEN.fullmatch(tokens[ahead - 1].folded):
        ahead -= 1
    while behind < len(tokens) and behind - last < 4 and _CASES.fullmatch(tokens[behind].folded):
        behind += 1
    end = since_behind(tokens, behind)
    begin = since_ahead(tokens, ahead)
    if begin is not None and end is None and not _is_since(tokens, begin, first, last):
        begin = None
    if begin is not None or end is not None:
        return Standing.SINCE, ahead if begin is None else begin, behind if end is None else end
    beside = ending_at(tokens, ahead, _BESIDE_AHEAD) is not None or beginning_at(tokens, behind, _BESIDE_BEHIND)
    return (Standing.BESIDE if beside else Standing.ITSELF), first, last


def _is_since(tokens: Sequence[Token], begin: int, first: int, last: int) -> bool:
    """Whether a word that is "with" as well as "since" is the latter: с восьмого раунда, not с восьмым раундом."""
    if tokens[begin].folded not in _WITH_OR_FROM:
        return True
    between = [token.folded for token in tokens[begin + 1 : first]]
    return tokens[last - 1].folded in _GENITIVE or any(word.startswith("врем") or word == "زمان" for word in between)


def _and_the_latest(tokens: Sequence[Token]) -> bool:
    """Whether a mention is of the latest round too: "the first and last rounds"."""
    return any(
        wording.plural.fullmatch(tokens[-1].folded)
        and any(_LATEST[language].fullmatch(token.folded) for token in tokens)
        for language, wording in WORDINGS.items()
    )


def _latest(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """First token and end of each "the last round" of talks that the tokens speak of."""
    for at, token in enumerate(tokens):
        for language, wording in WORDINGS.items():
            if not token.word or not wording.round.fullmatch(token.folded) or wording.plural.fullmatch(token.folded):
                continue
            span = _latest_around(tokens, at, language, wording)
            if span is not None and not _of_something_else(tokens, span[1], wording):
                yield span
                break


def _latest_around(tokens: Sequence[Token], at: int, language: str, wording: Wording) -> tuple[int, int] | None:
    """The tokens from "the latest" to the noun at ``at``, or from the noun to "the latest" behind it."""
    latest = _LATEST[language]
    if at and (tokens[at - 1].folded in _SEVERAL or tokens[at - 1].number is not None):
        return None
    if language in _NOUN_FIRST:
        end = at + 1
        while end < len(tokens) and tokens[end].folded in wording.fillers and not latest.fullmatch(tokens[end].folded):
            end += 1
        if end < len(tokens) and end - at < 4 and latest.fullmatch(tokens[end].folded):
            return at, end + 1
    begin = at - 1
    while begin >= 0 and at - begin < 5 and not latest.fullmatch(tokens[begin].folded):
        if tokens[begin].folded not in wording.fillers and not cities(tokens[begin].folded):
            return None
        begin -= 1
    if begin < 0 or not latest.fullmatch(tokens[begin].folded):
        return None
    if language == "en":
        return _english_latest(tokens, begin, at)
    return begin, at + 1


def _english_latest(tokens: Sequence[Token], begin: int, at: int) -> tuple[int, int] | None:
    """ "The last", "the latest" and "the most recent", but not "last round" without the article."""
    word = tokens[begin].folded
    if word == "recent":
        begin -= 1
        if begin < 0 or tokens[begin].folded != "most":
            return None
    article = begin > 0 and tokens[begin - 1].folded == "the"
    return (begin - article, at + 1) if article or word == "latest" else None


def _of_something_else(tokens: Sequence[Token], end: int, wording: Wording) -> bool:
    """Whether the round whose noun ends before ``end`` is not one of talks."""
    following = [token.folded for token in tokens[end : end + 4]]
    if _COMPOUNDS & set(following[:1] if following[:1] != ["-"] else following[1:2]):
        return True
    if any(word.startswith(wording.other) or _OF_SOMETHING_ELSE.fullmatch(word) for word in following):
        return True
    if not following or following[0] != "of":
        return False
    named = [word for word in following[1:] if word != "the"]
    return not any(TALKS.fullmatch(word) or PROCESS_NOUNS["en"].fullmatch(word) or cities(word) for word in named)


def read_processes(text: str, tokens: Sequence[Token], processes: tuple[str, ...]) -> tuple[ProcessReading, ...]:
    """Every process that ``text`` names, some of ``processes`` by whatever name, or ones that none of them is."""
    starts = {token.start: at for at, token in enumerate(tokens)}
    found = {
        starts[mention.start]: ProcessReading(mention.process, starts[mention.start], starts[mention.start] + 1)
        for mention in find_processes(text)
    }
    spoken = [at for at, token in enumerate(tokens) if token.word or token.number is not None]
    for start, at in enumerate(spoken):
        for process, form in _forms(processes):
            places = spoken[start : start + len(form)]
            is_name = len(places) == len(form) and all(map(_is_case_of, (tokens[one].folded for one in places), form))
            if is_name and found.keys().isdisjoint(places) and _in_process(tokens, at, places[-1] + 1):
                found[at] = ProcessReading(process, at, places[-1] + 1)
    return tuple(found[at] for at in sorted(found))


@lru_cache(maxsize=8)
def _forms(processes: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The processes and the folded words that tell each from others, the longest first: "minsk" of "Minsk process"."""
    found = [(process, tuple(process_key(process).split())) for process in processes]
    found = [(process, form) for process, form in found if form]
    return tuple(sorted(found, key=lambda one: -len(one[1])))


def _is_case_of(word: str, name: str) -> bool:
    """Whether a folded word is a word of a name, in Cyrillic letters in any case: минского, Минский."""
    if word == name:
        return True
    stem = name[: max(_SHORTEST_STEM, len(name) - 2)]
    return name >= "а" and word.startswith(stem) and len(word) <= len(name) + _LONGEST_ENDING and name <= "ӿ"


def _in_process(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether a word for what is done in a process stands in the name, or beside it."""
    return any(
        is_meeting(token.folded) or any(nouns.fullmatch(token.folded) for nouns in PROCESS_NOUNS.values())
        for token in tokens[max(first - 1, 0) : last + 1]
    )
