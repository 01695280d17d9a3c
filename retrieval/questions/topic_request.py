"""What is asked of a topic: the topic itself, and the rounds or the process named with it, in six languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from corpus.canonical import canonical
from corpus.lexer import cities
from corpus.ordinals import folded, romans
from corpus.rounds import find_rounds
from corpus.tokens import tokenise
from corpus.wording import WORDINGS
from retrieval.questions.known import is_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from corpus.tokens import Token
    from retrieval.questions.known import Known

RoundName = tuple[str | None, int]

_ROMANS: Final = romans()
_HIGHEST = 999
_WIDEST_RANGE = 60
_QUOTED: Final = re.compile(r"[\"“„«‟]([^\"“”„«»‟]+)[\"”“»‟]")
# "7,8" would be read as one number.
_LISTED: Final = re.compile(r"(?<!\d)(\d{1,3})[,،](?=\d{1,3}(?!\d))")
_RANGE_WORDS: Final = folded("to through по до дейін تا الى حتى")
_JOINTS: Final = folded("and with versus vs & и с или және мен пен бен ve ile veya و مع با in of the") | frozenset(
    ",;:./|+،؛()"
)
_BEFORE_A_TOPIC: Final = folded(
    "on about regarding concerning topic о об обо про по тема теме туралы тақырыбы hakkında konusu konusunda "
    "عن حول بشأن موضوع درباره در باره مورد موضوع : , ; - — –"
)
_AFTER_A_TOPIC: Final = folded(
    "in at of for between during from on в на во между за с из بين في خلال در بین از and и ve و : , ; - — – the"
)
_IN: Final = folded("in at of from to with near в во на из от при с في من الى در از به")
_ENDINGS: Final = folded("st nd rd th й я е го му м ой ый ий ші шы inci nci ıncı üncü uncu ام م")


@dataclass(frozen=True, slots=True)
class TopicRequest:
    """A topic, empty where none was named, and rounds in the order named, each once; a round's process may be None.

    ``repeated`` says that a round was named twice, and ``process`` is the one that stands with no round.
    """

    topic: str
    rounds: tuple[RoundName, ...] = ()
    repeated: bool = False
    process: str | None = None


def read_comparison(text: str, known: Known) -> TopicRequest:
    """Read a topic and the rounds to compare: "detainees 7 and 8", "7-9 Idlib", "Astana 7 Geneva 8 «ceasefire»".

    Numbers count as rounds where a word for rounds stands with them, and otherwise at the end or the beginning; a topic
    in quotation marks may have any.
    """
    quoted, spoken = _apart(_LISTED.sub(r"\1, ", canonical(text)))
    reading = _Reading.of(spoken, known)
    taken = reading.everything() if quoted else reading.around_rounds()
    numbered = list(reading.rounds(taken))
    rounds = tuple(dict.fromkeys(numbered))
    topic = quoted or _tidied(reading.left(taken))
    return TopicRequest(topic, rounds, len(rounds) < len(numbered))


def read_timeline(text: str, known: Known) -> TopicRequest:
    """Read a topic and the process that stands last, or beside a topic in quotation marks: "detainees Astana"."""
    quoted, spoken = _apart(canonical(text))
    tokens = tokenise(spoken)
    for first, last, process in _processes(tokens, known):
        if last == len(tokens) and (quoted or (first > 0 and tokens[first - 1].folded not in _IN)):
            topic = quoted or _tidied(spoken[: tokens[first].start])
            return TopicRequest(topic, process=process)
    return TopicRequest(quoted or _tidied(spoken))


def _apart(text: str) -> tuple[str, str]:
    """What stands in quotation marks, empty where nothing does, and the rest of the text."""
    found = _QUOTED.search(text)
    if found is None:
        return "", text
    return found.group(1).strip(), f"{text[: found.start()]} {text[found.end() :]}"


def _processes(tokens: Sequence[Token], known: Known) -> Iterator[tuple[int, int, str]]:
    """First token, end and spelling in the documents of each process that they know and the tokens name."""
    at = 0
    forms = {process: tuple(token.folded for token in tokenise(process)) for process in known.processes}
    while at < len(tokens):
        for process, form in forms.items():
            if form and tuple(token.folded for token in tokens[at : at + len(form)]) == form:
                yield at, at + len(form), process
                at += len(form) - 1
                break
        else:
            named = next((one for one in known.processes if tokens[at].word and is_named(one, tokens[at].text)), None)
            if named is not None:
                yield at, at + 1, named
        at += 1


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text's tokens: the number of the round that each names, the process, and which say nothing but that."""

    text: str
    tokens: tuple[Token, ...]
    numbers: dict[int, int]
    mentioned: frozenset[int]
    processes: dict[int, str]
    beside: frozenset[int]

    @staticmethod
    def of(text: str, known: Known) -> _Reading:
        tokens = tokenise(text)
        numbers: dict[int, int] = {}
        mentioned: set[int] = set()
        for mention in find_rounds(text):
            places = [at for at, one in enumerate(tokens) if one.start < mention.end and one.end > mention.start]
            free = [at for at in places if at not in numbers and tokens[at].number in (mention.number, None)]
            exact = [at for at in free if tokens[at].number == mention.number]
            numbers[(exact or free or places)[0]] = mention.number
            mentioned.update(places)
        processes = {
            place: process
            for first, last, process in _processes(tokens, known)
            if first == 0
            or tokens[first - 1].folded not in _IN
            or first in mentioned
            or (last < len(tokens) and _is_round(tokens[last]))
            for place in range(first, last)
        }
        for at in range(len(tokens)):
            number = _bare_number(tokens, at)
            if at not in mentioned and at not in processes and number is not None:
                numbers[at] = number
        for at in mentioned - processes.keys():
            name = next(iter(cities(tokens[at].folded)), None) if tokens[at].word else None
            if name is not None:
                processes[at] = name.process
        beside = frozenset(at for at in range(len(tokens)) if _stands_beside(tokens, at))
        return _Reading(text, tokens, numbers, frozenset(mentioned), processes, beside)

    def _is_of_rounds(self, at: int) -> bool:
        return at in self.numbers or at in self.mentioned or at in self.processes or at in self.beside

    def everything(self) -> frozenset[int]:
        return frozenset(range(len(self.tokens)))

    def around_rounds(self) -> frozenset[int]:
        """The tokens that name rounds: with a word for them, or else at the end, or else at the beginning."""
        taken = set(self.mentioned)
        count = len(self.tokens)
        for run in (range(count - 1, -1, -1), range(count)):
            if len({self.numbers[at] for at in taken if at in self.numbers}) > 1:
                taken.update(at for at in self.processes if self._names_rounds(at))
                break
            reached = sorted(takewhile(self._is_of_rounds, run))
            inner = [at for at in reached if self._names_rounds(at)]
            taken.update(at for at in reached if inner and inner[0] <= at <= inner[-1])
        return frozenset(taken | self._between(taken))

    def _between(self, taken: set[int]) -> set[int]:
        """What stands between the tokens ``taken``, or before the first of the text, and only joins them."""
        found: set[int] = set()
        run: list[int] = []
        for at in range(len(self.tokens)):
            if at in self.beside and at not in taken:
                run.append(at)
                continue
            if at in taken and run and (run[0] == 0 or run[0] - 1 in taken):
                found.update(run)
            run = []
        return found

    def _names_rounds(self, at: int) -> bool:
        """Whether a token is a round, the process or the word right before one, or a process behind them all."""
        if at in self.numbers or at in self.mentioned:
            return True
        if at in self.processes:
            last = next(place for place in range(at, len(self.tokens) + 1) if place + 1 not in self.processes)
            behind = last + 1 < len(self.tokens) and (_is_round(self.tokens[last + 1]) or last + 1 in self.numbers)
            return behind or last + 1 == len(self.tokens)
        return _is_round(self.tokens[at]) and (at + 1 in self.numbers or at - 1 in self.numbers)

    def rounds(self, taken: Iterable[int]) -> Iterator[RoundName]:
        """The rounds named by the tokens ``taken``, with the process before each, or the only one."""
        places = sorted(taken)
        named = list(dict.fromkeys(self.processes[at] for at in places if at in self.processes))
        process = named[0] if len(named) == 1 else None
        before: int | None = None
        joint = ""
        for at in places:
            process = self.processes.get(at, process)
            if at not in self.numbers:
                folded_text = self.tokens[at].folded
                joint = "-" if folded_text == "-" or folded_text in _RANGE_WORDS else joint
                continue
            number = self.numbers[at]
            if joint == "-" and before is not None and 0 < number - before <= _WIDEST_RANGE:
                yield from ((process, between) for between in range(before + 1, number))
            yield process, number
            before, joint = number, ""

    def left(self, taken: frozenset[int]) -> str:
        """The text without the tokens ``taken``."""
        parts, start = [], 0
        for at, token in enumerate(self.tokens):
            if at in taken:
                parts.append(self.text[start : token.start])
                start = token.end
        return " ".join(" ".join([*parts, self.text[start:]]).split())


