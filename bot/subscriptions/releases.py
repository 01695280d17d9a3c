"""Releases in the store's database: batches of a round's new documents, and what was decided on their summaries.

A release settles first, so that documents which come one after another make one summary; then it is decided on, by an
admin where the settings want it so. Its methods block.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.outbox.outgoing import UNNEEDED
from corpus.processes import process_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from corpus.database import Connection, Database

# When documents arrived that were there before any subscription.
_BEFORE_ALL = 0.0


class Stage(StrEnum):
    """How far a release is."""

    SETTLING = "settling"
    AWAITING = "awaiting"
    APPROVED = "approved"
    DISCARDED = "discarded"
    DROPPED = "dropped"


OPEN = (Stage.SETTLING, Stage.AWAITING)


@dataclass(frozen=True, slots=True)
class Present:
    """A document as it is in the index: its fingerprint, when it was first indexed, and the rounds it is of."""

    fingerprint: str
    added: float
    rounds: frozenset[tuple[str | None, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Release:
    """New documents of one round.

    ``documents`` is when each of them arrived, by id; ``due`` when the release has settled. ``revision`` counts how
    often its summary was proposed, and ``proposed`` is the digest of what was shown last. Times are in seconds since
    1970.
    """

    id: int
    process: str | None
    round: int
    stage: Stage
    due: float
    revision: int
    proposed: str | None
    documents: Mapping[str, float]


class Releases:
    """The releases, and the documents that are known."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now

    def take(self, present: Mapping[str, Present], settle: float) -> tuple[Release, ...]:
        """Take documents as known, those that are new to a round into a release of it that settles for ``settle`` s.

        Of what is there when this is called first nothing is new, nor is a document that was known and came back. One
        whose round was corrected is new to that round unless a summary was decided on with it. Returns the releases
        that something was added to.
        """
        now = self._now()
        with self._database.writing() as connection:
            looked = connection.execute("SELECT at FROM looks").fetchone()
            connection.execute("INSERT OR REPLACE INTO looks (id, at) VALUES (1, ?)", (now,))
            arrived: dict[tuple[str | None, int], dict[str, float]] = {}
            for id, document, seen, before in _unseen(connection, present, None if looked is None else looked[0], now):
                if seen > _BEFORE_ALL and not _decided_with(connection, id):
                    for round in document.rounds:
                        if _key(*round) not in before:
                            arrived.setdefault(round, {})[id] = seen
                known = json.dumps(sorted(before | {_key(*round) for round in document.rounds}))
                connection.execute(
                    "INSERT OR REPLACE INTO known_documents (id, fingerprint, seen, rounds) VALUES (?, ?, ?, ?)",
                    (id, document.fingerprint, seen, known),
                )
                # A new version of a document whose release settles is an arrival too.
                for process, number in _open_rounds_of(connection, id):
                    arrived.setdefault((process, number), {}).setdefault(id, seen)
            identifiers = [
                _put_off(connection, process, number, documents, now + settle)
                for (process, number), documents in sorted(arrived.items(), key=lambda one: (str(one[0][0]), one[0][1]))
            ]
            return tuple(_release(connection, identifier) for identifier in dict.fromkeys(identifiers))

    def get(self, identifier: int) -> Release | None:
        """The release of that id, or None."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT 1 FROM releases WHERE id = ?", (identifier,)).fetchone()
            return _release(connection, identifier) if found else None

    def open(self) -> tuple[Release, ...]:
        """Those that are not decided on, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM releases WHERE stage IN (?, ?) ORDER BY id", OPEN).fetchall()
            return tuple(_release(connection, row[0]) for row in rows)

    def next_due(self) -> float | None:
        """When the next release has settled; None where none settles."""
        with self._database.reading() as connection:
            (due,) = connection.execute("SELECT min(due) FROM releases WHERE stage = ?", (Stage.SETTLING,)).fetchone()
        return None if due is None else float(due)

    def items(self, subscription: str) -> tuple[Release, ...]:
        """What waits for the digest of a subscription, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT release FROM digest_items WHERE subscription = ? ORDER BY release", (subscription,)
            ).fetchall()
            return tuple(_release(connection, row[0]) for row in rows)

    def given(self, release: int, chat: int, thread: int) -> frozenset[str]:
        """The languages in which a chat or topic was given what a release brought."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT language FROM released WHERE release = ? AND chat = ? AND thread = ?", (release, chat, thread)
            ).fetchall()
        return frozenset(str(row[0]) for row in rows)

    def cards(self, proposal: str) -> list[tuple[int, int]]:
        """The chat and the message of each card that admins were shown for a proposal; see ``proposal_name``."""
        with self._database.reading() as connection:
            return connection.execute(
                "SELECT chat, message FROM outbox AS card WHERE summary = ? AND message IS NOT NULL AND part ="
                " (SELECT max(part) FROM outbox WHERE summary = card.summary AND chat = card.chat)",
                (proposal,),
            ).fetchall()

    def known(self) -> dict[str, str]:
        """The fingerprint, by id, of each document that was there at some time."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT id, fingerprint FROM known_documents"))


def propose(connection: Connection, release: Release, digest: str) -> bool:
    """Let a release wait for an admin, who is shown what has that digest; False where it has changed meanwhile."""
    return bool(
        connection.execute(
            "UPDATE releases SET stage = ?, revision = revision + 1, proposed = ?"
            " WHERE id = ? AND stage = ? AND revision = ? AND due = ?",
            (Stage.AWAITING, digest, release.id, release.stage, release.revision, release.due),
        ).rowcount
    )


def decide(connection: Connection, release: Release, stage: Stage, by: int | None, now: float) -> bool:
    """Set what becomes of a release; False where it has changed or was decided on meanwhile."""
    return bool(
        connection.execute(
            "UPDATE releases SET stage = ?, decided_by = ?, decided = ?"
            " WHERE id = ? AND stage = ? AND revision = ? AND due = ?",
            (stage, by, now, release.id, release.stage, release.revision, release.due),
        ).rowcount
    )


def settle_anew(connection: Connection, release: Release, due: float) -> None:
    """Let a release that waits for an admin be proposed again."""
    connection.execute(
        "UPDATE releases SET stage = ?, due = ? WHERE id = ? AND stage = ? AND revision = ?",
        (Stage.SETTLING, due, release.id, Stage.AWAITING, release.revision),
    )


def take_back(connection: Connection, proposal: str) -> None:
    """Send nothing more of a proposal that is decided on, or that another takes the place of."""
    connection.execute(
        "UPDATE outbox SET state = 'failed', reason = ?, told = 1, body = '', buttons = '[]'"
        " WHERE summary = ? AND state = 'pending'",
        (UNNEEDED, proposal),
    )


def give(connection: Connection, release: int, chat: int, thread: int, language: str) -> None:
    """Note that a chat or topic is given what a release brought."""
    connection.execute("INSERT OR IGNORE INTO released VALUES (?, ?, ?, ?)", (release, chat, thread, language))


def take_from_digest(connection: Connection, subscription: str, releases: Iterable[int]) -> None:
    """Note that releases wait for the digest of a subscription no longer."""
    connection.executemany(
        "DELETE FROM digest_items WHERE subscription = ? AND release = ?", [(subscription, one) for one in releases]
    )


def move_chat(connection: Connection, old: int, new: int) -> None:
    """Carry over what a group was given to its new id."""
    connection.execute("UPDATE OR REPLACE released SET chat = ? WHERE chat = ?", (new, old))


def is_of(release: Release, process: str | None, number: int) -> bool:
    """Whether a release is of that round."""
    return _key(release.process, release.round) == _key(process, number)


def _key(process: str | None, number: int) -> str:
    """What stands for a round, whichever name of its process is used."""
    return f"{number}:{process_key(process) if process is not None else ''}"


def _unseen(
    connection: Connection, present: Mapping[str, Present], looked: float | None, now: float
) -> Iterable[tuple[str, Present, float, set[str]]]:
    """Each document that is new or not as it was known: when it arrived, and the rounds that it was known to be of."""
    known = {
        str(id): (str(fingerprint), float(seen), set(json.loads(rounds)))
        for id, fingerprint, seen, rounds in connection.execute("SELECT * FROM known_documents").fetchall()
    }
    # A file that was moved or copied says nothing new.
    same = {fingerprint: (seen, rounds) for fingerprint, seen, rounds in known.values()}
    for id, document in present.items():
        if id not in known:
            seen, rounds = same.get(document.fingerprint, (None, set()))
            yield id, document, _arrival(document.added, looked, now) if seen is None else seen, rounds
            continue
        fingerprint, seen, rounds = known[id]
        if fingerprint != document.fingerprint or not rounds.issuperset(_key(*round) for round in document.rounds):
            yield id, document, seen, rounds


def _arrival(added: float, looked: float | None, now: float) -> float:
    """When a document that is new arrived: as it was indexed, where that is since the index was last looked at."""
    if looked is None:
        return _BEFORE_ALL
    return added if looked <= added <= now else now


def _decided_with(connection: Connection, document: str) -> bool:
    """Whether a summary was decided on that had the document among what was new."""
    return (
        connection.execute(
            "SELECT 1 FROM release_documents JOIN releases ON releases.id = release"
            " WHERE document = ? AND stage IN (?, ?)",
            (document, Stage.APPROVED, Stage.DISCARDED),
        ).fetchone()
        is not None
    )


def _open_rounds_of(connection: Connection, document: str) -> list[tuple[str | None, int]]:
    return connection.execute(
        "SELECT process, round FROM release_documents JOIN releases ON releases.id = release"
        " WHERE document = ? AND stage IN (?, ?)",
        (document, *OPEN),
    ).fetchall()


def _put_off(
    connection: Connection, process: str | None, number: int, documents: Mapping[str, float], due: float
) -> int:
    """Add documents to the open release of a round, or to a new one, which then settles until ``due``."""
    row = connection.execute(
        "SELECT id FROM releases WHERE key = ? AND stage IN (?, ?)", (_key(process, number), *OPEN)
    ).fetchone()
    if row is None:
        identifier = connection.execute(
            "INSERT INTO releases (key, process, round, stage, due) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (_key(process, number), process, number, Stage.SETTLING, due),
        ).fetchone()[0]
    else:
        identifier = row[0]
        connection.execute(
            "UPDATE releases SET stage = ?, due = max(due, ?) WHERE id = ?", (Stage.SETTLING, due, identifier)
        )
    connection.executemany(
        "INSERT OR IGNORE INTO release_documents VALUES (?, ?, ?)",
        [(identifier, document, arrived) for document, arrived in documents.items()],
    )
    return int(identifier)


def _release(connection: Connection, identifier: int) -> Release:
    row = connection.execute(
        "SELECT id, process, round, stage, due, revision, proposed FROM releases WHERE id = ?", (identifier,)
    ).fetchone()
    documents = connection.execute(
        "SELECT document, arrived FROM release_documents WHERE release = ?", (identifier,)
    ).fetchall()
    id, process, number, stage, due, revision, proposed = row
    return Release(id, process, number, Stage(stage), due, revision, proposed, dict(documents))
