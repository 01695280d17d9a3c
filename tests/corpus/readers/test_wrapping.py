from __future__ import annotations

import pytest

from corpus.readers.wrapping import Spelling, goes_on, is_meant_break


@pytest.mark.parametrize(
    ("lines", "elsewhere", "expected"),
    [
        (["the infor\ufffe", "mation was"], "", "the information was"),
        (["the co\ufffe", "chairs met"], "the co-chairs left", "the co-chairs met"),
        (["the cease\ufffe", "fire held"], "they cease to fire", "the cease-fire held"),
        (["in 2017\ufffe", "2018 they"], "", "in 2017-2018 they"),
        (["an Anglo\ufffe", "Norman law"], "", "an Anglo-Norman law"),
        (["the e-", "mail was"], "", "the e-mail was"),
        (["the reser-", "voir is"], "", "the reservoir is"),
        (["a long-", "term plan"], "for a long time", "a long-term plan"),
        (["and/", "or not"], "", "and/or not"),
        (["either /", "or"], "", "either / or"),
        (["a dash –", "then more"], "", "a dash – then more"),
        (["ends with it\ufffe"], "", "ends with it-"),
        (["", "only", " ", "this "], "", "only this"),
        (["the res-", "er-", "voir is"], "reservoir reser", "the reservoir is"),
        (["and/", "-", "or"], "", "and/- or"),
    ],
)
def test_lines_are_joined_as_the_document_itself_writes(lines: list[str], elsewhere: str, expected: str) -> None:
    assert Spelling.of(["\n".join(lines), elsewhere]).join(lines) == expected


def test_the_halves_of_a_cut_word_are_no_words() -> None:
    assert Spelling.of(["the reser\ufffe\nvoir of Co-Chairs"]).words == {"the", "of", "co", "chairs", "co-chairs"}


def test_a_text_that_cuts_known_words_is_hyphenated_and_then_a_known_half_is_no_compound() -> None:
    lines = ["the national infor\ufffe", "mation and inter\ufffe", "national law"]
    assert not Spelling.of(["\n".join(lines)]).is_hyphenated
    spelling = Spelling.of(["\n".join(lines), "information"])
    assert spelling.is_hyphenated
    assert spelling.join(lines) == "the national information and international law"


def test_a_text_of_many_cut_lines_is_hyphenated() -> None:
    cut = "one of the reser\ufffe\nvoirs and\ntheir condi\ufffe\ntions was exam\ufffe\nined"
    assert Spelling.of([cut]).is_hyphenated
    assert not Spelling.of([cut + "\nline" * 400]).is_hyphenated


@pytest.mark.parametrize(
    ("line", "following", "is_meant"),
    [
        ("Dear colleagues,", "We met in the hall", True),
        ("Dear colleagues,", "we met in the hall", False),
        ("The delegations of the upper valleys stated that the measurements of", "Monday", False),
        ("Short", "", False),
    ],
)
def test_a_break_is_meant_where_the_next_word_would_have_fitted(line: str, following: str, is_meant: bool) -> None:
    assert is_meant_break(line, following, 72) is is_meant


def test_lines_of_a_narrow_text_tell_nothing() -> None:
    assert not is_meant_break("A", "Bee", 20)


def test_the_parts_of_a_text_together_are_the_whole_of_its_lines() -> None:
    spelling = Spelling.of(["the reservoir"])
    parts = [["the reser-"], ["", " "], ["voir and/", "or the"], ["dam"]]
    assert spelling.join_parts(parts) == ["the reser", "", "voir and/or the ", "dam"]
    assert spelling.join([line for part in parts for line in part]) == "the reservoir and/or the dam"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("of the reser-", "voir", True),
        ("of the upper", "valleys", True),
        ("met with the", "Minister", None),
        ("in the year", "1998", None),
        ("وتحدثت عن", "الخزان", None),
        ("It was agreed.", "The valleys", False),
        ("It was agreed.”", "«The valleys", False),
        ("They asked:", "Why", False),
        ("اتفقت الأطراف؟", "الخزان", False),
        ("printed in vol.", "III of 1998", None),
        ("said Mr.", "Orvane", None),
        ("said J.", "Orvane", None),
    ],
)
def test_a_text_goes_on_where_a_word_is_cut_or_it_is_not_closed_and_small_letters_follow(
    before: str, after: str, verdict: bool | None
) -> None:
    assert goes_on(before, after) is verdict


@pytest.mark.parametrize("end", ["", "-", "\ufffe"])
def test_letters_without_a_blank_are_gone_through_once(end: str) -> None:
    """From each letter on, it would take a quarter of an hour."""
    run = "a" * 300_000
    assert Spelling.of([f"{run}{end}\n{run}", run]).words == {run}
    assert goes_on(f"{run}{end}", run) is True


def test_many_lines_of_one_paragraph_are_joined_in_one_go() -> None:
    lines = ["a line of words that goes to the mar-", "gin of the page"] * 5_000
    joined = Spelling.of(["\n".join(lines)]).join(lines)
    assert joined == " ".join(["a line of words that goes to the margin of the page"] * 5_000)
