"""Reloading while questions go on: indexing runs in a process of its own, at low priority, one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.settings import child_environment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.settings import Settings

_LOG = logging.getLogger(__name__)


class ReloadError(Exception):
    """Indexing failed; the message is its one sentence, and the old index answers on."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far indexing is: ``done`` of ``total`` in a stage ("reading" or "encoding")."""

    stage: str
    done: int
    total: int


class Reloader:
    """Starts the indexing process, tells of its progress, and can stop it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._starting = False
        self._stopped = False

    @property
    def running(self) -> bool:
        """Whether an indexing process is at work."""
        return self._starting or self._process is not None

    async def index(self, tell: Callable[[Step], Awaitable[None]]) -> dict[str, Any] | None:
        """Run `rapporteur index` and return its report, or None where it was stopped; ``tell`` gets each step.

        Raises:
            ReloadError: it failed.
        """
        self._starting, self._stopped = True, False
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", "index", "--json", "--background"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=child_environment(self._settings),
            )
            self._process = process
            if process.stdout is None or process.stderr is None:
                raise ReloadError("The indexing process could not be followed.")
            output, said = await asyncio.gather(process.stdout.read(), _follow(process.stderr, tell))
            await process.wait()
        finally:
            await self._end()
        if self._stopped:
            return None
        try:
            report: dict[str, Any] = json.loads(output)
        except ValueError:
            raise ReloadError(said or "Indexing ended without a report; see the log.") from None
        return report

    def stop(self) -> bool:
        """End the indexing process, which leaves the old index as it was; False where none runs."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._stopped = True
        self._process.terminate()
        return True

    async def _end(self) -> None:
        """Leave no process behind, however the run ended."""
        process, self._process, self._starting = self._process, None, False
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _follow(stream: asyncio.StreamReader, tell: Callable[[Step], Awaitable[None]]) -> str:
    """Pass on the lines that tell of progress, and return the last that does not."""
    last = ""
    while line := await stream.readline():
        try:
            value = json.loads(line)
            step = Step(str(value["stage"]), int(value["done"]), int(value["total"]))
        except (ValueError, KeyError, TypeError):
            last = line.decode(errors="replace").strip() or last
            _LOG.info("indexing: %s", last)
            continue
        await tell(step)
    return last