def _bare_number(tokens: Sequence[Token], at: int) -> int | None:
    """A number of up to three digits, in whichever script or Roman, that is not a part of a name such as "COVID-19"."""
    token = tokens[at]
    if at > 1 and tokens[at - 1].folded == "-" and tokens[at - 1].tight and tokens[at - 2].word:
        return None
    if token.number is not None:
        return token.number if token.number <= _HIGHEST and len(token.text) <= 3 else None
    if token.word and len(token.text) > 1 and token.text.isupper():
        return _ROMANS.get(token.text)
    return None


def _stands_beside(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token joins rounds, or is a word for them or the ending of their number."""
    token = tokens[at]
    if token.folded == "-" or token.folded in _JOINTS or token.folded in _RANGE_WORDS:
        return True
    if token.folded in _ENDINGS and at and (tokens[at - 1].number is not None or tokens[at - 1].folded == "-"):
        return True
    return _is_round(token)


def _is_round(token: Token) -> bool:
    """Whether a token is a word for rounds."""
    return token.word and any(wording.round.fullmatch(token.folded) for wording in WORDINGS.values())


def _tidied(topic: str) -> str:
    """A topic without the words and signs that only led from the rounds to it or from it to them."""
    words = topic.split()
    while words and (not any(map(str.isalnum, words[0])) or tokenise(words[0])[0].folded in _BEFORE_A_TOPIC):
        del words[0]
    while words and (not any(map(str.isalnum, words[-1])) or tokenise(words[-1])[0].folded in _AFTER_A_TOPIC):
        del words[-1]
    return " ".join(words).strip(" ,;:،؛–—-")
