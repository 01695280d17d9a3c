"""The benchmark runs its parts one after another, and ends with the first that fails."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from tests.benchmarks import __main__ as benchmark
from tests.benchmarks import reload

STARTER = str(Path(benchmark.__file__).parent / "starter")


def run(monkeypatch: pytest.MonkeyPatch, failing: str, *arguments: str) -> tuple[int, list[list[str]], list[float]]:
    """The exit code, the modules run with their arguments, and the seconds of reloading."""
    commands: list[list[str]] = []
    seconds: list[float] = []

    def start(command: list[str], *, check: bool) -> SimpleNamespace:
        assert command[:2] == [sys.executable, "-m"]
        assert not check
        commands.append(command[2:])
        return SimpleNamespace(returncode=3 if failing in command else 0)

    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    monkeypatch.setattr("subprocess.run", start)
    with patch.object(reload, "measure_reload", seconds.append):
        return benchmark.main(), commands, seconds


def test_each_set_is_evaluated_and_all_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    code, commands, seconds = run(
        monkeypatch, "-", "one", "two", "--most", "5", "--cache", "kept", "--reload-seconds", "2"
    )
    assert commands == [
        ["bot", "evaluate", STARTER],
        ["bot", "evaluate", "one"],
        ["bot", "evaluate", "two"],
        ["tests.benchmarks.compare", "--most", "5", "--cache", "kept", STARTER, "one", "two"],
        ["tests.benchmarks.summaries"],
    ]
    assert (code, seconds) == (0, [2.0])


def test_what_fails_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    code, commands, seconds = run(monkeypatch, "one", "one", "two")
    assert [command[-1] for command in commands] == [STARTER, "one"]
    assert (code, seconds) == (3, [])
