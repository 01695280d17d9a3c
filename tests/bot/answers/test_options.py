"""Limits typed before or after a question, and what is said where one is wrong."""

from __future__ import annotations

import pytest

from bot.answers.options import Asked, OptionRefused, read_options
from bot.languages import LANGUAGES, phrases
from retrieval.questions.question import Filters


def test_all_of_them_before_a_question() -> None:
    text = 'round:8 since:2018-02 until:2019 source:"Institute of Records" place:Sochi process:Astana What was agreed?'
    assert read_options(text) == Asked(
        "What was agreed?",
        Filters("Astana", 8, "Sochi", "2018-02", "2019", "Institute of Records"),
    )


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("What was agreed?", Filters()),
        ("round:8 What was agreed?", Filters(round=8)),
        ("round: 8 What was agreed?", Filters(round=8)),
        ("ROUND:8 What was agreed?", Filters(round=8)),
        ("What was agreed? round:8", Filters(round=8)),
        ("since:2018 What was agreed? round:8 place:Sochi", Filters(round=8, since="2018", place="Sochi")),
        ("round:7 What was agreed? round:8", Filters(round=8)),
        ("What was agreed? round:8?", Filters(round=8)),
        ("round:\u06f8 since:\u0662\u0660\u0661\u0668 What was agreed?", Filters(round=8, since="2018")),
        ("source:\u00abInstitute of Records\u00bb What was agreed?", Filters(source="Institute of Records")),
        ("source:\u201cInstitute of Records\u201d What was agreed?", Filters(source="Institute of Records")),
        ("source:Institute What was agreed?", Filters(source="Institute")),
        ("\u0440\u0430\u0443\u043d\u0434:8 \u043c\u0435\u0441\u0442\u043e:\u0421\u043e\u0447\u0438 What was agreed?",
         Filters(round=8, place="\u0421\u043e\u0447\u0438")),
        ("tur:8 What was agreed?", Filters(round=8)),
        ("\u062c\u0648\u0644\u0629:\u0668 What was agreed?", Filters(round=8)),
        ("\u062f\u0648\u0631:\u06f8 What was agreed?", Filters(round=8)),
    ],
)  # fmt: skip
def test_each_is_read_however_it_is_typed(text: str, filters: Filters) -> None:
    assert read_options(text) == Asked("What was agreed?", filters)


@pytest.mark.parametrize(
    "text",
    [
        "Question: what was agreed?",
        "What was agreed: since when?",
        "https://example.org/a:b is what?",
        "At 10:30 what was agreed?",
        "10:30 what was agreed?",
        "What did the minister say: round:table or not?",
    ],
)
def test_a_colon_in_a_question_is_only_a_colon(text: str) -> None:
    assert read_options(text) == Asked(text, Filters())


def test_there_may_be_limits_and_no_question() -> None:
    assert read_options("round:8") == Asked("", Filters(round=8))
    assert read_options("") == Asked("", Filters())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rund:8 What?", "There is no limit rund; there are: round, since, until, place, process, source."),
        ("round:eight What?", "eight is not the number of a round; write for example round:8"),
        ("round:0 What?", "0 is not the number of a round; write for example round:8"),
        ("round:1000 What?", "1000 is not the number of a round; write for example round:8"),
        ("round:8,9 What?", "8,9 is not the number of a round; write for example round:8"),
        ("since:2018-13 What?",
         "2018-13 is not a date; write for example since:2018, since:2018-02, since:2018-02-14"),
        ("until:2018-02-30 What?",
         "2018-02-30 is not a date; write for example since:2018, since:2018-02, since:2018-02-14"),
        ("since:May What?", "May is not a date; write for example since:2018, since:2018-02, since:2018-02-14"),
        ("place:", "Write a value right after place:, in quotation marks where it has spaces."),
        ('source:"" What?', "Write a value right after source:, in quotation marks where it has spaces."),
        ('source:"Institute What?', "Write a value right after source:, in quotation marks where it has spaces."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(OptionRefused) as caught:
        read_options(text)
    assert caught.value.sentence(phrases("en")) == sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["rund:8", "round:x", "since:x", "place:"])
def test_it_is_said_in_every_language(text: str, language: str) -> None:
    with pytest.raises(OptionRefused) as caught:
        read_options(text)
    said = caught.value.sentence(phrases(language))
    assert (said == caught.value.sentence(phrases("en"))) is (language == "en")


@pytest.mark.parametrize(
    "text", ["round:" + "9" * 4000 + " what?", "since:" + "x" * 4000, "un" + "o" * 4000 + ":8 what?"]
)
def test_what_is_wrong_fits_a_message_however_long_it_is(text: str) -> None:
    with pytest.raises(OptionRefused) as refused:
        read_options(text)
    for language in LANGUAGES:
        assert len(refused.value.sentence(phrases(language))) < 600


def test_a_long_line_of_limits_is_read_in_part_and_the_rest_belongs_to_the_question() -> None:
    text = " ".join(["Who came?", *["place:x"] * 500])
    assert read_options(text) == Asked(" ".join(["Who came?", *["place:x"] * 488]), Filters(place="x"))
    assert read_options(" ".join(["place:x"] * 25)) == Asked("place:x", Filters(place="x"))
