"""The README says what the program does: its commands, its settings, its example."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from bot.access import account_commands
from bot.cli import build_parser
from bot.documents.librarian import ACTIONS
from bot.settings import PREFIX, Settings

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The names of the commands."""
    actions = build_parser()._actions
    found = next(action for action in actions if isinstance(action, argparse._SubParsersAction))
    return sorted(found.choices)


def test_every_command_is_in_the_table_and_no_other() -> None:
    named = re.findall(r"^\| `rapporteur (\w+)", README, re.MULTILINE)
    assert sorted(named) == commands()


@pytest.mark.parametrize("command", commands())
def test_every_option_of_a_command_in_the_readme_exists(command: str) -> None:
    row = next(line for line in README.split("\n") if line.startswith(f"| `rapporteur {command}"))
    parser = build_parser()
    action = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    known = set(action.choices[command]._option_string_actions)
    assert set(re.findall(r"--[a-z-]+", row)) <= known


def test_every_setting_is_in_the_table_and_no_other() -> None:
    named = re.findall(rf"^\| `({PREFIX}\w+)` \|", README, re.MULTILINE)
    assert sorted(named) == sorted(PREFIX + name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize("name", ["embedding_model", "confidence", "port"])
def test_plain_defaults_are_those_of_the_program(name: str) -> None:
    row = next(line for line in README.split("\n") if line.startswith(f"| `{PREFIX}{name.upper()}` |"))
    assert row.split("|")[2].strip().strip("`") == str(Settings.model_fields[name].default)


def test_the_shell_examples_are_commands_that_parse() -> None:
    examples = re.findall(r"^    rapporteur (.+)$", README, re.MULTILINE)
    parsed = [build_parser().parse_args(shlex.split(line, comments=True)) for line in examples]
    expected = ["ask", "ask", "summary", "verify", "chat", *["account"] * 3, *["library"] * 9]
    expected += [*["backup"] * 2, *["restore"] * 2]
    assert [arguments.command for arguments in parsed] == expected


def test_the_actions_of_the_library_are_all_named_in_its_row() -> None:
    row = next(line for line in README.split("\n") if line.startswith("| `rapporteur library"))
    assert set(re.findall(r"\w+", row)) >= {*ACTIONS, "import"}


def test_the_actions_of_accounts_are_all_named_in_its_row() -> None:
    row = next(line for line in README.split("\n") if line.startswith("| `rapporteur account"))
    assert set(re.findall(r"\w+", row)) >= set(account_commands.ACTIONS)
