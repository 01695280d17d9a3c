"""Entities kept in order while their text is cleaned and trimmed."""

from __future__ import annotations

import pytest

from bot.local.entities import Entity, FormattedText, add_found, fix, settle


def test_entities_move_with_the_text_that_is_cleaned_and_trimmed():
    fixed = fix(" \n\r a\rb \u202e ", [Entity("bold", 0, 10), Entity("italic", 6, 1)])
    assert fixed == FormattedText("ab", (Entity("bold", 0, 2), Entity("italic", 1, 1)))


def test_an_entity_of_spaces_alone_is_dropped_and_leading_spaces_are_left_out_of_one():
    assert fix("a   b", [Entity("bold", 1, 2), Entity("italic", 2, 3)]).entities == (Entity("italic", 4, 1),)


def test_blank_text_is_nothing():
    assert fix(" \u200b\n", [Entity("bold", 0, 3)]) == FormattedText()


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ([("bold", 0, 3), ("bold", 2, 3)], [("bold", 0, 5)]),
        ([("bold", 0, 3), ("bold", 3, 3)], [("bold", 0, 6)]),
        ([("blockquote", 0, 9), ("blockquote", 2, 3)], [("blockquote", 0, 9)]),
        ([("blockquote", 0, 5), ("bold", 2, 6)], [("blockquote", 0, 5), ("bold", 2, 6)]),
        ([("pre", 2, 3), ("bold", 0, 9)], [("bold", 0, 2), ("pre", 2, 3), ("bold", 5, 4)]),
        ([("blockquote", 0, 5), ("text_link", 3, 6)], [("blockquote", 0, 5)]),
        ([("text_link", 0, 5), ("code", 2, 2)], [("text_link", 0, 5)]),
        (
            [("italic", 0, 5), ("blockquote", 0, 5), ("bold", 0, 7)],
            [("bold", 0, 7), ("blockquote", 0, 5), ("italic", 0, 5)],
        ),
    ],
)
def test_entities_are_made_to_nest(given, settled):
    assert [(e.type, e.offset, e.length) for e in settle(Entity(*values) for values in given)] == settled


def test_found_entities_keep_out_of_links_code_and_over_the_border_of_quotations():
    own = [Entity("text_link", 0, 5), Entity("blockquote", 10, 10), Entity("bold", 30, 5)]
    found = [Entity("url", 3, 4), Entity("url", 8, 4), Entity("url", 12, 4), Entity("mention", 31, 2)]
    assert add_found(own, found) == [own[0], own[1], found[2], own[2], found[3]]
