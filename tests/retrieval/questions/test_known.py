"""What documents' metadata name is collected once, and found again under any of its names."""

from __future__ import annotations

from corpus.document import Metadata
from retrieval.questions.known import Known, Meeting

SOCHI = Meeting("2018-07-30", "2018-07-31", "Astana", 10, "Sochi")
DOCUMENTS = (
    Metadata(process="Astana", round=15, place="Sochi", meeting_start="2021-02-16", meeting_end="2021-02-17"),
    Metadata(process="Astana", round=10, place="Sochi", meeting_start="2018-07-30", meeting_end="2018-07-31"),
    Metadata(process="Astana", round=10, place="Sochi", meeting_start="2018-07-30", meeting_end="2018-07-31"),
    Metadata(process="Geneva", round=3, place="Geneva", meeting_start="2016-04-13", publisher="B"),
    Metadata(process="Женевский процесс", round=4, publisher="A"),
    Metadata(),
)
KNOWN = Known.of(DOCUMENTS)


def test_names_are_there_once_in_the_order_of_the_alphabet_and_meetings_in_that_of_days() -> None:
    assert KNOWN.processes == ("Astana", "Geneva", "Женевский процесс")
    assert KNOWN.places == ("Geneva", "Sochi")
    assert KNOWN.publishers == ("A", "B")
    assert [meeting.start for meeting in KNOWN.meetings] == ["2016-04-13", "2018-07-30", "2021-02-16"]
    assert KNOWN.meetings[1] == SOCHI


def test_a_meeting_without_an_end_ends_on_its_first_day() -> None:
    assert KNOWN.meetings[0].end == "2016-04-13"


def test_of_no_documents_nothing_is_known() -> None:
    assert Known.of([]) == Known.of([Metadata()]) == Known()
    assert Known().latest_round() is None


def test_a_process_is_found_in_any_case_and_language() -> None:
    assert KNOWN.processes_named("ASTANA") == ("Astana",)
    assert KNOWN.processes_named("Geneva") == ("Geneva", "Женевский процесс")
    assert KNOWN.processes_named("Vienna") == ()


def test_a_round_is_of_the_processes_that_are_named_or_of_any() -> None:
    assert KNOWN.has_round(10)
    assert KNOWN.has_round(10, ("Astana",))
    assert not KNOWN.has_round(10, ("Geneva",))
    assert not KNOWN.has_round(11)


def test_the_latest_round_is_known_only_where_it_is_clear_of_what() -> None:
    assert KNOWN.latest_round() is None
    assert KNOWN.latest_round(("Astana",)) == 15
    assert KNOWN.latest_round(("Geneva", "Женевский процесс")) == 4
    assert KNOWN.latest_round(("Vienna",)) is None
    assert Known.of(DOCUMENTS[:2]).latest_round() == 15


def test_the_first_meeting_at_a_place_and_of_a_round() -> None:
    assert KNOWN.first_meeting_at(["Sochi"]) == SOCHI
    assert KNOWN.first_meeting_at(["Vienna"]) is None
    assert KNOWN.meeting_of_round(10) == KNOWN.meeting_of_round(10, ("Astana",)) == SOCHI
    assert KNOWN.meeting_of_round(10, ("Geneva",)) is None


def test_the_first_day_is_that_of_a_meeting_or_of_a_document_without_one() -> None:
    assert KNOWN.first_day == "2016-04-13"
    assert Known.of([*DOCUMENTS, Metadata(date="2015")]).first_day == "2015"
    assert Known.of([Metadata(meeting_start="2018-01-01", date="2010")]).first_day == "2018-01-01"
    assert Known.of([Metadata()]).first_day is None
