"""Which round of which process a document is of, and when and where that met: what its title or its opening say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from corpus.dates import DateMention, find_dates
from corpus.document import BlockKind, Extraction
from corpus.lexer import cities, noun
from corpus.rounds import ProcessMention, RoundMention, find_processes, find_rounds
from corpus.sentences import sentences
from corpus.tokens import Token, tokenise, words
from corpus.wording import WORDINGS

# A title that names more rounds than these is of a history, which is of none of them.
_MOST_ROUNDS: Final = 3
_LONGEST_OPENING: Final = 1500
# Of a long text only the beginning is counted, and a paragraph as long as a chapter is no opening.
_LONGEST_BODY: Final = 60_000
_LONGEST_PARAGRAPH: Final = 5_000
_PARAGRAPHS: Final = 2
_LONGEST_LINE: Final = 160
# How much of what a document says of rounds is of the one that it is of, and of each of two.
_SHARE_OF_ONE: Final = 0.6
_SHARE_OF_TWO: Final = 0.35
_SHARE_OF_BOTH: Final = 0.8
_BESIDE: Final = 40
_NO_TEXT: Final = frozenset({BlockKind.FOOTNOTE, BlockKind.TABLE_ROW})
# What is said of the time after or before a round, or of what is done for it, is not said of the round.
_AROUND: Final = re.compile(
    r"\b(?:after|before|since|until|till|following|preceding|prior to|ahead of|on the eve of|in the run-?up to|between"
    r"|(?:prepar\w*|ready|invit\w*|hopes?|plan\w*|agenda|proposals?|(?:be|is|are|was|were) due) (?:for|to)|towards?"
    r"|после|перед|накануне|до|между|в преддверии|со времени|с момента"
    r"|(?:подготовк\w*|готов\w*|приглаш\w*|приглашени\w*) (?:к|на)|по пути к"
    r"|بعد|قبل|عشية|منذ|حتى|بين|قبيل|عقب|التحضير|للتحضير|الإعداد|تمهيدا"
    r"|پس از|پیش از|قبل از|بعد از|بین|میان|تا|در آستانه(?:ٔ|\s?ی)?|برای آمادگی|آماده\s?سازی)"
    r"(?:\s+(?:the|al|next|upcoming|future|coming|planned|предстоящ\w+|следующ\w+))*\s*$",
    re.IGNORECASE,
)
_AHEAD: Final = re.compile(
    r"\b(?:next|upcoming|future|coming|previous|last|planned|предстоящ\w+|следующ\w+|будущ\w+|предыдущ\w+|прошл\w+"
    r"|келесі|алдағы|алдыңғы|gelecek|önümüzdeki|önceki|geçen|yaklaşan)\s*[,(—–-]?\s*(?:the\s+)?$",
    re.IGNORECASE,
)
_AROUND_IT: Final = re.compile(
    r"\w*\s+(?:(?:görüşme\w*|müzakere\w*|toplantı\w*|келіссөз\w*|кездесу\w*)\s+)?"
    r"(?:sonra(?:sı\w*)?|önce(?:si\w*)?|ardından|arasında\w*|arifesinde|hazırl\w+"
    r"|кейін\w*|дейін\w*|бұрын\w*|соң|қарсаңында\w*|арасында\w*|дайынд\w+)\b",
    re.IGNORECASE,
)
# What is of, at or in a round is not the round; where the noun has cases, its own ending says so.
_NOT_SUBJECT: Final = re.compile(
    r"(?:\b(?:at|during|in|of|on|by|from|with|within|for|about|to|في|خلال|أثناء|من|حول|عن|در|از|طی|درباره)\s+(?:the\s+)?|ـ)$",
    re.IGNORECASE,
)
_NOMINATIVE: Final = {
    "ru": re.compile(r"раунды?|туры?|встреч[аи]"),
    "kk": re.compile(r"раунд(?:ы|тар|тары)?|кездесу(?:і|лер|лері)?"),
    "tr": re.compile(r"turu?|turlari?|raun[dt]u?|toplanti(?:si)?|toplantilari?"),
}
# That something took place.
_HELD: Final = re.compile(
    r"\b(?:held|took place|convened|met|opened|ended|concluded|began|started|hosted|gathered"
    r"|прош[её]л|прошла|прошли|состоял\w+|проходил\w*|проведен\w*|провели|завершил\w+|открыл\w+|начал\w+"
    r"|өтті|өткен|өтеді|өткізілді|аяқталды|басталды|болды"
    r"|yapıldı|yapılan|gerçekleş\w+|düzenlen\w+|toplandı|başladı|sona erdi|tamamlandı"
    r"|و?[عا]?نعقدت|و?عقدت|و?جرت|و?اختتمت|و?بدأت|و?انطلقت|و?استضافت|برگزار|آغاز|پایان|انجام)(?!\w)",
    re.IGNORECASE,
)
_IN_TITLE_PLACE: Final = re.compile(r"(?:^|[,:(–—-])\s*(?P<place>[^\W\d_][^\d,:()]{1,40}?)\s*,?\s*$")
_IN: Final = frozenset(words("in at в во في در"))
_IN_THE_CITY: Final = (["in", "the", "city", "of"], ["в", "городе"], ["في", "مدينه"], ["در", "شهر"])
_LOCATIVE: Final = re.compile(r"(?:да|де)(?:ғы|гі)?$|^[وف]?ب(?=استان|جنيف|سوتشي)")
_IN_PLACE: Final = re.compile(r"\bin (?:the city of )?(?P<place>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2})")


def guessed_meeting(extraction: Extraction, stated: Sequence[int] = ()) -> dict[str, Any]:
    """Return what a title and an opening say of a meeting, by the fields of ``Metadata``; None or () where nothing.

    The title is believed first; an opening only where the whole text speaks of that round more than of any other, or
    of two alike. ``stated`` are the document's rounds where someone said them, whose days and place are looked for.
    """
    title = extraction.metadata.title or ""
    opening = _Opening.of(extraction)
    in_title = _subject(title)
    rounds = in_title or (_of_opening(extraction, opening) if not find_rounds(title) else ())
    if rounds and _is_of_another(extraction.metadata.process, _process(title if in_title else opening.text, rounds)):
        rounds = in_title = ()
    found: dict[str, Any] = {
        "process": _process(title, in_title) or (_process(opening.text, rounds) if rounds or stated else None),
        "round": rounds[0] if rounds else None,
        "other_rounds": rounds[1:],
    }
    wanted = tuple(stated) or rounds
    if len(wanted) == 1:
        days = (_days_of_title(title) if in_title == wanted else None) or _days_of_text(extraction, opening, wanted[0])
        found |= days
    return found


def _is_of_another(stated: str | None, named: str | None) -> bool:
    """Whether the round is of another known process than the one that someone said the document is of."""
    known = {name for _, name in _cities(tokenise(stated or ""))}
    return bool(known) and named is not None and named not in known


@dataclass(frozen=True, slots=True)
class _Opening:
    """The headings above the first paragraph, and the first two paragraphs; and the blocks that these are."""

    text: str
    blocks: tuple[int, ...]

    @staticmethod
    def of(extraction: Extraction) -> _Opening:
        blocks: list[int] = []
        paragraphs = length = 0
        for number, block in enumerate(extraction.blocks):
            if block.kind in _NO_TEXT:
                continue
            if paragraphs >= _PARAGRAPHS or length > _LONGEST_OPENING:
                break
            text = extraction.text[block.start : block.end]
            if text != extraction.metadata.title:
                blocks.append(number)
                length += len(text)
                paragraphs += block.kind is not BlockKind.HEADING and len(text) > _LONGEST_LINE
        texts = (extraction.text[extraction.blocks[at].start : extraction.blocks[at].end] for at in blocks)
        return _Opening("\n".join(texts)[: 2 * _LONGEST_OPENING], tuple(blocks))

    def sentences(self, extraction: Extraction) -> Iterator[str]:
        """Its headings, and the sentences of its paragraphs."""
        blocks = [extraction.blocks[at] for at in self.blocks]
        blocks = [one for one in blocks if one.end - one.start <= _LONGEST_PARAGRAPH]
        yield from (extraction.text[one.start : one.end] for one in blocks if one.kind is BlockKind.HEADING)
        for sentence in sentences(extraction.text, blocks, extraction.metadata.language):
            yield extraction.text[sentence.start : sentence.end]

    def says_of(self, extraction: Extraction) -> set[int]:
        """The rounds that a heading is of, or of which a sentence says that they were held."""
        headings = [one for one in (extraction.blocks[at] for at in self.blocks) if one.kind is BlockKind.HEADING]
        found = {number for one in headings for number in _subject(extraction.text[one.start : one.end])}
        for sentence in self.sentences(extraction):
            if _HELD.search(sentence):
                found |= {at.number for at in find_rounds(sentence) if _is_subject(sentence, at)}
        return found


def _subject(text: str) -> tuple[int, ...]:
    """The rounds that a title is of: one, or several named together; none where it is of the time around one."""
    mentions = find_rounds(text)
    numbers = tuple(sorted({mention.number for mention in mentions}))
    if any(_is_around(text, mention) for mention in mentions) or len(numbers) > _MOST_ROUNDS:
        return ()
    if len(numbers) > 1 and not _are_together(text, mentions):
        return ()
    return numbers


def _is_around(text: str, mention: RoundMention) -> bool:
    before = text[max(0, mention.start - 60) : mention.start]
    return bool(_AROUND.search(before) or _AHEAD.search(before) or _AROUND_IT.match(text[mention.end :]))


def _is_subject(sentence: str, mention: RoundMention) -> bool:
    """Whether a sentence is of a round, not of what was said or done at it: "the eighth round", "восьмой раунд"."""
    before = sentence[max(0, mention.start - 40) : mention.start]
    if _is_around(sentence, mention) or _NOT_SUBJECT.search(before):
        return False
    nominative = _NOMINATIVE.get(mention.language)
    nouns = [
        token.folded
        for token in tokenise(sentence[mention.start : mention.end])
        if token.word and noun(mention.language, token.folded) in ("N", "M")
    ]
    return nominative is None or all(nominative.fullmatch(word) for word in nouns)


def _are_together(text: str, mentions: Sequence[RoundMention]) -> bool:
    """Whether rounds are a list: "the seventh and the eighth rounds", "rounds 7-9", not "from the 8th to the 9th"."""
    joints = frozenset(word for wording in WORDINGS.values() for word in wording.both) | {",", "،", "the", "-"}
    between = (text[one.end : other.start] for one, other in pairwise(mentions) if other.start >= one.end)
    return all(token.folded in joints for gap in between for token in tokenise(gap))


def _of_opening(extraction: Extraction, opening: _Opening) -> tuple[int, ...]:
    """The round that the opening names, or two, and of which the whole text says most; else none."""
    # Most documents speak of no round, and their sentences need not be told apart.
    named = opening.says_of(extraction) if find_rounds(opening.text) else set()
    if not named:
        return ()
    said = Counter(mention.number for mention in find_rounds(extraction.text[:_LONGEST_BODY]))
    total = said.total()
    if max(said[number] for number in named) < 2 and len(extraction.text) > 2 * _LONGEST_OPENING:
        # Named once in a long text, it is mentioned in passing.
        return ()
    if len(named) == 1 and said[min(named)] >= _SHARE_OF_ONE * total:
        return tuple(named)
    if len(named) == 2:
        shares = [said[number] / total for number in named]
        if min(shares) >= _SHARE_OF_TWO and sum(shares) >= _SHARE_OF_BOTH:
            return tuple(sorted(named))
    return ()


def _process(text: str, rounds: Sequence[int]) -> str | None:
    """The only process that a text speaks of, or of several the one that is named with its round."""
    mentions = find_processes(text)
    names = {mention.process for mention in mentions}
    if len(names) == 1:
        return names.pop()
    beside = set()
    for at in find_rounds(text):
        near = [(_distance(at, mention), mention.process) for mention in mentions]
        if at.number in rounds and near and min(near)[0] < _BESIDE:
            beside.add(min(near)[1])
    return beside.pop() if len(beside) == 1 else None


def _distance(one: RoundMention, other: ProcessMention) -> int:
    return max(one.start - other.end, other.start - one.end, 0)


def _days_of_title(title: str) -> dict[str, Any] | None:
    """A range of days in a title: a single one may be when the document was written."""
    mentions = find_dates(title)
    if len(mentions) != 1 or not _is_range(mentions[0]):
        return None
    (days,) = mentions
    place = _IN_TITLE_PLACE.search(title[: days.start])
    named = place["place"].strip() if place and _is_name(place["place"]) else None
    return {"meeting_start": days.start_date, "meeting_end": days.end_date, "place": named}


def _days_of_text(extraction: Extraction, opening: _Opening, number: int) -> dict[str, Any]:
    """The days on which sentences of the opening say that the round was held, and the place; not where they differ."""
    said = [
        _held(sentence, extraction.metadata.language)
        for sentence in opening.sentences(extraction)
        if _speaks_of(sentence, number)
    ]
    days = {found.days for found in said if found.days}
    places = {found.place for found in said if found.place}
    start, end = days.pop() if len(days) == 1 else (None, None)
    return {"meeting_start": start, "meeting_end": end, "place": places.pop() if len(places) == 1 else None}


@dataclass(frozen=True, slots=True)
class _Held:
    days: tuple[str, str] | None
    place: str | None


def _speaks_of(sentence: str, number: int) -> bool:
    """Whether a sentence says of this round alone, and not of the time around it, that it was held."""
    mentions = find_rounds(sentence)
    if {mention.number for mention in mentions} != {number} or not _HELD.search(sentence):
        return False
    return not any(_is_around(sentence, mention) for mention in mentions)


def _held(sentence: str, language: str | None) -> _Held:
    """When and where a sentence says that something was held, as far as it says one thing."""
    dates = find_dates(sentence, language)
    is_sure = len(dates) == 1 and dates[0].precision == "day"
    return _Held((dates[0].start_date, dates[0].end_date) if is_sure else None, _place_in(sentence))


def _place_in(sentence: str) -> str | None:
    """The only city in which a sentence says that something was; of those of processes by its English name."""
    tokens = tokenise(sentence)
    names = {match["place"] for match in _IN_PLACE.finditer(sentence)}
    places = {name for at, name in _cities(tokens) if _is_inside(tokens, at)}
    places |= {name for name in names if not find_dates(f"1 {name} 2000")}
    return places.pop() if len(places) == 1 else None


def _cities(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    for at, token in enumerate(tokens):
        for name in cities(token.folded)[:1] if token.word else ():
            yield at, name.process


def _is_inside(tokens: Sequence[Token], at: int) -> bool:
    """Whether what stands before a city or ends it says "in": "in Astana", "в Астане", "Астанада", "Astana'da"."""
    before = [token.folded for token in tokens[max(0, at - 4) : at]]
    after = [token.folded for token in tokens[at + 1 : at + 3]]
    return bool(
        (before[-1:] and before[-1] in _IN)
        or before[-4:] in _IN_THE_CITY
        or before[-2:] in _IN_THE_CITY
        or _LOCATIVE.search(tokens[at].folded)
        or (len(after) == 2 and after[1] in ("da", "de"))
    )


def _is_range(mention: DateMention) -> bool:
    return mention.precision == "day" and mention.start_date != mention.end_date


def _is_name(text: str) -> bool:
    """Say whether words are a place's name as a title gives it: few, each beginning large where letters have a case."""
    parts = text.split()
    return 0 < len(parts) <= 3 and not any(part[0].islower() for part in parts)
