"""What cannot be restored is refused in one sentence, and then nothing is changed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import resource
import shutil
import tarfile
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.backup import restore
from bot.backup.data_lock import BACKUP, CHAT, RUN, DataInUseError, hold
from bot.backup.format import MANIFEST, TRAILER_SIZE, BackupError, Header, is_expected
from corpus.database import Database
from retrieval.errors import IndexBusy
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import index_lock
from tests.bot.backups import backed_up, everything_in, files_in, fill, restored

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = Header("2026-01-01T00:00:00Z", "0", False).line()
Entry = tuple[str, bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that is well."""
    folder = tmp_path_factory.mktemp("good")
    fill(folder / "data")
    backed_up(folder / "data", folder / "b")
    return folder / "b"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory in which there is something."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.sqlite3").write_bytes(b"what was there")
    return tmp_path / "data"


@contextmanager
def nothing_changes(data: Path) -> Iterator[None]:
    """See that a data directory, and the folder that it is in, are left as they were."""
    before, beside = _but_locks(data), sorted(path.name for path in data.parent.iterdir())
    yield
    assert _but_locks(data) == before
    assert sorted(path.name for path in data.parent.iterdir()) == beside


def _but_locks(data: Path) -> dict[str, bytes]:
    return {name: content for name, content in everything_in(data).items() if not name.endswith("lock")}


def refused(data: Path, source: Path, match: str = "cannot be restored: ", kind: type[Exception] = BackupError) -> str:
    """Restore in vain, and return the sentence that it is refused with."""
    with nothing_changes(data), pytest.raises(kind, match=match) as caught:
        restored(data, source, force=True)
    said = str(caught.value)
    assert said.endswith(".") and "\n" not in said and not any(". " in part for part in said.split("(")[:1])
    return said


# A file that is not as it was written.


@pytest.mark.parametrize("seed", range(50))
def test_a_backup_with_one_changed_byte_is_refused(good: Path, data: Path, seed: int) -> None:
    content = bytearray(good.read_bytes())
    draw = random.Random(seed)
    # The first line and the trailer, too, of which a place drawn from all would be seldom one.
    places = (range(len(content)), range(content.index(b"\n") + 1), range(len(content) - TRAILER_SIZE, len(content)))
    content[draw.choice(places[seed % 3])] ^= 1 << draw.randrange(8)
    source = data.parent / "changed"
    source.write_bytes(content)
    refused(data, source, "damaged or was cut short|is no backup|another version")


@pytest.mark.parametrize("kept", [0, 1, 40, 72, 73, 74, 500, -74, -73, -1])
def test_a_backup_that_was_cut_short_is_refused(good: Path, data: Path, kept: int) -> None:
    source = data.parent / "cut"
    source.write_bytes(good.read_bytes()[:kept])
    refused(data, source, "damaged or was cut short|is no backup")


