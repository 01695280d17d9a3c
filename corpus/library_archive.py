"""A library in one file: exported whole while it is in use, and imported whole where there is none yet."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

import yaml

from corpus.canonical import fold
from corpus.database import Database, DatabaseError
from corpus.document import Metadata
from corpus.durable import publish_folder, sync_folder
from corpus.errors import CorpusError
from corpus.folders import SIDECAR_SUFFIX
from corpus.library import Entry, Library, State
from corpus.library_schema import MIGRATIONS
from corpus.metadata import FIELDS

FORMAT = 1
_MANIFEST = "manifest.json"
_DATABASE = "library.sqlite3"
_HASHED = re.compile(r"(?:originals|texts)/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_SENT = re.compile(r"sent/(?!.*(?:^|/)\.\.?(?:/|$))[^\0]+")
_CHUNK = 1024 * 1024
Tell = Callable[[int, int], None]


class ArchiveError(CorpusError):
    """An export cannot be written or used; the message is one sentence."""


def export(library: Library, target: Path, tell: Tell) -> int:
    """Write the library to ``target``, a tar file, and return how many files are in it.

    The database is copied as it is at one moment; files that it names are never changed, only added. ``tell`` is told
    how many files are done, and of how many. What the archive is called is remembered, so that erasing can name it.

    Raises:
        ArchiveError: it cannot be written.
    """
    handle, temporary = _temporary_beside(target)
    try:
        with tempfile.TemporaryDirectory() as scratch, os.fdopen(handle, "wb") as file:
            copy = Path(scratch) / _DATABASE
            library.database.copy_to(copy)
            files = [(copy, _DATABASE), *_files(library)]
            hashes: dict[str, str] = {}
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for number, (path, name) in enumerate(files, 1):
                    hashes[name] = _add(archive, path, name)
                    tell(number, len(files))
                manifest = json.dumps({"format": FORMAT, "files": hashes}, ensure_ascii=False).encode()
                entry = tarfile.TarInfo(_MANIFEST)
                entry.size = len(manifest)
                archive.addfile(entry, io.BytesIO(manifest))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise ArchiveError(
            f"{target} cannot be written ({error.strerror}); name another file, or free space."
        ) from None
    finally:
        Path(temporary).unlink(missing_ok=True)
    library.note_export(target)
    return len(files)


def _temporary_beside(target: Path) -> tuple[int, str]:
    if target.is_dir():
        raise ArchiveError(f"{target} is a folder; name the file to be written.")
    try:
        return tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise ArchiveError(f"{target} cannot be written ({error.strerror}); name another file.") from None


def _files(library: Library) -> list[tuple[Path, str]]:
    """The files of the library that are not its database or can be made again, with their names in an archive."""
    found = []
    for part in ("originals", "texts", "sent"):
        folder = library.folder / part
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        found += [(path, path.relative_to(library.folder).as_posix()) for path in paths]
    return found


def _add(archive: tarfile.TarFile, path: Path, name: str) -> str:
    """Add a file, and return the SHA-256 of what was added."""
    with path.open("rb") as opened:
        entry = tarfile.TarInfo(name)
        entry.size = os.fstat(opened.fileno()).st_size
        hashed = _Hashed(opened)
        archive.addfile(entry, hashed)
    return hashed.digest.hexdigest()


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes."""
        part = self._file.read(size)
        self.digest.update(part)
        return part


