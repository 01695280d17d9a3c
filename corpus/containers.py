"""Files that hold other files: ZIP archives and e-mail messages, unpacked to a folder of plain files in memory."""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

from corpus.archives import MOST_ENTRIES, Allowance, Damaged, TooMuch, contents, open_archive
from corpus.errors import RefusedContent
from corpus.folders import SIDECAR_SUFFIX, is_sidecar
from corpus.formats import CONTAINER_SUFFIXES, CONTAINERS, SUFFIXES, recognise

MOST_LEVELS = 3
MOST_FOLDERS = 20
MOST_NAME_BYTES = 200
_MOST_PATH_BYTES = 1_000
_UTF_8_NAME = 0x800
_UNICODE_PATH = 0x7075
_SHOWN = 100
_LONGEST_SUFFIX = 16
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:(?=/)")
_CYRILLIC_WORD = re.compile("[\u0400-\u045f]+")
# The letters ş, ğ, Ş, İ and ı of code page 857 as 437 shows them.
_TURKISH_AS_437 = re.compile("[ƒº₧ÿì]")
_LEFT_OUT = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_ATTACHED = "attachments"
_UNREACHED = "what is stated beside a file does not reach what is packed in it; unpack it and load it by itself."


class TooManyFiles(TooMuch):
    """There are more files in a container, and in those in it, than may be."""

    def __init__(self) -> None:
        RefusedContent.__init__(self, f"there are more than {MOST_ENTRIES:,} files in it; split it.")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a container: its POSIX path in it, which is safe to write below a folder, and its bytes."""

    path: str
    data: bytes


@dataclass(slots=True)
class Contents:
    """What a container holds: files, and those left out as (path, reason), each reason a sentence.

    ``format`` is "zip", "mail" or, for a file that holds no others, the name of its format.
    """

    format: str
    members: list[Member] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def unpack(data: bytes, suffix: str) -> Contents:
    """Return what the file ``data`` holds; containers in it are unpacked too, to three levels in all.

    ``suffix`` is the file's, in lower case and with its point. Everything that comes out counts against one allowance
    (see ``corpus.archives.Allowance``). Raises ``RefusedContent`` where the whole is refused: a bomb, a password for
    all, damage, no file in it; a message is never refused here, since its reader says what is wrong with it.
    """
    format = recognise(data, suffix)
    found = Contents(format)
    if format in CONTAINERS:
        unpacking = _Unpacking(found, Allowance.at(len(data)))
        try:
            unpacking.container(data, format, "", 1)
        except RefusedContent as error:
            if format == "zip":
                raise
            found = Contents(format, [], [(_ATTACHED, error.reason)] if isinstance(error, TooMuch) else [])
        unpacking.refuse_what_sidecars_cannot_reach()
    if format == "zip" and not found.members:
        reasons = {reason for _, reason in found.refused}
        raise RefusedContent(reasons.pop() if len(reasons) == 1 else "there is no file in it that could be read.")
    return found


def safe_path(name: str) -> str:
    """Return the path that an archive gives for a file as one that is safe below a folder.

    Backslashes part folders, a drive and a leading slash are dropped, control characters become "_", and a name that
    is too long keeps its beginning and its suffix. Raises ``RefusedContent`` where it leads upwards, lies too deep or
    is no name at all.
    """
    name = _DRIVE.sub("", unicodedata.normalize("NFC", name).replace("\\", "/"), count=1)
    parts = [_CONTROLS.sub("_", part) for part in name.split("/") if part not in ("", ".")]
    if not parts:
        raise RefusedContent("it has no name in the archive; pack it again.")
    if ".." in parts:
        raise RefusedContent("its path leads out of the archive, which no honest archive does; pack it again.")
    if len(parts) > MOST_FOLDERS + 1:
        raise RefusedContent(f"it lies {len(parts) - 1} folders deep, and at most {MOST_FOLDERS} are read; move it up.")
    return "/".join(map(_shortened, parts))


@dataclass(slots=True)
class _Unpacking:
    """One container being unpacked, with all that is in it."""

    found: Contents
    allowance: Allowance
    _files: set[str] = field(default_factory=set)
    _folders: set[str] = field(default_factory=set)
    # Containers in the container, each with the folder that what is in it went to.
    _inner: list[tuple[str, str]] = field(default_factory=list)

    def container(self, data: bytes, format: str, folder: str, level: int) -> None:
        """Take in what a container holds, below ``folder`` (empty, or ending in a slash)."""
        if format == "zip":
            for name, content in _archived(data, self.allowance):
                self._archived(name, content, folder, level)
        else:
            for name, content in _attached(data, self.allowance):
                self._attached(name, content, folder, level)

    def refuse_what_sidecars_cannot_reach(self) -> None:
        """Leave out what is in an inner container beside which something is stated, perhaps who may see it."""
        paths = {member.path for member in self.found.members}
        for path, folder in self._inner:
            stem = str(PurePosixPath(path).with_suffix(""))
            if paths & {path + SIDECAR_SUFFIX, stem + SIDECAR_SUFFIX}:
                self.found.members[:] = [kept for kept in self.found.members if not kept.path.startswith(folder)]
                self._refuse(folder.rstrip("/"), _UNREACHED)

    def _archived(self, name: str, content: bytes | RefusedContent, folder: str, level: int) -> None:
        try:
            path = safe_path(name)
        except RefusedContent as error:
            self._refuse(folder + _shown(name), error.reason)
            return
        if any(part.startswith(".") or part.lower() in _LEFT_OUT for part in path.split("/")):
            return
        path = folder + path
        if isinstance(content, RefusedContent):
            self._refuse(path, content.reason)
        elif self._is_taken(path):
            self._refuse(path, "the archive has another file or folder of this name; rename one and pack it again.")
        else:
            self._file(path, content, level)

    def _attached(self, name: str, content: bytes, folder: str, level: int) -> None:
        try:
            path = safe_path(name.replace("\\", "/").rpartition("/")[2].lstrip("."))
        except RefusedContent:
            path = "attachment"
        if is_sidecar(Path(path)):
            self._refuse(folder + path, "what is attached to a message may not state things about other files.")
        else:
            self._file(self._free(folder + path), content, level)

    def _file(self, path: str, content: bytes, level: int) -> None:
        if len(path.encode()) > _MOST_PATH_BYTES:
            self._refuse(f"{path[:_SHOWN]}…", "its path in the archive is too long; move it up.")
            return
        format = _container_format(path, content)
        if format != "zip":
            self._take(path)
            self.found.members.append(Member(path, content))
        if format is None:
            return
        if level >= MOST_LEVELS:
            if format == "mail" and not any(True for _ in _attached(content, self.allowance)):
                return
            self._refuse(path, f"what is in it is packed more than {MOST_LEVELS} deep; load it by itself.")
            return
        folder = path if format == "zip" else self._free(f"{path}.attachments")
        self._inner.append((path, f"{folder}/"))
        self._folders.add(_key(folder))
        try:
            self.container(content, format, f"{folder}/", level + 1)
        except TooMuch:
            raise
        except RefusedContent as error:
            # What is wrong with a message its reader says.
            if format == "zip":
                self._refuse(path, error.reason)

    def _refuse(self, path: str, reason: str) -> None:
        self._count()
        self.found.refused.append((path, reason))

    def _take(self, path: str) -> None:
        self._count()
        self._files.add(_key(path))
        self._folders.update(_key(str(parent)) for parent in PurePosixPath(path).parents)

    def _count(self) -> None:
        if len(self.found.members) + len(self.found.refused) >= MOST_ENTRIES:
            raise TooManyFiles

    def _is_taken(self, path: str) -> bool:
        """Say whether a file is where ``path`` or a folder above it would be, or a folder where ``path`` would be."""
        above = (str(parent) for parent in PurePosixPath(path).parents)
        return _key(path) in self._folders or not self._files.isdisjoint(map(_key, (path, *above)))

    def _free(self, path: str) -> str:
        """Return ``path``, with a number where that is taken."""
        whole = PurePosixPath(path)
        number, free = 1, path
        while self._is_taken(free):
            number += 1
            free = str(whole.with_name(f"{whole.stem} ({number}){whole.suffix}"))
        return free


def _archived(data: bytes, allowance: Allowance) -> Iterator[tuple[str, bytes | RefusedContent]]:
    """Yield the files of a ZIP archive, each with its bytes or why there are none."""
    archive = open_archive(data)
    for entry, name in zip(archive.infolist(), names_of(archive.infolist()), strict=True):
        if not entry.is_dir() and not name.endswith("\\"):
            yield name, _content(data, entry, allowance)


def _content(data: bytes, entry: ZipInfo, allowance: Allowance) -> bytes | RefusedContent:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return RefusedContent("it is a link to another file, which is not followed; pack the file itself.")
    if kind not in (0, stat.S_IFREG):
        return RefusedContent("it is a device or the like, not a file.")
    try:
        return contents(data, entry, allowance)
    except TooMuch:
        raise
    except Damaged:
        return RefusedContent("the archive is damaged where it lies; pack it again.")
    except RefusedContent as error:
        return error


def _attached(data: bytes, allowance: Allowance) -> Iterator[tuple[str, bytes]]:
    from corpus.readers.mail import attachments

    for attachment in attachments(data):
        allowance.spend(len(attachment.data))
        yield attachment.name, attachment.data


def names_of(entries: Sequence[ZipInfo]) -> list[str]:
    """Return the names of a ZIP archive's entries, in whatever encoding the program that made it has written them.

    A name that is not marked as UTF-8 is by the specification in code page 437; programs write UTF-8, and Windows the
    code page of its language. Cyrillic (866) and Turkish (857) are told by their letters.
    """
    raw = [None if entry.flag_bits & _UTF_8_NAME else entry.orig_filename.encode("cp437") for entry in entries]
    foreign = [name for name in raw if name is not None and not name.isascii()]
    encoding = _name_encoding(foreign)
    return [
        _unicode_name(entry, name) or (entry.orig_filename if name is None else name.decode(encoding, "replace"))
        for entry, name in zip(entries, raw, strict=True)
    ]


def _name_encoding(names: Sequence[bytes]) -> str:
    joined = b"/".join(names)
    try:
        joined.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    words = re.split(r"[\W\d_]+", joined.decode("cp866"))
    if all(word.isascii() or _CYRILLIC_WORD.fullmatch(word) for word in words):
        return "cp866"
    return "cp857" if _TURKISH_AS_437.search(joined.decode("cp437")) else "cp437"


def _unicode_name(entry: ZipInfo, raw: bytes | None) -> str | None:
    """Return the UTF-8 name that an archiver put beside the name (Info-ZIP's Unicode path field), if it is of it."""
    extra = entry.extra
    while raw is not None and len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and field[:1] == b"\x01" and field[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return field[5:].decode("utf-8", "replace") or None
    return None


def _container_format(path: str, content: bytes) -> str | None:
    """Return "zip" or "mail" for a file that may hold others by its name and does; None for any other."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SUFFIXES - CONTAINER_SUFFIXES:
        return None
    try:
        format = recognise(content, suffix)
    except RefusedContent:
        # Its reader will say why.
        return None
    return format if format in CONTAINERS else None


def _shortened(name: str) -> str:
    """Return a name of a file, cut in its middle where it is too long; a file and its sidecar are cut alike."""
    if len(name.encode()) <= MOST_NAME_BYTES:
        return name
    beside = SIDECAR_SUFFIX if is_sidecar(Path(name)) else ""
    whole = PurePosixPath(name[: len(name) - len(beside)])
    suffix = whole.suffix if len(whole.suffix.encode()) <= _LONGEST_SUFFIX else ""
    stem = whole.name.removesuffix(suffix)
    mark = hashlib.sha256(stem.encode()).hexdigest()[:8]
    room = MOST_NAME_BYTES - _LONGEST_SUFFIX - len(mark) - 1
    return f"{stem.encode()[:room].decode('utf-8', 'ignore')}~{mark}{suffix}{beside}"


def _key(path: str) -> str:
    """Return what two paths share that some file system takes for one."""
    return unicodedata.normalize("NFC", path).casefold()


def _shown(name: str) -> str:
    name = _CONTROLS.sub("�", name)
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
