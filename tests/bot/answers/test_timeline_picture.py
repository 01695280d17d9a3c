"""The picture of a timeline: true heights at true days, labels apart, and nothing of it where there is too little."""

from __future__ import annotations

import datetime
import warnings

import pytest

from bot.answers.timeline_picture import Point, _apart, picture, points
from bot.languages import LANGUAGES, phrases
from retrieval.answers.timeline import Moment, Timeline
from retrieval.summaries.round_table import Round


def meeting(number: int, start: str | None, passages: int = 1, process: str | None = "Astana") -> Moment:
    return Moment(Round(process, number, (), (), ()), start, start, passages, ())


def document(date: str | None) -> Moment:
    return Moment(None, date, date, 1, ())


def timeline(*moments: Moment, topic: str = "detainees") -> Timeline:
    return Timeline(topic, None, moments, len(moments))


def test_marks_are_meetings_at_their_days_as_high_as_they_have_passages() -> None:
    found = points(timeline(meeting(7, "2017-10-30", 2), meeting(8, "2017-12-21", 5), meeting(9, "2018-05-14")))
    assert found == (
        Point(datetime.date(2017, 10, 30), "2017-10", 2, "7", "Astana"),
        Point(datetime.date(2017, 12, 21), "2017-12", 5, "8", "Astana"),
        Point(datetime.date(2018, 5, 14), "2018-05", 1, "9", "Astana"),
    )


def test_a_month_stands_in_its_middle_and_a_year_in_its() -> None:
    found = points(timeline(document("2018"), document("2018-05"), document("2018-05-31")))
    assert [(point.day.isoformat(), point.date, point.label) for point in found] == [
        ("2018-07-01", "2018", ""),
        ("2018-05-15", "2018-05", ""),
        ("2018-05-31", "2018-05", ""),
    ]


def test_other_documents_are_shown_only_where_there_are_not_three_meetings() -> None:
    two = [meeting(7, "2017-10-30"), meeting(8, "2017-12-21")]
    assert [point.label for point in points(timeline(*two, document("2026-11-24")))] == ["7", "8", ""]
    three = [*two, meeting(9, "2018-05-14")]
    assert [point.label for point in points(timeline(*three, document("2026-11-24")))] == ["7", "8", "9"]


def test_fewer_than_three_dates_make_no_picture() -> None:
    say = phrases("en")
    assert picture(timeline(), say) is None
    assert picture(timeline(meeting(7, "2017-10-30"), meeting(8, "2017-12-21"), document(None)), say) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", ["detainees $x^2$", "تبادل المعتقلين", "بازداشت‌شدگان", "ұсталғандар", "t" * 900])
def test_it_is_a_png_in_every_language_with_a_letter_for_each_of_the_topic(language: str, topic: str) -> None:
    moments = [meeting(number, f"20{17 + number}-0{number}-01", number) for number in range(1, 6)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = picture(timeline(*moments, topic=topic), phrases(language))
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(drawn) < 200_000


def test_meetings_on_one_day_and_of_several_processes_can_be_drawn() -> None:
    moments = [meeting(8, "2018-01-01", process=name) for name in ("Astana", "Geneva", None)]
    assert picture(timeline(*moments), phrases("en")) is not None


def test_labels_too_near_the_one_before_at_the_same_height_are_left_out() -> None:
    days = ["2017-01-01", "2017-01-05", "2017-01-06", "2018-12-31"]
    shown = [
        Point(datetime.date.fromisoformat(day), day[:7], 1 + (place == 2), str(place), None)
        for place, day in enumerate(days)
    ]
    assert [point.label for point in _apart(shown, with_label=True)] == ["0", "2", "3"]
    assert [point.label for point in _apart(shown, with_label=False)] == ["0", "3"]
