"""The store is copied once a day, and the last good copy takes its place where it is damaged."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from bot.backup.data_lock import CHAT, RUN, DataInUseError, hold
from bot.backup.store_copies import copies_of, copy_store, day_of, expect_sound_store, forget_copies, restore_store
from bot.clock import ManualClock
from bot.errors import CommandError
from bot.outbox.outgoing import State
from bot.store import Store
from corpus.database import DatabaseError
from tests.bot.backups import NOW, waiting
from tests.bot.harness import make_settings, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.local.world import World
    from tests.bot.shell import Rapporteur
    from tests.conftest import Indexed

DAY = 24 * 3600.0
SECRET = "who met whom at the border"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a store that remembers a little."""
    path = tmp_path / "store.sqlite3"
    with Store.open(path) as store:
        store.keep_updates(dict.fromkeys(range(50), SECRET))
    return path


def damage(file: Path) -> None:
    """Spoil a page in the middle of a database, and leave it without a log."""
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xa5" * (4096 * 3)
    file.write_bytes(content)


def days(file: Path) -> list[str]:
    """The days of the copies, newest first."""
    return [day_of(copy) for copy in copies_of(file)]


def updates(file: Path) -> int:
    """How many updates a store has."""
    with Store.open(file) as store, store.database.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM updates").fetchone()[0])


def test_the_last_three_days_are_kept_and_nobody_else_may_read_them(file: Path) -> None:
    for day in range(5):
        copy_store(file, NOW + day * DAY)
        copy_store(file, NOW + day * DAY + 3600)
    assert days(file) == ["2026-01-05", "2026-01-04", "2026-01-03"]
    assert {stat.S_IMODE(copy.stat().st_mode) for copy in copies_of(file)} == {0o600}
    assert sorted(path.name for path in (file.parent / "copies").iterdir()) == [
        f"store-{day}.sqlite3" for day in sorted(days(file))
    ]


def test_the_copies_of_two_stores_do_not_get_in_each_others_way(file: Path) -> None:
    other = file.with_name("local.sqlite3")
    shutil.copy(file, other)
    for day in range(4):
        copy_store(file, NOW + day * DAY)
        copy_store(other, NOW + day * DAY)
    assert len(copies_of(file)) == len(copies_of(other)) == 3


def test_a_damaged_store_is_not_copied_and_the_copies_of_before_stay(file: Path) -> None:
    copy_store(file, NOW)
    damage(file)
    with pytest.raises(DatabaseError, match=r"damaged|malformed"):
        copy_store(file, NOW + DAY)
    assert days(file) == ["2026-01-01"]
    with pytest.raises(CommandError) as said:
        expect_sound_store(file)
    copy = copies_of(file)[0]
    assert f"goes back to its last good copy, of 2026-01-01 ({copy})" in str(said.value)
    assert "may be sent again or be lost." in str(said.value) and "\n" not in str(said.value)


@pytest.mark.parametrize("content", [b"", b"no database", bytes(5000)])
def test_a_store_that_is_none_any_more_is_damaged(file: Path, content: bytes) -> None:
    copy_store(file, NOW)
    file.write_bytes(content)
    with pytest.raises(CommandError, match=r"is damaged .*`rapporteur restore --store`"):
        expect_sound_store(file)
    restore_store(file, NOW + DAY)
    assert updates(file) == 50


def test_without_a_good_copy_it_is_said_what_else_there_is(file: Path) -> None:
    copy_store(file, NOW)
    damage(copies_of(file)[0])
    damage(file)
    with pytest.raises(CommandError, match="there is no good copy of it: restore a backup, or move it away"):
        expect_sound_store(file)
    with pytest.raises(CommandError, match="There is no good copy of the store"):
        restore_store(file, NOW)
    assert not [path for path in file.parent.iterdir() if "before" in path.name]


def test_a_store_that_there_is_not_or_that_is_newer_is_not_called_damaged(file: Path) -> None:
    expect_sound_store(file.with_name("none.sqlite3"))
    assert not file.with_name("none.sqlite3").exists()
    expect_sound_store(file)
    with Store.open(file) as store, store.database.writing() as connection:
        connection.execute("INSERT INTO migrations VALUES ('9999-future')")
    with pytest.raises(CommandError, match=r"newer version of this program; use that version\.$"):
        expect_sound_store(file)


