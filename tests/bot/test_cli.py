"""The command line itself: usage in one sentence, and errors mapped to exit codes without a traceback."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import commands
from bot.cli import build_parser, main
from bot.errors import CommandError
from bot.settings import Settings, SettingsError, child_environment
from corpus.database import DatabaseError
from corpus.errors import FolderError, UnreadableFile
from retrieval.errors import IndexBusy, IndexDamaged, QuestionRefused

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {"run", "ask", "chat", "index", "read", "summary", "evaluate", "check"}


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORTEUR_DATA_DIR", str(tmp_path / "data"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["nonsense"], "nonsense"),
        (["ask"], "question"),
        (["ask", "?", "--k", "0"], "--k"),
        (["ask", "?", "--round", "eight"], "--round"),
        (["ask", "?", "--since", "yesterday"], "yesterday"),
        (["ask", "?", "--until", "2018-02-30"], "2018-02-30"),
        (["ask", "?", "--nonsense"], "--nonsense"),
        (["summary"], "ROUND"),
        (["summary", "-1"], "-1"),
        *((["summary", text], repr(text)) for text in ("0", "8.5", "eight and a half", "8 9", "", "Astana", "1000")),
        (["read"], "file"),
        (["evaluate"], "DIR"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert named in err
    assert "--help" in err


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    out = capsys.readouterr().out
    assert caught.value.code == 0
    assert set(out.split()) >= COMMANDS
    assert "3 not in the documents" in out.replace("\n", " ")


def test_every_command_has_a_parser_and_what_it_does() -> None:
    assert set(commands.COMMANDS) >= COMMANDS


def test_arguments_of_a_question() -> None:
    parsed = build_parser().parse_args(
        ["ask", "What?", "--json", "--k", "5", "--since", "2018", "--after", "one", "--after", "two"]
    )
    assert (parsed.question, parsed.json, parsed.k, parsed.since) == ("What?", True, 5, "2018")
    assert parsed.after == ["one", "two"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("The setting is wrong."), 2),
        (QuestionRefused("The question has no words."), 2),
        (FolderError(Path("/nowhere"), "there is none."), 2),
        (UnreadableFile(Path("a.pdf"), "is damaged."), 1),
        (IndexDamaged("The index is damaged."), 1),
        (IndexBusy("Another process is indexing."), 1),
        (DatabaseError("The store cannot be used."), 1),
        (CommandError("It cannot be done."), 1),
    ],
)
def test_an_error_is_its_sentence_on_stderr_and_its_exit_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: argparse.Namespace, settings: Settings) -> int:
        raise error

    monkeypatch.setitem(commands.COMMANDS, "index", fail)
    assert main(["index"]) == code
    assert capsys.readouterr() == ("", f"{error}\n")


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(arguments: argparse.Namespace, settings: Settings) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(commands.COMMANDS, "index", interrupt)
    assert main(["index"]) == 1
    assert capsys.readouterr().err == "Stopped.\n"


@pytest.mark.parametrize(("command", "code"), [("index", 2), ("check", 1)])
def test_a_wrong_setting_is_a_usage_error_and_for_check_a_finding(
    command: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORTEUR_PORT", "many")
    assert main([command]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("The setting RAPPORTEUR_PORT is wrong: ")
    assert err.count("\n") == 1


def test_what_a_command_makes_is_for_its_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(arguments: argparse.Namespace, settings: Settings) -> int:
        (settings.data_dir / "made").mkdir()
        (settings.data_dir / "made" / "file").write_text("one", encoding="utf-8")
        # So do the processes that it starts, whichever they are.
        script = f"open({str(settings.data_dir / 'made' / 'by a child')!r}, 'w').close()"
        return subprocess.run([sys.executable, "-S", "-c", script], check=False).returncode

    monkeypatch.setitem(commands.COMMANDS, "index", write)
    os.umask(0)
    assert main(["index"]) == 0
    made = tmp_path / "data" / "made"
    assert [path.stat().st_mode & 0o777 for path in (made, made / "file", made / "by a child")] == [
        0o700,
        0o600,
        0o600,
    ]


def test_no_command_lets_a_library_report_to_its_makers(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, str | None] = {}
    names = ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK")

    def look(arguments: argparse.Namespace, settings: Settings) -> int:
        child = child_environment(settings)
        told.update({name: child.get(name) if os.environ.get(name) == "1" else None for name in names})
        return 0

    for name in names:
        monkeypatch.setenv(name, "0")
    monkeypatch.setitem(commands.COMMANDS, "index", look)
    assert main(["index"]) == 0
    assert told == dict.fromkeys(names, "1")


def test_the_module_runs_as_a_program_and_imports_nothing_heavy_for_its_help(tmp_path: Path) -> None:
    script = (
        "import sys, runpy; sys.argv = ['rapporteur', 'ask', '--help']\n"
        "try: runpy.run_module('bot', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "heavy = {'torch', 'faiss', 'numpy', 'telegram', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: rapporteur ask" in done.stdout
