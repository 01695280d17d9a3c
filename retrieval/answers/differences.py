"""How two wordings differ, word by word; what turns the meaning (a number, a name, a negation) comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from corpus.ordinals import english_cardinals, ordinals
from retrieval.answers.spelling import Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOKEN: Final = re.compile(r"\d+(?:[.,:/٫٬]\d+)*|[^\W\d_]+(?:['’ʼ\u200c-][^\W\d_]+)*|[^\w\s]|_")
_NEGATIONS: Final = frozenset(
    """
    not no never neither nor without none nobody nothing cannot nowhere hardly
    не ни нет без никто ничего никогда нигде никакой никаких никакие никакого нельзя
    емес жоқ ешқандай ешқашан ешкім ештеңе
    değil yok hiç hiçbir asla ne
    لا لم لن ليس ليست ليسوا غير دون بدون عدم ولا ولم ولن وليس وليست كلا
    نه نیست نیستند نبود نبودند هیچ بدون هرگز نباید
    """.split()  # noqa: SIM905
)
# Besides ordinals and the English words to ninety-nine; not "on" and "он", which are more in other languages.
_CARDINALS: Final = frozenset(
    """
    hundred hundreds thousand thousands million millions billion dozen dozens half both once twice
    один одна одно одного одной два две двух двум двумя три трёх трех трём трем тремя четыре четырёх четырех пять пяти
    шесть шести семь семи восемь восьми девять девяти десять десяти сто ста тысяча тысячи тысяч миллион миллиона
    миллионов оба обе
    бір екі үш төрт бес алты жеті сегіз тоғыз жиырма отыз қырық елу алпыс жетпіс сексен тоқсан жүз мың миллион
    bir iki üç dört beş altı yedi sekiz dokuz yirmi otuz kırk elli altmış yetmiş seksen doksan yüz bin milyon
    واحد واحدة اثنان اثنين اثنتين ثلاث ثلاثة أربع أربعة خمس خمسة ست ستة سبع سبعة ثمان ثماني ثمانية تسع تسعة عشر عشرة
    عشرين عشرون ثلاثين أربعين خمسين مئة مائة ألف آلاف مليون
    یک دو سه چهار پنج شش هفت هشت نه ده بیست سی چهل پنجاه شصت هفتاد هشتاد نود صد هزار میلیون
    """.split()  # noqa: SIM905
)
_CONTRACTION: Final = re.compile(r"\w+n'?t")
# Between a stem and an ending, in Turkish and Kazakh.
_NEGATING: Final = re.compile(r"m[aeıiuü]|м[аеы]|б[ае]|п[ае]")
_PERSIAN_PREFIXES: Final = ("ن", "نمی")


class Kind(StrEnum):
    """What differs, in the order of how much it matters."""

    NUMBER = "number"
    NAME = "name"
    NEGATION = "negation"
    WORD = "word"
    ORDER = "order"
    PUNCTUATION = "punctuation"


@dataclass(frozen=True, slots=True)
class Difference:
    """What was claimed, and what the document has in its place; either may be empty."""

    kind: Kind
    claimed: str
    written: str

    def to_json(self) -> dict[str, str]:
        """The difference as the command line prints it."""
        return {"kind": self.kind.value, "claimed": self.claimed, "document": self.written}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign of a text with its offsets; ``form`` is its spelling for comparing."""

    text: str
    form: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Whether it is one in figures."""
        return self.text[0].isdigit()

    @property
    def says_number(self) -> bool:
        """Whether it is a number, in figures or in words."""
        return self.is_number or self.form in _number_words()

    @property
    def is_sign(self) -> bool:
        """Whether it is neither word nor number."""
        return not self.text[0].isalnum()


def split_words(text: str) -> list[Word]:
    """The words, numbers and signs of ``text``; quotation marks are none."""
    found = []
    for match in _TOKEN.finditer(text):
        form = _form(match.group())
        if form:
            found.append(Word(match.group(), form, match.start(), match.end()))
    return found


@lru_cache(maxsize=50_000)
def _form(text: str) -> str:
    return Spelling.of(text).form


@cache
def _number_words() -> frozenset[str]:
    """The forms of words that are numbers: cardinals, and ordinals of one word, in six languages."""
    tables = [english_cardinals()]
    for language in ("en", "ru", "kk", "tr", "ar", "fa"):
        tables += [ordinals(language).before, ordinals(language).after]
    spelt = {form[0] for table in tables for form in table if len(form) == 1}
    return frozenset(_form(word) for word in spelt | _CARDINALS) - {"نه"}


def negations(words: Sequence[Word]) -> list[str]:
    """The words that negate, in order."""
    return [word.form for word in words if is_negation(word.form)]


def is_negation(form: str) -> bool:
    """Whether a word's form is one that negates in one of the six languages."""
    return form in _NEGATIONS or (form.isascii() and _CONTRACTION.fullmatch(form) is not None and "'" in form)


