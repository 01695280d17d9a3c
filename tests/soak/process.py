"""The bot in a process of its own: started, asked, killed, stopped, and what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_READY_SECONDS = 180.0
_STOP_SECONDS = 60.0
_ANSWER_SECONDS = 120.0
# What reads files for the bot ends of itself when the bot is gone.
_LEFT_SECONDS = 20.0
_ROOT = Path(__file__).parents[2]


class BotProcess:
    """Runs ``command`` again and again; it is ready once it prints a line that holds ``mark``.

    What it says on stderr goes to the end of ``log``.
    """

    def __init__(
        self, command: Sequence[str], log: Path, *, mark: str = "ready", environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = command
        self._log = log
        self._mark = mark.encode()
        self._environment = os.environ | dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The number of the process, which is that of its session too."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it; it is not ready then."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=_ROOT,
                env=self._environment,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Wait until it polls.

        Raises:
            RuntimeError: it ended before.
        """
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(_READY_SECONDS):
            while line := await self._process.stdout.readline():
                if self._mark in line:
                    return
        raise RuntimeError(f"the bot ended with {await self._process.wait()} before it was ready")

    async def ask(self, *words: object) -> Any:
        """Have it do what ``tests.soak.child`` understands, and return what it says, read as JSON."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        await self._process.stdin.drain()
        async with asyncio.timeout(_ANSWER_SECONDS):
            return json.loads(await self._process.stdout.readline())

    async def kill(self) -> None:
        """End it at once, as a failure of the machine would."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def hang_up(self) -> int:
        """Tell it that there is nothing more to be done, wait for its end, and return its exit code."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)

    async def stop(self) -> int:
        """End it properly, and return its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)

    async def left_behind(self) -> list[int]:
        """The processes below it that outlive it; waits for those that end of themselves, and ends the others."""
        until = time.monotonic() + _LEFT_SECONDS
        while (left := _session(self.pid)) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return left


def python(module: str, *arguments: object) -> tuple[str, ...]:
    """The command that runs a module with this interpreter."""
    return (sys.executable, "-m", module, *map(str, arguments))


def _session(leader: int) -> list[int]:
    """The processes of a session but for its leader and for what has ended and is not yet waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session, *_ = stat.read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if int(session) == leader and state not in "ZX" and int(stat.parent.name) != leader:
            found.append(int(stat.parent.name))
    return found
