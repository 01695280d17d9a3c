"""Right-to-left lines of a PDF, from where the characters stand: programs write them down in either order, even mixed.

The characters of a line are read from left to right as the page shows them, then turned into the order in which they
are read, by the parts of the Unicode bidirectional algorithm (UAX #9) that a single line of print needs.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_RIGHT_TO_LEFT = re.compile("[\u0590-\u05ff\u0600-\u065f\u066b-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_MIRROR = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_OPENING = frozenset("([{«‹")
# What stays inside a number after Arabic letters (rules W2 to W5): no sign and no percentage is part of it.
_SEPARATORS = frozenset(".,:/٫٬")
# In sizes of the type: the least gap that is a space.
_SPACE = 0.12


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a page: where it begins and ends (by its advance), its baseline and size, in points."""

    text: str
    left: float
    right: float
    y: float
    size: float
    index: int

    @property
    def middle(self) -> float:
        """The middle of its advance."""
        return (self.left + self.right) / 2


def is_right_to_left(text: str) -> bool:
    """Say whether most letters of ``text`` are of a script that is written from right to left."""
    return 2 * len(_RIGHT_TO_LEFT.findall(text)) > sum(map(str.isalpha, text))


def in_sight_order(characters: Sequence[Character]) -> list[Character]:
    """Return the printed characters of one line from left to right, each mark right before its letter."""
    printed = [character for character in characters if not character.text.isspace()]
    bases = [character for character in printed if not unicodedata.combining(character.text)]
    if not bases:
        return printed
    marks: dict[int, list[Character]] = {}
    for character in printed:
        if unicodedata.combining(character.text):
            nearest = min(bases, key=lambda base: (abs(base.middle - character.middle), base.index))
            marks.setdefault(nearest.index, []).append(character)
    sign = _index_direction(bases)
    ordered = sorted(bases, key=lambda base: (round(base.middle, 1), sign.get(base.index, 1) * base.index))
    return [item for base in ordered for item in (*marks.get(base.index, ()), base)]


def _index_direction(bases: Sequence[Character]) -> dict[int, int]:
    """Return for each character 1 where its word is written down from left to right, and -1 where the other way.

    The parts of a ligature stand at one place, and only their word's direction tells which comes first.
    """
    signs: dict[int, int] = {}
    word: list[Character] = []
    for base in [*bases, None]:
        if base is not None and (not word or abs(base.index - word[-1].index) == 1):
            word.append(base)
            continue
        rising = sum(after.middle > before.middle for before, after in itertools.pairwise(word))
        falling = sum(after.middle < before.middle for before, after in itertools.pairwise(word))
        signs.update(dict.fromkeys((letter.index for letter in word), 1 if rising > falling else -1))
        word = [base] if base is not None else []
    return signs


def read_right_to_left(characters: Sequence[Character]) -> str:
    """Return the text of characters that stand from left to right, in reading order, spaces by the gaps.

    Brackets are taken as noted by their looks: what opens in a line from the right looks like a closing one.
    """
    parts: list[str] = []
    for before, after in zip(characters, [*characters[1:], None], strict=True):
        parts.append(before.text)
        # Letters written down one after the other have no space between them, whatever their widths say.
        is_one_word = (
            after is not None and abs(after.index - before.index) == 1 and (before.text + after.text).isalnum()
        )
        if after is not None and not is_one_word and _gap(before, after) > _SPACE:
            parts.append(" ")
    text = "".join(parts)
    reading = []
    for run, is_left_to_right in reversed(_level_runs(text)):
        if is_left_to_right:
            reading.append(run)
        else:
            reading.append(mirrored(run[::-1]))
    return "".join(reading)


def _gap(before: Character, after: Character) -> float:
    """Return the distance between two neighbours in sizes of their type."""
    return (after.left - before.right) / max(before.size, after.size, 1.0)


def mirrored(text: str) -> str:
    """Return ``text`` with every bracket turned round."""
    return text.translate(_MIRROR)


def mirror_votes(text: str) -> int:
    """Return how many pairs of brackets open and close in a line, less how many would if all were turned round."""
    return _pairs(text) - _pairs(mirrored(text))


def _pairs(text: str) -> int:
    """Return how many brackets are closed by their own counterpart."""
    pairs = 0
    open_brackets: list[str] = []
    for character in text:
        if character in _OPENING:
            open_brackets.append(mirrored(character))
        elif open_brackets and character == open_brackets[-1]:
            open_brackets.pop()
            pairs += 1
    return pairs


def _level_runs(text: str) -> list[tuple[str, bool]]:
    """Split a line as it looks into runs, each with whether it reads from left to right: words, and numbers."""
    kinds = [_kind(character) for character in text]
    runs: list[tuple[str, bool]] = []
    start = 0
    while start < len(text):
        end = _left_to_right_end(text, kinds, start)
        if end > start:
            runs.append((text[start:end], True))
        else:
            end = start + 1
            if runs and not runs[-1][1]:
                runs[-1] = (runs[-1][0] + text[start], False)
            else:
                runs.append((text[start], False))
        start = end
    return runs


def _kind(character: str) -> str:
    if _RIGHT_TO_LEFT.match(character):
        return "R"
    direction = unicodedata.bidirectional(character)
    if direction in ("EN", "AN"):
        return "N"
    return "L" if direction == "L" else "O"


def _left_to_right_end(text: str, kinds: Sequence[str], start: int) -> int:
    """Return the end of the run from left to right that starts at ``start``; ``start`` where none does."""
    end = start
    index = start
    has_letter = False
    while index < len(text) and kinds[index] != "R":
        if kinds[index] == "L":
            has_letter = True
        if kinds[index] in "LN":
            end = index + 1
        index += 1
    if kinds[start] not in "LN":
        return start
    if has_letter:
        return end
    return _number_end(text, kinds, start)


def _number_end(text: str, kinds: Sequence[str], start: int) -> int:
    index = start + 1
    while index < len(text):
        is_inner = text[index] in _SEPARATORS and kinds[index - 1] == "N" and kinds[index + 1 : index + 2] == ["N"]
        if kinds[index] != "N" and not is_inner:
            break
        index += 1
    return index
