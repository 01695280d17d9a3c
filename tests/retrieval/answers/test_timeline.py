"""A topic over time: by the days of the meetings, counted, with what has no date at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corpus.round_decisions import RoundDecision, round_key
from retrieval.answers.timeline import trace
from retrieval.summaries import round_table
from tests.talks import GENEVA, NO_CONSENSUS, TURKISH, UNDATED, WORKING_GROUP, SpreadEncoder, make_talks

if TYPE_CHECKING:
    from retrieval.answers.timeline import Timeline
    from retrieval.index.generation import Generation

ENCODER = SpreadEncoder()


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    store = make_talks(tmp_path_factory.mktemp("talks")).generations
    return store.load(store.current())


def traced(generation: Generation, topic: str, process: str | None = None) -> Timeline:
    return trace(generation, ENCODER, topic, round_table.rounds(generation), process=process)


def shown(timeline: Timeline) -> list[tuple[str | None, int | None, str | None, int, list[str]]]:
    return [
        (
            moment.round.process if moment.round else None,
            moment.round.number if moment.round else None,
            moment.start,
            moment.passages,
            [quote.text for quote in moment.quotes],
        )
        for moment in timeline.moments
    ]


def test_meetings_come_in_time_and_what_has_no_date_last(generation: Generation) -> None:
    timeline = traced(generation, "detainees")
    assert shown(timeline) == [
        ("Astana", 7, "2017-10-30", 1, [NO_CONSENSUS]),
        ("Geneva", 8, "2017-11-28", 1, [GENEVA]),
        ("Astana", 8, "2017-12-21", 1, [WORKING_GROUP, TURKISH]),
        (None, None, None, 1, [UNDATED]),
    ]
    assert timeline.searched == len(generation.documents)
    assert [moment.start for moment in timeline.dated] == ["2017-10-30", "2017-11-28", "2017-12-21"]
    assert [moment.round for moment in timeline.undated] == [None]


@pytest.mark.parametrize("name", ["Geneva", "geneva", "Женева"])
def test_a_process_by_any_of_its_names_leaves_the_others_out(generation: Generation, name: str) -> None:
    timeline = traced(generation, "detainees", name)
    assert [(one[0], one[1]) for one in shown(timeline)] == [("Geneva", 8)]
    assert timeline.searched == 1


def test_a_topic_that_nobody_speaks_of_has_no_moments(generation: Generation) -> None:
    timeline = traced(generation, "volcano")
    assert timeline.moments == ()
    assert timeline.quotes == ()


def test_dates_that_an_admin_decided_put_a_round_in_its_place(generation: Generation) -> None:
    decided = {round_key("Astana", 7): RoundDecision(start="2019-01-01", end="2019-01-02")}
    timeline = trace(generation, ENCODER, "detainees", round_table.rounds(generation, decided))
    assert [(moment.start, moment.round.number) for moment in timeline.dated if moment.round] == [
        ("2017-11-28", 8),
        ("2017-12-21", 8),
        ("2019-01-01", 7),
    ]


def test_a_timeline_as_plain_values(generation: Generation) -> None:
    value = traced(generation, "detainees", "Geneva").to_json()
    assert value["process"] == "Geneva"
    (moment,) = value["moments"]
    assert (moment["round"], moment["start"], moment["end"]) == (8, "2017-11-28", "2017-12-14")
    assert [quote["text"] for quote in moment["quotes"]] == [GENEVA]
