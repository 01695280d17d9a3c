"""Rounds side by side: what is quoted where, by whom, and that an empty cell stays empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval.answers.comparing import compare
from retrieval.errors import QuestionRefused
from retrieval.summaries import round_table
from tests.talks import (
    BOTH_EIGHTH,
    BOTH_SEVENTH,
    GENEVA,
    NO_CONSENSUS,
    TURKISH,
    WORKING_GROUP,
    SpreadEncoder,
    make_talks,
)

if TYPE_CHECKING:
    from retrieval.answers.comparing import Comparison
    from retrieval.index.generation import Generation

ENCODER = SpreadEncoder()


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    store = make_talks(tmp_path_factory.mktemp("talks")).generations
    return store.load(store.current())


def compared(generation: Generation, topic: str, *names: tuple[int, str]) -> Comparison:
    rounds = [one for number, process in names for one in round_table.find(generation, number, process)]
    return compare(generation, ENCODER, topic, rounds)


def texts(comparison: Comparison) -> dict[str | None, list[list[str]]]:
    return {row.party: [[quote.text for quote in cell] for cell in row.cells] for row in comparison.rows}


def test_each_round_is_quoted_in_its_column_and_a_party_in_a_row_of_its_own(generation: Generation) -> None:
    comparison = compared(generation, "detainees", (7, "Astana"), (8, "Astana"))
    assert texts(comparison) == {None: [[NO_CONSENSUS], [WORKING_GROUP]], "turkiye": [[], [TURKISH]]}
    assert [quote.text for quote in comparison.quotes] == [NO_CONSENSUS, WORKING_GROUP, TURKISH]
    assert (comparison.found(0), comparison.found(1)) == (True, True)


def test_the_same_number_of_two_processes_is_two_rounds(generation: Generation) -> None:
    comparison = compared(generation, "release of detainees", (8, "Geneva"), (9, "Astana"))
    assert texts(comparison) == {None: [[GENEVA], []]}
    assert (comparison.found(0), comparison.found(1)) == (True, False)


def test_a_topic_that_no_round_speaks_of_has_no_rows(generation: Generation) -> None:
    comparison = compared(generation, "volcano", (7, "Astana"), (8, "Astana"))
    assert comparison.rows == ()
    assert comparison.quotes == ()


def test_a_document_about_two_rounds_is_quoted_for_each_with_what_names_it(generation: Generation) -> None:
    comparison = compared(generation, "pipelines", (7, "Astana"), (8, "Astana"))
    assert texts(comparison) == {None: [[BOTH_SEVENTH], [BOTH_EIGHTH]]}


def test_every_quotation_is_a_slice_of_a_document_of_its_round(generation: Generation) -> None:
    comparison = compared(generation, "detainees", (7, "Astana"), (8, "Astana"), (8, "Geneva"))
    for row in comparison.rows:
        for one, cell in zip(comparison.rounds, row.cells, strict=True):
            for quote in cell:
                assert quote.document in one.documents
                assert quote.text == quote.document.text[quote.start : quote.end]


def test_a_comparison_as_plain_values(generation: Generation) -> None:
    value = compared(generation, "pipelines", (7, "Astana"), (9, "Astana")).to_json()
    assert value["rounds"] == [{"process": "Astana", "round": 7}, {"process": "Astana", "round": 9}]
    (row,) = value["rows"]
    assert [[quote["text"] for quote in cell] for cell in row["cells"]] == [[BOTH_SEVENTH], []]


def test_a_topic_without_words_is_refused(generation: Generation) -> None:
    with pytest.raises(QuestionRefused):
        compared(generation, "!", (7, "Astana"), (8, "Astana"))
