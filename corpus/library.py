"""The library: which documents there are, with their originals, versions and labels, and what admins decided on them.

It is the authority on what may be read. A document is read only where it is listed here, and only with a clearance for
its label, whatever an index holds: so that what was withdrawn, erased or relabelled stays so when an earlier index
answers again.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from corpus.access import Labels
from corpus.content_store import ContentStore
from corpus.database import Connection, Database, DatabaseDamaged
from corpus.document import Document, Extraction, Metadata
from corpus.errors import CorpusError
from corpus.library_schema import MIGRATIONS
from corpus.serial import extraction_from_json, extraction_to_json

_SENT, _UPLOADS, _UNPACKED = "sent", "uploads", "unpacked"
_ENTRIES = """
    SELECT d.id, d.state, d.label, d.label_by, d.title, d.file, v.sha256, v.number, d.added, v.recorded
    FROM documents d LEFT JOIN versions v
    ON v.document = d.id AND v.number = (SELECT max(number) FROM versions WHERE document = d.id)
"""
SHELL = "shell"
FOLDERS = "folders"


class NoSuchDocument(CorpusError):  # noqa: N818 - named for what it is about
    """The library has no document of that id, or it is in no state for what was asked."""


class State(StrEnum):
    """What a document is: searched; gone from its folder; withdrawn by an admin; or erased, of which only ids stay."""

    LISTED = "listed"
    GONE = "gone"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as the library lists it.

    ``label_by`` says who gave the label: "admin", "file" (a sidecar or the rules of a folder) or "default". ``sha256``
    is that of the newest version, None where none is kept; times are in seconds since 1970.
    """

    id: str
    state: State
    label: str
    label_by: str
    title: str | None
    file: str
    sha256: str | None
    versions: int
    added: float
    changed: float


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a document: the ``number``th, from 1; ``reading`` is under which hash its text is kept."""

    document: str
    number: int
    sha256: str
    reading: str
    recorded: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a document: what, its detail, by whom (a Telegram id, or ``SHELL``), and when."""

    document: str
    event: str
    detail: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as it was read for the index; ``signature`` is what ``corpus.likeness`` makes of its text.

    ``readmitted`` says that its document was erased already when it was read, and could be read again.
    """

    id: str
    file: str
    sha256: str
    extraction: Extraction
    signature: bytes
    readmitted: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, as far as it is refused: wordings (document, sha256), and hashes that no document has still."""

    wordings: frozenset[tuple[str, str]]
    unheld: frozenset[str]

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """What the library's database says."""
        rows = connection.execute("SELECT document, sha256 FROM erased").fetchall()
        unheld = connection.execute("SELECT sha256 FROM erased EXCEPT SELECT sha256 FROM versions").fetchall()
        return cls(frozenset((str(id), str(sha256)) for id, sha256 in rows), frozenset(str(row[0]) for row in unheld))

    def refuses(self, id: str, sha256: str) -> bool:
        """Whether the bytes of that hash were erased as this document, or as any where no other still has them."""
        return sha256 in self.unheld or (id, sha256) in self.wordings


