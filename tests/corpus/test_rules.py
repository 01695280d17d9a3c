from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import FolderError, RefusedContent
from corpus.metadata import Statement
from corpus.rules import fits, rules_for

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a.pdf", "*.pdf", True),
        ("x/y/a.pdf", "*.pdf", True),
        ("x/a.pdf", "x/*.pdf", True),
        ("x/y/a.pdf", "x/*.pdf", False),
        ("x/y/a.pdf", "x/**/*.pdf", True),
        ("x/a.pdf", "x/**/*.pdf", True),
        ("x/y/a.pdf", "x/", True),
        ("x/y/a.pdf", "y/", False),
        ("x/y/a.pdf", "**/y/**", True),
        ("x/y/a.pdf", "./x/y/?.pdf", True),
        ("x/y/a.pdf", "/x/y/a.pdf", True),
        ("x/y/a.pdf", "x\\y\\a.pdf", True),
        ("x/y/ab.pdf", "x/y/?.pdf", False),
        ("x/b.pdf", "x/[ab].pdf", True),
        ("x/a.pdf", "a.pdf/", False),
        ("x", "**", True),
        ("/".join("a" * 60), "/".join(["**", "a"] * 30) + "/b", False),
    ],
)
def test_a_pattern_is_of_names_or_of_paths_below_the_folder(path: str, pattern: str, expected: bool) -> None:
    assert fits(path.split("/"), pattern) is expected


def test_inner_folders_win_over_outer_ones_and_later_rules_over_earlier(write: Write, tmp_path: Path) -> None:
    write(
        "in/_folder.meta.yaml",
        "publisher: Outer\nprocess: Outer\nround: 1\nplace: Outer\n"
        "rules:\n- {files: '*.md', round: 2, place: First}\n- {files: 'sub/*', place: Second}\n"
        "- {files: '*.pdf', round: 9}\n",
    )
    write("in/sub/_folder.meta.yaml", "process: Inner\n")
    path = write("in/sub/a.md", "x")
    assert rules_for(path, tmp_path / "in") == Statement(
        {"publisher": "Outer", "process": "Inner", "round": 2, "other_rounds": (), "place": "Second"}
    )


def test_rules_above_the_root_say_nothing(write: Write, tmp_path: Path) -> None:
    write("_folder.meta.yaml", "access: public\n")
    path = write("in/sub/a.md", "x")
    assert rules_for(path, tmp_path / "in") == Statement()
    assert rules_for(path, tmp_path) == Statement({"access": "public"})


def test_case_and_composition_of_names_do_not_count(write: Write, tmp_path: Path) -> None:
    write("_folder.meta.yaml", "rules: [{files: 'CAFÉ/*.PDF', access: restricted}]")
    assert rules_for(write("cafe\u0301/a.Pdf", "x"), tmp_path).values == {"access": "restricted"}


def test_a_file_that_is_not_below_the_root_is_no_file_of_it(write: Write, tmp_path: Path) -> None:
    write("in/b.md", "x")
    with pytest.raises(FolderError, match=r"does not hold a\.md"):
        rules_for(write("out/a.md", "x"), tmp_path / "in")
    with pytest.raises(FolderError):
        rules_for(tmp_path / "in" / ".." / "out" / "a.md", tmp_path / "in")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("access: [", "is not valid YAML"),
        ("- public", 'is not a list of "key: value" lines'),
        ("acces: public", 'has a key "acces", which may mean access'),
        ("rule: [{files: a, access: restricted}]", 'has a key "rule", which may mean rules'),
        ("rules: restricted", "must have a list of at most 500 rules"),
        ("rules: [{access: restricted}]", 'has a rule 1 that does not say its "files"'),
        ("rules: [{files: [a], access: restricted}]", 'has a rule 1 that does not say its "files"'),
        ("rules: [{files: other, acess: restricted}]", '_folder.meta.yaml has a key "acess", which may mean access'),
        ("access: ''", "access is empty"),
        (b"\xff\xfe\xfd", "is not text"),
        (b"#" * 500_000, "is longer than 100,000 characters"),
    ],
)
def test_rules_that_cannot_be_trusted_refuse_what_is_below(
    write: Write, tmp_path: Path, text: str | bytes, reason: str
) -> None:
    write("sub/_folder.meta.yaml", text)
    with pytest.raises(RefusedContent) as caught:
        rules_for(write("sub/a.md", "x"), tmp_path)
    assert caught.value.reason.removeprefix("rule 1 of ").startswith("its folder's sub/_folder.meta.yaml")
    assert reason in caught.value.reason


def test_rules_that_cannot_be_opened_refuse_what_is_below(write: Write, tmp_path: Path) -> None:
    path = write("a.md", "x")
    rules = tmp_path / "_folder.meta.yaml"
    rules.symlink_to(tmp_path / "nothing")
    with pytest.raises(RefusedContent, match="cannot be opened"):
        rules_for(path, tmp_path)
    rules.unlink()
    rules.mkdir()
    with pytest.raises(RefusedContent, match="is not a file"):
        rules_for(path, tmp_path)
    rules.rmdir()
    os.mkfifo(rules)
    with pytest.raises(RefusedContent, match="is not a file"):
        rules_for(path, tmp_path)


def test_a_wrong_value_is_only_warned_of(write: Write, tmp_path: Path) -> None:
    write("_folder.meta.yaml", "publisher: P\ndate: 2018-02-31\nrules:")
    assert rules_for(write("a.md", "x"), tmp_path) == Statement(
        {"publisher": "P"},
        (
            'its folder\'s _folder.meta.yaml: date "2018-02-31" is not a date (YYYY-MM-DD, YYYY-MM or YYYY), '
            "so it is left out.",
        ),
    )
