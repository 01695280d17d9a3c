"""Who is admitted: people with their roles, groups with their clearances, and who asks to be; read from memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.audit.entries import Value, access_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.audit.table import AuditTable
    from corpus.database import Connection, Database

_REFUSED_SECONDS = 7 * 24 * 3600.0
# So many that one person made wait at once.
_MOST_REQUESTS = 3
_FORGET_FIRST = "DELETE FROM invitations WHERE made_by IS NULL AND used IS NULL"


class Role(StrEnum):
    """What a person may do. Each may do what those after it may.

    An admin decides on people and on everything else, an editor on documents; both read all of these. A diplomat asks,
    up to a clearance of their own; a guest asks too, of what anybody may read.
    """

    ADMIN = "admin"
    EDITOR = "editor"
    DIPLOMAT = "diplomat"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A person, or a group, whose id is negative and who has no role.

    ``name`` is how they called themselves when they were admitted. ``clearance`` is a label, None for that of the
    settings. Times are seconds since 1970; ``by`` is the id of the admin, None for one who had a code of the start.
    """

    id: int
    name: str
    role: Role | None
    clearance: str | None
    admitted: float
    by: int | None
    suspended: float | None = None

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return self.id < 0


@dataclass(frozen=True, slots=True)
class Request:
    """A person, or a group, that asks to be admitted; ``by`` asked for a group."""

    id: int
    name: str
    language: str
    asked: float
    by: int
    refused: float | None = None


