"""What each token of a text is to a language that speaks of rounds: ordinals, digits, nouns, connectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from corpus.calendars import month_words
from corpus.ordinals import Form, english_cardinals, folded, ordinals, romans
from corpus.tokens import Token
from corpus.wording import PROCESS_NAMES, WORDINGS, ProcessName, Wording

HIGHEST_ROUND: Final = 60

_HUNDREDS: Final = folded("hundred сто жүз yüz مئة مائة المئة المائة صد")
_APOSTROPHES: Final = frozenset("'’ʼ`")  # all of them are typed before Turkish endings
SENTENCE_ENDS: Final = frozenset(".!?؟…\n")
_LONGEST_ASIDE: Final = 10
_COMMAS: Final = frozenset(",،")
_ROUND_COMPOUNDS: Final = folded("table tables tablet trip trips robin up number numbers figure figures off")
_BEFORE_ROUND: Final = folded("year all whole day clock go went going turn turned")
_RUSSIAN_TALKS: Final = ("переговор", "консультац", "диалог", "астан", "женев")


@dataclass(frozen=True, slots=True)
class Item:
    """One or more tokens by what they are, with the number they stand for and their place in the text.

    Kinds: O ordinal before its noun, Q ordinal after it, U digits marked as ordinal, D bare digits, R Roman numeral,
    C English cardinal, N round, M meeting, P city of a process, F filler, & "and", comma, - tight hyphen, ~ range,
    t article, # number sign, w word that may follow a name, . end of a sentence, ; another sign, x anything else.
    """

    kind: str
    start: int
    end: int
    folded: str
    number: int = 0


@lru_cache(maxsize=8192)
def noun(language: str, word: str) -> str:
    """N, M or P for a folded word that is a round, a meeting or the city of a process; otherwise nothing."""
    wording = WORDINGS[language]
    if wording.round.fullmatch(word):
        return "N"
    if wording.meeting.fullmatch(word):
        return "M"
    return "P" if any(name.language == language for name in cities(word)) else ""


@lru_cache(maxsize=8192)
def cities(word: str) -> tuple[ProcessName, ...]:
    """The processes a folded word may name, over all languages."""
    return tuple(name for name in PROCESS_NAMES if name.city.fullmatch(word))


def lex(tokens: Sequence[Token], wording: Wording) -> list[Item]:
    """The items of a stretch of tokens, in order."""
    items: list[Item] = []
    position = 0
    while position < len(tokens):
        read = (
            _digits(tokens, position, wording)
            or _roman(tokens, position, wording)
            or _ordinal(tokens, position, wording)
            or _joined_ordinal(tokens, position, wording)
            or _joined_plural(tokens, position, wording)
        )
        if read:
            items.extend(read[0])
            position += read[1]
        else:
            items.append(_item(_kind(tokens, position, wording), tokens[position : position + 1]))
            position += 1
    return _without_asides(items)


def _without_asides(items: list[Item]) -> list[Item]:
    """The items less what stands in parentheses between an ordinal and its noun: the tenth (July 2018) round."""
    kept: list[Item] = []
    position = 0
    while position < len(items):
        if kept and kept[-1].kind in "OUR" and items[position].folded == "(":
            inside = [item.folded for item in items[position : position + _LONGEST_ASIDE]]
            position += inside.index(")") + 1 if ")" in inside else 1
        else:
            kept.append(items[position])
            position += 1
    return kept


def _item(kind: str, tokens: Sequence[Token], number: int = 0) -> Item:
    return Item(kind, tokens[0].start, tokens[-1].end, tokens[0].folded, number)


def _folded(tokens: Sequence[Token], position: int) -> str:
    return tokens[position].folded if 0 <= position < len(tokens) else ""


_Read = tuple[list[Item], int] | None


def _digits(tokens: Sequence[Token], position: int, wording: Wording) -> _Read:
    """Digits, with the ending that marks them as an ordinal: D or U, and x where they count or date something."""
    token = tokens[position]
    if token.word or not token.text[0].isdecimal():
        return None
    width = 1 + _marking(tokens, position, wording)
    following = _folded(tokens, position + width)
    in_range = token.number is not None and 1 <= token.number <= HIGHEST_ROUND
    if not in_range or following in wording.units or _dates(tokens, position, width, wording):
        kind = "x"
    else:
        kind = "U" if width > 1 or _hyphenated_to_noun(tokens, position, wording) else "D"
    return [_item(kind, tokens[position : position + width], token.number or 0)], width


def _dates(tokens: Sequence[Token], position: int, width: int, wording: Wording) -> bool:
    """Whether the number is a day: beside a month, or joined to a number beside a month ("14 and 15 May")."""
    after = position + width
    joined = _folded(tokens, after) in wording.both | wording.through | {"-", ",", "،"}
    if joined and after + 1 < len(tokens) and tokens[after + 1].number:
        after += 2
    beside = {_folded(tokens, position - 1), _folded(tokens, after)}
    return bool(beside & month_words()) or (after < len(tokens) and tokens[after].text == "May")


def _marking(tokens: Sequence[Token], position: int, wording: Wording) -> int:
    """How many tokens after the number at ``position`` mark it as an ordinal: 8th, 8-й, 8'inci, 8., ۸ام."""
    following = tokens[position + 1 : position + 3]
    if not following or following[0].folded == "\n":
        return 0
    near = following[0].start == tokens[position].end
    if following[0].folded in wording.marks:
        parted = following[0].start == tokens[position].end + 1  # by a space, or in Persian a ZWNJ
        return int(near or (parted and wording.language in ("en", "fa")))
    if wording.language == "tr" and near and following[0].text == ".":
        return int(len(following) > 1 and following[1].folded != "\n")
    joint = following[0].folded == "-" or (near and following[0].text in _APOSTROPHES)
    return 2 if joint and len(following) > 1 and following[1].folded in wording.marks else 0


