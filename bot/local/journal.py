"""The journal of the Bot API calls that the bot made."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from bot.local.models import JsonObject


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One call: what was asked and what came of it. Files are named with their sizes, never kept."""

    time: float
    method: str
    parameters: JsonObject
    result: object = None
    code: int = 200
    error: str | None = None
    milliseconds: float = 0.0
    fault: str | None = None


class Journal:
    """The latest calls, oldest first."""

    def __init__(self, capacity: int = 20_000) -> None:
        """Forget the oldest call once there are more than ``capacity``."""
        self._entries: deque[JournalEntry] = deque(maxlen=capacity)

    def add(self, entry: JournalEntry) -> None:
        """Put down one call."""
        self._entries.append(entry)

    def of(self, method: str) -> list[JournalEntry]:
        """The calls of one method, by its exact name."""
        return [entry for entry in self._entries if entry.method == method]

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> JournalEntry:
        return self._entries[index]
