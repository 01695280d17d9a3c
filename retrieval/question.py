"""What a question itself says: its language, and the limits its asker set."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpus.canonical import canonical
from corpus.language import detect_language
from corpus.rounds import find_rounds
from retrieval.errors import QuestionRefused
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.document import Metadata
    from corpus.rounds import RoundMention

LONGEST = 1000
_SHORTEST_LETTERS = 2
# Joining longer questions to the one before was measured to harm: most stand by themselves.
_WORDS_OF_A_FOLLOW_UP = 1


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits on the documents searched, None where there is none. Dates are ISO 8601, ends included.

    ``process``, ``place`` and ``source`` match without regard to case, ``source`` anywhere in the publisher's name.
    """

    process: str | None = None
    round: int | None = None
    place: str | None = None
    since: str | None = None
    until: str | None = None
    source: str | None = None

    def is_empty(self) -> bool:
        """Whether nothing is limited."""
        return self == Filters()

    def admit(self, metadata: Metadata) -> bool:
        """Whether a document with this metadata may be searched; what is unknown is not admitted by a limit on it."""
        return (
            _same(self.process, metadata.process)
            and (self.round is None or self.round == metadata.round)
            and _same(self.place, metadata.place)
            and (self.source is None or self.source.casefold() in (metadata.publisher or "").casefold())
            and self._admits_dates(metadata)
        )

    def _admits_dates(self, metadata: Metadata) -> bool:
        """Whether the meeting, or else the document, falls at least in part between ``since`` and ``until``."""
        first = metadata.meeting_start or metadata.date
        last = metadata.meeting_end or first
        if first is None or last is None:
            return self.since is None and self.until is None
        return (self.since is None or last + "~" >= self.since) and (self.until is None or first <= self.until + "~")


def _same(wanted: str | None, known: str | None) -> bool:
    return wanted is None or (known is not None and wanted.casefold() == known.casefold())


@dataclass(frozen=True, slots=True)
class Question:
    """A question ready to be searched for.

    ``rounds`` are the rounds its text names, whose documents are preferred; ``topic`` is what is left of the text
    without naming them, since every sentence that says "the eighth round" would seem near otherwise.
    """

    text: str
    topic: str
    language: str | None
    rounds: frozenset[int] = frozenset()
    filters: Filters = field(default_factory=Filters)


def understand(text: str, filters: Filters | None = None, after: Sequence[str] = ()) -> Question:
    """Read a question as a person typed it; ``after`` are the earlier questions of the conversation, oldest first.

    A question of few words is searched for together with the one before it; any keeps that one's rounds unless it
    names its own.

    Raises:
        QuestionRefused: it has no two letters or digits, or is over 1,000 characters long.
    """
    cleaned = canonical(text)
    if len(cleaned) > LONGEST:
        raise QuestionRefused(f"The question has {len(cleaned)} characters; at most {LONGEST} can be searched for.")
    if sum(unicodedata.category(character)[0] in "LN" for character in cleaned) < _SHORTEST_LETTERS:
        raise QuestionRefused("The question has no words to search for; ask in a few words.")
    mentions = find_rounds(cleaned)
    rounds = frozenset(mention.number for mention in mentions)
    topic = _topic(cleaned, mentions)
    if after:
        earlier = canonical(after[-1])[-LONGEST:]
        earlier_mentions = find_rounds(earlier)
        if len(words(topic)) <= _WORDS_OF_A_FOLLOW_UP:
            topic = f"{_topic(earlier, earlier_mentions)} {topic}"
        rounds = rounds or frozenset(mention.number for mention in earlier_mentions)
    return Question(cleaned, topic, detect_language(cleaned), rounds, filters or Filters())


def _topic(text: str, mentions: Sequence[RoundMention]) -> str:
    """``text`` without the ``mentions``, or all of it where they are all it says."""
    limit = len(text)
    for mention in sorted(mentions, key=lambda mention: -mention.start):
        # Mentions overlap in "rounds 8 to 10": what is already gone must not be counted again.
        text_without = text[: mention.start] + text[min(mention.end, limit) :]
        if words(text_without):
            text, limit = text_without, mention.start
    return " ".join(text.split())