class PeopleTable:
    """All who are admitted and all who ask for it. Reading does not block, writing does.

    Each change is in the audit log, from the same transaction; one that is made again, after a kill, changes nothing
    and is not written again.
    """

    def __init__(self, database: Database, now: Callable[[], float], audit: AuditTable) -> None:
        self._database = database
        self._now = now
        self._audit = audit
        self._admitted: Mapping[int, Admitted] = {}
        self.read_again()

    def of(self, id: int) -> Admitted | None:
        """Who has that id; None for one who was never admitted."""
        return self._admitted.get(id)

    def all(self) -> tuple[Admitted, ...]:
        """Everybody: people first, then groups, each in the order in which they were admitted."""
        return tuple(sorted(self._admitted.values(), key=lambda one: (one.is_group, one.admitted, one.id)))

    def read_again(self) -> None:
        """Read what others have written into the store, such as a group's new id."""
        with self._database.reading() as connection:
            self._admitted = {
                one.id: one
                for one in (
                    Admitted(id, name, Role(role) if role else None, clearance, admitted, by, suspended)
                    for id, name, role, clearance, admitted, by, suspended in connection.execute(
                        "SELECT id, name, role, clearance, admitted, admitted_by, suspended FROM admitted"
                    )
                )
            }

    def admit(self, id: int, name: str, role: Role | None, clearance: str | None, by: int | None) -> Admitted:
        """Admit a person with a role or a group without, or change theirs; a suspension stays.

        What they asked for is thereby answered.
        """
        with self._database.writing() as connection:
            return self._put(connection, Admitted(id, name, role, clearance, self._now(), by))

    def grant(self, request: Request, role: Role | None, clearance: str | None, by: int) -> Admitted | None:
        """Admit one who asks for it; None where that was decided meanwhile."""
        with self._database.writing() as connection:
            if not self._is_open(connection, request.id):
                return None
            return self._put(connection, Admitted(request.id, request.name, role, clearance, self._now(), by))

    def change(self, id: int, role: Role | None, clearance: str | None, by: int) -> None:
        """Give one who is admitted another role or clearance; a suspension stays."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE admitted SET role = ?1, clearance = ?2, admitted_by = ?3"
                " WHERE id = ?4 AND (role IS NOT ?1 OR clearance IS NOT ?2)",
                (role, clearance, by, id),
            )
            if changed.rowcount:
                self._note(connection, "changed", id, by, role=role, clearance=clearance)
            if role is not Role.ADMIN:
                self._end_invitations(connection, id)
        self.read_again()

    def suspend(self, id: int, is_suspended: bool, by: int | None = None) -> Admitted | None:
        """Suspend one who is admitted, or end that; None where there is nobody of that id."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE admitted SET suspended = ? WHERE id = ? AND (suspended IS NULL) = ?",
                (self._now() if is_suspended else None, id, is_suspended),
            )
            if changed.rowcount:
                self._note(connection, "suspended" if is_suspended else "suspension ended", id, by)
            if is_suspended:
                self._end_invitations(connection, id)
        self.read_again()
        return self.of(id)

    def remove(self, id: int, by: int | None = None) -> None:
        """Admit one no longer; a suspension stays, and what they asked for and was refused, too."""
        with self._database.writing() as connection:
            if connection.execute("DELETE FROM admitted WHERE id = ? AND suspended IS NULL", (id,)).rowcount:
                self._note(connection, "removed", id, by)
            self._end_invitations(connection, id)
        self.read_again()

    # Requests.

    def ask(self, id: int, name: str, language: str, by: int) -> bool:
        """Note that one asks to be admitted; False where they do already, or were refused within a week.

        So it is where ``by`` asks for several groups already.
        """
        with self._database.writing() as connection:
            open_ones = connection.execute(
                "SELECT count(*) FROM admission_requests WHERE asked_by = ? AND refused IS NULL", (by,)
            ).fetchone()
            if open_ones[0] >= _MOST_REQUESTS:
                return False
            row = connection.execute("SELECT refused FROM admission_requests WHERE id = ?", (id,)).fetchone()
            if row is not None and (row[0] is None or row[0] > self._now() - _REFUSED_SECONDS):
                return False
            connection.execute(
                "INSERT OR REPLACE INTO admission_requests VALUES (?, ?, ?, ?, ?, NULL)",
                (id, name, language, self._now(), by),
            )
        return True

    def request(self, id: int) -> Request | None:
        """The request of one who is neither admitted nor refused."""
        return next((one for one in self.requests() if one.id == id), None)

    def requests(self) -> tuple[Request, ...]:
        """Those that nobody has decided, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, name, language, asked, asked_by, refused FROM admission_requests"
                " WHERE refused IS NULL ORDER BY asked, id"
            ).fetchall()
        return tuple(Request(*row) for row in rows)

    def refuse(self, id: int, by: int | None = None) -> bool:
        """Refuse a request; False where it was decided meanwhile."""
        with self._database.writing() as connection:
            refused = connection.execute(
                "UPDATE admission_requests SET refused = ? WHERE id = ? AND refused IS NULL", (self._now(), id)
            )
            if refused.rowcount:
                self._note(connection, "refused", id, by)
            return refused.rowcount > 0

    # Invitations.

    def invite(self, digest: str, role: Role, clearance: str | None, by: int | None, seconds: float) -> None:
        """Keep an invitation by the digest of its code; one of the start (``by`` None) takes the place of the last."""
        now = self._now()
        with self._database.writing() as connection:
            if by is None:
                connection.execute(_FORGET_FIRST)
            connection.execute("DELETE FROM invitations WHERE used IS NULL AND expires < ?", (now,))
            connection.execute(
                "INSERT INTO invitations VALUES (?, ?, ?, ?, ?, NULL, NULL)",
                (digest, role, clearance, by, now + seconds),
            )
            self._note(connection, "invited", None, by, role=role, clearance=clearance, seconds=round(seconds))

    def forget_first(self) -> None:
        """End the code of an earlier start."""
        with self._database.writing() as connection:
            connection.execute(_FORGET_FIRST)

    def redeem(self, digest: str, person: int, name: str, admins: frozenset[int]) -> Admitted | None:
        """Admit a person who has a code, which is good for one.

        None where it is none, is used or has expired, or where who made it is none of the ``admins`` of now; one of the
        start is good while there are none.
        """
        now = self._now()
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT role, clearance, made_by FROM invitations WHERE digest = ? AND used IS NULL AND expires >= ?",
                (digest, now),
            ).fetchone()
            if row is None or not (row[2] in admins if row[2] is not None else not admins):
                return None
            connection.execute("UPDATE invitations SET used = ?, used_by = ? WHERE digest = ?", (now, person, digest))
            return self._put(connection, Admitted(person, name, Role(row[0]), row[1], now, row[2]))

    def _put(self, connection: Connection, one: Admitted) -> Admitted:
        select = "SELECT role, clearance, suspended FROM admitted WHERE id = ?"
        known = connection.execute(select, (one.id,)).fetchone()
        one = replace(one, suspended=known[2] if known is not None else None)
        connection.execute(
            "INSERT OR REPLACE INTO admitted VALUES (?, ?, ?, ?, ?, ?, ?)",
            (one.id, one.name, one.role, one.clearance, one.admitted, one.by, one.suspended),
        )
        connection.execute("DELETE FROM admission_requests WHERE id = ?", (one.id,))
        if known is None or known[:2] != (one.role, one.clearance):
            self._note(connection, "admitted", one.id, one.by, role=one.role, clearance=one.clearance)
        # Within the transaction, so that what is in memory is what was written last.
        self._admitted = {**self._admitted, one.id: one}
        return one

    @staticmethod
    def _is_open(connection: Connection, id: int) -> bool:
        row = connection.execute("SELECT 1 FROM admission_requests WHERE id = ? AND refused IS NULL", (id,)).fetchone()
        return row is not None

    @staticmethod
    def _end_invitations(connection: Connection, by: int) -> None:
        """Whoever is an admin no longer has invited nobody."""
        connection.execute("UPDATE invitations SET expires = 0 WHERE made_by = ? AND used IS NULL", (by,))

    def _note(self, connection: Connection, event: str, id: int | None, by: int | None, **more: Value) -> None:
        self._audit.append(connection, access_changed(event, whom=id, by=by, **more))


def move_chat(connection: Connection, old: int, new: int) -> None:
    """Carry a group's admission, and its request, over to its new id."""
    connection.execute("UPDATE OR REPLACE admitted SET id = ? WHERE id = ?", (new, old))
    connection.execute("UPDATE OR REPLACE admission_requests SET id = ? WHERE id = ?", (new, old))
