"""The virtual environments of the systems compared: each its own, with its packages and PyTorch's CPU build.

An environment is made once and used again until what it should hold changes. pip runs with the caller's environment
variables, so that an index or a folder of wheels set there is used.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.peers.programs import BenchmarkError, last_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# The version that the project itself has, so that all compute with the same.
TORCH = "torch==2.13.0"
_FAISS = "faiss-cpu>=1.12,<2"
_ENCODER = "sentence-transformers>=5,<7"
_MADE = "made.json"


class EnvironmentNotMade(BenchmarkError):  # noqa: N818 - named for what it is about
    """A virtual environment cannot be made; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment to be: its name and what pip installs into it beside PyTorch."""

    name: str
    requirements: tuple[str, ...]


ENVIRONMENTS = {
    one.name: one
    for one in (
        Environment("plain", (_ENCODER, _FAISS)),
        Environment("langchain", ("langchain-community>=0.4,<0.5", "langchain-huggingface>=1,<2", _ENCODER, _FAISS)),
        Environment(
            "llamaindex",
            (
                "llama-index-core>=0.14,<0.15",
                "llama-index-embeddings-huggingface>=0.8,<0.9",
                "llama-index-vector-stores-faiss>=0.7,<0.8",
                _FAISS,
            ),
        ),
        Environment("txtai", ("txtai>=9,<10", _FAISS)),
    )
}


def ensure_environment(environment: Environment, folder: Path, torch_index: str | None = None) -> Path:
    """The Python of ``environment`` below ``folder``, which is made first where it is not there as it should be.

    ``torch_index`` is the address of the package index that PyTorch alone is taken from, for its CPU build.

    Raises:
        EnvironmentNotMade: it cannot be made.
    """
    place = folder / environment.name
    python = place / "bin" / "python"
    wanted = [TORCH, *environment.requirements]
    if _made(place) == wanted and python.exists():
        return python
    print(f"Making the environment {environment.name} in {place}, which downloads packages.", file=sys.stderr)
    try:
        if place.exists():
            shutil.rmtree(place)
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentNotMade(
            f"The environment {environment.name} cannot be made in {folder} ({error.strerror})."
        ) from None
    _run(environment.name, [sys.executable, "-m", "venv", str(place)])
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # By itself and first: the rest is then satisfied with the build that it brought.
    _run(environment.name, [*install, TORCH, *(["--index-url", torch_index] if torch_index else [])])
    _run(environment.name, [*install, TORCH, *environment.requirements])
    (place / _MADE).write_text(json.dumps(wanted), encoding="utf-8")
    return python


def _made(place: Path) -> list[str] | None:
    """What was installed, once the installation had ended well."""
    try:
        found = json.loads((place / _MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) else None


def _run(name: str, command: Sequence[str]) -> None:
    try:
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        raise EnvironmentNotMade(f"The environment {name} cannot be made ({error.strerror}).") from None
    if ended.returncode:
        reason = last_line(ended.stderr or ended.stdout) or f"exit code {ended.returncode}"
        raise EnvironmentNotMade(f"The environment {name} cannot be made: {reason}.")
