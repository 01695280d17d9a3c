"""Unpacking the tar stream of a backup: exactly what its manifest lists is written, and nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bot.backup.format import CHUNK, MANIFEST, MOST_MANIFEST, WBITS, BackupError, Member, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

_MOST_PAX: Final = 64 * 1024
_PAX: Final = re.compile(rb"(\d{1,6}) (path|size)=")
_PIECE: Final = 256 * 1024


class Unpacker:
    """Takes a compressed tar stream part after part and writes its files below a folder, each checked when it ends.

    Whatever is in the stream, no more of it is held than a few parts and the manifest, nothing is written outside of
    the folder, and no more than the manifest says, for which ``room`` (called with its bytes) has found room before.
    """

    def __init__(self, folder: Path, line: bytes, room: Callable[[int], None], tell: Callable[[int], None]) -> None:
        self._folder = folder
        self._line = line
        self._room = room
        self._tell = tell
        self._inflater = zlib.decompressobj(WBITS)
        self._held = bytearray()
        self._members: tuple[Member, ...] = ()
        self._work = self._read()
        self._wanted = next(self._work)

    def write(self, data: bytes, /) -> int:
        """Take the next part of the stream.

        Raises:
            BackupError: it is not what the manifest lists; the message follows "FILE cannot be restored: ".
            OSError: a file cannot be written.
        """
        pending: bytes = data
        while pending:
            if self._inflater.eof:
                raise BackupError("it goes on behind its end")
            try:
                plain = self._inflater.decompress(pending, _PIECE)
            except zlib.error as error:
                raise BackupError("it cannot be decompressed") from error
            pending = self._inflater.unconsumed_tail or self._inflater.unused_data
            self._take(plain)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def finish(self) -> tuple[Member, ...]:
        """The files that were written, once the stream has ended.

        Raises:
            BackupError: it has not ended where it should.
        """
        if not self._inflater.eof or self._wanted:
            raise BackupError("it ends too early")
        return self._members

    def _take(self, plain: bytes) -> None:
        self._held += plain
        while self._wanted and len(self._held) >= self._wanted:
            part = bytes(self._held[: self._wanted])
            del self._held[: self._wanted]
            try:
                self._wanted = self._work.send(part)
            except StopIteration:
                self._wanted = 0
        if not self._wanted and self._held:
            raise BackupError("it goes on behind its end")

    # Each of these yields how many bytes it wants next, and is sent just these.

    def _read(self) -> Generator[int, bytes, None]:
        name, size = yield from _entry()
        if name != MANIFEST or size > MOST_MANIFEST:
            raise BackupError("it does not begin with its manifest")
        content = yield from _whole(size)
        self._members = parse_manifest(content, self._line)
        self._room(sum(member.size for member in self._members))
        for member in self._members:
            if (yield from _entry()) != (member.path, member.size):
                raise BackupError(f"where its manifest has {member.path} there is something else")
            yield from self._file(member)
        if any((yield 2 * tarfile.BLOCKSIZE)):
            raise BackupError("it has files that its manifest does not list")

    def _file(self, member: Member) -> Generator[int, bytes, None]:
        path = self._folder / member.path
        _make_folders(self._folder, path.parent)
        digest, left = hashlib.sha256(), member.size
        with _new_file(path) as descriptor:
            while left:
                part = yield min(left, CHUNK)
                left -= len(part)
                digest.update(part)
                _write_all(descriptor, part)
                self._tell(len(part))
        if digest.hexdigest() != member.sha256:
            raise BackupError(f"{member.path} in it is not what its manifest says")
        yield from _padding(member.size)


def _entry() -> Generator[int, bytes, tuple[str, int]]:
    """The name and the size of the next file."""
    block = yield tarfile.BLOCKSIZE
    info = _header(block)
    stated: dict[bytes, bytes] = {}
    if info.type == tarfile.XHDTYPE:
        if info.size > _MOST_PAX:
            raise BackupError("a name in it is too long")
        stated = _pax((yield from _whole(info.size)))
        block = yield tarfile.BLOCKSIZE
        info = _header(block)
    if info.type != tarfile.REGTYPE or info.linkname:
        raise BackupError(f"{info.name!r:.120} in it is not a file")
    try:
        name = stated[b"path"].decode() if b"path" in stated else info.name
        return name, int(stated.get(b"size", info.size))
    except ValueError:
        raise BackupError("a file in it has no proper name or size") from None


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.TarError, ValueError) as error:
        raise BackupError(f"it is no proper tar stream ({error})") from None


def _pax(content: bytes) -> dict[bytes, bytes]:
    """The path and the size that an extended header states; it states nothing else."""
    found: dict[bytes, bytes] = {}
    while content:
        matched = _PAX.match(content)
        length = int(matched[1]) if matched else 0
        record = content[:length]
        is_whole = len(record) == length and record.endswith(b"\n")
        if matched is None or not is_whole or length <= matched.end() or matched[2] in found:
            raise BackupError("an extended header in it cannot be read")
        found[matched[2]] = record[matched.end() : -1]
        content = content[length:]
    return found


def _whole(size: int) -> Generator[int, bytes, bytes]:
    """So many bytes, and what pads them."""
    content = bytearray()
    while len(content) < size:
        content += yield min(size - len(content), CHUNK)
    yield from _padding(size)
    return bytes(content)


def _padding(size: int) -> Generator[int, bytes, None]:
    length = -size % tarfile.BLOCKSIZE
    if length and any((yield length)):
        raise BackupError("there is something between its files")


def _make_folders(top: Path, folder: Path) -> None:
    """Make a folder below ``top``, and those between, for nobody but their owner."""
    missing = []
    while folder != top and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700)


@contextmanager
def _new_file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
