"""``rapporteur account``: who may log in to the web chat on a closed network."""

from __future__ import annotations

import datetime
import getpass
import json
import sys
from typing import TYPE_CHECKING

from bot.access.account_names import NameRefusedError, checked_name
from bot.access.accounts import AccountExistsError
from bot.access.passwords import generated, hashed, weakness
from bot.errors import DONE, CommandError
from bot.reach import ReachError
from bot.settings import SettingsError
from bot.store import Store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from bot.access.accounts import Account
    from bot.settings import Settings


def account_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked with the accounts, which a running web chat takes up within seconds."""
    with Store.open(settings.local_store_file) as store:
        return ACTIONS[arguments.action](arguments, settings, store)


def expect_accounts(settings: Settings) -> str:
    """See that the web chat can be served to people who log in; gives where it is, and how many may.

    Raises:
        SettingsError: the certificate or its key cannot be used, or there is no account.
        DatabaseError: the store cannot be used.
    """
    try:
        settings.reach.tls()
    except ReachError as error:
        raise SettingsError(str(error)) from None
    with Store.open(settings.local_store_file) as store:
        count = sum(account.is_active for account in store.accounts.all())
    if not count:
        raise SettingsError(
            "Nobody has an account that may log in to the web chat; make one with `rapporteur account add NAME`."
        )
    return f"{settings.reach.address(settings.port)}, accounts that may log in: {count}"


def _add(arguments: argparse.Namespace, settings: Settings, store: Store) -> int:
    """Make an account."""
    clearance = _label(arguments.clearance, settings)
    try:
        name = checked_name(arguments.name)
        # Nobody is asked for a password in vain.
        if (taken := store.accounts.named(name)) is not None:
            raise CommandError(_is_taken(name, taken))
        password = _password(arguments)
        made = store.accounts.add(
            name,
            hashed(password),
            is_admin=arguments.admin,
            clearance=clearance,
            is_one_time=arguments.generate,
        )
    except (NameRefusedError, AccountExistsError) as error:
        raise CommandError(str(error)) from None
    rights = ", an admin," if made.is_admin else ""
    print(f"The account {made.name}{rights} is made.")
    _print_generated(arguments, password)
    return DONE


def _list(arguments: argparse.Namespace, _: Settings, store: Store) -> int:
    """The accounts, and nothing of their passwords."""
    accounts = store.accounts.all()
    if arguments.json:
        print(json.dumps({"accounts": [_view(account) for account in accounts]}, ensure_ascii=False, indent=2))
        return DONE
    for account in accounts:
        state = (
            "suspended" if account.suspended is not None else "one-time password" if account.is_one_time else "active"
        )
        role = "admin" if account.is_admin else account.clearance or "-"
        print(f"{account.name:<20} {role:<12} {state:<18} {_day(account.created)}")
    print(f"{len(accounts)} accounts.")
    return DONE


def _view(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "person": account.person,
        "admin": account.is_admin,
        "clearance": account.clearance,
        "created": account.created,
        "suspended": account.suspended,
        "one_time_password": account.is_one_time,
    }


def _suspend(arguments: argparse.Namespace, _: Settings, store: Store) -> int:
    """End an account's sessions and let nobody log in as it."""
    account = _account(arguments, store)
    if account.suspended is not None:
        raise CommandError(f"The account {account.name} is suspended already.")
    _expect(store.accounts.suspend(account), account)
    print(f"The account {account.name} is suspended.")
    return DONE


def _resume(arguments: argparse.Namespace, _: Settings, store: Store) -> int:
    """Let the person of an account log in again."""
    account = _account(arguments, store)
    if account.suspended is None:
        raise CommandError(f"The account {account.name} is not suspended.")
    _expect(store.accounts.resume(account), account)
    print(f"The account {account.name} is resumed.")
    return DONE


def _change_password(arguments: argparse.Namespace, _: Settings, store: Store) -> int:
    """Give an account another password and end its sessions."""
    account = _account(arguments, store)
    password = _password(arguments)
    _expect(store.accounts.set_password(account, hashed(password), is_one_time=arguments.generate), account)
    print(f"The password of {account.name} is changed.")
    _print_generated(arguments, password)
    return DONE


def _remove(arguments: argparse.Namespace, _: Settings, store: Store) -> int:
    """Delete an account and what is kept about its person."""
    account = _account(arguments, store)
    _expect(store.accounts.remove(account), account)
    store.personal.forget(account.person)
    print(f"The account {account.name} is removed, with what was kept about its person.")
    return DONE


ACTIONS: dict[str, Callable[[argparse.Namespace, Settings, Store], int]] = {
    "add": _add,
    "list": _list,
    "suspend": _suspend,
    "resume": _resume,
    "password": _change_password,
    "remove": _remove,
}


def _account(arguments: argparse.Namespace, store: Store) -> Account:
    """The account that was named.

    Raises:
        CommandError: there is none.
    """
    found = store.accounts.named(arguments.name)
    if found is None:
        raise CommandError(f"There is no account {arguments.name}; `rapporteur account list` names all.")
    return found


def _is_taken(name: str, taken: Account) -> str:
    other = f", which {name} looks like" if taken.name != name else ""
    return f"There is an account {taken.name} already{other}."


def _expect(done: bool, account: Account) -> None:
    """See that a change was made.

    Raises:
        CommandError: it was not, for somebody else made one meanwhile.
    """
    if not done:
        raise CommandError(f"The account {account.name} was changed at the same moment; look at it and try again.")


def _label(wanted: str | None, settings: Settings) -> str | None:
    """The access label that was named.

    Raises:
        SettingsError: there is no such label.
    """
    if wanted is None:
        return None
    named = settings.labels.named(wanted)
    if named is None:
        raise SettingsError(f'"{wanted}" is no access label; in use are {", ".join(settings.access_labels)}.')
    return named


def _password(arguments: argparse.Namespace) -> str:
    """The new password: made up where that was asked for, else typed twice, or the first line of what is piped in.

    Raises:
        CommandError: it is too short, or typed differently.
    """
    if arguments.generate:
        return generated()
    if sys.stdin.isatty():
        typed = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != typed:
            raise CommandError("The two passwords differ.")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    wrong = weakness(typed)
    if wrong is not None:
        raise CommandError(wrong)
    return typed


def _print_generated(arguments: argparse.Namespace, password: str) -> None:
    if arguments.generate:
        print(f"Its password for the first log-in, at which another is chosen: {password}")


def _day(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
