from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from reportlab.pdfgen.canvas import Canvas

from corpus.canonical import is_canonical
from corpus.document import BlockKind, Extraction
from corpus.errors import RefusedContent
from corpus.readers.pdf import read_pdf

Print = Callable[..., bytes]
BOLD = "Helvetica-Bold"

LEFT = [
    "The delegations of the upper valleys met",
    "in the great hall on Monday and spoke of",
    "the reservoir at length. They agreed that",
    "the measurements of winter were not yet",
    "complete, and that the institute should",
    "repeat them. The chair of the conference",
    "thanked them for their work.",
]
RIGHT = [
    "On the second day the lower valleys put",
    "forward a paper on payment for energy. It",
    "was read twice and amended, and then it",
    "was sent to a committee of experts, who",
    "will report in autumn. Nothing else was",
    "decided on that day, and the guests then",
    "travelled to the dam together.",
]


def lines(x: float, y: float, texts: list[str], *style: object, leading: float = 12) -> list[tuple[object, ...]]:
    return [(x, y - leading * index, text, *style) for index, text in enumerate(texts)]


def blocks(extraction: Extraction) -> list[tuple[BlockKind, int | None, str]]:
    return [(b.kind, b.page, extraction.text[b.start : b.end]) for b in extraction.blocks]


def texts(extraction: Extraction) -> list[str]:
    return [text for _, _, text in blocks(extraction)]


