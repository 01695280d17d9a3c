"""A round as it is written after a command: "8", "VIII", "8 Astana", "Астана-8", "восьмой раунд Астаны"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corpus.lexer import cities
from corpus.ordinals import folded
from corpus.processes import process_key
from corpus.round_numbers import round_numbers
from corpus.rounds import find_processes, find_rounds
from corpus.tokens import tokenise
from corpus.wording import WORDINGS
from retrieval.questions.places import is_meeting

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 200
_OF: Final = folded("of in the for at в на по من في از در")
_NO_NAME: Final = frozenset(word for one in WORDINGS.values() for word in one.both | one.through | one.units)
# Words of a number that is no round's: "eight and a half".
FRACTION: Final = re.compile(
    r"[½⅓¼¾]|\b(?:half|quarter|половин\w*|жарым|жарты|buçuk|نصف)\b|ونصف|نصف|و نیم|ونیم", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RoundArgument:
    """The number of a round, 1-999, and its process as it was written, None where none was."""

    number: int
    process: str | None = None


def parse_round_argument(words: Sequence[str]) -> RoundArgument | None:
    """The round that ``words`` name, in any of the six languages, and its process; None where they name none or more.

    The number comes before or behind the process, in digits of any script, as a Roman numeral or as a word, with or
    without the noun. "0", "1000", "8.5" and "eight and a half" are no rounds. Whether there is such a round is for
    ``retrieval.summaries.round_table.find`` to say.
    """
    text = " ".join(words).strip()
    if not text or len(text) > _LONGEST:
        return None
    parts = text.split()
    for count in range(len(parts), 0, -1):
        for given, rest in ((parts[:count], parts[count:]), (parts[-count:], parts[:-count])):
            numbers = () if _has_city(given) else round_numbers(" ".join(given))
            if numbers and (not rest or _is_name(rest)):
                return RoundArgument(numbers[0], _name(rest)) if len(numbers) == 1 else None
    return _named_together(text)


def _named_together(text: str) -> RoundArgument | None:
    """ "Astana-8" and "восьмой астанинский раунд", where the process is a part of what names the round."""
    mentions, processes = find_rounds(text), {mention.process for mention in find_processes(text)}
    if len(mentions) != 1 or len(processes) > 1:
        return None
    around = [token.folded for token in tokenise(text[: mentions[0].start] + " " + text[mentions[0].end :])]
    if any(not _says_nothing(word) for word in around):
        return None
    return RoundArgument(mentions[0].number, processes.pop() if processes else None)


def _has_city(words: Sequence[str]) -> bool:
    return any(cities(token.folded) for token in tokenise(" ".join(words)))


def _says_nothing(word: str) -> bool:
    key = process_key(word)
    return word in _OF or key != word or not any(map(str.isalnum, word))


def _is_name(rest: Sequence[str]) -> bool:
    """Whether words beside a number can be a process: "8 Astana", but not "8 and a half", "8 -", "8 9" or "8 round"."""
    tokens = [token for token in tokenise(" ".join(rest)) if token.word]
    if FRACTION.search(" ".join(rest)):
        return False
    if not tokens or tokens[0].folded in _NO_NAME or tokens[-1].folded in _NO_NAME:
        return False
    return _has_city(rest) or not all(is_meeting(token.folded) or token.folded in _OF for token in tokens)


def _name(rest: Sequence[str]) -> str | None:
    left = list(rest)
    while left and tokenise(left[0]) and tokenise(left[0])[0].folded in _OF:
        left.pop(0)
    return " ".join(left).strip(' ,;:()«»"“”?!') or None
