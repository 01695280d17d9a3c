from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from corpus.extraction import Extractor
from corpus.folders import find_files
from corpus.sources import Source, find_sources, remove_unused
from corpus.unpacked import Unpacked
from tests.corpus.packing import CONTENT_TYPES, SENTENCE, locked, message, zipped

Write = Callable[..., Path]
ARCHIVE = zipped({"b/c.txt": SENTENCE, "a.md": SENTENCE, "../evil.txt": SENTENCE})


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


class Never:
    """Takes nothing apart: fails the test that asks for it."""

    def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
        """Fail."""
        raise AssertionError(f"{path} was taken apart")


def test_plain_files_are_sources_below_the_folders_that_hold_them(write: Write, tmp_path: Path) -> None:
    for name in ("one/a.md", "one/sub/b.txt", "two/a.md"):
        write(name, SENTENCE)
    found = find_sources([tmp_path / "one", tmp_path / "two"], tmp_path / "unpacked", Never())
    assert [(source.id, source.path, source.root) for source in found.sources] == [
        ("a.md", tmp_path / "one/a.md", tmp_path / "one"),
        ("sub/b.txt", tmp_path / "one/sub/b.txt", tmp_path / "one"),
        ("two/a.md", tmp_path / "two/a.md", tmp_path / "two"),
    ]
    assert found.refused == ()
    assert not (tmp_path / "unpacked").exists()


def test_a_hidden_folder_that_is_named_is_the_root_of_its_files(write: Write, tmp_path: Path) -> None:
    write("one/.drafts/a.md", SENTENCE)
    (source,) = find_sources([tmp_path / "one", tmp_path / "one/.drafts"], None, Never()).sources
    assert source.root == tmp_path / "one/.drafts"


def test_an_archive_is_a_folder_of_sources(write: Write, tmp_path: Path, extractor: Extractor) -> None:
    path = write("in/reports/box.zip", ARCHIVE)
    write("in/z.md", SENTENCE)
    kept = tmp_path / "unpacked"
    found = find_sources([tmp_path / "in"], kept, extractor)
    folder = kept / sha256(ARCHIVE).hexdigest()
    box = Source("reports/box.zip", path, tmp_path / "in")
    assert found.sources == (
        Source("reports/box.zip/a.md", folder / "a.md", folder, box),
        Source("reports/box.zip/b/c.txt", folder / "b/c.txt", folder, box),
        Source("z.md", tmp_path / "in/z.md", tmp_path / "in"),
    )
    assert found.refused == (
        (
            "reports/box.zip/../evil.txt",
            path,
            "its path leads out of the archive, which no honest archive does; pack it again.",
        ),
    )
    assert found.unpacked == {folder}
    assert (folder / "b/c.txt").read_text() == SENTENCE
    assert not (tmp_path / "evil.txt").exists()
    assert find_sources([tmp_path / "in"], kept, Never()) == found


def test_an_archive_with_new_content_is_unpacked_anew_and_the_old_one_removed(
    write: Write, tmp_path: Path, extractor: Extractor
) -> None:
    kept = tmp_path / "unpacked"
    write("in/box.zip", ARCHIVE)
    old = find_sources([tmp_path / "in"], kept, extractor)
    write("in/box.zip", zipped({"new.txt": SENTENCE}))
    (kept / ".unpacking-killed").mkdir()
    new = find_sources([tmp_path / "in"], kept, extractor)
    assert [source.id for source in new.sources] == ["box.zip/new.txt"]
    remove_unused(kept, new.unpacked)
    assert set(kept.iterdir()) == new.unpacked
    assert old.unpacked.isdisjoint(new.unpacked)


def test_one_archive_under_two_names_is_unpacked_once(write: Write, tmp_path: Path, extractor: Extractor) -> None:
    write("in/a.zip", ARCHIVE)
    write("in/b.zip", ARCHIVE)
    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", extractor)
    assert [source.id for source in found.sources] == ["a.zip/a.md", "a.zip/b/c.txt", "b.zip/a.md", "b.zip/b/c.txt"]
    assert len(found.unpacked) == 1


def test_a_message_is_a_source_and_what_is_attached_to_it_too(
    write: Write, tmp_path: Path, extractor: Extractor
) -> None:
    made = message()
    made.add_attachment(SENTENCE, filename="note.txt")
    write("in/m.eml", made.as_bytes())
    write("in/without.eml", message().as_bytes())
    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", extractor)
    assert [source.id for source in found.sources] == ["m.eml", "m.eml/note.txt", "without.eml"]
    assert [source.container is None for source in found.sources] == [True, False, True]
    assert found.refused == ()


