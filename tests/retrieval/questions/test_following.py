"""Whether a question follows another: in six languages, alone and as a reply, with rounds and without."""

from __future__ import annotations

import pytest

from retrieval.questions.following import needs_what_was_before, own_words, rounds_gone_on_to
from retrieval.questions.question import understand


@pytest.mark.parametrize(
    "text",
    [
        "Jordan?",
        "When?",
        "And about mine clearance?",
        "And what did Turkey propose on that?",
        "Who led the opposition there?",
        "When was it signed?",
        "And at the ninth round?",
        "А на девятом раунде?",
        "А что сказано о беженцах?",
        "Кто там возглавлял оппозицию?",
        "Ал тоғызыншы раундта?",
        "Онда кім болды?",
        "Peki dokuzuncu turda?",
        "Orada kim konuştu?",
        "وماذا عن الجولة التاسعة؟",
        "من كان هناك؟",
        "و در دور نهم؟",
        "آنها چه گفتند؟",
    ],
)
def test_what_says_little_goes_on_or_points_back_follows(text: str) -> None:
    assert needs_what_was_before(text)


@pytest.mark.parametrize(
    "text",
    [
        "What was decided at the eighth round?",
        "Сегізінші раундта не шешілді?",
        "What was said about the exchange of detainees?",
        "Which observers from Jordan took part in the talks?",
        "Were there any observers from Jordan?",
        "What did they agree about the exchange of detainees and the missing in Idlib?",
        "Кто возглавлял делегацию оппозиции на восьмом раунде?",
        "Sekizinci turda ne kararlaştırıldı?",
        "ماذا قُرّر في الجولة الثامنة؟",
        "در دور هشتم چه تصمیمی گرفته شد؟",
    ],
)
def test_what_can_be_understood_alone_does_not(text: str) -> None:
    assert not needs_what_was_before(text)


def test_a_reply_may_be_longer() -> None:
    asked = "Which observers from Jordan spoke?"
    assert not needs_what_was_before(asked)
    assert needs_what_was_before(asked, is_reply=True)
    assert not needs_what_was_before("Which observers from Jordan took part in the talks on detainees?", is_reply=True)


@pytest.mark.parametrize(
    ("text", "rounds"),
    [
        ("And at the seventh?", {7}),
        ("and the 12th", {12}),
        ("А на седьмом?", {7}),
        ("Ал жетінші?", {7}),
        ("Peki yedinci?", {7}),
        ("وماذا عن السابعة؟", {7}),
        ("و هفتم؟", {7}),
        ("And Jordan?", set()),
        ("And the second delegation of the opposition?", set()),
        ("When?", set()),
    ],
)
def test_a_number_alone_is_the_round_gone_on_to(text: str, rounds: set[int]) -> None:
    assert rounds_gone_on_to(text) == rounds


def test_the_words_of_rounds_and_those_that_point_are_not_a_questions_own() -> None:
    assert own_words("And what did they decide at the eighth round on refugees?") == ["decide", "refugees"]


def test_a_conversation_goes_on_over_several_questions() -> None:
    conversation = ["Who led the opposition at the eighth round?", "And at the seventh?"]
    by_number = understand("And at the ninth?", after=conversation)
    assert by_number.rounds == {9}
    assert by_number.topic == "Who led the opposition at the? And at the ninth?"
    by_subject = understand("And who took part in it?", after=conversation)
    assert by_subject.rounds == {7}
    assert by_subject.topic == "Who led the opposition at the? And who took part in it?"
    alone = understand("Which observers from Jordan spoke about detainees?", after=conversation)
    assert (alone.rounds, alone.topic) == (frozenset({7}), "Which observers from Jordan spoke about detainees?")
