"""What the driver and the programs of the systems say to each other: JSON objects, a line each, on stdin and stdout.

The driver writes ``{"do": COMMAND, ...arguments}`` and reads ``{"done": ...}`` or ``{"failed": "a sentence"}``. This
module is imported in environments that hold nothing of this project, so it needs the standard library alone.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

QUERY_PROMPT, PASSAGE_PROMPT = "query: ", "passage: "
BATCH = 32
_COMMANDS = ("index", "fill", "open", "ask", "encode", "count_tokens", "versions")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as every system is given it; ``text`` is what is encoded."""

    id: str
    document: str
    text: str


class Peer(Protocol):
    """A system over passages; it is made with the folder of the encoder."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions whose versions belong to its results."""

    def index(self, passages: list[Passage], folder: str) -> None:
        """Encode ``passages`` in the system's usual way and save an index of them in ``folder``."""

    def fill(self, passages: list[Passage], vectors: str, folder: str) -> None:
        """Save the index that ``index`` would, of vectors that are known: an .npy file, float32, a row a passage."""

    def open(self, folder: str) -> None:
        """Load the index in ``folder``."""

    def ask(self, text: str, count: int) -> list[tuple[str, str]]:
        """The ids and texts of the ``count`` passages nearest to a question, best first."""


def write_passages(passages: Iterable[Passage], path: Path) -> None:
    """Write a passage a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(asdict(passage), ensure_ascii=False) + "\n" for passage in passages)


def read_passages(path: str | Path) -> list[Passage]:
    """Read what ``write_passages`` wrote."""
    with Path(path).open(encoding="utf-8") as file:
        return [Passage(**json.loads(line)) for line in file]


def run_peer(make: Callable[[str], Peer]) -> int:
    """The whole program of a system: answer one question and end, or do what the driver says until it says no more.

    ``make`` is given the folder of the encoder.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, metavar="FOLDER", help="the Sentence Transformers folder")
    parser.add_argument("--once", metavar="TEXT", help="answer this question from --index, and end")
    parser.add_argument("--index", metavar="FOLDER", help="where the index for --once is")
    parser.add_argument("--count", type=int, default=5, metavar="N", help="how many passages --once finds")
    arguments = parser.parse_args()
    channel = answers()
    peer = make(arguments.model)
    if arguments.once is not None:
        peer.open(arguments.index)
        _say(channel, {"done": peer.ask(arguments.once, arguments.count)})
        return 0
    serve(peer, channel)
    return 0


def serve(peer: Any, channel: TextIO) -> None:
    """Do one command after another until stdin ends; a command is a method of ``peer``, or "versions".

    ``passages``, where a command has it, is the file that they are read from.
    """
    _say(channel, {"done": "ready"})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            _say(channel, {"done": _do(peer, request.pop("do"), request)})
        except Exception as error:
            # Whatever a system raises is its failure, and is told to the driver.
            _say(channel, {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"})


def _do(peer: Any, command: str, arguments: dict[str, Any]) -> Any:
    if command == "versions":
        return versions(peer.packages)
    if command not in _COMMANDS or not hasattr(peer, command):
        raise ValueError(f"there is no command {command!r} here")
    if "passages" in arguments:
        arguments["passages"] = read_passages(arguments["passages"])
    return getattr(peer, command)(**arguments)


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The installed version of each package."""
    return {name: importlib.metadata.version(name) for name in packages}


def answers() -> TextIO:
    """The stdout that the driver reads; what libraries print from now on goes to stderr."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _say(channel: TextIO, reply: dict[str, Any]) -> None:
    channel.write(json.dumps(reply, ensure_ascii=False) + "\n")
    channel.flush()
