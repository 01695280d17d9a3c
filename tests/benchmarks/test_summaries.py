"""The sheet of facts agrees with the briefings, and a summary is measured by it as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

import corpus
from corpus.document import Document, Metadata
from corpus.reading import load
from corpus.sentences import sentences
from retrieval.answers.quotes import Quote
from retrieval.summaries.summary import SECTIONS, Section, Summary
from tests.benchmarks.summaries.sheet import CONTEXT, Fact, Score, is_right, read_sheet, score, total

FACTS = (
    Fact("dates", ("dates_and_place",), ("21-22 December",)),
    Fact("city", ("dates_and_place",), ("21-22 December",)),
    Fact("view", ("open_points", "positions"), ("called it modest", "blamed")),
    Fact("before", (CONTEXT,), ("a month before",), asked=False),
    Fact("report", ("dates_and_place",), ("one report",), asked=False),
)
TEXT = (
    "Held on 21-22 DECEMBER. Iran called it modest. It was cold a month before. Iran blamed nobody. One report says so."
)
DOCUMENT = Document("a", "/a", "0" * 64, TEXT, (), Metadata())


def summary(*sections: tuple[str, str]) -> Summary:
    """A summary with one quotation a section."""
    made = tuple(
        Section(name, (Quote(DOCUMENT, TEXT.index(words), TEXT.index(words) + len(words)),)) for name, words in sections
    )
    return Summary("Astana", 8, None, made, (), (DOCUMENT,), ())


@pytest.mark.parametrize(
    ("section", "words", "right"),
    [
        ("dates_and_place", "Held on 21-22 DECEMBER.", True),
        ("agenda", "Held on 21-22 DECEMBER.", False),
        ("positions", "Iran called it modest.", True),
        ("open_points", "Iran blamed nobody.", True),
        ("outcomes", "It was cold a month before.", False),
        ("dates_and_place", "One report says so.", True),
        ("dates_and_place", "Iran", False),
    ],
)
def test_a_sentence_is_right_in_a_section_of_a_fact_that_it_carries(section: str, words: str, right: bool) -> None:
    assert is_right(section, words, FACTS) is right


def test_facts_are_covered_by_any_sentence_and_whole_by_all() -> None:
    made = summary(
        ("dates_and_place", "Held on 21-22 DECEMBER."),
        ("positions", "Iran blamed nobody."),
        ("outcomes", "It was cold a month before."),
    )
    assert score(made, FACTS) == Score(sentences=3, right=2, facts=3, covered=3, whole=2)
    assert score(summary(), FACTS) == Score(facts=3)


def test_scores_add_up_and_are_shown_as_shares() -> None:
    both = total((Score(3, 2, 4, 3, 2), Score(1, 1, 4, 1, 0)))
    assert both == Score(4, 3, 8, 4, 2)
    assert both.line("all") == (
        "all         4 sentences, 0.750 in the right section;    8 facts, 0.500 covered, 0.250 whole"
    )
    assert Score().line("none").endswith("  -   covered,   -   whole")


SHEET = read_sheet()
BRIEFINGS = Path(corpus.__file__).parent / "documents"


def spoken(number: int) -> list[str]:
    """The sentences of the briefing on a round."""
    (path,) = BRIEFINGS.glob(f"R{number:02}-*.md")
    document = load(path, path.name)
    spans = sentences(document.text, document.blocks, document.metadata.language)
    return [document.text[sentence.start : sentence.end] for sentence in spans]


def test_the_sheet_is_of_all_rounds_and_knows_only_sections_that_there_are() -> None:
    assert list(SHEET) == list(range(1, 23))
    assert sum(fact.asked for facts in SHEET.values() for fact in facts) == 314
    used = {section for facts in SHEET.values() for fact in facts for section in fact.sections}
    assert used == {*SECTIONS, CONTEXT}
    assert all(len({fact.name for fact in facts}) == len(facts) for facts in SHEET.values())


@pytest.mark.parametrize("number", list(SHEET))
def test_every_sign_is_of_one_sentence_and_every_sentence_has_one(number: int) -> None:
    said = [text.casefold() for text in spoken(number)]
    for fact in SHEET[number]:
        for sign in fact.signs:
            assert [text for text in said if sign.casefold() in text][1:] == [], (fact.name, sign)
            assert any(sign.casefold() in text for text in said), (fact.name, sign)
    assert [text for text in said if not any(fact.carried_by(text) for fact in SHEET[number])] == []
