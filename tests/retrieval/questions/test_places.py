"""Places are found in six languages and their cases, whether or not the table of cities has them."""

from __future__ import annotations

import pytest

from corpus.tokens import tokenise
from retrieval.questions.places import read_places, same_place


@pytest.mark.parametrize(
    ("one", "other"),
    [("Sochi", "Сочи"), ("Soçi", "سوچی"), ("Нур-Султан", "Nur-Sultan"), ("Nursultan", "Нұр-Сұлтан"), ("Oslo", "OSLO")],
)
def test_spellings_of_one_name_are_the_same_place(one: str, other: str) -> None:
    assert same_place(one, other)


@pytest.mark.parametrize(("one", "other"), [("Astana", "Nur-Sultan"), ("Sochi", "Geneva"), ("Oslo", "Bergen")])
def test_other_names_are_not_even_of_the_same_city(one: str, other: str) -> None:
    assert not same_place(one, other)


@pytest.mark.parametrize(
    "text",
    [
        "in Oslo", "at Oslo", "in oslo", "in the city of Oslo", "the Oslo round", "Oslo'da", "Osloda", "Oslo'daki tur",
        "at the meeting in Oslo",
    ],
)  # fmt: skip
def test_what_happened_in_a_place_that_no_table_has_is_found(text: str) -> None:
    (mention,) = read_places(tokenise(text), ("Oslo",))
    assert mention.names == ("Oslo",)
    assert mention.inside or mention.meeting


@pytest.mark.parametrize("text", ["to Oslo", "the Oslo agreement", "Oslo", "from Oslo", "Oslo'dan"])
def test_a_place_may_be_named_and_nothing_said_of_what_happened_in_it(text: str) -> None:
    (mention,) = read_places(tokenise(text), ("Oslo",))
    assert not mention.inside
    assert not mention.meeting


@pytest.mark.parametrize("text", ["in Oslonia", "in Osl", "Kolso", "in the slot", ""])
def test_another_word_is_no_place(text: str) -> None:
    assert read_places(tokenise(text), ("Oslo",)) == ()


@pytest.mark.parametrize(
    ("text", "inside"), [("в Вене", True), ("из Вены", False), ("Веной", False), ("венский", False)]
)
def test_russian_cases_of_a_name(text: str, inside: bool) -> None:
    (mention,) = read_places(tokenise(text), ("Vienna",))
    assert (mention.names, mention.inside) == (("Vienna",), inside)


def test_a_name_of_several_words_is_found_with_and_without_its_hyphen() -> None:
    for text in ("in New York", "в Нью-Йорке", "в Нью Йорке", "في نيويورك"):
        assert [mention.names for mention in read_places(tokenise(text), ("New York",))] == [("New York",)]


def test_what_is_said_of_one_place_is_said_of_those_joined_to_it() -> None:
    for text in ("in Oslo and Sochi", "Oslo ve Soçi'de", "in Oslo, Sochi"):
        assert [mention.inside for mention in read_places(tokenise(text), ("Oslo", "Sochi"))] == [True, True]
    assert [mention.inside for mention in read_places(tokenise("in Oslo for Sochi"), ("Oslo", "Sochi"))] == [
        True,
        False,
    ]


def test_places_that_no_document_is_of_are_not_looked_for() -> None:
    assert read_places(tokenise("in Sochi and Oslo"), ("Geneva",)) == ()
    assert read_places(tokenise("in Sochi"), ()) == ()
