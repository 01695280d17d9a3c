from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from corpus.containers import Contents, Member
from corpus.errors import UnreadableFile
from corpus.extraction import Extractor
from corpus.unpacked import Unpacked, load, to_bytes, write
from tests.corpus.packing import zipped

CONTENTS = Contents(
    "zip", [Member("a.txt", b"words"), Member("Отчёты/б.md", b"# B"), Member("empty", b"")], [("../x", "it is bad.")]
)


def test_what_was_unpacked_is_written_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "ab"
    expected = Unpacked(folder, "zip", ("a.txt", "Отчёты/б.md", "empty"), (("../x", "it is bad."),))
    assert load(folder) is None
    assert write(to_bytes(CONTENTS), folder) == expected
    assert load(folder) == expected
    assert (folder / "a.txt").read_bytes() == b"words"
    assert (folder / "Отчёты/б.md").read_bytes() == b"# B"
    assert (folder / "empty").read_bytes() == b""
    assert [path.name for path in folder.parent.iterdir()] == ["ab"]


def test_a_folder_that_is_there_is_kept(tmp_path: Path) -> None:
    write(to_bytes(CONTENTS), tmp_path / "ab")
    mark = (tmp_path / "ab/a.txt").stat().st_ino
    write(to_bytes(CONTENTS), tmp_path / "ab")
    assert (tmp_path / "ab/a.txt").stat().st_ino == mark


@pytest.mark.parametrize("path", ["../a.txt", "/etc/a.txt", "a/../../b", "a\\b", ""])
def test_paths_are_checked_again_where_they_are_written(tmp_path: Path, path: str) -> None:
    """Whoever took the reading process over must not write where it likes."""
    with pytest.raises(ValueError):
        write(to_bytes(Contents("zip", [Member(path, b"x")])), tmp_path / "ab")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [0, 4, 20, -1])
def test_an_answer_cut_short_writes_nothing(tmp_path: Path, cut: int) -> None:
    with pytest.raises(ValueError):
        write(to_bytes(CONTENTS)[:cut], tmp_path / "ab")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="No space left"):
        write(to_bytes(CONTENTS), tmp_path / "ab")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_a_file_missing_or_cut_or_a_broken_list_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "ab"
    write(to_bytes(CONTENTS), folder)
    (folder / "a.txt").write_bytes(b"")
    assert load(folder) is None
    assert write(to_bytes(CONTENTS), folder) == load(folder)
    (folder / "a.txt").unlink()
    assert load(folder) is None
    (folder / ".contents.json").write_text(json.dumps({"format": "zip"}))
    assert load(folder) is None


def test_a_full_disk_refuses_the_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box.zip"
    path.write_bytes(zipped({"a.txt": "words"}))

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", fail)
    with Extractor() as extractor, pytest.raises(UnreadableFile) as caught:
        extractor.unpack(path, tmp_path / "ab", sha256(path.read_bytes()).hexdigest())
    assert caught.value.reason == "what is in it cannot be written (No space left on device); make room."
    assert [entry.name for entry in tmp_path.iterdir()] == ["box.zip"]
