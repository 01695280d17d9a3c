"""The anchors: parallel texts in six languages, each clean, complete and said once."""

from __future__ import annotations

import unicodedata
from importlib import resources

import pytest
import yaml

LANGUAGES = ("en", "ru", "kk", "tr", "ar", "fa")
ANCHORS: dict[str, list[dict[str, str]]] = yaml.safe_load(
    resources.files("retrieval").joinpath("anchors.yaml").read_text(encoding="utf-8")
)


def texts() -> list[str]:
    return [entry[language] for entries in ANCHORS.values() for entry in entries for language in entry]


def test_there_are_as_many_questions_as_statements() -> None:
    assert {name: len(entries) for name, entries in ANCHORS.items()} == {"statements": 36, "questions": 36}


@pytest.mark.parametrize("kind", ["statements", "questions"])
def test_every_entry_is_said_in_all_six_languages(kind: str) -> None:
    assert {tuple(entry) for entry in ANCHORS[kind]} == {LANGUAGES}


def test_every_text_is_canonical() -> None:
    """NFC, trimmed, single spaces, and no control or direction characters; ZWNJ is spelling in Persian."""
    for text in texts():
        assert text == unicodedata.normalize("NFC", " ".join(text.split()))
        unprintable = [character for character in text if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn"}]
        assert set(unprintable) <= {"\u200c"}


def test_no_text_is_said_twice() -> None:
    assert len(set(texts())) == len(texts())


def test_questions_end_with_a_question_mark_and_statements_with_a_full_stop() -> None:
    assert {entry[language][-1] for entry in ANCHORS["questions"] for language in LANGUAGES} == {"?", "؟"}
    assert {entry[language][-1] for entry in ANCHORS["statements"] for language in LANGUAGES} == {"."}


def test_the_anchors_do_not_speak_of_the_example_corpus() -> None:
    """Anchors that spoke of Astana or Syria would pull the language means towards the documents themselves."""
    names = ("astana", "syria", "астан", "сири", "suriye", "أستانا", "سوري", "آستانه", "سوریه")
    assert [word for text in texts() for word in text.lower().split() if word.startswith(names)] == []
