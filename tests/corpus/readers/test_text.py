from __future__ import annotations

import textwrap

import pytest

from corpus.canonical import is_canonical
from corpus.document import BlockKind, Extraction
from corpus.readers.text import read_text

# The same make as a page copied from an institute's site: banner, slogans, title, paragraphs, blank lines between.
PAGE = """Lake Basin Institute for Water Studies

under the Council of the Five Valleys

Message of the Chair to the people of the valleys

New prospects for farming in the conditions of a dry decade


The valleys have everything needed to enter the number of careful users of water
Results of the 3rd round of consultations on sharing the Sarykol reservoir in Bishkek

On March 4th this year in Bishkek, the next third round of consultations on the reservoir has opened. The first day was held behind closed doors.

In the agenda there were again questions of winter releases, which will be measured in late April - early May 2019.

In general, the same practical issues were discussed...
"""  # noqa: E501


def read(text: str) -> Extraction:
    return read_text(text.encode())


def texts(extraction: Extraction, *kinds: BlockKind) -> list[str]:
    return [extraction.text[b.start : b.end] for b in extraction.blocks if not kinds or b.kind in kinds]


def test_the_last_short_line_above_the_first_paragraph_is_the_title() -> None:
    page = read(PAGE)
    assert (
        page.metadata.title == "Results of the 3rd round of consultations on sharing the Sarykol reservoir in Bishkek"
    )
    assert texts(page, BlockKind.HEADING) == [page.metadata.title]
    assert page.blocks[0].start == 0


def test_banner_and_navigation_are_no_part_of_the_text_and_the_admin_is_told() -> None:
    page = read(PAGE)
    for line in ("Lake Basin", "Council of the Five", "Message of the Chair", "New prospects", "careful users"):
        assert line not in page.text
    (warning,) = page.warnings
    assert warning.startswith("Taken for the page's banner and left out: “Lake Basin Institute for Water Studies”; ")


def test_the_banner_names_the_publisher_only_where_it_is_an_organisation() -> None:
    metadata = read(PAGE).metadata
    assert metadata.publisher == "Lake Basin Institute for Water Studies"
    assert metadata.guessed == {"title", "publisher"}
    assert read("Home\n\nNews\n\nWater talks go on\n\nThey met. They left.").metadata.publisher is None


def test_a_day_of_this_year_dates_nothing() -> None:
    assert read(PAGE).metadata.date is None


def test_paragraphs_are_verbatim_and_numbered_from_one() -> None:
    page = read(PAGE)
    assert texts(page, BlockKind.PARAGRAPH) == list(PAGE.strip().split("\n\n")[-3:])
    assert [block.paragraph for block in page.blocks] == [None, 1, 2, 3]
    assert texts(page)[-1].endswith("were discussed...")
    assert is_canonical(page.text)


def test_the_text_is_the_blocks_joined_by_blank_lines() -> None:
    page = read(PAGE)
    assert "\n\n".join(texts(page)) == page.text


def test_hard_wrapped_lines_are_joined() -> None:
    sentence = (
        "The delegations of the upper valleys stated that the measurements of the previous winter were incomplete. "
    )
    paragraph = (sentence * 4).strip()
    wrapped = "\n".join(textwrap.wrap(paragraph, 72))
    assert texts(read(f"{wrapped}\n\n{wrapped}\n")) == [paragraph, paragraph]


def test_a_hyphen_at_a_line_end_stays_where_the_document_writes_it_and_goes_where_it_does_not() -> None:
    text = "The co-chairs met at the reser-\nvoir; the reservoir is deep, said the co-\nchairs of the conference."
    assert texts(read(text)) == [
        "The co-chairs met at the reservoir; the reservoir is deep, said the co-chairs of the conference."
    ]


def test_bullets_are_dropped_and_numbers_kept() -> None:
    text = (
        "They agreed on three matters:\n- winter releases;\n- payment\n  for energy;\n\n"
        "1. The first was easy.\n2) The second was not.\n"
    )
    page = read(text)
    assert texts(page, BlockKind.LIST_ITEM) == [
        "winter releases;",
        "payment for energy;",
        "1. The first was easy.",
        "2) The second was not.",
    ]


def test_a_short_line_of_its_own_heads_the_section_below_it() -> None:
    text = "Report on the talks\n\nThey met in the hall.\n\nWinter releases\n\nNothing was agreed on them.\n"
    page = read(text)
    assert [(b.kind, b.heading) for b in page.blocks] == [
        (BlockKind.HEADING, None),
        (BlockKind.PARAGRAPH, None),
        (BlockKind.HEADING, None),
        (BlockKind.PARAGRAPH, "Winter releases"),
    ]


