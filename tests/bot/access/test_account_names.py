"""Names of accounts: which there can be, and which are taken for one another."""

from __future__ import annotations

import pytest

from bot.access.account_names import NameRefusedError, checked_name, look


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Anna", "anna"),
        ("  anna\n", "anna"),
        ("ａｎｎａ", "anna"),
        ("anna.b_c-2", "anna.b_c-2"),
        ("Straße", "strasse"),
        ("José", "josé"),
        ("Jose\u0301", "josé"),
        ("İsmail", "ismail"),
        ("Даниёр", "даниёр"),
        ("Әлия", "әлия"),
        ("ليلى", "ليلى"),
        ("سارا۲", "سارا2"),
    ],
)
def test_a_name_is_kept_in_one_form(written: str, kept: str) -> None:
    assert checked_name(written) == kept
    assert checked_name(kept) == kept


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "2 to 32 characters"),
        ("a", "2 to 32 characters"),
        ("a" * 33, "2 to 32 characters"),
        ("ﷺ" * 5, "2 to 32 characters"),
        ("anna b", "Latin, Cyrillic or Arabic"),
        ("anna@x", "Latin, Cyrillic or Arabic"),
        ("an\u200bna", "Latin, Cyrillic or Arabic"),
        ("an\u202ena", "Latin, Cyrillic or Arabic"),
        ("αννα", "Latin, Cyrillic or Arabic"),
        ("安娜", "Latin, Cyrillic or Arabic"),
        ("a\u0488b", "Latin, Cyrillic or Arabic"),
        ("😀😀", "Latin, Cyrillic or Arabic"),
        ("аnna", "mixes two"),
        ("annaنا", "mixes two"),
        (".anna", "begins and ends"),
        ("anna-", "begins and ends"),
    ],
)
def test_what_is_no_name_is_refused_in_one_sentence(written: str, reason: str) -> None:
    with pytest.raises(NameRefusedError) as refused:
        checked_name(written)
    sentence = str(refused.value)
    assert reason in sentence and sentence.endswith(".") and "\n" not in sentence


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna", "ANNA"),
        ("сосо", "coco"),
        ("аппа", "аппа"),
        ("bo", "b0"),
        ("lena", "1ena"),
        ("ismail", "ısmail"),
        ("marna", "mama"),
        ("vvanda", "wanda"),
        ("jose", "josé"),
        ("йван", "иван"),
        ("علی", "علي"),
        ("أحمد", "احمد"),
        ("کامران", "كامران"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert look(one) == look(other)


@pytest.mark.parametrize(("one", "other"), [("anna", "hanna"), ("anna", "anya"), ("a.b", "ab"), ("лена", "lena")])
def test_names_that_do_not_look_alike_are_two(one: str, other: str) -> None:
    assert look(one) != look(other)


def test_whatever_is_typed_has_a_look() -> None:
    for typed in ("", "\x00", "a" * 10_000, "ﷺ" * 10_000, "\ud800"):
        assert len(look(typed)) < 6000
