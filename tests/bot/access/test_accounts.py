"""The accounts in the store, and the command line that decides on them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.access.account_names import NameRefusedError
from bot.access.accounts import AccountExistsError, AccountTable
from bot.access.passwords import Cost, matches
from bot.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bot.shell import Rapporteur

PASSWORD = "a sentence of Anna"


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[AccountTable]:
    with Store.open(tmp_path / "local.sqlite3", lambda: 1000.0) as store:
        yield store.accounts


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing costs next to nothing here."""
    from bot.access import account_commands, passwords

    monkeypatch.setattr(account_commands, "hashed", lambda password: passwords.hashed(password, Cost(4, 8, 1)))


# The table


def test_an_account_is_found_by_its_name_and_its_person(accounts: AccountTable) -> None:
    made = accounts.add("Anna", "hash", is_admin=True, clearance="internal", is_one_time=True)
    assert (made.name, made.is_admin, made.clearance, made.is_one_time) == ("anna", True, "internal", True)
    assert (made.created, made.suspended, made.is_active) == (1000.0, None, True)
    assert accounts.named("ANNA") == accounts.named("аnnа") == accounts.get(made.person) == made
    assert accounts.named("boris") is None and accounts.named("") is None
    assert accounts.all() == (made,)


def test_a_person_has_an_id_that_nobody_else_ever_gets(accounts: AccountTable) -> None:
    anna, boris = accounts.add("anna", "hash"), accounts.add("boris", "hash")
    assert (anna.person, boris.person) == (2_000_000_001, 2_000_000_002)
    accounts.remove(boris)
    assert accounts.add("boris", "hash").person == 2_000_000_003


def test_a_name_that_is_taken_or_looks_like_one_cannot_be_given_again(accounts: AccountTable) -> None:
    accounts.add("coco", "hash")
    with pytest.raises(AccountExistsError, match=r"^There is an account coco already\.$"):
        accounts.add("Coco", "hash")
    with pytest.raises(AccountExistsError, match=r"^There is an account сосо already, which looks like coco\.$"):
        accounts.add("сосо", "hash")
    with pytest.raises(NameRefusedError):
        accounts.add("co co", "hash")
    assert len(accounts.all()) == 1


def test_suspending_and_resuming_change_the_revision(accounts: AccountTable) -> None:
    made = accounts.add("anna", "hash")
    assert accounts.suspend(made)
    suspended = accounts.get(made.person)
    assert suspended == replace(made, suspended=1000.0, revision=1) and not suspended.is_active
    assert accounts.resume(suspended)
    assert accounts.get(made.person) == replace(made, revision=2)


def test_a_change_of_what_has_changed_meanwhile_is_not_made(accounts: AccountTable) -> None:
    made = accounts.add("anna", "hash")
    assert accounts.set_password(made, "other", is_one_time=False)
    assert not accounts.set_password(made, "third", is_one_time=False)
    assert not accounts.suspend(made)
    account = accounts.get(made.person)
    assert account is not None and (account.password, account.suspended) == ("other", None)


def test_what_is_removed_is_gone_and_removed_once(accounts: AccountTable) -> None:
    made = accounts.add("anna", "hash")
    assert (accounts.remove(made), accounts.remove(made)) == (True, False)
    assert accounts.get(made.person) is None and accounts.named("anna") is None


def test_accounts_outlive_a_restart_and_are_seen_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite3"
    with Store.open(path) as store, Store.open(path) as other:
        made = store.accounts.add("anna", "hash")
        assert other.accounts.named("anna") == made
        other.accounts.suspend(made)
        found = store.accounts.get(made.person)
        assert found is not None and not found.is_active
    with Store.open(path) as store:
        assert [account.name for account in store.accounts.all()] == ["anna"]


# The command line


