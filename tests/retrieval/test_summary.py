"""A round's summary is quotations from its documents alone, by aspect, within its words, without repetition."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Metadata
from retrieval.errors import NoSuchRound
from retrieval.segment import IndexedDocument
from retrieval.summary import ASPECTS, Summary, _choose, centrality, summarise
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation


def of_round(identifier: str, number: int | None, *lines: str, process: str | None = "Astana") -> IndexedDocument:
    """A document of a round."""
    return document(identifier, *lines, metadata=Metadata(language="en", process=process, round=number))


EIGHTH = of_round(
    "eighth",
    8,
    "# Dates and place",
    "The round of talks was held in the city of Astana on 21 December.",
    "# Participants",
    "Delegations of the guarantors took part with observers from Jordan.",
    "# Outcomes",
    "A joint statement was adopted and agreed at the end of the round.",
    "# Next meeting",
    "The next round of talks will be held in Sochi in February.",
)
COMMENT = of_round("comment", 8, "Observers from Jordan headed the delegations. Weather was cold 🕊️ & <windy>.")
NINTH = of_round("ninth", 9, "Delegations of the guarantors took part in May.")
GENEVA = of_round("geneva", 8, "Envoys met by the lake.", process="Geneva")
UNKNOWN = of_round("unknown", None, "Delegations took part in talks.", process=None)
BUILT = generation(EIGHTH, COMMENT, NINTH, GENEVA, UNKNOWN)


def texts(summary: Summary) -> dict[str, list[str]]:
    """The quotations by section."""
    return {section.name: [quote.text for quote in section.quotes] for section in summary.sections}


def length(summary: Summary) -> int:
    """The number of words quoted."""
    return sum(len(text.split()) for quoted in texts(summary).values() for text in quoted)


def test_sentences_stand_in_the_section_that_they_are_about() -> None:
    said = texts(summarise(BUILT, WordEncoder(), 8, process="Astana"))
    assert said["dates_and_place"] == ["The round of talks was held in the city of Astana on 21 December."]
    assert "Delegations of the guarantors took part with observers from Jordan." in said["participants"]
    assert said["outcomes"] == ["A joint statement was adopted and agreed at the end of the round."]
    assert "The next round of talks will be held in Sochi in February." in said["next_meeting"]


def test_sections_come_in_the_order_of_the_aspects_and_none_is_empty() -> None:
    summary = summarise(BUILT, WordEncoder(), 8)
    names = [section.name for section in summary.sections]
    assert names == [name for name in ASPECTS if name in names]
    assert all(section.quotes for section in summary.sections)


def test_only_documents_of_the_round_are_quoted() -> None:
    summary = summarise(BUILT, WordEncoder(), 8)
    assert {document.id for document in (*summary.used, *summary.not_used)} == {"eighth", "comment", "geneva"}
    quoted = {quote.document.id for section in summary.sections for quote in section.quotes}
    assert quoted == {document.id for document in summary.used}


def test_a_process_narrows_the_round_in_any_case() -> None:
    summary = summarise(BUILT, WordEncoder(), 8, process="GENEVA")
    assert [document.id for document in summary.used] == ["geneva"]
    assert summary.not_used == ()


def test_the_process_is_named_where_the_documents_are_of_one() -> None:
    assert summarise(BUILT, WordEncoder(), 9).process == "Astana"
    assert summarise(BUILT, WordEncoder(), 8).process is None


@pytest.mark.parametrize(("number", "process"), [(10, None), (9, "Geneva"), (0, None), (-1, None)])
def test_a_round_without_documents_is_an_error(number: int, process: str | None) -> None:
    with pytest.raises(NoSuchRound, match=f"No document is of round {number}"):
        summarise(BUILT, WordEncoder(), number, process=process)


@pytest.mark.parametrize("words", [0, 5, 12, 13, 25, 40, 300])
def test_the_budget_of_words_is_kept(words: int) -> None:
    assert length(summarise(BUILT, WordEncoder(), 8, words=words)) <= words


def test_without_a_budget_nothing_is_used_and_every_document_named() -> None:
    summary = summarise(BUILT, WordEncoder(), 8, words=0)
    assert summary.sections == ()
    assert summary.used == ()
    assert [document.id for document in summary.not_used] == ["eighth", "comment", "geneva"]


def test_with_words_enough_everything_that_does_not_repeat_is_quoted() -> None:
    summary = summarise(BUILT, WordEncoder(), 8, words=1000)
    assert sum(len(section.quotes) for section in summary.sections) == 7


def test_a_heading_says_what_the_sentences_below_it_are_about() -> None:
    lines = ("# Participants", "Jordan, Iraq and Lebanon.", "# Agenda", "Mine clearance and convoys.")
    said = texts(summarise(generation(of_round("minutes", 4, *lines)), WordEncoder(), 4))
    assert said == {"participants": ["Jordan, Iraq and Lebanon."], "agenda": ["Mine clearance and convoys."]}


def test_of_equally_relevant_sentences_the_more_central_comes_first() -> None:
    vectors = np.array([[0, 0, 1], [1, 0, 0], [0.8, 0.6, 0], [0.8, -0.6, 0]], dtype=np.float32)
    relevance = np.tile(np.array([1, 0, 0, 0, 0, 0], dtype=np.float32), (4, 1))
    assert _choose(vectors, relevance, [10, 10, 10, 10], 10)[0] == [1]


def test_what_repeats_is_said_once() -> None:
    twins = [of_round(name, 3, "The delegations adopted a joint statement on prisoners.") for name in ("a", "b", "c")]
    summary = summarise(generation(*twins, of_round("d", 3, "Snow fell.")), WordEncoder(), 3)
    quoted = [text for section in texts(summary).values() for text in section]
    assert sorted(quoted) == ["Snow fell.", "The delegations adopted a joint statement on prisoners."]
    assert [document.id for document in summary.used] == ["a", "d"]
    assert [document.id for document in summary.not_used] == ["b", "c"]


def test_a_round_of_one_sentence_is_that_sentence() -> None:
    summary = summarise(BUILT, WordEncoder(), 9)
    assert list(texts(summary).values()) == [["Delegations of the guarantors took part in May."]]


def test_within_a_section_quotations_keep_the_order_of_the_documents() -> None:
    summary = summarise(BUILT, WordEncoder(), 8, words=1000)
    order = [document.id for document in (EIGHTH.document, COMMENT.document, GENEVA.document)]
    for section in summary.sections:
        places = [(order.index(quote.document.id), quote.start) for quote in section.quotes]
        assert places == sorted(places)


def test_the_same_round_gives_the_same_summary() -> None:
    assert summarise(BUILT, WordEncoder(), 8) == summarise(BUILT, WordEncoder(), 8)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("бғә قپ🕊<&>. aZ0\u0301", min_size=3).map(str.strip).filter(bool), min_size=1, max_size=5))
def test_every_quotation_is_a_slice_of_its_document(lines: list[str]) -> None:
    entry = of_round("any", 1, *lines)
    summary = summarise(generation(entry), WordEncoder(), 1)
    for section in summary.sections:
        for quote in section.quotes:
            assert quote.document == entry.document
            assert quote.text == entry.document.text[quote.start : quote.end] != ""


def test_the_summary_as_json() -> None:
    value = json.loads(json.dumps(summarise(BUILT, WordEncoder(), 9).to_json()))
    assert list(value) == ["process", "round", "documents_used", "documents_not_used", "sections"]
    assert (value["process"], value["round"]) == ("Astana", 9)
    assert (value["documents_used"], value["documents_not_used"]) == (["ninth"], [])
    assert value["sections"][0]["quotes"][0]["text"] == "Delegations of the guarantors took part in May."


def test_centrality_is_even_among_equals_and_sums_to_one() -> None:
    weights = centrality(np.ones((4, 4), dtype=np.float32))
    assert weights.tolist() == pytest.approx([0.25] * 4)


def test_centrality_is_the_stationary_distribution() -> None:
    likeness = np.array([[1, 0.8, 0.6], [0.8, 1, -0.5], [0.6, -0.5, 1]], dtype=np.float32)
    weights = centrality(likeness)
    steps = np.maximum(likeness, 0)
    steps /= steps.sum(axis=1, keepdims=True)
    assert weights.sum() == pytest.approx(1)
    assert (0.15 / 3 + 0.85 * steps.T @ weights).tolist() == pytest.approx(weights.tolist(), rel=1e-4)
    assert weights.argmax() == 0


def test_centrality_of_one_or_of_strangers_is_defined() -> None:
    assert centrality(np.zeros((1, 1), dtype=np.float32)).tolist() == [1]
    assert centrality(np.zeros((3, 3), dtype=np.float32)).tolist() == pytest.approx([1 / 3] * 3)
