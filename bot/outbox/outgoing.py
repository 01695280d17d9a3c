"""Messages of the outbox: as they are put into it, and as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.answers.keyboard import Button
    from retrieval.answers.quotes import Quote

# Why a message failed or is unclear, where it is not Telegram that says so.
INTERRUPTED, LEFT, FORGOTTEN, NOT_ADMITTED = "interrupted", "left", "forgotten", "not admitted"
WITHDRAWN, UNNEEDED = "withdrawn", "unneeded"
RESTORED = "restored"


class Kind(StrEnum):
    """What a message of the outbox is."""

    SUMMARY = "summary"
    UPDATE = "update"
    CORRECTION = "correction"
    DIGEST = "digest"
    NOTICE = "notice"


class State(StrEnum):
    """How a message stands.

    ``UNCLEAR`` is one that may or may not have arrived, ``FAILED`` one that never will, ``STALE`` one that is not
    needed: another was composed in its place, or what it answers never arrived.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCLEAR = "unclear"
    FAILED = "failed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent once to a chat, or a topic of it (0 for none); ``body`` is Telegram's HTML.

    ``summary`` with chat, thread and part is unique: what is put again is left as it is. ``quotes`` are what it shows,
    ``named`` the ids of further documents that it names, and ``answers`` the id of the row whose message it replies to.
    What a correction needs to say what it corrects: the language, the process and round that the message is about, and
    for each of ``quotes`` the number (from 1 where none are given) and the heading of its section as it shows them.
    """

    chat: int
    thread: int
    summary: str
    part: int
    body: str
    kind: Kind = Kind.SUMMARY
    buttons: tuple[tuple[Button, ...], ...] = ()
    quotes: tuple[Quote, ...] = ()
    named: frozenset[str] = frozenset()
    answers: int | None = None
    language: str = "en"
    process: str | None = None
    round: int | None = None
    numbers: tuple[int, ...] = ()
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message of the outbox as it is kept; ``named`` are the ids of the documents that it names or quotes.

    The ``body`` is empty once it was sent or has failed, and where what it quoted was erased. ``attempts`` counts
    those that certainly did not go out, ``composed`` how often it took the place of a stale one.
    """

    id: int
    chat: int
    thread: int
    summary: str
    part: int
    kind: Kind
    body: str
    buttons: tuple[tuple[Button, ...], ...]
    answers: int | None
    state: State
    reason: str | None
    attempts: int
    composed: int
    created: float
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Head:
    """The message that is next in its chat, and from when on it may be sent (seconds since 1970).

    ``changed`` is when that was decided.
    """

    id: int
    chat: int
    due: float
    changed: float = 0.0

    def seconds_to_wait(self, now: float) -> float:
        """How long until it may be sent; where the clock was set back since, it may be now."""
        return max(0.0, self.due - now) if now >= self.changed else 0.0
