"""Watching the folders of documents: when they have changed and been still for a while, a reload is asked for."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import watchfiles
from telegram.error import TelegramError

from bot.documents.reload_runs import admin_places
from bot.documents.reloads import Why
from bot.messages.delivery import send
from bot.messages.rendering import Message, html
from bot.settings import starter_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable

    from telegram import Bot

    from bot.services import Services

    Changes = Callable[[Path, asyncio.Event], AsyncIterator[Collection[Path]]]
    Pause = Callable[[float, asyncio.Event], Awaitable[bool]]

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN = 30.0
_LOOK_MILLISECONDS = 5000
_TOLD = {
    "lost": "The folder {name} cannot be watched. Its documents are searched as they were; it is tried again.",
    "pinned": "The folders of documents have changed, but the generation before was gone back to; /reload reads them.",
}


class FolderLost(Exception):  # noqa: N818 - named for what happened
    """A watched folder is no longer where it was; the message says so."""


async def changes_below(folder: Path, stop: asyncio.Event) -> AsyncIterator[Collection[Path]]:
    """The files below ``folder`` that changed, a set whenever some have, until ``stop`` is set; empty sets between.

    Raises:
        FolderLost: the folder is gone, or another has taken its place.
        OSError: it cannot be watched.
    """
    mark = _mark(folder)

    def is_shown(_: watchfiles.Change, path: str) -> bool:
        return not any(part.startswith(".") for part in Path(path).relative_to(folder).parts)

    async for found in watchfiles.awatch(
        folder, watch_filter=is_shown, stop_event=stop, yield_on_timeout=True, rust_timeout=_LOOK_MILLISECONDS
    ):
        yield {Path(path) for _, path in found}
        if _mark(folder) != mark:
            raise FolderLost("another took its place")


def _mark(folder: Path) -> tuple[int, int]:
    try:
        status = folder.stat()
    except FileNotFoundError:
        raise FolderLost("it is gone") from None
    return status.st_dev, status.st_ino


async def pause(seconds: float, event: asyncio.Event) -> bool:
    """Wait so long, or until ``event`` is set; say whether it is."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


class Watcher:
    """Watches the folders of the settings, but for the starter briefings, while it runs.

    ``changes`` is the stream of what changes below a folder, and ``wait`` the clock.
    """

    def __init__(self, services: Services, bot: Bot, *, changes: Changes = changes_below, wait: Pause = pause) -> None:
        self._services = services
        self._bot = bot
        self._changes = changes
        self._wait = wait
        self._stop = asyncio.Event()
        self._touched = asyncio.Event()
        self._changed: set[Path] = set()
        self._lost: set[Path] = set()
        self._told_of_pin = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to watch, where the settings say so."""
        settings = self._services.settings
        folders = [folder.resolve() for folder in settings.folders if folder != starter_folder()]
        if not settings.watch or not folders:
            return
        self._tasks = [asyncio.create_task(self._watch(folder), name=f"watching {folder}") for folder in folders]
        self._tasks.append(asyncio.create_task(self._settle(), name="settling"))

    async def stop(self) -> None:
        """End; what has not settled yet is found at the next start."""
        self._stop.set()
        self._touched.set()
        await asyncio.gather(*self._tasks)

    async def _watch(self, folder: Path) -> None:
        """Watch one folder; where it cannot be, say so once and try again later."""
        while not self._stop.is_set():
            try:
                async for paths in self._changes(folder, self._stop):
                    self._found(folder)
                    self._touch(paths)
            except (FolderLost, OSError) as error:
                await self._lose(folder, error)
            if not self._stop.is_set():
                await self._wait(_LOOK_AGAIN, self._stop)

    def _touch(self, paths: Collection[Path]) -> None:
        self._changed.update(paths)
        if paths:
            self._touched.set()

    def _found(self, folder: Path) -> None:
        """A folder that was lost is there again, and what is in it may be anything."""
        if folder in self._lost:
            self._lost.discard(folder)
            self._touch({folder})

    async def _lose(self, folder: Path, error: FolderLost | OSError) -> None:
        if folder in self._lost:
            return
        self._lost.add(folder)
        _LOG.warning("The folder %s cannot be watched (%s); it is tried again.", folder, error)
        await self._tell_admins("lost", name=str(folder))

    async def _settle(self) -> None:
        """Ask for a reload whenever what has changed has been still for long enough."""
        while True:
            await self._touched.wait()
            if self._stop.is_set():
                return
            self._touched.clear()
            sizes = _sizes(self._changed)
            disturbed = await self._wait(self._services.settings.settle_seconds, self._touched)
            if disturbed or _sizes(self._changed) != sizes:
                self._touched.set()
                continue
            self._changed.clear()
            await self._ask()

    async def _ask(self) -> None:
        if self._lost:
            return
        if not self._services.engine.stock.manifest.pinned:
            self._told_of_pin = False
            self._services.reloads.request(Why.WATCHED)
        elif not self._told_of_pin:
            self._told_of_pin = True
            await self._tell_admins("pinned", name="")

    async def _tell_admins(self, what: str, name: str) -> None:
        for place in await admin_places(self._services):
            try:
                await send(self._bot, place.chat, Message(html(place.say(_TOLD[what], name=name))))
            except TelegramError as error:
                _LOG.warning("Admin %s was not told: %s", place.chat, error)


def _sizes(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Size and time of change of those files that are there."""
    found = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_size, status.st_mtime_ns)
    return found
