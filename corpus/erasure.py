"""Erasing: nothing of a document is left in the library but its id and hashes, by which it is refused."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.library import Library, State

_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is left to say after erasing: what else may hold the document.

    ``twins`` are other documents with the same bytes, ``exports`` the files that the library was exported to, and
    ``container`` the archive or message that it was packed in.
    """

    twins: tuple[str, ...]
    exports: tuple[str, ...]
    container: str | None = None


@dataclass(frozen=True, slots=True)
class _Forgotten:
    """What the library's database named of a document and names no more; ``own`` hashes and texts no other has."""

    own_sha256: frozenset[str]
    own_readings: frozenset[str]
    files: tuple[Path, ...]
    drafts: tuple[str, ...]
    twins: tuple[str, ...]
    exports: tuple[str, ...]


def erase_document(library: Library, id: str, by: str) -> Erasure:
    """Leave nothing of a document here: originals, texts, versions, caches; id and hashes are kept to refuse it.

    Of an archive or a message, nothing of what was packed in it either. A kill on the way leaves it hidden, and
    ``sweep`` goes on. What indexes hold is for ``retrieval.index.erasing``. Raises ``NoSuchDocument``.
    """
    forgotten = _forget(library, id, by)
    _remove_kept(library, forgotten)
    _remove_own(library, [*forgotten.files, library.sent / id])
    for draft in forgotten.drafts:
        shutil.rmtree(library.folder / "drafts" / draft, ignore_errors=True)
    library.database.forget_deleted()
    return Erasure(forgotten.twins, forgotten.exports, _container_of(library, id, forgotten.files))


def sweep(library: Library) -> None:
    """Delete the originals, texts and caches of no version, and uploads that were erased: what a kill can leave.

    Call it with the index locked: what is being indexed is kept before it is recorded.
    """
    with library.database.reading() as connection:
        rows = connection.execute("SELECT sha256, reading FROM versions").fetchall()
    shas, readings = {row[0] for row in rows}, {row[1] for row in rows}
    for files, named in ((library.originals, shas), (library.texts, readings)):
        files.clear_unfinished()
        for unused in set(files) - named:
            files.remove(unused)
    for cached in library.cache.glob("*/*"):
        if cached.name[:_DIGITS] not in shas:
            cached.unlink(missing_ok=True)
    erased = library.erased()
    for upload in library.uploads.iterdir():
        entry = library.entry(f"{library.uploads.name}/{upload.name}")
        if entry is None or entry.state is not State.ERASED or not upload.is_file():
            continue
        if erased.refuses(entry.id, hashlib.sha256(upload.read_bytes()).hexdigest()):
            upload.unlink()


def _forget(library: Library, id: str, by: str) -> _Forgotten:
    """Take a document, and what was packed in it, out of the database in one step."""
    library.known(id)
    with library.deciding() as connection:
        ids = [id, *library.members(connection, id)]
        marks = ", ".join("?" * len(ids))
        versions = f"SELECT document, sha256, reading FROM versions WHERE document IN ({marks})"  # noqa: S608 - our own words
        own = connection.execute(versions, ids).fetchall()
        others = connection.execute(versions.replace(" IN ", " NOT IN "), ids).fetchall()
        shas = {row[1] for row in own}
        files = connection.execute(f"SELECT file FROM documents WHERE id IN ({marks})", ids).fetchall()  # noqa: S608 - our own words
        for table in ("versions", "retired", "corrections", "events"):
            connection.execute(f"DELETE FROM {table} WHERE document IN ({marks})", ids)  # noqa: S608 - our own words
        cleared = "state = 'erased', title = NULL, label = '', label_by = 'default', file = ''"
        connection.execute(f"UPDATE documents SET {cleared} WHERE id IN ({marks})", ids)  # noqa: S608 - our own words
        connection.executemany(
            "INSERT OR IGNORE INTO erased VALUES (?, ?)", [(sha256, document) for document, sha256, _ in own]
        )
        drafts = [
            row[0]
            for sha256 in sorted(shas)
            for row in connection.execute("DELETE FROM drafts WHERE sha256 = ? RETURNING id", (sha256,)).fetchall()
        ]
        exports = connection.execute("SELECT path FROM exports ORDER BY at").fetchall()
        for one in ids:
            library.note(connection, one, "erased", "", by)
    return _Forgotten(
        frozenset(shas - {row[1] for row in others}),
        frozenset({row[2] for row in own} - {row[2] for row in others}),
        tuple(Path(row[0]) for row in files if row[0]),
        tuple(drafts),
        tuple(sorted({str(document) for document, sha256, _ in others if sha256 in shas})),
        tuple(str(row[0]) for row in exports),
    )


def _remove_kept(library: Library, forgotten: _Forgotten) -> None:
    """Remove the originals, texts and caches of what is erased."""
    for sha256 in forgotten.own_sha256:
        library.originals.remove(sha256)
        for cached in library.cache.glob(f"*/{sha256}*"):
            cached.unlink(missing_ok=True)
    for reading in forgotten.own_readings:
        library.texts.remove(reading)


def _remove_own(library: Library, files: Iterable[Path]) -> None:
    """Remove those of ``files`` that are the library's own, and what was unpacked, which is unpacked again."""
    for file in files:
        if file.is_file() and file.resolve().is_relative_to(library.folder.resolve()):
            file.unlink(missing_ok=True)
    shutil.rmtree(library.unpacked, ignore_errors=True)


def _container_of(library: Library, id: str, files: Sequence[Path]) -> str | None:
    """The id of the archive or message that a document was packed in, as its file's place tells."""
    unpacked = library.unpacked.resolve()
    for file in files:
        if file.resolve().is_relative_to(unpacked):
            below = "/".join(file.resolve().relative_to(unpacked).parts[1:])
            return id.removesuffix(f"/{below}") if id.endswith(f"/{below}") else None
    return None
