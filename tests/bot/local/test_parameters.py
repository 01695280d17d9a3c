"""The parameters of a call."""

from __future__ import annotations

import pytest

from bot.local.errors import ApiError
from bot.local.parameters import Fields, Parameters, Upload


def test_values_are_read_alike_from_forms_and_json():
    form = Parameters(
        {"number": "5", "flag": "True", "object": '{"a": 1}', "array": "[1]", "text": "5", "seconds": "1.5"}
    )
    json = Parameters({"number": 5, "flag": True, "object": {"a": 1}, "array": [1], "text": 5, "seconds": 1.5})
    for parameters in (form, json):
        assert parameters.integer("number") == 5
        assert parameters.flag("flag") is True
        assert parameters.mapping("object") == {"a": 1}
        assert parameters.array("array") == [1]
        assert parameters.text("text") == "5"
        assert parameters.number("seconds") == 1.5


def test_what_is_absent_null_or_empty_takes_the_default():
    parameters = Parameters({"null": None, "empty": ""})
    assert (parameters.integer("x", 7), parameters.integer("empty", 7), parameters.number("empty", 2.0)) == (7, 7, 2.0)
    assert (parameters.text("null"), parameters.flag("x"), parameters.mapping("empty")) == ("", False, None)
    assert [parameters.has(name) for name in ("null", "empty", "x")] == [False, False, False]


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (Parameters.integer, "five"),
        (Parameters.integer, True),
        (Parameters.number, "five"),
        (Parameters.text, {"a": 1}),
        (Parameters.text, "\ud800"),
        (Parameters.mapping, "[1]"),
        (Parameters.mapping, "{"),
        (Parameters.array, {"a": 1}),
    ],
)
def test_values_of_the_wrong_kind_are_refused(read, value):
    with pytest.raises(ApiError) as refused:
        read(Parameters({"x": value}), "x")
    assert refused.value.code == 400


def test_files_are_named_in_the_journal_and_not_kept():
    parameters = Parameters({"markup": '{"a": 1}'}, {"document": Upload("a.txt", "text/plain", b"abc")})
    assert parameters.for_journal() == {"markup": {"a": 1}, "document": "file a.txt, 3 bytes"}


def test_fields_of_an_object_are_checked():
    fields = Fields(
        {"text": "a", "number": "5", "flag": True, "null": None}, "Thing", ("text", "number", "flag", "null")
    )
    assert (fields.text("text"), fields.integer("number"), fields.flag("flag"), fields.has("null")) == (
        "a",
        5,
        True,
        False,
    )
    for wrong in (
        lambda: fields.text("missing"),
        lambda: fields.text("flag"),
        lambda: fields.integer("text"),
        lambda: fields.integer("flag"),
        lambda: fields.flag("text"),
        lambda: Fields([], "Thing", ()),
        lambda: Fields({"x": 1}, "Thing", ()),
    ):
        with pytest.raises(ApiError):
            wrong()
