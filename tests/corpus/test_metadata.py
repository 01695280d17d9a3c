from __future__ import annotations

import pytest

from corpus.document import DocumentClass, Metadata, Source
from corpus.errors import RefusedContent
from corpus.metadata import (
    CORRECTABLE,
    FIELDS,
    Statement,
    Value,
    WrongValue,
    checked,
    corrected,
    in_order,
    iso_date,
    parse,
    web_address,
)


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
        ("round: eight and a half", 'round "eight and a half" is not a number of a round'),
        ("round: 0", 'round "0" is not a number of a round'),
        ("round: -3", 'round "-3" is not a number of a round'),
        ("language: English", 'language "English" is not a two-letter code such as en'),
        ("language: xq", 'language "xq" is the code of no language'),
        ("date: 2018-02-31", 'date "2018-02-31" is not a date (YYYY-MM-DD, YYYY-MM or YYYY)'),
        ("class: novel", 'class "novel" is none of official statement, briefing, analysis, news'),
        (f"title: {'x' * 4000}", "title is 4,000 characters long, more than the 500 it may have"),
        (
            f"url: https://a.example/{'x' * 4000}",
            f'url "https://a.example/{"x" * 42}…" is not an http or https address',
        ),
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
    expected = {"title": "1984", "round": 8, "other_rounds": (), "language": "no", "date": "2019", "publisher": "yes"}
    assert values == expected


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


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("title", "  A  report\n on water ", "A report on water"),
        ("title", "", None),
        ("date", "2018-05", "2018-05"),
        ("date", " null ", None),
        ("language", "kaz", "kk"),
        ("language", "en-GB", "en"),
        ("round", " 08 ", 8),
        ("url", "https://a.example", "https://a.example"),
        ("class", "Official_Statement", DocumentClass.STATEMENT),
        ("document_class", "official-statement", DocumentClass.STATEMENT),
        ("Document-Class", "NEWS", DocumentClass.NEWS),
        ("access", "  Top   secret ", "Top secret"),
    ],
)
def test_a_value_is_checked_by_its_field(name: str, text: str, expected: Value) -> None:
    assert checked(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("date", "31 February", '"31 February" is not a date (YYYY-MM-DD, YYYY-MM or YYYY)'),
        ("access", "", "is empty"),
        ("access", " null ", "is empty"),
        ("access", "x" * 61, f'"{"x" * 60}…" is too long to be a label'),
        ("sources", "one", "is not something that can be said of a document in one line"),
        ("colour", "red", "is not something that can be said of a document in one line"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_wrong(name: str, text: str, reason: str) -> None:
    with pytest.raises(WrongValue) as caught:
        checked(name, text)
    assert (caught.value.field, caught.value.reason) == (name, reason)
    assert str(caught.value) == f"{name} {reason}."


def test_every_field_of_metadata_can_be_stated_and_all_but_sources_corrected() -> None:
    # Further rounds are stated with the first.
    assert set(FIELDS) == set(Metadata.__dataclass_fields__) - {"guessed", "container_access", "other_rounds"}
    assert set(FIELDS) - {"sources"} == CORRECTABLE


def test_the_document_itself_gives_no_access_label() -> None:
    statement = parse("access: public\ntitle: T", "its front matter")
    assert statement == Statement(
        {"title": "T"}, ("its front matter: access is not taken from the document itself, so it is left out.",)
    )
    assert parse("acess: public", "x").warnings == (
        'x: "acess" is not taken from the document itself, so it is left out.',
    )


def test_a_sidecar_gives_an_access_label() -> None:
    assert parse("Access: restricted", "x", may_label=True) == Statement({"access": "restricted"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("acess: restricted", 'x has a key "acess", which may mean access; correct it.'),
        ("access_level: restricted", 'x has a key "access_level", which may mean access; correct it.'),
        ("ассеss: restricted", 'x has a key "ассеss", which may mean access; correct it.'),
        ("access:", "x: access is empty; correct it and load it again."),
        (
            "access: [restricted]",
            "x: access must be one line of text, not a list or a mapping; correct it and load it again.",
        ),
        ("access: restricted\naccess: public", 'x gives "access" twice; keep one and load it again.'),
        ("access: restricted\nAccess: public", 'x gives "Access" twice; keep one and load it again.'),
    ],
)
def test_a_label_that_may_be_meant_otherwise_refuses_the_document(text: str, reason: str) -> None:
    with pytest.raises(RefusedContent) as caught:
        parse(text, "x", may_label=True)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("line", "warnings"),
    [
        ("tittle: A", ('x: there is no "tittle"; perhaps "title" was meant.',)),
        ("clas: news", ('x: there is no "clas"; perhaps "class" was meant.',)),
        ("classification: A", ('x: "classification" says nothing here; who may read it is said by "access".',)),
        ("accessed: 2020-01-02", ()),
        ("id: B01", ()),
        ("keywords: [a, b]", ()),
    ],
)
def test_a_key_that_resembles_a_known_one_is_warned_of_and_others_are_not(line: str, warnings: tuple[str, ...]) -> None:
    assert parse(line, "x", may_label=True) == Statement({}, warnings)


def test_a_key_may_be_written_in_any_case_and_with_hyphens() -> None:
    assert parse("Title: T\nmeeting-start: 2019-03-04", "x").values == {"title": "T", "meeting_start": "2019-03-04"}


def test_what_is_stated_below_wins_only_over_guesses() -> None:
    rules = Statement({"title": "Rule", "publisher": "Rule", "process": "Rule"})
    own = Metadata(title="Own", publisher="Guess", guessed=frozenset({"publisher"}))
    assert rules.under(own) == Metadata(title="Own", publisher="Rule", process="Rule")


def test_corrections_are_checked_as_sidecars_are() -> None:
    assert corrected({"title": "T", "round": "8", "document_class": "news", "publisher": ""}) == Statement(
        {"title": "T", "round": 8, "other_rounds": (), "document_class": DocumentClass.NEWS, "publisher": None}
    )
    assert corrected({"date": "soon"}).warnings == (
        'what an admin corrected: date "soon" is not a date (YYYY-MM-DD, YYYY-MM or YYYY), so it is left out.',
    )
    with pytest.raises(RefusedContent, match="what an admin corrected: access is empty"):
        corrected({"access": ""})


def test_an_end_before_a_start_stated_elsewhere_is_left_out() -> None:
    metadata, warnings = in_order(Metadata(meeting_start="2019-03-04", meeting_end="2019-03-02"))
    assert metadata == Metadata(meeting_start="2019-03-04")
    assert len(warnings) == 1


def test_many_sources_of_one_alias_are_bounded() -> None:
    text = f"title: &a {'x' * 50_000}\nsources: [{', '.join(['{title: *a}'] * 600)}]"
    statement = parse(text, "x")
    assert statement.values["sources"] == (Source("x" * 500),) * 500
    assert statement.warnings[1] == "x: sources has more than 500 entries, so it is left out."


@pytest.mark.parametrize(
    "written",
    ["[7, 8]", "7, 8", "8, 7", "7 and 8", "7-8", "rounds 7 and 8", "седьмой и восьмой раунды", "٧ و٨", "VII, VIII"],
)
def test_a_document_about_two_rounds_states_them_in_a_list_or_in_words(written: str) -> None:
    statement = parse(f"round: {written}" if written[0] == "[" else f'round: "{written}"', "its front matter")
    assert statement == Statement({"round": 7, "other_rounds": (8,)})
    assert statement.over(Metadata()).rounds == (7, 8)


@pytest.mark.parametrize("written", ["[7, eight and a half]", "[]", "[[7], 8]", "{7: 8}", "7, 0", "7, 1000", "8,5"])
def test_a_list_with_anything_else_in_it_states_no_round(written: str) -> None:
    statement = parse(f"round: {written}", "its front matter")
    assert statement.values == {}
    assert statement.warnings[0].startswith("its front matter: round ")


def test_the_rounds_of_a_document_are_replaced_together() -> None:
    two = Metadata(round=7, other_rounds=(8,))
    assert corrected({"round": "9"}).over(two).rounds == (9,)
    assert corrected({"round": ""}).over(two).rounds == ()
    assert corrected({"round": "9, 10"}).over(two).rounds == (9, 10)
    assert parse("round: [8, 9]", "x").under(Metadata(round=7)).rounds == (7,)
    guess = Metadata(round=7, other_rounds=(8,), guessed=frozenset({"round", "other_rounds"}))
    assert parse("round: 9", "x").under(guess) == Metadata(round=9)
    assert parse("round: [8, 9]", "x").then(parse("round: 7", "x")).over(Metadata()).rounds == (7,)
