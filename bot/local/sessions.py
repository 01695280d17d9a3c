"""Sessions of those who are logged in: in memory, found by a secret of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.access.accounts import Account
    from bot.clock import Clock

#: How long a session lasts, and how long one lasts in which nothing is done, in seconds.
LONGEST, LONGEST_IDLE = 12 * 3600.0, 2 * 3600.0
#: How many sessions an account has at most; a further one ends the oldest.
MOST = 10


@dataclass(slots=True)
class Session:
    """One browser that is logged in as an account, from ``opened`` on; ``used`` is when something was last done."""

    key: bytes
    person: int
    revision: int
    opened: float
    used: float
    leaving: set[Callable[[], None]] = field(default_factory=set)


class Sessions:
    """All sessions; a restart ends them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def __len__(self) -> int:
        """How many there are, those included whose time is over and was not yet noticed."""
        return len(self._sessions)

    def open(self, account: Account) -> str:
        """Begin a session and return its secret."""
        of_account = [session for session in self._sessions.values() if session.person == account.person]
        for oldest in of_account[: max(0, len(of_account) + 1 - MOST)]:
            self.end(oldest)
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(_key(secret), account.person, account.revision, now, now)
        self._sessions[session.key] = session
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of that secret, None where there is none or its time is over."""
        session = self._sessions.get(_key(secret))
        if session is not None and not self._lasts(session):
            self.end(session)
            return None
        return session

    def use(self, session: Session) -> None:
        """Note that something is done in it."""
        session.used = self._clock.now()

    def end(self, session: Session) -> None:
        """End a session, and with it all that goes on in it."""
        self._sessions.pop(session.key, None)
        for leave in tuple(session.leaving):
            leave()

    def keep(self, accounts: Iterable[Account]) -> None:
        """End every session whose time is over, or whose account is gone, suspended or changed since."""
        revisions = {account.person: account.revision for account in accounts if account.is_active}
        for session in tuple(self._sessions.values()):
            if not self._lasts(session) or revisions.get(session.person) != session.revision:
                self.end(session)

    def _lasts(self, session: Session) -> bool:
        now = self._clock.now()
        return now - session.opened < LONGEST and now - session.used < LONGEST_IDLE


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