def test_lines_are_joined_and_paragraphs_parted_by_the_gap_between_them(print_pages: Print) -> None:
    page = [*lines(72, 760, LEFT), *lines(72, 760 - 7 * 12 - 8, RIGHT)]
    assert texts(read_pdf(print_pages(page))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_paragraphs_without_a_gap_are_parted_by_a_short_last_line_or_an_indent(print_pages: Print) -> None:
    page = [*lines(72, 760, LEFT), *lines(84, 760 - 84, RIGHT[:1]), *lines(72, 760 - 96, RIGHT[1:])]
    assert texts(read_pdf(print_pages(page))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_columns_drawn_one_after_the_other_stay_in_that_order(print_pages: Print) -> None:
    page = [*lines(72, 760, LEFT), *lines(310, 760, RIGHT)]
    assert texts(read_pdf(print_pages(page))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_columns_drawn_row_by_row_are_put_in_order(print_pages: Print) -> None:
    page: list[tuple[object, ...]] = [(72, 790, "Report of the conference on the reservoir and its waters", 10)]
    for left, right in zip(lines(72, 760, LEFT), lines(310, 760, RIGHT), strict=True):
        page += [left, right]
    assert texts(read_pdf(print_pages(page)))[1:] == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_table_is_read_row_by_row(print_pages: Print) -> None:
    rows = [("Valley", "Share", "Since"), ("Upper", "40 %", "2017"), ("Lower", "60 %", "2018")]
    page = lines(72, 760, LEFT)
    for index, row in enumerate(rows):
        page += [(72 + 150 * column, 640 - 14 * index, cell) for column, cell in enumerate(row)]
    page += lines(72, 580, RIGHT)
    assert blocks(read_pdf(print_pages(page))) == [
        (BlockKind.PARAGRAPH, 1, " ".join(LEFT)),
        (BlockKind.TABLE_ROW, 1, "Valley | Share | Since"),
        (BlockKind.TABLE_ROW, 1, "Upper | 40 % | 2017"),
        (BlockKind.TABLE_ROW, 1, "Lower | 60 % | 2018"),
        (BlockKind.PARAGRAPH, 1, " ".join(RIGHT)),
    ]


def test_a_cell_of_two_lines_stays_in_its_row(print_pages: Print) -> None:
    page = [
        *lines(72, 760, LEFT),
        *[(72, 640, "Valley"), (222, 640, "Reason given")],
        *[(72, 626, "Upper"), (222, 626, "Ice on the"), (222, 614, "lake in May")],
        *[(72, 600, "Lower"), (222, 600, "None")],
    ]
    assert texts(read_pdf(print_pages(page)))[1:] == [
        "Valley | Reason given",
        "Upper | Ice on the lake in May",
        "Lower | None",
    ]


def test_a_line_stretched_to_the_margin_is_no_row_of_cells(print_pages: Print) -> None:
    stretched = [
        *[(72, 760, "They"), (125, 760, "came"), (190, 760, "here")],
        *[(72, 748, "then"), (122, 748, "they"), (190, 748, "left")],
    ]
    assert len(texts(read_pdf(print_pages([*stretched, *lines(72, 720, LEFT)])))) >= 2


def test_running_headers_and_page_numbers_are_left_out(print_pages: Print) -> None:
    pages = [
        [(72, 800, "Basin Institute, Paper 12"), *lines(72, 760, part), (290, 40, f"Page {number}")]
        for number, part in enumerate((LEFT, RIGHT, LEFT), start=7)
    ]
    assert blocks(read_pdf(print_pages(*pages))) == [
        (BlockKind.PARAGRAPH, 1, " ".join(LEFT)),
        (BlockKind.PARAGRAPH, 2, " ".join(RIGHT)),
        (BlockKind.PARAGRAPH, 3, " ".join(LEFT)),
    ]


def test_lines_that_differ_in_another_number_than_the_pages_are_kept(print_pages: Print) -> None:
    pages = [[(72, 800, f"Share of {share} % agreed."), *lines(72, 760, LEFT)] for share in (40, 55)]
    assert [text for text in texts(read_pdf(print_pages(*pages))) if "Share" in text] == [
        "Share of 40 % agreed.",
        "Share of 55 % agreed.",
    ]


def test_a_line_that_stands_elsewhere_on_the_next_page_is_kept(print_pages: Print) -> None:
    pages = [[(72, y, "Nothing was agreed."), *lines(72, 700, LEFT)] for y in (800, 780)]
    assert texts(read_pdf(print_pages(*pages))).count("Nothing was agreed.") == 2


def test_a_paragraph_that_a_page_ends_is_one_block_that_knows_where_it_goes_over(print_pages: Print) -> None:
    extraction = read_pdf(print_pages(lines(72, 100, LEFT[:3]), lines(72, 760, LEFT[3:])))
    assert blocks(extraction) == [(BlockKind.PARAGRAPH, 1, " ".join(LEFT))]
    assert extraction.blocks[0].turns == ((extraction.text.index(LEFT[3]), 2),)


def test_footnotes_are_blocks_and_their_raised_references_no_text(print_pages: Print) -> None:
    page = [
        *lines(72, 760, LEFT),
        (72 + 132, 760 - 72 + 4, "1", 6),
        *[(72, 80, "1", 5), (76, 78, "See the letter of 3 March, which was read", 7), (72, 70, "on Monday.", 7)],
        *[(72, 60, "2", 5), (76, 58, "By air.", 7)],
    ]
    assert blocks(read_pdf(print_pages(page))) == [
        (BlockKind.PARAGRAPH, 1, " ".join(LEFT)),
        (BlockKind.FOOTNOTE, 1, "1 See the letter of 3 March, which was read on Monday."),
        (BlockKind.FOOTNOTE, 1, "2 By air."),
    ]


def test_a_raised_digit_that_no_footnote_explains_stays(print_pages: Print) -> None:
    page = [(72, 760, "The basin has 12 km"), (163, 764, "2", 6), (168, 760, "of water."), *lines(72, 720, LEFT)]
    assert texts(read_pdf(print_pages(page)))[0] == "The basin has 12 km2 of water."


def test_headings_are_larger_or_bold_and_nest_by_size(print_pages: Print) -> None:
    page = [
        (72, 800, "Report on the reservoir", 20),
        (72, 770, "Winter", 14),
        *lines(72, 750, LEFT),
        (72, 640, "Releases", 10, BOLD),
        *lines(72, 624, RIGHT),
        (72, 520, "Summer", 14),
        *lines(72, 500, LEFT),
    ]
    extraction = read_pdf(print_pages(page))
    assert extraction.metadata.title == "Report on the reservoir"
    assert extraction.metadata.guessed == {"title"}
    assert [block.heading for block in extraction.blocks if block.paragraph] == [
        "Winter",
        "Winter › Releases",
        "Summer",
    ]


def test_a_title_of_two_lines_is_one(print_pages: Print) -> None:
    page = [
        (72, 800, "Results of the third round of talks", 20),
        (72, 776, "on sharing the reservoir", 20),
        *lines(72, 740, LEFT),
    ]
    extraction = read_pdf(print_pages(page))
    assert extraction.metadata.title == "Results of the third round of talks on sharing the reservoir"
    assert texts(extraction) == [extraction.metadata.title, " ".join(LEFT)]


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Third round of water talks", "Third round of water talks"),
        ("Microsoft Word - talks final.docx", "The printed title"),
        ("untitled", "The printed title"),
        ("talks_v3.pdf", "The printed title"),
    ],
)
def test_the_stated_title_wins_unless_a_program_left_it(print_pages: Print, stated: str, title: str) -> None:
    page = [(72, 800, "The printed title", 20), *lines(72, 760, LEFT)]
    assert read_pdf(print_pages(page, title=stated)).metadata.title == title


def test_the_author_is_taken_as_a_guess_where_it_is_a_name(print_pages: Print) -> None:
    named = read_pdf(print_pages(lines(72, 760, LEFT), author="Anna Writer")).metadata
    assert (named.author, "author" in named.guessed) == ("Anna Writer", True)
    assert read_pdf(print_pages(lines(72, 760, LEFT), author="user1")).metadata.author is None


def test_the_day_of_export_is_no_date_but_a_warning(print_pages: Print) -> None:
    extraction = read_pdf(print_pages(lines(72, 760, LEFT)))
    assert extraction.metadata.date is None
    (warning,) = extraction.warnings
    assert warning.startswith("The file was made on ")


def test_a_word_that_a_hyphen_cut_is_whole_again_and_a_compound_keeps_its_hyphen(print_pages: Print) -> None:
    page = lines(
        72, 760, ["The co-chairs read the informa-", "tion that was sent to the co-", "chairs of the conference."]
    )
    assert texts(read_pdf(print_pages(page))) == [
        "The co-chairs read the information that was sent to the co-chairs of the conference."
    ]


def test_list_items_lose_their_bullets_and_keep_their_numbers(print_pages: Print) -> None:
    page = [
        *lines(72, 760, LEFT),
        *[(72, 660, "\u2022 winter releases;"), (72, 648, "\u2022 payment.")],
        *[(72, 630, "1. The first was easy."), (72, 618, "2. The second was not.")],
    ]
    assert blocks(read_pdf(print_pages(page)))[1:] == [
        (BlockKind.LIST_ITEM, 1, "winter releases;"),
        (BlockKind.LIST_ITEM, 1, "payment."),
        (BlockKind.LIST_ITEM, 1, "1. The first was easy."),
        (BlockKind.LIST_ITEM, 1, "2. The second was not."),
    ]


def test_cyrillic_is_read(print_pages: Print, dejavu: str) -> None:
    page = lines(72, 760, ["Делегации верхних долин встретились", "в большом зале и говорили о воде."], 10, dejavu)
    extraction = read_pdf(print_pages(page))
    assert texts(extraction) == ["Делегации верхних долин встретились в большом зале и говорили о воде."]


@pytest.mark.parametrize("is_mirrored", [True, False])
def test_lines_from_right_to_left_are_read_in_their_order(print_pages: Print, dejavu: str, is_mirrored: bool) -> None:
    # As most programs write such a line down: from left to right, as it looks.
    first = "اجتمعت وفود الوديان (الأربعة) في القاعة 20 مارس 2019"
    second = "وتحدثت عن الخزان رقم 17، ثم غادرت القاعة بعد يومين."
    seen = []
    for line in (first, second):
        words = [word if word.isdigit() else word[::-1] for word in line.replace("17،", "17 ،").split()]
        turned = " ".join(reversed(words))
        seen.append(turned.translate(str.maketrans("()", ")(")) if is_mirrored else turned)
    extraction = read_pdf(print_pages(lines(200, 760, seen, 10, dejavu, leading=16)))
    assert extraction.text == f"{first} {second}".replace("17،", "17 ،")


def test_pages_without_text_among_others_are_named(print_pages: Print) -> None:
    extraction = read_pdf(print_pages(lines(72, 760, LEFT), [], lines(72, 760, RIGHT)))
    assert "No text on page 2: pictures or scans, which are not read." in extraction.warnings


def test_a_scan_is_refused_as_one(print_pages: Print) -> None:
    with pytest.raises(RefusedContent, match="no text on any page: a scan"):
        read_pdf(print_pages([], []))


def test_a_password_to_open_refuses_the_file_and_an_owners_does_not(print_pages: Print) -> None:
    page = lines(72, 760, LEFT)
    with pytest.raises(RefusedContent, match="opens only with a password"):
        read_pdf(print_pages(page, user_password="u", owner_password="o"))
    assert texts(read_pdf(print_pages(page, owner_password="o"))) == [" ".join(LEFT)]


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_file_cut_short_is_damaged(print_pages: Print, share: float) -> None:
    data = print_pages(lines(72, 760, LEFT))
    with pytest.raises(RefusedContent, match="damaged or was cut short on its way; send it again"):
        read_pdf(data[: int(len(data) * share)])


def test_a_file_of_nothing_but_its_ends_is_damaged() -> None:
    with pytest.raises(RefusedContent, match="damaged"):
        read_pdf(b"%PDF-1.7\nnothing\n%%EOF\n")


def test_what_is_read_is_canonical(print_pages: Print, dejavu: str) -> None:
    page = lines(72, 760, ["Cafe\u0301 au  lait \u200e\u200f in the hall.", *LEFT], 10, dejavu)
    assert is_canonical(read_pdf(print_pages(page)).text)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(degrees: int) -> None:
    target = BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    canvas.setPageRotation(degrees)
    canvas.translate(*{90: (595, 0), 180: (595, 842), 270: (0, 842)}[degrees])
    canvas.rotate(degrees)
    for part, top in ((LEFT, 500), (RIGHT, 390)):
        for x, y, text in lines(72, top, part):
            canvas.drawString(x, y, text)
    canvas.showPage()
    canvas.save()
    assert texts(read_pdf(target.getvalue())) == [" ".join(LEFT), " ".join(RIGHT)]


def test_letters_of_a_negative_size_are_read() -> None:
    """Some programs turn letters round twice, and a flipped bit does so once."""
    buffer = BytesIO()
    canvas = Canvas(buffer)
    text = canvas.beginText()
    text.setTextTransform(-1, 0, 0, -1, 72, 700)
    text.setFont("Helvetica", -12)
    text.textOut("The reservoir is full.")
    canvas.drawText(text)
    canvas.save()
    assert texts(read_pdf(buffer.getvalue())) == ["The reservoir is full."]
