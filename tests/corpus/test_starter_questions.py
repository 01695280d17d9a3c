"""The questions on the starter briefings agree with the briefings."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpus.canonical import is_canonical
from corpus.document import Document
from corpus.reading import load
from corpus.sentences import sentences

ROOT = Path(__file__).parents[2]
BRIEFINGS = ROOT / "corpus" / "documents"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests/benchmarks/starter/queries.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]


@cache
def briefing(name: str) -> Document:
    return load(BRIEFINGS / name, name)


@cache
def spoken(name: str) -> tuple[str, ...]:
    """The sentences of a briefing: what a quotation can be made of."""
    document = briefing(name)
    spans = sentences(document.text, document.blocks, document.metadata.language)
    return tuple(document.text[sentence.start : sentence.end] for sentence in spans)


def languages(questions: list[dict[str, Any]]) -> Counter[str]:
    return Counter(question["lang"] for question in questions)


def test_there_are_forty_questions_with_an_answer_and_ten_without() -> None:
    assert [question["id"] for question in QUESTIONS] == [f"S{number:02d}" for number in range(1, 51)]
    assert (len(ANSWERABLE), len(UNANSWERABLE)) == (40, 10)


def test_every_line_has_the_fields_of_the_layout_and_no_text_twice() -> None:
    fields = {"id", "lang", "text", "relevant", "answers", "answerable"}
    assert [question["id"] for question in QUESTIONS if question.keys() != fields] == []
    assert len({question["text"] for question in QUESTIONS}) == 50


def test_questions_come_in_six_languages() -> None:
    others = ("ru", "kk", "tr", "ar", "fa")
    assert languages(ANSWERABLE) == {"en": 30} | dict.fromkeys(others, 2)
    assert languages(UNANSWERABLE) == {"en": 5} | dict.fromkeys(others, 1)


def test_questions_not_in_english_are_never_in_the_language_of_their_briefings() -> None:
    same = [
        (question["id"], name)
        for question in ANSWERABLE
        for name in question["relevant"]
        if question["lang"] != "en" and briefing(name).metadata.language == question["lang"]
    ]
    assert same == []


def test_four_english_questions_have_their_answer_in_russian_or_kazakh_only() -> None:
    answered_in = [
        {briefing(name).metadata.language for name in question["relevant"]}
        for question in ANSWERABLE
        if question["lang"] == "en"
    ]
    assert Counter("".join(sorted(map(str, found))) for found in answered_in) == {"en": 26, "ru": 3, "kk": 1}


def test_texts_and_answers_are_canonical() -> None:
    texts = [text for question in QUESTIONS for text in (question["text"], *question["answers"])]
    assert [text for text in texts if not text or not is_canonical(text)] == []


def test_all_briefings_answer_some_question() -> None:
    named = {name for question in ANSWERABLE for name in question["relevant"]}
    assert named == {path.name for path in BRIEFINGS.glob("*.md")}


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_each_answer_is_in_a_sentence_of_a_relevant_briefing_and_each_of_these_holds_one(
    question: dict[str, Any],
) -> None:
    """Neither a wording that no relevant briefing has, nor a relevant briefing without any of the wordings."""
    found = {
        (name, answer)
        for name in question["relevant"]
        for answer in question["answers"]
        if any(answer in sentence for sentence in spoken(name))
    }
    assert {answer for _, answer in found} == set(question["answers"])
    assert {name for name, _ in found} == set(question["relevant"])


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_no_answer_is_in_two_sentences_of_a_briefing(question: dict[str, Any]) -> None:
    """A string that also stands in another sentence would pass a wrong quotation as an answer."""
    counts = {
        (name, answer): sum(answer in sentence for sentence in spoken(name))
        for name in question["relevant"]
        for answer in question["answers"]
    }
    assert [found for found, count in counts.items() if count > 1] == []


def test_questions_without_an_answer_name_no_briefing_and_no_string() -> None:
    assert [(question["relevant"], question["answers"]) for question in UNANSWERABLE] == [([], [])] * 10
