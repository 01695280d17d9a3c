"""Whether the audit log is what was written: every entry follows the one before, and nothing was cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.audit.entries import BEGINNING

if TYPE_CHECKING:
    from bot.audit.table import AuditTable, Head


@dataclass(frozen=True, slots=True)
class Noted:
    """The chain hash of an entry as somebody noted it earlier, and the number of that entry where they noted it."""

    chain: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were written, the chain hash of the last, how many are emptied, and what is wrong first.

    ``wrong`` is one sentence, None where nothing is. ``noted`` is the number of the entry that was noted earlier, where
    it was found.
    """

    entries: int
    chain: str
    emptied: int
    wrong: str | None = None
    noted: int | None = None


def check(table: AuditTable, noted: Noted | None = None) -> Verdict:
    """Compute the whole chain again; entries that are written meanwhile are left for the next time. Blocks.

    Where an earlier hash was ``noted``, nothing up to its entry was changed or cut off since.

    Raises:
        DatabaseError: the store cannot be read, or the log has lost its head.
    """
    head = table.head()
    wrong, emptied, found = _chain(table, head, noted)
    if wrong is None and noted is not None and found is None:
        wrong = _missed(table, head, noted)
    return Verdict(head.number, head.chain, sum(end - start for start, end in emptied), wrong, found)


def _chain(table: AuditTable, head: Head, noted: Noted | None) -> tuple[str | None, list[tuple[int, int]], int | None]:
    """What is wrong with the chain, the ranges of emptied entries, and the number of what was noted."""
    number, previous = 0, BEGINNING
    emptied: list[tuple[int, int]] = []
    found = 0 if _is_noted(noted, 0, BEGINNING) else None
    for entry in table.entries():
        if entry.number > head.number:
            break
        if entry.number != number + 1:
            return f"Entry {number + 1} of the audit log is missing.", emptied, found
        if not entry.follows(previous):
            reason = "it does not follow from the one before it"
            return f"Entry {entry.number} of the audit log is not what was written: {reason}.", emptied, found
        if not entry.is_intact:
            return f"The body of entry {entry.number} of the audit log is not what was written.", emptied, found
        if entry.is_emptied:
            _extend(emptied, entry.number)
        number, previous = entry.number, entry.chain
        if _is_noted(noted, number, previous):
            found = number
    return _end(head, number, previous) or _unexplained(table, emptied), emptied, found


def _is_noted(noted: Noted | None, number: int, chain: str) -> bool:
    return noted is not None and noted.chain == chain and noted.number in (None, number)


def _extend(ranges: list[tuple[int, int]], number: int) -> None:
    """Add a number to ranges, each from its start up to before its end."""
    if ranges and ranges[-1][1] == number:
        ranges[-1] = (ranges[-1][0], number + 1)
    else:
        ranges.append((number, number + 1))


def _end(head: Head, number: int, chain: str) -> str | None:
    """What is wrong with the end of the log, whose last entry that follows is numbered ``number``."""
    if number < head.number:
        return f"The audit log ends at entry {number}, though {head.number} were written: its end was cut off."
    if chain != head.chain:
        return f"Entry {number} of the audit log is not what was written: the log's head has another hash."
    if head.highest > head.number:
        return f"Entry {head.highest} of the audit log was not written by this program: the log's head ends before it."
    return None


def _unexplained(table: AuditTable, ranges: list[tuple[int, int]]) -> str | None:
    """The first entry that was emptied without an entry that says so, as a sentence."""
    # Read after the entries were: what was emptied meanwhile is said to be in the same transaction.
    said = table.emptied()
    for start, end in ranges:
        for number in range(max(start, said.until + 1), end):
            if not said.has(number):
                return f"Entry {number} of the audit log was emptied, and no entry says why."
    return None


def _missed(table: AuditTable, head: Head, noted: Noted) -> str:
    """Why what was noted is not found in a log that is sound in itself."""
    if noted.number is None:
        return (
            f"No entry of the audit log has the hash that was noted: something was changed or cut off since "
            f"({head.number} entries, head {head.chain})."
        )
    if table.chain_of(noted.number) is None and noted.number:
        return (
            f"The audit log ends at entry {head.number}, before entry {noted.number} that was noted: its end was cut "
            "off."
        )
    return f"Entry {noted.number} of the audit log has another hash than was noted: it, or one before it, was changed."
