"""Ranked hits become quotations: nothing twice, the same elsewhere named, and other documents where they are near."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Metadata
from retrieval.answers.extent import QUOTE_LIMIT
from retrieval.answers.quoting import quotations
from retrieval.answers.search import Hit
from tests.retrieval.corpora import document, generation, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from retrieval.answers.quotes import Quote
    from retrieval.index.generation import Generation
    from retrieval.index.segment import IndexedDocument


def _hits(built: Generation, *wanted: tuple[str, int, float]) -> list[Hit]:
    """Hits by document id, number of the sentence in the document, and score; ranked as given."""
    hits = []
    for identifier, place, score in wanted:
        number = built.by_id[identifier]
        row = int(np.flatnonzero(built.sentences[:, 0] == number)[place])
        _, start, end, passage = (int(value) for value in built.sentences[row])
        hits.append(Hit(number, passage, row, start, end, score, 0.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0, False, True))
    return hits


def _all_hits(built: Generation) -> list[Hit]:
    """Every sentence as a hit, in the order of the documents."""
    rows = [
        (entry.document.id, place, 1.0)
        for number, entry in enumerate(built.documents)
        for place in range(int((built.sentences[:, 0] == number).sum()))
    ]
    return _hits(built, *((name, place, score - 0.01 * rank) for rank, (name, place, score) in enumerate(rows)))


def _shown(quotes: Sequence[Quote]) -> list[tuple[str, str]]:
    return [(quote.document.id, quote.text) for quote in quotes]


TALKS = document("talks", "The guarantors met in Astana in May. They signed a memorandum. Lunch was served at noon.")
ZONES = document("zones", "Four zones were marked on the map. Observers watched the roads.")
PRESS = document("press", "The press waited outside the palace. Cameras were not allowed.")
BUILT = generation(TALKS, ZONES, PRESS)


def test_hits_become_quotations_in_their_order_with_their_scores() -> None:
    quotes = quotations(BUILT, _hits(BUILT, ("zones", 1, 3.0), ("talks", 2, 2.0), ("zones", 0, 1.0)), 3)
    assert _shown(quotes) == [
        ("zones", "Observers watched the roads."),
        ("talks", "Lunch was served at noon."),
        ("zones", "Four zones were marked on the map."),
    ]
    assert [quote.score for quote in quotes] == [3.0, 2.0, 1.0]
    assert [quote.also for quote in quotes] == [(), (), ()]


def test_a_sentence_that_leans_is_quoted_with_the_one_before() -> None:
    (quote,) = quotations(BUILT, _hits(BUILT, ("talks", 1, 1.0)), 3)
    assert quote.text == "The guarantors met in Astana in May. They signed a memorandum."


def test_what_a_quotation_holds_already_is_not_quoted_again() -> None:
    quotes = quotations(BUILT, _hits(BUILT, ("talks", 1, 2.0), ("talks", 0, 1.0), ("talks", 1, 0.5)), 3)
    assert _shown(quotes) == [("talks", "The guarantors met in Astana in May. They signed a memorandum.")]


def test_what_is_named_beside_a_quotation_is_not_quoted_again() -> None:
    twins = generation(*(document(name, "The guarantors met in May. They signed it.") for name in ("a", "b")))
    (quote,) = quotations(twins, _hits(twins, ("a", 1, 3.0), ("b", 1, 2.0), ("b", 0, 1.0)), 3)
    assert quote.text == "The guarantors met in May. They signed it."
    assert [other.document.id for other in quote.also] == ["b"]


def test_a_sentence_whose_support_is_quoted_already_is_quoted_without_it() -> None:
    quotes = quotations(BUILT, _hits(BUILT, ("talks", 0, 2.0), ("talks", 1, 1.0)), 3)
    assert _shown(quotes) == [
        ("talks", "The guarantors met in Astana in May."),
        ("talks", "They signed a memorandum."),
    ]


def test_a_fragment_whose_support_is_quoted_already_is_left_out() -> None:
    built = generation(document("asked", "Was the list of prisoners exchanged? No."))
    assert _shown(quotations(built, _hits(built, ("asked", 0, 2.0), ("asked", 1, 1.0)), 3)) == [
        ("asked", "Was the list of prisoners exchanged?")
    ]
    assert _shown(quotations(built, _hits(built, ("asked", 1, 2.0), ("asked", 0, 1.0)), 3)) == [
        ("asked", "Was the list of prisoners exchanged? No.")
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_at_most_as_many_as_wanted(count: int) -> None:
    hits = _hits(BUILT, ("zones", 0, 3.0), ("talks", 0, 2.0), ("press", 0, 1.0))
    assert len(quotations(BUILT, hits, count)) == min(count, 3)


def test_no_hits_no_quotations() -> None:
    assert quotations(BUILT, (), 3) == ()


SENTENCE = "The \u201cguarantors\u201d met in Astana \u2013 in May."
TWINS = generation(
    document("first", SENTENCE, "Lunch was served at noon."),
    document("second", 'The guarantors of the talks ate. The "guarantors" met in Astana - in May.'),
    document("third", "THE \u00abGUARANTORS\u00bb MET IN  ASTANA \u2014 IN MAY.", "Nobody slept in the hall."),
)


def test_the_same_words_in_other_documents_are_named_beside_the_best() -> None:
    hits = _hits(TWINS, ("first", 0, 4.0), ("first", 1, 3.0), ("third", 0, 2.0), ("second", 1, 1.0))
    best, other = quotations(TWINS, hits, 3)
    assert (best.document.id, best.text) == ("first", SENTENCE)
    assert _shown(best.also) == [
        ("third", "THE \u00abGUARANTORS\u00bb MET IN  ASTANA \u2014 IN MAY."),
        ("second", 'The "guarantors" met in Astana - in May.'),
    ]
    assert [also.also for also in best.also] == [(), ()]
    assert other.text == "Lunch was served at noon."


def test_the_same_words_are_named_though_enough_is_quoted_before_them() -> None:
    hits = _hits(TWINS, ("first", 0, 4.0), ("first", 1, 3.0), ("third", 1, 2.0), ("second", 1, 1.0))
    quotes = quotations(TWINS, hits, 2)
    assert [[also.document.id for also in quote.also] for quote in quotes] == [["second"], []]


def test_the_same_words_twice_in_a_document_are_named_once_and_in_the_quoted_document_not_at_all() -> None:
    built = generation(
        document("one", "Grain rose again in May.", "Bread was dear.", "Grain rose again in May."),
        document("two", "Grain rose again in May.", "Bread was cheap.", "Grain rose again in May."),
    )
    hits = _hits(built, ("one", 0, 4.0), ("one", 2, 3.0), ("two", 2, 2.0), ("two", 0, 1.0))
    (quote,) = quotations(built, hits, 3)
    assert [(also.document.id, also.start) for also in quote.also] == [
        ("two", built.documents[1].document.text.rindex("Grain"))
    ]


def test_the_same_leaning_sentence_about_another_thing_is_another_quotation() -> None:
    built = generation(
        document("map", "The map was drawn in May. It was published in June."),
        document("list", "The list was drawn up by Iran. It was published in June."),
        document("copy", "The map was drawn in May. It was published in June. Nobody saw it."),
    )
    hits = _hits(built, ("map", 1, 3.0), ("list", 1, 2.0), ("copy", 1, 1.0))
    first, second = quotations(built, hits, 3)
    assert (first.text, second.text) == (built.documents[0].document.text, built.documents[1].document.text)
    assert _shown(first.also) == [("copy", built.documents[0].document.text)]
    assert second.also == ()


ALIKE = "The delegations exchanged long lists of prisoners and remains in the great hall of the palace{} on Monday{}."


def test_nearly_the_same_is_quoted_once_and_not_named() -> None:
    built = generation(document("one", ALIKE.format("", "")), document("two", ALIKE.format(" again", "")))
    (quote,) = quotations(built, _hits(built, ("two", 0, 2.0), ("one", 0, 1.0)), 3)
    assert (quote.document.id, quote.also) == ("two", ())


@pytest.mark.parametrize(
    ("one", "other"),
    [(" at 5 o'clock", " at 6 o'clock"), (" with Iran", " with Iraq"), ("", " without pause")],
)
def test_another_number_name_or_a_negation_is_another_quotation(one: str, other: str) -> None:
    built = generation(document("one", ALIKE.format("", one)), document("two", ALIKE.format("", other)))
    assert len(quotations(built, _hits(built, ("one", 0, 2.0), ("two", 0, 1.0)), 3)) == 2


NEAR = (("zones", 0, 3.0), ("zones", 1, 2.9), ("talks", 0, 2.5), ("talks", 2, 2.4), ("press", 0, 1.0))


@pytest.mark.parametrize(
    ("margin", "documents"),
    [
        (0.0, ["zones", "zones", "talks", "talks", "press"]),
        (0.4, ["zones", "zones", "talks", "talks", "press"]),
        (0.41, ["zones", "talks", "zones", "talks", "press"]),
        (1.41, ["zones", "talks", "zones", "press", "talks"]),
        (math.inf, ["zones", "talks", "press", "zones", "talks"]),
    ],
)
def test_a_document_quoted_already_is_put_off_behind_others_within_the_margin(
    margin: float, documents: list[str]
) -> None:
    quotes = quotations(BUILT, _hits(BUILT, *NEAR), 5, margin=margin)
    assert [quote.document.id for quote in quotes] == documents


def test_what_is_put_off_keeps_its_order() -> None:
    quotes = quotations(BUILT, _hits(BUILT, *NEAR), 5, margin=math.inf)
    assert [quote.score for quote in quotes] == [3.0, 2.5, 1.0, 2.9, 2.4]


def test_a_tie_does_not_put_off_where_the_margin_is_nothing() -> None:
    hits = _hits(BUILT, ("zones", 0, 1.0), ("zones", 1, 1.0), ("talks", 0, 1.0))
    assert [quote.document.id for quote in quotations(BUILT, hits, 3, margin=0.0)] == ["zones", "zones", "talks"]
    assert [quote.document.id for quote in quotations(BUILT, hits, 3, margin=1e-9)] == ["zones", "talks", "zones"]


@pytest.mark.parametrize("margin", [-0.1, math.nan, -math.inf])
def test_a_margin_that_is_no_distance_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="is not a distance between scores"):
        quotations(BUILT, (), 3, margin=margin)


def test_a_sentence_deep_in_a_long_document_finds_the_one_before_it() -> None:
    lines = [
        f"Convoy number {number} passed the bridge in May. It carried grain. It came back." for number in range(300)
    ]
    built = generation(TALKS, document("long", *lines), ZONES)
    (quote,) = quotations(built, _hits(built, ("long", 602, 1.0)), 1)
    assert quote.text == lines[200]
    (first,) = quotations(built, _hits(built, ("long", 2, 1.0)), 1)
    assert first.text == lines[0]
    (last,) = quotations(built, _hits(built, ("long", 899, 1.0)), 1)
    assert last.text == lines[299]


_line = st.lists(
    st.sampled_from(
        [
            *("They met. ", "The list was exchanged. ", "It has ten names: ", "Yes. ", "Iran signed, ", "no one did; "),
            *("Они встретились. ", "Список передан. ", "Олар кездесті. ", "Bu liste uzun. ", "🕊️ ", "8. "),
            *("هذا صحيح. ", "تبادلوا القوائم. ", "آنها آمدند. ", "فهرست بلند است؟ ", "a\u200cb ", "e\u0301 & <b>. "),
        ]
    ),
    min_size=1,
    max_size=8,
).map(lambda parts: "".join(parts).strip())
_documents = st.lists(st.lists(_line, min_size=1, max_size=3), min_size=1, max_size=3)


def _made(contents: Sequence[Sequence[str]], language: str | None) -> list[IndexedDocument]:
    return [spoken(str(number), language, *lines) for number, lines in enumerate(contents)]


@settings(max_examples=60, deadline=None)
@given(
    _documents,
    st.sampled_from(["en", "ru", "kk", "tr", "ar", "fa", None]),
    st.sampled_from([0.0, 0.05, math.inf]),
    st.randoms(use_true_random=False),
)
def test_quotations_are_slices_between_sentences_within_the_limit_that_do_not_overlap(
    contents: list[list[str]], language: str | None, margin: float, random: Random
) -> None:
    built = generation(*_made(contents, language))
    hits = _all_hits(built)
    random.shuffle(hits)
    quotes = quotations(built, hits, 12, margin=margin)
    assert quotes == quotations(built, tuple(hits), 12, margin=margin)
    assert quotes[0].start <= hits[0].start < hits[0].end <= quotes[0].end
    alone = {(built.documents[hit.document].document.id, hit.start, hit.end) for hit in hits}
    for quote in [*quotes, *(also for one in quotes for also in one.also)]:
        name = quote.document.id
        assert quote.text == built.documents[built.by_id[name]].document.text[quote.start : quote.end]
        assert quote.start in {start for where, start, _ in alone if where == name}
        assert quote.end in {end for where, _, end in alone if where == name}
        assert len(quote.text) <= QUOTE_LIMIT or (name, quote.start, quote.end) in alone
    places = [(quote.document.id, quote.start, quote.end) for quote in quotes]
    for one, (name, start, end) in enumerate(places):
        assert not any(name == other and start < last and first < end for other, first, last in places[one + 1 :])
    for quote in quotes:
        others = [also.document.id for also in quote.also]
        assert len(set(others)) == len(others)
        assert quote.document.id not in others


def test_metadata_of_the_other_documents_is_their_own() -> None:
    built = generation(
        document("one", "Grain rose again in May.", metadata=Metadata(title="One", language="en")),
        document("two", "Grain rose again in May.", metadata=Metadata(title="Two", language="en")),
    )
    (quote,) = quotations(built, _hits(built, ("two", 0, 2.0), ("one", 0, 1.0)), 3)
    assert quote.to_json()["title"] == "Two"
    assert [also["title"] for also in quote.to_json()["also"]] == ["One"]
