"""Which files changed since they were indexed, and what those hold now."""

from __future__ import annotations

import hashlib
import json
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from corpus.errors import FolderError, UnreadableFile
from corpus.folders import rules_of, sidecar_of
from corpus.library import Recorded, State
from corpus.likeness import near, signature
from corpus.reading import EXTRACTOR_VERSION, Holder, document
from retrieval.index.reports import FileReport, Outcome
from retrieval.index.segment import IndexedDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from corpus.extraction import Extractor
    from corpus.library import Entry, Library
    from corpus.reading import Reading
    from corpus.sources import Source, Sources

_ATTEMPTS = 2


class Progress(Protocol):
    """What is told how far an update is."""

    def start(self, stage: str, total: int) -> None:
        """A stage ("reading" or "encoding") of ``total`` steps begins."""

    def advance(self, steps: int) -> None:
        """So many more steps are done."""

    def pages(self, done: int, total: int) -> None:
        """So many of the scanned pages of the file that is being read are recognised."""


@dataclass(slots=True)
class Changes:
    """What an update has found.

    ``read`` and ``recorded`` are the documents that were read, for the index and for the library; ``kept`` the ids of
    indexed ones that stay as they are, and ``back`` of those that were gone from their folder and are there again.
    """

    read: dict[str, IndexedDocument] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    reports: list[FileReport] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)


class Survey:
    """Compares files with what is indexed of them, and reads those that changed."""

    def __init__(self, library: Library, live: Mapping[str, IndexedDocument], extractor: Extractor) -> None:
        self._library = library
        self._entries = library.entries()
        # What the library does not know of is read again, since without it nobody may see it.
        self._live = {id: entry for id, entry in live.items() if self._is_known(id)}
        self._corrections = library.corrections()
        self._erased = library.erased()
        self._extractor = extractor
        # A withdrawn file under another name is not shown either.
        self._withdrawn = {
            entry.sha256: id for id, entry in self._entries.items() if entry.state is State.WITHDRAWN and entry.sha256
        }
        self._signatures: dict[str, bytes] | None = None
        self._pages: Callable[[int, int], None] | None = None
        self._there: set[str] = set()
        self.changes = Changes()

    def _is_known(self, id: str) -> bool:
        return id in self._entries and self._entries[id].state is not State.ERASED

    def look_at(self, sources: Sources, progress: Progress) -> Changes:
        """Take every source; each gets its report, as does each document that is gone."""
        progress.start("reading", len(sources.sources))
        self._pages = progress.pages
        self._there = {source.id for source in sources.sources} | {id for id, _, _ in sources.refused}
        for id, path, reason in sources.refused:
            self._refuse(id, path, reason)
        for source in sources.sources:
            self._take(source)
            progress.advance(1)
        self._report_gone()
        return self.changes

    def _take(self, source: Source) -> None:
        known = self._live.get(source.id)
        whole = Holder(source.path, source.root, self._corrections.get(source.id, {}))
        holders = self._holders(source)
        try:
            mark, sha256 = fingerprint(whole, holders)
            if self._erased.refuses(source.id, sha256):
                self._report(source, Outcome.REFUSED, f"{source.path.name}: it was erased; restore it to have it read.")
            elif known is not None and known.fingerprint == mark:
                self._keep(source)
            elif known is None and self._withdrawn.get(sha256, source.id) != source.id:
                twin = self._withdrawn[sha256]
                reason = f"it is the same file as {twin}, which an administrator withdrew; restore that first."
                self._report(source, Outcome.REFUSED, f"{source.path.name}: {reason}")
            else:
                self._read(source, whole, holders, known)
        except UnreadableFile as error:
            self._refuse(source.id, source.path, str(error), is_kept=not error.is_beside)

    def _holders(self, source: Source) -> list[Holder]:
        """The archives or messages that a file was packed in, the outermost first, with what admins say of them."""
        holders: list[Holder] = []
        while source.container is not None:
            source = source.container
            known = dict(self._corrections.get(source.id, {}))
            entry = self._entries.get(source.id)
            if entry is not None and entry.label_by == "admin":
                known["access"] = entry.label
            holders.insert(0, Holder(source.path, source.root, known))
        return holders

    def _keep(self, source: Source) -> None:
        entry = self._entries[source.id]
        self.changes.kept.add(source.id)
        if entry.state is State.GONE:
            self.changes.back.add(source.id)
        is_withdrawn = entry.state is State.WITHDRAWN
        self._report(source, Outcome.WITHDRAWN if is_withdrawn else Outcome.UNCHANGED, _withdrawn_note(entry))

    def _read(self, source: Source, whole: Holder, holders: Sequence[Holder], known: IndexedDocument | None) -> None:
        reading, mark = self._reading(whole, holders)
        now = time.time()
        added = known.added if known else now
        self.changes.read[source.id] = IndexedDocument(document(reading, source.path, source.id), mark, added, now)
        signed = signature(reading.extraction.text)
        notes = [*reading.extraction.warnings, *self._label_note(reading), *self._alike(source.id, reading, signed)]
        file = str(source.path.absolute())
        before = self._entries.get(source.id)
        readmitted = before is not None and before.state is State.ERASED
        self.changes.recorded.append(Recorded(source.id, file, reading.sha256, reading.extraction, signed, readmitted))
        self._all_signatures()[source.id] = signed
        entry = self._entries.get(source.id)
        if entry is not None and entry.state is State.WITHDRAWN:
            notes.insert(0, _withdrawn_note(entry) or "")
        self._report(source, Outcome.CHANGED if known else Outcome.ADDED, " ".join(notes) or None)

    def _reading(self, file: Holder, holders: Sequence[Holder]) -> tuple[Reading, str]:
        """A reading of which the original is kept, and its fingerprint: both of the same bytes."""
        for _ in range(_ATTEMPTS):
            before = fingerprint(file, holders)
            reading = self._extractor.read(file.path, file.root, file.corrections, holders, self._pages)
            mark, sha256 = fingerprint(file, holders)
            if before == (mark, reading.sha256) and self._library.originals.put_file(file.path, sha256):
                return reading, mark
        raise UnreadableFile(file.path, "it changes while it is read; index again when it is complete.")

    def _label_note(self, reading: Reading) -> list[str]:
        stated = reading.extraction.metadata.access
        labels = self._library.labels
        if stated is None or labels.named(stated) is not None:
            return []
        return [
            f'"{stated}" is no access label (in use are {", ".join(labels.names)}), '
            f'so it is taken as "{labels.highest}"; correct it.'
        ]

    def _alike(self, id: str, reading: Reading, signed: bytes) -> list[str]:
        """That another document that is there has the same bytes, or almost the same text."""
        elsewhere = self._there - {id}
        twins = [name for name, entry in self._entries.items() if entry.sha256 == reading.sha256 and name in elsewhere]
        twins += [one.id for one in self.changes.recorded if one.sha256 == reading.sha256 and one.id not in twins]
        if twins:
            return [f"It is the same file as {twins[0]}."]
        others = {name: other for name, other in self._all_signatures().items() if name in elsewhere}
        found = near(signed, others.items())
        return [f"It is almost the same as {found[0][0]} ({found[0][1]:.0%} of its wording)."] if found else []

    def _all_signatures(self) -> dict[str, bytes]:
        if self._signatures is None:
            self._signatures = self._library.signatures()
        return self._signatures

    def _refuse(self, id: str, path: Path, reason: str, *, is_kept: bool = True) -> None:
        """Report a file that cannot be read; its earlier version, if there is one, is kept.

        But not where what is stated beside it cannot be read, since that may have said who may see it.
        """
        if id in self._live and is_kept:
            self.changes.kept.add(id)
            reason = f"{reason.removesuffix('.')}; its earlier version is kept."
        elif id in self._live:
            reason = f"{reason.removesuffix('.')}; it is not shown until then."
        self.changes.reports.append(FileReport(str(path), id, Outcome.REFUSED, reason))

    def _report(self, source: Source, outcome: Outcome, reason: str | None = None) -> None:
        self.changes.reports.append(FileReport(str(source.path), source.id, outcome, reason))

    def _report_gone(self) -> None:
        for id, entry in self._live.items():
            if id not in self._there:
                self.changes.reports.append(FileReport(entry.document.file, id, Outcome.WITHDRAWN))


