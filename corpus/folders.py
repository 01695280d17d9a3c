"""The folders that documents are read from: which files are in them, and what each is called."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.errors import FolderError

SIDECAR_SUFFIX = ".meta.yaml"
RULES_NAME = f"_folder{SIDECAR_SUFFIX}"


def is_sidecar(path: Path) -> bool:
    """Say whether a file holds the metadata of the file beside it, or the rules of its folder.

    The suffix counts in lower case only: a file that would not be found as a sidecar is listed, and refused by name.
    """
    return path.name.endswith(SIDECAR_SUFFIX)


def sidecar_of(path: Path) -> Path | None:
    """Return the sidecar of a file: ``name.ext.meta.yaml``, else ``name.meta.yaml``; None where there is none.

    Whatever has that name counts, also where it cannot be read: what it says must not be passed over.
    """
    for name in (path.name + SIDECAR_SUFFIX, path.stem + SIDECAR_SUFFIX):
        candidate = path.with_name(name)
        if name != RULES_NAME and os.path.lexists(candidate):
            return candidate
    return None


def rules_of(path: Path, root: Path) -> tuple[Path, ...]:
    """Return the rules files of the folders from ``root`` down to the one that holds ``path``, outermost first.

    As with sidecars, whatever has the name counts. Raises ``FolderError`` where ``path`` is not below ``root``.
    """
    inner = below(path, root).parts[:-1]
    folders = (root.joinpath(*inner[:depth]) for depth in range(len(inner) + 1))
    return tuple(rules for folder in folders if os.path.lexists(rules := folder / RULES_NAME))


def below(path: Path, root: Path) -> Path:
    """Return ``path`` as it is called below ``root``; raises ``FolderError`` where it is not below it."""
    inner = _between(path.absolute(), root.absolute())
    if inner is None:
        # Asked of the system only where the names do not tell it.
        inner = _between(path.resolve(), root.resolve())
    if inner is None:
        raise FolderError(root, f"does not hold {path.name}, which is said to be in it.")
    return inner


def _between(path: Path, root: Path) -> Path | None:
    is_below = path != root and path.is_relative_to(root) and ".." not in path.parts
    return path.relative_to(root) if is_below else None


def find_files(folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return the files below ``folders`` as (id, absolute path), folder by folder, each folder's sorted by id.

    An id is the POSIX path below the folder; where an earlier folder has the same, the folder's name and a slash are
    put before it. Hidden files and folders and sidecars are left out; files that no reader takes are not, so that
    each can be refused by name. A symbolic link is followed only to a place inside the folder that is reached no
    other way, and a file is listed once however many folders hold it. Raises ``FolderError``.
    """
    files: list[tuple[str, Path]] = []
    ids: set[str] = set()
    seen: set[Path] = set()
    for folder in folders:
        root = _root(folder)
        for name, path in sorted((_name(path, root), path) for path in _files(root, seen)):
            while name in ids:
                name = f"{root.name}/{name}"
            ids.add(name)
            files.append((name, path))
    return files


def _name(path: Path, root: Path) -> str:
    """Return the path below ``root``, with U+FFFD for bytes of a name that are not UTF-8."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace")


def _root(folder: Path) -> Path:
    if not folder.exists():
        raise FolderError(folder, "there is no such folder; create it or correct the setting that names it.")
    if not folder.is_dir():
        raise FolderError(folder, "is not a folder; name the folder that holds the documents.")
    return folder.resolve()


def _files(root: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield the files below ``root`` that are not in ``seen``: plain ones first, then those that only links reach."""
    folders = [root]
    links: list[Path] = []
    while folders or links:
        path = folders.pop() if folders else links.pop(0)
        if path.is_symlink() and not _stays_inside(path, root):
            continue
        target = path.resolve()
        if target in seen:
            continue
        seen.add(target)
        if path.is_file():
            yield path
            continue
        for entry in _entries(path):
            if entry.is_symlink():
                links.append(Path(entry.path))
            elif entry.is_dir():
                folders.append(Path(entry.path))
            elif entry.is_file() and (file := target / entry.name) not in seen:
                seen.add(file)
                yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in ``folder`` and may be a document or hold one, sorted by name."""
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not (entry.name.startswith(".") or is_sidecar(Path(entry.name)))]
    except OSError as error:
        raise FolderError(folder, f"cannot be listed ({error.strerror}); check who may read it.") from error
    return sorted(visible, key=lambda entry: entry.name)


def _stays_inside(path: Path, root: Path) -> bool:
    """Say whether a link leads to something that exists below ``root``."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return target.is_relative_to(root) and (target.is_file() or target.is_dir())
