"""The publishers of the documents, where a question asks by whom: "according to the institute", "enstitüye göre"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from corpus.ordinals import folded
from corpus.tokens import fold, tokenise
from retrieval.index.words import words
from retrieval.questions.phrases import beginning_at, phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.tokens import Token


@dataclass(frozen=True, slots=True)
class SourceMention:
    """The publishers that the tokens from ``first`` up to ``last`` may mean, the words around their name included."""

    publishers: tuple[str, ...]
    first: int
    last: int


# English, Russian, Arabic and Persian name the source behind these words; Kazakh and Turkish before those of _BEHIND.
_AHEAD: Final = phrases(
    "according to, as reported by, as stated by, as published by, согласно, как сообщает, как сообщило, как сообщил",
    "по данным, по сведениям, по информации, по словам, по мнению, по сообщению, по сообщениям, по оценке, по версии",
    "وفقا, وفق, بحسب, حسب, طبقا, استنادا إلى, نقلا عن, حسبما أفاد, حسبما أفادت",
    "به گفته, به گفته ی, به گزارش, بنا به گزارش, بنا به گفته, بنا بر, بر اساس, براساس, طبق, مطابق, به نقل از",
)
_BEHIND: Final = phrases(
    "göre, verilerine göre, bilgilerine göre, açıklamasına göre, raporuna göre, belgelerine göre",
    "мәліметі бойынша, мәліметінше, деректері бойынша, деректеріне сәйкес, мәліметіне сәйкес, хабарлауынша, айтуынша",
    "пікірінше, ақпараты бойынша, құжаттары бойынша, құжаттарына сәйкес",
)
_ARTICLES: Final = folded("the this that our этого самого осы ҚР bu این هذا هذه")
# What a publisher's word may be called: "according to data from the institute", "according to the institute's report".
_REPORTS: Final = folded(
    "a data figures report reports information records documents briefing briefings statement from by of "
    "данным сведениям информации докладу отчету отчёту сообщению сообщениям материалам документам "
    "تقرير تقارير لتقرير لتقارير بيانات لبيانات معلومات لمعلومات گزارش داده های اطلاعات اعلام"
)
_POSSESSIVES: Final = frozenset((("'", "s"), ("’", "s")))
_LINKS: Final = folded("of for on and de и по және ve و في & ی -")
# Behind a name these begin the next thing, and not the rest of the name.
_PARTING: Final = folded("on and и по және ve و في & -")
_QUOTES: Final = frozenset('"”“„»«')
_APOSTROPHES: Final = frozenset("'’")
_PREFIXES: Final = ("لل", "بال", "وال", "ال", "ل", "ب")
_SHORTEST: Final = 4
_LONGEST_ENDING: Final = 5

# Words for organisations and what they are of, as stems: a publisher may be named in another language than its own.
_CONCEPTS: Final = tuple(
    tuple(fold(stem) for stem in line.split())
    for line in """
institut институт enstitü معهد موسسه مؤسسه مؤسسة انستیتو
ministr министерств министрлі bakanlı bakanlığ وزار
foreign иностран сыртқы dışişleri خارج
affair дел істер işler شؤون امور
nation наци ұлт millet امم أمم ملل سازمان
unit объединен объединён біріккен birleşmiş متحد
cent центр орталы merkez مركز مرکز
agenc агентств агентті ajans وكال وکال خبرگزار
academ академи akademi أكاديمي آکادمی فرهنگستان
universit университет üniversite جامع دانشگاه
council совет кеңес konsey مجلس شورا
document record документ құжат belge kayıt وثائق اسناد سند
report доклад отчет отчёт баяндама rapor تقرير تقارير گزارش
strateg стратег strateji استراتيج راهبرد
stud research исследован зерттеу araştırma دراسات بحوث مطالعات پژوهش
international международн халықаралық uluslararası دولي بین‌الملل
kazakh казахстан қазақстан kazakistan كازاخستان قزاقستان
russia росси ресей rusya روسي
turk türk турци турец түркия تركي ترکی
iran иран ايران
syria сири suriye سوري
republic республик cumhuriyet جمهوري
""".strip().splitlines()
)
_ABBREVIATIONS: Final = {
    fold(short): stems
    for shorts, stems in (
        (("ООН", "БҰҰ", "BM", "UN"), ("unit", "nation")),
        (("МИД", "СІМ", "MFA"), ("ministr", "foreign")),
    )
    for short in shorts
}
# What a name is of does not name it: "according to Kazakhstan" is no ministry's word.
_NO_NAME: Final = frozenset(
    number
    for number, stems in enumerate(_CONCEPTS)
    if stems[0]
    in ("foreign", "affair", "strateg", "international", "kazakh", "russia", "turk", "iran", "syria", "republic")
)


def read_sources(tokens: Sequence[Token], publishers: tuple[str, ...]) -> tuple[SourceMention, ...]:
    """Where the tokens say by whom, those of ``publishers`` that are named; nothing where none is."""
    found = []
    position = 0
    marked = any(beginning_at(tokens, at, _BEHIND) is not None for at in range(len(tokens)))
    while position < len(tokens):
        mention = _behind_marker(tokens, position, publishers)
        if mention is None and marked:
            mention = _before_marker(tokens, position, publishers)
        if mention is not None:
            found.append(mention)
        position = mention.last if mention is not None else position + 1
    return tuple(found)


def _behind_marker(tokens: Sequence[Token], position: int, publishers: tuple[str, ...]) -> SourceMention | None:
    """ "According to" at ``position`` and a publisher behind it."""
    begin = beginning_at(tokens, position, _AHEAD)
    if begin is None:
        return None
    end, named = _longest(tokens, _skipped(tokens, begin, _ARTICLES), publishers)
    if not named:
        end, named = _longest(tokens, _skipped(tokens, begin, _ARTICLES | _REPORTS), publishers)
    if named and tuple(token.folded for token in tokens[end : end + 2]) in _POSSESSIVES:
        end = _skipped(tokens, end + 2, _REPORTS)
    if not named or _goes_on(tokens, end):
        return None
    return SourceMention(named, position, end + (end < len(tokens) and tokens[end].text in _QUOTES))


def _skipped(tokens: Sequence[Token], position: int, known: frozenset[str]) -> int:
    """``position`` moved on over words of ``known`` and quotation marks."""
    while position < len(tokens) and (tokens[position].folded in known or tokens[position].text in _QUOTES):
        position += 1
    return position


def _before_marker(tokens: Sequence[Token], position: int, publishers: tuple[str, ...]) -> SourceMention | None:
    """A publisher at ``position``, the beginning of a name, and "göre" behind it."""
    if not tokens[position].word or tokens[position].folded in _ARTICLES:
        return None
    if position and _is_content(tokens[position - 1]) and tokens[position - 1].folded not in _ARTICLES:
        return None
    end, named = _longest(tokens, position, publishers)
    if not named:
        return None
    while end < len(tokens) and _is_ending(tokens, end):
        end += 1
    last = beginning_at(tokens, end, _BEHIND)
    if last is None:
        return None
    first = position
    while first > 0 and (tokens[first - 1].folded in _ARTICLES or tokens[first - 1].text in _QUOTES):
        first -= 1
    return SourceMention(named, first, last)


def _longest(tokens: Sequence[Token], position: int, publishers: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Where the longest run of words ends that are all of a publisher's name, and the publishers that have them all."""
    reach = {
        publisher: _reach(tokens, position, publisher)
        for publisher in (_candidates(tokens[position].folded, publishers) if position < len(tokens) else ())
    }
    furthest = max(reach.values(), default=position)
    named = tuple(sorted(publisher for publisher in reach if reach[publisher] == furthest > position))
    return furthest, named


