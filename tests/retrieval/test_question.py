"""A question is read as typed, and its asker's limits admit documents or not."""

from __future__ import annotations

import pytest

from corpus.document import Metadata
from retrieval.errors import QuestionRefused
from retrieval.question import LONGEST, Filters, understand


@pytest.mark.parametrize("text", ["", "   ", "a", "?", "7", "a?!…", "🕊️🚑🇸🇾", "<&>", "\u200f\u202e", "\n\t\x00"])
def test_a_question_without_two_letters_or_digits_is_refused(text: str) -> None:
    with pytest.raises(QuestionRefused, match="no words to search for"):
        understand(text)


@pytest.mark.parametrize("text", ["ok", "17", "п?р", "سو", "ስም", "談判", "ქა"])
def test_two_letters_or_digits_of_any_script_are_enough(text: str) -> None:
    assert understand(text).text == text


def test_a_question_of_the_longest_length_is_taken_and_a_longer_one_refused() -> None:
    assert len(understand("ab" * (LONGEST // 2)).text) == LONGEST == 1000
    with pytest.raises(QuestionRefused, match="The question has 5000 characters; at most 1000"):
        understand("x" * 5000)


def test_length_is_counted_after_blanks_at_the_ends_are_gone() -> None:
    assert understand(" " * 5000 + "truce").text == "truce"


def test_the_text_becomes_canonical() -> None:
    assert understand(" Cafe\u0301\u202e talks\x07 ").text == "Café talks"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Which delegations took part in the talks?", "en"),
        ("Какие делегации участвовали в переговорах?", "ru"),
        ("Келіссөздерге қандай делегациялар қатысты?", "kk"),
        ("Görüşmelere hangi heyetler katıldı?", "tr"),
        ("ما هي الوفود التي شاركت في المحادثات؟", "ar"),
        ("کدام هیئت‌ها در گفت‌وگوها شرکت کردند؟", "fa"),
        ("2254 / 2017", None),
    ],
)
def test_the_language_is_recognised(text: str, language: str | None) -> None:
    assert understand(text).language == language


def test_rounds_named_in_the_text_are_noted() -> None:
    assert understand("What was agreed in the eighth round?").rounds == {8}
    assert understand("Compare round 8 and round 12 of the talks").rounds == {8, 12}
    assert understand("Who took part in the talks?").rounds == frozenset()


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Who took part in the talks?", "Who took part in the talks?"),
        ("What did the eighth round say about detainees?", "What did the say about detainees?"),
        ("Compare round 8 and round 12 of the talks", "Compare and of the talks"),
        ("Did rounds 8 to 10 decide anything on detainees?", "Did decide anything on detainees?"),
        ("the eighth round", "the eighth round"),
        ("round 8", "round 8"),
    ],
)
def test_the_topic_is_the_text_without_the_rounds_it_names(text: str, topic: str) -> None:
    question = understand(text)
    assert question.topic == topic
    assert question.text == text


def test_no_filters_are_empty_filters() -> None:
    assert understand("Who took part?").filters == Filters()
    assert Filters().is_empty()
    assert not Filters(round=8).is_empty()
    limits = Filters(place="Astana")
    assert understand("Who took part?", limits).filters is limits


EIGHTH = Metadata(
    process="Astana",
    round=8,
    place="Sochi",
    publisher="Institute of Records",
    date="2018-01-03",
    meeting_start="2017-12-21",
    meeting_end="2017-12-22",
)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(process="astana"),
        Filters(process="ASTANA", round=8, place="sochi", source="records"),
        Filters(round=8),
        Filters(source="INSTITUTE"),
        Filters(since="2017-12-22"),
        Filters(since="2017-12"),
        Filters(since="2017"),
        Filters(until="2017-12-21"),
        Filters(until="2017-12"),
        Filters(until="2017"),
        Filters(since="2017-12-22", until="2017-12-22"),
    ],
)
def test_a_document_within_every_limit_is_admitted(filters: Filters) -> None:
    assert filters.admit(EIGHTH)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(process="Geneva"),
        Filters(process="Astan"),
        Filters(round=9),
        Filters(place="Astana"),
        Filters(source="Ministry"),
        Filters(since="2017-12-23"),
        Filters(since="2018"),
        Filters(until="2017-12-20"),
        Filters(until="2017-11"),
        Filters(until="2016"),
        Filters(process="Astana", round=9),
    ],
)
def test_a_document_outside_any_limit_is_not(filters: Filters) -> None:
    assert not filters.admit(EIGHTH)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(process="Astana"),
        Filters(round=8),
        Filters(place="Astana"),
        Filters(source="Institute"),
        Filters(since="2000"),
        Filters(until="2100"),
    ],
)
def test_what_is_unknown_is_not_admitted_by_a_limit_on_it(filters: Filters) -> None:
    assert Filters().admit(Metadata())
    assert not filters.admit(Metadata())


def test_without_a_meeting_the_documents_own_date_counts() -> None:
    assert Filters(since="2018-01", until="2018-01").admit(Metadata(date="2018-01-03"))
    assert not Filters(since="2018-02").admit(Metadata(date="2018-01-03"))


@pytest.mark.parametrize(("since", "admitted"), [("2018-05-31", True), ("2018-06-01", False)])
def test_a_date_known_to_the_month_may_be_any_day_of_it(since: str, admitted: bool) -> None:
    assert Filters(since=since).admit(Metadata(date="2018-05")) is admitted


def test_a_meeting_that_began_before_and_ended_within_is_admitted() -> None:
    meeting = Metadata(meeting_start="2017-12-30", meeting_end="2018-01-02")
    assert Filters(since="2018-01-01").admit(meeting)
    assert Filters(until="2017-12-30").admit(meeting)
    assert not Filters(since="2018-01-03").admit(meeting)
