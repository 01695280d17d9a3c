"""Everything in the folders that is to be read: plain files, and what is packed in archives and messages."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.errors import UnreadableFile
from corpus.folders import find_files
from corpus.formats import CONTAINER_SUFFIXES, CONTAINERS, SUFFIXES
from corpus.unpacked import Unpacked, load

_ZIP_MAGIC = b"PK\x03\x04"
_MAIL_HEAD = 1024


class Unpacker(Protocol):
    """What takes containers apart; ``corpus.extraction.Extractor`` does."""

    def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
        """Write the files that a container holds below ``folder``; raises ``UnreadableFile``."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: its id, where it lies, and the folder below which rules and sidecars are about it.

    ``container`` is the source that the file was packed in, None for a file of the folders: what is stated about that
    one, beside it or by its folders, holds for what is in it too.
    """

    id: str
    path: Path
    root: Path
    container: Source | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be read, in the order of the folders, and what is refused before, as (id, path, reason).

    ``unpacked`` are the folders that containers were unpacked to, for ``remove_unused``.
    """

    sources: tuple[Source, ...]
    refused: tuple[tuple[str, Path, str], ...] = ()
    unpacked: frozenset[Path] = frozenset()


def find_sources(folders: Sequence[Path], unpacked: Path | None, extractor: Unpacker) -> Sources:
    """Return what there is to read below ``folders``; see ``corpus.folders.find_files`` for ids and what is left out.

    A container (a ZIP file or an e-mail message, by its suffix, or by its bytes where its suffix is unknown) is
    unpacked below the folder ``unpacked``, once for each content; what is in it has the id of the container, a slash,
    and its path there. A message is a source itself too. Without ``unpacked`` containers are sources like any other.
    A file whose name is not UTF-8, which nothing could be written down with, is refused.
    Raises ``FolderError``.
    """
    sources: list[Source] = []
    refused: list[tuple[str, Path, str]] = []
    used: set[Path] = set()
    for root, id, path in _found(folders):
        if not _is_text(path):
            written = Path(os.fsencode(path).decode("utf-8", "replace"))
            refused.append((id, written, "its name is not UTF-8; rename it."))
            continue
        source = Source(id, path, root)
        if unpacked is None or not _may_hold_others(path):
            sources.append(source)
            continue
        try:
            held = _unpack(path, unpacked, extractor)
        except UnreadableFile as error:
            if path.suffix.lower() == ".eml":
                # Its reader says more about a message than that nothing could be taken out of it.
                sources.append(source)
            else:
                refused.append((id, path, error.reason))
            continue
        used.add(held.folder)
        if held.format != "zip":
            sources.append(source)
        if held.format in CONTAINERS:
            sources += _members(source, held)
            refused += [(f"{id}/{member}", path, reason) for member, reason in held.refused]
    return Sources(tuple(sources), tuple(refused), frozenset(used))


def _is_text(path: Path) -> bool:
    """Whether a path, whose bytes may be anything, can be written down."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def remove_unused(unpacked: Path, used: Iterable[Path]) -> None:
    """Delete below ``unpacked`` what no container needs any longer, and what a killed run left half written."""
    kept = set(used)
    if not unpacked.is_dir():
        return
    for folder in unpacked.iterdir():
        if folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _found(folders: Sequence[Path]) -> list[tuple[Path, str, Path]]:
    """Return (folder, id, path) of every file: the folder is the first that holds it, as in ``find_files``."""
    roots = [folder.resolve() for folder in folders]
    found = []
    for id, path in find_files(folders):
        holding = [root for root in roots if path.is_relative_to(root)]
        # A folder does not list what is hidden in it; a hidden folder may be named by itself.
        listing = [root for root in holding if not any(part.startswith(".") for part in path.relative_to(root).parts)]
        found.append(((listing or holding)[0], id, path))
    return found


def _members(container: Source, held: Unpacked) -> list[Source]:
    by_path = find_files([held.folder])
    return [Source(f"{container.id}/{name}", path, held.folder, container) for name, path in by_path]


def _may_hold_others(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in CONTAINER_SUFFIXES:
        return True
    if suffix in SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_MAIL_HEAD)
    except OSError:
        # Whoever reads it says why it cannot be.
        return False
    return head.startswith(_ZIP_MAGIC) or b"\nmime-version" in head.lower() or b"\nmessage-id" in head.lower()


def _unpack(path: Path, unpacked: Path, extractor: Unpacker) -> Unpacked:
    sha256 = _sha256(path)
    folder = unpacked / sha256
    return load(folder) or extractor.unpack(path, folder, sha256)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(path, f"cannot be opened ({error.strerror}); check who may read it.") from error