class Library:
    """A folder with a database and the files that it names. Its methods block: call them off the event loop."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        labels: Labels,
        default: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.labels = labels
        self._default = default
        self._now = now
        self.database = database
        self.originals = ContentStore(folder / "originals")
        self.texts = ContentStore(folder / "texts")

    @classmethod
    def open(
        cls,
        folder: Path,
        labels: Labels | None = None,
        default: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> Self:
        """Open the library in ``folder``, made where there is none; ``default`` is the label of what has none.

        Raises:
            DatabaseError: its database is damaged, locked, or of a newer version of this program.
        """
        labels = labels or Labels()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in ("originals", "texts", "cache", "drafts", f"{_SENT}/{_UPLOADS}"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        database = Database.open(folder / "library.sqlite3", "library", MIGRATIONS)
        return cls(folder, database, labels, default or labels.lowest, now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @property
    def sent(self) -> Path:
        """One more folder to index: what was sent to the bot and published."""
        return self.folder / _SENT

    @property
    def uploads(self) -> Path:
        """Where published files are, so that the id of each is "uploads/" and its name."""
        return self.sent / _UPLOADS

    @property
    def cache(self) -> Path:
        """The folder for what can be made again; a file of a document in it begins with the SHA-256 of its bytes."""
        return self.folder / "cache"

    @property
    def unpacked(self) -> Path:
        """The folder that archives and messages are unpacked to, each below the SHA-256 of its bytes."""
        return self.folder / _UNPACKED

    # Looking.

    def revision(self) -> int:
        """A number that grows with everything decided or recorded here."""
        with self.database.reading() as connection:
            return int(connection.execute("SELECT number FROM revision").fetchone()[0])

    def entries(self) -> dict[str, Entry]:
        """Every document that was ever listed, by id, in the order of the ids."""
        with self.database.reading() as connection:
            return {entry.id: entry for entry in map(self._entry, connection.execute(f"{_ENTRIES} ORDER BY d.id"))}

    def entry(self, id: str) -> Entry | None:
        """The document of that id."""
        with self.database.reading() as connection:
            row = connection.execute(f"{_ENTRIES} WHERE d.id = ?", (id,)).fetchone()
        return self._entry(row) if row else None

    def hidden(self, documents: Iterable[Document], clearance: str) -> frozenset[str]:
        """The ids of those of ``documents`` that ``clearance`` does not let read, or that are not listed.

        An earlier wording is hidden too where it is retired, or where its own file had a label that is not covered and
        no admin gave one since; and so is what was packed in an archive or a message that is hidden.
        """
        entries, retired = self.entries(), self.retired()
        return frozenset(
            one.id
            for one in documents
            if (one.id, one.sha256) in retired
            or not self._may_show(entries.get(one.id), one, clearance)
            or not all(self._may_open(entry, clearance) for entry in _holders(entries, one.id))
        )

    def retired(self) -> frozenset[tuple[str, str]]:
        """The wordings that are not shown again, (document, sha256) each, though the document may be listed.

        They were withdrawn, or more closely held, before another took their place.
        """
        with self.database.reading() as connection:
            rows = connection.execute("SELECT document, sha256 FROM retired").fetchall()
        return frozenset((str(id), str(sha256)) for id, sha256 in rows)

    def _may_read(self, entry: Entry | None, clearance: str) -> bool:
        return entry is not None and entry.state is State.LISTED and self.labels.admits(clearance, entry.label)

    def _may_open(self, holder: Entry, clearance: str) -> bool:
        """Whether what is packed in an archive or a message may be read, as far as that is decided of the whole."""
        if holder.state in (State.WITHDRAWN, State.ERASED):
            return False
        return holder.label_by != "admin" or self.labels.admits(clearance, holder.label)

    def _may_show(self, entry: Entry | None, document: Document, clearance: str) -> bool:
        if entry is None or not self._may_read(entry, clearance):
            return False
        own = self._stated(document.metadata) or self._default
        return entry.label_by == "admin" or self.labels.admits(clearance, own)

    def _entry(self, row: Sequence[str | int | float | None]) -> Entry:
        id, state, label, label_by, title, file, sha256, versions, added, changed = row
        shown = self._default if label_by == "default" else str(label)
        try:
            known = State(str(state))
        except ValueError as error:
            message = f"The library is damaged: a document has a state that there is not ({state!r}); restore a backup."
            raise DatabaseDamaged(message, str(error)) from None
        return Entry(
            str(id),
            known,
            shown,
            str(label_by),
            None if title is None else str(title),
            str(file),
            None if sha256 is None else str(sha256),
            int(versions or 0),
            float(added or 0),
            float(changed or added or 0),
        )

    def versions(self, id: str) -> tuple[Version, ...]:
        """The wordings of a document that are kept, newest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT document, number, sha256, reading, recorded FROM versions WHERE document = ?"
                " ORDER BY number DESC",
                (id,),
            ).fetchall()
        return tuple(Version(*row) for row in rows)

    def reading(self, version: Version) -> Extraction | None:
        """What was read of a version; None where it is no longer kept or is damaged."""
        content = self.texts.read(version.reading)
        return None if content is None else extraction_from_json(json.loads(zlib.decompress(content)))

    def signatures(self) -> dict[str, bytes]:
        """The signature of the newest version of each listed document, by id."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT v.document, v.signature FROM versions v JOIN documents d ON d.id = v.document"
                " WHERE d.state = 'listed' AND v.number ="
                " (SELECT max(number) FROM versions WHERE document = v.document)"
            ).fetchall()
        return {str(id): bytes(signature) for id, signature in rows}

    def corrections(self) -> dict[str, dict[str, str]]:
        """What admins corrected, by document and field."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT document, field, value FROM corrections ORDER BY document, field")
            found: dict[str, dict[str, str]] = {}
            for id, field, value in rows:
                found.setdefault(str(id), {})[str(field)] = str(value)
        return found

    def events(self, id: str) -> tuple[Event, ...]:
        """What happened to a document, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT document, event, detail, by, at FROM events WHERE document = ? ORDER BY number", (id,)
            ).fetchall()
        return tuple(Event(*row) for row in rows)

    def erased(self) -> Erased:
        """What was erased, and is refused whenever it is read again."""
        with self.database.reading() as connection:
            return Erased.of(connection)

    # Recording what was indexed.

    def keep_texts(self, recorded: Iterable[Recorded]) -> dict[str, str]:
        """Keep the texts of what was read, and return under which hash each is, by document."""
        return {one.id: self.texts.put(_packed(one.extraction)) for one in recorded}

    def record(self, recorded: Sequence[Recorded], gone: Iterable[str], back: Iterable[str] = ()) -> None:
        """List what was read, take as gone what is no longer in its folder, and list what is there again, in one step.

        A withdrawn document stays withdrawn, with its new version; a label that an admin gave stays; and what was
        erased since it was read is not listed.
        """
        texts = self.keep_texts(recorded)
        with self.deciding() as connection:
            # What was read of a document that was erased since is refused from now on too.
            connection.executemany(
                "INSERT OR IGNORE INTO erased SELECT ?, id FROM documents WHERE id = ? AND state = 'erased'",
                [(one.sha256, one.id) for one in recorded if not one.readmitted],
            )
            erased = Erased.of(connection)
            for one in recorded:
                if not erased.refuses(one.id, one.sha256):
                    self._list(connection, one)
                    self._add_version(connection, one, texts[one.id])
            for id in gone:
                changed = connection.execute(
                    "UPDATE documents SET state = 'gone' WHERE id = ? AND state = 'listed'", (id,)
                )
                if changed.rowcount:
                    self.note(connection, id, "gone", "", FOLDERS)
            for id in back:
                changed = connection.execute(
                    "UPDATE documents SET state = 'listed' WHERE id = ? AND state = 'gone'", (id,)
                )
                if changed.rowcount:
                    self.note(connection, id, "back", "", FOLDERS)

    def label_of(self, extraction: Extraction) -> tuple[str | None, str]:
        """The label that a file's sidecar or folder gives it, and by whom it is; one not in use is the highest.

        What was packed in an archive or a message is held at least as closely as that.
        """
        label = self._stated(extraction.metadata)
        return label, "default" if label is None else "file"

    def _stated(self, metadata: Metadata) -> str | None:
        given = [label for label in (metadata.access, metadata.container_access) if label is not None]
        named = [self.labels.named(label) or self.labels.highest for label in given]
        return max(named, key=self.labels.names.index, default=None)

    def _list(self, connection: Connection, one: Recorded) -> None:
        label, by = self.label_of(one.extraction)
        known = connection.execute("SELECT state, label_by FROM documents WHERE id = ?", (one.id,)).fetchone()
        title = one.extraction.metadata.title
        if known is None:
            connection.execute(
                "INSERT INTO documents VALUES (?, 'listed', ?, ?, ?, ?, ?)",
                (one.id, label or "", by, title, one.file, self._now()),
            )
            self.note(connection, one.id, "added", one.sha256, FOLDERS)
            return
        state, label_by = known
        connection.execute("UPDATE documents SET title = ?, file = ? WHERE id = ?", (title, one.file, one.id))
        if label_by != "admin":
            connection.execute("UPDATE documents SET label = ?, label_by = ? WHERE id = ?", (label or "", by, one.id))
        if state in (State.GONE, State.ERASED):
            connection.execute("UPDATE documents SET state = 'listed' WHERE id = ?", (one.id,))
            is_new = connection.execute("SELECT 1 FROM versions WHERE document = ?", (one.id,)).fetchone() is None
            self.note(connection, one.id, "added" if is_new else "back", one.sha256, FOLDERS)

    def _add_version(self, connection: Connection, one: Recorded, reading: str) -> None:
        last = connection.execute(
            "SELECT number, sha256, reading FROM versions WHERE document = ? ORDER BY number DESC LIMIT 1", (one.id,)
        ).fetchone()
        number, sha256, text = last or (0, None, None)
        if (sha256, text) == (one.sha256, reading):
            return
        connection.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)",
            (one.id, number + 1, one.sha256, reading, one.signature, self._now()),
        )
        if last is not None:
            self.note(connection, one.id, "changed", one.sha256, FOLDERS)

    # Deciding.

    def expect(
        self, id: str, corrections: Mapping[str, str], label: str | None, by: str, sha256: str | None = None
    ) -> None:
        """Prepare for a file that is about to be indexed as ``id``: what is known of it, and its label if one is given.

        A document of that id that was withdrawn is shown again from then on, in the wording of ``sha256``. Earlier ones
        are then retired, and also where ``label`` is not as close as the one that they had. What was corrected before
        was corrected of another file, and holds no more.
        """
        before = self.entry(id)
        with self.deciding() as connection:
            if before is not None and (before.state is State.WITHDRAWN or self._is_opened(before.label, label)):
                connection.execute(
                    "INSERT OR IGNORE INTO retired SELECT document, sha256 FROM versions WHERE document = ?", (id,)
                )
            connection.execute("DELETE FROM retired WHERE document = ? AND sha256 = ?", (id, sha256))
            connection.execute("DELETE FROM corrections WHERE document = ?", (id,))
            connection.execute(
                "INSERT OR IGNORE INTO documents VALUES (?, 'gone', '', 'default', NULL, '', ?)", (id, self._now())
            )
            connection.execute("UPDATE documents SET state = 'gone' WHERE id = ? AND state = 'withdrawn'", (id,))
            if label is not None:
                connection.execute("UPDATE documents SET label = ?, label_by = 'admin' WHERE id = ?", (label, id))
            for field, value in corrections.items():
                if field != "access":
                    connection.execute("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?)", (id, field, value))
            self.note(connection, id, "published", "", by)

    def _is_opened(self, before: str, label: str | None) -> bool:
        return label is not None and not self.labels.admits(label, before)

    def withdraw(self, id: str, by: str, reason: str = "") -> None:
        """Show a document no more, from now on, until it is restored; raises ``NoSuchDocument``."""
        self._move(id, (State.LISTED, State.GONE), State.WITHDRAWN, by, reason)

    def restore(self, id: str, by: str) -> None:
        """Show a withdrawn document again; of an erased one, let its file be read again. Raises ``NoSuchDocument``."""
        entry = self.known(id)
        if entry.state is not State.ERASED:
            # An archive is not listed itself.
            to = State.LISTED if entry.versions else State.GONE
            self._move(id, (State.WITHDRAWN,), to, by, "", event="restored")
            return
        with self.deciding() as connection:
            members = self.members(connection, id)
            for one in (id, *members):
                connection.execute("DELETE FROM erased WHERE document = ?", (one,))
                self.note(connection, one, "readmitted", "", by)
            if members:
                connection.execute("UPDATE documents SET state = 'gone' WHERE id = ?", (id,))

    def relabel(self, id: str, label: str, by: str) -> None:
        """Give a document a label, from now on; raises ``NoSuchDocument``, and ValueError for a label not in use."""
        named = self.labels.named(label)
        if named is None:
            raise ValueError(f'"{label}" is no access label; in use are {", ".join(self.labels.names)}.')
        self.known(id)
        with self.deciding() as connection:
            connection.execute("UPDATE documents SET label = ?, label_by = 'admin' WHERE id = ?", (named, id))
            self.note(connection, id, "labelled", named, by)

    def correct(self, id: str, field: str, value: str | None, by: str) -> None:
        """Keep what an admin says a document's ``field`` is, or with None nothing any more; read at the next indexing.

        Raises ``NoSuchDocument``. The value is checked by ``corpus.metadata`` before.
        """
        self.known(id)
        with self.deciding() as connection:
            connection.execute("DELETE FROM corrections WHERE document = ? AND field = ?", (id, field))
            if value is not None:
                connection.execute("INSERT INTO corrections VALUES (?, ?, ?)", (id, field, value))
            self.note(connection, id, "corrected", f"{field}: {value or ''}".strip(), by)

    def note_export(self, path: Path) -> None:
        """Remember that what is here was exported to ``path``."""
        with self.database.writing() as connection:
            connection.execute("INSERT INTO exports VALUES (?, ?)", (str(path.absolute()), self._now()))

    def _move(
        self, id: str, states: tuple[State, ...], to: State, by: str, detail: str, *, event: str | None = None
    ) -> None:
        entry = self.known(id)
        if entry.state not in states:
            raise NoSuchDocument(f"The document {id} is {entry.state.value}; it cannot be {event or to.value}.")
        with self.deciding() as connection:
            connection.execute("UPDATE documents SET state = ? WHERE id = ?", (to.value, id))
            self.note(connection, id, event or to.value, detail, by)

    # For what decides beside this module.

    def known(self, id: str) -> Entry:
        """The document of that id, or the archive of it, which is noted where something is decided of the whole.

        Raises ``NoSuchDocument``.
        """
        entry = self.entry(id)
        if entry is not None:
            return entry
        with self.deciding() as connection:
            if not self.members(connection, id):
                raise NoSuchDocument(f"There is no document {id}.")
            connection.execute(
                "INSERT INTO documents VALUES (?, 'gone', '', 'default', NULL, '', ?)", (id, self._now())
            )
        return self.known(id)

    def members(self, connection: Connection, id: str) -> list[str]:
        """The documents that were packed in an archive or a message, or that are below a folder of that path."""
        rows = connection.execute("SELECT id FROM documents WHERE substr(id, 1, ?) = ?", (len(id) + 1, f"{id}/"))
        return sorted(str(row[0]) for row in rows)

    def note(self, connection: Connection, id: str, event: str, detail: str, by: str) -> None:
        """Add to what happened to a document."""
        connection.execute(
            "INSERT INTO events (document, event, detail, by, at) VALUES (?, ?, ?, ?, ?)",
            (id, event, detail, by, self._now()),
        )

    @contextmanager
    def deciding(self) -> Iterator[Connection]:
        """A transaction that gives the library a new revision."""
        with self.database.writing() as connection:
            yield connection
            connection.execute("UPDATE revision SET number = number + 1")


def _holders(entries: Mapping[str, Entry], id: str) -> list[Entry]:
    """The archives and messages that a document was packed in, as far as they are noted."""
    parts = id.split("/")
    found = (entries.get("/".join(parts[:length])) for length in range(1, len(parts)))
    return [entry for entry in found if entry is not None]


def _packed(extraction: Extraction) -> bytes:
    text = json.dumps(extraction_to_json(extraction), ensure_ascii=False, sort_keys=True)
    return zlib.compress(text.encode("utf-8", "surrogatepass"))
