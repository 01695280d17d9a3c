"""A library goes into one file and comes out of it whole, or not at all."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from corpus.erasure import erase_document
from corpus.library import Library, Recorded
from corpus.library_archive import ArchiveError, export, import_library
from corpus.likeness import signature
from corpus.reading import read_file
from corpus.sources import find_sources
from tests.doubles import DirectExtractor

TEXT = "The delegations met at the reservoir. 🚑 Стороны согласовали повестку."


def tell(done: int, total: int) -> None:
    """Nobody looks."""


def add(library: Library, folder: Path, id: str, text: str = TEXT) -> Path:
    """Write a file and record it as indexing does."""
    path = folder / id
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    reading = read_file(path, folder)
    library.originals.put_file(path, reading.sha256)
    library.record(
        [Recorded(id, str(path), reading.sha256, reading.extraction, signature(reading.extraction.text))], ()
    )
    return path


@pytest.fixture
def filled(tmp_path: Path) -> Library:
    """A library of two documents, one withdrawn, one relabelled and corrected."""
    library = Library.open(tmp_path / "library")
    folder = tmp_path / "documents"
    add(library, folder, "a/first.md", f"---\ntitle: First\ndate: 2018-05\nround: 8\n---\n# First\n\n{TEXT}\n")
    add(library, folder, "second.txt", f"{TEXT} Second.")
    library.withdraw("second.txt", "1", "doubtful")
    library.relabel("a/first.md", "restricted", "1")
    library.correct("a/first.md", "place", "Sochi", "1")
    return library


def imported(archive: Path, folder: Path, present: set[str] | None = None) -> Library:
    """The library that an archive makes in ``folder``."""
    import_library(archive, folder, present or set(), tell)
    return Library.open(folder)


def test_everything_decided_comes_out_as_it_went_in(filled: Library, tmp_path: Path) -> None:
    archive = tmp_path / "export.tar"
    told: list[tuple[int, int]] = []
    count = export(filled, archive, lambda done, total: told.append((done, total)))
    other = imported(archive, tmp_path / "other" / "library")
    assert count == len(told) == told[-1][0] == told[-1][1] == 5
    assert other.entries() == filled.entries()
    assert other.corrections() == {"a/first.md": {"place": "Sochi"}}
    assert other.events("second.txt") == filled.events("second.txt")
    assert list(other.originals) == list(filled.originals)
    version = other.versions("a/first.md")[0]
    assert other.reading(version) == filled.reading(version)


def test_a_listed_document_is_indexed_again_under_its_id_with_what_was_stated(filled: Library, tmp_path: Path) -> None:
    archive = tmp_path / "export.tar"
    export(filled, archive, tell)
    other = imported(archive, tmp_path / "other" / "library")
    sources = find_sources([other.sent], other.folder / "unpacked", DirectExtractor()).sources
    assert [source.id for source in sources] == ["a/first.md"]
    metadata = read_file(sources[0].path, sources[0].root).extraction.metadata
    assert (metadata.title, metadata.date, metadata.round) == ("First", "2018-05", 8)


def test_what_a_folder_holds_already_is_not_put_among_the_sent(filled: Library, tmp_path: Path) -> None:
    archive = tmp_path / "export.tar"
    export(filled, archive, tell)
    other = imported(archive, tmp_path / "other" / "library", {"a/first.md"})
    assert [path for path in other.sent.rglob("*") if path.is_file()] == []


def test_an_export_is_remembered_so_that_erasing_names_it(filled: Library, tmp_path: Path) -> None:
    export(filled, tmp_path / "export.tar", tell)
    assert erase_document(filled, "second.txt", "1").exports == (str(tmp_path / "export.tar"),)


def test_nothing_is_imported_over_a_library(filled: Library, tmp_path: Path) -> None:
    export(filled, tmp_path / "export.tar", tell)
    before = filled.entries()
    with pytest.raises(ArchiveError, match="There is a library in"):
        import_library(tmp_path / "export.tar", filled.folder, set(), tell)
    assert filled.entries() == before


def test_a_folder_or_a_place_that_is_not_there_cannot_be_exported_to(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is a folder; name the file"):
        export(filled, tmp_path, tell)
    with pytest.raises(ArchiveError, match="cannot be written"):
        export(filled, tmp_path / "nowhere" / "export.tar", tell)


def altered(archive: Path, name: str, change: bytes | None, *, extra: str | None = None) -> None:
    """Write an archive anew with one file changed or left out, or with another one added."""
    with tarfile.open(archive) as old:
        files = {entry.name: (old.extractfile(entry) or io.BytesIO()).read() for entry in old}
    name = next((found for found in files if found.startswith(name)), name)
    if change is None:
        files.pop(name, None)
    else:
        files[name] = change
    if extra is not None:
        files = {extra: b"x", **files}
    with tarfile.open(archive, "w") as new:
        for found, content in files.items():
            entry = tarfile.TarInfo(found)
            entry.size = len(content)
            new.addfile(entry, io.BytesIO(content))


@pytest.mark.parametrize(
    ("name", "change", "extra"),
    [
        ("originals/", b"changed", None),
        ("texts/", None, None),
        ("library.sqlite3", b"no database", None),
        ("manifest.json", None, None),
        ("manifest.json", b"{", None),
        ("manifest.json", json.dumps({"format": 99, "files": {}}).encode(), None),
        ("none", None, "../outside"),
        ("none", None, "sent/../../outside"),
        ("none", None, "/outside"),
        ("none", None, "originals/aa/short"),
    ],
)
def test_what_is_damaged_or_foreign_changes_nothing(
    filled: Library, tmp_path: Path, name: str, change: bytes | None, extra: str | None
) -> None:
    archive = tmp_path / "export.tar"
    export(filled, archive, tell)
    altered(archive, name, change, extra=extra)
    target = tmp_path / "other" / "library"
    with pytest.raises(ArchiveError) as refused:
        import_library(archive, target, set(), tell)
    assert str(refused.value).endswith(".")
    assert not target.exists()
    assert list(target.parent.iterdir()) == []
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_an_archive_cut_short_is_refused(filled: Library, tmp_path: Path, share: float) -> None:
    archive = tmp_path / "export.tar"
    export(filled, archive, tell)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(share * len(whole.rstrip(b"\0")))])
    with pytest.raises(ArchiveError):
        import_library(archive, tmp_path / "other" / "library", set(), tell)
    assert not (tmp_path / "other" / "library").exists()


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "export.tar"
    with tarfile.open(archive, "w") as new:
        entry = tarfile.TarInfo("sent/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        new.addfile(entry)
    with pytest.raises(ArchiveError, match="is not a file"):
        import_library(archive, tmp_path / "library", set(), tell)


def test_a_missing_archive_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be imported \\(No such file or directory\\)"):
        import_library(tmp_path / "none.tar", tmp_path / "library", set(), tell)
