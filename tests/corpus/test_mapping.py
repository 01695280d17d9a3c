from __future__ import annotations

import pytest

from corpus.errors import RefusedContent
from corpus.mapping import MOST_CHARACTERS, parse_mapping


def test_every_scalar_stays_text() -> None:
    assert parse_mapping("a: 08\nb: no\nc: [1, {d: 2019-02-31}]", "x") == {
        "a": "08",
        "b": "no",
        "c": ["1", {"d": "2019-02-31"}],
    }


@pytest.mark.parametrize("text", ["", "  \n", "# only a comment", "---\n...\n"])
def test_nothing_is_an_empty_mapping(text: str) -> None:
    assert parse_mapping(text, "x") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: b: c", "x is not valid YAML (mapping values are not allowed here, line 1); correct it and load it again."),
        ("a: b\n---\nc: d", "x is not valid YAML (but found another document, line 2); correct it and load it again."),
        (
            "&a {b: *a}",
            "x is not valid YAML (found unconstructable recursive node, line 1); correct it and load it again.",
        ),
        ("a: \x00", "x is not valid YAML (it cannot be read); correct it and load it again."),
        (r'a: "\UFFFFFFFF"', "x is not valid YAML; correct it."),
        (r'a: "\U00110000"', "x is not valid YAML; correct it."),
        ("{a: " * 5000, "x is nested too deeply to be metadata; correct it."),
        ("- a\n- b", 'x is not a list of "key: value" lines; correct it and load the file again.'),
        (
            "!!python/object/apply:os.system [ls]",
            'x is not a list of "key: value" lines; correct it and load the file again.',
        ),
        ("just words", 'x is not a list of "key: value" lines; correct it and load the file again.'),
        ("title: A\ntitle: B", 'x gives "title" twice; keep one and load it again.'),
        ("rules:\n- {files: a, files: b}", 'x gives "files" twice; keep one and load it again.'),
        ("\n".join(f"k{n}: v" for n in range(501)), "x has more than 500 keys; shorten it and load it again."),
        ("a: " + "x" * MOST_CHARACTERS, "x is longer than 100,000 characters; shorten it and load it again."),
    ],
)
def test_what_is_no_mapping_is_refused_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(RefusedContent) as caught:
        parse_mapping(text, "x")
    assert caught.value.reason == reason
