"""The places of the documents' meetings, where a question names them: "in Sochi", "Soçi'de", "в Сочи"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import yaml

from corpus.lexer import noun
from corpus.tokens import tokenise
from corpus.wording import TALKS, WORDINGS
from retrieval.questions.phrases import ending_at, phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.tokens import Token


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named by tokens ``first`` to ``last`` (excluded), and how the documents spell it.

    ``names`` are of that name, ``also`` the same city's under another; ``inside`` says that the words say what happened
    there, rather than, say, where something was sent, and ``meeting`` that a word for a meeting stands beside it.
    """

    names: tuple[str, ...]
    also: tuple[str, ...]
    first: int
    last: int
    inside: bool
    meeting: bool


@dataclass(frozen=True, slots=True)
class _Spelling:
    words: tuple[str, ...]
    names: tuple[str, ...]
    also: tuple[str, ...]


_HYPHEN: Final = "-"
_APOSTROPHES: Final = frozenset("'’ʼ`")
_VOWELS: Final = frozenset("аеиоуыяюйь")
_RUSSIAN_CASES: Final = frozenset(("", "а", "ы", "и", "е", "у", "ю", "я", "ой", "ою", "ей", "ем", "ом", "ью"))
_LOCATIVE: Final = re.compile(r"(?:[дт][ае]|[dt][ae])(?:ғы|гі|ki)?")
_CASES: Final = re.compile(
    r"(?:[нтд][ыі]ң|[нтд][ыі]|[ғқгк][ае]|[дт][ае](?:ғы|гі)?|[дтн][ае]н|[мпб]ен"
    r"|n?[iuü]n|y?[iuüae]|[dt][ae](?:ki)?|[dt][ae]n|l[ae])"
)
_ADJECTIVE: Final = re.compile(r"(?:и?нск|ск)[а-я]{2,3}")
_ARABIC_PREFIXES: Final = ("", "و", "ب", "ل", "ف", "وب")
_JOINTS: Final = frozenset(
    ("and", "or", "и", "или", "және", "мен", "немесе", "ve", "veya", "ile", "و", "او", "يا", ",")
)
_IN: Final = phrases(
    "in, at, in the city of, at the city of, в, во, в городе, на переговорах в, في, وفي, في مدينة, در, در شهر"
)


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, tuple[str, ...], frozenset[tuple[str, ...]]], ...]:
    """Of each city in ``places.yaml`` its name, the other names of it, and its spellings as folded words."""
    listed = yaml.safe_load(files("retrieval").joinpath("places.yaml").read_text(encoding="utf-8"))
    return tuple(
        (entry["name"], tuple(entry.get("also", ())), frozenset(_words(name) for name in entry["spellings"]))
        for entry in listed
    )


def city_names() -> tuple[str, ...]:
    """The English names of the cities whose spellings are known."""
    return tuple(name for name, _, _ in _table())


def _words(name: str) -> tuple[str, ...]:
    return tuple(token.folded for token in tokenise(name) if token.folded != _HYPHEN)


def same_place(one: str, other: str) -> bool:
    """Whether both are spellings of one name, in any of the six languages; "Astana" and "Nur-Sultan" are two names."""
    folded, others = _words(one), _words(other)
    return folded == others or any(folded in spellings and others in spellings for _, _, spellings in _table())


def read_places(tokens: Sequence[Token], places: tuple[str, ...]) -> tuple[PlaceMention, ...]:
    """Every mention of one of ``places``, as the documents spell them, in whichever language, case and spelling."""
    found: list[PlaceMention] = []
    position = 0
    while position < len(tokens):
        mention = _mention(tokens, position, places) if tokens[position].word else None
        if mention is not None:
            found.append(mention)
        position = mention.last if mention is not None else position + 1
    return tuple(_together(found, tokens))


def _together(found: list[PlaceMention], tokens: Sequence[Token]) -> list[PlaceMention]:
    """``found`` with what is said of one place said of those joined to it: in Astana and Sochi, Astana ve Soçi'de."""
    for one, other in (*enumerate(range(1, len(found))), *((at, at - 1) for at in range(len(found) - 1, 0, -1))):
        between = tokens[min(found[one].last, found[other].last) : max(found[one].first, found[other].first)]
        if found[one].inside and len(between) == 1 and between[0].folded in _JOINTS:
            found[other] = replace(found[other], inside=True)
    return found


