"""Which paragraphs a page or a column cuts, and which it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
from reportlab.pdfgen.canvas import Canvas

from corpus.document import BlockKind, Origin
from corpus.readers.pdf import read_pdf

Print = Callable[..., bytes]

FULL = [
    "The delegations of the upper valleys met in",
    "the great hall on Monday and spoke at length",
    "of the reservoir, which the lower valleys did",
    "not and the chair of the conference would not.",
]


def lines(x: float, y: float, texts: Sequence[str]) -> list[tuple[object, ...]]:
    return [(x, y - 12 * index, text) for index, text in enumerate(texts)]


def blocks(data: bytes) -> list[tuple[BlockKind, int | None, str, tuple[tuple[int, int], ...]]]:
    extraction = read_pdf(data)
    return [
        (b.kind, b.page, extraction.text[b.start : b.end], tuple((at - b.start, page) for at, page in b.turns))
        for b in extraction.blocks
    ]


def count(first: Sequence[str], second: Sequence[str], print_pages: Print) -> int:
    return len(blocks(print_pages(lines(72, 200, first), lines(72, 760, second))))


@pytest.mark.parametrize(
    ("last", "first", "is_one"),
    [
        ("met them there in the evening, and all of the", "guests came.", True),
        ("met them there in the evening, which their own", "Chair had asked for.", True),
        ("met them there, and then", "Chair and guests left.", False),
        ("met them there in the evening in the great in-", "formation hall.", True),
        ("met them there in the evening, and nobody left.", "The guests came.", False),
        ("met them there in the evening, and were read:", "The list of guests.", False),
        ("met them there in the evening, and all of the", "1. The guests came.", False),
    ],
)
def test_words_and_a_full_last_line_tell_whether_a_paragraph_goes_on(
    print_pages: Print, last: str, first: str, is_one: bool
) -> None:
    assert count([*FULL[:3], last], [first], print_pages) == (1 if is_one else 2)


def test_a_cut_word_goes_over_in_its_middle(print_pages: Print) -> None:
    pages = print_pages(lines(72, 200, [*FULL[:2], "of the informa-"]), lines(72, 760, ["tion in the hall."]))
    text = f"{FULL[0]} {FULL[1]} of the information in the hall."
    assert blocks(pages) == [(BlockKind.PARAGRAPH, 1, text, ((text.index("tion in"), 2),))]


def test_a_paragraph_may_go_over_several_pages_and_its_first_pages_footnotes_come_after_it(print_pages: Print) -> None:
    note = [(72, 80, "1", 5), (76, 78, "See the letter of 3 March, which was read.", 7)]
    middle = [*lines(72, 760, FULL[2:3])]
    data = print_pages([*lines(72, 200, FULL[:2]), *note], middle, lines(72, 760, FULL[3:]))
    text = " ".join(FULL)
    assert blocks(data) == [
        (BlockKind.PARAGRAPH, 1, text, ((text.index(FULL[2]), 2), (text.index(FULL[3]), 3))),
        (BlockKind.FOOTNOTE, 1, "1 See the letter of 3 March, which was read.", ()),
    ]


def test_a_table_at_the_top_of_the_next_page_does_not_part_a_paragraph(print_pages: Print) -> None:
    rows = [("Valley", "Share", "Since"), ("Upper", "40 %", "2017"), ("Lower", "60 %", "2018")]
    table = [(72 + 150 * x, 760 - 14 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row)]
    data = print_pages(lines(72, 200, FULL[:2]), [*table, *lines(72, 680, FULL[2:])])
    text = " ".join(FULL)
    assert [block for block in blocks(data) if block[0] is BlockKind.PARAGRAPH] == [
        (BlockKind.PARAGRAPH, 1, text, ((text.index(FULL[2]), 2),))
    ]


def test_the_rows_of_a_table_that_goes_on_are_counted_on(print_pages: Print) -> None:
    def table(top: float, rows: Sequence[Sequence[str]]) -> list[tuple[object, ...]]:
        return [(72 + 150 * x, top - 14 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row)]

    first = [("Valley", "Share", "Since"), ("Upper", "40 %", "2017")]
    second = [("Lower", "50 %", "2018"), ("Other", "10 %", "2019")]
    extraction = read_pdf(print_pages([*lines(72, 300, FULL), *table(200, first)], table(760, second)))
    labels = [block.label for block in extraction.blocks if block.kind is BlockKind.TABLE_ROW]
    assert labels == ["1", "2", "3", "4"]


def test_a_heading_at_the_end_of_a_page_is_not_the_beginning_of_a_sentence(print_pages: Print) -> None:
    heading = (72, 150, "Winter releases of the valleys in the upper", 14)
    data = print_pages([*lines(72, 200, FULL), heading], lines(72, 760, ["valleys met and read it."]))
    assert [kind for kind, _, _, _ in blocks(data)] == [
        BlockKind.PARAGRAPH,
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
    ]


def test_a_scanned_page_that_a_program_put_text_under_is_known_as_recognised() -> None:
    target = BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for _, y, text in lines(72, 760, FULL):
        drawn = canvas.beginText(72, float(str(y)))
        drawn.setTextRenderMode(3)
        drawn.textOut(text)
        canvas.drawText(drawn)
    canvas.showPage()
    canvas.save()
    (block,) = read_pdf(target.getvalue()).blocks
    assert block.origin is Origin.RECOGNISED