def _withdrawn_note(entry: Entry) -> str | None:
    return "An administrator withdrew it; it is not shown." if entry.state is State.WITHDRAWN else None


def fingerprint(file: Holder, holders: Sequence[Holder] = ()) -> tuple[str, str]:
    """A digest of all that a document's index depends on, and the SHA-256 of the file itself.

    It covers the file, its sidecar, the rules of its folders and what admins corrected, the same of what it was packed
    in, and the version of the readers.

    Raises:
        UnreadableFile: one of these files cannot be opened.
    """
    sha256 = _sha256(file.path)
    digest = hashlib.sha256(f"{EXTRACTOR_VERSION}\n{sha256}\n".encode())
    for one in (*holders, file):
        try:
            rules = rules_of(one.path, one.root) if one.root else ()
        except FolderError as error:
            raise UnreadableFile(file.path, f"its folder {error.path} {error.reason}", is_beside=True) from error
        for beside in (sidecar_of(one.path), *rules):
            if beside is not None:
                digest.update(_sha256(beside, is_beside=True).encode())
        digest.update(json.dumps(dict(one.corrections), sort_keys=True).encode())
    return digest.hexdigest()[:32], sha256


def _sha256(path: Path, *, is_beside: bool = False) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # Opening a pipe would wait for someone to write to it.
            raise UnreadableFile(path, "it is a pipe, a device or a folder, not a file.", is_beside=is_beside)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = f"cannot be opened ({error.strerror}); check who may read it."
        raise UnreadableFile(path, reason, is_beside=is_beside) from error