@lru_cache(maxsize=8)
def _spellings(places: tuple[str, ...]) -> dict[str, list[_Spelling]]:
    """All spellings of ``places`` by what their first word begins with."""
    found: dict[tuple[str, ...], _Spelling] = {}
    by_name = {name: tuple(p for p in places if _words(p) in spelt) for name, _, spelt in _table()}
    for name, others, spelt in _table():
        also = tuple(place for other in others for place in by_name[other])
        if by_name[name] or also:
            found |= {words: _Spelling(words, by_name[name], also) for words in spelt}
    for place in places:
        words = _words(place)
        if words:
            found.setdefault(words, _Spelling(words, (place,), ()))
    by_stem: dict[str, list[_Spelling]] = {}
    for spelling in sorted(found.values(), key=lambda spelling: spelling.words):
        by_stem.setdefault(_stem(spelling.words), []).append(spelling)
    return by_stem


def _stem(words: tuple[str, ...]) -> str:
    """What the first word of a spelling begins with in every case."""
    return words[0][:-1] if len(words) == 1 and _loses_vowel(words[0]) else words[0]


def _loses_vowel(name: str) -> bool:
    """Whether the last letter of a name gives way to an ending: Астана, в Астане."""
    return "\u0400" <= name[0] <= "\u04ff" and len(name) > 3 and name[-1] in _VOWELS


def _candidates(word: str, places: tuple[str, ...]) -> list[_Spelling]:
    """The spellings whose first word ``word`` may be, longest first."""
    by_stem = _spellings(places)
    forms = [word[len(prefix) :] for prefix in _ARABIC_PREFIXES if word.startswith(prefix)]
    found = (by_stem.get(form[:length], ()) for form in forms for length in range(len(form), 0, -1))
    return sorted((spelling for group in found for spelling in group), key=lambda spelling: -len(spelling.words))


def _mention(tokens: Sequence[Token], position: int, places: tuple[str, ...]) -> PlaceMention | None:
    for spelling in _candidates(tokens[position].folded, places):
        last = _spelt(tokens, position, spelling)
        if last is not None:
            ending = _ending(tokens[last - 1].folded, spelling.words[-1])
            if ending is not None:
                inside = _inside(tokens, position, last, ending)
                meeting = _beside_meeting(tokens, position, last)
                return PlaceMention(spelling.names, spelling.also, position, last, inside, meeting)
    return None


def _spelt(tokens: Sequence[Token], position: int, spelling: _Spelling) -> int | None:
    """Where the words of a spelling end that begin at ``position``, the last of them in any case, or None."""
    for number, word in enumerate(spelling.words):
        if number and position < len(tokens) and tokens[position].folded == _HYPHEN:
            position += 1
        if position >= len(tokens) or not tokens[position].word:
            return None
        if number < len(spelling.words) - 1 and tokens[position].folded != word:
            return None
        position += 1
    return position


def _ending(word: str, name: str) -> str | None:
    """What ``word`` has more than the stem of ``name``, a preposition of Arabic with a colon; None for another word."""
    if "\u0600" <= name[0] <= "\u06ff":
        return next((f"{prefix}:" for prefix in _ARABIC_PREFIXES if word == prefix + name), None)
    if word == name:
        return ""
    if word.startswith(name):
        rest = word[len(name) :]
        known = rest in _RUSSIAN_CASES or _CASES.fullmatch(rest) or _ADJECTIVE.fullmatch(rest)
        return rest if known else None
    if _loses_vowel(name) and word.startswith(name[:-1]):
        rest = word[len(name) - 1 :]
        return rest if rest in _RUSSIAN_CASES or _ADJECTIVE.fullmatch(rest) else None
    return None


def _inside(tokens: Sequence[Token], first: int, last: int, ending: str) -> bool:
    """Whether the words around a place say what happened in it."""
    if _LOCATIVE.fullmatch(ending) or ending in ("ب:", "وب:"):
        return True
    following = tokens[last : last + 2]
    if len(following) == 2 and following[0].text in _APOSTROPHES and _LOCATIVE.fullmatch(following[1].folded):
        return True
    if ending_at(tokens, first, _IN) is not None and not _ADJECTIVE.fullmatch(ending):
        # در آستانه is also "on the eve of", and then something follows that it is the eve of.
        eve = tokens[first - 1].folded == "در" and bool(following) and is_meeting(following[0].folded)
        return not eve
    return False


def _beside_meeting(tokens: Sequence[Token], first: int, last: int) -> bool:
    beside = [*tokens[last : last + 1], *tokens[max(first - 1, 0) : first]]
    return any(is_meeting(token.folded) for token in beside)


@lru_cache(maxsize=4096)
def is_meeting(word: str) -> bool:
    """Whether a folded word is "round", "meeting" or "talks" in any of the six languages."""
    return bool(TALKS.fullmatch(word)) or any(noun(language, word) in ("N", "M") for language in WORDINGS)
