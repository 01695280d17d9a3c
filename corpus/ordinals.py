"""The ordinal numbers 1-99 as words, in six languages, all genders, cases and spellings, by the rules of each language.

Numbers above sixty are here so that "sixty-first" is not taken for "first".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from corpus.tokens import fold, tokenise, words

Form = tuple[str, ...]

_ROMAN: Final = (
    ("XC", 90),
    ("L", 50),
    ("XL", 40),
    ("X", 10),
    ("IX", 9),
    ("V", 5),
    ("IV", 4),
    ("I", 1),
)


@dataclass(frozen=True, slots=True)
class Ordinals:
    """The ordinals of a language by their folded tokens: those that stand before their noun, and those after it."""

    before: dict[Form, int]
    after: dict[Form, int]
    longest: int


def roman(number: int) -> str:
    """The number, 1-99, as a Roman numeral."""
    numeral = ""
    for sign, value in _ROMAN:
        while number >= value:
            numeral, number = numeral + sign, number - value
    return numeral


def _form(text: str) -> Form:
    return tuple(token.folded for token in tokenise(text))


def _table(pairs: Iterable[tuple[str, int]]) -> dict[Form, int]:
    return {_form(text): number for text, number in pairs}


def _compounds(tens: Sequence[str], units: list[tuple[str, int]], joints: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """ "twenty" + "first" with each joint, for twenty to ninety."""
    for position, ten in enumerate(tens):
        for unit, number in units:
            for joint in joints:
                yield ten + joint + unit, 10 * (position + 2) + number


# English

_ENGLISH_ORDINALS = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
)
_ENGLISH_CARDINALS = words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ENGLISH_TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")


def _english() -> Iterator[tuple[str, int]]:
    units = [(word, number) for number, word in enumerate(_ENGLISH_ORDINALS, 1)]
    yield from units
    yield from ((ten[:-1] + "ieth", 10 * number) for number, ten in enumerate(_ENGLISH_TENS, 2))
    yield from _compounds(_ENGLISH_TENS, units[:9], ("-", " ", ""))


def _english_cardinals() -> Iterator[tuple[str, int]]:
    units = [(word, number) for number, word in enumerate(_ENGLISH_CARDINALS, 1)]
    yield from units
    yield from ((ten, 10 * number) for number, ten in enumerate(_ENGLISH_TENS, 2))
    yield from _compounds(_ENGLISH_TENS, units[:9], ("-", " "))


# Russian

_RUSSIAN_STEMS = words(
    "перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат "
    "шестнадцат семнадцат восемнадцат девятнадцат"
)
_RUSSIAN_TEN_STEMS = words("двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят девяност")
_RUSSIAN_TENS = words("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
_RUSSIAN_ENDINGS = words("ый ой ого ому ым ом ая ую ое ые ых ыми")
_RUSSIAN_THIRD_ENDINGS = words("ий ьего ьему ьим ьем ья ьей ью ье ьи ьих ьими")


def _russian() -> Iterator[tuple[str, int]]:
    units = [
        (stem + ending, number)
        for number, stem in enumerate(_RUSSIAN_STEMS, 1)
        for ending in (_RUSSIAN_THIRD_ENDINGS if number == 3 else _RUSSIAN_ENDINGS)
    ]
    yield from units
    for number, stem in enumerate(_RUSSIAN_TEN_STEMS, 2):
        yield from ((stem + ending, 10 * number) for ending in _RUSSIAN_ENDINGS)
    yield from _compounds(_RUSSIAN_TENS, [unit for unit in units if unit[1] < 10], (" ", "-", ""))


# Kazakh

_KAZAKH_UNITS = words("бірінші екінші үшінші төртінші бесінші алтыншы жетінші сегізінші тоғызыншы")
_KAZAKH_TENS = words("он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан")
_KAZAKH_TENTHS = words("оныншы жиырмасыншы отызыншы қырқыншы елуінші алпысыншы жетпісінші сексенінші тоқсаныншы")


def _kazakh() -> Iterator[tuple[str, int]]:
    units = [(word, number) for number, word in enumerate(_KAZAKH_UNITS, 1)]
    yield from units
    yield "алғашқы", 1
    yield "жиырманшы", 20
    yield from ((word, 10 * number) for number, word in enumerate(_KAZAKH_TENTHS, 1))
    yield from ((f"{ten}{joint}{unit}", number) for ten, joint, unit, number in _teens("он", units))
    yield from _compounds(_KAZAKH_TENS[1:], units, (" ", "-", ""))


def _teens(ten: str, units: list[tuple[str, int]]) -> Iterator[tuple[str, str, str, int]]:
    for unit, number in units:
        for joint in (" ", "-", ""):
            yield ten, joint, unit, 10 + number


# Turkish

_TURKISH_UNITS = words("birinci ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu")
_TURKISH_TENS = words("on yirmi otuz kırk elli altmış yetmiş seksen doksan")
_TURKISH_TENTHS = words("onuncu yirminci otuzuncu kırkıncı ellinci altmışıncı yetmişinci sekseninci doksanıncı")
_WITHOUT_TURKISH_LETTERS = str.maketrans("üöşçığ", "uoscig")


def _turkish() -> Iterator[tuple[str, int]]:
    for text, number in _turkish_spelt():
        yield text, number
        yield (
            text.translate(_WITHOUT_TURKISH_LETTERS),
            number,
        )  # as typed on a keyboard without Turkish letters


def _turkish_spelt() -> Iterator[tuple[str, int]]:
    units = [(word, number) for number, word in enumerate(_TURKISH_UNITS, 1)]
    yield from units
    yield "ilk", 1
    yield from ((word, 10 * number) for number, word in enumerate(_TURKISH_TENTHS, 1))
    yield from ((f"{ten}{joint}{unit}", number) for ten, joint, unit, number in _teens("on", units))
    yield from _compounds(_TURKISH_TENS[1:], units, (" ", "-", ""))


# Arabic

_ARABIC_UNITS = words("ثاني ثالث رابع خامس سادس سابع ثامن تاسع عاشر")
_ARABIC_TENS = words("عشر ثلاث أربع خمس ست سبع ثمان تسع")


def _arabic_units(compound: bool) -> Iterator[tuple[str, int]]:
    """The ordinals without article, masculine and feminine; one differs within compounds."""
    ones = ("حادي", "حادية", "واحد", "واحدة") if compound else ("أول", "أولى")
    yield from ((one, 1) for one in ones)
    for number, word in enumerate(_ARABIC_UNITS, 2):
        yield from ((word, number), (word + "ة", number))
    yield "ثان", 2


def _arabic_after() -> Iterator[tuple[str, int]]:
    for article in ("ال", ""):
        yield from ((article + unit, number) for unit, number in _arabic_units(compound=False))
        for unit, number in _arabic_units(compound=True):
            if number < 10:
                yield from ((f"{article}{unit} {ten}", 10 + number) for ten in ("عشر", "عشرة"))
    for position, ten in enumerate(_ARABIC_TENS, 2):
        for ending in ("ون", "ين"):
            yield "ال" + ten + ending, 10 * position
            for article in ("ال", ""):
                for unit, number in _arabic_units(compound=True):
                    if number < 10:
                        yield (
                            f"{article}{unit} و{article}{ten}{ending}",
                            10 * position + number,
                        )
                        yield (
                            f"{article}{unit} و {article}{ten}{ending}",
                            10 * position + number,
                        )


def _arabic_before() -> Iterator[tuple[str, int]]:
    """Before its noun an ordinal has neither article nor feminine form: ثامن جولة."""
    yield "أول", 1
    yield "أولى", 1
    yield from ((word, number) for number, word in enumerate(_ARABIC_UNITS, 2))


# Persian

_PERSIAN_UNITS = words("یکم دوم سوم چهارم پنجم ششم هفتم هشتم نهم")
_PERSIAN_TEENS = words("دهم یازدهم دوازدهم سیزدهم چهاردهم پانزدهم شانزدهم هفدهم هجدهم نوزدهم")
_PERSIAN_TENS = words("بیست سی چهل پنجاه شصت هفتاد هشتاد نود")


def _persian() -> Iterator[tuple[str, int]]:
    units = [(word, number) for number, word in enumerate(_PERSIAN_UNITS, 1)]
    yield from units
    yield from ((word, number) for number, word in enumerate(_PERSIAN_TEENS, 10))
    yield from (("هیجدهم", 18), ("هژدهم", 18))
    for number, ten in enumerate(_PERSIAN_TENS, 2):
        yield from ((ten + ending, 10 * number) for ending in ((" ام", "ام") if ten == "سی" else ("م",)))
    yield from _compounds(_PERSIAN_TENS, units, (" و ", " و", "و"))


def _persian_after() -> Iterator[tuple[str, int]]:
    yield from _persian()
    yield from (("اول", 1), ("نخست", 1))


def _persian_before() -> Iterator[tuple[str, int]]:
    yield from ((text + "ین", number) for text, number in _persian())
    yield from (("اولین", 1), ("نخستین", 1))


@cache
def ordinals(language: str) -> Ordinals:
    """The ordinals of en, ru, kk, tr, ar or fa; KeyError for any other language."""
    before, after = {
        "en": (_english, None),
        "ru": (_russian, None),
        "kk": (_kazakh, None),
        "tr": (_turkish, None),
        "ar": (_arabic_before, _arabic_after),
        "fa": (_persian_before, _persian_after),
    }[language]
    tables = _table(before()), _table(after()) if after else {}
    return Ordinals(*tables, longest=max(len(form) for table in tables for form in table))


@cache
def english_cardinals() -> dict[Form, int]:
    """ "one" to "ninety-nine", for "round eight"."""
    return _table(_english_cardinals())


@cache
def romans() -> dict[str, int]:
    """Roman numerals in capitals, Latin or the Cyrillic letters that look like them (Х, І)."""
    latin = {roman(number): number for number in range(1, 100)}
    cyrillic = str.maketrans("XI", "ХІ")  # the look-alikes are the point
    mixed = {numeral.translate(cyrillic): number for numeral, number in latin.items()}
    half = {numeral.replace("X", "Х"): number for numeral, number in latin.items()}
    other = {numeral.replace("I", "І"): number for numeral, number in latin.items()}
    return latin | mixed | half | other


def folded(text: str) -> frozenset[str]:
    """The folded words of a string, for tables that are compared with tokens."""
    return frozenset(fold(word) for word in words(text))
