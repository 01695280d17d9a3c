"""``rapporteur audit``: whether the audit log is what was written, and the log as text for people and programs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.audit.check import Noted, check
from bot.audit.entries import BEGINNING
from bot.errors import DONE, CommandError
from bot.settings import SettingsError
from bot.store import Store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from bot.audit.entries import Written
    from bot.settings import Settings

_HASH = re.compile(r"[0-9a-f]{64}")


def audit_command(arguments: argparse.Namespace, settings: Settings) -> int:
    """Look at the log of the bot on Telegram, or with ``--local`` at that of the bot without it; it may be running."""
    path = settings.local_store_file if arguments.local else settings.store_file
    if not path.exists():
        raise CommandError(f"There is no audit log yet: {path} is made when the bot is first started.")
    with Store.open(path) as store:
        return ACTIONS[arguments.action](arguments, store)


def _verify(arguments: argparse.Namespace, store: Store) -> int:
    """Compute the chain again."""
    verdict = check(store.audit, _noted(arguments))
    if verdict.wrong is not None:
        raise CommandError(verdict.wrong)
    emptied = f", {verdict.emptied} of them emptied" if verdict.emptied else ""
    print(f"The audit log is sound: {verdict.entries} entries{emptied}.")
    print(f"Head: {verdict.chain} at {verdict.entries}")
    if verdict.noted is not None:
        print(f"Nothing up to entry {verdict.noted}, which was noted, has been changed or cut off.")
    return DONE


def _noted(arguments: argparse.Namespace) -> Noted | None:
    """What was noted earlier.

    Raises:
        SettingsError: it is no hash, or a number alone.
    """
    if arguments.expect is None:
        if arguments.at is not None:
            raise SettingsError("--at says which entry had the hash that --expect gives; give both.")
        return None
    chain = arguments.expect.strip().casefold()
    if not _HASH.fullmatch(chain):
        raise SettingsError(f'"{arguments.expect}" is no hash of an entry, which has 64 digits from 0 to f.')
    return Noted(chain, arguments.at)


def _export(arguments: argparse.Namespace, store: Store) -> int:
    """Print the entries, oldest first."""
    since = None if arguments.since is None else _start_of(arguments.since)
    previous: str | None = None
    for entry in store.audit.entries(since=since):
        if arguments.json:
            previous = previous if previous is not None else _before(store, entry)
            print(json.dumps(_view(entry, previous), ensure_ascii=False))
        else:
            print(f"{entry.number:>8}  {_time(entry)}  {entry.kind:<8}  {entry.body or '(emptied)'}")
        previous = entry.chain
    return DONE


def _before(store: Store, entry: Written) -> str:
    """The chain hash of the entry before one."""
    return BEGINNING if entry.number == 1 else store.audit.chain_of(entry.number - 1) or BEGINNING


def _view(entry: Written, previous: str) -> dict[str, Any]:
    """An entry with all that its hashes are computed from."""
    return {
        "number": entry.number,
        "at": entry.at,
        "time": _time(entry),
        "key": entry.key,
        "kind": entry.kind,
        "salt": None if entry.salt is None else entry.salt.hex(),
        "body": _body(entry),
        "digest": entry.digest,
        "previous": previous,
        "chain": entry.chain,
    }


def _body(entry: Written) -> Any:
    """The body as a value; as a text where somebody has made it something else than JSON."""
    try:
        return None if entry.body is None else json.loads(entry.body)
    except ValueError:
        return entry.body


def _time(entry: Written) -> str:
    return datetime.fromtimestamp(entry.at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _start_of(date: str) -> int:
    """The first millisecond of an ISO date, month or year in UTC."""
    first = date + "-01-01"[len(date) - 4 :]
    return int(datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp() * 1000)


ACTIONS: dict[str, Callable[[argparse.Namespace, Store], int]] = {"verify": _verify, "export": _export}
