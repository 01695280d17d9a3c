"""Rounds of one number in several processes, and documents about several rounds, as questions and options filter."""

from __future__ import annotations

import pytest

from corpus.document import Metadata
from retrieval.questions.known import Known, Meeting
from retrieval.questions.question import Filters, understand

ASTANA_7_8 = Metadata(process="Astana", round=7, other_rounds=(8,), meeting_start="2017-10-30")
ASTANA_7 = Metadata(process="Astana", round=7)
ASTANA_8 = Metadata(process="Astana", round=8)
GENEVA_7 = Metadata(process="Geneva", round=7)
GENEVA_8 = Metadata(process="Geneva", round=8)
MINSK_3 = Metadata(process="Minsk process", round=3)
NORMANDY_3 = Metadata(process="Нормандский формат", round=3)
UNNAMED_3 = Metadata(round=3)
UNNAMED_8 = Metadata(round=8)
DOCUMENTS = (ASTANA_7_8, ASTANA_7, ASTANA_8, GENEVA_7, GENEVA_8, MINSK_3, UNNAMED_8)


def admitted(text: str, documents: tuple[Metadata, ...] = DOCUMENTS) -> list[Metadata]:
    question = understand(text, known=Known.of(documents))
    return [one for one in documents if question.admits(one)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What did the 8th round of the Geneva talks say?", [GENEVA_8]),
        ("What did Astana-8 say?", [ASTANA_7_8, ASTANA_8]),
        ("What was said at the eighth round?", [ASTANA_7_8, ASTANA_8, GENEVA_8, UNNAMED_8]),
        ("How did Astana 8 and Geneva 7 differ?", [ASTANA_7_8, ASTANA_8, GENEVA_7]),
        ("The eighth round in Astana and the seventh round in Geneva", [ASTANA_7_8, ASTANA_8, GENEVA_7]),
        ("8-й раунд в Астане и 7-й раунд в Женеве", [ASTANA_7_8, ASTANA_8, GENEVA_7]),
        ("Астана-8 мен Женева-7", [ASTANA_7_8, ASTANA_8, GENEVA_7]),
        ("Astana 8 ve Cenevre 7", [ASTANA_7_8, ASTANA_8, GENEVA_7]),
        ("Compare the eighth rounds of the Astana and Geneva talks", [ASTANA_7_8, ASTANA_8, GENEVA_8]),
        ("Rounds 7 and 8 in Astana and Geneva", [ASTANA_7_8, ASTANA_7, ASTANA_8, GENEVA_7, GENEVA_8]),
        ("What did the third round of the Minsk process say?", [MINSK_3]),
    ],
)
def test_a_round_is_of_the_process_that_is_named_with_it(text: str, found: list[Metadata]) -> None:
    assert admitted(text) == found


def test_a_name_of_any_process_is_known_in_any_case_and_with_any_noun() -> None:
    documents = (MINSK_3, NORMANDY_3)
    assert admitted("third round of the Minsk talks", documents) == [MINSK_3]
    assert admitted("Что решил третий раунд нормандского формата?", documents) == [NORMANDY_3]
    assert admitted("What did the third round say?", documents) == [MINSK_3, NORMANDY_3]


def test_a_document_that_names_no_process_is_of_the_only_one_of_its_round() -> None:
    text = "What did the third round of the Minsk talks say?"
    assert admitted(text, (MINSK_3, UNNAMED_3, UNNAMED_8)) == [MINSK_3, UNNAMED_3]
    assert admitted(text, (MINSK_3, NORMANDY_3, UNNAMED_3)) == [MINSK_3]


def test_a_document_about_two_rounds_is_preferred_and_admitted_for_each() -> None:
    question = understand("the eighth round", known=Known.of((ASTANA_7_8, ASTANA_7)))
    assert [question.preference(one) for one in (ASTANA_7_8, ASTANA_7, Metadata())] == [1.0, -1.0, 0.0]
    assert [Filters(round=number).admit(ASTANA_7_8) for number in (6, 7, 8)] == [False, True, True]
    assert Filters(round=8, process="Женева").admit(GENEVA_8)
    assert not Filters(round=8, process="Женева").admit(ASTANA_8)


def test_what_is_known_has_both_rounds_and_a_meeting_of_neither_alone() -> None:
    known = Known.of((ASTANA_7_8,))
    assert known.rounds == {("Astana", 7), ("Astana", 8)}
    assert known.meetings == (Meeting("2017-10-30", "2017-10-30", "Astana", None, None),)
    assert known.meeting_of_round(7) is None
    assert known.latest_round(("Astana",)) == 8
