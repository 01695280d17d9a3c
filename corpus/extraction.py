"""Reading files that are not trusted: each in a process of its own, with limits of memory and time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, BinaryIO, Self, cast

from corpus import unpacked, wire
from corpus.document import Document, Extraction
from corpus.errors import CorpusError, UnreadableFile
from corpus.extraction_server import DONE, REFUSED
from corpus.reading import Holder, Reading, document
from corpus.unpacked import Unpacked

SECONDS = 60.0
MEMORY = 1_500_000_000
_CLOSING_SECONDS = 5.0
_NO_ANSWER = "the process that reads files gave no usable answer; load it again."


class ExtractorError(CorpusError):
    """The server process that files are read from cannot be started."""


class Extractor:
    """Reads files one after another in limited processes; use it as a context manager, from any thread.

    ``seconds`` is what one file may take and ``memory`` its address space in bytes. The server process behind it
    starts with the first file, is started again should it die, and is gone when the context ends.
    """

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._server: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def extract(self, path: Path) -> Extraction:
        """Return what a reader makes of one file; raises ``UnreadableFile``."""
        return self.read(path).extraction

    def load(self, path: Path, id: str) -> Document:
        """Return one file as the document ``id``; raises ``UnreadableFile``."""
        return document(self.read(path), path, id)

    def read(
        self,
        path: Path,
        root: Path | None = None,
        corrections: Mapping[str, str] = MappingProxyType({}),
        holders: Sequence[Holder] = (),
    ) -> Reading:
        """Return the hash of a file's bytes and what those bytes hold, warnings included; raises ``UnreadableFile``.

        ``root``, ``corrections`` and ``holders`` are those of ``corpus.reading.read_file``.
        """
        content = self._do(
            "read",
            path,
            root=str(root.absolute()) if root else None,
            corrections=dict(corrections),
            holders=[wire.holder_to_json(holder) for holder in holders],
        )
        try:
            return wire.load(json.loads(content))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFile(path, _NO_ANSWER) from error

    def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
        """Write the files that a container holds below ``folder``, which appears whole or not at all.

        A file that holds no others gives an empty folder. Raises ``UnreadableFile``, also where the file's SHA-256 (in
        hexadecimal) is not ``sha256`` any longer.
        """
        content = self._do("unpack", path, sha256=sha256)
        try:
            return unpacked.write(content, folder)
        except ValueError as error:
            raise UnreadableFile(path, _NO_ANSWER) from error
        except OSError as error:
            raise UnreadableFile(path, f"what is in it cannot be written ({error.strerror}); make room.") from error

    def close(self) -> None:
        """End the server process and whatever it is reading. Reading again after this starts a new one."""
        server, self._server = self._server, None
        if server is None:
            return
        with contextlib.suppress(OSError):
            _stream(server.stdin).close()
        try:
            server.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            # Its process group is its own and its children's.
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        _stream(server.stdout).close()

    def _do(self, task: str, path: Path, **arguments: Any) -> bytes:
        """Have one of ``corpus.tasks.TASKS`` done with a file and return what it gave; raises ``UnreadableFile``."""
        request = {"task": task, "path": str(path.absolute()), **arguments}
        with self._lock:
            answer = self._ask(json.dumps(request).encode("ascii"))
        if answer is None:
            raise UnreadableFile(path, "the process that reads files stopped while reading it; load it again.")
        if answer.startswith(REFUSED):
            raise UnreadableFile(path, answer.removeprefix(REFUSED).decode("utf-8", "replace"))
        if not answer.startswith(DONE):
            raise UnreadableFile(path, _NO_ANSWER)
        return answer.removeprefix(DONE)

    def _ask(self, request: bytes) -> bytes | None:
        server = self._server or self._start()
        try:
            wire.send(_stream(server.stdin), request)
            answer = wire.receive(_stream(server.stdout))
        except OSError:
            answer = None
        except BaseException:
            # Interrupted between question and answer: the next answer would be this one's.
            self.close()
            raise
        if answer is None:
            self.close()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "corpus.extraction_server", str(self._seconds), str(self._memory)]
        self._server = server = subprocess.Popen(  # noqa: S603 - no shell, and nothing in it comes from a file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            process_group=0,
        )
        if wire.receive(_stream(server.stdout)) != b"ready":
            self.close()
            raise ExtractorError(
                "the process that reads files does not start; reinstall rapporteur and its dependencies."
            )
        return server


def _environment() -> dict[str, str]:
    """Return the server's whole environment: the caller's, with its secrets, is not for a process that parses files."""
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path),
        "LC_ALL": "C.UTF-8",
        # Each thread of a numeric library would take its share of the address space.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _stream(stream: IO[bytes] | None) -> BinaryIO:
    return cast("BinaryIO", stream)
