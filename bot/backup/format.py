"""The file of a backup: a line of JSON, a compressed tar stream that may be encrypted, and a digest of both.

Without this program one opens it by leaving out the first line and the last 73 bytes:
``tail -n +2 FILE | head -c -73 | tar xz``, with ``age -d -i KEY`` before ``tar`` where it is encrypted. The key of a
backup with a passphrase is in the first line, itself encrypted to the passphrase with age, in base64. The first member
of the tar stream is the manifest, which names every other one in order, with its size and digest.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from bot.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.backup.encryption import Seal

FORMAT: Final = "rapporteur-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
STORES: Final = ("store.sqlite3", "local.sqlite3")
LIBRARY: Final = "library/library.sqlite3"
INDEX: Final = "index/current.json"
# As long as that of some two million files.
MOST_MANIFEST: Final = 2**28
CHUNK: Final = 1024 * 1024
TRAILER: Final = re.compile(rb"\nsha256 ([0-9a-f]{64})\n")
TRAILER_SIZE: Final = 73
WBITS: Final = 31
_LONGEST_LINE: Final = 64 * 1024
# Most of what a backup holds is compressed already, or are numbers without a pattern.
_LEVEL: Final = 1
_NAME = r"(?!\.{1,2}(?:/|$))[^/\0]{1,255}"
_EXPECTED: Final = re.compile(
    rf"(?:store|local)\.sqlite3|library/library\.sqlite3|library/(?:originals|texts)/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}"
    rf"|library/sent(?:/{_NAME})+|library/drafts/[0-9a-f]{{1,32}}/{_NAME}"
    rf"|index/current\.json|index/anchors-[0-9a-f]{{16}}\.npz|index/segments/[0-9a-f]{{32}}/{_NAME}",
    re.DOTALL,
)


class BackupError(CommandError):
    """A backup cannot be made or used; the message is one sentence."""


class Meter(Protocol):
    """What is told how far a backup or a restore is."""

    def start(self, stage: str, total: int) -> None:
        """A stage of ``total`` bytes begins."""

    def advance(self, steps: int) -> None:
        """So many more bytes are done."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a backup: when it was made (UTC, ISO 8601), by which version of the program, and how it opens.

    ``identity`` is as in ``bot.backup.encryption.Seal``.
    """

    created: str
    program: str
    encrypted: bool
    identity: str | None = None

    def line(self) -> bytes:
        """The line as it is written."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a backup: its path in the data directory, its size in bytes, and the SHA-256 of its content in hex."""

    path: str
    size: int
    sha256: str


def is_expected(path: str) -> bool:
    """Whether a backup may hold a file at that path of the data directory."""
    return _EXPECTED.fullmatch(path) is not None


def content_hash(path: str) -> str | None:
    """The digest that a file is named for; None where it is named otherwise."""
    return path.rpartition("/")[2] if path.startswith(("library/originals/", "library/texts/")) else None


def write_backup(
    file: IO[bytes],
    header: Header,
    members: Sequence[tuple[Path, Member]],
    seal: Seal | None,
    tell: Callable[[int], None],
) -> None:
    """Write a backup of ``members``, each with where it is read from; ``tell`` is told of bytes as they are read.

    Raises:
        BackupError: a file is not what its member says.
    """
    target = _Hashing(file)
    line = header.line()
    target.write(line)
    parts = _compressed(_tar(_manifest(line, [member for _, member in members]), members, tell))
    if seal is not None:
        seal.write(parts, target)
    else:
        for part in parts:
            target.write(part)
    target.write(f"\nsha256 {target.digest.hexdigest()}\n".encode())


