"""The rounds that documents are of: process by process, with differing days side by side, and admins' corrections."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from corpus.document import Document, Metadata
from corpus.round_decisions import RoundDecision
from retrieval.summaries.round_table import Round, find, members, rounds

if TYPE_CHECKING:
    from retrieval.index.generation import Generation


def generation(*documents: dict[str, Any]) -> Generation:
    """The documents alone of a generation, "0", "1" and so on by id: nothing else is looked at."""
    entries = tuple(
        SimpleNamespace(document=Document(str(number), "", "", "text", (), Metadata(**known)))
        for number, known in enumerate(documents)
    )
    return cast("Generation", SimpleNamespace(documents=entries))


def ids(one: Round) -> list[str]:
    return [document.id for document in one.documents]


def periods(one: Round) -> list[tuple[str, str, list[str]]]:
    return [(period.start, period.end, [document.id for document in period.documents]) for period in one.periods]


def test_rounds_of_one_number_in_two_processes_are_two() -> None:
    made = generation(
        {"process": "Geneva", "round": 8}, {"process": "Astana", "round": 8}, {"process": "Astana", "round": 7}, {}
    )
    assert [(one.process, one.number, ids(one)) for one in rounds(made)] == [
        ("Astana", 7, ["2"]),
        ("Astana", 8, ["1"]),
        ("Geneva", 8, ["0"]),
    ]
    assert [one.process for one in find(made, 8)] == ["Astana", "Geneva"]
    assert members(made, 8) == [0, 1]
    assert members(made, 8, "Geneva") == [0]


@pytest.mark.parametrize(
    "name", ["Astana", "ASTANA", "Астана", "Астанинский процесс", "Astana süreci", "أستانا", "آستانه"]
)
def test_a_process_is_found_by_every_name_of_it(name: str) -> None:
    made = generation({"process": "Astana process", "round": 8}, {"process": "Астана", "round": 8}, {"round": 9})
    (one,) = find(made, 8, name)
    assert ids(one) == ["0", "1"]
    assert members(made, 8, name) == [0, 1]


def test_the_process_is_called_as_most_documents_do() -> None:
    made = generation(*({"process": name, "round": 8} for name in ("Astana process", "Астана", "Астана")))
    assert [one.process for one in rounds(made)] == ["Астана"]


def test_any_name_of_a_process_works() -> None:
    made = generation({"process": "Minsk process", "round": 3}, {"process": "Minsk talks", "round": 3})
    assert [ids(one) for one in find(made, 3, "minsk")] == [["0", "1"]]
    assert find(made, 3, "Oslo") == ()
    assert members(made, 3, "Oslo") == []


def test_a_document_about_two_rounds_is_of_both() -> None:
    made = generation({"process": "Astana", "round": 7, "other_rounds": (8,)}, {"process": "Astana", "round": 8})
    assert [(one.number, ids(one)) for one in rounds(made)] == [(7, ["0"]), (8, ["0", "1"])]
    assert members(made, 8) == [0, 1]
    assert members(made, 7) == [0]


def test_a_document_that_names_no_process_is_of_the_only_one_there_is() -> None:
    made = generation({"round": 8}, {"process": "Astana", "round": 8}, {"process": "Geneva", "round": 9})
    assert [(one.process, ids(one)) for one in find(made, 8)] == [("Astana", ["0", "1"])]
    assert members(made, 8, "Astana") == [0, 1]
    two = generation({"round": 8}, {"process": "Astana", "round": 8}, {"process": "Geneva", "round": 8})
    assert [(one.process, ids(one)) for one in find(two, 8)] == [("Astana", ["1"]), ("Geneva", ["2"]), (None, ["0"])]
    assert members(two, 8, "Astana") == [1]
    assert [ids(one) for one in find(two, 8, "")] == [["0"]]
    assert members(two, 8, "") == [0]


def test_two_ranges_of_days_are_both_kept_with_the_documents_that_say_each() -> None:
    made = generation(
        {"round": 2, "meeting_start": "2017-02-15", "meeting_end": "2017-02-16"},
        {"round": 2, "meeting_start": "2017-02-16", "meeting_end": "2017-02-16"},
        {"round": 2, "meeting_start": "2017-02-15", "meeting_end": "2017-02-16"},
        {"round": 2, "meeting_start": "2017-02-16", "meeting_end": "2017-02-17"},
    )
    (one,) = rounds(made)
    assert periods(one) == [
        ("2017-02-15", "2017-02-16", ["0", "2"]),
        ("2017-02-16", "2017-02-16", ["1"]),
        ("2017-02-16", "2017-02-17", ["3"]),
    ]


def test_a_month_or_a_first_day_is_not_different_from_the_days_in_it() -> None:
    made = generation(
        {"round": 2, "meeting_start": "2017-02-15", "meeting_end": "2017-02-16"},
        {"round": 2, "meeting_start": "2017-02", "meeting_end": "2017-02"},
        {"round": 2, "meeting_start": "2017-02-15"},
    )
    (one,) = rounds(made)
    assert periods(one) == [("2017-02-15", "2017-02-16", ["0", "1", "2"])]
    (alone,) = rounds(generation({"round": 2, "meeting_start": "2017-02-15"}))
    assert periods(alone) == [("2017-02-15", "2017-02-15", ["0"])]


def test_what_agrees_with_two_ranges_is_no_third() -> None:
    made = generation(
        {"round": 2, "meeting_start": "2017-02-15", "meeting_end": "2017-02-16"},
        {"round": 2, "meeting_start": "2017-02-15", "meeting_end": "2017-02-17"},
        {"round": 2, "meeting_start": "2017-02-15"},
    )
    assert [(start, end) for start, end, _ in periods(rounds(made)[0])] == [
        ("2017-02-15", "2017-02-16"),
        ("2017-02-15", "2017-02-17"),
    ]


def test_the_day_on_which_a_document_was_written_during_the_meeting_is_no_range() -> None:
    known = {"round": 2, "meeting_start": "2017-02-15", "meeting_end": "2017-02-16"}
    report = {"round": 2, "date": "2017-02-16", "meeting_start": "2017-02-16", "meeting_end": "2017-02-16"}
    assert [one[:2] for one in periods(rounds(generation(known, report))[0])] == [("2017-02-15", "2017-02-16")]
    assert [one[:2] for one in periods(rounds(generation(report))[0])] == [("2017-02-16", "2017-02-16")]
    assert rounds(generation({"round": 2, "date": "2017-02-16"}))[0].periods == ()


def test_the_days_of_two_rounds_together_are_of_neither_alone() -> None:
    made = generation(
        {"round": 7, "other_rounds": (8,), "meeting_start": "2017-10-30", "meeting_end": "2017-12-22"},
    )
    assert [one.periods for one in rounds(made)] == [(), ()]


def test_places_come_by_how_many_documents_name_them_each_in_one_spelling() -> None:
    places = ("Nur-Sultan", "Astana", "Астана", "Астана", "Sochi", "Astana")
    (one,) = rounds(generation(*({"round": 2, "place": place} for place in places)))
    assert one.places == ("Astana", "Nur-Sultan", "Sochi")


def test_what_an_admin_decided_is_all_that_is_shown() -> None:
    made = generation(
        {"process": "Astana", "round": 2, "place": "Sochi", "meeting_start": "2017-02-15", "meeting_end": "2017-02-16"},
        {"process": "Astana", "round": 2, "place": "Sochi", "meeting_start": "2017-02-16", "meeting_end": "2017-02-16"},
    )
    said = RoundDecision("2017-02-16", "2017-02-16")
    (one,) = rounds(made, {("astana", 2): said})
    assert periods(one) == [("2017-02-16", "2017-02-16", ["1"])]
    assert (one.places, one.corrected, one.dates_corrected, one.place_corrected) == (("Sochi",), True, True, False)
    (other,) = find(made, 2, "Астана", {("astana", 2): RoundDecision("2017-03-01", "2017-03-02", "Astana")})
    assert (periods(other), other.places) == ([("2017-03-01", "2017-03-02", [])], ("Astana",))
    assert not rounds(made, {("geneva", 2): said})[0].corrected


def test_a_decision_from_before_the_process_was_known_still_holds() -> None:
    decided = {("", 8): RoundDecision(place="Sochi")}
    assert rounds(generation({"round": 8}, {"process": "Astana", "round": 8}), decided)[0].places == ("Sochi",)
    two = generation({"process": "Geneva", "round": 8}, {"process": "Astana", "round": 8})
    assert [one.corrected for one in rounds(two, decided)] == [False, False]


def test_a_decision_alone_makes_no_round_since_it_might_tell_of_documents_that_may_not_be_read() -> None:
    assert rounds(generation({}), {("astana", 8): RoundDecision(place="Sochi")}) == ()


def test_as_json_documents_are_named_by_their_ids() -> None:
    made = generation({"process": "Astana", "round": 8, "place": "Astana", "meeting_start": "2017-12-21"})
    assert rounds(made)[0].to_json() == {
        "process": "Astana",
        "round": 8,
        "dates": [{"start": "2017-12-21", "end": "2017-12-21", "documents": ["0"]}],
        "places": ["Astana"],
        "documents": ["0"],
        "corrected": False,
    }