def _candidates(word: str, publishers: tuple[str, ...]) -> set[str]:
    """Those of ``publishers`` that may have ``word`` in their names."""
    by_word = _by_word(publishers)
    return {publisher for key in _keys(word) for publisher in by_word.get(key, ())}


@lru_cache(maxsize=8)
def _by_word(publishers: tuple[str, ...]) -> dict[str | int, set[str]]:
    """``publishers`` by the keys of their words."""
    found: dict[str | int, set[str]] = {}
    for publisher in publishers:
        for key in (key for own in _name(publisher) for key in _keys(own)):
            found.setdefault(key, set()).add(publisher)
    return found


def _keys(word: str) -> set[str | int]:
    """The word, how it begins, and what it stands for in any language; words that are alike share one."""
    forms = _forms(word)
    return {word, *(form[:_SHORTEST] for form in forms), *_concepts(forms)}


def _reach(tokens: Sequence[Token], position: int, publisher: str) -> int:
    """Where the run of words ends that are in the name of ``publisher``; ``position`` where none in it has weight."""
    own = _name(publisher)
    end, weighty = position, False
    for at in range(position, len(tokens)):
        token = tokens[at]
        if token.word and any(_alike(token.folded, word) for word in own):
            weighty = weighty or _has_weight(token)
            end = at + 1
        elif token.folded not in _LINKS | _ARTICLES:
            break
    return end if weighty else position


def _has_weight(token: Token) -> bool:
    """Whether a word alone may name an organisation: long enough or an abbreviation, and not a country."""
    concepts = _concepts(_forms(token.folded))
    return (len(token.folded) >= _SHORTEST or token.text.isupper()) and not (concepts and concepts <= _NO_NAME)


@lru_cache(maxsize=1024)
def _name(publisher: str) -> tuple[str, ...]:
    found = (token.folded for token in tokenise(publisher) if token.word)
    return tuple(word for word in found if word not in _LINKS | _ARTICLES)


@lru_cache(maxsize=8192)
def _alike(word: str, own: str) -> bool:
    """Whether two words are one in different cases, or stand for the same in two languages."""
    forms, own_forms = _forms(word), _forms(own)
    if word == own or _concepts(forms) & _concepts(own_forms):
        return True
    for form in forms:
        for other in own_forms:
            shared = _shared(form, other)
            if shared >= max(_SHORTEST, len(other) - 2) and len(form) - shared <= _LONGEST_ENDING:
                return True
    return False


def _shared(one: str, other: str) -> int:
    """How many letters two words have in common from their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _forms(word: str) -> tuple[str, ...]:
    """The word, and without the preposition and article that Arabic joins to it."""
    cut = (word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix))
    return (word, *(form for form in cut if len(form) >= _SHORTEST - 1))


def _concepts(forms: tuple[str, ...]) -> frozenset[int]:
    forms = _ABBREVIATIONS.get(forms[0], forms)
    return frozenset(number for number, stems in enumerate(_CONCEPTS) if any(form.startswith(stems) for form in forms))


def _goes_on(tokens: Sequence[Token], end: int) -> bool:
    """Whether the name goes on with words that are not the publisher's: "the Ministry of Defence"."""
    while end < len(tokens) and tokens[end].folded in _LINKS - _PARTING | _ARTICLES:
        end += 1
    return end < len(tokens) and _is_content(tokens[end])


def _is_content(token: Token) -> bool:
    return token.word and bool(words(token.text))


def _is_ending(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token closes a name: a quotation mark, an apostrophe, or the Turkish ending behind one."""
    return tokens[at].text in _QUOTES | _APOSTROPHES or tokens[at - 1].text in _APOSTROPHES
