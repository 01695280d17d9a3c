"""Publishers are found where a question says by whom, in their own language or another, and other names are not."""

from __future__ import annotations

import pytest

from corpus.tokens import tokenise
from retrieval.questions.sources import read_sources

INSTITUTE, OTHER, MINISTRY, NATIONS = "Institute of Records", "Институт мира", "Министерство обороны", "United Nations"
PUBLISHERS = tuple(sorted((INSTITUTE, OTHER, MINISTRY, NATIONS, "TASS")))


def named(text: str) -> list[tuple[str, ...]]:
    """The publishers that ``text`` asks for."""
    return [mention.publishers for mention in read_sources(tokenise(text), PUBLISHERS)]


@pytest.mark.parametrize(
    ("text", "publishers"),
    [
        ("according to the Institute of Records", (INSTITUTE,)),
        ("according to the institute", (INSTITUTE, OTHER)),
        ("According to \u201cInstitute of Records\u201d, who came?", (INSTITUTE,)),
        ("according to the Institute's report, who came?", (INSTITUTE, OTHER)),
        ("according to reports of the Institute of Records", (INSTITUTE,)),
        ("According to TASS, who came?", ("TASS",)),
        ("according to the UN", (NATIONS,)),
        ("по данным Министерства обороны", (MINISTRY,)),
        ("по данным ООН, кто приехал?", (NATIONS,)),
        ("по сведениям Института мира", (OTHER,)),
        ("Birleşmiş Milletler'e göre kim geldi?", (NATIONS,)),
        ("«TASS»'a göre kim geldi?", ("TASS",)),
        ("БҰҰ мәліметі бойынша кім келді?", (NATIONS,)),
        ("بحسب الأمم المتحدة، من حضر؟", (NATIONS,)),
        ("به گزارش سازمان ملل متحد، چه کسی آمد؟", (NATIONS,)),
        ("به گفته مؤسسه", (INSTITUTE, OTHER)),
    ],
)
def test_a_publisher_is_found_behind_or_before_the_words_that_ask_for_it(
    text: str, publishers: tuple[str, ...]
) -> None:
    assert named(text) == [publishers]


@pytest.mark.parametrize(
    "text",
    [
        "The institute says so",
        "according to the Institute of Peace and Quiet Studies",
        "according to the institute detainees were exchanged",
        "according to the institute's critics",
        "according to plan",
        "according to",
        "по данным Министерства иностранных дел",
        "Savunma Enstitüsü Başkanına göre",
        "bana göre",
        "göre",
        "",
    ],
)
def test_what_is_no_publisher_or_goes_on_with_another_name_is_none(text: str) -> None:
    assert named(text) == []


def test_the_words_around_the_name_belong_to_the_mention() -> None:
    text = "Who came, according to the Institute of Records, in 2018?"
    tokens = tokenise(text)
    (mention,) = read_sources(tokens, PUBLISHERS)
    assert text[tokens[mention.first].start : tokens[mention.last - 1].end] == "according to the Institute of Records"


def test_two_sources_are_two_mentions() -> None:
    text = "according to TASS and according to the United Nations"
    assert named(text) == [("TASS",), (NATIONS,)]
