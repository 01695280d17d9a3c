"""A clearance reads its own label and every looser one, and nothing where it is not in use."""

from __future__ import annotations

import pytest

from corpus.access import Labels

LABELS = Labels(("open", "Within the House", "sealed"))


@pytest.mark.parametrize(
    ("clearance", "read"),
    [
        ("open", ["open"]),
        ("Within the House", ["open", "Within the House"]),
        ("sealed", ["open", "Within the House", "sealed"]),
    ],
)
def test_a_clearance_admits_its_label_and_those_before_it(clearance: str, read: list[str]) -> None:
    assert [label for label in LABELS.names if LABELS.admits(clearance, label)] == read


@pytest.mark.parametrize("label", ["forgotten", "", "OPEN", " open"])
def test_a_label_that_is_not_in_use_is_above_all(label: str) -> None:
    assert [clearance for clearance in LABELS.names if LABELS.admits(clearance, label)] == ["sealed"]


@pytest.mark.parametrize("clearance", ["forgotten", "", "SEALED", "sealed "])
def test_a_clearance_that_is_not_in_use_reads_nothing(clearance: str) -> None:
    assert [label for label in (*LABELS.names, "forgotten", "", clearance) if LABELS.admits(clearance, label)] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sealed", "sealed"),
        ("  SEALED\n", "sealed"),
        ("within the house", "Within the House"),
        ("within", None),
        ("", None),
    ],
)
def test_a_label_is_named_without_regard_to_case_and_blanks_around_it(text: str, named: str | None) -> None:
    assert LABELS.named(text) == named


def test_the_default_ones_go_from_public_to_restricted() -> None:
    assert Labels().names == ("public", "internal", "restricted")
    assert (Labels().lowest, Labels().highest) == ("public", "restricted")


def test_where_there_is_one_label_its_clearance_reads_everything() -> None:
    only = Labels(("all",))
    assert (only.lowest, only.highest) == ("all", "all")
    assert only.admits("all", "all")
    assert only.admits("all", "another")
