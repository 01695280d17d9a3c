"""No setting of the machine reaches a test, and a world with two people for those that need one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.local.world import World
from tests.bot.harness import TOKEN

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take the machine's settings away, and any ``.env`` of the working directory."""
    for name in os.environ:
        if name.startswith("RAPPORTEUR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def telegram() -> World:
    """A Telegram with one bot and nobody else."""
    return World(TOKEN)
