"""Mentions of negotiation rounds and of the processes they belong to, in six languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

from corpus.lexer import HIGHEST_ROUND, SENTENCE_ENDS, Item, cities, lex, noun
from corpus.ordinals import romans
from corpus.tokens import Token, tokenise, words
from corpus.wording import PROCESS_NOUNS, SYRIA, TALKS, WORDINGS, ProcessName, Wording

# A stretch of tokens around a noun or a city is read; nothing that belongs to it is farther away.
_REACH: Final = 24
_CONTEXT: Final = 16

# Where a form is spelt alike in two languages, a letter only one of them has decides.
_LETTERS: Final = {
    "kk": frozenset("әғқңөұүһі"),
    "tr": frozenset("çğışöü"),
    "fa": frozenset("پچژگکی۰۱۲۳۴۵۶۷۸۹"),
}
_ALIKE: Final = {"kk": "ru", "tr": "en", "fa": "ar"}

# Patterns over the kinds of items, one letter each (see corpus.lexer.Item).
_LIST: Final = r"(?:[OUR](?:,?&|[,~-])t?|D[&~-]t?){0,15}[OUR]"
_BEFORE: Final = re.compile(rf"(?P<list>{_LIST})-?(?:[,&]?[FP](?:-?[FP]){{0,15}})?(?P<noun>[NM])")
_WORDS_AFTER: Final = re.compile(r"(?P<noun>[NM])[FP]{0,4}(?P<list>(?:Q(?:,?&|[,~-])){0,15}Q)")
_DIGITS_AFTER: Final = re.compile(
    r"(?P<noun>N)(?:-|#{0,2})(?P<list>(?:[DUR](?:,?&|[,~-])#?){0,15}[DUR]|C(?:(?:,?&|[,~-])C){0,15}(?=[.;,w&~P]|$))"
)
_NAME: Final = re.compile(r"(?P<noun>P)(?:-(?P<list>[DR])|(?P<spaced>[DR])(?=[.;,w&~PNM]|$))(?![~-]D)")
_TALKS: Final = re.compile(rf"(?P<list>{_LIST})P(?P<noun>[Fxw])(?![NM])")
_BARE_BEFORE: Final = re.compile(r"(?P<list>D)(?P<noun>N)")

_QUOTES: Final = frozenset("«»\"“”„'’")  # as editors type them
_CITY_ENDINGS: Final = frozenset(("daki", "deki", "da", "de", "nin"))  # of Turkish, after an apostrophe
_OF: Final = frozenset(words("of in for من في"))
_IN: Final = frozenset(words("in at of the в на по في"))


@dataclass(frozen=True, slots=True)
class RoundMention:
    """One round named in a text: its number, 1-60, the code points that name it, and the language of the form.

    Where several rounds share a noun ("seventh and eighth rounds"), the noun belongs to the number beside it; a round
    inside a range ("rounds 7-9") spans the range.
    """

    number: int
    start: int
    end: int
    language: str


@dataclass(frozen=True, slots=True)
class ProcessMention:
    """A process named in a text: its English name, and the code points of the city's name."""

    process: str
    start: int
    end: int


def find_rounds(text: str) -> tuple[RoundMention, ...]:
    """All mentions of rounds 1-60 in the order of the text, each once, in whichever of the six languages."""
    tokens = tokenise(text)
    letters = frozenset(text.replace("І", "").lower())  # a capital І may be a Roman numeral
    kazakh = bool(letters & _LETTERS["kk"])
    found: dict[tuple[int, int, int], str] = {}
    for language, wording in WORDINGS.items():
        for start, end in _stretches(tokens, language):
            for number, first, last in _mentions(lex(tokens[start:end], wording), wording, kazakh):
                known = found.setdefault((first, last, number), language)
                if known == _ALIKE.get(language) and letters & _LETTERS[language]:
                    found[first, last, number] = language
    return tuple(RoundMention(number, start, end, found[start, end, number]) for start, end, number in sorted(found))


def find_process(text: str) -> str | None:
    """The English name of the first process the text speaks of ("Astana", "Geneva", "Sochi"), or None.

    The city alone is only a place: it names the process beside a word such as "process", "talks" or "round", or with a
    number ("Astana-8").
    """
    found = find_processes(text)
    return found[0].process if found else None


