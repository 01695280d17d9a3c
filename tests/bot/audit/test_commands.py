"""``rapporteur audit``, and what ``rapporteur check`` says of the log."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from bot.audit.entries import Entry, Kind
from bot.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from bot.audit.entries import Body
    from tests.bot.shell import Rapporteur

YEAR_2026 = 1_767_225_600.0
DAY = 24 * 3600.0


def _write(path: Path, count: int = 3, now: float = YEAR_2026) -> list[str]:
    """Entries, one a day, and their chain hashes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        with Store.open(path, lambda at=now + number * DAY: at) as store:  # type: ignore[misc]
            body: Body = {"person": 7, "text": f"«Кто?» {number}", "thread": None, "filters": {"round": 8}}
            store.audit.note(Entry(Kind.QUESTION, f"question:{number}", body))
    with Store.open(path) as store:
        return [entry.chain for entry in store.audit.entries()]


@pytest.fixture
def path(rapporteur: Rapporteur) -> Path:
    return rapporteur.data / "store.sqlite3"


def _spoil(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET at = at + 1 WHERE number = 2")


def _sound(lines: list[dict[str, Any]]) -> bool:
    """What somebody else can compute from an export with nothing but JSON and SHA-256."""

    def digest(value: bytes) -> str:
        return hashlib.sha256(value).hexdigest()

    def text(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    previous = lines[0]["previous"]
    for line in lines:
        if line["body"] is not None and line["digest"] != digest(bytes.fromhex(line["salt"]) + text(line["body"])):
            return False
        held = ["rapporteur audit 1", previous, *(line[name] for name in ("number", "at", "key", "kind", "digest"))]
        if line["previous"] != previous or line["chain"] != digest(text(held)):
            return False
        previous = line["chain"]
    return True


def test_a_sound_log_is_said_to_be_so_with_its_head(rapporteur: Rapporteur, path: Path) -> None:
    chains = _write(path)
    assert rapporteur("audit", "verify") == (0, f"The audit log is sound: 3 entries.\nHead: {chains[2]} at 3\n", "")


def test_a_head_that_was_noted_proves_what_was_before_it(rapporteur: Rapporteur, path: Path) -> None:
    noted = _write(path, 2)[-1]
    _write(path, 4)
    for at in ([], ["--at", "2"]):
        code, out, _ = rapporteur("audit", "verify", "--expect", noted.upper(), *at)
        assert code == 0
        assert out.split("\n")[2] == "Nothing up to entry 2, which was noted, has been changed or cut off."
    assert rapporteur.fails("audit", "verify", "--expect", noted, "--at", "3").startswith("Entry 3 of the audit log")
    assert "cut off" in rapporteur.fails("audit", "verify", "--expect", "0" * 63 + "1", "--at", "9")


def test_a_log_that_was_changed_fails_with_the_first_wrong_entry(rapporteur: Rapporteur, path: Path) -> None:
    _write(path)
    _spoil(path)
    assert rapporteur.fails("audit", "verify") == (
        "Entry 2 of the audit log is not what was written: it does not follow from the one before it."
    )


@pytest.mark.parametrize("arguments", [["--at", "2"], ["--expect", "abc"], ["--expect", "g" * 64], ["--expect", ""]])
def test_what_was_noted_is_a_hash_and_maybe_a_number(arguments: list[str], rapporteur: Rapporteur, path: Path) -> None:
    _write(path)
    assert rapporteur.fails("audit", "verify", *arguments, code=2).endswith(".")


@pytest.mark.parametrize("action", ["verify", "export"])
def test_where_there_is_no_log_that_is_said_and_none_is_made(action: str, rapporteur: Rapporteur, path: Path) -> None:
    assert rapporteur.fails("audit", action).startswith(f"There is no audit log yet: {path} is made when")
    assert not path.exists()


def test_what_is_exported_can_be_checked_by_others(rapporteur: Rapporteur, path: Path) -> None:
    chains = _write(path, 4)
    with Store.open(path, lambda: YEAR_2026 + 3.5 * DAY) as store:
        store.audit.keep_for(3)
    code, out, _ = rapporteur("audit", "export", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["chain"] for line in lines[:4]] == chains
    assert lines[0]["previous"] == "0" * 64
    assert [line["body"] is None for line in lines] == [True, False, False, False, False]
    assert (lines[1]["time"], lines[1]["body"]["text"]) == ("2026-01-02T00:00:00.000Z", "«Кто?» 1")
    assert _sound(lines)
    lines[2]["body"]["text"] = "«Кто?» 3"
    assert not _sound(lines)


def test_a_part_of_the_log_follows_from_what_was_before_it(rapporteur: Rapporteur, path: Path) -> None:
    chains = _write(path, 3)
    for since, numbers in (("2026-01-02", [2, 3]), ("2026-01", [1, 2, 3]), ("2027", [])):
        _, out, _ = rapporteur("audit", "export", "--since", since, "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        assert [line["number"] for line in lines] == numbers
        assert not lines or _sound(lines)
    _, out, _ = rapporteur("audit", "export", "--since", "2026-01-02", "--json")
    assert json.loads(out.splitlines()[0])["previous"] == chains[0]


def test_the_log_is_printed_for_people(rapporteur: Rapporteur, path: Path) -> None:
    _write(path, 1)
    with Store.open(path, lambda: YEAR_2026 + 2 * DAY) as store:
        store.audit.keep_for(1)
    _, out, _ = rapporteur("audit", "export")
    assert out.splitlines() == [
        "       1  2026-01-01T00:00:00.000Z  question  (emptied)",
        '       2  2026-01-03T00:00:00.000Z  erased    {"reason":"age","until":1}',
    ]


def test_the_log_of_the_bot_without_telegram_is_another(rapporteur: Rapporteur, path: Path) -> None:
    _write(path, 2)
    _write(rapporteur.data / "local.sqlite3", 1)
    assert [rapporteur("audit", "verify", *where)[1].split("\n")[0] for where in ([], ["--local"])] == [
        "The audit log is sound: 2 entries.",
        "The audit log is sound: 1 entries.",
    ]
    assert len(rapporteur("audit", "export", "--local")[1].splitlines()) == 1


def test_the_log_is_looked_at_while_a_bot_writes(rapporteur: Rapporteur, path: Path) -> None:
    _write(path, 2)
    with Store.open(path) as store, store.database.writing() as connection:
        store.audit.append(connection, Entry(Kind.LIMIT, "limit:1", {}))
        code, out, _ = rapporteur("audit", "verify")
    assert (code, out.split("\n")[0]) == (0, "The audit log is sound: 2 entries.")


def test_check_says_how_the_log_is(rapporteur: Rapporteur, path: Path) -> None:
    rapporteur.json("index")
    chains = _write(path, 2)
    local = _write(rapporteur.data / "local.sqlite3", 1)

    def finding(code: int) -> tuple[bool, str]:
        found = {one["subject"]: one for one in rapporteur.json("check", code=code)["findings"]}
        return found["audit log"]["well"], found["audit log"]["reason"]

    assert finding(0) == (
        True,
        f"2 entries, each as it was written; head {chains[1]}; "
        f"1 entries without Telegram, each as it was written; head {local[0]}",
    )
    _spoil(path)
    well, reason = finding(1)
    assert not well
    assert reason.startswith("Entry 2 of the audit log is not what was written")
