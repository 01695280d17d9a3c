"""Files that were sent to the bot: read one at a time in limited processes, and what an admin is shown of each."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import UnreadableFile
from corpus.extraction import Extractor
from corpus.formats import CONTAINER_SUFFIXES
from corpus.library import State
from corpus.likeness import near, signature

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.services import Services
    from bot.settings import Settings
    from corpus.document import Extraction
    from corpus.drafts import SentFile
    from corpus.library import Entry, Library
    from corpus.recognition import Progress

_ALBUMS_KNOWN = 50
_LOG = logging.getLogger(__name__)
# So many files of an archive are read to say what each is; the others are only counted.
MEMBERS_READ = 10
_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive or attached to a message: its path there, and its title, or why it is refused."""

    path: str
    title: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What was understood of a sent file.

    ``extraction`` is None for an archive, which is no document itself. ``label`` is the access label that it would
    have, ``replaces`` the document whose place it takes, with that one's date, and ``replaces_file`` whether a file of
    its name was published before. ``same`` are the titles of documents with the same bytes, ``similar`` those with
    nearly the same words and the share of these, from 0 to 1. ``members`` are the first files in it, and ``more`` says
    how many others there are. ``corrected`` names the fields whose values an admin gave.
    """

    draft: SentFile
    extraction: Extraction | None
    label: str
    corrected: frozenset[str] = frozenset()
    replaces: Entry | None = None
    replaces_date: str | None = None
    replaces_file: bool = False
    same: tuple[str, ...] = ()
    similar: tuple[tuple[str, float], ...] = ()
    members: tuple[Member, ...] = ()
    more: int = 0


@dataclass(slots=True)
class Album:
    """Files sent at once: what the caption of one says of all, and each with its card and the fields it has itself."""

    values: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, int, frozenset[str]]] = field(default_factory=list)


class Intake:
    """Reads sent files in turn, and keeps hold of the work that goes on behind the handlers."""

    def __init__(self, extractor: Extractor | None = None) -> None:
        """``extractor`` reads the files; unless given, one as the settings say, from the first file on."""
        self.extractor = extractor
        self._turn = asyncio.Lock()
        self._reading = threading.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._progress: tuple[str, int, int] | None = None
        self._given_up: set[str] = set()
        self._albums: dict[str, Album] = {}
        self._is_closed = False

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` in the background until it ends or the bot stops; a failure goes to the log."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def preview(self, services: Services, draft: SentFile) -> Preview:
        """Read a sent file, when those before it are read; raises ``UnreadableFile``."""
        async with self._turn:
            return await services.run(self._preview, services.library, services.settings, draft)

    def album(self, identifier: str | None) -> Album:
        """The files that came with one of an album so far; none for a file that came alone."""
        if identifier is None:
            return Album()
        album = self._albums.setdefault(identifier, Album())
        while len(self._albums) > _ALBUMS_KNOWN:
            del self._albums[next(iter(self._albums))]
        return album

    def progress_of(self, draft: SentFile) -> tuple[int, int] | None:
        """How many of how many scanned pages of a file are recognised; None where it has none or waits."""
        progress = self._progress
        return progress[1:] if progress is not None and progress[0] == draft.id else None

    def give_up(self, draft: SentFile) -> None:
        """Read a file no further, at the next page of a scan."""
        self._given_up.add(draft.id)

    async def close(self, services: Services) -> None:
        """Give up what is being read, and end the process behind it."""
        self._is_closed = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await services.run(self._end)

    def _end(self) -> None:
        if self.extractor is None:
            return
        self.extractor.close()
        # What was being read may have started another process before it noticed.
        with self._reading:
            self.extractor.close()

    def _preview(self, library: Library, settings: Settings, draft: SentFile) -> Preview:
        def tell(done: int, total: int) -> None:
            self._progress = (draft.id, done, total)
            if self._is_closed or draft.id in self._given_up:
                raise UnreadableFile(draft.path, "reading it was given up.")

        with self._reading:
            if self.extractor is None:
                cache = library.cache / "ocr"
                self.extractor = Extractor(ocr_pages=settings.ocr_pages, cache=cache)
            return preview(library, self.extractor, draft, settings.default_label, tell)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.error("Reading a sent file failed", exc_info=task.exception())


def preview(
    library: Library, extractor: Extractor, draft: SentFile, default: str, progress: Progress | None = None
) -> Preview:
    """What a sent file holds and what publishing it would do; raises ``UnreadableFile``.

    ``default`` is the label of a document that none is given; ``progress`` is told how many of how many scanned pages
    are recognised.
    """
    entry = library.entry(draft.document)
    if library.erased().refuses(draft.document, draft.sha256):
        raise UnreadableFile(draft.path, "it was erased for good; restore it before it is sent again.")
    corrections = {**library.corrections().get(draft.document, {}), **draft.corrections}
    is_archive, members, more = _members(extractor, draft, corrections)
    replaces = entry if entry is not None and entry.versions and entry.state is not State.ERASED else None
    common: dict[str, Any] = {
        "corrected": frozenset(corrections),
        "replaces": replaces,
        "replaces_date": _date_of(library, replaces) if replaces else None,
        "replaces_file": (library.uploads / draft.name).exists(),
        "members": members,
        "more": more,
    }
    if is_archive:
        return Preview(draft, None, _label(library, draft, entry, None) or default, **common)
    extraction = extractor.read(draft.path, None, corrections, progress=progress).extraction
    same, similar = _alike(library, draft, extraction)
    label = _label(library, draft, entry, extraction.metadata.access) or default
    return Preview(draft, extraction, label, same=same, similar=similar, **common)


def _members(
    extractor: Extractor, draft: SentFile, corrections: Mapping[str, str]
) -> tuple[bool, tuple[Member, ...], int]:
    """Whether a file is an archive and no document itself, the first files in it, and how many others there are."""
    if draft.path.suffix.lower() not in CONTAINER_SUFFIXES:
        return False, (), 0
    folder = draft.path.parent / "unpacked"
    try:
        held = extractor.unpack(draft.path, folder, draft.sha256)
        found = [_member(extractor, folder, path, corrections) for path in held.members[:MEMBERS_READ]]
    except UnreadableFile:
        if draft.path.suffix.lower() == ".eml":
            # Its reader says more about a message than that nothing could be taken out of it.
            return False, (), 0
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found += [Member(path, refused=reason) for path, reason in held.refused[:MEMBERS_READ]]
    return held.format == "zip", tuple(found), len(held.members) + len(held.refused) - len(found)


def _member(extractor: Extractor, folder: Path, path: str, corrections: Mapping[str, str]) -> Member:
    own = {name: value for name, value in corrections.items() if name == "access"}
    try:
        extraction = extractor.read(folder / path, folder, own).extraction
    except UnreadableFile as error:
        return Member(path, refused=error.reason)
    return Member(path, title=extraction.metadata.title)


def _label(library: Library, draft: SentFile, entry: Entry | None, stated: str | None) -> str | None:
    """The label that is given to the document now, or that it has already; None where it has the one of any."""
    given = draft.corrections.get("access")
    if given is not None:
        return library.labels.named(given) or library.labels.highest
    if entry is not None and entry.label_by != "default" and entry.state is not State.ERASED:
        return entry.label
    if stated is not None:
        return library.labels.named(stated) or library.labels.highest
    return None


def _date_of(library: Library, entry: Entry) -> str | None:
    for version in library.versions(entry.id)[:1]:
        reading = library.reading(version)
        return reading.metadata.date if reading else None
    return None


def _alike(
    library: Library, draft: SentFile, extraction: Extraction
) -> tuple[tuple[str, ...], tuple[tuple[str, float], ...]]:
    """Other documents that are searched and have the same bytes, or else nearly the same words."""
    entries = library.entries()
    others = {id: entry for id, entry in entries.items() if id != draft.document and entry.state is State.LISTED}
    same = tuple(entry.title or id for id, entry in others.items() if entry.sha256 == draft.sha256)
    if same:
        return same, ()
    signatures = {id: other for id, other in library.signatures().items() if id in others}
    found = near(signature(extraction.text), signatures.items())
    return (), tuple((others[id].title or id, share) for id, share in found)