def test_a_container_is_known_by_its_bytes_where_its_suffix_is_not(
    write: Write, tmp_path: Path, extractor: Extractor
) -> None:
    write("in/box", ARCHIVE)
    write("in/m.saved", message().as_bytes())
    write("in/note.xyz", SENTENCE)
    write("in/word.zip", zipped({CONTENT_TYPES: "", "word/document.xml": ""}))
    write("in/named.docx", ARCHIVE)
    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", extractor)
    assert [source.id for source in found.sources] == [
        "box/a.md",
        "box/b/c.txt",
        "m.saved",
        "named.docx",
        "note.xyz",
        "word.zip",
    ]


def test_what_cannot_be_unpacked_is_refused_and_a_message_left_to_its_reader(
    write: Write, tmp_path: Path, extractor: Extractor
) -> None:
    locked_path = write("in/locked.zip", locked(zipped({"a.txt": SENTENCE})))
    cut_path = write("in/cut.zip", ARCHIVE[:40])
    write("in/m.eml", b"<no message>")
    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", extractor)
    assert [source.id for source in found.sources] == ["m.eml"]
    assert found.refused == (
        (
            "cut.zip",
            cut_path,
            "it begins as a ZIP file (Word, Excel, PowerPoint and others are such) but its list of contents cannot be "
            "read: it is damaged; send it again.",
        ),
        ("locked.zip", locked_path, "it opens only with a password; save it without one."),
    )


def test_a_container_replaced_between_looking_and_reading_is_refused(
    write: Write, tmp_path: Path, extractor: Extractor
) -> None:
    path = write("in/box.zip", ARCHIVE)

    class Replacing:
        """Another program writes the file just when it is to be read."""

        def unpack(self, path: Path, folder: Path, sha256: str) -> Unpacked:
            """Replace the file, then read it."""
            path.write_bytes(zipped({"other.txt": SENTENCE}))
            return extractor.unpack(path, folder, sha256)

    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", Replacing())
    assert found.sources == ()
    assert found.refused == (("box.zip", path, "it was replaced while it was read; load it again."),)
    assert not (tmp_path / "unpacked").exists()


def test_without_a_folder_to_unpack_to_containers_are_sources_like_any_other(write: Write, tmp_path: Path) -> None:
    write("in/box.zip", ARCHIVE)
    assert [source.id for source in find_sources([tmp_path / "in"], None, Never()).sources] == ["box.zip"]


def test_nothing_to_remove_is_no_error(tmp_path: Path) -> None:
    remove_unused(tmp_path / "none", ())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_opened_is_left_to_its_reader(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal is the system's, which gives none to the superuser: so it is put in its place."""
    write("in/a", SENTENCE)
    path = write("in/box.zip", ARCHIVE)

    def refuse(self: Path, *_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    found = find_sources([tmp_path / "in"], tmp_path / "unpacked", Never())
    assert [source.id for source in found.sources] == ["a"]
    assert found.refused == (("box.zip", path, "cannot be opened (Permission denied); check who may read it."),)


def test_two_thousand_plain_files_take_little_longer_than_finding_them(tmp_path: Path) -> None:
    for number in range(2_000):
        (tmp_path / f"{number}.md").touch()
    started = time.perf_counter()
    find_files([tmp_path])
    found = time.perf_counter()
    assert len(find_sources([tmp_path], tmp_path / "unpacked", Never()).sources) == 2_000
    assert time.perf_counter() - found < (found - started) + 0.5


def test_a_file_whose_name_is_no_text_is_refused_with_one_that_is(tmp_path: Path, extractor: Extractor) -> None:
    for name in (b"caf\xe9.md", b"\xff/note.md"):
        path = tmp_path / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(SENTENCE)
    found = find_sources([tmp_path], None, extractor)
    assert found.sources == ()
    assert [id for id, _, _ in found.refused] == ["caf\ufffd.md", "\ufffd/note.md"]
    assert {reason for _, _, reason in found.refused} == {"its name is not UTF-8; rename it."}


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.zip")
    assert find_sources([tmp_path], tmp_path / "unpacked", Never()).sources == ()