def test_numbered_headings_nest_by_their_numbers() -> None:
    text = "Report\n\nIt is long.\n\n1. Water\n\nIt is wet.\n\n1.1. Winter\n\nIt is cold.\n\n2. Power\n\nIt is dear.\n"
    page = read(text)
    assert [b.heading for b in page.blocks if b.paragraph] == [None, "1. Water", "1. Water › 1.1. Winter", "2. Power"]


def test_a_section_heading_above_the_first_paragraph_is_not_the_title() -> None:
    page = read("Report on the talks\n\n1. Introduction\n\nThey met in the hall.\n")
    assert page.metadata.title == "Report on the talks"
    assert page.blocks[-1].heading == "1. Introduction"
    assert page.warnings == ()


def test_a_place_and_date_below_the_title_is_a_paragraph() -> None:
    page = read("Joint statement on the reservoir\n\nBishkek, 4 March 2019\n\nThe parties met and agreed.\n")
    assert page.metadata.title == "Joint statement on the reservoir"
    assert texts(page, BlockKind.PARAGRAPH) == ["Bishkek, 4 March 2019", "The parties met and agreed."]


def test_a_file_without_a_title_has_none() -> None:
    page = read("They met in the hall. They left it again.\n")
    assert page.metadata.title is None
    assert page.warnings == ()


def test_nothing_is_left_out_where_there_are_only_short_lines() -> None:
    page = read("Delegations\n\nUpper valley\n\nLower valley\n")
    assert texts(page) == ["Delegations", "Upper valley", "Lower valley"]
    assert [block.paragraph for block in page.blocks] == [None, 1, 2]


def test_lines_that_are_longer_than_any_wrapped_line_are_paragraphs_each() -> None:
    line = "The delegations spoke of the reservoir at length and without hurry. " * 4
    assert texts(read(f"{line}\n{line}\n")) == [line.strip(), line.strip()]


def test_form_feeds_count_pages() -> None:
    page = read("On the first page.\n\fOn the second page.\n")
    assert [(block.page, page.text[block.start : block.end]) for block in page.blocks] == [
        (1, "On the first page."),
        (2, "On the second page."),
    ]


WRAPPED = [
    "The delegations of the upper valleys stated that the measurements of the",
    "previous winter were incomplete, and that the institute should repeat reser-",
    "voir by reservoir what it had measured, which the lower valleys and then the",
    "Chair of the conference called a reasonable wish. It was agreed that nobody.",
]


@pytest.mark.parametrize(("first", "turn"), [(1, "previous"), (2, "voir by"), (3, "Chair of")])
def test_a_paragraph_that_a_form_feed_cuts_is_one(first: int, turn: str) -> None:
    text = "\n".join(WRAPPED[:first]) + "\n\f" + "\n".join(WRAPPED[first:]) + "\n\nThey left.\n"
    page = read(text)
    paragraph = " ".join(WRAPPED).replace("reser- voir", "reservoir")
    assert texts(page) == [paragraph, "They left."]
    assert [(block.page, block.turns) for block in page.blocks] == [(1, ((paragraph.index(turn), 2),)), (2, ())]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("It was agreed that nobody should be asked.", "the valleys met."),
        ("Winter releases", "The valleys met and nobody was asked to leave the great hall in the evening."),
        ("12", "and nobody was asked."),
        ("They agreed on these matters, all of which were read out in the great hall", "- payment"),
    ],
)
def test_what_a_form_feed_parts_stays_apart_where_a_page_ends_a_text(above: str, below: str) -> None:
    filling = "The delegations of the upper valleys stated that the measurements were not"
    page = read(f"{filling}\ncomplete.\n\n{above}\n\f{below}\n")
    assert all(not block.turns for block in page.blocks)
    assert page.blocks[-1].page == 2


@pytest.mark.parametrize(
    ("banner", "title", "paragraph"),
    [
        ("Институт водных исследований", "Итоги третьего раунда консультаций", "Стороны встретились в Бишкеке."),
        ("معهد دراسات المياه", "نتائج الجولة الثالثة من المشاورات", "اجتمع الأطراف في المدينة."),
        ("Su Araştırmaları Enstitüsü", "Üçüncü tur istişarelerin sonuçları", "Taraflar Bişkek'te buluştu."),
    ],
)
def test_titles_and_publishers_are_found_in_other_languages(banner: str, title: str, paragraph: str) -> None:
    metadata = read(f"{banner}\n\n{title}\n\n{paragraph}\n").metadata
    assert (metadata.publisher, metadata.title) == (banner, title)
