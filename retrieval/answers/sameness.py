"""Whether two quotations say the same: in the same words, or in nearly the same, no number, name or "not" changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from corpus.calendars import months
from corpus.tokens import HYPHENS
from corpus.tokens import words as separated
from retrieval.index.words import STOP_WORDS, fold, terms, words

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME_WORDS = 0.85
# A word, with the sign of a number below zero, or a sign that says what a number counts.
_WORD = re.compile(r"[%‰°$€£¥₽₸₺﷼]|(?:(?<!\w)[-−–](?=\d))?[^\W_]+(?:['\u2019\u02bc][^\W_]+)*")
_APOSTROPHES = re.compile(r"['\u2019\u02bc].*$")
_QUOTATION_MARKS = re.compile("[\"'«»‹›„‟“”‘’‚‛ʼ`´″′]+")
_DASHES = re.compile(rf"\s*[{re.escape(''.join(sorted(HYPHENS)))}]+\s*")
_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")

_NEGATIONS = frozenset(
    fold(word)
    for word in separated(
        "not no never neither nor none nobody nothing cannot without "
        "не нет ни без никогда никто ничего нельзя "
        "жоқ емес ешқашан ешкім "
        "değil yok hiç asla "
        "لا لم لن ليس ليست ليسوا غير دون بدون "
        "نه نیست نبود نیستند بدون هرگز هیچ"
    )
)
_NEGATED_SHORT = re.compile(r"\w+n['\u2019]t", re.IGNORECASE)
_NUMBER_WORDS = frozenset(
    fold(word)
    for word in separated(
        "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand "
        "million billion half first second third fourth fifth sixth seventh eighth ninth tenth once twice both "
        "один одна два две двух три трех четыре пять шесть семь восемь девять десять сто тысяча миллион миллиард "
        "первый первая второй вторая третий третья дважды оба обе половина "
        "бір екі үш төрт бес алты жеті сегіз тоғыз он жиырма жүз мың миллион бірінші екінші үшінші жарты "
        "bir iki üç dört beş altı yedi sekiz dokuz on yirmi yüz bin milyon milyar birinci ikinci üçüncü yarım"
    )
)
# What turns a word into its contrary: put before it, or, in Turkish and Kazakh, in its middle.
_CONTRARY_PREFIXES = separated("un in im ir il dis non anti не без бес анти غیر ن نا بی")
_CONTRARY_INFIXES = separated("ma me mi mu mü ма ме ба бе па пе май мей")


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text says, for comparing.

    ``folded`` is the text without what typing makes different; ``words`` its words but for the commonest.
    """

    text: str
    folded: str
    words: frozenset[str]

    @staticmethod
    def of(text: str) -> Wording:
        """The wording of ``text``."""
        return Wording(text, folded_wording(text), frozenset(words(text)))


def folded_wording(text: str) -> str:
    """``text`` without differences of case, blanks, dashes and quotation marks: equal where the wording is the same."""
    plain = _QUOTATION_MARKS.sub('"', text.casefold())
    return _BLANKS.sub(" ", _DASHES.sub("-", plain)).strip()


def alike(one: Wording, other: Wording) -> bool:
    """Whether two texts say nearly the same.

    They share at least 85 % of their words (Jaccard); their negations, names and numbers, with months and signs, are
    the same in the same order; and in a script without capitals, which shows no names, so are all their words but for
    the commonest and for endings.
    """
    if one.folded == other.folded:
        return True
    if not one.words or not other.words or len(one.words & other.words) < SAME_WORDS * len(one.words | other.words):
        return False
    if _contrary(one.words - other.words, other.words - one.words):
        return False
    sequence, others = _sequence(one.text), _sequence(other.text)
    if _telling(sequence, others) != _telling(others, sequence):
        return False
    return (_has_case(one.text) and _has_case(other.text)) or terms(one.text) == terms(other.text)


def _has_case(text: str) -> bool:
    return any(character.isupper() or character.islower() for character in text)


def _sequence(text: str) -> list[tuple[str, bool]]:
    """All words of ``text`` in order, folded, and whether each begins with a capital letter."""
    return [
        (
            "not" if _NEGATED_SHORT.fullmatch(word) else _DASHES.sub("-", _APOSTROPHES.sub("", fold(word))),
            word[:1].isupper(),
        )
        for word in _WORD.findall(text)
    ]


def _telling(sequence: Sequence[tuple[str, bool]], others: Sequence[tuple[str, bool]]) -> list[str]:
    """The words of ``sequence`` that may not differ, in order; a capital is no name where ``others`` have it small."""
    small = {word for word, is_capital in others if not is_capital}
    telling = []
    for word, is_capital in sequence:
        if word in _NEGATIONS:
            telling.append("not")
        elif _is_number(word) or (is_capital and word not in small and word not in _common()):
            telling.append(word)
    return telling


def _is_number(word: str) -> bool:
    """Whether a folded word is a number, a month, or a sign that belongs to a number."""
    return not word.isalpha() or word in _NUMBER_WORDS or word in _months()


def _contrary(these: frozenset[str], those: frozenset[str]) -> bool:
    """Whether one of ``these`` is the contrary of one of ``those``: "готовы" and "неготовы", "geldi" and "gelmedi"."""
    return any(_denies(one, other) or _denies(other, one) for one in these for other in those)


def _denies(denial: str, word: str) -> bool:
    if len(denial) <= len(word):
        return False
    if any(denial == prefix + word for prefix in _CONTRARY_PREFIXES):
        return True
    return any(
        denial[:place] + denial[place + len(infix) :] == word
        for infix in _CONTRARY_INFIXES
        for place in range(2, len(denial) - len(infix))
        if denial.startswith(infix, place)
    )


@cache
def _months() -> frozenset[str]:
    """The names of months that are one word, folded as words are here."""
    return frozenset(fold(name[0]) for name in months() if len(name) == 1) - _common()


@cache
def _common() -> frozenset[str]:
    return frozenset(fold(word) for word in STOP_WORDS)
