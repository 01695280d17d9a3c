"""Backups: stores, library and index as they are at one moment, written to one file while a bot goes on answering.

What is to be copied is gathered first, in a folder of its own in the data directory: databases by SQLite's online
backup, everything else as hard links, since these files are never changed, only replaced or deleted. The stores come
first, then the index, then the library's database and last the files that it names, so that each knows whatever one
before it refers to, as after a kill. What is deleted while that goes on is found missing, and gathering begins anew;
what is deleted later is in the backup still. Neither questions nor reloads wait for any of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from bot.backup.data_lock import BACKUP, DataInUseError, hold
from bot.backup.format import (
    INDEX,
    LIBRARY,
    STORES,
    BackupError,
    Header,
    Member,
    Meter,
    content_hash,
    is_expected,
    write_backup,
)
from bot.migrations import MIGRATIONS
from corpus.database import Database, DatabaseError
from corpus.durable import sync_folder
from corpus.library_schema import MIGRATIONS as LIBRARY_MIGRATIONS
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.index.generation import GenerationStore
from retrieval.index.storage import remove_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.backup.encryption import Seal
    from retrieval.index.generation import Manifest

_GATHERING: Final = ".backup-"
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Gathered:
    """What goes into a backup: each file with where it is to be read, and remarks on what does not, as sentences."""

    members: tuple[tuple[Path, Member], ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: how many files are in it, its size in bytes, and remarks, each a sentence."""

    files: int
    size: int
    remarks: tuple[str, ...]


def make_backup(
    data: Path,
    target: Path,
    seal: Seal | None,
    now: float,
    meter: Meter,
    *,
    with_index: bool = True,
    force: bool = False,
) -> Made:
    """Write a backup of a data directory to ``target``, which is there whole or not at all. Blocks.

    ``now`` is in seconds since 1970. A file of that name is replaced only with ``force``.

    Raises:
        BackupError: there is nothing to back up, a database is damaged, or the file cannot be written.
        DataInUseError: another backup or a restore is under way.
    """
    target = target.absolute()
    with _sentences(target), hold(data, BACKUP):
        _expect_free(target, force=force)
        remove_leftovers(data, _GATHERING)
        with tempfile.TemporaryDirectory(prefix=_GATHERING, dir=data) as scratch:
            gathered = gather(data, Path(scratch), meter, with_index=with_index)
            created = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            header = Header(created, version("rapporteur"), seal is not None, seal.identity if seal else None)
            with _published(target, force=force) as file:
                meter.start("Writing", sum(member.size for _, member in gathered.members))
                write_backup(file, header, gathered.members, seal, meter.advance)
                size = file.tell()
    return Made(len(gathered.members), size, gathered.remarks)


