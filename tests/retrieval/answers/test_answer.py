"""An answer is slices of documents, or that they do not answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.canonical import canonical
from corpus.document import Metadata
from retrieval.answers.answer import answer
from retrieval.errors import QuestionRefused
from retrieval.questions.question import Filters
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation, spoken

CORRIDOR = document(
    "corridor",
    "A safe corridor for convoys was opened near the old bridge on Monday morning.",
    metadata=Metadata(language="en", round=8),
)
AGAIN = document(
    "again",
    "A safe corridor for convoys was opened near the old bridge on Monday morning.",
    "Lorries waited for fuel.",
)
RUSSIAN = spoken("russian", "ru", "Стороны согласовали положение о рабочей группе & <списки> 🕊️.")
SMALL = generation(CORRIDOR, AGAIN, RUSSIAN)
ASKED = "Which safe corridor for convoys was opened near the old bridge?"


def test_above_the_threshold_the_best_quotations_answer() -> None:
    said = answer(SMALL, WordEncoder(), ASKED, threshold=0.0)
    assert said.answered
    assert said.quotes == said.ranked[:3]
    assert len(said.quotes) == 3
    assert said.nearest == ()
    assert said.quotes[0].text == CORRIDOR.document.text
    assert said.generation == SMALL.id


def test_below_the_threshold_nothing_is_quoted_but_what_comes_nearest_is_named() -> None:
    said = answer(SMALL, WordEncoder(), ASKED, threshold=1.1)
    assert not said.answered
    assert said.quotes == ()
    assert said.nearest == said.ranked[:3]
    assert len(said.nearest) == 3


def test_the_threshold_itself_is_enough() -> None:
    sure = answer(SMALL, WordEncoder(), ASKED).confidence
    assert answer(SMALL, WordEncoder(), ASKED, threshold=sure).answered


def test_an_answer_in_the_documents_is_surer_than_one_that_is_not() -> None:
    others = [document(f"other{number}", f"Delegation number {number} gave a dinner.") for number in range(20)]
    built = generation(CORRIDOR, *others)
    inside = answer(built, WordEncoder(), ASKED).confidence
    outside = answer(built, WordEncoder(), "What did the central bank decide about inflation?").confidence
    assert 0 <= outside < inside <= 1


@pytest.mark.parametrize("wanted", [1, 2, 3, 50])
def test_at_most_as_many_quotations_as_wanted(wanted: int) -> None:
    said = answer(SMALL, WordEncoder(), ASKED, wanted=wanted, threshold=0.0)
    assert len(said.quotes) == min(wanted, 3)


def test_the_same_sentence_is_quoted_once_from_the_first_document_that_has_it() -> None:
    said = answer(SMALL, WordEncoder(), ASKED, threshold=0.0)
    assert sorted(quote.text for quote in said.ranked) == sorted(
        [
            "A safe corridor for convoys was opened near the old bridge on Monday morning.",
            "Lorries waited for fuel.",
            RUSSIAN.document.text,
        ]
    )
    assert said.ranked[0].document.id == "corridor"
    assert [also.document.id for also in said.ranked[0].also] == ["again"]


def test_the_quotation_holds_what_the_sentence_found_leans_on() -> None:
    text = "The guarantors met in Astana. They opened a safe corridor for convoys near the old bridge."
    assert answer(generation(document("one", text)), WordEncoder(), ASKED, threshold=0.0).quotes[0].text == text


def test_a_sentence_that_differs_in_one_word_of_many_is_quoted_once() -> None:
    """Six of seven words in common are more than 85 %, five of six are less."""
    words = "alpha bravo charlie delta echo foxtrot"
    built = generation(document("one", f"{words}."), document("two", f"{words} golf."), document("three", "Hotel."))
    assert [quote.text for quote in answer(built, WordEncoder(), words, threshold=0.0).ranked] == [
        f"{words}.",
        "Hotel.",
    ]
    fewer = words.removesuffix(" foxtrot")
    built = generation(document("one", f"{fewer}."), document("two", f"{fewer} golf."))
    assert len(answer(built, WordEncoder(), fewer, threshold=0.0).ranked) == 2


def test_a_changed_number_is_another_sentence_where_it_weighs() -> None:
    built = generation(document("five", "Grain rose 5 percent."), document("six", "Grain rose 6 percent."))
    ranked = answer(built, WordEncoder(), "How much rose the grain?", threshold=0.0).ranked
    assert {quote.text for quote in ranked} == {"Grain rose 5 percent.", "Grain rose 6 percent."}


def test_the_ranking_names_each_document_once_and_at_most_ten() -> None:
    said = answer(SMALL, WordEncoder(), ASKED)
    assert sorted(said.ranking) == ["again", "corridor", "russian"]
    assert said.ranking[0] == "corridor"
    many = generation(*(document(f"{number:02}", f"Convoy {number} passed.") for number in range(15)))
    assert len(answer(many, WordEncoder(), "Which convoy passed?").ranking) == 10


def test_where_no_document_is_admitted_nothing_is_found() -> None:
    said = answer(SMALL, WordEncoder(), ASKED, filters=Filters(round=99), threshold=0.0)
    assert (said.answered, said.confidence) == (False, 0.0)
    assert (said.ranked, said.quotes, said.nearest, said.ranking) == ((), (), (), ())


def test_filters_keep_other_documents_out() -> None:
    said = answer(SMALL, WordEncoder(), ASKED, filters=Filters(round=8), threshold=0.0)
    assert said.ranking == ("corridor",)
    assert {quote.document.id for quote in said.ranked} == {"corridor"}


@pytest.mark.parametrize("text", ["", "a", "🕊️🚑", "?!", "x" * 5000])
def test_what_cannot_be_searched_for_is_refused(text: str) -> None:
    with pytest.raises(QuestionRefused):
        answer(SMALL, WordEncoder(), text)


@pytest.mark.parametrize("text", ["የሰላም ድርድር", "和平談判", "the and of", "🕊️ ok 🕊️", "<b>&</b> 'x' y"])
def test_a_question_in_an_unknown_script_or_of_stop_words_gets_a_calm_answer(text: str) -> None:
    said = answer(SMALL, WordEncoder(), text)
    assert 0 <= said.confidence <= 1
    assert len(said.ranked) == 3


def test_the_answer_as_json() -> None:
    said = answer(SMALL, WordEncoder(), f" {ASKED} ", threshold=0.0, wanted=2)
    value = json.loads(json.dumps(said.to_json()))
    assert list(value) == ["question", "answered", "confidence", "generation", "seconds", "quotes", "nearest"]
    assert (value["question"], value["answered"], value["generation"]) == (ASKED, True, SMALL.id)
    assert [quote["text"] for quote in value["quotes"]] == [quote.text for quote in said.ranked[:2]]
    assert value["nearest"] == []
    assert value["seconds"] >= 0


LINE = st.text("бғәقپة\u064b\u200c🕊️👨‍👩‍👧🇰🇿<&>\"'. !?;aZ09\u0301", min_size=1, max_size=50).map(canonical)
LINES = st.lists(LINE.filter(lambda line: line and not line.startswith("# ")), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=3), st.sampled_from(["en", "ru", "kk", "ar", "fa", None]), LINE)
def test_every_quotation_is_a_slice_of_its_document(
    contents: list[list[str]], language: str | None, asked: str
) -> None:
    documents = [spoken(str(number), language, *lines) for number, lines in enumerate(contents)]
    by_id = {entry.document.id: entry.document for entry in documents}
    ranked = answer(generation(*documents), WordEncoder(), f"{asked} truce", threshold=0.0).ranked
    assert ranked
    for quote in ranked:
        document = by_id[quote.document.id]
        assert quote.text == document.text[quote.start : quote.end] == quote.text.strip() != ""
        first, last = quote.block, quote.last_block
        assert first is not None
        assert last is not None
        assert first.start <= quote.start < quote.end <= last.end


def test_a_round_that_no_document_is_of_is_not_answered_from_another() -> None:
    """Unless the sentence itself names the round that was asked about."""
    about = {
        "other": "A safe corridor for convoys was opened near the old bridge on Monday morning.",
        "named": "After the ninth round a safe corridor for convoys was opened near the old bridge.",
    }
    eighth = {name: document(name, text, metadata=Metadata(language="en", round=8)) for name, text in about.items()}
    asked = "Which safe corridor for convoys was opened at the ninth round?"
    assert answer(generation(eighth["other"]), WordEncoder(), asked).confidence == 0.0
    assert answer(generation(eighth["named"]), WordEncoder(), asked).confidence > 0.0
    assert answer(generation(eighth["other"]), WordEncoder(), asked.replace("ninth", "eighth")).confidence > 0.0
