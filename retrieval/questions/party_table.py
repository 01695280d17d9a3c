"""The parties of talks, and where a text names them: states, governments, oppositions and organisations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml
from babel import Locale

from corpus.tokens import tokenise
from retrieval.encoders.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from corpus.tokens import Token


class Kind(Enum):
    """How a mention names its party: by its name, its capital, an adjective, or a person who speaks for it."""

    NAME = auto()
    CAPITAL = auto()
    ADJECTIVE = auto()
    PERSON = auto()


@dataclass(frozen=True, slots=True)
class Party:
    """One party: its key in English words, and its name in each of the six languages."""

    key: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartyMention:
    """A party named by tokens ``first`` to ``last`` (excluded), ``key`` None for several that are named together.

    ``bare`` says that the words are in the form of a subject, as far as the form tells.
    """

    key: str | None
    kind: Kind
    first: int
    last: int
    bare: bool


@dataclass(frozen=True, slots=True)
class _Spelling:
    words: tuple[str, ...]
    capitals: tuple[str, ...]
    key: str | None
    kind: Kind


_HEAD: Final = 2
_HYPHEN: Final = "-"
_ARABIC_PREFIXES: Final = ("وال", "فال", "بال", "كال", "ال", "لل", "و", "ف", "ب", "ل", "ك")
_GOVERNING: Final = frozenset(("بال", "كال", "لل", "ب", "ل", "ك"))
_RUSSIAN_VOWELS: Final = frozenset("аеиоуыяюйь")
_RUSSIAN_CASES: Final = re.compile(r"|[аеоиуыюя]|[оеи]й|[оеыи]м|ою|ью|ии|и[еяюй]|ией|[аяы]ми?|[аяы]х|[оеё]в")
_RUSSIAN_ADJECTIVE: Final = re.compile(r"[аоеиыую][а-я]{0,2}")
_RUSSIAN_SUBJECT: Final = frozenset(("ий", "ый", "ая", "ое", "ие", "ые"))
_SUFFIXES: Final = re.compile(
    r"(?:[лдт][аеıi]р)?(?:[ысі]|сы|сі)?(?:[нтд]?[ыі]ң|[нтд][ыі]|[нғқгк][ае]|[дт][ае](?:ғы|гі)?|[дтн][ае]н|[мпб]ен)?"
    r"|(?:l[ae]r)?(?:s?[iuü]|l[iuü])?(?:n?[iuü]n|y?[iuüae]|n[iuüae]|n?[dt][ae](?:ki)?|n?[dt][ae]n|y?l[ae])?"
)
_ARABIC_ADJECTIVE: Final = re.compile(r"|ه|ين|ون|ات|تين|ان|ها")


@lru_cache(maxsize=1)
def parties() -> Mapping[str, Party]:
    """Every party by its key: those of ``parties.yaml`` first, then the other states of CLDR in their order."""
    listed = _listed()
    found = {}
    for key, entry in {**listed["states"], **listed["parties"]}.items():
        found[key] = Party(key, entry.get("names") or _territory(entry["code"]))
    for key, code in _other_states().items():
        found[key] = Party(key, _territory(code))
    return found


def find_parties(tokens: Sequence[Token]) -> tuple[PartyMention, ...]:
    """Every mention of a party among ``tokens``, in order, the longest where several begin at one word."""
    found: list[PartyMention] = []
    at = 0
    while at < len(tokens):
        mention = _mention_at(tokens, at) if tokens[at].word else None
        if mention is not None:
            found.append(mention)
        at = mention.last if mention is not None else at + 1
    return tuple(found)


@lru_cache(maxsize=1)
def _listed() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("retrieval").joinpath("parties.yaml").read_text(encoding="utf-8"))
    return loaded


def _territory(code: str) -> dict[str, str]:
    return {language: _locale(language).territories[code] for language in LANGUAGES}


@lru_cache(maxsize=len(LANGUAGES))
def _locale(language: str) -> Locale:
    return Locale(language)


def _other_states() -> dict[str, str]:
    """The territories of CLDR that are no entry of the table, each with its code."""
    listed = {entry["code"] for entry in _listed()["states"].values()}
    english = _locale("en").territories
    everywhere = set.intersection(*(set(_locale(language).territories) for language in LANGUAGES))
    codes = sorted(code for code in everywhere if re.fullmatch(r"[A-Z]{2}", code) and code not in listed)
    skipped = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
    return {"_".join(_words(english[code])): code for code in codes if code not in skipped}


def _words(name: str) -> tuple[str, ...]:
    return tuple(token.folded for token in tokenise(name) if token.word or token.number is not None)


def _initials(name: str) -> tuple[str, ...]:
    """Of each word of a name how it must be written: as it is if all in capitals, "A" if it begins with one, or ""."""
    words = [token.text for token in tokenise(name) if token.word or token.number is not None]
    return tuple(word if len(word) > 1 and word.isupper() else "A" if word[0].isupper() else "" for word in words)


@lru_cache(maxsize=1)
def _spellings() -> dict[str, list[_Spelling]]:
    """All spellings by what their first word begins with, the longest first."""
    found: dict[tuple[object, ...], _Spelling] = {}
    for name, key, kind in _named():
        spelling = _Spelling(_words(name), _initials(name), key, kind)
        found.setdefault((spelling.words, kind is Kind.ADJECTIVE), spelling)
    by_head: dict[str, list[_Spelling]] = {}
    for spelling in sorted(found.values(), key=lambda one: (-len(one.words), -len(one.words[0]))):
        by_head.setdefault(spelling.words[0][:_HEAD], []).append(spelling)
    return by_head


def _named() -> Iterator[tuple[str, str | None, Kind]]:
    """Every spelling with its party, what is listed before what CLDR adds."""
    listed = _listed()
    for key, entry in {**listed["states"], **listed["parties"]}.items():
        lists = {"spellings": Kind.NAME, "capitals": Kind.CAPITAL, "adjectives": Kind.ADJECTIVE, "people": Kind.PERSON}
        for field, kind in lists.items():
            for name in entry.get(field, ()):
                yield name, key, kind
    for name in listed["together"]:
        yield name, None, Kind.NAME
    for key, entry in listed["states"].items():
        for name in _territory(entry["code"]).values():
            yield name, key, Kind.NAME
    for key, code in _other_states().items():
        for name in _territory(code).values():
            yield name, key, Kind.NAME


def _mention_at(tokens: Sequence[Token], at: int) -> PartyMention | None:
    for spelling in _candidates(tokens[at].folded):
        found = _spelt(tokens, at, spelling)
        if found is not None:
            return PartyMention(spelling.key, spelling.kind, at, *found)
    return None


@lru_cache(maxsize=65536)
def _candidates(word: str) -> tuple[_Spelling, ...]:
    """The spellings whose first word ``word`` is in some form, those of most words first."""
    heads = {word[:_HEAD]}
    if word[:1] >= "\u0600":
        heads |= {word[len(prefix) :][:_HEAD] for prefix in _ARABIC_PREFIXES if word.startswith(prefix)}
        heads |= {f"ال{word[2:]}"[:_HEAD]} if word.startswith("لل") else set()
    found = [
        spelling
        for head in sorted(heads)
        for spelling in _spellings().get(head, ())
        if _form(word, spelling.words[0], spelling.kind is Kind.ADJECTIVE) is not None
    ]
    return tuple(sorted(found, key=lambda one: -len(one.words)))


def _spelt(tokens: Sequence[Token], at: int, spelling: _Spelling) -> tuple[int, bool] | None:
    """Where ``spelling`` ends that begins at ``at``, and whether it is bare; None where it does not stand there."""
    bare = True
    for number, word in enumerate(spelling.words):
        if number and at < len(tokens) and tokens[at].folded in (_HYPHEN, "."):
            at += 1
        if at >= len(tokens) or not (tokens[at].word or tokens[at].number is not None):
            return None
        if not _written(tokens[at].text, spelling.capitals[number]):
            return None
        form = _form(tokens[at].folded, word, spelling.kind is Kind.ADJECTIVE)
        if form is None:
            return None
        bare = bare and form
        at += 1
    return at, bare


def _written(text: str, how: str) -> bool:
    """Whether a word has the capitals that its spelling asks for; scripts without capitals always have."""
    if not how or not (text[0].isupper() or text[0].islower()):
        return True
    return text[0].isupper() if how == "A" else text.startswith(how)


@lru_cache(maxsize=65536)
def _form(word: str, name: str, adjective: bool) -> bool | None:
    """Whether ``word`` is ``name`` in the form of a subject (True), in another (False), or another word (None)."""
    if word == name:
        return True
    if "\u0600" <= name[0] <= "\u06ff":
        return _arabic_form(word, name, adjective)
    if "\u0400" <= name[0] <= "\u04ff":
        return _cyrillic_form(word, name, adjective)
    if (len(name) < 4 and not adjective) or not word.startswith(name):
        return None
    return False if _SUFFIXES.fullmatch(word[len(name) :]) else None


def _cyrillic_form(word: str, name: str, adjective: bool) -> bool | None:
    if adjective and name.endswith(("ск", "цк")):
        if not word.startswith(name) or not _RUSSIAN_ADJECTIVE.fullmatch(word[len(name) :]):
            return None
        return word[len(name) :] in _RUSSIAN_SUBJECT
    stem = name[:-1] if len(name) > 3 and name[-1] in _RUSSIAN_VOWELS else name
    endings = (word[len(stem) :], word[len(name) :] if word.startswith(name) else None)
    if not word.startswith(stem) or len(name) < 3:
        return None
    # An adjective of one of the words of a name: сирийская оппозиция, сирийской оппозиции.
    if name.endswith(("ая", "ий", "ый", "ое", "ие")) and word.startswith(name[:-2]):
        return False if _RUSSIAN_ADJECTIVE.fullmatch(word[len(name) - 2 :]) else None
    if _RUSSIAN_CASES.fullmatch(endings[0] or ""):
        return False
    return False if endings[1] is not None and _SUFFIXES.fullmatch(endings[1]) else None


def _arabic_form(word: str, name: str, adjective: bool) -> bool | None:
    for prefix in ("", *_ARABIC_PREFIXES):
        if not word.startswith(prefix):
            continue
        rest = word[len(prefix) :]
        if prefix == "لل" and name.startswith("ال"):
            rest = f"ال{rest}"
        if rest == name or (adjective and rest.startswith(name) and _ARABIC_ADJECTIVE.fullmatch(rest[len(name) :])):
            return prefix not in _GOVERNING
    return None
