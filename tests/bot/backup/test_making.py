"""A backup is all that a bot cannot do without, as it was at one moment, in one file; restored, it answers the same."""

from __future__ import annotations

import base64
import io
import json
import stat
import tarfile
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from pyrage import x25519

from bot.backup import making as backup
from bot.backup.data_lock import BACKUP, DataInUseError, hold
from bot.backup.encryption import EncryptionError, Seal, identities_in, identity_behind
from bot.backup.format import TRAILER_SIZE, BackupError
from bot.backup.making import make_backup, remove_gathered
from bot.backup.restore import restore_backup
from bot.store import Store
from corpus.erasure import erase_document
from corpus.library import Library, State
from tests.bot.backups import (
    LATER,
    NOW,
    Unmetered,
    backed_up,
    everything_in,
    files_in,
    fill,
    quickly_encrypted,
    record,
    restored,
)
from tests.bot.harness import make_settings, quotations, running
from tests.conftest import Indexed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.backup.format import Header
    from bot.local.world import World

QUESTION = "What regulation on the release of detainees did the parties adopt?"
DOCUMENT = "A document that was read this moment, about bridge number {} and nothing else."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data directory."""
    fill(tmp_path / "data")
    return tmp_path / "data"


def test_what_is_restored_is_what_was_backed_up_but_for_what_is_made_again(data: Path, tmp_path: Path) -> None:
    made = backed_up(data, tmp_path / "b")
    assert made.remarks == ("There is no index in it: `rapporteur index` makes one.",)
    result = restored(tmp_path / "new", tmp_path / "b")
    assert (result.created, result.files, result.has_index, result.aside) == (
        "2026-01-01T00:00:00Z",
        made.files,
        False,
        None,
    )
    before, after = files_in(data), files_in(tmp_path / "new")
    assert {*before} - {*after} == {"library/sent/uploads/.half", "models/weights"}
    assert after == {name: before[name] for name in after} and len(after) == 8
    with Store.open(tmp_path / "new" / "store.sqlite3") as store:
        assert [one.chat for one in store.subscriptions.all()] == [-100]
    with closing(Library.open(tmp_path / "new" / "library")) as library:
        versions = [version for id in library.entries() for version in library.versions(id)]
        assert len(versions) == 3 and all(library.reading(version) for version in versions)


def test_only_its_owner_may_read_any_of_it(data: Path, tmp_path: Path) -> None:
    backed_up(data, tmp_path / "b")
    restored(tmp_path / "new", tmp_path / "b")
    paths = [tmp_path / "b", tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in paths} == {0}


def test_it_is_a_line_of_json_a_tar_stream_and_a_digest(data: Path, tmp_path: Path) -> None:
    backed_up(data, tmp_path / "b")
    line, _, rest = (tmp_path / "b").read_bytes().partition(b"\n")
    header = json.loads(line)
    assert (header["format"], header["version"], header["encrypted"]) == ("rapporteur-backup", 1, False)
    with tarfile.open(fileobj=io.BytesIO(rest[:-TRAILER_SIZE]), mode="r:gz") as archive:
        names = archive.getnames()
        content = archive.extractfile("manifest.json")
        assert content is not None
        listed = json.loads(content.read())["files"]
    assert names == ["manifest.json", *(one["path"] for one in listed)]


async def test_a_restored_bot_answers_the_same_question_with_the_same_citations(
    telegram: World, own_index: Indexed, tmp_path: Path
) -> None:
    anna = telegram.add_user("Anna")
    settings = make_settings(own_index.data, own_index.documents)
    async with running(telegram, settings, own_index.engine(), own_index) as bot:
        before = await bot.ask(anna, QUESTION)
        made = backed_up(own_index.data, tmp_path / "b")
    assert made.remarks == ()
    restored(tmp_path / "new", tmp_path / "b")
    again = Indexed(tmp_path / "new")
    async with running(telegram, make_settings(again.data), again.engine(), again) as bot:
        after = await bot.ask(anna, QUESTION)
        cited = await bot.ask(anna, "/mydata")
    assert quotations(after) == quotations(before) != []
    assert [(one.url, one.of(after.text)) for one in after.entities] == [
        (one.url, one.of(before.text)) for one in before.entities
    ]
    assert "2 answers" in cited.text


def test_a_backup_taken_while_answers_are_written_and_documents_come_and_go_is_consistent(
    own_index: Indexed, tmp_path: Path
) -> None:
    stopped, failed = threading.Event(), []

    def write() -> None:
        with Store.open(own_index.data / "store.sqlite3") as store:
            number = 0
            while not stopped.is_set():
                number += 1
                store.keep_updates({number: "{}"})
                store.finish_update(number)

    def reload() -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            (own_index.documents / f"{number}.txt").write_text(DOCUMENT.format(number), encoding="utf-8")
            own_index.update()
            with closing(own_index.library()) as library:
                erase_document(library, f"{number}.txt", "7")

    def tried(work: object) -> None:
        try:
            assert callable(work)
            work()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=tried, args=(work,)) for work in (write, reload)]
    for thread in threads:
        thread.start()
    try:
        made = [backed_up(own_index.data, tmp_path / f"b{number}") for number in range(6)]
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    assert failed == []
    for number, one in enumerate(made):
        assert one.remarks == ()
        assert restored(tmp_path / f"new{number}", tmp_path / f"b{number}").has_index
        again = Indexed(tmp_path / f"new{number}")
        documents = again.generations.load(again.generations.current(), whole=True).by_id
        with closing(again.library()) as library:
            entries = library.entries()
            assert documents.keys() <= entries.keys()
            for entry in entries.values():
                assert (entry.state is State.ERASED) or entry.sha256 in library.originals
                assert all(library.reading(version) for version in library.versions(entry.id))


def test_what_is_erased_while_it_is_gathered_is_not_in_the_backup(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, asked = backup._link, 0

    def erase_first(file: Path, target: Path) -> bool:
        nonlocal asked
        asked += 1
        if asked == 1:
            with closing(Library.open(data / "library")) as library:
                erase_document(library, "1.txt", "7")
        return link(file, target)

    monkeypatch.setattr(backup, "_link", erase_first)
    assert backed_up(data, tmp_path / "b", with_index=False).remarks == ()
    restored(tmp_path / "new", tmp_path / "b")
    with closing(Library.open(tmp_path / "new" / "library")) as library:
        states = {id: entry.state for id, entry in library.entries().items()}
    assert states == {"0.txt": State.LISTED, "1.txt": State.ERASED, "2.txt": State.LISTED}
    assert not any(b"Document 1" in content for content in files_in(tmp_path / "new").values())


def test_what_is_erased_after_it_was_gathered_is_in_the_backup_as_it_was(data: Path, tmp_path: Path) -> None:
    class Eraser(Unmetered):
        def start(self, stage: str, total: int) -> None:
            if stage == "Writing":
                with closing(Library.open(data / "library")) as library:
                    erase_document(library, "1.txt", "7")

    assert make_backup(data, tmp_path / "b", None, NOW, Eraser(), with_index=False).remarks == ()
    restored(tmp_path / "new", tmp_path / "b")
    with closing(Library.open(tmp_path / "new" / "library")) as library:
        assert library.entries()["1.txt"].state is State.LISTED
        assert all(entry.sha256 in library.originals for entry in library.entries().values())


def test_of_a_library_that_lacks_or_has_damaged_files_the_rest_is_backed_up_and_it_is_said(
    data: Path, tmp_path: Path
) -> None:
    with closing(Library.open(data / "library")) as library:
        first, second, _ = (entry.sha256 for entry in library.entries().values())
        assert first is not None and second is not None
        library.originals.remove(first)
        library.originals.path(second).write_bytes(b"rotten")
    remarks = backed_up(data, tmp_path / "b", with_index=False).remarks
    assert remarks == (
        f"The library lacks 1 of its files, originals/{first[:2]}/{first} first, and so does the backup.",
        f"The file {library.originals.path(second)} is damaged, and is left out.",
    )
    assert restored(tmp_path / "new", tmp_path / "b").files == 9 - 1


def test_an_index_of_which_a_part_is_gone_is_left_out(own_index: Indexed, tmp_path: Path) -> None:
    segment = next(own_index.generations.segments_folder.iterdir())
    for file in segment.iterdir():
        file.unlink()
    segment.rmdir()
    made = backed_up(own_index.data, tmp_path / "b")
    assert made.remarks == ("There is no index in it: `rapporteur index` makes one.",)
    assert not restored(tmp_path / "new", tmp_path / "b").has_index


def test_a_damaged_store_is_not_backed_up_for_a_good_one(data: Path, tmp_path: Path) -> None:
    path = data / "store.sqlite3"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BackupError, match=r"^Nothing was backed up.*store\.sqlite3"):
        backed_up(data, tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_an_empty_data_directory_has_nothing_to_back_up(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(BackupError, match="There is nothing to back up"):
        backed_up(tmp_path / "data", tmp_path / "b")


def test_a_file_that_is_there_is_replaced_only_if_that_is_wanted(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "b [1]"
    target.write_text("precious")
    with pytest.raises(BackupError, match="say --force to replace it"):
        backed_up(data, target)
    assert target.read_text() == "precious"
    left = tmp_path / f".{target.name}.unfinished-abc"
    left.write_text("of one that was killed")
    backed_up(data, target, force=True)
    assert restored(tmp_path / "new", target).files == 10
    assert not left.exists()
    with pytest.raises(BackupError, match="is a folder"):
        backed_up(data, tmp_path, force=True)
    with pytest.raises(BackupError, match=r"nowhere.* cannot be written or read \(No such file or directory\)"):
        backed_up(data, tmp_path / "nowhere" / "b")


def test_one_backup_is_made_at_a_time_and_what_a_killed_one_left_is_removed(data: Path, tmp_path: Path) -> None:
    left = data / ".backup-killed" / "0"
    left.mkdir(parents=True)
    with hold(data, BACKUP):
        with pytest.raises(DataInUseError, match="Another backup or restore"):
            backed_up(data, tmp_path / "b")
        remove_gathered(data)
        assert left.exists()
    remove_gathered(data)
    assert not left.parent.exists()


class Interrupted(Unmetered):
    """A meter at which Ctrl-C is pressed after so many parts of a stage."""

    def __init__(self, stage: str, parts: int) -> None:
        self._wanted, self._parts, self._stage = stage, parts, ""

    def start(self, stage: str, total: int) -> None:
        """A stage begins."""
        self._stage = stage

    def advance(self, steps: int) -> None:
        """A part is done."""
        if self._stage == self._wanted:
            self._parts -= 1
            if self._parts <= 0:
                raise KeyboardInterrupt


@pytest.mark.parametrize("stage", ["Reading", "Writing"])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_backup_that_is_stopped_leaves_nothing_behind(data: Path, tmp_path: Path, stage: str, sealed: bool) -> None:
    seal = Seal((x25519.Identity.generate().to_public(),)) if sealed else None
    with pytest.raises(KeyboardInterrupt):
        make_backup(data, tmp_path / "b", seal, NOW, Interrupted(stage, 4))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
    assert not list(data.glob(".backup-*"))


@pytest.mark.parametrize("stage", ["Verifying", "Restoring"])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_restore_that_is_stopped_leaves_nothing_behind(data: Path, tmp_path: Path, stage: str, sealed: bool) -> None:
    key = x25519.Identity.generate()
    backed_up(data, tmp_path / "b", Seal((key.to_public(),)) if sealed else None)
    before = everything_in(data)
    with pytest.raises(KeyboardInterrupt):
        restore_backup(data, tmp_path / "b", lambda _: [key], LATER, Interrupted(stage, 1), force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "data"]
    assert {name: content for name, content in everything_in(data).items() if name in before} == before


# Encryption.


def test_a_backup_for_recipients_opens_with_the_key_of_each_and_no_other(data: Path, tmp_path: Path) -> None:
    keys = [x25519.Identity.generate() for _ in range(3)]
    seal = Seal.of([str(key.to_public()) for key in keys[:2]], None)
    backed_up(data, tmp_path / "b", seal)
    raw = (tmp_path / "b").read_bytes()
    assert b'"encrypted": true' in raw and b"store.sqlite3" not in raw

    def restored_with(key: x25519.Identity, name: str) -> dict[str, bytes]:
        restore_backup(tmp_path / name, tmp_path / "b", lambda _: [key], LATER, Unmetered())
        return files_in(tmp_path / name)

    for number, key in enumerate(keys[:2]):
        assert restored_with(key, f"new{number}").items() <= files_in(data).items()
    with pytest.raises(BackupError, match="was not encrypted to this key; nothing was changed"):
        restored_with(keys[2], "other")
    assert files_in(tmp_path / "other") == {}


def test_a_passphrase_opens_what_it_closed_and_no_other_does(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.backup.encryption.by_passphrase.encrypt", quickly_encrypted)
    backed_up(data, tmp_path / "b", Seal.of([], "lange Nächte am Fluß"))
    said = "lange Nächte am Fluß"

    def unlock(header: Header) -> list[x25519.Identity]:
        assert header.identity is not None
        return [identity_behind(header.identity, said)]

    restore_backup(tmp_path / "new", tmp_path / "b", unlock, LATER, Unmetered())
    assert files_in(tmp_path / "new").items() <= files_in(data).items()
    said = "lange Nächte am Fluss"
    with pytest.raises(BackupError, match="the passphrase is not that of the backup; nothing was changed"):
        restore_backup(tmp_path / "other", tmp_path / "b", unlock, LATER, Unmetered())


def test_the_key_behind_a_passphrase_is_an_age_file_of_its_own() -> None:
    seal = Seal.of([], "lange Nächte am Fluß")
    assert seal is not None and seal.identity is not None and len(seal.recipients) == 1
    assert base64.b64decode(seal.identity).startswith(b"age-encryption.org/v1\n-> scrypt ")


def test_keys_and_recipients_that_are_none_are_named() -> None:
    with pytest.raises(EncryptionError, match="'age1nobody' is no recipient"):
        Seal.of(["age1nobody"], None)
    key = x25519.Identity.generate()
    assert [str(one) for one in identities_in(f"# created: today\n{key}\n\n")] == [str(key)]
    for text in ("", "# nothing", "AGE-SECRET-KEY-1QQQQ"):
        with pytest.raises(EncryptionError, match="AGE-SECRET-KEY-1"):
            identities_in(text)
    with pytest.raises(EncryptionError, match="The passphrase is not that of the backup"):
        identity_behind("bm90IGFnZQ==", "secret")
    assert Seal.of([], None) is None


@contextmanager
def _library(data: Path) -> Iterator[Library]:
    with closing(Library.open(data / "library")) as library:
        yield library


def test_content_that_two_documents_share_is_in_it_once(data: Path, tmp_path: Path) -> None:
    with _library(data) as library:
        record(library, "twin.txt", "the same words")
        record(library, "other.txt", "the same words")
    before = backed_up(data, tmp_path / "b", with_index=False)
    assert before.files == 12
