"""Numbers as the marks of notes and the items of lists are written: in digits, letters or signs."""

from __future__ import annotations

_LATIN = "abcdefghijklmnopqrstuvwxyz"
# Without the letters that Russian lists pass over.
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщэюя"
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
        case "lowerLetter" | "upperLetter" | "russianLower" | "russianUpper" if 0 < number < 1000:
            letters = _RUSSIAN if numbering.startswith("russian") else _LATIN
            letter = letters[(number - 1) % len(letters)] * ((number - 1) // len(letters) + 1)
            return letter.upper() if "pper" in numbering else letter
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
