"""Accounts of the web chat on a closed network: who may log in, as whom, and what they may do. Methods block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.access.account_names import checked_name, look
from corpus.database import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpus.database import Database

_SELECT = "SELECT person, name, is_admin, clearance, password, is_one_time, created, suspended, revision FROM accounts"


class AccountExistsError(Exception):
    """There is an account of that name, or of one that is taken for it; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in: ``person`` is their id in the chat, which nobody else ever gets.

    ``clearance`` is an access label, None for what anybody may read who may ask; ``password`` is its hash. A password
    given for one time must be changed with the first log-in. ``revision`` counts what ends the sessions of before.
    Times are in seconds since 1970.
    """

    person: int
    name: str
    is_admin: bool
    clearance: str | None
    password: str
    is_one_time: bool
    created: float
    suspended: float | None = None
    revision: int = 0

    @property
    def is_active(self) -> bool:
        """Whether its person may log in."""
        return self.suspended is None


class AccountTable:
    """The accounts in the store's database."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def add(
        self,
        name: str,
        password: str,
        *,
        is_admin: bool = False,
        clearance: str | None = None,
        is_one_time: bool = False,
    ) -> Account:
        """Make an account; ``password`` is a hash.

        Raises:
            NameRefusedError: the name cannot be one.
            AccountExistsError: the name is taken, or looks like one that is.
        """
        made = Account(0, checked_name(name), is_admin, clearance, password, is_one_time, self._now())
        try:
            with self._database.writing() as connection:
                cursor = connection.execute(
                    "INSERT INTO accounts (name, look, is_admin, clearance, password, is_one_time, created)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (made.name, look(made.name), int(is_admin), clearance, password, int(is_one_time), made.created),
                )
        except IntegrityError:
            taken = self.named(made.name)
            other = f", which looks like {taken.name}" if taken is not None and taken.name != made.name else ""
            raise AccountExistsError(f"There is an account {made.name} already{other}.") from None
        return replace(made, person=int(cursor.lastrowid or 0))

    def named(self, name: str) -> Account | None:
        """The account of that name, or of one that is taken for it, or None."""
        return self._one("look = ?", look(name))

    def get(self, person: int) -> Account | None:
        """The account of that person, or None."""
        return self._one("person = ?", person)

    def all(self) -> tuple[Account, ...]:
        """All accounts, in the order in which they were made."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT + " ORDER BY person").fetchall()
        return tuple(_account(row) for row in rows)

    def set_password(self, account: Account, password: str, *, is_one_time: bool) -> bool:
        """Keep another hash and end the sessions of before; False where the account has changed since it was read."""
        return self._change(account, "password = ?, is_one_time = ?", password, int(is_one_time))

    def suspend(self, account: Account) -> bool:
        """Let nobody log in as it, nor go on; False where the account has changed since it was read."""
        return self._change(account, "suspended = ?", self._now())

    def resume(self, account: Account) -> bool:
        """Let its person log in again; False where the account has changed since it was read."""
        return self._change(account, "suspended = NULL")

    def remove(self, account: Account) -> bool:
        """Delete it; False where it is gone already. Its person's id is not used again."""
        with self._database.writing() as connection:
            return bool(connection.execute("DELETE FROM accounts WHERE person = ?", (account.person,)).rowcount)

    def _change(self, account: Account, what: str, *values: object) -> bool:
        with self._database.writing() as connection:
            changed = connection.execute(
                f"UPDATE accounts SET {what}, revision = revision + 1 WHERE person = ? AND revision = ?",  # noqa: S608 - our own words
                (*values, account.person, account.revision),
            )
        return bool(changed.rowcount)

    def _one(self, condition: str, value: object) -> Account | None:
        with self._database.reading() as connection:
            row = connection.execute(f"{_SELECT} WHERE {condition}", (value,)).fetchone()
        return None if row is None else _account(row)


def _account(row: tuple[int, str, int, str | None, str, int, float, float | None, int]) -> Account:
    person, name, is_admin, clearance, password, is_one_time, created, suspended, revision = row
    return Account(person, name, bool(is_admin), clearance, password, bool(is_one_time), created, suspended, revision)
