"""Numbers as the marks of notes are written: decimal, Roman, letters or the signs of the Chicago manual."""

from __future__ import annotations

_CHICAGO = "*†‡§"
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


def numeral(number: int, numbering: str) -> str:
    """Return ``number`` in a numbering by its name in ECMA-376, part 1, 17.18.59; decimal where it is not known."""
    match numbering:
        case "lowerRoman" | "upperRoman" if 0 < number < 4000:
            roman = _roman(number)
            return roman if numbering == "lowerRoman" else roman.upper()
        case "lowerLetter" | "upperLetter" if 0 < number < 1000:
            letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letter if numbering == "lowerLetter" else letter.upper()
        case "chicago" if 0 < number < 100:
            return _CHICAGO[(number - 1) % len(_CHICAGO)] * ((number - 1) // len(_CHICAGO) + 1)
        case _:
            return str(number)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written
