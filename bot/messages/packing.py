"""Entries of a message, each with what it stands for, put into as few messages as Telegram's limit allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.messages.lengths import utf16_length
from bot.messages.rendering import MESSAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """What is shown together, in parts of HTML that are not divided, and what it shows."""

    parts: tuple[str, ...]
    shows: tuple[T, ...] = ()


@dataclass(frozen=True, slots=True)
class Packed(Generic[T]):
    """The HTML of one message, and all that it shows the whole or the end of."""

    body: str
    shows: tuple[T, ...]


def packed_entries(entries: Iterable[Entry[T]]) -> list[Packed[T]]:
    """Join entries into messages, dividing them only between parts."""
    bodies: list[str] = []
    shown: list[list[T]] = []
    for entry in entries:
        for part in entry.parts:
            if bodies and utf16_length(bodies[-1] + _BETWEEN + part) <= MESSAGE_LIMIT:
                bodies[-1] += _BETWEEN + part
            else:
                bodies.append(part)
                shown.append([])
        if entry.parts:
            shown[-1] += entry.shows
    return [Packed(body, tuple(of_it)) for body, of_it in zip(bodies, shown, strict=True)]


def headed(heading: str, entry: Entry[T]) -> Entry[T]:
    """The entry with a line of HTML above it."""
    first, *others = entry.parts
    return Entry((f"{heading}\n{first}", *others), entry.shows)
