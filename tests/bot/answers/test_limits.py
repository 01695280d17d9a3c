"""What limited an answer is shown in the reader's language, and what the documents cover where they do not answer."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from bot.answers.limits import coverage_lines, lifting, limit_lines, searched_line
from bot.languages import LANGUAGES
from corpus.document import Metadata
from retrieval.answers.answer import answer
from retrieval.questions.known import Known
from retrieval.questions.limits import KINDS
from retrieval.questions.question import Filters, Question, understand
from tests.doubles import WordEncoder
from tests.retrieval.corpora import document, generation

if TYPE_CHECKING:
    from retrieval.index.segment import IndexedDocument

KNOWN = Known.of(
    [
        Metadata(process="Astana", round=8, meeting_start="2017-12-21", publisher="Institute of Records"),
        Metadata(process="Astana", round=9, place="Sochi", meeting_start="2018-01-30"),
    ]
)
TODAY = datetime.date(2020, 6, 15)
ALL = Filters(process="Astana", round=8, place="Sochi", since="2018-02", until="2019-02", source="Institute")


def asked(text: str, filters: Filters | None = None) -> Question:
    return understand(text, filters, known=KNOWN, today=TODAY)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Who came to the eighth round?", "Round 8 only"),
        ("Who came to the eighth and ninth rounds?", "Rounds 8, 9 only"),
        ("Who came since Sochi?", "Since 30 January 2018 only"),
        ("Who came after 2018?", "Since 1 January 2019 only"),
        ("Who came before May 2018?", "Until 30 April 2018 only"),
        ("Who came last year?", "2019 only"),
        ("Who came last month?", "May 2020 only"),
        ("Who came only on 14 May 2018?", "14 May 2018 only"),
        ("Who came between 2017 and 2019?", "From 1 January 2017 to 31 December 2019 only"),
        ("According to the institute, who came?", "Source: Institute of Records only"),
        ("Who came in 2018?", ""),
    ],
)
def test_each_limit_is_a_line(text: str, line: str) -> None:
    assert limit_lines(asked(text)) == ([line] if line else [])


def test_limits_of_options_are_lines_too_with_their_dates_to_the_day() -> None:
    assert limit_lines(asked("Who came?", ALL)) == [
        "Round 8 only",
        "Process: Astana only",
        "From 1 February 2018 to 28 February 2019 only",
        "Place: Sochi only",
        "Source: Institute only",
    ]
    assert limit_lines(asked("Who came?", Filters(until="2018"))) == ["Until 31 December 2018 only"]
    assert limit_lines(asked("Who came?", Filters(since="2018", until="2018"))) == ["2018 only"]
    assert limit_lines(asked("Who came?", Filters(since="2018-02-14", until="2018-02-14"))) == ["14 February 2018 only"]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ru", ["Только раунд 8", "Только с 30 января 2018\u202fг."]),
        ("kk", ["Тек 8-раунд", "Тек 2018\u202fж. 30 қаңтар күнінен бастап"]),
        ("tr", ["Yalnızca 8. tur", "Yalnızca 30 Ocak 2018 tarihinden itibaren"]),
        ("ar", ["الجولة 8 فقط", "منذ \u206830 يناير 2018\u2069 فقط"]),
        ("fa", ["فقط دور 8", "فقط از \u206830 ژانویهٔ 2018\u2069 به بعد"]),
    ],
)
def test_they_are_in_the_readers_language_with_its_dates(language: str, lines: list[str]) -> None:
    assert limit_lines(asked("Who came to round 8 since Sochi?"), language) == lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_is_lifted_once_and_by_a_name_of_its_own(language: str) -> None:
    question = asked("Who came to round 8 since 2018, according to the institute?", ALL)
    names = lifting(question, language)
    assert [kind for kind, _ in names] == list(KINDS)
    assert len({name for _, name in names}) == len(KINDS)
    assert lifting(asked("Who came in 2018?"), language) == []


def _meeting(title: str, process: str, number: int) -> IndexedDocument:
    metadata = Metadata(title=title, language="en", process=process, round=number)
    return document(title, "Delegations met for talks.", metadata=metadata)


ROUNDS = generation(
    _meeting("First round: Astana", "Astana", 1),
    _meeting("Second round: Astana", "Astana", 2),
    _meeting("Fourth round: Astana", "Astana", 4),
    _meeting("Round in Geneva", "Geneva", 3),
    document(
        "aid", "Lorries with aid met delegations.", metadata=Metadata(title="Humanitarian convoys", language="en")
    ),
    document("guns", "# Ceasefire line", "Nothing of that.", metadata=Metadata(title="Annex", language="en")),
    document("more", "# Fishing in the lake", "Nothing of that."),
)


def silent(text: str) -> list[str]:
    return coverage_lines(answer(ROUNDS, WordEncoder(), text, threshold=1.0), ROUNDS)


def test_titles_that_share_a_telling_word_with_the_question_are_suggested() -> None:
    assert silent("Which convoys met the delegations?") == [
        "Subjects near this in the documents: Humanitarian convoys."
    ]


def test_a_heading_stands_behind_the_title_of_its_document_where_it_has_one() -> None:
    assert silent("Where was the ceasefire?") == ["Subjects near this in the documents: Annex › Ceasefire line."]
    assert silent("Who was fishing?") == ["Subjects near this in the documents: Fishing in the lake."]


def test_else_the_rounds_that_there_are_by_process_in_runs() -> None:
    assert silent("Who won the football match?") == ["Rounds that the documents cover: Astana 1–2, 4; Geneva 3."]
    assert silent("Which round was it?") == ["Rounds that the documents cover: Astana 1–2, 4; Geneva 3."]


def test_of_many_processes_the_first_are_named() -> None:
    built = generation(*(_meeting(f"Minutes {number}", f"Process {number:03}", 1) for number in range(150)))
    (line,) = coverage_lines(answer(built, WordEncoder(), "Who baked bread?"), built)
    assert line.count("Process") == 8
    assert line.endswith("; ….")


def test_an_option_and_a_question_that_say_the_same_are_one_line() -> None:
    assert limit_lines(asked("What was agreed at the eighth round?", Filters(round=8))) == ["Round 8 only"]


def test_without_rounds_and_near_titles_nothing_is_suggested() -> None:
    bare = generation(document("one", "Lorries waited."), document("two", "A corridor was opened."))
    said = answer(bare, WordEncoder(), "Who won the football match?", threshold=1.0)
    assert coverage_lines(said, bare) == []


def test_what_was_searched_is_what_the_limits_admit() -> None:
    def searched(text: str) -> str:
        return searched_line(answer(ROUNDS, WordEncoder(), text), ROUNDS)

    assert searched("Who met?") == "7 documents were searched."
    assert searched("Who met at the fourth round?") == "1 document was searched."