def _pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def _type(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What is typed where a terminal asks."""

    class Terminal:
        def isatty(self) -> bool:
            return True

    typed = iter(lines)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))


def _store(rapporteur: Rapporteur) -> Store:
    return Store.open(rapporteur.data / "local.sqlite3")


def test_an_account_is_made_with_a_password_from_a_pipe(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pipe(monkeypatch, f"{PASSWORD}\nanother line\n")
    assert rapporteur("account", "add", "Anna", "--clearance", "INTERNAL") == (0, "The account anna is made.\n", "")
    with _store(rapporteur) as store:
        made = store.accounts.named("anna")
    assert made is not None and matches(PASSWORD, made.password)
    assert (made.is_admin, made.clearance, made.is_one_time) == (False, "internal", False)


def test_a_password_is_typed_twice(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, PASSWORD, PASSWORD)
    assert rapporteur("account", "add", "anna", "--admin")[:2] == (0, "The account anna, an admin, is made.\n")
    _type(monkeypatch, PASSWORD, PASSWORD + "!")
    assert rapporteur.fails("account", "add", "boris") == "The two passwords differ."
    with _store(rapporteur) as store:
        assert [account.name for account in store.accounts.all()] == ["anna"]


def test_a_generated_password_is_printed_once_and_is_for_one_time(rapporteur: Rapporteur) -> None:
    code, out, _ = rapporteur("account", "add", "anna", "--generate")
    password = out.split()[-1]
    with _store(rapporteur) as store:
        made = store.accounts.named("anna")
    assert code == 0 and made is not None
    assert matches(password, made.password) and made.is_one_time
    assert password not in rapporteur("account", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "sentence"),
    [
        (("add", "boris"), "short", 1, "A password has at least 12 characters."),
        (("add", "boris"), "", 1, "A password has at least 12 characters."),
        (("add", "b"), PASSWORD, 1, "A name has 2 to 32 characters."),
        (("add", "ANNA"), PASSWORD, 1, "There is an account anna already."),
        (("add", "аппа", "--clearance", "secret"), PASSWORD, 2, '"secret" is no access label; in use are'),
        (("suspend", "boris"), "", 1, "There is no account boris; `rapporteur account list` names all."),
        (("resume", "anna"), "", 1, "The account anna is not suspended."),
        (("password", "anna"), "short", 1, "A password has at least 12 characters."),
        (("remove", "boris"), "", 1, "There is no account boris; `rapporteur account list` names all."),
    ],
)
def test_what_cannot_be_is_one_sentence(
    arguments: tuple[str, ...],
    typed: str,
    code: int,
    sentence: str,
    rapporteur: Rapporteur,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _pipe(monkeypatch, PASSWORD)
    rapporteur("account", "add", "anna")
    _pipe(monkeypatch, typed)
    assert rapporteur.fails("account", *arguments, code=code).startswith(sentence)


def test_nobody_is_asked_for_a_password_in_vain(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    rapporteur("account", "add", "coco", "--generate")
    _type(monkeypatch)
    said = rapporteur.fails("account", "add", "сосо")
    assert said == "There is an account coco already, which сосо looks like."


def test_accounts_are_listed_with_what_they_may_and_nothing_of_their_passwords(rapporteur: Rapporteur) -> None:
    rapporteur("account", "add", "anna", "--admin", "--generate")
    rapporteur("account", "add", "boris", "--clearance", "internal", "--generate")
    rapporteur("account", "suspend", "boris")
    code, out, _ = rapporteur("account", "list")
    lines = [line.split()[:-1] for line in out.splitlines()[:-1]]
    assert code == 0
    assert lines == [["anna", "admin", "one-time", "password"], ["boris", "internal", "suspended"]]
    assert out.splitlines()[-1] == "2 accounts."
    shown = rapporteur.json("account", "list")["accounts"]
    assert [(one["name"], one["admin"], one["clearance"]) for one in shown] == [
        ("anna", True, None),
        ("boris", False, "internal"),
    ]
    assert "scrypt" not in out + json.dumps(shown)


def test_suspending_resuming_and_another_password(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    rapporteur("account", "add", "anna", "--generate")
    assert rapporteur("account", "suspend", "anna")[:2] == (0, "The account anna is suspended.\n")
    assert rapporteur.fails("account", "suspend", "anna") == "The account anna is suspended already."
    assert rapporteur("account", "resume", "Anna")[:2] == (0, "The account anna is resumed.\n")
    _pipe(monkeypatch, PASSWORD)
    assert rapporteur("account", "password", "anna")[:2] == (0, "The password of anna is changed.\n")
    with _store(rapporteur) as store:
        account = store.accounts.named("anna")
    assert account is not None and matches(PASSWORD, account.password) and not account.is_one_time
    assert account.revision == 3


def test_removing_an_account_deletes_what_is_kept_about_its_person(rapporteur: Rapporteur) -> None:
    rapporteur("account", "add", "anna", "--generate")
    with _store(rapporteur) as store:
        anna = store.accounts.named("anna")
        assert anna is not None
        store.subscriptions.add(anna.person, 0, "en")
        store.answers.keep(anna.person, "What?", "g", False, (), person=anna.person)
        store.answers.keep(-5, "What else?", "g", False, (), person=anna.person)
    assert rapporteur("account", "remove", "anna")[0] == 0
    with _store(rapporteur) as store:
        records = store.personal.count(anna.person)
        assert (records.private_answers, records.group_answers, records.subscriptions) == (0, 0, 0)
        assert store.accounts.all() == ()


def test_the_program_reads_a_password_from_a_pipe_and_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom bot.cli import main\ncode = main(['account', 'add', 'anna'])\n"
        "heavy = {'torch', 'faiss', 'aiohttp'} & set(sys.modules)\n"
        "assert not heavy, heavy\nsys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=PASSWORD + "\n",
        capture_output=True,
        text=True,
        check=False,
        env={"RAPPORTEUR_DATA_DIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "The account anna is made.\n", "")
