"""The people of a closed world: one for each account, with a private chat, and a group of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.local.models import Chat, Person

if TYPE_CHECKING:
    from bot.access.accounts import Account
    from bot.local.world import World

#: Messages are numbered by the seconds since then at the start, so that no number comes again after a restart.
_BEGINNING = 1_767_225_600
GROUP = "Delegation"


class Admins(Set[int]):
    """The ids of the people who are admins now."""

    def __init__(self, accounts: Mapping[int, Account]) -> None:
        self._accounts = accounts

    def __contains__(self, person: object) -> bool:
        account = self._accounts.get(person) if isinstance(person, int) else None
        return account is not None and account.is_admin and account.is_active

    def __iter__(self) -> Iterator[int]:
        return (person for person in self._accounts if person in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Clearances(Mapping[int, str]):
    """The access labels that people were given, and of every group the lowest."""

    def __init__(self, accounts: Mapping[int, Account], lowest: str) -> None:
        self._accounts = accounts
        self._lowest = lowest

    def __getitem__(self, chat: int) -> str:
        if chat < 0:
            return self._lowest
        account = self._accounts[chat]
        if not account.is_active:
            return self._lowest
        if account.clearance is None:
            raise KeyError(chat)
        return account.clearance

    def __iter__(self) -> Iterator[int]:
        return (person for person in self._accounts if person in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Residents:
    """The accounts as last read, in the world. ``admins`` and ``clearances`` are always those of now."""

    def __init__(self, world: World, lowest: str) -> None:
        """Nobody lives there yet; ``lowest`` is the label of what anybody may read."""
        self._world = world
        self._accounts: dict[int, Account] = {}
        self._group: Chat | None = None
        self.admins = Admins(self._accounts)
        self.clearances = Clearances(self._accounts, lowest)
        world.number_messages_from(max(1, int(world.clock.now()) - _BEGINNING))

    def settle(self, accounts: Iterable[Account]) -> None:
        """Take these for the accounts there are, and bring in whoever is new and may log in."""
        self._accounts.clear()
        self._accounts.update((account.person, account) for account in accounts)
        new = [
            account
            for account in self._accounts.values()
            if account.is_active and account.person not in self._world.people
        ]
        for account in new:
            self._world.people[account.person] = Person(account.person, account.name)
            self._world.private_chat(account.person)
            # Whoever has an account may be written to, also after a restart.
            self._world.started.add(account.person)
        if self._group is not None:
            for account in new:
                self._world.join(self._group.id, account.person, as_admin=account.is_admin)
        elif new:
            self._group = self._gathered(new)

    def speak(self, person: int, language: str) -> None:
        """Let the bot know in which language somebody uses the page."""
        self._world.people[person] = replace(self._world.person(person), language_code=language)

    def _gathered(self, accounts: Iterable[Account]) -> Chat:
        """The group of all, with the bot in it, which admins govern."""
        everyone = list(accounts)
        admins = [account.person for account in everyone if account.is_admin]
        group = self._world.add_group(GROUP, members=[account.person for account in everyone], admins=admins)
        self._world.add_bot(group.id, by=(admins or [everyone[0].person])[0])
        return group