def _expect_free(target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise BackupError(f"{target} is a folder; name the file to be written.")
    if os.path.lexists(target) and not force:
        raise BackupError(f"{target} is there already; name another file, or say --force to replace it.")


@contextlib.contextmanager
def _published(target: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file that takes the name of ``target`` once it is written whole, readable to its owner alone."""
    prefix = f".{target.name}.unfinished-"
    for left in target.parent.glob(f"{_escaped(prefix)}*"):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=prefix, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # Another may have made one of that name meanwhile.
        _expect_free(target, force=force)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)


def _escaped(name: str) -> str:
    """A name as it stands for itself among the patterns of ``glob``."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


@contextlib.contextmanager
def _sentences(target: Path) -> Iterator[None]:
    """Say in one sentence why a backup cannot be written."""
    try:
        yield
    except OSError as error:
        where = error.filename or target
        raise BackupError(
            f"{where} cannot be written or read ({error.strerror or error}); free space, check its permissions, or "
            "name another file."
        ) from None


def remove_gathered(data: Path) -> None:
    """Delete what a killed backup has left of a data directory in it, unless one is being made."""
    with contextlib.suppress(DataInUseError), hold(data, BACKUP):
        remove_leftovers(data, _GATHERING)


# Gathering.


def gather(data: Path, folder: Path, meter: Meter, *, with_index: bool) -> Gathered:
    """Gather in ``folder``, which is empty, what is to be copied of a data directory, and hash it.

    Raises:
        BackupError: there is nothing yet, or a database cannot be copied.
        OSError: something cannot be read or written.
    """
    for attempt in range(_ATTEMPTS):
        into = folder / str(attempt)
        into.mkdir()
        index, files = _gather_once(data, into, with_index=with_index)
        if not files and index is not False:
            break
        if attempt + 1 < _ATTEMPTS:
            shutil.rmtree(into)
    remarks = []
    if index is False:
        shutil.rmtree(into / "index")
    if with_index and not index:
        remarks.append("There is no index in it: `rapporteur index` makes one.")
    if files:
        remarks.append(f"The library lacks {len(files)} of its files, {files[0]} first, and so does the backup.")
    paths = {path.relative_to(into).as_posix(): path for path in sorted(into.rglob("*")) if path.is_file()}
    if not any(name in paths for name in (*STORES, LIBRARY)):
        raise BackupError(f"There is nothing to back up in {data} yet.")
    members = []
    meter.start("Reading", sum(path.stat().st_size for path in paths.values()))
    for name, path in paths.items():
        if not is_expected(name):
            raise BackupError(f"The name of the file {data / name} cannot be kept in a backup; rename it.")
        size, sha256 = path.stat().st_size, _digest(path, meter)
        if content_hash(name) not in (None, sha256):
            remarks.append(f"The file {data / name} is damaged, and is left out.")
            continue
        members.append((path, Member(name, size, sha256)))
    return Gathered(tuple(members), tuple(remarks))


def _gather_once(data: Path, into: Path, *, with_index: bool) -> tuple[bool | None, list[str]]:
    """Gather once; return whether the index is whole, None where there is none, and what the library lacks."""
    for name in STORES:
        if (data / name).exists():
            _copy(data / name, into / name, "store", MIGRATIONS)
    index: bool | None = None
    if with_index:
        store = GenerationStore(data / "index")
        with contextlib.suppress(IndexMissing, IndexDamaged):
            index = _link_index(store, store.current(), into / "index")
    missing: list[str] = []
    if (data / LIBRARY).exists():
        (into / "library").mkdir()
        _copy(data / LIBRARY, into / LIBRARY, "library", LIBRARY_MIGRATIONS)
        missing = _link_library(data / "library", into / "library")
    return index, missing


def _copy(source: Path, target: Path, what: str, migrations: Sequence[tuple[str, str]]) -> None:
    """Copy a database while others use it.

    Raises:
        BackupError: it is damaged, or cannot be copied.
    """
    try:
        with Database.open(source, what, migrations) as database:
            problem = database.problem()
            if problem is None:
                database.copy_to(target)
    except DatabaseError as error:
        raise BackupError(f"Nothing was backed up. {error}") from None
    if problem is not None:
        raise BackupError(f"Nothing was backed up: the {what} {source} is damaged ({problem}).")


def _link_index(store: GenerationStore, manifest: Manifest, into: Path) -> bool:
    """Gather a generation: its manifest, the anchors of its encoder and its segments; say whether all was there."""
    into.mkdir()
    text = json.dumps(manifest.to_json(), ensure_ascii=False, indent=1)
    (into / Path(INDEX).name).write_text(text, encoding="utf-8")
    anchors = store.anchors_file(manifest.encoder)
    is_whole = _link(anchors, into / anchors.name)
    for name in manifest.segments:
        try:
            files = sorted((store.segments_folder / name).iterdir())
        except FileNotFoundError:
            files = []
        is_whole &= bool(files) and all(_link(file, into / "segments" / name / file.name) for file in files)
    return is_whole


def _link_library(library: Path, into: Path) -> list[str]:
    """Gather the files of a library that its database, which is in ``into`` already, names, and those that were sent.

    What was sent and is not indexed yet is not named there.
    """
    copy = Database.open(into / Path(LIBRARY).name, "library", LIBRARY_MIGRATIONS)
    with copy, copy.reading() as connection:
        versions = connection.execute("SELECT DISTINCT sha256, reading FROM versions").fetchall()
        drafts = connection.execute("SELECT id, name FROM drafts").fetchall()
    originals, readings = sorted({row[0] for row in versions}), sorted({row[1] for row in versions})
    wanted = [f"originals/{one[:2]}/{one}" for one in originals] + [f"texts/{one[:2]}/{one}" for one in readings]
    wanted += [f"drafts/{id}/{name}" for id, name in sorted(drafts)]
    missing = [name for name in wanted if not _link(library / name, into / name)]
    for file in sorted((library / "sent").rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            # One that is replaced or deleted at this moment has its original among those above.
            _link(file, into / file.relative_to(library))
    return missing


def _link(file: Path, target: Path) -> bool:
    """Give a file that is never changed another name, or copy it where that cannot be; False where it is gone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(file)
    except FileNotFoundError:
        return False
    except OSError:
        try:
            shutil.copyfile(file, target)
        except FileNotFoundError:
            return False
    return True


def _digest(path: Path, meter: Meter) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(2**20):
            digest.update(part)
            meter.advance(len(part))
    return digest.hexdigest()
