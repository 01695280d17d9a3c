"""What a question itself says: its language, and the limits its asker set."""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from corpus.canonical import canonical
from corpus.language import detect_language
from corpus.rounds import find_rounds
from retrieval.errors import QuestionRefused
from retrieval.index.words import words
from retrieval.questions.following import needs_what_was_before, rounds_gone_on_to
from retrieval.questions.known import Known, is_named
from retrieval.questions.limits import DATES, PLACE, PROCESS, ROUND, SOURCE, Limit, cut, find_limits, overlap
from retrieval.questions.periods import Period
from retrieval.questions.places import same_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corpus.document import Metadata

LONGEST = 1000
_SHORTEST_LETTERS = 2
# What a place, a process or a date that does not exclude others weighs beside a round, and all of them at most: many
# questions that name one speak of an event, and documents of other meetings, or of none, speak of it too.
_HINT = 0.25
_MOST_HINTED = 0.4
_ENDING = re.compile(r"['’]s\b|(?<=\w)\w+")
_BLANK_BEFORE_MARK = re.compile(r"\s+(?=[?!.,;:؟،؛])")
_MARK_AT_THE_START = re.compile(r"^[\s,;:،؛–—-]+")


_FIELDS = {ROUND: ("round",), PROCESS: ("process",), DATES: ("since", "until"), PLACE: ("place",), SOURCE: ("source",)}


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits on the documents searched, None where there is none. Dates are ISO 8601, ends included.

    ``process``, ``place`` and ``source`` match without regard to case, the first two in any language's spelling,
    ``source`` anywhere in the publisher's name.
    """

    process: str | None = None
    round: int | None = None
    place: str | None = None
    since: str | None = None
    until: str | None = None
    source: str | None = None

    def admit(self, metadata: Metadata) -> bool:
        """Whether a document with this metadata may be searched; what is unknown is not admitted by a limit on it."""
        return (
            (self.process is None or (metadata.process is not None and is_named(metadata.process, self.process)))
            and (self.round is None or self.round in metadata.rounds)
            and (self.place is None or (metadata.place is not None and same_place(self.place, metadata.place)))
            and (self.source is None or self.source.casefold() in (metadata.publisher or "").casefold())
            and self._admits_dates(metadata)
        )

    def _admits_dates(self, metadata: Metadata) -> bool:
        """Whether the meeting, or else the document, falls at least in part between ``since`` and ``until``."""
        first = metadata.meeting_start or metadata.date
        last = metadata.meeting_end or first
        if first is None or last is None:
            return self.since is None and self.until is None
        return overlap(first, last, self.since, self.until)

    def without(self, kinds: Iterable[str]) -> Filters:
        """These limits less those of some ``retrieval.questions.limits.KINDS``."""
        names = [name for kind in kinds for name in _FIELDS[kind]]
        return replace(self, **dict.fromkeys(names, None)) if names else self

    def limits(self) -> tuple[Limit, ...]:
        """The same as what a question's own words may say."""
        dates = Period(self.since, self.until)
        return (
            *([] if self.round is None else [Limit(ROUND, True, numbers=(self.round,))]),
            *([] if self.process is None else [Limit(PROCESS, True, names=(self.process,))]),
            *([] if dates == Period() else [Limit(DATES, True, periods=(dates,))]),
            *([] if self.place is None else [Limit(PLACE, True, names=(self.place,))]),
            *([] if self.source is None else [Limit(SOURCE, True, names=(self.source,))]),
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A question ready to be searched for.

    ``limits`` are what its text says of the documents it is about, and ``filters`` the options given beside it;
    ``rounds`` are the rounds its text names, or those that the question before it was about. ``topic`` is what is left
    of the text without the rounds and the limits that exclude documents, since every sentence that says "the eighth
    round" would seem near otherwise. ``follows`` is the question before it, where that was read together with it.
    """

    text: str
    topic: str
    language: str | None
    rounds: frozenset[int] = frozenset()
    filters: Filters = field(default_factory=Filters)
    limits: tuple[Limit, ...] = ()
    follows: str | None = None

    @property
    def processes(self) -> frozenset[str]:
        """The process that its text names, as the documents spell it where any is of it."""
        return frozenset(name for limit in self.limits if limit.kind == PROCESS for name in limit.names)

    @property
    def applied(self) -> tuple[Limit, ...]:
        """The limits that exclude documents, those of the options first."""
        return (*self.filters.limits(), *(limit for limit in self.limits if limit.filters))

    def admits(self, metadata: Metadata) -> bool:
        """Whether a document with this metadata may be searched.

        An option excludes a document of which the matter is unknown; of what the text says, only rounds and the
        process named with them do.
        """
        return self.filters.admit(metadata) and all(limit.admits(metadata) for limit in self.limits)

    def preference(self, metadata: Metadata) -> float:
        """How much a document is of what the question names, in [-1, 1], 0 where it names nothing or it is unknown.

        1 for a document of a round named and -1 for one of another; a place, a process or dates that exclude nothing
        count a quarter of that each and two fifths together.
        """
        by_round = Limit(ROUND, False, numbers=tuple(self.rounds)).favours(metadata) if self.rounds else 0
        hints = sum(limit.favours(metadata) for limit in self.limits if limit.kind != ROUND and not limit.filters)
        return max(-1.0, min(1.0, by_round + max(-_MOST_HINTED, min(_MOST_HINTED, _HINT * hints))))


def understand(
    text: str,
    filters: Filters | None = None,
    after: Sequence[str] = (),
    *,
    known: Known | None = None,
    lifted: frozenset[str] = frozenset(),
    today: datetime.date | None = None,
    is_reply: bool = False,
    together: bool = True,
) -> Question:
    """Read a question as a person typed it; ``after`` are the earlier questions of the conversation, oldest first.

    ``is_reply`` says that it was asked in reply to the answer to the last of these. Unless ``together``, that one gives
    its rounds alone, and not its topic.
    ``known`` is what the documents name, without which hardly a limit can be read from the text. Limits of the kinds
    ``lifted`` (see ``retrieval.questions.limits.KINDS``) are not applied, be they of the text or of the options.
    ``today`` is what "last year" is counted from, the computer's day unless given.

    Raises:
        QuestionRefused: it has no two letters or digits, or is over 1,000 characters long.
    """
    cleaned = canonical(text)
    if len(cleaned) > LONGEST:
        raise QuestionRefused(f"The question has {len(cleaned)} characters; at most {LONGEST} can be searched for.")
    if sum(unicodedata.category(character)[0] in "LN" for character in cleaned) < _SHORTEST_LETTERS:
        raise QuestionRefused("The question has no words to search for; ask in a few words.")
    language = detect_language(cleaned)
    known = known or Known()
    found = find_limits(cleaned, known, today or datetime.date.today(), language)
    filters = filters or Filters()
    # A round that is chosen beside the text takes the place of those that the text names.
    replaced = tuple(limit for limit in found if limit.kind == ROUND and filters.round is not None)
    limits = tuple(limit for limit in found if limit.kind not in lifted and limit not in replaced)
    rounds = frozenset(number for limit in limits if limit.kind == ROUND for number in limit.numbers)
    topic = without(cleaned, cut((*limits, *replaced), known))
    before = None
    if after:
        alone = topic, rounds
        together = together and needs_what_was_before(cleaned, is_reply=is_reply)
        topic, rounds = _after(*alone, after, lifted, together=together)
        before = after[-1] if (topic, rounds) != alone else None
    return Question(cleaned, topic, language, rounds, filters.without(lifted), limits, before)


def _after(
    topic: str, rounds: frozenset[int], before: Sequence[str], lifted: frozenset[str], *, together: bool
) -> tuple[str, frozenset[int]]:
    """Topic and rounds of a question that was asked after those ``before``, of which there is at least one.

    One that is read ``together`` with the last of them is searched for with it; any is about the rounds that were
    named last unless it names its own.
    """
    earlier = [canonical(text)[-LONGEST:] for text in before]
    if ROUND not in lifted and not rounds:
        kept = _rounds_of(earlier)
        rounds = (kept and rounds_gone_on_to(topic)) or kept
    return f"{_topic_of(earlier)} {topic}".lstrip() if together else topic, rounds


def _rounds_of(conversation: Sequence[str]) -> frozenset[int]:
    """The rounds that were named last."""
    rounds: frozenset[int] = frozenset()
    for text in conversation:
        named = frozenset(mention.number for mention in find_rounds(text))
        rounds = named or (rounds and rounds_gone_on_to(text)) or rounds
    return rounds


def _topic_of(conversation: Sequence[str]) -> str:
    """What was asked about last: one that only went on is nothing without what it went on from."""
    topics: list[str] = []
    for text in reversed(conversation):
        if not rounds_gone_on_to(text):
            topics.insert(0, without(text, [(mention.start, mention.end) for mention in find_rounds(text)]))
        if not needs_what_was_before(text):
            break
    return " ".join(topics)


def without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` without the code points in ``spans``, but for those that would leave no word of content."""
    whole, limit = text, len(text)
    for start, end in sorted(spans, reverse=True):
        # Mentions overlap in "rounds 8 to 10": what is already gone must not be counted again.
        ending = _ENDING.match(text, end)
        rest = f"{text[:start]} {text[max(start, min(ending.end() if ending else end, limit)) :]}"
        if words(rest):
            text, limit = rest, start
    squeezed = " ".join(text.split())
    return squeezed if text == whole else _MARK_AT_THE_START.sub("", _BLANK_BEFORE_MARK.sub("", squeezed))
