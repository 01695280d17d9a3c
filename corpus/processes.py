"""The names of negotiation processes: which of them mean the same one, in whichever language they are written."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from corpus.lexer import cities
from corpus.tokens import tokenise, words
from corpus.wording import PROCESS_NOUNS, SYRIA

# What may stand in a name beside the city and "process", and says nothing of which it is.
_BESIDE: Final = frozenset(
    words("the of on for in about intra inter по о об на в межсирийский межсирийские бойынша hakkında حول بشأن")
)


@lru_cache(maxsize=4096)
def process_key(name: str) -> str:
    """Return what the names of one process have in common: "astana" for "Astana", "Астанинский процесс", "آستانه".

    Words such as "process" and "talks" do not count, so that "Minsk process" and "Minsk talks" are one; a name of
    nothing but such words stands for itself.
    """
    folded = [token.folded for token in tokenise(name) if token.word or token.number is not None]
    left = [word for word in folded if not _is_beside(word)] or folded
    known = {city.process for city in cities(left[0])} if len(left) == 1 else set()
    return known.pop().casefold() if len(known) == 1 else " ".join(left)


def same_process(one: str | None, other: str | None) -> bool:
    """Whether both are names of one process, or both unknown."""
    return one == other if one is None or other is None else process_key(one) == process_key(other)


def _is_beside(word: str) -> bool:
    return word in _BESIDE or bool(SYRIA.fullmatch(word)) or any(one.fullmatch(word) for one in PROCESS_NOUNS.values())
