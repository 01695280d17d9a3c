"""An excerpt sums up documents, or what they say of a query, in slices within its words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Metadata
from retrieval.answers.excerpt import excerpt
from retrieval.answers.turns import is_named, speaker_before, speakers
from retrieval.evaluation.rouge import count
from retrieval.index.segment import IndexedDocument
from retrieval.index.words import terms
from retrieval.summaries.recency import recency
from retrieval.summaries.relevance import relevance, standard
from retrieval.summaries.selection import Pool
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

MINUTES = generation(
    document(
        "first",
        "Chair: Let us open the talks.",
        "Grad C: Prisoners must be exchanged at the bridge. All prisoners, at once.",
        "Grad D: Prisoners must wait for the bridge.",
    ),
    document("second", "They can wait. No one goes.", "Note", "Chair: Yes, yes."),
)
BOTH = Pool.of(MINUTES, [0, 1])


def dated(day: int, text: str) -> IndexedDocument:
    """An update."""
    return document(f"u{day}", text, metadata=Metadata(language="en", date=f"2018-03-{day:02d}"))


UPDATES = generation(
    dated(9, "Rescuers found the last miner alive."),
    dated(1, "Mines collapsed near Copiapo yesterday. Guards closed all roads around it."),
    dated(5, "Officials promised better maps soon."),
)


def texts(words: int, *, background: bool = False) -> list[str]:
    """What is quoted of the updates."""
    return [quote.text for quote in excerpt(UPDATES, WordEncoder(), [0, 1, 2], words=words, background=background)]


def test_a_turn_lasts_to_the_next_line_and_over_the_end_of_a_document_that_was_cut() -> None:
    assert speakers(BOTH) == ["Chair", "Grad C", "Grad C", "Grad D", "Grad D", "Grad D", "", "Chair"]
    assert [speaker_before(text) for text in BOTH.texts[:3]] == ["Chair", "Grad C", ""]


@pytest.mark.parametrize(
    ("speaker", "query", "named"),
    [
        ("Grad C", "What did Grad C think of it?", True),
        ("Grad C", "What did C think?", True),
        ("Grad C", "What did c think?", False),
        ("Grad C", "What did Grad D think?", False),
        ("Hon. Navdeep Bains", "What did Bains say about loans?", True),
        ("Industrial Designer", "What did the designer say?", True),
        ("Project Manager", "What did the group say?", False),
        ("Елена", "Что сказала елена?", True),
        ("", "What did Grad C think?", False),
        ("Al", "All of them", False),
    ],
)
def test_a_query_names_a_speaker_by_all_or_the_last_of_the_name(speaker: str, query: str, named: bool) -> None:
    assert is_named(speaker, query) is named


def test_a_sentence_is_relevant_for_its_meaning_its_neighbours_its_words_and_its_speaker() -> None:
    said = [terms(text) for text in BOTH.texts]
    vector = WordEncoder().encode_passages(["prisoners"])[0]
    found = relevance(BOTH, said, "prisoners", vector)
    asked = relevance(BOTH, said, "C prisoners", vector)
    assert sorted(np.argsort(-found)[:2].tolist()) == [2, 3]
    said_by_c, said_by_d = (asked - found)[[2, 4]]
    assert said_by_c > said_by_d + 0.3


def test_relevance_of_nothing_is_nothing() -> None:
    assert relevance(Pool.of(MINUTES, []), [], "prisoners", np.zeros(256, dtype=np.float32)).tolist() == []


def test_a_standard_score_is_in_deviations_from_the_mean_and_zero_among_equals() -> None:
    assert standard(np.array([1.0, 3.0])).tolist() == [-1, 1]
    assert standard(np.array([0.1, 0.1, 0.1])).tolist() == [0, 0, 0]


def test_the_latest_counts_most_and_the_very_beginning_more_than_the_rest() -> None:
    pool = Pool.of(UPDATES, [0, 1, 2])
    assert pool.texts[0] == "Mines collapsed near Copiapo yesterday."
    assert recency(pool).tolist() == pytest.approx([0.6, 1 / 3, 1 / 2, 1])
    assert recency(Pool.of(UPDATES, [0])).tolist() == [1]
    assert recency(Pool.of(UPDATES, [])).tolist() == []


def test_the_background_of_news_is_the_latest_and_how_it_began_in_the_order_of_time() -> None:
    latest = "Rescuers found the last miner alive."
    assert texts(words=6, background=True) == [latest]
    assert texts(words=11, background=True) == ["Mines collapsed near Copiapo yesterday.", latest]


def test_without_time_all_documents_count_alike() -> None:
    assert texts(words=6) == ["Guards closed all roads around it."]


def test_a_query_chooses_what_is_said_of_it() -> None:
    quotes = excerpt(MINUTES, WordEncoder(), [0, 1], "What did C say of prisoners?", words=13)
    assert [quote.text for quote in quotes] == [
        "Grad C: Prisoners must be exchanged at the bridge.",
        "All prisoners, at once.",
    ]
    assert all(0 < quote.score <= 1 for quote in quotes)


def test_what_says_nothing_is_not_quoted_nor_what_a_speaker_s_name_alone_makes_long() -> None:
    quoted = [quote.text for quote in excerpt(MINUTES, WordEncoder(), [0, 1], words=500)]
    assert "Chair: Yes, yes." not in quoted
    assert "Chair: Let us open the talks." in quoted


def test_of_no_documents_there_is_no_excerpt() -> None:
    assert excerpt(MINUTES, WordEncoder(), [], "prisoners", words=60) == ()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text("бғә قپ🕊<&>. aZ:", min_size=3).map(str.strip).filter(bool), min_size=1, max_size=5),
    st.sampled_from(["", "бғә aZ", "🕊"]),
    st.integers(0, 20),
)
def test_every_quotation_is_a_slice_and_all_fit_into_the_words(lines: list[str], query: str, words: int) -> None:
    entry = document("any", *lines)
    quotes = excerpt(generation(entry), WordEncoder(), [0], query, words=words, background=True)
    assert sum(count(quote.text) for quote in quotes) <= words
    for quote in quotes:
        assert quote.text == entry.document.text[quote.start : quote.end]
