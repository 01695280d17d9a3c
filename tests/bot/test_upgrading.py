"""Starting on what another version left: every earlier store is brought up to date, and what is newer is refused."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from bot.migrations import MIGRATIONS
from corpus.database import copies_before
from corpus.library_schema import MIGRATIONS as LIBRARY_MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.shell import Rapporteur

NEWER = "was written by a newer version of this program; use that version."
# What a column may hold where its type does not say it.
VALUES: dict[str, Any] = {
    "state": "sent",
    "body": "",
    "kind": "notice",
    "stage": "dropped",
    "when": "arrival",
    "zone": "UTC",
    "verdict": "good",
    "buttons": "[]",
    "filters": "{}",
    "lifted": "[]",
    "after": "[]",
    "citations": "[]",
    "rounds": "[]",
    "language": "ru",
    "due": None,
    "quotation": None,
    "process": None,
    "topic": None,
    "name": "language",
    "value": "ru",
}
OF_TABLES = {("updates", "state"): "done", ("releases", "due"): 0.0, ("outbox", "due"): 0.0}
BY_TYPE: dict[str, Any] = {"INTEGER": 1, "REAL": 1.0, "TEXT": "x", "BLOB": b"x"}
# Later tables are filled by the tests of what they are for.
FILLED = 18


def make_store(path: Path, count: int) -> dict[str, int]:
    """A store of the first ``count`` migrations with a row in each of its tables; the rows of each table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY) STRICT")
        for number, (name, script) in enumerate(MIGRATIONS[:count], start=1):
            connection.executescript(f"BEGIN; {script} COMMIT;")
            connection.execute("INSERT INTO migrations VALUES (?)", (name,))
            if number == min(count, FILLED):
                fill(connection)
        return rows(connection)


def fill(connection: sqlite3.Connection) -> None:
    """A row for each table."""
    for table in tables(connection):
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        values = [OF_TABLES.get((table, name), VALUES.get(name, BY_TYPE[kind])) for _, name, kind, *_ in columns]
        marks = ", ".join("?" * len(values))
        connection.execute(f'INSERT INTO "{table}" VALUES ({marks})', values)  # noqa: S608 - the names are our own


def tables(connection: sqlite3.Connection) -> list[str]:
    """The names of the tables, but for that of the migrations."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted({name for (name,) in found} - {"migrations"})


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    counted = {name: f'SELECT count(*) FROM "{name}"' for name in tables(connection)}  # noqa: S608 - our own words
    return {name: connection.execute(count).fetchone()[0] for name, count in counted.items()}


def look(path: Path) -> tuple[list[str], dict[str, int]]:
    """The migrations that a file has, and the rows of its tables."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM migrations ORDER BY name")]
        return names, rows(connection)


def finding(rapporteur: Rapporteur, subject: str, code: int) -> tuple[bool, str]:
    """Whether ``check`` finds a subject well, and why."""
    found = {one["subject"]: one for one in rapporteur.json("check", code=code)["findings"]}
    return found[subject]["well"], found[subject]["reason"]


@pytest.mark.parametrize("count", range(1, len(MIGRATIONS)))
def test_a_store_of_every_earlier_version_is_brought_up_to_date_with_its_rows(
    rapporteur: Rapporteur, count: int
) -> None:
    path = rapporteur.data / "store.sqlite3"
    before = make_store(path, count)
    assert finding(rapporteur, "store", 1)[0]
    names, after = look(path)
    assert names == [name for name, _ in MIGRATIONS]
    assert {table: after[table] for table in before.keys() & after.keys()} == {
        table: before[table] for table in before.keys() & after.keys()
    }
    (copy,) = copies_before(path)
    assert copy.name == f"store.sqlite3.before-{MIGRATIONS[count][0]}"
    assert look(copy) == ([name for name, _ in MIGRATIONS[:count]], before)


@pytest.mark.parametrize("count", [1, 10, FILLED])
def test_the_bot_starts_on_a_store_of_an_earlier_version(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    make_store(rapporteur.data / "local.sqlite3", count)
    code, out, err = rapporteur("run", "--once")
    assert code == 0, err
    assert "The local chat is at" in out
    names, after = look(rapporteur.data / "local.sqlite3")
    assert names == [name for name, _ in MIGRATIONS]
    assert after["updates"] >= 2


def add_migration(path: Path) -> None:
    """Let a database be of a version to come."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999-what-nobody-knows-yet')")


def test_a_newer_store_is_refused_and_left_as_it_is(rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    rapporteur.json("index")
    for name in ("store.sqlite3", "local.sqlite3"):
        make_store(rapporteur.data / name, len(MIGRATIONS))
        add_migration(rapporteur.data / name)
    before = look(rapporteur.data / "local.sqlite3")
    well, reason = finding(rapporteur, "store", 1)
    assert (well, reason) == (False, f"The store {rapporteur.data / 'store.sqlite3'} {NEWER}")
    code, _, err = rapporteur("run", "--once")
    assert (code, err.strip().split("\n")[-1]) == (1, f"The store {rapporteur.data / 'local.sqlite3'} {NEWER}")
    assert look(rapporteur.data / "local.sqlite3") == before
    assert copies_before(rapporteur.data / "local.sqlite3") == []


def test_a_newer_library_is_refused_and_an_earlier_one_brought_up_to_date(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    path = rapporteur.data / "library" / "library.sqlite3"
    path.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY) STRICT")
        name, script = LIBRARY_MIGRATIONS[0]
        connection.executescript(script)
        connection.execute("INSERT INTO migrations VALUES (?)", (name,))
    rapporteur.json("index")
    assert look(path)[0] == [name for name, _ in LIBRARY_MIGRATIONS]
    expected = [f"library.sqlite3.before-{name}" for name, _ in LIBRARY_MIGRATIONS[1:2]]
    assert [copy.name for copy in copies_before(path)] == expected
    add_migration(path)
    assert finding(rapporteur, "library", 1) == (False, f"The library {path} {NEWER}")
    code, _, err = rapporteur("run", "--once")
    assert (code, err.strip().split("\n")[-1]) == (1, f"The library {path} {NEWER}")


def test_an_index_of_a_later_version_is_refused_and_one_of_an_earlier_version_is_built_anew(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    rapporteur.json("index")
    manifest = rapporteur.data / "index" / "current.json"
    written = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**written, "format": written["format"] + 1}))
    said = "The index was made by a later version of this program"
    well, reason = finding(rapporteur, "index", 1)
    assert not well
    assert reason.startswith(said)
    code, _, err = rapporteur("run", "--once")
    assert code == 1
    assert err.strip().split("\n")[-1].startswith(said)
    assert json.loads(manifest.read_text())["format"] == written["format"] + 1
    manifest.write_text(json.dumps({**written, "format": written["format"] - 1}))
    code, out, err = rapporteur("run", "--once")
    assert code == 0, err
    assert "The local chat is at" in out
    assert json.loads(manifest.read_text())["id"] == written["id"]
