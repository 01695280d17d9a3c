"""What is asked of a topic, as people write it after /compare and /timeline in six languages."""

from __future__ import annotations

import pytest

from retrieval.questions.known import Known
from retrieval.questions.topic_request import RoundName, TopicRequest, read_comparison, read_timeline

KNOWN = Known(
    rounds=frozenset([*(("Astana", number) for number in range(1, 23)), ("Geneva", 8)]),
    processes=("Astana", "Geneva", "Track II talks"),
)
SEVEN_EIGHT: tuple[RoundName, ...] = ((None, 7), (None, 8))
BOTH: tuple[RoundName, ...] = (("Astana", 7), ("Geneva", 8))


@pytest.mark.parametrize(
    ("text", "topic", "rounds"),
    [
        ("detainees 7 8", "detainees", SEVEN_EIGHT),
        ("detainees 7 and 8", "detainees", SEVEN_EIGHT),
        ("detainees 7 vs 8", "detainees", SEVEN_EIGHT),
        ("detainees 7,8", "detainees", SEVEN_EIGHT),
        ("7 8 detainees", "detainees", SEVEN_EIGHT),
        ("7 and 8: detainees", "detainees", SEVEN_EIGHT),
        ("rounds 7 and 8 on detainees", "detainees", SEVEN_EIGHT),
        ("the seventh and the eighth round on detainees", "detainees", SEVEN_EIGHT),
        ("detainees VII and VIII", "detainees", SEVEN_EIGHT),
        ("detainees round 7 round 8", "detainees", SEVEN_EIGHT),
        ("return of refugees in the 7th and 8th rounds", "return of refugees", SEVEN_EIGHT),
        ("задержанные, 7-й и 8-й раунды", "задержанные", SEVEN_EIGHT),
        ("задержанные 7 и 8 раунды", "задержанные", SEVEN_EIGHT),
        ("тұтқындар 7 және 8", "тұтқындар", SEVEN_EIGHT),
        ("жетінші және сегізінші раунд: тұтқындар", "тұтқындар", SEVEN_EIGHT),
        ("7. ve 8. tur tutuklular", "tutuklular", SEVEN_EIGHT),
        ("tutuklular 7 ile 8", "tutuklular", SEVEN_EIGHT),
        ("الأسرى 7 و8", "الأسرى", SEVEN_EIGHT),
        ("الأسرى ٧ و ٨", "الأسرى", SEVEN_EIGHT),
        ("اللجنة الدستورية، الجولتان السابعة والثامنة", "اللجنة الدستورية", SEVEN_EIGHT),
        ("اسرا ۷ و ۸", "اسرا", SEVEN_EIGHT),
        ("دور هفتم و هشتم اسرا", "اسرا", SEVEN_EIGHT),
    ],
)
def test_a_topic_and_two_rounds_in_whatever_order_and_language(
    text: str, topic: str, rounds: tuple[RoundName, ...]
) -> None:
    assert read_comparison(text, KNOWN) == TopicRequest(topic, rounds)


@pytest.mark.parametrize(
    ("text", "topic", "rounds"),
    [
        ("ceasefire Astana 7 Geneva 8", "ceasefire", BOTH),
        ("Astana 7 Geneva 8 ceasefire", "ceasefire", BOTH),
        ("Astana-7 and Geneva-8 on ceasefire", "ceasefire", BOTH),
        ("ceasefire in Astana round 7 and Geneva round 8", "ceasefire", BOTH),
        ("перемирие Астана 7 Женева 8", "перемирие", BOTH),
        ("الهدنة أستانا 7 جنيف 8", "الهدنة", BOTH),
        ("ceasefire 7 8 Astana", "ceasefire", (("Astana", 7), ("Astana", 8))),
        ("ceasefire Astana 7 and 8", "ceasefire", (("Astana", 7), ("Astana", 8))),
        ("ceasefire Track II talks 7 and 8", "ceasefire", (("Track II talks", 7), ("Track II talks", 8))),
        ("Sochi 7 Astana 8 ceasefire", "ceasefire", (("Sochi", 7), ("Astana", 8))),
    ],
)
def test_rounds_with_their_processes(text: str, topic: str, rounds: tuple[RoundName, ...]) -> None:
    assert read_comparison(text, KNOWN) == TopicRequest(topic, rounds)


@pytest.mark.parametrize("text", ["detainees 7-9", "detainees 7–9", "detainees 7 to 9", "rounds 7-9 detainees"])
def test_a_range_is_every_round_in_it(text: str) -> None:
    assert read_comparison(text, KNOWN) == TopicRequest("detainees", ((None, 7), (None, 8), (None, 9)))


@pytest.mark.parametrize("marks", ['"{}"', "“{}”", "«{}»", "„{}“"])
def test_a_topic_in_quotation_marks_may_have_numbers_and_names(marks: str) -> None:
    text = marks.format("resolution 2254 of round 3, Astana") + " 7 8"
    assert read_comparison(text, KNOWN) == TopicRequest("resolution 2254 of round 3, Astana", SEVEN_EIGHT)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("resolution 2254 7 8", "resolution 2254"),
        ("COVID-19 7 8", "COVID-19"),
        ("12 armed groups 7 8", "12 armed groups"),
        ("talks in Astana 7 8", "talks in Astana"),
        ("end of the Astana meetings 7 8", "end of the Astana meetings"),
        ("position of Iran in 7 and 8", "position of Iran"),
    ],
)
def test_numbers_and_places_of_the_topic_stay_in_it(text: str, topic: str) -> None:
    assert read_comparison(text, KNOWN) == TopicRequest(topic, SEVEN_EIGHT)


def test_what_is_missing_is_left_empty() -> None:
    assert read_comparison("", KNOWN) == TopicRequest("")
    assert read_comparison("?!", KNOWN) == TopicRequest("")
    assert read_comparison("detainees", KNOWN) == TopicRequest("detainees")
    assert read_comparison("7 8", KNOWN) == TopicRequest("", SEVEN_EIGHT)
    assert read_comparison("detainees 7", KNOWN) == TopicRequest("detainees", ((None, 7),))


def test_rounds_that_nobody_has_are_still_named() -> None:
    assert read_comparison("detainees 0 999", KNOWN).rounds == ((None, 0), (None, 999))


def test_a_round_named_twice_is_said_to_be() -> None:
    assert read_comparison("detainees 7 7", KNOWN) == TopicRequest("detainees", ((None, 7),), repeated=True)
    assert read_comparison("detainees 7 8 7", KNOWN) == TopicRequest("detainees", SEVEN_EIGHT, repeated=True)


@pytest.mark.parametrize(
    ("text", "topic", "process"),
    [
        ("detainees", "detainees", None),
        ("detainees Astana", "detainees", "Astana"),
        ("Идлиб Астана", "Идлиб", "Astana"),
        ("القدس جنيف", "القدس", "Geneva"),
        ("detainees Track II talks", "detainees", "Track II talks"),
        ("talks in Astana", "talks in Astana", None),
        ("«Astana» Geneva", "Astana", "Geneva"),
        ("Geneva", "Geneva", None),
        ("8 detainees", "8 detainees", None),
        ("", "", None),
    ],
)
def test_a_timeline_takes_a_topic_and_a_process_behind_it(text: str, topic: str, process: str | None) -> None:
    assert read_timeline(text, KNOWN) == TopicRequest(topic, process=process)
