"""A kill in the middle of a backup or a restore leaves what was there before, or what was to be; never a part."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is such a thing, since a disk takes its time to sync so many files."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of an unguessable name is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as name:
        yield Path(name)


def test_whenever_it_is_killed_the_old_or_the_new_is_there_and_the_next_run_leaves_nothing_behind(
    folder: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bot.backup_kills", str(folder), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one for one in found if not one["well"] or one["left"]] == []
    for what, number in (("backup", 8), ("restore", 8), ("store", 8)):
        killed = [one for one in found if one["what"] == what]
        assert len(killed) >= number
        if what != "backup":
            # Some died before the step that counts and some after it.
            assert {one["old"] for one in killed} == {False, True}
