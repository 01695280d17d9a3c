"""A round's summary is quotations from its documents alone, by section, within its words, without repetition."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import DocumentClass, Metadata
from retrieval.answers.quotes import Quote
from retrieval.errors import NoSuchRound, QuestionRefused
from retrieval.index.segment import IndexedDocument
from retrieval.summaries.aspects import read_examples
from retrieval.summaries.summary import SECTIONS, Section, Summary, by_standing, news, summarise
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation
from tests.talks import TURKISH, WORKING_GROUP, SpreadEncoder, make_talks

if TYPE_CHECKING:
    from pathlib import Path

ENCODER = WordEncoder()
EXAMPLES = read_examples(ENCODER)
NEWS, STATEMENT = DocumentClass.NEWS, DocumentClass.STATEMENT


def of_round(
    identifier: str, number: int | None, *lines: str, process: str | None = "Astana", **metadata: object
) -> IndexedDocument:
    """A document of a round."""
    known = replace(Metadata(language="en", process=process, round=number), **metadata)  # type: ignore[arg-type]
    return document(identifier, *lines, metadata=known)


EIGHTH = of_round(
    "eighth",
    8,
    "# Dates and place",
    "The round of talks was held in the city of Astana on 21 December 2017.",
    "# Participants",
    "Delegations of the guarantors took part with observers from Jordan.",
    "# Outcomes",
    "A joint statement was adopted and agreed at the end of the round.",
    "# Positions of the parties",
    "The Turkish ministry expressed concern over attacks.",
    "Russia called the outcome positive.",
    "# Next meeting",
    "The next round of talks will be held in Sochi in February 2018.",
    "# Background",
    "Snow had fallen in the weeks before.",
)
COMMENT = of_round("comment", 8, "# Outcomes", "Mine clearance was agreed 🕊️ & <windy> hills.", document_class=NEWS)
NINTH = of_round("ninth", 9, "# Participants", "Delegations of the guarantors took part in May.")
GENEVA = of_round("geneva", 8, "# Outcomes", "Envoys met by the lake.", process="Geneva")
UNKNOWN = of_round("unknown", None, "Delegations took part in talks.", process=None)
BUILT = generation(EIGHTH, COMMENT, NINTH, GENEVA, UNKNOWN)


def made(built: object = BUILT, number: int = 8, **arguments: object) -> Summary:
    """A summary by the encoder of the doubles."""
    return summarise(built, ENCODER, number, examples=EXAMPLES, **arguments)  # type: ignore[arg-type]


def texts(summary: Summary) -> dict[tuple[str, str | None], list[str]]:
    """The quotations by section and party."""
    return {(section.name, section.party): [quote.text for quote in section.quotes] for section in summary.sections}


def length(summary: Summary) -> int:
    """The number of words quoted, each quotation counted once."""
    return sum(len(text.split()) for text in {quote.text for quote in summary.quotes})


def test_sentences_stand_in_the_section_that_they_are_about() -> None:
    assert texts(made(process="Astana")) == {
        ("dates_and_place", None): ["The round of talks was held in the city of Astana on 21 December 2017."],
        ("participants", None): ["Delegations of the guarantors took part with observers from Jordan."],
        ("outcomes", None): [
            "Mine clearance was agreed 🕊️ & <windy> hills.",
            "A joint statement was adopted and agreed at the end of the round.",
        ],
        ("positions", "russia"): ["Russia called the outcome positive."],
        ("positions", "turkiye"): ["The Turkish ministry expressed concern over attacks."],
        ("next_meeting", None): ["The next round of talks will be held in Sochi in February 2018."],
    }


def test_what_belongs_to_no_section_is_not_quoted_whatever_the_budget() -> None:
    assert "Snow had fallen in the weeks before." not in {quote.text for quote in made(words=1000).quotes}


def test_a_position_of_nobody_known_is_in_another_section() -> None:
    lines = ("# Positions of the parties", "Someone called the outcome positive.", "Iran rejected the plan.")
    said = texts(made(generation(of_round("a", 4, *lines)), 4))
    assert said["positions", "iran"] == ["Iran rejected the plan."]
    assert ("positions", None) not in said


def test_sections_come_in_their_order_and_none_is_empty() -> None:
    summary = made()
    names = [section.name for section in summary.sections]
    assert names == sorted(names, key=SECTIONS.index)
    assert all(section.quotes for section in summary.sections)


def test_only_documents_of_the_round_are_quoted() -> None:
    summary = made()
    assert {one.id for one in summary.documents} == {"eighth", "comment", "geneva"}
    assert {quote.document.id for quote in summary.quotes} == {one.id for one in summary.used}


def test_a_process_narrows_the_round_in_any_case() -> None:
    summary = made(process="GENEVA")
    assert ([one.id for one in summary.used], summary.not_used, summary.process) == (["geneva"], (), "Geneva")


def test_the_process_is_named_where_the_documents_are_of_one() -> None:
    assert made(number=9).process == "Astana"
    assert made().process is None


@pytest.mark.parametrize(("number", "process"), [(10, None), (9, "Geneva"), (0, None), (-1, None), (8, "Vienna")])
def test_a_round_without_documents_is_an_error_that_says_what_there_is(number: int, process: str | None) -> None:
    named = f"round {number}" + (f" of the process {process}" if process else "")
    with pytest.raises(NoSuchRound) as refused:
        made(number=number, process=process)
    assert str(refused.value) == f"No document is of {named}; there are documents of Astana 8-9, Geneva 8."


def test_where_there_is_no_round_it_is_said() -> None:
    with pytest.raises(NoSuchRound) as refused:
        made(generation(UNKNOWN), 3)
    assert str(refused.value) == "No document is of round 3; no document is of any round."


@pytest.mark.parametrize("words", [0, 5, 12, 13, 25, 40, 300])
def test_the_budget_of_words_is_kept(words: int) -> None:
    assert length(made(words=words)) <= words


def test_without_a_budget_nothing_is_used_and_every_document_named() -> None:
    summary = made(words=0)
    assert (summary.sections, summary.used) == ((), ())
    assert [one.id for one in summary.not_used] == ["eighth", "comment", "geneva"]


def test_what_repeats_is_said_once() -> None:
    twins = [
        of_round(name, 3, "# Outcomes", "The delegations adopted a joint statement on prisoners.") for name in "abc"
    ]
    summary = made(generation(*twins, of_round("d", 3, "# Agenda", "Convoys were discussed.")), 3)
    assert sorted(quote.text for quote in summary.quotes) == [
        "Convoys were discussed.",
        "The delegations adopted a joint statement on prisoners.",
    ]
    assert [one.id for one in summary.used] == ["a", "d"]
    assert [one.id for one in summary.not_used] == ["b", "c"]


def test_within_a_section_the_standing_of_documents_decides_the_order() -> None:
    lines = ("# Outcomes", "Alpha was agreed in writing.", "Beta was adopted by all.")
    built = generation(
        of_round("analysis", 5, *lines[:2], document_class=DocumentClass.ANALYSIS),
        of_round("none", 5, "# Outcomes", "Gamma was signed at noon."),
        of_round("news", 5, "# Outcomes", "Delta was settled later.", document_class=NEWS),
        of_round("statement", 5, lines[0], lines[2], document_class=STATEMENT),
    )
    (section,) = made(built, 5).sections
    assert [quote.document.id for quote in section.quotes] == ["statement", "analysis", "news", "none"]


def test_quotations_are_grouped_by_standing() -> None:
    news_, statement, unknown = (
        Quote(of_round(name, 1, "Text.", document_class=kind).document, 0, 5)
        for name, kind in (("n", NEWS), ("s", STATEMENT), ("u", None))
    )
    assert by_standing((unknown, news_, statement, news_)) == (
        (STATEMENT, (statement,)),
        (NEWS, (news_, news_)),
        (None, (unknown,)),
    )
    assert by_standing(()) == ()


def test_of_a_document_about_two_rounds_only_this_round_is_quoted() -> None:
    both = of_round(
        "both",
        7,
        "# Outcomes",
        "The seventh round adopted a list.",
        "The eighth round adopted a regulation.",
        "Both were long.",
        "# Eighth round",
        "Prisoners were discussed there.",
        other_rounds=(8,),
    )
    built = generation(both, of_round("more", 7, "# Outcomes", "A map was agreed."))
    quoted = {quote.text for quote in made(built, 7, words=1000).quotes}
    assert quoted == {"The seventh round adopted a list.", "Both were long.", "A map was agreed."}
    assert "The eighth round adopted a regulation." in {quote.text for quote in made(built, 8, words=1000).quotes}


def test_a_topic_is_the_only_section(tmp_path: Path) -> None:
    talks = make_talks(tmp_path)
    built = talks.generations.load(talks.generations.current())
    summary = summarise(built, SpreadEncoder(), 8, process="Astana", topic="detainees")
    assert texts(summary) == {("topic", None): [WORKING_GROUP, TURKISH]}
    assert (summary.topic, [one.id for one in summary.used]) == ("detainees", ["eighth.md"])


def test_a_topic_without_a_passage_has_no_section_and_one_without_words_is_refused() -> None:
    assert made(topic="bananas").sections == ()
    with pytest.raises(QuestionRefused):
        made(topic="!")


def test_a_fragment_is_not_quoted() -> None:
    assert made(generation(of_round("a", 2, "# Outcomes", "Yes.", "The plan was agreed.")), 2, words=99).quotes[
        0
    ].text == ("The plan was agreed.")


def test_the_same_round_gives_the_same_summary() -> None:
    assert made() == made()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("бғә قپ🕊<&>. aZ0\u0301", min_size=3).map(str.strip).filter(bool), min_size=1, max_size=5))
def test_every_quotation_is_a_slice_of_its_document(lines: list[str]) -> None:
    entry = of_round("any", 1, *lines)
    for quote in made(generation(entry), 1).quotes:
        assert quote.document == entry.document
        assert quote.text == entry.document.text[quote.start : quote.end] != ""


def test_the_summary_as_json() -> None:
    value = json.loads(json.dumps(made(number=9).to_json()))
    assert list(value) == [
        "process",
        "round",
        "topic",
        "documents_used",
        "documents_not_used",
        "sections",
        "disagreements",
    ]
    assert (value["process"], value["round"], value["topic"], value["disagreements"]) == ("Astana", 9, None, [])
    assert (value["documents_used"], value["documents_not_used"]) == (["ninth"], [])
    (section,) = value["sections"]
    assert (section["name"], "party" in section) == ("participants", False)
    assert section["quotes"][0]["text"] == "Delegations of the guarantors took part in May."
    assert section["quotes"][0]["class"] is None


def test_a_position_as_json_names_the_party() -> None:
    quote = Quote(COMMENT.document, 0, 8)
    assert Section("positions", (quote,), "iran").to_json()["party"] == "iran"
    assert Section("positions", (quote,), "iran").to_json()["quotes"][0]["class"] == "news"


TENTH = of_round("tenth", 10, "# Outcomes", "The guarantors adopted a regulation on detainees.")
LATE = of_round(
    "late",
    10,
    "# Outcomes",
    "A regulation on detainees was adopted by the guarantors.",
    "Maps were agreed as well.",
    "# Dates and place",
    "The tenth round was held in Sochi on 30-31 July 2018.",
)
SHOWN = Quote(TENTH.document, len("Outcomes\n"), len(TENTH.document.text))


def late_news(*entries: IndexedDocument, documents: frozenset[str], **arguments: object) -> Summary:
    """What late documents add to ``SHOWN``."""
    built = generation(*entries)
    return news(built, ENCODER, 10, documents=documents, quoted=(SHOWN,), examples=EXAMPLES, **arguments)  # type: ignore[arg-type]


def test_news_is_what_late_documents_add() -> None:
    summary = late_news(TENTH, LATE, documents=frozenset({"late"}))
    assert texts(summary) == {
        ("dates_and_place", None): ["The tenth round was held in Sochi on 30-31 July 2018."],
        ("outcomes", None): ["Maps were agreed as well."],
    }
    assert ([one.id for one in summary.used], summary.not_used) == (["late"], ())


def test_late_documents_that_only_repeat_are_no_news() -> None:
    again = of_round("again", 10, "# Outcomes", "The guarantors adopted a regulation on detainees.")
    summary = late_news(TENTH, again, LATE, documents=frozenset({"again"}))
    assert (summary.sections, summary.used, [one.id for one in summary.not_used]) == ((), (), ["again"])


def test_a_changed_number_is_no_repetition() -> None:
    first = of_round("tenth", 10, "# Outcomes", "The guarantors released 10 detainees in the north of the country.")
    other = of_round("other", 10, "# Outcomes", "The guarantors released 20 detainees in the north of the country.")
    built = generation(first, other)
    quote = Quote(first.document, len("Outcomes\n"), len(first.document.text))
    found = news(built, ENCODER, 10, documents=frozenset({"other"}), quoted=(quote,), examples=EXAMPLES)
    assert [one.text for one in found.quotes if one.document.id == "other"] != []


def test_news_keeps_its_words_and_ignores_documents_that_are_not_there() -> None:
    assert late_news(TENTH, LATE, documents=frozenset({"late"}), words=5).sections[0].quotes[0].text == (
        "Maps were agreed as well."
    )
    assert late_news(TENTH, LATE, documents=frozenset({"gone"})).sections == ()
