"""One at a time makes what is beside a folder, whichever process it is in and however it ends."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from corpus.durable import MakingBusy, making

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from corpus.durable import MakingBusy, making

with making(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def is_held(folder: Path) -> bool:
    """Whether anybody is making something in ``folder``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def test_it_is_held_within_and_let_go_after(tmp_path: Path) -> None:
    with making(tmp_path / "model"):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_it_is_let_go_where_the_making_fails(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"), making(tmp_path / "model"):
        raise OSError(28, "No space left on device")
    assert not is_held(tmp_path)


def test_of_several_threads_one_makes_and_the_others_find_it_made(tmp_path: Path) -> None:
    made: list[int] = []

    def make(number: int) -> bool:
        with making(tmp_path / "model"):
            is_there = (tmp_path / "model").exists()
            if not is_there:
                os.sched_yield()
                (tmp_path / "model").mkdir()
                made.append(number)
            return is_there

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(make, range(8))) == [False] + [True] * 7
    assert len(made) == 1


@pytest.mark.parametrize("is_killed", [False, True])
def test_another_process_waits_until_the_first_is_done_or_dead(tmp_path: Path, is_killed: bool) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "model")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert is_held(tmp_path)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(_entered, tmp_path / "another")
            if is_killed:
                other.kill()
            else:
                assert not waiting.done()
                other.stdin.close()
            assert waiting.result(60)
    assert not is_held(tmp_path)


def _entered(folder: Path) -> bool:
    with making(folder):
        return is_held(folder.parent)


def test_the_folder_above_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), making(tmp_path / "none" / "model"):
        raise AssertionError("there is nothing to hold")


def test_whoever_waits_too_long_is_told_for_what(tmp_path: Path) -> None:
    with making(tmp_path / "model"), ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(_entered_within, tmp_path / "another", 0.0)
        with pytest.raises(MakingBusy, match=f"making something in {tmp_path} for too long"):
            waiting.result(60)
    assert not is_held(tmp_path)


def _entered_within(folder: Path, seconds: float) -> bool:
    with making(folder, seconds=seconds):
        return is_held(folder.parent)
