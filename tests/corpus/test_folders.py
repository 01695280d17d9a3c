from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import FolderError
from corpus.folders import find_files, is_sidecar, rules_of, sidecar_of

Write = Callable[..., Path]


def test_files_are_found_below_folders_sorted_by_their_paths(write: Write, tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/b/c.pdf", "B.html"):
        write(name, "x")
    assert find_files([tmp_path]) == [
        (name, tmp_path.resolve() / name) for name in ("B.html", "a/b/c.pdf", "a/z.txt", "b.md")
    ]


def test_hidden_files_and_sidecars_are_left_out_and_unknown_kinds_are_not(write: Write, tmp_path: Path) -> None:
    for name in (".hidden.md", ".git/x.md", "a.md", "a.md.meta.yaml", "_folder.meta.yaml", "b.docx", "noext"):
        write(name, "x")
    assert [name for name, _ in find_files([tmp_path])] == ["a.md", "b.docx", "noext"]


def test_an_id_that_is_taken_gets_its_folders_name(write: Write, tmp_path: Path) -> None:
    for name in ("one/a.md", "two/a.md", "two/b.md", "x/two/a.md"):
        write(name, "x")
    found = find_files([tmp_path / "one", tmp_path / "two", tmp_path / "x/two"])
    assert [name for name, _ in found] == ["a.md", "two/a.md", "b.md", "two/two/a.md"]


def test_a_file_is_listed_once_however_many_folders_hold_it(write: Write, tmp_path: Path) -> None:
    write("a/b/c.md", "x")
    write("a/d.md", "x")
    assert [name for name, _ in find_files([tmp_path / "a/b", tmp_path / "a", tmp_path / "a"])] == ["c.md", "d.md"]


def test_links_are_followed_only_inside_and_never_round(write: Write, tmp_path: Path) -> None:
    write("in/sub/a.md", "x")
    write("out/secret.md", "x")
    (tmp_path / "in/aaa-same.md").symlink_to(tmp_path / "in/sub/a.md")
    (tmp_path / "in/out.md").symlink_to(tmp_path / "out/secret.md")
    (tmp_path / "in/outside").symlink_to(tmp_path / "out")
    (tmp_path / "in/sub/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/self").symlink_to(tmp_path / "in/self")
    (tmp_path / "in/gone.md").symlink_to(tmp_path / "in/nothing.md")
    assert [name for name, _ in find_files([tmp_path / "in"])] == ["sub/a.md"]


def test_a_link_into_a_hidden_place_inside_is_a_file_of_the_library(write: Write, tmp_path: Path) -> None:
    write(".store/a.md", "x")
    (tmp_path / "a.md").symlink_to(tmp_path / ".store/a.md")
    assert [name for name, _ in find_files([tmp_path])] == ["a.md"]


def test_a_folder_may_itself_be_a_link(write: Write, tmp_path: Path) -> None:
    write("real/a.md", "x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert find_files([tmp_path / "link"]) == [("a.md", tmp_path.resolve() / "real/a.md")]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError) as caught:
        find_files([tmp_path / "none"])
    assert str(caught.value) == (
        f"{tmp_path / 'none'}: there is no such folder; create it or correct the setting that names it."
    )


def test_a_file_is_no_folder(write: Write) -> None:
    with pytest.raises(FolderError, match="is not a folder"):
        find_files([write("a.md", "x")])


def test_a_folder_that_cannot_be_listed_is_named(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal is the system's, which gives none to the superuser: so it is put in its place."""
    closed = write("closed/a.md", "x").parent
    scandir = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(FolderError, match=r"closed: cannot be listed \(Permission denied\)"):
        find_files([tmp_path])


def test_a_name_that_is_not_utf_8_gets_an_id_that_is(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("x")
    ((name, path),) = find_files([tmp_path])
    assert name == "caf\ufffd.md"
    assert path.read_text() == "x"


def test_the_sidecar_with_the_whole_name_comes_first(write: Write) -> None:
    path = write("a.pdf", "x")
    assert sidecar_of(path) is None
    short = write("a.meta.yaml", "x")
    assert sidecar_of(path) == short
    whole = write("a.pdf.meta.yaml", "x")
    assert sidecar_of(path) == whole
    assert is_sidecar(whole)
    assert not is_sidecar(path)


def test_a_sidecar_whose_suffix_is_not_in_lower_case_is_a_file_that_can_be_refused(
    write: Write, tmp_path: Path
) -> None:
    for name in ("a.md", "a.META.yaml", "_Folder.Meta.yaml"):
        write(name, "x")
    assert [name for name, _ in find_files([tmp_path])] == ["_Folder.Meta.yaml", "a.META.yaml", "a.md"]


def test_the_rules_of_a_folder_are_no_sidecar_of_a_file_named_like_them(write: Write) -> None:
    write("_folder.meta.yaml", "x")
    assert sidecar_of(write("_folder.md", "x")) is None
    assert sidecar_of(write("_folder", "x")) is None
    whole = write("_folder.md.meta.yaml", "x")
    assert sidecar_of(whole.with_name("_folder.md")) == whole


def test_a_sidecar_that_cannot_be_read_is_not_passed_over(write: Write, tmp_path: Path) -> None:
    path = write("a.md", "x")
    (tmp_path / "a.meta.yaml").symlink_to(tmp_path / "gone")
    assert sidecar_of(path) == tmp_path / "a.meta.yaml"


def test_rules_are_those_of_the_folders_from_the_root_down(write: Write, tmp_path: Path) -> None:
    for name in ("_folder.meta.yaml", "in/_folder.meta.yaml", "in/x/y/_folder.meta.yaml", "in/z/_folder.meta.yaml"):
        write(name, "x")
    path = write("in/x/y/a.md", "x")
    assert rules_of(path, tmp_path / "in") == (
        tmp_path / "in/_folder.meta.yaml",
        tmp_path / "in/x/y/_folder.meta.yaml",
    )
    with pytest.raises(FolderError, match=r"z: does not hold a\.md, which is said to be in it\."):
        rules_of(path, tmp_path / "in/z")


def test_rules_are_found_for_a_path_that_only_the_system_knows_to_be_below(write: Write, tmp_path: Path) -> None:
    write("in/_folder.meta.yaml", "x")
    path = write("in/a.md", "x")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    assert rules_of(path, tmp_path / "link") == (tmp_path / "link/_folder.meta.yaml",)
    with pytest.raises(FolderError):
        rules_of(tmp_path / "in/../out.md", tmp_path / "in")


def test_a_name_says_where_a_file_is_without_asking_the_system(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("in/_folder.meta.yaml", "x")
    path = write("in/a.md", "x")

    def refuse(*_: object, **__: object) -> Path:
        raise AssertionError

    monkeypatch.setattr(Path, "resolve", refuse)
    assert rules_of(path, tmp_path / "in") == (tmp_path / "in/_folder.meta.yaml",)