def differences(claimed: Sequence[Word], written: Sequence[Word]) -> tuple[Difference, ...]:
    """What changed between two wordings, what matters most first.

    What the document has before or behind all that was claimed was only left out, unless it negates.
    """
    claimed, written = _without_end(claimed), _without_end(written)
    matcher = SequenceMatcher(None, [word.form for word in claimed], [word.form for word in written], autojunk=False)
    found = []
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag != "equal":
            found += list(_changed(claimed, written, (first, last), (start, end)))
    return tuple(sorted(_moved(found), key=lambda one: list(Kind).index(one.kind)))


def _without_end(words: Sequence[Word]) -> Sequence[Word]:
    """Words without the signs behind the last of them."""
    last = next((place for place in range(len(words), 0, -1) if not words[place - 1].is_sign), 0)
    return words[:last]


def _changed(
    claimed: Sequence[Word], written: Sequence[Word], mine: tuple[int, int], theirs: tuple[int, int]
) -> Iterator[Difference]:
    """The differences within one changed stretch: word against word as far as both go, then what one has more."""
    (first, last), (start, end) = mine, theirs
    paired = min(last - first, end - start)
    # At the beginning of the sentence what is more comes before what is paired, elsewhere behind it.
    ahead = first == 0 and start == 0
    shift_mine, shift_theirs = (last - first - paired, end - start - paired) if ahead else (0, 0)
    for step in range(paired):
        one, other = first + shift_mine + step, start + shift_theirs + step
        yield _difference(claimed, written, (one, one + 1), (other, other + 1))
    rest = (first, first + shift_mine) if ahead else (first + paired, last)
    others = (start, start + shift_theirs) if ahead else (start + paired, end)
    if rest[0] < rest[1] or others[0] < others[1]:
        is_outside = ahead or (last == len(claimed) and end == len(written))
        if rest[0] < rest[1] or not is_outside or negations(written[slice(*others)]):
            yield _difference(claimed, written, rest, others)


def _difference(
    claimed: Sequence[Word], written: Sequence[Word], mine: tuple[int, int], theirs: tuple[int, int]
) -> Difference:
    ours, others = claimed[slice(*mine)], written[slice(*theirs)]
    changed = [*ours, *others]
    if {word.form for word in ours if word.says_number} != {word.form for word in others if word.says_number}:
        kind = Kind.NUMBER
    elif negations(ours) != negations(others) or _negates(ours, others):
        kind = Kind.NEGATION
    elif _has_name(claimed, *mine) or _has_name(written, *theirs):
        kind = Kind.NAME
    elif all(word.is_sign for word in changed):
        kind = Kind.PUNCTUATION
    else:
        kind = Kind.WORD
    return Difference(kind, " ".join(word.text for word in ours), " ".join(word.text for word in others))


def _has_name(words: Sequence[Word], first: int, last: int) -> bool:
    """Whether a word there has a capital letter though no sentence begins with it."""
    return any(words[place].text[0].isupper() and place > 0 for place in range(first, last))


def _negates(ours: Sequence[Word], others: Sequence[Word]) -> bool:
    """Whether one of two words is the other with a syllable or prefix that negates it."""
    if len(ours) != 1 or len(others) != 1:
        return False
    short, long = sorted((ours[0].form, others[0].form), key=len)
    if any(long == prefix + short for prefix in (*_PERSIAN_PREFIXES, "не", "un", "in", "dis", "non", "غير")):
        return True
    shared = next(
        (place for place, (one, other) in enumerate(zip(short, long, strict=False)) if one != other), len(short)
    )
    inserted = long[shared : shared + len(long) - len(short)]
    return shared >= 2 and short[shared:] == long[shared + len(inserted) :] and bool(_NEGATING.fullmatch(inserted))


def _moved(found: Sequence[Difference]) -> list[Difference]:
    """What was left out in one place and put in at another is a change of order."""
    kept = list(found)
    for gone in found:
        back = next(
            (
                other
                for other in kept
                if not gone.claimed
                and not other.written
                and gone.written
                and _form(other.claimed) == _form(gone.written)
            ),
            None,
        )
        if back is not None and gone in kept:
            kept.remove(back)
            kept[kept.index(gone)] = Difference(Kind.ORDER, back.claimed, gone.written)
    return kept
