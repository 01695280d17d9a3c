"""Sources that contradict each other in days, numbers or places are found; what only looks so is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.document import Metadata
from retrieval.index.segment import IndexedDocument
from retrieval.questions.places import city_names
from retrieval.summaries.aspects import read_examples
from retrieval.summaries.differing import Values, days_differ, numbers_differ, places_differ, values_of
from retrieval.summaries.summary import summarise
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

ENCODER = WordEncoder()
EXAMPLES = read_examples(ENCODER)
DATES, PARTICIPANTS, OUTCOMES = "# Dates and place", "# Participants", "# Outcomes"


def source(identifier: str, *lines: str, **metadata: object) -> IndexedDocument:
    """A document of round 8 of Astana."""
    known = replace(Metadata(language="en", process="Astana", round=8), **metadata)  # type: ignore[arg-type]
    return document(identifier, *lines, metadata=known)


def found(*sources: IndexedDocument) -> list[tuple[str, list[str]]]:
    """Subject and quotations of each disagreement."""
    summary = summarise(generation(*sources), ENCODER, 8, words=1000, examples=EXAMPLES)
    return [(one.subject, [quote.text for quote in one.quotes]) for one in summary.disagreements]


HELD = "The eighth round was held in Astana on 21-22 December 2017."


def test_a_round_on_other_days_is_a_disagreement() -> None:
    other = "The eighth round was held on 20-21 December 2017."
    assert found(source("a", DATES, HELD), source("b", DATES, other)) == [("dates", [HELD, other])]


def test_the_days_of_a_round_are_compared_over_languages() -> None:
    other = "Восьмой раунд переговоров прошёл в Астане 20-21 декабря 2017 года."
    russian = source("b", "# Дата и место проведения", other, language="ru")
    assert found(source("a", DATES, HELD), russian) == [("dates", [HELD, other])]


def test_metadata_that_differ_are_shown_by_the_sentences_that_say_so() -> None:
    alone = "The eighth round took place on 22 December 2017."
    assert found(
        source("a", DATES, HELD, meeting_start="2017-12-21", meeting_end="2017-12-22"),
        source("b", DATES, alone, meeting_start="2017-12-22", meeting_end="2017-12-22"),
    ) == [("dates", [HELD, alone])]


def test_other_numbers_of_the_same_are_a_disagreement() -> None:
    one, other = (
        "The opposition delegation stood for 12 armed groups.",
        "The opposition delegation had 15 armed groups.",
    )
    assert found(source("a", PARTICIPANTS, one), source("b", PARTICIPANTS, other)) == [("numbers", [one, other])]


def test_another_city_for_the_same_days_is_a_disagreement() -> None:
    other = "The eighth round was held in Ankara on 21-22 December 2017."
    assert found(source("a", DATES, HELD), source("b", DATES, other)) == [("places", [HELD, other])]


@pytest.mark.parametrize(
    ("heading", "one", "other"),
    [
        (DATES, HELD, "The eighth round was held in Astana on 21-22 December 2017, agencies say."),
        (DATES, HELD, "The plenary of the eighth round was on 22 December 2017."),
        (DATES, "The eighth round opened with hymns on 21 May 2017.", "The eighth round closed in fog on 22 May 2017."),
        (DATES, HELD, "The ninth round was held in Astana on 14-15 January 2018."),
        (DATES, HELD, "The eighth round was held in Astana on 3-4 July 2019."),
        (PARTICIPANTS, "The opposition had 12 armed groups.", "The host counted 9 delegations."),
        (PARTICIPANTS, "There were 12 armed groups.", "Observers came from 15 states, armed escorts from one."),
        (OUTCOMES, "They recalled resolution 2254 of the Council.", "They recalled resolution 2336 of the Council."),
        (OUTCOMES, "On 24 November 2018 they released 10 people.", "On 12 February 2019 they released 20 people."),
        (OUTCOMES, "They released 10 people, then 20 people.", "They released 20 people."),
    ],
)
def test_what_only_looks_like_one_is_none(heading: str, one: str, other: str) -> None:
    assert found(source("a", heading, one), source("b", heading, other)) == []


def test_a_document_does_not_disagree_with_itself() -> None:
    assert found(source("a", DATES, HELD, "Reports give 20-21 December 2017 for the eighth round.")) == []


def test_several_that_differ_stand_together_in_order() -> None:
    three = [f"The opposition delegation had {number} armed groups." for number in (12, 15, 17)]
    sources = [source(name, PARTICIPANTS, text) for name, text in zip("abc", three, strict=True)]
    assert found(*sources) == [("numbers", three)]


def test_disagreements_keep_within_the_words_and_count_what_is_quoted_once() -> None:
    built = generation(source("a", DATES, HELD), source("b", DATES, "It was held on 20-21 December 2017."))
    for words in (5, 12, 18, 19, 25):
        summary = summarise(built, ENCODER, 8, words=words, examples=EXAMPLES)
        assert sum(len(text.split()) for text in {quote.text for quote in summary.quotes}) <= words


def test_values_are_read_in_six_languages() -> None:
    values = values_of("The round in Sochi on 30-31 July 2018 had 12 groups.", city_names())
    assert values == Values(
        days=frozenset({("2018-07-30", "2018-07-31")}),
        numbers=frozenset({(12, "group")}),
        places=frozenset({"Sochi"}),
    )
    days = {
        "Восьмой раунд прошёл 21-22 декабря 2017 года.",
        "Сегізінші раунд 2017 жылғы 21-22 желтоқсанда өтті.",
        "8. tur 21-22 Aralık 2017 tarihlerinde yapıldı.",
        "عقدت الجولة الثامنة في 21 و22 ديسمبر 2017.",
        "دور هشتم در ۲۱ و ۲۲ دسامبر ۲۰۱۷ برگزار شد.",
    }
    for text in days:
        found_values = values_of(text, ())
        assert {day for span in found_values.days for day in span} == {"2017-12-21", "2017-12-22"}, text
        assert found_values.numbers == frozenset()


def test_the_name_of_a_process_is_no_place() -> None:
    text = "The meeting in the Astana format took place in Sochi on 30 July 2018."
    assert values_of(text, city_names()).places == {"Sochi"}


NOTHING = Values(frozenset(), frozenset(), frozenset())


def test_ranges_agree_only_where_equal_and_a_day_with_the_range_it_lies_in() -> None:
    first, second, day = (
        frozenset({span})
        for span in (("2017-12-21", "2017-12-22"), ("2017-12-20", "2017-12-21"), ("2017-12-22", "2017-12-22"))
    )
    assert days_differ(first, second, NOTHING, NOTHING) == "days"
    assert days_differ(first, first, NOTHING, NOTHING) is None
    assert days_differ(first, day, NOTHING, NOTHING) is None
    assert days_differ(second, day, NOTHING, NOTHING) == "days"


def test_numbers_differ_where_they_count_the_same() -> None:
    twelve = replace(NOTHING, numbers=frozenset({(12, "group")}))
    fifteen = replace(NOTHING, numbers=frozenset({(15, "group")}))
    assert numbers_differ((12, "group"), (15, "group"), twelve, fifteen) == "group"
    assert numbers_differ((12, "group"), (15, "state"), twelve, fifteen) is None


def test_a_city_under_another_name_is_no_other_place() -> None:
    same = replace(NOTHING, days=frozenset({("2019-04-25", "2019-04-26")}))
    assert places_differ(frozenset({"Astana"}), frozenset({"Sochi"}), same, same) == "places"
    assert places_differ(frozenset({"Astana"}), frozenset({"Nur-Sultan"}), same, same) is None
    assert places_differ(frozenset({"Astana"}), frozenset({"Sochi"}), same, NOTHING) is None
