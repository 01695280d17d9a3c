"""The pages by which others see how the bot is: that it lives, that it is ready, and its metrics."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from aiohttp import web

from bot.errors import CommandError
from bot.running.metrics import CONTENT_TYPE
from bot.running.readings import Reader
from corpus.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.running.readings import Readings
    from bot.services import BotApplication, Services

_LOG = logging.getLogger(__name__)
# Whoever asks in shorter intervals is told the same again.
_KEPT_SECONDS = 2.0
_READ_SECONDS = 5.0
_PATIENCE = 5.0
_QUESTION = "What was agreed?"
T = TypeVar("T")


class Kept(Generic[T]):
    """A value that is found anew once it is ``seconds`` old; those who ask meanwhile wait for one and the same."""

    def __init__(self, find: Callable[[], Awaitable[T]], seconds: float, now: Callable[[], float]) -> None:
        self._find = find
        self._seconds = seconds
        self._now = now
        self._found: tuple[float, T] | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> T:
        """The value."""
        async with self._lock:
            if self._found is None or self._now() - self._found[0] >= self._seconds:
                value = await self._find()
                self._found = (self._now(), value)
            return self._found[1]


class Probe:
    """A check that blocks, made in the executor; while one is under way no other is begun."""

    def __init__(self, services: Services, check: Callable[[], object], patience: float) -> None:
        self._services = services
        self._check = check
        self._patience = patience
        self._work: asyncio.Task[object] | None = None

    async def failure(self) -> str | None:
        """Why the check did not end well within ``patience`` seconds; None where it did."""
        if self._work is None:
            self._work = asyncio.ensure_future(self._services.run(self._check))
        done, _ = await asyncio.wait({self._work}, timeout=self._patience)
        if not done:
            return f"no end after {self._patience:g} seconds"
        work, self._work = self._work, None
        error = work.exception()
        return None if error is None else f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """Wait for no check any more."""
        if self._work is not None and not self._work.cancel():
            # Its failure was never asked for, and asyncio would complain of that.
            self._work.exception()


class Readiness:
    """Whether the bot can answer: it runs, its index answers, its store can be written, and Telegram is heard of.

    ``running`` says whether updates are handled, which they are neither before the start is over nor while it stops.
    """

    def __init__(self, services: Services, running: Callable[[], bool], patience: float = _PATIENCE) -> None:
        self._services = services
        self._running = running
        self._probes = {
            "index": Probe(services, self._search, patience),
            "store": Probe(services, services.store.check_writable, patience),
        }
        self._failing: frozenset[str] = frozenset()

    async def missing(self) -> dict[str, str]:
        """What keeps the bot from being ready, by part; empty where it is. Reasons in detail are only logged."""
        if not self._running():
            return {"bot": "starting or stopping"}
        names = tuple(self._probes)
        failures = await asyncio.gather(*(self._probes[name].failure() for name in names))
        reasons = {name: reason for name, reason in zip(names, failures, strict=True) if reason is not None}
        found = {name: _TOLD[name] for name in reasons}
        silent = self._services.pulse.silent_for()
        if silent > self._services.settings.silence_seconds:
            found["telegram"] = reasons["telegram"] = f"not heard of for {silent:.0f} seconds"
        self._log(reasons)
        return found

    def close(self) -> None:
        """Wait for nothing any more."""
        for probe in self._probes.values():
            probe.close()

    def _search(self) -> None:
        services = self._services
        services.engine.answer(_QUESTION, clearance=services.settings.labels.lowest)

    def _log(self, reasons: dict[str, str]) -> None:
        """Say once what is not ready, and once that it is again."""
        for name in sorted(reasons.keys() - self._failing):
            _LOG.warning("Not ready: %s (%s)", name, reasons[name])
        for name in sorted(self._failing - reasons.keys()):
            _LOG.warning("Ready again: %s", name)
        self._failing = frozenset(reasons)


_TOLD = {"index": "does not answer", "store": "cannot be written"}


class HealthPages:
    """``/healthz``, ``/readyz`` and ``/metrics``, for GET alone."""

    def __init__(self, services: Services, running: Callable[[], bool], patience: float = _PATIENCE) -> None:
        self._services = services
        self._readiness = Readiness(services, running, patience)
        self._missing = Kept(self._readiness.missing, _KEPT_SECONDS, services.clock.monotonic)
        self._reader = Reader(services)
        self._readings = Kept(self._read, _READ_SECONDS, services.clock.monotonic)

    def application(self) -> web.Application:
        """The pages, to be served."""
        made = web.Application()
        for path, page in (("/healthz", self._lives), ("/readyz", self._is_ready), ("/metrics", self._shows)):
            made.router.add_get(path, page, allow_head=False)
        return made

    def close(self) -> None:
        """Wait for nothing any more."""
        self._readiness.close()

    async def _lives(self, _: web.Request) -> web.Response:
        """That this is answered at all says that the process lives and its event loop turns."""
        return web.Response(text="ok")

    async def _is_ready(self, _: web.Request) -> web.Response:
        missing = await self._missing.get()
        return web.json_response({"ready": not missing, "missing": missing}, status=503 if missing else 200)

    async def _shows(self, _: web.Request) -> web.Response:
        self._services.metrics.show(await self._readings.get())
        try:
            body = await self._services.run(self._services.metrics.exposition)
        except RuntimeError:
            # The threads are closed when the program ends.
            return web.Response(status=503)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _read(self) -> Readings | None:
        try:
            return await self._services.run(self._reader.read)
        except (DatabaseError, RuntimeError) as error:
            _LOG.warning("The metrics of outbox and index cannot be read: %s", error)
            return None


@asynccontextmanager
async def health_of(application: BotApplication) -> AsyncIterator[int | None]:
    """Serve the pages of a bot while the context is open, where the settings say; gives the port, None for no pages.

    Raises:
        CommandError: the address or the port cannot be used.
    """
    services: Services = application.bot_data["services"]
    host, port = services.settings.health_host, services.settings.health_port
    if port is None:
        yield None
        return
    pages = HealthPages(services, lambda: application.running)
    runner = web.AppRunner(pages.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        yield await _listen(runner, host, port)
    finally:
        pages.close()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise CommandError(
            f"The port {port} of {host} cannot be used for the health pages ({os.strerror(error.errno or 0)}); stop "
            "what uses it, or set RAPPORTEUR_HEALTH_HOST or RAPPORTEUR_HEALTH_PORT to another."
        ) from None
    if not _is_loopback(host):
        _LOG.warning(
            "RAPPORTEUR_HEALTH_HOST is %s: whoever reaches that address can read the health and metrics pages.", host
        )
    return int(runner.addresses[0][1])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
