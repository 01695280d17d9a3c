"""What a person or a group has chosen: kept in the store, and read from memory."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corpus.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Preferences:
    """The choices of a chat; a private chat has the id of its person. None is the default of each.

    ``language`` is one of ``bot.languages.LANGUAGES``.
    """

    language: str | None = None


_NOTHING = Preferences()


class PreferenceTable:
    """The preferences of all chats."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as connection:
            self._kept = _read(connection)

    def of(self, chat: int) -> Preferences:
        """What a chat has chosen. Does not block."""
        return self._kept.get(chat, _NOTHING)

    def choose(self, chat: int, **values: Any) -> Preferences:
        """Keep choices of a chat, by the names of ``Preferences``; None takes one back. Blocks."""
        chosen = replace(self.of(chat), **values)
        rows = [(chat, name, str(value)) for name, value in asdict(chosen).items() if value is not None]
        with self._database.writing() as connection:
            connection.execute("DELETE FROM preferences WHERE chat = ?", (chat,))
            connection.executemany("INSERT INTO preferences VALUES (?, ?, ?)", rows)
        self._kept = {**self._kept, chat: chosen}
        return chosen

    def read_again(self) -> None:
        """Read what others have written into the store, such as a chat's new id. Blocks."""
        with self._database.reading() as connection:
            self._kept = _read(connection)


def move_chat(connection: Connection, old: int, new: int) -> None:
    """Carry a group's choices over to its new id."""
    connection.execute("UPDATE OR REPLACE preferences SET chat = ? WHERE chat = ?", (new, old))


def _read(connection: Connection) -> Mapping[int, Preferences]:
    known = {field.name for field in fields(Preferences)}
    kept: dict[int, Preferences] = {}
    for chat, name, value in connection.execute("SELECT chat, name, value FROM preferences"):
        if name in known:
            kept[chat] = replace(kept.get(chat, _NOTHING), **{name: value})
    return kept