class _Hashing:
    """A file that is hashed while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        """Write all of ``data``."""
        self.digest.update(data)
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()


def _manifest(line: bytes, members: Iterable[Member]) -> bytes:
    value = {"header": hashlib.sha256(line).hexdigest(), "files": [asdict(member) for member in members]}
    return json.dumps(value, ensure_ascii=False, indent=0).encode()


def _tar(manifest: bytes, members: Iterable[tuple[Path, Member]], tell: Callable[[int], None]) -> Iterator[bytes]:
    """The tar stream, part after part."""
    yield from _entry(MANIFEST, len(manifest))
    yield manifest
    yield _padding(len(manifest))
    for path, member in members:
        yield from _entry(member.path, member.size)
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while part := file.read(min(CHUNK, member.size + 1 - size)):
                digest.update(part)
                size += len(part)
                yield part
                tell(len(part))
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise BackupError(f"The file {member.path} was changed while it was copied; make the backup again.")
        yield _padding(size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _entry(name: str, size: int) -> Iterator[bytes]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    yield entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, WBITS)
    for part in parts:
        yield deflater.compress(part)
    yield deflater.flush()


def read_header(file: IO[bytes], source: Path) -> tuple[Header, bytes]:
    """The first line of a backup, understood and as it is; the file is left behind it.

    Raises:
        BackupError: it is no backup, or one of another version of this program.
    """
    line = file.readline(_LONGEST_LINE)
    try:
        value: Any = json.loads(line)
        is_ours = line.endswith(b"\n") and value["format"] == FORMAT
        version = value["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        is_ours = False
    if not is_ours:
        raise BackupError(f"{source} is no backup that `rapporteur backup` has made.")
    if version != VERSION:
        raise BackupError(f"{source} was made by another version of this program (format {version}); use that version.")
    try:
        header = Header(**{name: value[name] for name in ("created", "program", "encrypted", "identity")})
        well = header.line() == line and isinstance(header.encrypted, bool)
    except (KeyError, TypeError):
        well = False
    if not well or not isinstance(header.created, str) or not isinstance(header.identity, str | None):
        raise damaged(source)
    return header, line


def check_whole(file: IO[bytes], source: Path, tell: Callable[[int], None]) -> int:
    """See that a backup is as it was written, from its first byte to its last, and return where its trailer begins.

    Raises:
        BackupError: it was cut short or changed.
    """
    size = file.seek(0, 2)
    if size < TRAILER_SIZE:
        raise damaged(source)
    end = size - TRAILER_SIZE
    file.seek(0)
    digest = hashlib.sha256()
    while part := file.read(min(CHUNK, end - file.tell())):
        digest.update(part)
        tell(len(part))
    trailer = TRAILER.fullmatch(file.read(TRAILER_SIZE + 1))
    if trailer is None or trailer[1].decode() != digest.hexdigest():
        raise damaged(source)
    return end


def damaged(source: Path) -> BackupError:
    """The error for a file that is not as it was written."""
    return BackupError(f"{source} is damaged or was cut short; use another copy of it.")


def parse_manifest(content: bytes, line: bytes) -> tuple[Member, ...]:
    """The members that a manifest lists.

    Raises:
        BackupError: it is not one, belongs to another first line than ``line``, or lists what no backup may hold.
    """
    try:
        value: Any = json.loads(content)
        header = value["header"]
        members = tuple(Member(one["path"], one["size"], one["sha256"]) for one in value["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BackupError("its manifest cannot be read") from None
    if header != hashlib.sha256(line).hexdigest():
        raise BackupError("its first line is not the one that it was made with")
    seen: set[str] = set()
    for one in members:
        if not isinstance(one.path, str) or not is_expected(one.path):
            raise BackupError(f"it lists {one.path!r:.120}, which no backup may hold")
        if not isinstance(one.size, int) or isinstance(one.size, bool) or one.size < 0:
            raise BackupError("its manifest names an impossible size")
        if one.path in seen:
            raise BackupError(f"it lists {one.path!r} twice")
        seen.add(one.path)
        if content_hash(one.path) not in (None, one.sha256):
            raise BackupError(f"{one.path} is not what it is named for")
    folders = {str(parent) for path in seen for parent in Path(path).parents}
    if both := folders & seen:
        raise BackupError(f"it lists {min(both)!r} as a file and as a folder")
    return members
