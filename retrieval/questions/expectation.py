"""What kind of thing a question asks for, as far as its words show: a number or a date must have a number in it."""

from __future__ import annotations

import re
from functools import lru_cache

from corpus.rounds import find_rounds
from retrieval.index.words import fold

_NUMBER_WANTED = re.compile(
    r"\bhow (?:many|much|long|deep|far|old|large|often)\b|\bwhen\b|\b(?:what|which) (?:year|date|day|month|number)\b"
    r"|\bсколько\b|\bкогда\b|\bкаком году\b|\bкакого числа\b"
    r"|\bқанша\b|\bқаншама\b|\bнеше\b|\bқашан\b|\bқай (?:жылы|күні)\b"
    r"|\bkaç\w*\b|\bne kadar\b|\bne zaman\b|\bhangi (?:tarih|yıl|gün)\w*"
    r"|(?:^|\s)كم(?=\s)|(?:^|\s)متي(?=\s)|(?:^|\s)متى(?=\s)"
    r"|(?:^|\s)چند(?=\s)|(?:^|\s)چه (?:زمانی|تاریخی|سالی|وقت)"
)
_NUMBER = re.compile(r"\d+")
_NUMBER_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|"
    r"million|dozen|half|both|once|twice|две?|два|двух|три|трех|четыре|четырех|пять|пяти|шесть|семь|восемь|девять|"
    r"десять|сто|тысяч\w*|екі|үш|төрт|бес|алты|жеті|сегіз|тоғыз|он|жүз|мың|iki|üç|dört|beş|altı|yedi|sekiz|dokuz|on|"
    r"yüz|bin)\b"
)


def lacks_number(question: str, sentence: str) -> bool:
    """Whether ``question`` asks how many or when, in one of the six languages, and ``sentence`` has no number for it.

    Numbers that the question itself names do not count, nor do those of rounds.
    """
    if not _NUMBER_WANTED.search(question.casefold()):
        return False
    numbers, has_words = _numbers_in(sentence)
    return not (numbers - set(_NUMBER.findall(fold(question))) or has_words)


@lru_cache(maxsize=4096)
def _numbers_in(sentence: str) -> tuple[frozenset[str], bool]:
    """The numbers in ``sentence`` but those of rounds, in figures, and whether it has some in words.

    Remembered, since many questions find the same sentences.
    """
    for mention in sorted(find_rounds(sentence), key=lambda mention: -mention.start):
        sentence = f"{sentence[: mention.start]} {sentence[mention.end :]}"
    return frozenset(_NUMBER.findall(fold(sentence))), _NUMBER_WORDS.search(sentence.casefold()) is not None