def _hyphenated_to_noun(tokens: Sequence[Token], position: int, wording: Wording) -> bool:
    """Kazakh writes "8-раунд" for the eighth round."""
    return (
        wording.language == "kk"
        and position + 2 < len(tokens)
        and tokens[position + 1].folded == "-"
        and tokens[position + 1].tight
        and noun("kk", tokens[position + 2].folded) in ("N", "M")
    )


def _roman(tokens: Sequence[Token], position: int, wording: Wording) -> _Read:
    token = tokens[position]
    number = romans().get(token.text, 0) if token.word else 0
    if not number or (wording.language == "en" and token.text == "I" and not _is_numeral_one(tokens, position)):
        return None
    width = 1 + _marking(tokens, position, wording)
    kind = "R" if number <= HIGHEST_ROUND else "x"
    return [_item(kind, tokens[position : position + width], number)], width


def _is_numeral_one(tokens: Sequence[Token], position: int) -> bool:
    """ "Round I of the talks", but not "the round I saw"."""
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    before = tokens[position - 1].text if position else ""
    return before in ("Round", "Rounds", "ROUND") and (
        following is None or not following.word or following.folded in ("of", "and", "in", "to")
    )


def _ordinal(tokens: Sequence[Token], position: int, wording: Wording) -> _Read:
    """The longest ordinal that begins here; x where it belongs to a higher number ("hundred and first")."""
    if not tokens[position].word:
        return None
    table = ordinals(wording.language)
    for width in range(table.longest, 0, -1):
        form: Form = tuple(token.folded for token in tokens[position : position + width])
        kinds = (
            ("O", table.before),
            ("Q", table.after),
            ("C", english_cardinals() if wording.language == "en" else {}),
        )
        for kind, forms in kinds:
            number = forms.get(form)
            if number is not None:
                higher = {
                    _folded(tokens, position - 1),
                    _folded(tokens, position - 2),
                } & _HUNDREDS
                kind = "x" if higher or number > HIGHEST_ROUND else kind
                return [_item(kind, tokens[position : position + width], number)], width
    return None


def _joined_ordinal(tokens: Sequence[Token], position: int, wording: Wording) -> _Read:
    """Arabic writes "and" as a letter of the next word: والثامنة."""
    token = tokens[position]
    if wording.language != "ar" or not token.word or len(token.folded) < 4 or token.folded[0] != "و":
        return None
    rest = Token(token.text[1:], token.folded[1:], token.start + 1, token.end, word=True)
    read = _ordinal([rest, *tokens[position + 1 : position + 4]], 0, wording)
    return None if read is None else ([Item("&", token.start, token.start + 1, "و"), *read[0]], read[1])


def _joined_plural(tokens: Sequence[Token], position: int, wording: Wording) -> _Read:
    """Persian parts its plural from the noun by a ZWNJ: دور‌های."""
    if wording.language != "fa" or _folded(tokens, position + 1) != "هاي":
        return None
    word = tokens[position].folded + "هاي"
    kind = noun("fa", word) if tokens[position].word else ""
    return ([Item(kind, tokens[position].start, tokens[position + 1].end, word)], 2) if kind else None


def _kind(tokens: Sequence[Token], position: int, wording: Wording) -> str:
    token = tokens[position]
    if not token.word and token.folded not in wording.label | wording.both:
        return "#" if _ends_label(tokens, position, wording) else _sign(token)
    kind = noun(wording.language, token.folded)
    if kind:
        return kind if _stands(tokens, position, wording) else "x"
    if wording.language == "en" and token.folded == "the":
        return "t"
    groups = (
        ("#", wording.label),
        ("&", wording.both),
        ("~", wording.through),
        ("F", wording.fillers),
        ("w", wording.after),
    )
    return next((letter for letter, words in groups if token.folded in words), "x")


def _ends_label(tokens: Sequence[Token], position: int, wording: Wording) -> bool:
    """The full stop of "no. 8"."""
    abbreviated = tokens[position].text == "." and _folded(tokens, position - 1) in wording.label
    return abbreviated and position + 1 < len(tokens) and tokens[position + 1].number is not None


def _sign(token: Token) -> str:
    if token.folded == "-":
        return "-" if token.tight else "." if token.text == "—" else "~"
    if token.text in SENTENCE_ENDS:
        return "."
    return "," if token.text in _COMMAS else ";"


def _stands(tokens: Sequence[Token], position: int, wording: Wording) -> bool:
    """Whether the noun or city means what it looks like: not a round table, a guided tour, or an eve."""
    word = tokens[position].folded
    hyphens = _folded(tokens, position + 1) == "-"
    following, before = (
        _folded(tokens, position + 1 + hyphens),
        _folded(tokens, position - 1),
    )
    if wording.language == "en" and word == "round":
        if before == "-":
            before = _folded(tokens, position - 2)
        return following not in _ROUND_COMPOUNDS and before not in _BEFORE_ROUND
    if wording.language == "ru" and word.startswith("тур"):
        return following.startswith(_RUSSIAN_TALKS)
    if wording.language == "fa" and cities(word):
        return not (any(name.noun_first for name in cities(word)) and before == "در")
    return True
