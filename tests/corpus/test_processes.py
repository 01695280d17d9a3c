from __future__ import annotations

import pytest

from corpus.processes import process_key, same_process


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Astana", "astana"),
        ("Astana process", "astana"),
        ("Астана", "astana"),
        ("Астанинский процесс", "astana"),
        ("Астана процесі", "astana"),
        ("Astana süreci", "astana"),
        ("مسار أستانا", "astana"),
        ("روند آستانه", "astana"),
        ("The Astana process on Syria", "astana"),
        ("Женевские переговоры", "geneva"),
        ("Cenevre görüşmeleri", "geneva"),
        ("مذاكرات ژنو", "geneva"),
        ("Конгресс в Сочи", "sochi"),
        ("Minsk peace process", "minsk"),
        ("MINSK talks", "minsk"),
        ("5+2 talks", "5 2"),
    ],
)
def test_names_of_one_process_have_one_key_in_every_language(name: str, key: str) -> None:
    assert process_key(name) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Geneva", "Geneva International Discussions"),
        ("Geneva talks", "Geneva talks on Yemen"),
        ("Astana", "Geneva"),
        ("Intra-Syrian talks", "Peace talks"),
        ("Astana", None),
    ],
)
def test_other_processes_are_others(one: str, other: str | None) -> None:
    assert not same_process(one, other)


def test_two_unknown_processes_are_not_told_apart() -> None:
    assert same_process(None, None)
    assert process_key("Talks") == "talks"