def import_library(source: Path, folder: Path, present: Collection[str], tell: Tell) -> int:
    """Make the library of an archive that of ``folder``, where none has a document yet; return how many it lists.

    A listed document that no folder here holds (``present`` are the ids of what they hold) is put, with what is known
    about it, among the files that were sent to the bot, so that it is indexed under the id that it has.

    Raises:
        ArchiveError: the archive is damaged, of another version, or there is a library already; nothing is changed.
    """
    if (folder / _DATABASE).exists():
        with Library.open(folder) as library:
            if library.entries():
                raise ArchiveError(f"There is a library in {folder} already; import into another data directory.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".importing-", dir=folder.parent))
    try:
        _unpack(source, temporary, tell)
        with Library.open(temporary) as library:
            entries = [entry for entry in library.entries().values() if entry.state is State.LISTED]
            for entry in entries:
                if entry.id not in present:
                    _put_among_sent(library, entry)
            library.database.forget_deleted()
        if folder.exists():
            shutil.rmtree(folder)
        publish_folder(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(entries)


def _unpack(source: Path, folder: Path, tell: Tell) -> None:
    """Write the files of an archive below ``folder``, each checked against the archive's own list."""
    hashes: dict[str, str] = {}
    listed: dict[str, str] | None = None
    try:
        with tarfile.open(source, "r:") as archive:
            for entry, content in _entries(archive):
                if entry.name == _MANIFEST:
                    listed = _manifest(content.read())
                    continue
                if not _is_expected(entry.name):
                    raise ArchiveError(f"{source} is no export of a library: it holds {fold(entry.name)!r}.")
                hashes[entry.name] = _write(content, folder / entry.name)
                tell(archive.offset, source.stat().st_size)
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{source} is damaged or no export of a library ({error}).") from None
    except OSError as error:
        raise ArchiveError(f"{source} cannot be imported ({error.strerror}).") from None
    if listed is None or listed != hashes or _DATABASE not in hashes:
        raise ArchiveError(f"{source} is damaged or was cut short: its files are not those that it lists.")
    for name, sha256 in hashes.items():
        matched = _HASHED.fullmatch(name)
        if matched and matched[2] != sha256:
            raise ArchiveError(f"{source} is damaged: {name} is not what it is named for.")
    try:
        Database.open(folder / _DATABASE, "library", MIGRATIONS).close()
    except DatabaseError as error:
        raise ArchiveError(f"{source} cannot be imported. {error}") from None


def _entries(archive: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    for entry in archive:
        content = archive.extractfile(entry) if entry.isfile() else None
        if content is None:
            raise tarfile.TarError(f"{fold(entry.name)!r} in it is not a file")
        yield entry, content


def _manifest(content: bytes) -> dict[str, str]:
    try:
        value = json.loads(content)
        files = value["files"]
        if value["format"] != FORMAT:
            raise ArchiveError("The export was made by another version of this program; use that version.")
        return {str(name): str(sha256) for name, sha256 in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArchiveError("The list of files in the export is damaged; export again.") from None


def _is_expected(name: str) -> bool:
    return name == _DATABASE or _HASHED.fullmatch(name) is not None or _SENT.fullmatch(name) is not None


def _write(content: IO[bytes], path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while part := content.read(_CHUNK):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _put_among_sent(library: Library, entry: Entry) -> None:
    """Put the newest version of a document where it is indexed, with a sidecar of what was stated about it."""
    path = library.sent / entry.id
    content = library.originals.read(entry.sha256) if entry.sha256 else None
    if path.exists() or content is None or ".." in Path(entry.id).parts:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    newest = library.versions(entry.id)[0]
    reading = library.reading(newest)
    if reading is not None:
        sidecar = path.with_name(f"{path.name}{SIDECAR_SUFFIX}")
        sidecar.write_text(_sidecar(reading.metadata), encoding="utf-8")


def _sidecar(metadata: Metadata) -> str:
    """The text of a sidecar that states what was not guessed."""
    stated = {
        name: value
        for name, value in asdict(metadata).items()
        if name in FIELDS and name not in metadata.guessed and value not in (None, ())
    }
    if "round" in stated:
        stated["round"] = ", ".join(map(str, metadata.rounds))
    if "sources" in stated:
        stated["sources"] = [
            {name: value for name, value in source.items() if value is not None} for source in stated["sources"]
        ]
    # As text, since that is how it is read: no value may become a number, a date or a truth on the way.
    plain = {name: value if isinstance(value, list) else str(value) for name, value in stated.items()}
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
