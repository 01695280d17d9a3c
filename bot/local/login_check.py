"""Whether a name and a password belong together: in threads of its own, and as slowly for names that nobody has."""

from __future__ import annotations

import asyncio
import ipaddress
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bot.access.account_names import look
from bot.access.passwords import COST, generated, hashed, matches, weakness
from bot.local.login_delays import Delays

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.access.accounts import Account, AccountTable
    from bot.access.passwords import Cost
    from bot.clock import Clock

P = ParamSpec("P")
R = TypeVar("R")
#: How many log-ins wait for one another at most.
_MOST_WAITING = 8


class Refusal(StrEnum):
    """Why somebody is not logged in, as the page has a sentence for it."""

    WRONG = "wrong"
    WAIT = "wait"
    BUSY = "busy"
    CHOOSE = "choose"
    WEAK = "weak"
    SAME = "same"


class LoginRefusedError(Exception):
    """Nobody is logged in; ``seconds`` is how long to wait, where that is why."""

    def __init__(self, refusal: Refusal, seconds: int = 0) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.seconds = seconds


def _network(address: str) -> str:
    """What one household has: an address, or the 2**64 of it that begin alike."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))


class LoginCheck:
    """Checks log-ins against the accounts, a few at a time and ever more slowly."""

    def __init__(self, accounts: AccountTable, clock: Clock, cost: Cost = COST) -> None:
        """Passwords that are changed here are hashed at ``cost``."""
        self._accounts = accounts
        self._cost = cost
        self._names = Delays(clock, free=5, longest=60.0)
        self._addresses = Delays(clock, free=20, longest=900.0)
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="accounts")
        self._hashing = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobody = hashed(generated(), cost)

    def close(self) -> None:
        """Let the threads go."""
        self._reading.shutdown(wait=True)
        self._hashing.shutdown(wait=True)

    async def account(self, person: int) -> Account | None:
        """The account of a person as it is now."""
        return await self._run(self._reading, self._accounts.get, person)

    async def accounts(self) -> tuple[Account, ...]:
        """All accounts as they are now."""
        return await self._run(self._reading, self._accounts.all)

    async def check(self, name: str, password: str, address: str, new_password: str | None = None) -> Account:
        """The account whose name and password these are, with a new password where one is given.

        Raises:
            LoginRefusedError: it is not so, or not to be told yet. That a password must be chosen is only said to who
                knows the one of before.
        """
        known, network = look(name), _network(address)
        seconds = max(self._names.wait(known), self._addresses.wait(network))
        if seconds > 0:
            raise LoginRefusedError(Refusal.WAIT, int(seconds) + 1)
        if self._waiting >= _MOST_WAITING:
            raise LoginRefusedError(Refusal.BUSY)
        self._names.add(known)
        self._addresses.add(network)
        self._waiting += 1
        try:
            account = await self._run(self._hashing, self._found, name, password)
            if account is None:
                raise LoginRefusedError(Refusal.WRONG)
            self._names.forgive(known)
            self._addresses.take_back(network)
            if account.is_one_time or new_password is not None:
                account = await self._renewed(account, password, new_password)
        finally:
            self._waiting -= 1
        return account

    def _found(self, name: str, password: str) -> Account | None:
        """The account that may log in with this password; the same work is done where there is none of that name."""
        account = self._accounts.named(name)
        is_right = matches(password, self._nobody if account is None else account.password)
        return account if is_right and account is not None and account.is_active else None

    async def _renewed(self, account: Account, password: str, new_password: str | None) -> Account:
        if new_password is None:
            raise LoginRefusedError(Refusal.CHOOSE)
        if weakness(new_password) is not None:
            raise LoginRefusedError(Refusal.WEAK)
        if new_password == password:
            raise LoginRefusedError(Refusal.SAME)
        renewed = await self._run(self._hashing, self._renew, account, new_password)
        if renewed is None:
            raise LoginRefusedError(Refusal.WRONG)
        return renewed

    def _renew(self, account: Account, password: str) -> Account | None:
        kept = self._accounts.set_password(account, hashed(password, self._cost), is_one_time=False)
        return self._accounts.get(account.person) if kept else None

    async def _run(self, executor: ThreadPoolExecutor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(executor, lambda: work(*args, **kwargs))
