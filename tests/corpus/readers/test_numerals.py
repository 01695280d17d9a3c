from __future__ import annotations

import pytest

from corpus.readers.numerals import numeral


@pytest.mark.parametrize(
    ("number", "numbering", "written"),
    [
        (12, "decimal", "12"),
        (4, "lowerRoman", "iv"),
        (1994, "upperRoman", "MCMXCIV"),
        (26, "lowerLetter", "z"),
        (28, "upperLetter", "BB"),
        (3, "russianLower", "в"),
        (10, "russianUpper", "К"),
        (1, "chicago", "*"),
        (6, "chicago", "††"),
        (3, "hindiNumbers", "3"),
        (0, "lowerRoman", "0"),
        (5000, "lowerRoman", "5000"),
    ],
)
def test_numbers_are_written_in_their_numbering(number: int, numbering: str, written: str) -> None:
    assert numeral(number, numbering) == written
