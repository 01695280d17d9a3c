from __future__ import annotations

import pytest

from corpus.processes import process_key
from retrieval.questions.round_arguments import RoundArgument, parse_round_argument


@pytest.mark.parametrize(
    "text",
    [
        *("8 Astana", "Astana 8", "Astana-8", "Астана-8", "VIII Astana", "8th Astana round", "Astana process 8"),
        *("восьмой раунд Астаны", "восьмой астанинский раунд", "8 Астана процесі", "сегізінші Астана", "8. tur Astana"),
        *("the eighth round of the Astana process", "الجولة الثامنة من محادثات أستانا", "دور هشتم آستانه"),
    ],
)
def test_a_round_is_read_with_its_process_before_or_behind_it(text: str) -> None:
    found = parse_round_argument(text.split())
    assert found is not None
    assert (found.number, process_key(found.process or "")) == (8, "astana")


@pytest.mark.parametrize("text", ["8", "VIII", "viii", "восьмой", "8th round", "round eight", "الثامنة", "۸", "8?"])
def test_the_number_alone_leaves_the_process_open(text: str) -> None:
    assert parse_round_argument(text.split()) == RoundArgument(8)


def test_a_process_that_is_not_known_is_kept_as_it_was_written() -> None:
    assert parse_round_argument(["8", "Minsk", "talks"]) == RoundArgument(8, "Minsk talks")
    assert parse_round_argument(["999"]) == RoundArgument(999)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "1000", "-8", "8.5", "eight and a half", "8 and a half", "7 8", "7-8", "7 and 8", "rounds 7 and 8"),
        *("hello", "восьмой с половиной", "раунд", "Astana", "8 -", "8 percent", "x" * 500),
    ],
)
def test_what_is_no_single_round_is_none(text: str) -> None:
    assert parse_round_argument(text.split()) is None
