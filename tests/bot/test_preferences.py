"""What chats have chosen: read from memory, kept over restarts, and carried over to a group's new id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.preferences import Preferences
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
