"""A question that asks how many or when is not answered by a sentence without a number."""

from __future__ import annotations

import pytest

from retrieval.questions.expectation import lacks_number


@pytest.mark.parametrize(
    "question",
    [
        "How many delegations came?",
        "When was it signed?",
        "Сколько делегаций прибыло?",
        "Когда подписан меморандум?",
        "Қанша делегация келді?",
        "Меморандумға қашан қол қойылды?",
        "Kaç heyet geldi?",
        "Muhtıra ne zaman imzalandı?",
        "كم عدد الوفود؟",
        "متى وقعت المذكرة؟",
        "چند هیئت آمد؟",
        "یادداشت تفاهم چه زمانی امضا شد؟",
    ],
)
def test_each_language_asks_for_numbers(question: str) -> None:
    assert lacks_number(question, "Delegations arrived.")
    assert not lacks_number(question, "On 4 May 12 delegations arrived.")


@pytest.mark.parametrize("question", ["Who signed the memorandum?", "Кто подписал меморандум?", "من وقع المذكرة؟"])
def test_other_questions_ask_for_none(question: str) -> None:
    assert not lacks_number(question, "Delegations arrived.")


def test_a_number_in_words_or_in_other_digits_is_one() -> None:
    assert not lacks_number("How many came?", "Twelve delegations came.")
    assert not lacks_number("How many came?", "جاء ١٢ وفدا.")


def test_the_number_of_a_round_and_numbers_of_the_question_do_not_count() -> None:
    assert lacks_number("How many died in 2022?", "Condolences were offered in 2022 at the 19th round.")
