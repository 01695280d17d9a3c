"""Numbers of rounds as people type them where nothing else is asked for: "8", "VIII", "восьмой", "7, 8", "7-9"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from corpus.rounds import find_rounds
from corpus.tokens import fold

MOST_ROUNDS: Final = 999
# More than any document is about; a longer list is a slip.
_MOST_AT_ONCE: Final = 30
_LONGEST: Final = 200
# A number alone is read as beside the noun of each language, where its endings and words are known.
_BESIDE_NOUN: Final = (
    *("{}", "{} round", "round {}", "Round {}", "{} раунд", "{} раунды", "{} tur"),
    *("الجولة {}", "دور {}"),
)
_DIGITS: Final = re.compile(r"[0-9]{1,3}")
_RANGE: Final = re.compile(r"([0-9]{1,3})\s*[-–—]\s*([0-9]{1,3})")
_APART: Final = re.compile(r"\s*[,;،؛&/+]\s*(?:and\s+)?|\s+(?:and|и|және|мен|пен|бен|ve|ile|و)\s+", re.IGNORECASE)
_ARABIC_AND: Final = re.compile(r"\s+و(?=[0-9])")
_DECIMAL: Final = re.compile(r"([0-9]+),([0-9])")
_CARDINALS: Final = tuple(
    {fold(word): number for number, word in enumerate(line.split(), 1)}
    for line in (
        "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
        "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать",
        "бір екі үш төрт бес алты жеті сегіз тоғыз он",
        "bir iki üç dört beş altı yedi sekiz dokuz on",
        "واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
        "یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده بیست",
    )
)
_BRACKETS: Final = re.compile(r"\[(.*)\]|\((.*)\)")


def plain_digits(text: str) -> str:
    """Return ``text`` with the digits of any script as those of ASCII."""
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in text)


@lru_cache(maxsize=1024)
def round_numbers(text: str) -> tuple[int, ...]:
    """Return the rounds, 1-999, that ``text`` consists of, ascending, each once; none where it is anything else.

    They may be written in digits of any script, Roman numerals or words, with or without the noun ("8th round"), and
    several of them with commas, "and" or as a range.
    """
    plain = re.sub(r"^the\s+", "", plain_digits(text).strip().rstrip("?!؟ "), flags=re.IGNORECASE)
    decimal = _DECIMAL.fullmatch(plain)
    if not plain or len(plain) > _LONGEST or (decimal and int(decimal[2]) < int(decimal[1])):
        return ()
    bracketed = _BRACKETS.fullmatch(plain)
    if bracketed:
        plain = bracketed[1] or bracketed[2] or ""
    parts = _APART.split(_ARABIC_AND.sub(" و ", plain))
    found = [_numbers(part.strip()) for part in parts]
    numbers = sorted({number for part in found for number in part})
    return tuple(numbers) if all(found) and len(numbers) <= _MOST_AT_ONCE else _several(plain)


def _several(plain: str) -> tuple[int, ...]:
    """Rounds that share a noun: "rounds 7 and 8", "седьмой и восьмой раунды"."""
    mentions = find_rounds(plain)
    if len(mentions) > 1 and mentions[0].start == 0 and max(mention.end for mention in mentions) == len(plain):
        return tuple(sorted({mention.number for mention in mentions}))
    return ()


def _numbers(part: str) -> tuple[int, ...]:
    if _DIGITS.fullmatch(part):
        return (int(part),) if 0 < int(part) <= MOST_ROUNDS else ()
    between = _RANGE.fullmatch(part)
    if between:
        first, last = int(between[1]), int(between[2])
        return tuple(range(first, last + 1)) if 0 < first < last <= MOST_ROUNDS else ()
    for cardinals in _CARDINALS:
        if fold(part) in cardinals:
            return (cardinals[fold(part)],)
    for template in _BESIDE_NOUN:
        for written in dict.fromkeys((part, part.upper() if _may_be_roman(part) else part)):
            whole = template.format(written)
            mentions = find_rounds(whole)
            if len(mentions) == 1 and (mentions[0].start, mentions[0].end) == (0, len(whole)):
                return (mentions[0].number,)
    return ()


def _may_be_roman(part: str) -> bool:
    """Whether small letters are a numeral: not a single one, which may be any abbreviation."""
    return re.fullmatch(r"[ivxl]{2,}", part) is not None
