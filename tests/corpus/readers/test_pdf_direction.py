"""Lines from right to left by where a browser puts their letters, in points, as PDFium gives them."""

from __future__ import annotations

from corpus.readers.pdf_direction import Character, in_sight_order, read_right_to_left

# A letter that bears a mark is noted where the mark is drawn, above the line, with a space before it that is none.
MARKED_INSIDE = [
    ("و", 572.93, 572.48, 578.23, 746.25),
    ("ذ", 568.04, 568.04, 572.93, 746.25),
    (" ", 561.40, 561.40, 561.40, 748.13),
    ("ك", 561.40, 564.15, 565.82, 748.13),
    ("\u0651", 561.40, 562.48, 564.15, 748.13),
    ("ر", 556.74, 556.29, 562.92, 746.25),
]
# Here such a letter begins a word, and the space is one.
MARKED_FIRST = [
    ("د", 352.82, 353.49, 358.70, 746.25),
    ("ق", 358.59, 358.49, 364.26, 746.25),
    ("ف", 364.15, 364.05, 368.61, 746.25),
    (" ", 345.68, 345.68, 345.68, 751.08),
    ("أ", 345.68, 348.43, 350.01, 751.08),
    ("\u064f", 345.68, 346.86, 348.43, 751.08),
]


def line(drawn: list[tuple[str, float, float, float, float]]) -> list[Character]:
    return [
        Character(text, origin, left, right, y, 11.0, index)
        for index, (text, origin, left, right, y) in enumerate(drawn)
    ]


def read(drawn: list[tuple[str, float, float, float, float]]) -> tuple[str, list[str]]:
    characters = line(drawn)
    text, placed = read_right_to_left(in_sight_order(characters), characters)
    return text, [character.text for character in placed]


def test_a_space_before_a_marked_letter_is_one_only_where_there_is_room_for_it() -> None:
    assert read(MARKED_INSIDE)[0] == "وذك\u0651ر"
    assert read(MARKED_FIRST)[0] == "فقد أ\u064f"


def test_the_characters_come_in_the_order_of_the_text_without_its_spaces() -> None:
    text, placed = read(MARKED_FIRST)
    assert placed == list(text.replace(" ", ""))