def test_a_backup_with_something_behind_it_is_refused(good: Path, data: Path) -> None:
    source = data.parent / "longer"
    source.write_bytes(good.read_bytes() + b"\n")
    refused(data, source, "damaged or was cut short")


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[]\n", b"PK\x03\x04", b"null\n", b"[" * 70_000, b"\xff\n"])
def test_what_is_no_backup_is_refused(data: Path, content: bytes) -> None:
    source = data.parent / "other"
    source.write_bytes(content * 2)
    refused(data, source, "is no backup that `rapporteur backup` has made")
    refused(data, data.parent, "There is no file")
    refused(data, data.parent / "nowhere", "There is no file")


# Files that were made to do harm, each with the digest that belongs to it.


def write(path: Path, body: bytes, line: bytes = LINE) -> Path:
    """A backup of whatever body, with its digest."""
    content = line + body
    path.write_bytes(content + f"\nsha256 {hashlib.sha256(content).hexdigest()}\n".encode())
    return path


def manifest(entries: list[Entry], line: bytes = LINE, **changed: Any) -> bytes:
    """The manifest of these files."""
    files = [
        {"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} | changed
        for name, content in entries
    ]
    return json.dumps({"header": hashlib.sha256(line).hexdigest(), "files": files}).encode()


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, **fields: Any) -> bytes:
    """A member of a tar stream."""
    info = tarfile.TarInfo(name)
    info.size, info.type = len(content), kind
    for field, value in fields.items():
        setattr(info, field, value)
    head = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    return head + content + bytes(-len(content) % tarfile.BLOCKSIZE)


def stream(*members: bytes, end: bytes = bytes(1024)) -> bytes:
    """A compressed tar stream."""
    return zlib.compress(b"".join(members) + end, 1, 31)


def made(path: Path, entries: list[Entry], *members: bytes, end: bytes = bytes(1024)) -> Path:
    """A backup whose manifest names ``entries``, and which has ``members``."""
    return write(path, stream(member(MANIFEST, manifest(entries)), *members, end=end))


SENT = "library/sent/uploads/a.txt"


def test_what_is_made_here_is_restored_where_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    entries = [(SENT, b"words"), ("library/drafts/0a/b.txt", b"")]
    source = made(tmp_path / "b", entries, *(member(*entry) for entry in entries))
    assert restored(tmp_path / "new", source).files == 2
    assert files_in(tmp_path / "new") == dict(entries)


PATHS = (
    "../evil",
    "/etc/evil",
    "library/sent/../../evil",
    "library/sent/./a",
    "library/sent//a",
    "library/sent/",
    "library/sent",
    "library/sent/a\0b",
    "library/originals/ab/" + "cd" * 32,
    "library/cache/x",
    "models/weights",
    "run.lock",
    "store.sqlite3-wal",
    "index/segments/../current.json",
    "index/segments/" + "a" * 32 + "/../x",
    "",
    ".",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_no_backup_has_is_refused(data: Path, path: str) -> None:
    source = made(data.parent / "b", [(path, b"evil")], member("x", b"evil"))
    assert "which no backup may hold" in refused(data, source)
    outside = made(data.parent / "b", [(SENT, b"evil")], member(path, b"evil"))
    refused(data, outside)
    assert not (data.parent / "evil").exists()


@pytest.mark.parametrize(
    "kind",
    [
        *(tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE),
        *(tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, tarfile.GNUTYPE_LONGNAME, tarfile.AREGTYPE, tarfile.XGLTYPE),
    ],
)
def test_whatever_is_not_a_file_is_refused(data: Path, kind: bytes) -> None:
    source = made(data.parent / "b", [(SENT, b"")], member(SENT, kind=kind, linkname="/etc/passwd"))
    refused(data, source, "is not a file|is something else")


def test_more_and_other_files_than_the_manifest_lists_are_refused(data: Path) -> None:
    one, other = (SENT, b"words"), ("library/sent/b.txt", b"words")
    place = data.parent / "b"
    refused(data, made(place, [one, one], member(*one), member(*one)), "it lists '.*a.txt' twice")
    refused(data, made(place, [one], member(*one), member(*one)), "has files that its manifest does not list")
    refused(data, made(place, [one], member(*one), member(*other)), "has files that its manifest does not list")
    refused(data, made(place, [one, other], member(*other), member(*one)), "there is something else")
    refused(data, made(place, [one, other], member(*one)), "proper tar stream|something else")
    refused(data, made(place, [one, other], member(*one), end=b""), "ends too early")
    refused(data, made(place, [one], member(SENT, b"sword")), "is not what its manifest says")
    refused(data, made(place, [one], member(*one), end=bytes(1025)), "goes on behind its end")
    refused(data, write(place, stream(member(MANIFEST, manifest([one])), member(*one)) + b"x"), "behind its end")
    refused(data, write(place, stream(member(*one), member(MANIFEST, manifest([one])))), "begin with its manifest")
    inside = ("library/sent/uploads/a.txt/b", b"")
    refused(data, made(place, [one, inside], member(*one), member(*inside)), "as a file and as a folder")
    blob = ("library/originals/" + "a" * 2 + "/" + "a" * 64, b"other words")
    refused(data, made(place, [blob], member(*blob)), "is not what it is named for")


def test_a_manifest_that_is_not_one_is_refused(data: Path) -> None:
    place = data.parent / "b"
    bad = [b"", b"{", b"[]", b'{"files": []}', b'{"header": "", "files": [{}]}', b'{"header": "", "files": 3}']
    for content in bad:
        refused(data, write(place, stream(member(MANIFEST, content))), "its manifest cannot be read")
    other = manifest([], Header("2027-01-01T00:00:00Z", "0", False).line())
    refused(data, write(place, stream(member(MANIFEST, other))), "first line is not the one that it was made with")
    for size in (-1, True, "1", None, 1.0):
        wrong = manifest([(SENT, b"")], size=size)
        refused(data, write(place, stream(member(MANIFEST, wrong), member(SENT))), "an impossible size")
    for path in (None, 3, ["x"]):
        refused(data, write(place, stream(member(MANIFEST, manifest([(SENT, b"")], path=path)))), "no backup may hold")


def test_a_bomb_is_refused_before_it_unfolds(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, huge = data.parent / "b", 2**52
    refused(
        data,
        write(place, stream(member(MANIFEST, manifest([(SENT, b"")], size=huge)), member(SENT, size=huge))),
        r"it needs \d+ MB, and \d+ MB are free",
    )
    # More comes than is listed, of a name, of the manifest, and behind the last file.
    refused(data, made(place, [(SENT, b"")], member(SENT, bytes(3_000_000))), "there is something else")
    refused(data, write(place, stream(member(MANIFEST, size=2**40))), "does not begin with its manifest")
    pax = member("x", bytes(100_000), tarfile.XHDTYPE)
    refused(data, made(place, [(SENT, b"")], pax, member(SENT)), "a name in it is too long")
    refused(data, made(place, [(SENT, b"")], member(SENT), end=bytes(50_000_000)), "goes on behind its end")
    monkeypatch.setattr(restore, "_SPARE", 2**62)
    refused(data, made(place, [(SENT, b"")], member(SENT)), r"it needs 0 MB, and \d+ MB are free")


@pytest.mark.parametrize(
    "record",
    [b"12 path=evil", b"99 path=evil\n", b"13 path=evil\n13 path=evil\n", b"9 a=b c d\n", b"path=evil\n", b"0 path=\n"],
)
def test_an_extended_header_that_is_not_one_is_refused(data: Path, record: bytes) -> None:
    pax = member("x", record, tarfile.XHDTYPE)
    refused(data, made(data.parent / "b", [(SENT, b"")], pax, member(SENT)), "extended header in it cannot be read")


NAMES = st.text(st.characters(codec="utf-8"), max_size=30) | st.lists(
    st.sampled_from(
        ["..", ".", "", "library", "sent", "index", "originals", "a", "\\", "C:", "~", "\0", "é", "x" * 300]
    )
).map("/".join)


@settings(deadline=None)
@given(name=NAMES, listed=NAMES | st.just("same"), below=st.booleans())
def test_whatever_names_there_are_nothing_is_written_outside(name: str, listed: str, below: bool) -> None:
    top = Path(tempfile.mkdtemp())
    try:
        (top / "in").mkdir()
        named = f"library/sent/{name}" if below else name
        path = named if listed == "same" else listed
        source = made(top / "b", [(path, b"evil")], member(named, b"evil"))
        try:
            restored(top / "in" / "new", source)
        except BackupError:
            assert files_in(top / "in") == {}
        else:
            assert is_expected(named) and path == named
            assert files_in(top / "in" / "new") == {named: b"evil"}
        assert sorted(one.name for one in top.iterdir()) == ["b", "in"]
        assert [one.name for one in (top / "in").iterdir()] == ["new"]
    finally:
        shutil.rmtree(top)


# Databases, disks and locks.


def repacked(good: Path, target: Path, **changed: bytes) -> Path:
    """The good backup with another content of its store."""
    content = good.read_bytes()
    line, _, rest = content.partition(b"\n")
    plain = zlib.decompress(rest[:-TRAILER_SIZE], 31)
    scratch = target.with_name("plain.tar")
    scratch.write_bytes(plain)
    with tarfile.open(scratch) as archive:
        entries = [
            (entry.name, changed.get(entry.name.split(".")[0]) or archive.extractfile(entry).read())  # type: ignore[union-attr]
            for entry in archive
            if entry.name != MANIFEST
        ]
    scratch.unlink()
    head = line + b"\n"
    members = [member(*entry) for entry in entries]
    return write(target, stream(member(MANIFEST, manifest(entries, head)), *members), head)


def test_a_store_of_a_newer_version_is_refused(good: Path, data: Path, tmp_path: Path) -> None:
    from bot.migrations import MIGRATIONS

    newer = tmp_path / "newer"
    Database.open(newer, "store", (*MIGRATIONS, ("9999-future", "CREATE TABLE future (x);"))).close()
    source = repacked(good, tmp_path / "b", store=newer.read_bytes())
    newer.unlink()
    said = refused(data, source, "was written by a newer version of this program; use that version; nothing was")
    assert said.startswith(f"{source} cannot be restored: the store store.sqlite3 was written")


@pytest.mark.parametrize("harm", ["cut", "page", "text"])
def test_a_database_that_is_not_sound_is_refused(good: Path, data: Path, tmp_path: Path, harm: str) -> None:
    fill(tmp_path / "other")
    content = bytearray((tmp_path / "other" / "store.sqlite3").read_bytes())
    shutil.rmtree(tmp_path / "other")
    if harm == "cut":
        content = content[: len(content) // 2]
    elif harm == "page":
        content[8192:20480] = os.urandom(12288)
    else:
        content = bytearray(b"no database at all, but some words" * 100)
    refused(data, repacked(good, tmp_path / "b", store=bytes(content)), r"cannot be restored: .*store\.sqlite3")


def test_a_disk_that_fills_up_changes_nothing(good: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = data.parent / "b"
    shutil.copy(good, source)
    writes, full = os.write, 5

    def write_until_full(descriptor: int, content: bytes) -> int:
        nonlocal full
        full -= 1
        if full < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return writes(descriptor, content)

    monkeypatch.setattr("bot.backup.unpacking.os.write", write_until_full)
    assert refused(data, source, "the disk of .* is full; free space on it; nothing was changed")


def test_a_backup_for_which_there_is_no_room_leaves_no_file(tmp_path: Path) -> None:
    fill(tmp_path / "data")
    (tmp_path / "data" / "library" / "sent" / "uploads" / "large").write_bytes(random.Random(1).randbytes(3_000_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(BackupError, match=r"cannot be written or read \(File too large\); free space"):
            backed_up(tmp_path / "data", tmp_path / "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("name", [RUN, CHAT, BACKUP])
def test_nothing_is_restored_where_something_is_at_work(good: Path, data: Path, name: str) -> None:
    source = data.parent / "b"
    shutil.copy(good, source)
    with hold(data, name, shared=name == CHAT):
        refused(data, source, "stop it first|end it first|try again when it is done", DataInUseError)
    with index_lock(GenerationStore(data / "index")):
        (data / "index" / "words").touch()
        refused(data, source, "Another process is indexing", IndexBusy)
    assert restored(data, source, force=True).files == 10


def test_a_directory_with_something_in_it_is_replaced_only_if_that_is_wanted(good: Path, data: Path) -> None:
    source = data.parent / "b"
    shutil.copy(good, source)
    with nothing_changes(data), pytest.raises(BackupError, match="say --force to restore, and it is moved aside"):
        restored(data, source)
    aside = [restored(data, source, force=True).aside for _ in range(3)]
    assert [path and path.name.removeprefix("data.before-") for path in aside] == [
        "20260104T000000Z",
        "20260104T000000Z-2",
        "20260104T000000Z-3",
    ]
    assert aside[0] is not None and (aside[0] / "store.sqlite3").read_bytes() == b"what was there"


def test_where_the_system_cannot_exchange_folders_they_are_renamed_in_turn(
    good: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = data.parent / "b"
    shutil.copy(good, source)
    monkeypatch.setattr(restore, "exchange", lambda *_: False)
    aside = restored(data, source, force=True).aside
    assert aside is not None and (aside / "store.sqlite3").read_bytes() == b"what was there"
    (data.parent / "empty").mkdir()
    assert restored(data.parent / "empty", source).aside is None
    assert len(files_in(data.parent / "empty")) == 8
    assert sorted(path.name for path in data.parent.iterdir()) == ["b", "data", aside.name, "empty"]


def test_a_directory_that_stays_where_it_is_is_filled_or_left_alone(
    good: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = data.parent / "b"
    shutil.copy(good, source)
    monkeypatch.setattr(Path, "is_mount", lambda _: True)
    refused(data, source, "cannot be moved aside")
    volume = data.parent / "volume"
    volume.mkdir()
    before = volume.stat().st_ino
    assert restored(volume, source).files == 10
    assert (len(files_in(volume)), volume.stat().st_ino) == (8, before)
    (volume / ".restoring").touch()
    with pytest.raises(DataInUseError, match="was cut short; run `rapporteur restore` again"), hold(volume, RUN):
        pass
    assert restored(volume, source).files == 10
    assert not list(volume.glob(".*"))
