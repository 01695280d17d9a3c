from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from corpus.document import BlockKind, Extraction
from corpus.errors import RefusedContent
from corpus.readers.pptx import read_pptx
from tests.corpus.office_files import BOMB, ENCRYPTED, blocks, packed, part, repacked, text_of

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def saved(presentation: Any) -> bytes:
    target = BytesIO()
    presentation.save(target)
    return target.getvalue()


def slide(presentation: Any, layout: int, title: str | None = None, body: str | None = None) -> Any:
    added = presentation.slides.add_slide(presentation.slide_layouts[layout])
    if title is not None:
        added.shapes.title.text = title
    if body is not None:
        added.placeholders[1].text = body
    return added


def box(shapes: Any, text: str) -> Any:
    added = shapes.add_textbox(0, 0, Inches(1), Inches(1))
    added.text_frame.text = text
    return added


def paged(extraction: Extraction) -> list[tuple[int | None, BlockKind, str]]:
    return [(block.page, block.kind, text_of(extraction, block)) for block in extraction.blocks]


def test_a_slide_is_a_page_with_its_title_first_and_its_bullets_as_items() -> None:
    made = Presentation()
    slide(made, 0, "The report", "Basin Institute")
    second = slide(made, 1, "Agenda\vof the round", "one\ntwo")
    spTree = second.shapes._spTree  # noqa: N806 - named as in the file
    spTree.append(second.shapes.title._element)
    box(slide(made, 6).shapes, "A slide without a title.")
    extraction = read_pptx(saved(made))
    assert paged(extraction) == [
        (1, BlockKind.HEADING, "The report"),
        (1, BlockKind.PARAGRAPH, "Basin Institute"),
        (2, BlockKind.HEADING, "Agenda of the round"),
        (2, BlockKind.LIST_ITEM, "one"),
        (2, BlockKind.LIST_ITEM, "two"),
        (3, BlockKind.PARAGRAPH, "A slide without a title."),
    ]
    assert [block.heading for block in extraction.blocks] == [
        None,
        None,
        None,
        "Agenda of the round",
        "Agenda of the round",
        None,
    ]
    assert (extraction.metadata.title, extraction.pages, extraction.unread_pages) == ("The report", 3, ())


def test_a_paragraph_with_its_own_bullet_is_an_item_and_one_without_is_not() -> None:
    made = Presentation()
    added = slide(made, 1, "Title of it", "plain\nbulleted")
    properties = added.placeholders[1].text_frame.paragraphs[0]._p.get_or_add_pPr()
    etree.SubElement(properties, f"{{{_DRAWING}}}buNone")
    properties = box(added.shapes, "in a box").text_frame.paragraphs[0]._p.get_or_add_pPr()
    etree.SubElement(properties, f"{{{_DRAWING}}}buChar", char="-")
    assert blocks(read_pptx(saved(made)))[1:] == [
        (BlockKind.PARAGRAPH, "Title of it", "plain"),
        (BlockKind.LIST_ITEM, "Title of it", "bulleted"),
        (BlockKind.LIST_ITEM, "Title of it", "in a box"),
    ]


def test_tables_and_groups_are_read_in_their_place_and_merged_cells_once() -> None:
    made = Presentation()
    added = slide(made, 5, "Figures of it")
    table = added.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 0).text, table.cell(1, 0).text, table.cell(1, 1).text = "Shares\nof all", "Upper", "40 %"
    inner = added.shapes.add_group_shape().shapes.add_group_shape()
    box(inner.shapes, "In a group of a group.")
    extraction = read_pptx(saved(made))
    assert [(block.label, text_of(extraction, block)) for block in extraction.blocks] == [
        (None, "Figures of it"),
        ("1", "Shares of all |"),
        ("2", "Upper | 40 %"),
        (None, "In a group of a group."),
    ]


