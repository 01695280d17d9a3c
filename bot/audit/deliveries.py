"""What became of the messages of the outbox, for the audit log: written in the step that marks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.audit.entries import Entry, Kind, Value, place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.audit.table import AuditTable
    from corpus.database import Connection

# What waits, is being sent or is not needed any more has reached nobody.
_OUTCOMES: Final = frozenset({"sent", "unclear", "failed"})


def note_outcomes(
    audit: AuditTable, connection: Connection, identifiers: Iterable[int], *, by: int | None = None
) -> None:
    """Write how each of these messages stands now, unless that was written last.

    What an admin says of an unclear one is written as well: that it arrived, or that it waits to be sent again; ``by``
    is then the Telegram id of that admin.
    """
    for identifier in identifiers:
        row = connection.execute(
            "SELECT chat, thread, summary, part, kind, state, message, process, round FROM outbox WHERE id = ?",
            (identifier,),
        ).fetchone()
        if row is None:
            continue
        chat, thread, summary, part, kind, state, message, process, number = row
        before = _states(connection, identifier)
        if (state not in _OUTCOMES and not before) or before[-1:] == [state]:
            continue
        body: dict[str, Value] = {
            "outbox": identifier,
            "message_kind": kind,
            "chat": chat,
            "thread": thread or None,
            "summary": summary,
            "part": part,
            "process": process,
            "round": number,
            "state": state,
            "messages": [] if message is None else [message],
            "quotes": _quotes(connection, identifier),
            "named": _named(connection, identifier),
        }
        if by is not None:
            body["by"] = by
        audit.append(connection, Entry(Kind.DELIVERY, f"delivery:{identifier}:{len(before) + 1}:{state}", body))


def _states(connection: Connection, identifier: int) -> list[str]:
    """How a message stood each time that this was written, oldest first: the keys are never emptied."""
    rows = connection.execute(
        "SELECT key FROM audit WHERE key >= ? AND key < ? ORDER BY number",
        (f"delivery:{identifier}:", f"delivery:{identifier};"),
    ).fetchall()
    return [str(row[0]).rpartition(":")[2] for row in rows]


def _quotes(connection: Connection, identifier: int) -> list[Value]:
    rows = connection.execute(
        'SELECT citation, document, sha256, start, "end" FROM quoted WHERE outbox = ? ORDER BY number', (identifier,)
    ).fetchall()
    return [place(*row) for row in rows]


def _named(connection: Connection, identifier: int) -> list[Value]:
    """The documents that a message names, with those that it quotes."""
    rows = connection.execute("SELECT document FROM named WHERE outbox = ? ORDER BY document", (identifier,)).fetchall()
    return [str(row[0]) for row in rows]
