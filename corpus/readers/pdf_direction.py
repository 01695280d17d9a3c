"""Right-to-left lines of a PDF, from where the characters stand: programs write them down in either order, even mixed.

The characters of a line are read from left to right as the page shows them, then turned into the order in which they
are read, by the parts of the Unicode bidirectional algorithm (UAX #9) that a single line of print needs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_RIGHT_TO_LEFT = re.compile("[\u0590-\u05ff\u0600-\u065f\u066b-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_PAIR_OF = {side: pair for pair in ("()", "[]", "{}", "«»", "‹›", "“”") for side in pair}
# What stays inside a number after Arabic letters (rules W2 to W5): no sign and no percentage is part of it.
_SEPARATORS = frozenset(".,:/٫٬")
# In sizes of the type: the least gap that is a space.
_SPACE = 0.12
# The same beside a letter that stands where its mark does, and not where the letter is drawn.
_SPACE_AT_MARK = 0.25
# In points: characters whose origins differ by less are of one glyph.
_ONE_GLYPH = 0.1
_SAME_PLACE = 0.3
_NEAR = 8


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a page: where it is drawn from, where it begins and ends, its baseline and size, in points.

    Characters of one glyph, such as a ligature or a letter with its marks, have one ``origin`` and share the glyph's
    width between them. ``is_generated`` says that PDFium put it in, such as a space for a gap.
    """

    text: str
    origin: float
    left: float
    right: float
    y: float
    size: float
    index: int
    is_generated: bool = False

    @property
    def middle(self) -> float:
        """The middle of its advance."""
        return (self.left + self.right) / 2


def is_right_to_left(text: str) -> bool:
    """Say whether most letters of ``text`` are of a script that is written from right to left."""
    return 2 * len(_RIGHT_TO_LEFT.findall(text)) > sum(map(str.isalpha, text))


def in_sight_order(characters: Sequence[Character]) -> list[Character]:
    """Return the printed characters of one line from left to right, each letter's marks right before it."""
    printed = _once([character for character in characters if not character.text.isspace()])
    letters = [character for character in printed if not unicodedata.combining(character.text)]
    marks: dict[int, list[Character]] = {}
    for mark in printed:
        if letters and unicodedata.combining(mark.text):
            marks.setdefault(_letter_of(mark, letters).index, []).append(mark)
    ordered = sorted(letters, key=lambda letter: (round(letter.middle, 1), letter.index))
    return [item for letter in ordered for item in (*marks.get(letter.index, ()), letter)]


def _once(characters: Sequence[Character]) -> list[Character]:
    """Return the characters without those that a mark's own glyph repeats from the glyph of its letter."""
    baseline = median(character.y for character in characters) if characters else 0.0
    kept: dict[str, list[Character]] = {}
    for character in sorted(characters, key=lambda character: (abs(character.y - baseline), character.index)):
        alike = kept.setdefault(character.text, [])
        if not any(abs(one.origin - character.origin) < _SAME_PLACE and one.y != character.y for one in alike):
            alike.append(character)
    return sorted((item for alike in kept.values() for item in alike), key=lambda character: character.index)


def _letter_of(mark: Character, letters: Sequence[Character]) -> Character:
    """Return the letter that a mark belongs to: of its own glyph the one on its right, else the nearest."""
    of_glyph = [letter for letter in letters if abs(letter.origin - mark.origin) < _ONE_GLYPH]
    on_right = [letter for letter in of_glyph if letter.middle >= mark.middle]
    return min(on_right or of_glyph or letters, key=lambda letter: abs(letter.middle - mark.middle))


class _Joints:
    """Knows which letters of a line were written down one after the other."""

    def __init__(self, line: Sequence[Character]) -> None:
        letters = [character for character in line if not unicodedata.combining(character.text)]
        self._places = {letter.index: place for place, letter in enumerate(letters)}
        self._baseline = median(letter.y for letter in letters)
        spaces = [letter for letter in letters if letter.text.isspace() and not letter.is_generated]
        self._spaces = [space.index for space in spaces if not self._is_off(space)]
        self._doubtful = [space.index for space in spaces if self._is_off(space)]

    def is_one_word(self, one: Character, other: Character, gap: float) -> bool:
        """Say whether two letters side by side, with a ``gap`` between them, have nothing between them.

        A letter that is noted at its mark, above the line, makes PDFium put in a space that may be none.
        """
        if not (one.text + other.text).isalnum():
            return False
        if abs(self._places[one.index] - self._places[other.index]) == 1:
            return True
        first, last = sorted((one.index, other.index))
        if self._is_off(one) and self._is_off(other):
            return gap < _SPACE_AT_MARK * one.size
        is_near = last - first < _NEAR and (self._is_off(one) or self._is_off(other))
        if not is_near or any(first < space < last for space in self._spaces):
            return False
        is_doubtful = any(first < space < last for space in self._doubtful)
        return not is_doubtful or gap < _SPACE_AT_MARK * one.size

    def _is_off(self, character: Character) -> bool:
        return abs(character.y - self._baseline) > 0.05 * character.size


def read_right_to_left(characters: Sequence[Character], line: Sequence[Character]) -> tuple[str, list[Character]]:
    """Return the text of characters that stand from left to right, in reading order, and the characters in that order.

    The text has spaces that are none of the characters; brackets in it may be turned. ``line`` has the same characters
    and the spaces in the order in which they are written down. A space is where the gap is wide enough, but never
    between two letters that were written down one after the other.
    """
    joints = _Joints(line)
    seen: list[Character | None] = []
    last: Character | None = None
    marks: list[Character] = []
    for character in characters:
        if unicodedata.combining(character.text):
            marks.append(character)
            continue
        left = min(item.left for item in (character, *marks) if abs(item.origin - character.origin) < _ONE_GLYPH)
        if last is not None:
            gap = left - last.right
            is_wide = gap > _SPACE * max(last.size, character.size)
            seen.extend([None] if is_wide and not joints.is_one_word(last, character, gap) else [])
        # A mark stands before its letter in the order of sight, and so after it in that of reading.
        seen.extend((*marks, character))
        last, marks = character, []
    seen.extend(marks)
    reading: list[Character | None] = []
    end = len(seen)
    for run, is_left_to_right in reversed(_level_runs("".join(item.text if item else " " for item in seen))):
        part = seen[end - len(run) : end]
        reading.extend(part if is_left_to_right else reversed(part))
        end -= len(run)
    text = _with_brackets_turned("".join(item.text if item else " " for item in reading))
    return text, [item for item in reading if item is not None]


def _with_brackets_turned(text: str) -> str:
    """Return a line with every bracket and quotation mark the way its spaces say: PDFium turns some and not others."""
    turned: list[str] = []
    open_kinds: list[str] = []
    for place, character in enumerate(text):
        pair = _PAIR_OF.get(character)
        if pair is None:
            turned.append(character)
            continue
        starts = place == 0 or text[place - 1].isspace() or text[place - 1] in _PAIR_OF
        ends = place + 1 == len(text) or text[place + 1].isspace() or not text[place + 1].isalnum()
        is_opening = starts if starts != ends else pair not in open_kinds
        if is_opening:
            open_kinds.append(pair)
        elif pair in open_kinds:
            open_kinds.remove(pair)
        turned.append(pair[0] if is_opening else pair[1])
    return "".join(turned)


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