def test_the_newest_good_copy_takes_its_place_and_what_it_would_send_is_unclear(file: Path) -> None:
    with Store.open(file) as store, store.database.writing() as connection:
        store.outbox.put(connection, waiting(0, 1))
    copy_store(file, NOW)
    copy_store(file, NOW + DAY)
    damage(copies_of(file)[0])
    damage(file)
    spoilt = file.read_bytes()
    copy, aside, doubtful = restore_store(file, NOW + 2 * DAY)
    assert (day_of(copy), doubtful) == ("2026-01-01", 2)
    assert aside == file.with_name("store.sqlite3.before-20260103T000000Z")
    assert aside is not None and aside.read_bytes() == spoilt
    with Store.open(file) as store:
        assert [row.state for row in store.outbox.unclear()] == [State.UNCLEAR] * 2
        assert store.open_updates() == ()
    expect_sound_store(file)
    # The copy itself is as it was.
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize("is_damaged", [False, True])
def test_the_log_of_the_store_of_before_does_not_get_into_the_copy(file: Path, is_damaged: bool) -> None:
    copy_store(file, NOW)
    log = file.with_name("store.sqlite3-wal")
    with Store.open(file) as store:
        store.keep_updates(dict.fromkeys(range(100, 150), "later"))
        left = [(path, path.read_bytes()) for path in (file, log)]
    # As a kill leaves it.
    for path, content in left:
        path.write_bytes(content)
    if is_damaged:
        file.write_bytes(b"no database")
    _, aside, _ = restore_store(file, NOW + DAY)
    assert aside is not None and updates(file) == 50
    if is_damaged:
        assert aside.read_bytes() == b"no database"
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == left[1][1]
    else:
        assert updates(aside) == 100


def test_what_is_forgotten_is_in_no_copy(file: Path) -> None:
    with Store.open(file) as store:
        forget_copies(store.database)
        assert copies_of(file) == []
        for day in range(3):
            copy_store(file, NOW + day * DAY)
        for number in range(50):
            store.finish_update(number)
        assert any(SECRET.encode() in copy.read_bytes() for copy in copies_of(file))
        store.personal.forget(7)
        assert len(copies_of(file)) == 1
        assert not any(SECRET.encode() in path.read_bytes() for path in file.parent.rglob("*") if path.is_file())
        assert days(file)[0] > "2026-01-03"


async def until(wanted: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    async with asyncio.timeout(15):
        while not wanted():
            await asyncio.sleep(0.005)


async def test_a_running_bot_copies_its_store_at_the_start_and_once_a_day(
    telegram: World, own_index: Indexed, caplog: pytest.LogCaptureFixture
) -> None:
    clock, file = ManualClock(), own_index.data / "store.sqlite3"
    settings = make_settings(own_index.data, own_index.documents)
    async with running(telegram, settings, own_index.engine(), own_index, clock=clock) as bot:
        await until(lambda: days(file) == ["2026-01-01"])
        clock.advance(DAY / 2)
        await bot.ask(telegram.add_user("Anna"), "/help")
        assert days(file) == ["2026-01-01"]
        clock.advance(DAY / 2)
        await until(lambda: days(file) == ["2026-01-02", "2026-01-01"])
    assert [record for record in caplog.records if "copied" in record.message] == []
    assert not list((own_index.data / "copies").glob(".*"))


# The command line.


def test_a_bot_does_not_start_on_a_damaged_store_and_says_how_to_go_back(
    rapporteur: Rapporteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "0")
    assert rapporteur("run", "--once")[0] == 0
    file = rapporteur.data / "local.sqlite3"
    assert len(days(file)) == 1
    damage(file)
    said = rapporteur.fails("run", "--once")
    assert said.startswith(f"The store {file} is damaged (") and "`rapporteur restore --store`" in said
    code, out, _ = rapporteur("restore", "--store")
    assert code == 0
    assert out.startswith(f"{file} is the copy of {days(file)[0]} now.\nThe file of before is {file}.before-")
    assert out.endswith("a message may be sent again, or be lost.\n")
    assert rapporteur("run", "--once")[0] == 0


def test_one_bot_runs_on_a_data_directory(rapporteur: Rapporteur) -> None:
    rapporteur.data.mkdir(parents=True)
    with hold(rapporteur.data, RUN):
        assert rapporteur.fails("run", "--once") == (
            f"A bot runs on the data directory {rapporteur.data}; stop it first, or set RAPPORTEUR_DATA_DIR to another."
        )
        assert rapporteur.fails("restore", "--store").startswith("A bot runs on the data directory")
    with hold(rapporteur.data, CHAT, shared=True), hold(rapporteur.data, CHAT, shared=True):
        assert rapporteur.fails("restore", "--store").startswith("`rapporteur chat` runs on the data directory")
        with pytest.raises(DataInUseError), hold(rapporteur.data, CHAT):
            pass


def test_check_says_when_the_store_was_copied_last(rapporteur: Rapporteur) -> None:
    rapporteur("index")
    rapporteur("ask", "Who took part?")
    shutil.copy(rapporteur.data / "store.sqlite3", rapporteur.data / "local.sqlite3")
    copy_store(rapporteur.data / "local.sqlite3", NOW)
    found = {one["subject"]: one["reason"] for one in rapporteur.json("check")["findings"]}
    assert found["store"].endswith("is sound; local.sqlite3 was last copied on 2026-01-01")