def test_notes_are_footnotes_of_their_slide_and_hidden_slides_are_read_with_warnings() -> None:
    made = Presentation()
    slide(made, 1, "First of two", "text").notes_slide.notes_text_frame.text = "Say this.\nAnd that."
    slide(made, 1, "Second of two", "more")._element.set("show", "0")
    slide(made, 6)
    chart: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    chart.categories = ["a"]
    chart.add_series("s", (1,))
    slide(made, 6).shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(1), Inches(1), chart)
    extraction = read_pptx(saved(made))
    assert [(b.page, b.kind, b.label) for b in extraction.blocks if b.label] == [
        (1, BlockKind.FOOTNOTE, "notes"),
        (1, BlockKind.FOOTNOTE, "notes"),
    ]
    assert (extraction.pages, extraction.unread_pages) == (4, (3, 4))
    assert extraction.warnings[:-1] == (
        "No text on slide 3, 4: pictures, which are not read.",
        "The chart on slide 4 is not read.",
        "Slide 2 is hidden when the file is shown, and is read too.",
        "The notes to the speaker on slide 1 are read too.",
    )


def test_struck_out_words_are_read_with_a_warning() -> None:
    made = Presentation()
    added = box(slide(made, 6).shapes, "It shall")
    added.text_frame.paragraphs[0].runs[0]._r.get_or_add_rPr().set("strike", "sngStrike")
    extraction = read_pptx(saved(made))
    assert extraction.warnings[0] == (
        "Words that are struck out are read as if they stood; places: 1, the first “It shall”."
    )


def test_the_texts_of_smartart_are_read() -> None:
    made = Presentation()
    slide(made, 5, "A process of it")
    data = saved(made)
    frame = (
        '<p:graphicFrame xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><a:graphic>'
        '<a:graphicData><d:relIds xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" r:dm="rId9"/>'
        "</a:graphicData></a:graphic></p:graphicFrame></p:spTree>"
    )
    relation = (
        '<Relationship Id="rId9" Target="../diagrams/data1.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"/></Relationships>'
    )
    points = "".join(
        f"<d:pt><d:t><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>" for text in ("Ask", "Answer")
    )
    namespaces = f'xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:a="{_DRAWING}"'
    name, relations = "ppt/slides/slide1.xml", "ppt/slides/_rels/slide1.xml.rels"
    changed = {
        name: part(data, name).replace("</p:spTree>", frame),
        relations: part(data, relations).replace("</Relationships>", relation),
        "ppt/diagrams/data1.xml": f"<d:dataModel {namespaces}><d:ptLst>{points}</d:ptLst></d:dataModel>",
    }
    assert blocks(read_pptx(repacked(data, changed))) == [
        (BlockKind.HEADING, None, "A process of it"),
        (BlockKind.LIST_ITEM, "A process of it", "Ask"),
        (BlockKind.LIST_ITEM, "A process of it", "Answer"),
    ]


def _good() -> bytes:
    made = Presentation()
    slide(made, 1, "Title of it", "text")
    return saved(made)


GOOD = _good()
_DAMAGED = "it is damaged or was cut short on its way; send it again."
_SLIDE = "ppt/slides/slide1.xml"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCRYPTED, "it opens only with a password; save it without one and load it again."),
        (GOOD[:-100], _DAMAGED),
        (repacked(GOOD, {"ppt/presentation.xml": None}), _DAMAGED),
        (repacked(GOOD, {_SLIDE: part(GOOD, _SLIDE)[:-20]}), _DAMAGED),
        (
            packed({"ppt/presentation.xml": "<a/>"}),
            "it is not a PowerPoint file, whatever its name says, or parts of it are missing; save it again.",
        ),
        (
            repacked(GOOD, {_SLIDE: BOMB + part(GOOD, _SLIDE).partition("?>")[2]}),
            "it declares a document type inside, which no office program writes and which is not safe to read.",
        ),
        (saved(Presentation()), "there is no text in it that could be quoted."),
    ],
    ids=["encrypted", "cut", "no presentation", "malformed", "parts", "bomb", "empty"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as refused:
        read_pptx(data)
    assert refused.value.reason == reason
