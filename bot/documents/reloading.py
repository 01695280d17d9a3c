"""Reloading while questions go on: a small update in the bot's own process, any other in one at low priority."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.documents.updating import SmallUpdate, Stopped, TooMuch
from bot.opening import open_extractor
from bot.settings import child_environment
from corpus.errors import CorpusError
from retrieval.errors import RetrievalError
from retrieval.index.reports import FileReport, IndexReport, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bot.settings import Settings
    from corpus.extraction import Extractor
    from retrieval.engine import Engine

# glibc gives memory back to the system at once, from blocks of 1 MiB on, and keeps one heap for all threads: without it
# the encoder's outputs leave twice as much behind.
_LITTLE_MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
}
_LOG = logging.getLogger(__name__)
_KEPT_SECONDS = 300.0
# A file takes a minute at most, and so does a hundredth of all passages, but for those of very large corpora.
_SECONDS_WITHOUT_A_STEP = 1800.0
_ENDING_SECONDS = 5.0


class ReloadError(Exception):
    """Indexing failed; the message is its one sentence, and the old index answers on."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far indexing is: ``done`` of ``total`` in a stage ("reading" or "encoding").

    Within reading, the stage "pages" tells of the scanned pages of one file.
    """

    stage: str
    done: int
    total: int


class Reloader:
    """Brings the index on disk up to date, once at a time, and can be stopped.

    Without an ``engine`` everything is done in another process, which is ended where it makes no step for ``patience``
    seconds.
    """

    def __init__(
        self, settings: Settings, engine: Engine | None = None, *, patience: float = _SECONDS_WITHOUT_A_STEP
    ) -> None:
        self._settings = settings
        self._patience = patience
        self._engine = engine
        self._small: SmallUpdate | None = None
        self._extractor: Extractor | None = None
        self._unneeded: asyncio.TimerHandle | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._busy = self._stopped = False

    @property
    def running(self) -> bool:
        """Whether indexing is under way."""
        return self._busy

    async def index(self, tell: Callable[[Step], None]) -> IndexReport | None:
        """Index what changed and return the report, or None where it was stopped; ``tell`` gets each step.

        Raises:
            ReloadError: it failed.
        """
        self._busy, self._stopped = True, False
        try:
            return await self._index_here(tell)
        except TooMuch:
            return None if self._stopped else await self._index_in_a_process(tell)
        except Stopped:
            return None
        except (CorpusError, RetrievalError) as error:
            raise ReloadError(str(error)) from error
        finally:
            self._busy = False

    def stop(self) -> bool:
        """Give up, which leaves the old index as it was; False where nothing is under way, or it is too late."""
        if not self._busy or (self._process is not None and self._process.returncode is not None):
            return False
        self._stopped = True
        if self._process is not None:
            self._process.terminate()
        elif self._small is not None:
            asyncio.get_running_loop().run_in_executor(None, self._small.stop)
        return True

    async def close(self) -> None:
        """End the process that indexes, and the one that reads the files of small updates."""
        await self._end()
        if self._unneeded is not None:
            self._unneeded.cancel()
        if self._extractor is not None:
            await asyncio.to_thread(self._extractor.close)

    def extractor(self) -> Extractor:
        """What is to read the files of small updates."""
        return open_extractor(self._settings)

    async def _index_here(self, tell: Callable[[Step], None]) -> IndexReport:
        """Do a small update in a thread of this process; raises ``TooMuch`` where it is not small."""
        if self._engine is None:
            raise TooMuch
        loop = asyncio.get_running_loop()

        def tell_there(stage: str, done: int, total: int) -> None:
            loop.call_soon_threadsafe(tell, Step(stage, done, total))

        # It takes a second to start, so that it is kept for the next update, but not for long.
        extractor = self._extractor = self._extractor or self.extractor()
        if self._unneeded is not None:
            self._unneeded.cancel()
        self._small = SmallUpdate(self._settings, self._engine, extractor, tell_there)
        try:
            return await loop.run_in_executor(None, self._small.run)
        finally:
            self._small = None
            self._unneeded = loop.call_later(_KEPT_SECONDS, loop.run_in_executor, None, extractor.close)

    async def _index_in_a_process(self, tell: Callable[[Step], None]) -> IndexReport | None:
        """Run `rapporteur index` and return its report, or None where it was stopped."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "bot", "index", "--json", "--background", "--with-parent"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=child_environment(self._settings) | _LITTLE_MEMORY,
            )
            self._process = process
            if self._stopped:
                return None
            if process.stdout is None or process.stderr is None:
                raise ReloadError("The indexing process could not be followed.")
            output, said = await self._output(process, process.stdout, process.stderr, tell)
        finally:
            await self._end()
        if self._stopped:
            return None
        try:
            return _report(json.loads(output))
        except (ValueError, KeyError, TypeError):
            raise ReloadError(said or "Indexing ended without a report; see the log.") from None

    async def _output(
        self,
        process: asyncio.subprocess.Process,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
        tell: Callable[[Step], None],
    ) -> tuple[bytes, str]:
        """Wait for the process, and return its report and the last that it said; raises ``ReloadError``."""
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._patience) as limit:

                def tell_in_time(step: Step) -> None:
                    limit.reschedule(clock() + self._patience)
                    tell(step)

                output, said = await asyncio.gather(stdout.read(), _follow(stderr, tell_in_time))
                await process.wait()
        except TimeoutError:
            _LOG.error("Indexing has made no step for %.0f minutes and is ended.", self._patience / 60)
            raise ReloadError(
                f"Indexing made no step for {self._patience / 60:.0f} minutes and was ended; see the log, "
                "and /reload tries again."
            ) from None
        return output, said

    async def _end(self) -> None:
        """Leave no process behind, however the run ended."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _ENDING_SECONDS)


def _report(value: dict[str, Any]) -> IndexReport:
    """The report that the command line printed."""
    files = tuple(
        FileReport(
            str(file["file"]),
            str(file.get("document") or Path(file["file"]).name),
            Outcome(file["outcome"]),
            file["reason"] and str(file["reason"]),
        )
        for file in value["files"]
    )
    return IndexReport(str(value["generation"]), float(value["seconds"]), files)


async def _follow(stream: asyncio.StreamReader, tell: Callable[[Step], None]) -> str:
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
        tell(step)
    return last
