"""Whether a question follows another: by how little it says itself, and by words that point back."""

from __future__ import annotations

import re
from typing import Final

from corpus.canonical import canonical
from corpus.rounds import find_rounds
from retrieval.index.words import fold, words

# Joining longer questions to the one before was measured to harm: most stand by themselves.
_WORDS: Final = 1
# One that names a round says all there is to say with one more: "What was decided at the eighth round?"
_WORDS_BESIDE_A_ROUND: Final = 0
# One that is said to follow, as a reply is, may be longer, and so may one that goes on ("And what did Turkey propose?")
# or points back ("Who led them?").
_WORDS_OF_A_REPLY: Final = 4
_WORDS_OF_ONE_THAT_GOES_ON: Final = 4
_WORDS_OF_ONE_THAT_POINTS: Final = 3
_TOKEN: Final = re.compile(r"[^\W_]+")

# What stands with a number as its round does in each language: behind it, or before it.
_ROUND_AFTER: Final = ("round", "раунд", "раунде", "tur")
_ROUND_BEFORE: Final = ("الجولة", "دور")


def _forms(listed: str) -> frozenset[str]:
    return frozenset(fold(word) for word in listed.split())


# The words that begin a question which goes on from another. Arabic writes its "and" together with the next word.
_GOING_ON: Final = _forms(
    "and but also а и но также ал және бірақ peki ya ve ama و لكن ولكن ولی اما وماذا وأين ومن ومتى وهل وكيف وكم ولماذا"
)
# The words that stand for what was spoken of; "there" only where it ends a question, since "is there" points nowhere.
_POINTING: Final = _forms(
    "it its they them their he him his she her он она оно они его её им их ним ними там "
    "ол оны оның олар оларды олардың онда сонда o onu onun onlar onları onların orada هناك هؤلاء آنها آنجا ایشان او"
)
_POINTING_AT_THE_END: Final = _forms("there")


def needs_what_was_before(text: str, *, is_reply: bool = False) -> bool:
    """Whether a question is read together with the one before it; ``is_reply`` says that it replies to its answer."""
    cleaned = canonical(text)
    tokens = [fold(token) for token in _TOKEN.findall(cleaned)]
    most = _WORDS_BESIDE_A_ROUND if find_rounds(cleaned) else _WORDS
    if tokens and tokens[0] in _GOING_ON:
        most = _WORDS_OF_ONE_THAT_GOES_ON
    elif _POINTING.intersection(tokens) or (tokens and tokens[-1] in _POINTING_AT_THE_END):
        most = _WORDS_OF_ONE_THAT_POINTS
    if is_reply:
        most = max(most, _WORDS_OF_A_REPLY)
    return len(own_words(cleaned)) <= most


def rounds_gone_on_to(text: str) -> frozenset[int]:
    """The rounds that a question means which goes on from one about rounds and only counts: "And at the seventh?" """
    cleaned = canonical(text).rstrip(" ?!.…؟")
    if len(own_words(cleaned)) > _WORDS:
        return frozenset()
    *before, last = cleaned.split(" ")
    written = [f"{cleaned} {noun}" for noun in _ROUND_AFTER]
    written += [" ".join([*before, noun, last]) for noun in _ROUND_BEFORE]
    found = (frozenset(mention.number for mention in find_rounds(one)) for one in written)
    return next((numbers for numbers in found if numbers), frozenset())


def own_words(cleaned: str) -> list[str]:
    """The words of content of a canonical question, without those of rounds that it names."""
    for start, end in sorted(((mention.start, mention.end) for mention in find_rounds(cleaned)), reverse=True):
        cleaned = f"{cleaned[:start]} {cleaned[end:]}"
    return [word for word in words(cleaned) if word not in _GOING_ON and word not in _POINTING]
