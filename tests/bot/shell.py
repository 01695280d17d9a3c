"""The command line as tests use it: in this process, with what is slow replaced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.documents import write_documents


class Rapporteur:
    """The command line in this process, with the encoder of the tests and a folder of small documents."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = folder / "data"
        self.documents = folder / "documents"
        self._capsys = capsys
        write_documents(self.documents)

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        self._capsys.readouterr()
        code = main(arguments)
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What a command prints with ``--json``, its exit code being ``code``."""
        got, out, err = self(*arguments, "--json")
        assert got == code, err
        return json.loads(out)

    def fails(self, *arguments: str, code: int = 1) -> str:
        """The one sentence of a command that fails, with nothing on stdout."""
        got, out, err = self(*arguments)
        said = [line for line in err.replace("\r", "\n").split("\n") if line and "%|" not in line]
        assert (got, out) == (code, ""), err
        assert len(said) == 1, err
        return said[0]
