from __future__ import annotations

import pytest

from corpus.document import BlockKind, Extraction, Source
from corpus.errors import RefusedContent
from corpus.readers.markdown import read_markdown

FULL = """---
id: sarykol-3
title: "Third round: the Sarykol reservoir"
publisher: Lake Basin Institute
author: A. Writer
date: 2019-03-06
language: en
url: https://basin.example/3
process: Sarykol
round: 3
place: Bishkek
meeting_start: 2019-03-04
meeting_end: 2019-03-06
sources:
  - title: Joint statement
    publisher: Council
    date: 2019-03
    url: https://council.example/s
unknown: [1, 2]
---
<!-- a note to the editors -->
# Third round: the Sarykol reservoir

The *delegations* met in **Bishkek** on [4 March](https://x.example). <!-- not this -->
They left on 6&nbsp;March.[^1]

## Winter

- Releases `at night`;
- payment
  in kind.

### Figures

| Valley | Share |
|--------|-------|
| Upper  | 40 %  |
| Lower  |       |

> Nothing is agreed
> until all is.

[^1]: By air. All of them.
"""


def read(text: str) -> Extraction:
    return read_markdown(text.encode())


def blocks(extraction: Extraction) -> list[tuple[BlockKind, str | None, str]]:
    return [(b.kind, b.heading, extraction.text[b.start : b.end]) for b in extraction.blocks]


def test_every_kind_of_block_is_read_in_order_with_its_heading_path() -> None:
    assert blocks(read(FULL)) == [
        (BlockKind.HEADING, None, "Third round: the Sarykol reservoir"),
        (BlockKind.PARAGRAPH, None, "The delegations met in Bishkek on 4 March. They left on 6 March."),
        (BlockKind.HEADING, None, "Winter"),
        (BlockKind.LIST_ITEM, "Winter", "Releases at night;"),
        (BlockKind.LIST_ITEM, "Winter", "payment in kind."),
        (BlockKind.HEADING, "Winter", "Figures"),
        (BlockKind.TABLE_ROW, "Winter › Figures", "Valley | Share"),
        (BlockKind.TABLE_ROW, "Winter › Figures", "Upper | 40 %"),
        (BlockKind.TABLE_ROW, "Winter › Figures", "Lower |"),
        (BlockKind.PARAGRAPH, "Winter › Figures", "Nothing is agreed until all is."),
        (BlockKind.FOOTNOTE, None, "By air. All of them."),
    ]


def test_the_front_matter_states_the_metadata() -> None:
    metadata = read(FULL).metadata
    assert metadata.title == "Third round: the Sarykol reservoir"
    assert (metadata.publisher, metadata.author, metadata.date) == ("Lake Basin Institute", "A. Writer", "2019-03-06")
    assert (metadata.process, metadata.round, metadata.place) == ("Sarykol", 3, "Bishkek")
    assert (metadata.meeting_start, metadata.meeting_end) == ("2019-03-04", "2019-03-06")
    assert (metadata.language, metadata.url) == ("en", "https://basin.example/3")
    assert metadata.sources == (Source("Joint statement", "Council", "2019-03", "https://council.example/s"),)
    assert metadata.guessed == frozenset()
    assert read(FULL).warnings == ()


def test_the_first_heading_of_level_one_is_the_title_where_none_is_stated() -> None:
    page = read("# The talks\n\nThey met.\n\n# Annex\n\nIt is empty.\n")
    assert page.metadata.title == "The talks"
    assert [b.heading for b in page.blocks] == [None, None, None, "Annex"]


def test_a_heading_other_than_the_stated_title_is_in_the_path() -> None:
    page = read("---\ntitle: Report\n---\n# Water\n\nIt is wet.\n")
    assert page.metadata.title == "Report"
    assert page.blocks[-1].heading == "Water"


def test_comments_are_no_text_wherever_they_stand() -> None:
    page = read("Before <!-- in line --> after.\n\n<!-- a\nblock\n\nof it -->\n\n<!-- short --> Tail.\n")
    assert [text for _, _, text in blocks(page)] == ["Before after.", "Tail."]


def test_other_markup_of_html_leaves_its_text() -> None:
    assert read("<div>\nSalt &amp; water\n</div>\n").text == "Salt & water"


def test_a_picture_is_not_text() -> None:
    assert read("See it: ![a dam](dam.png) here.\n").text == "See it: here."


def test_front_matter_that_is_no_yaml_refuses_the_file() -> None:
    with pytest.raises(RefusedContent, match=r"^its front matter is not valid YAML \(.*line 2\)"):
        read("---\ntitle: [a\ndate: }\n---\nText.\n")


def test_front_matter_that_is_a_list_refuses_the_file() -> None:
    with pytest.raises(RefusedContent, match='not a list of "key: value" lines'):
        read("---\n- a\n- b\n---\nText.\n")


def test_front_matter_without_an_end_refuses_the_file() -> None:
    with pytest.raises(RefusedContent, match="is not closed"):
        read("---\ntitle: Report\n\nText.\n")


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert read("---\n\nText.\n").text == "Text."


def test_empty_front_matter_states_nothing() -> None:
    assert read("---\n---\nText.\n").text == "Text."


def test_a_date_that_is_none_is_left_out_with_a_warning() -> None:
    page = read("---\ntitle: Report\ndate: 2018-02-31\n---\nText.\n")
    assert page.metadata.date is None
    assert page.warnings == (
        'its front matter: date "2018-02-31" is not a date (YYYY-MM-DD, YYYY-MM or YYYY), so it is left out.',
    )


def nested(depth: int) -> str:
    """A list in a list, so many deep."""
    return "\n".join(f"{'  ' * level}- item {level}" for level in range(depth))


def test_nested_lists_and_quotations_keep_every_word() -> None:
    assert [text for _, _, text in blocks(read(nested(20)))] == [f"item {level}" for level in range(20)]
    assert read(f"{'>' * 40} Agreed.\n\nLeft.").text == "Agreed.\n\nLeft."


@pytest.mark.parametrize("text", [nested(60), f"{'>' * 20_000} Agreed."], ids=["lists", "quotations"])
def test_what_is_nested_too_deep_is_refused_rather_than_cut(text: str) -> None:
    with pytest.raises(RefusedContent, match=r"^its lists or quotations are nested too deep to be read; make them"):
        read(text)


@pytest.mark.parametrize("depth", range(20, 30))
def test_a_list_of_any_depth_is_read_whole_or_refused(depth: int) -> None:
    try:
        found = read(nested(depth)).text
    except RefusedContent:
        return
    assert f"item {depth - 1}" in found
