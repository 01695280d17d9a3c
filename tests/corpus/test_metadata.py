from __future__ import annotations

import pytest

from corpus.document import Metadata, Source
from corpus.errors import RefusedContent
from corpus.metadata import iso_date, parse, web_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", "2019"),
        ("2019-03", "2019-03"),
        ("2019-03-04", "2019-03-04"),
        ("2019-03-04T10:00:00+06:00", "2019-03-04"),
        ("2019-13", None),
        ("2019-02-29", None),
        ("2020-02-29", "2020-02-29"),
        ("0000", None),
        ("4 March 2019", None),
        ("20190304", None),
    ],
)
def test_a_date_is_iso_and_in_the_calendar(text: str, expected: str | None) -> None:
    assert iso_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/x?y=1", "https://a.example/x?y=1"),
        (" http://a.example ", "http://a.example"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("a.example/x", None),
        ('https://a.example/"><b>', None),
        ("https://[bad", None),
    ],
)
def test_an_address_is_of_the_web(text: str, expected: str | None) -> None:
    assert web_address(text) == expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("title: [a, b]", "title must be one line of text, not a list or a mapping"),
        ("date: {a: b}", "date must be one line of text, not a list or a mapping"),
        ("round: eight", 'round "eight" is not a number of a round'),
        ("round: 0", 'round "0" is not a number of a round'),
        ("round: -3", 'round "-3" is not a number of a round'),
        ("language: English", 'language "English" is not a two-letter code such as en'),
        ("url: ftp://a.example", 'url "ftp://a.example" is not an http or https address'),
        ("sources: one", "sources must be a list"),
        ("sources: [one]", "sources entry 1 has no title"),
        ("sources: [{title: A, date: 2019-02-30}]", 'sources entry 1 has a date "2019-02-30" that is none'),
    ],
)
def test_a_wrong_value_is_left_out_and_named(line: str, problem: str) -> None:
    statement = parse(line, "its front matter")
    assert statement.warnings == (f"its front matter: {problem}, so it is left out.",)
    assert not [value for value in statement.values.values() if isinstance(value, str | int)]


def test_a_source_keeps_what_is_right_about_it() -> None:
    statement = parse("sources: [{title: A, date: 2019-02-30, publisher: B}]", "x")
    assert statement.values["sources"] == (Source("A", "B"),)


def test_values_are_what_was_written_not_what_yaml_makes_of_them() -> None:
    values = parse("title: 1984\nround: 08\nlanguage: no\ndate: 2019\npublisher: yes", "x").values
    assert values == {"title": "1984", "round": 8, "language": "no", "date": "2019", "publisher": "yes"}


def test_a_language_may_have_a_region() -> None:
    assert parse("language: en-GB", "x").values == {"language": "en"}


def test_an_end_before_the_start_is_left_out() -> None:
    statement = parse("meeting_start: 2019-03-04\nmeeting_end: 2019-03-02", "x")
    assert statement.values == {"meeting_start": "2019-03-04"}
    assert statement.warnings == (
        "x: the meeting ends (2019-03-02) before it starts (2019-03-04), so its end is left out.",
    )


def test_an_end_known_to_the_month_is_not_before_a_day_in_it() -> None:
    assert parse("meeting_start: 2019-03-04\nmeeting_end: 2019-03", "x").warnings == ()


def test_a_statement_wins_and_is_no_guess() -> None:
    guessed = Metadata(title="A", publisher="P", round=4, guessed=frozenset({"title", "publisher", "round"}))
    stated = parse("title: B\npublisher:\n", "x").over(guessed)
    assert stated == Metadata(title="B", publisher=None, round=4, guessed=frozenset({"round"}))


@pytest.mark.parametrize("text", ["a: b: c", "\tx: y", "a: *none", "? [", "{" * 5000])
def test_what_is_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(RefusedContent, match=r"^x is n"):
        parse(text, "x")


def test_aliases_that_multiply_cost_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert parse("\n".join([*lines, "title: T"]), "x").values == {"title": "T"}
