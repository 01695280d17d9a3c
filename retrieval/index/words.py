"""Texts to terms, the units that BM25 counts: words, folded and cut so that inflected forms meet."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:['\u2019\u02bc][^\W_]+)*")
_APOSTROPHES = re.compile(r"['\u2019\u02bc].*$")
_MARKS = re.compile(r"[\u064b-\u0655\u0670\u0640\u200d\u200e\u200f\u2066-\u2069]")
_LETTERS_KEPT = 5
_FOLDED = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ك": "ک",
        "ة": "ه",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ё": "е",
        "ı": "i",
    }
)
# NFKC would make letters of the numero sign, and one word of it and its number.
_SIGNS = str.maketrans({"\u200c": " ", "№": " "})
_ARABIC_PREFIXES = ("وال", "بال", "فال", "کال", "لل", "ال")

# Words so common that they say nothing of a question's subject; the six languages' articles, pronouns, question words.
STOP_WORDS: frozenset[str] = frozenset(
    """
    a an the of in on at to for from by with and or but not no as is are was were be been being it its this that these
    those there which who whom whose what when where why how did do does done had has have having he she they them his
    her their our we you your i me my about into over under than then so if can could will would shall should may might
    must any some such said say says tell many much
    и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще
    нет о из ему когда кто где какой какая какие какое каких каком какую чем чего почему зачем сколько это этот эта эти
    был была были быть ли для при до об или их
    және мен пен бен да де та те бұл ол сол осы не кім қашан қайда қандай қалай неге қанша неше үшін туралы бойынша
    болды бар жоқ еді екен деген деп
    ve ile de da bir bu şu o ne kim kimi kimin hangi nasıl neden niçin nerede zaman kaç için mi mı mu mü olan olarak
    oldu idi var yok gibi daha çok hakkında göre
    في من على إلى عن أن إن ما ماذا متى أين كيف لماذا هل هو هي هذا هذه ذلك تلك التي الذي و أو كان كانت كم أي مع
    در از به با که را این آن و یا چه چرا چگونه کجا کی کدام چند است بود شد شده هست برای تا بر هم می های ها
    """.split()  # noqa: SIM905 - a list of five hundred literals reads worse
)


def fold(text: str) -> str:
    """Case, vowel marks, Arabic letter variants, the Turkish dotless i and digits of all scripts brought together."""
    lowered = text.replace("İ", "i").replace("I", "i").casefold()
    composed = unicodedata.normalize("NFKC", _MARKS.sub("", lowered.translate(_SIGNS))).translate(_FOLDED)
    if composed.isascii():
        return composed
    return "".join(
        str(unicodedata.digit(character)) if character.isdigit() and not character.isascii() else character
        for character in composed
    )


_BEFORE_MAY = frozenset(
    (
        "in",
        "since",
        "until",
        "till",
        "by",
        "during",
        "of",
        "from",
        "before",
        "after",
        "early",
        "late",
        "mid",
        "last",
        "this",
    )
)
_PERSIAN_MAY = fold("می")
_DAY = re.compile(r"[0-3]?\d(?:st|nd|rd|th)?")
_YEAR = re.compile(r"\d{4}")
_FOLDED_STOP_WORDS = frozenset(fold(word) for word in STOP_WORDS)


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order, stop words left out, apostrophes' endings (Astana'da) cut off.

    "May" and its Persian name are left out as verbs, and kept beside what makes them a month: "in May", "4 May 2018".
    """
    found = [_APOSTROPHES.sub("", word) for word in _WORD.findall(fold(text))]
    return [
        word for place, word in enumerate(found) if word and (word not in _FOLDED_STOP_WORDS or _is_month(found, place))
    ]


def _is_month(found: list[str], place: int) -> bool:
    """Whether the word at ``place`` is one that is a verb too, and a month here."""
    before, after = found[place - 1] if place else "", found[place + 1] if place + 1 < len(found) else ""
    if found[place] == _PERSIAN_MAY:
        return _YEAR.fullmatch(after) is not None
    by_number = _DAY.fullmatch(before) or _DAY.fullmatch(after) or _YEAR.fullmatch(after)
    return found[place] == "may" and (before in _BEFORE_MAY or by_number is not None)


def terms(text: str) -> list[str]:
    """The terms of ``text`` in order: words cut to five letters (numbers whole), the Arabic article left off."""
    return [_cut(word) for word in words(text)]


def _cut(word: str) -> str:
    if word[0].isdigit():
        return word
    for prefix in _ARABIC_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    return word[:_LETTERS_KEPT]
