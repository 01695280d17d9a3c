"""Running the programs of the systems: asking them, timing their first answer, reading what memory they hold."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

_PATIENCE = 900.0
_LONGEST_REASON = 200
_CLOSING_SECONDS = 20.0


class BenchmarkError(Exception):
    """The benchmark cannot go on as it was meant to; the message is one sentence."""


class ProgramFailed(BenchmarkError):  # noqa: N818 - named for what it is about
    """A system's program ended, said that it failed, or was waited for in vain."""


@dataclass(frozen=True, slots=True)
class Call:
    """How a program is started: its command, its whole environment, and the exit codes that are no failure."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    accepted: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process and those that it started hold, in MiB.

    ``resident`` is VmRSS, ``proportional`` Pss, in which a page that several processes hold is shared among them.
    """

    resident: float
    proportional: float


class Program:
    """A program that speaks the protocol, started and ready.

    Raises:
        ProgramFailed: it does not become ready.
    """

    def __init__(self, call: Call, folder: Path) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the program
        try:
            self._process = _start(call, folder, self._errors, subprocess.PIPE)
        except ProgramFailed:
            self._errors.close()
            raise
        try:
            self._reply(_PATIENCE)
        except ProgramFailed:
            self.close()
            raise

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def request(self, do: str, *, patience: float = _PATIENCE, **arguments: Any) -> Any:
        """What the program replies to a command; it is ended where it takes longer than ``patience`` seconds.

        Raises:
            ProgramFailed: it says that it failed, ends, or does not reply in time.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise ProgramFailed(self._ended()) from None
        return self._reply(patience)

    def memory(self) -> Memory:
        """What it holds now."""
        return memory(self._process.pid)

    def close(self) -> None:
        """End it, gently first."""
        if self._process.stdin is not None:
            # One that ended by itself is not told.
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def _reply(self, patience: float) -> Any:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], patience)[0]:
            self._process.kill()
            raise ProgramFailed(f"there was no reply within {patience:.0f} seconds")
        line = self._process.stdout.readline()
        if not line:
            raise ProgramFailed(self._ended())
        try:
            reply = json.loads(line)
        except ValueError:
            raise ProgramFailed(f"its reply is not JSON: {line.strip()[:_LONGEST_REASON]}") from None
        if "failed" in reply:
            raise ProgramFailed(last_line(str(reply["failed"])))
        return reply["done"]

    def _ended(self) -> str:
        code = self._process.wait()
        return _reason(code, self._errors)


def first_answer(call: Call, folder: Path) -> float:
    """Seconds from starting a program to having read the JSON object that it prints, whole.

    Raises:
        ProgramFailed: it prints none, fails after that, or takes far too long.
    """
    seconds, printed = None, ""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        with _start(call, folder, errors, subprocess.DEVNULL) as process, _killed_late(process):
            assert process.stdout is not None
            for line in process.stdout:
                printed += line
                if seconds is None and _is_whole(printed):
                    seconds = time.perf_counter() - started
            code = process.wait()
        if seconds is None or code not in call.accepted:
            raise ProgramFailed(_reason(code, errors))
        return seconds


def _is_whole(text: str) -> bool:
    if not text.rstrip().endswith("}"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def idle_memory(call: Call, folder: Path, ready: str, settle: float) -> Memory:
    """What a program holds ``settle`` seconds after it printed a line with ``ready`` in it; it is stopped then.

    Raises:
        ProgramFailed: it ends before.
    """
    with (
        tempfile.TemporaryFile() as errors,
        _start(call, folder, errors, subprocess.DEVNULL) as process,
        _killed_late(process),
    ):
        assert process.stdout is not None
        try:
            if not any(ready in line for line in process.stdout):
                raise ProgramFailed(_reason(process.wait(), errors))
            time.sleep(settle)
            return memory(process.pid)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_CLOSING_SECONDS)
            process.kill()


@contextlib.contextmanager
def _killed_late(process: subprocess.Popen[str]) -> Iterator[None]:
    """A block in which the process is waited for, but not for ever."""
    watchdog = threading.Timer(_PATIENCE, process.kill)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


def _start(call: Call, folder: Path, errors: IO[bytes], stdin: int) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            call.command,
            env=dict(call.variables),
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )
    except OSError as error:
        raise ProgramFailed(f"{call.command[0]} cannot be started ({error.strerror})") from None


def _reason(code: int, errors: IO[bytes]) -> str:
    errors.seek(0)
    said = last_line(errors.read().decode("utf-8", "replace"))
    return said or f"it ended with exit code {code}"


def last_line(text: str) -> str:
    """The last line that holds anything, without what a progress bar drew over, its full stop and what is too long."""
    lines = [line.rsplit("\r", 1)[-1].strip() for line in text.rstrip().split("\n")]
    last = next((line for line in reversed(lines) if line), "")
    return last.removesuffix(".")[:_LONGEST_REASON]


def memory(pid: int) -> Memory:
    """What the process and all that it started hold, from /proc.

    Raises:
        ProgramFailed: it is not running any more.
    """
    try:
        found = [_of_process(one) for one in (pid, *_descendants(pid))]
    except OSError:
        raise ProgramFailed("it ended before its memory was read") from None
    return Memory(sum(one.resident for one in found), sum(one.proportional for one in found))


def _of_process(pid: int) -> Memory:
    folder = Path("/proc") / str(pid)
    return Memory(_kib(folder / "status", "VmRSS:") / 1024, _kib(folder / "smaps_rollup", "Pss:") / 1024)


def _kib(path: Path, name: str) -> int:
    return next((int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith(name)), 0)


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                # The second field is a name in brackets, which may hold anything.
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found: list[int] = []
    for one in (waiting := [pid]):
        found += parents.get(one, [])
        waiting += parents.get(one, [])
    return found