def find_processes(text: str) -> tuple[ProcessMention, ...]:
    """All mentions of processes in the order of the text; see ``find_process``.

    A city joined to one that names its process does so too: "the talks in Astana and Geneva", "Astana and Geneva
    rounds".
    """
    tokens = tokenise(text)
    named: dict[int, str] = {}
    mentioned: dict[int, str] = {}
    for position, token in enumerate(tokens):
        names = cities(token.folded) if token.word else ()
        if names:
            mentioned[position] = names[0].process
            sure = next((name.process for name in names if _names_process(tokens, position, name)), None)
            if sure is not None:
                named[position] = sure
    for one, other in (*pairwise(mentioned), *pairwise(reversed(mentioned))):
        if one in named and other not in named and _is_joined(tokens, min(one, other), max(one, other)):
            named[other] = mentioned[other]
    return tuple(ProcessMention(named[at], tokens[at].start, tokens[at].end) for at in sorted(named))


def _is_joined(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether only "and" stands between two cities, and in Arabic, which writes it with the second, nothing."""
    between = [token.folded for token in tokens[first + 1 : last]]
    if not between:
        return tokens[last].folded.startswith("و")
    return len(between) == 1 and any(between[0] in wording.both for wording in WORDINGS.values())


def _stretches(tokens: Sequence[Token], language: str) -> Iterator[tuple[int, int]]:
    """The ranges of tokens worth reading in a language: around its nouns and cities, overlapping ranges joined."""
    start = end = 0
    for position, token in enumerate(tokens):
        if token.word and noun(language, token.folded):
            if position - _REACH > end:
                if end:
                    yield start, end
                start = position - _REACH
            end = position + _REACH
    if end:
        yield start, end


_Found = tuple[int, int, int]


def _mentions(items: Sequence[Item], wording: Wording, kazakh: bool) -> Iterator[_Found]:
    """Number, start and end of each mention among the items of one stretch."""
    kinds = "".join(item.kind for item in items)
    for match in _BEFORE.finditer(kinds):
        if _is_round(items, match.span(), items[match.start("noun")], wording):
            yield from _numbers(items, match.span("list"), items[match.start("noun")], wording)
    for pattern in () if wording.language == "tr" else (_WORDS_AFTER, _DIGITS_AFTER):
        for match in pattern.finditer(kinds):
            if _is_round(items, match.span(), items[match.start()], wording):
                yield from _numbers(
                    items,
                    match.span("list"),
                    items[match.start()],
                    wording,
                    following=kinds[match.end() :],
                )
    for match in _TALKS.finditer(kinds):
        if TALKS.fullmatch(items[match.start("noun")].folded):
            yield from _numbers(items, match.span("list"), items[match.start("noun")], wording)
    for match in _NAME.finditer(kinds):
        number = items[match.end() - 1]
        yield number.number, items[match.start()].start, number.end
    if wording.language == "ru" and not kazakh:
        for match in _BARE_BEFORE.finditer(kinds):
            number, round_noun = items[match.start()], items[match.start() + 1]
            if _is_russian_ordinal(number.number, round_noun.folded):
                yield number.number, number.start, round_noun.end


def _is_russian_ordinal(number: int, round_noun: str) -> bool:
    """Whether digits without an ending are an ordinal: counting would say "8 раундов", "22 раунда", "21 раунд"."""
    last = 0 if 11 <= number <= 14 else number % 10
    if round_noun == "раунда":
        return last not in (2, 3, 4)
    return last != 1 and round_noun in ("раунд", "раунду", "раундом", "раунде")


def _numbers(
    items: Sequence[Item],
    span: tuple[int, int],
    shared: Item,
    wording: Wording,
    following: str = "",
) -> Iterator[_Found]:
    """The numbers of a list and of the ranges in it, the one beside the noun with the noun."""
    first, last = _kept(items, span, shared, wording, following)
    previous: Item | None = None
    through = False
    for item in items[first:last]:
        if not item.number:
            through = through or item.kind in "~-"
            continue
        if previous is not None and through:
            yield from ((number, previous.start, item.end) for number in range(previous.number + 1, item.number))
        before_noun = item.start < shared.start and item is items[last - 1]
        after_noun = item.start > shared.start and previous is None
        start = shared.start if after_noun else item.start
        yield item.number, start, shared.end if before_noun else item.end
        previous, through = item, False


def _kept(
    items: Sequence[Item],
    span: tuple[int, int],
    shared: Item,
    wording: Wording,
    following: str,
) -> tuple[int, int]:
    """The part of a list that belongs to its noun.

    A singular noun does not share a list of commas ("on the 14th, eighth round"), nor digits that something else
    follows ("round 8 and 14 delegations").
    """
    first, last = span
    connectors = [index for index in range(first, last) if not items[index].number]
    if not connectors or wording.plural.fullmatch(shared.folded):
        return span
    if items[first].start < shared.start:
        commas = [index for index in connectors if items[index].kind == ","]
        together = any(items[index].kind == "&" for index in connectors)
        return (commas[-1] + 1, last) if commas and not together else span
    if items[first].kind == "Q" or following[:1] != "x":
        stop = next((index for index in connectors if items[index].kind == ","), last)
    else:
        stop = next((index for index in connectors if items[index].kind not in "~-"), last)
    return first, stop


def _is_round(items: Sequence[Item], span: tuple[int, int], shared: Item, wording: Wording) -> bool:
    """Whether the noun is one of talks: not of an election, and a meeting only where the process is spoken of."""
    is_meeting = noun(wording.language, shared.folded) == "M"
    around = _attached(items, span, 2 if is_meeting else 1, wording)
    if any(word.startswith(wording.other + (wording.bodies if is_meeting else ())) for word in around):
        return False
    if not is_meeting:
        return True
    sentence = [
        *items[span[0] : span[1]],
        *_until_end(items[span[1] : span[1] + _CONTEXT]),
        *_until_end(items[max(0, span[0] - _CONTEXT) : span[0]][::-1]),
    ]
    international = any(
        item.folded.startswith(("international", "международн", "халықаралық", "uluslararasi", "الدولي"))
        for item in sentence
    )
    return any(item.kind == "P" or (international and SYRIA.fullmatch(item.folded)) for item in sentence)


def _attached(items: Sequence[Item], span: tuple[int, int], width: int, wording: Wording) -> list[str]:
    """The words that say what a round or meeting is of: those joined by "of", or standing right beside it."""
    after = items[span[1] : span[1] + 5]
    linked = bool(after) and after[0].folded in _OF
    before = items[max(0, span[0] - (2 if wording.language in ("kk", "tr") else 1)) : span[0]]
    following = after if linked else after[:width]
    return [
        item.folded
        for side in (following, before[::-1])
        for item in takewhile(lambda item: item.kind not in ".;,", side)
    ]


def _until_end(items: Sequence[Item]) -> list[Item]:
    """The items up to the end of the sentence."""
    stop = next((index for index, item in enumerate(items) if item.kind == "."), len(items))
    return list(items[:stop])


def _names_process(tokens: Sequence[Token], position: int, name: ProcessName) -> bool:
    nouns, wording = PROCESS_NOUNS[name.language], WORDINGS[name.language]
    following = [token for token in tokens[position + 1 : position + 6] if token.text not in _QUOTES]
    if _numbered(following, wording):
        return True
    before = [token.folded for token in _sentence_before(tokens, position)]
    plain = [word for word in before if nouns.fullmatch(word) or word not in wording.fillers - _IN]
    if plain and nouns.fullmatch(plain[0]):
        return True
    if name.noun_first:
        return False
    after = [token.folded for token in following[:2] if token.word]
    if after and after[0] in wording.fillers | _CITY_ENDINGS and not nouns.fullmatch(after[0]):
        after = after[1:]
    if after and nouns.fullmatch(after[0]):
        return True
    return bool(plain) and plain[0] in _IN and any(nouns.fullmatch(word) for word in plain)


def _sentence_before(tokens: Sequence[Token], position: int) -> Iterator[Token]:
    """The few tokens before a city, nearest first, up to the beginning of its sentence."""
    for token in reversed(tokens[max(0, position - 8) : position]):
        if token.text in SENTENCE_ENDS:
            return
        if token.text not in _QUOTES:
            yield token


def _numbered(following: Sequence[Token], wording: Wording) -> bool:
    """ "Astana-8", "Astana VIII" and "Astana 8", but not "Astana 8 May", "Astana 8 delegations" or "Astana 2018"."""
    hyphen = bool(following) and following[0].folded == "-" and following[0].tight
    if len(following) == hyphen or (following[0].folded == "-" and not hyphen):
        return False
    token = following[hyphen]
    number = token.number or (romans().get(token.text, 0) if token.word else 0)
    if not 1 <= number <= HIGHEST_ROUND:
        return False
    after = following[hyphen + 1 : hyphen + 3]
    if not after or hyphen:
        return True
    if after[0].folded == "-" or any(other.number for other in after):
        return False
    return not after[0].word or after[0].folded in wording.after | wording.both
