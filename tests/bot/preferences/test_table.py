"""What chats have chosen: read from memory, kept over restarts, and carried over to a group's new id."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.preferences.table import Askers, Preferences, QuietHours
from bot.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_choice_is_kept_over_a_restart_and_taken_back(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite3") as store:
        assert store.preferences.of(7) == Preferences()
        assert store.preferences.choose(7, language="kk") == Preferences(language="kk")
        store.preferences.choose(8, language="ar")
        store.preferences.choose(8, language=None)
    with Store.open(tmp_path / "store.sqlite3") as store:
        assert [store.preferences.of(chat).language for chat in (7, 8)] == ["kk", None]


def test_a_group_keeps_its_choices_as_a_supergroup(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite3") as store:
        store.preferences.choose(-7, language="fa")
        store.move_chat(-7, -1007)
        assert [store.preferences.of(chat).language for chat in (-7, -1007)] == [None, "fa"]


def test_what_can_be_chosen_no_longer_is_taken_as_not_chosen(tmp_path: Path) -> None:
    rows = [
        (7, "language", "xx"),
        (7, "quotations", "99"),
        (7, "askers", "cats"),
        (7, "quiet", "noon"),
        (7, "hat", "red"),
    ]
    with Store.open(tmp_path / "store.sqlite3") as store:
        with store.database.writing() as connection:
            connection.executemany("INSERT INTO preferences VALUES (?, ?, ?)", rows)
        store.preferences.read_again()
        assert store.preferences.of(7) == Preferences()


def test_all_choices_are_kept_over_a_restart(tmp_path: Path) -> None:
    chosen = Preferences("ar", Askers.ADMINISTRATORS, 5, QuietHours(22, 7, "Asia/Almaty"))
    with Store.open(tmp_path / "store.sqlite3") as store:
        store.preferences.choose(7, **{name: getattr(chosen, name) for name in Preferences.__slots__})
    with Store.open(tmp_path / "store.sqlite3") as store:
        assert store.preferences.of(7) == chosen


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22-7", QuietHours(22, 7, "UTC")),
        ("22:00–07:00 asia/almaty", QuietHours(22, 7, "Asia/Almaty")),
        ("0-24", None),
        ("7-7", None),
        ("25-3", None),
        ("22-7 Atlantis", None),
        ("", None),
    ],
)
def test_quiet_hours_are_read_as_people_write_them(text: str, hours: QuietHours | None) -> None:
    assert QuietHours.read(text, "UTC") == hours


@pytest.mark.parametrize(
    ("local", "hours_left"),
    [("2026-01-01T21:59", 0), ("2026-01-01T22:00", 9), ("2026-01-02T06:00", 1), ("2026-01-02T07:00", 0)],
)
def test_quiet_hours_go_over_midnight(local: str, hours_left: int) -> None:
    zone = ZoneInfo("Asia/Almaty")
    now = datetime.fromisoformat(local).replace(tzinfo=zone).timestamp()
    assert QuietHours(22, 7, zone.key).seconds_left(now) == 3600 * hours_left


def test_where_the_clocks_change_at_night_the_quiet_hours_do_too() -> None:
    zone = ZoneInfo("Europe/Berlin")
    # The last Sunday of March: 02:00 to 03:00 does not exist.
    now = datetime(2026, 3, 28, 22, tzinfo=zone).timestamp()
    assert QuietHours(22, 7, zone.key).seconds_left(now) == 3600 * 8
    # At the end of October the same hour comes twice.
    now = datetime(2026, 10, 24, 22, tzinfo=zone).timestamp()
    assert QuietHours(22, 7, zone.key).seconds_left(now) == 3600 * 10
