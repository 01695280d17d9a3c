"""Files that were sent to the bot and are not published yet: looked at, corrected, then published or discarded."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.durable import publish_folder, sync_folder
from corpus.library import Library

_SECONDS_KEPT = 7 * 24 * 3600.0
_LONGEST_NAME, _LONGEST_SUFFIX = 150, 20


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that waits to be published; ``corrections`` are values that were given for it, by field."""

    id: str
    name: str
    path: Path
    sha256: str
    corrections: Mapping[str, str]
    by: str
    at: float

    @property
    def document(self) -> str:
        """The id of the document that it becomes."""
        return f"uploads/{self.name}"


class Drafts:
    """The files that wait, in a library's folder and database."""

    def __init__(self, library: Library, now: Callable[[], float] = time.time) -> None:
        self._library = library
        self._now = now
        self._folder = library.folder / "drafts"

    def add(self, name: str, content: bytes, by: str) -> SentFile:
        """Keep a file that was sent by ``by``; of its name only the last part counts, without what hides a file."""
        id = secrets.token_hex(5)
        safe = safe_name(name)
        temporary = self._folder / f".{id}"
        temporary.mkdir()
        (temporary / safe).write_bytes(content)
        publish_folder(temporary, self._folder / id)
        sha256 = hashlib.sha256(content).hexdigest()
        with self._library.database.writing() as connection:
            connection.execute("INSERT INTO drafts VALUES (?, ?, ?, '{}', ?, ?)", (id, safe, sha256, by, self._now()))
        return SentFile(id, safe, self._folder / id / safe, sha256, {}, by, self._now())

    def get(self, id: str) -> SentFile | None:
        """The file of that id, None where it was published, discarded or forgotten."""
        with self._library.database.reading() as connection:
            row = connection.execute("SELECT * FROM drafts WHERE id = ?", (id,)).fetchone()
        if row is None:
            return None
        id, name, sha256, corrections, by, at = row
        return SentFile(id, name, self._folder / id / name, sha256, json.loads(corrections), by, at)

    def correct(self, id: str, field: str, value: str) -> None:
        """Keep a value for ``field``; checked by ``corpus.metadata`` before."""
        with self._library.database.writing() as connection:
            row = connection.execute("SELECT corrections FROM drafts WHERE id = ?", (id,)).fetchone()
            if row is not None:
                corrections = json.dumps(json.loads(row[0]) | {field: value}, ensure_ascii=False)
                connection.execute("UPDATE drafts SET corrections = ? WHERE id = ?", (corrections, id))

    def publish(self, draft: SentFile) -> str:
        """Move the file to where it is indexed, in place of one of its name, and return its document's id.

        Its corrections become the document's. A kill between the steps leaves a file that is published without its
        draft's being gone; publishing it again finds the file missing and finishes.
        """
        document = draft.document
        self._library.expect(document, draft.corrections, draft.corrections.get("access"), draft.by, draft.sha256)
        if draft.path.exists():
            draft.path.replace(self._library.uploads / draft.name)
            sync_folder(self._library.uploads)
        self.discard(draft.id)
        return document

    def discard(self, id: str) -> None:
        """Keep the file no longer."""
        with self._library.database.writing() as connection:
            connection.execute("DELETE FROM drafts WHERE id = ?", (id,))
        shutil.rmtree(self._folder / id, ignore_errors=True)

    def forget_old(self) -> None:
        """Discard what has waited for a week, and what a killed run left half written."""
        with self._library.database.reading() as connection:
            rows = connection.execute("SELECT id FROM drafts WHERE at >= ?", (self._now() - _SECONDS_KEPT,))
            kept = {str(row[0]) for row in rows}
        for folder in self._folder.iterdir():
            if folder.name not in kept:
                self.discard(folder.name)


def safe_name(name: str) -> str:
    """The last part of a path as the name of a file: without control characters, not hidden, at most 150 bytes."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if character.isprintable()).lstrip(". ")
    stem, point, suffix = kept.rpartition(".")
    if not stem or len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, point, suffix = kept, "", ""
    while len(f"{stem}{point}{suffix}".encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem}{point}{suffix}".strip() or "file"
