from __future__ import annotations

import pytest

from corpus.keys import is_like_access, is_of_access, key_of, similar_key


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("title", "title"),
        (" TITLE ", "title"),
        ("class", "document_class"),
        ("Document Class", "document_class"),
        ("meeting-start", "meeting_start"),
        ("titel", None),
        ("guessed", None),
    ],
)
def test_a_key_names_a_field_however_it_is_spelt(key: str, expected: str | None) -> None:
    assert key_of(key) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("titel", "title"), ("langauge", "language"), ("рlасе", "place"), ("keywords", None), ("x" * 1000, None)],
)
def test_a_misspelt_key_is_told(key: str, expected: str | None) -> None:
    assert similar_key(key) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("acess", True),
        ("acces", True),
        ("accès", True),
        ("ассеss", True),
        ("access level", True),
        ("doc_access", True),
        ("accessed", False),
        ("accessibility", False),
        ("process", False),
        ("address", False),
    ],
)
def test_what_may_mean_access_is_known(key: str, expected: bool) -> None:
    assert is_like_access(key) is expected


def test_what_others_call_access_is_known() -> None:
    assert is_of_access("Clearance")
    assert not is_of_access("title")
