from __future__ import annotations

import pytest

from corpus.document import BlockKind
from corpus.errors import RefusedContent
from corpus.readers.odt import read_odt
from tests.corpus.office_files import BOMB, blocks, labels, opendocument, packed, texts

_L = 'text:style-name="L"'


def note(mark: str, text: str, kind: str = "footnote") -> str:
    return (
        f'<text:note text:note-class="{kind}"><text:note-citation>{mark}</text:note-citation>'
        f"<text:note-body><text:p>{text}</text:p></text:note-body></text:note>"
    )


def cell(*paragraphs: str, attributes: str = "") -> str:
    content = "".join(f"<text:p>{each}</text:p>" for each in paragraphs)
    return f"<table:table-cell {attributes}>{content}</table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_headings_sections_lists_and_numbered_paragraphs_are_read_in_order() -> None:
    body = (
        '<text:p text:style-name="P1">The report</text:p>'
        '<text:h text:outline-level="1">One</text:h><text:section><text:p>In a section.</text:p></text:section>'
        '<text:h text:outline-level="2">Below</text:h>'
        "<text:list><text:list-header><text:p>Of the list</text:p></text:list-header>"
        "<text:list-item><text:p>item</text:p><text:list><text:list-item><text:p>nested</text:p></text:list-item></text:list></text:list-item></text:list>"
        "<text:numbered-paragraph><text:p>numbered</text:p></text:numbered-paragraph>"
        '<text:section text:display="none"><text:p>Hidden section.</text:p></text:section>'
        "<text:table-of-content><text:index-body><text:p>One 3</text:p></text:index-body></text:table-of-content>"
    )
    extraction = read_odt(
        opendocument(
            body, styles='<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
        )
    )
    assert blocks(extraction) == [
        (BlockKind.HEADING, None, "The report"),
        (BlockKind.HEADING, None, "One"),
        (BlockKind.PARAGRAPH, "One", "In a section."),
        (BlockKind.HEADING, "One", "Below"),
        (BlockKind.LIST_ITEM, "One › Below", "Of the list"),
        (BlockKind.LIST_ITEM, "One › Below", "item"),
        (BlockKind.LIST_ITEM, "One › Below", "nested"),
        (BlockKind.LIST_ITEM, "One › Below", "numbered"),
    ]
    assert extraction.metadata.title == "The report"


def test_insertions_links_and_fields_are_kept_and_deletions_comments_and_hidden_text_left_out() -> None:
    styles = (
        '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="T2" style:parent-style-name="T3"/>'
        '<style:style style:name="T3"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p>We <text:change text:change-id="c"/><text:a xlink:href="x">agree</text:a><text:s text:c="3"/>on'
        "<text:line-break/>page <text:page-number>3</text:page-number>"
        "<office:annotation><text:p>comment</text:p></office:annotation>,"
        '<text:span text:style-name="T1"> hidden</text:span> <text:span text:style-name="T2">struck</text:span>'
        "<text:ruby><text:ruby-base> base</text:ruby-base><text:ruby-text>above</text:ruby-text></text:ruby>.</text:p>"
    )
    extraction = read_odt(opendocument(body, styles=styles))
    assert texts(extraction) == ["We agree on page 3, struck base."]
    assert extraction.warnings == (
        "Words that are struck out are read as if they stood; places: 1, the first “We agree on page 3, struck base.”.",
    )


def listed(*items: str, attributes: str = "") -> str:
    content = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
    return f"<text:list {attributes}>{content}</text:list>"


def test_the_numbers_of_list_items_are_their_labels() -> None:
    levels = "".join(
        f'<text:list-level-style-number text:level="{level}" {more}/>'
        for level, more in [
            (1, 'style:num-format="1" style:num-suffix="."'),
            (2, 'style:num-format="a" style:num-prefix="(" style:num-suffix=")" text:start-value="2"'),
            (3, 'style:num-format="I" text:display-levels="3"'),
        ]
    )
    styles = f'<text:list-style style:name="L">{levels}</text:list-style>'
    one, two, three = (f"<text:p>{text}</text:p>" for text in ("one", "two", "three"))
    deep = listed(f"<text:p>b</text:p>{listed('<text:p>deep</text:p>')}", "<text:p>c</text:p>")
    body = (
        listed(f"{one}<text:p>more</text:p>{deep}", f"{two}{listed('<text:p>b again</text:p>')}", attributes=_L)
        + "<text:p>Between.</text:p>"
        + listed(three, attributes=f'{_L} text:continue-numbering="true"')
        + listed("<text:p>anew</text:p>", attributes=_L)
        + listed("<text:p>bullet</text:p>", attributes='text:style-name="other"')
    )
    assert labels(read_odt(opendocument(body, styles=styles))) == [
        ("1.", "one"),
        ("(b)", "b"),
        ("1.b.I", "deep"),
        ("(c)", "c"),
        ("2.", "two"),
        ("(b)", "b again"),
        ("3.", "three"),
        ("1.", "anew"),
    ]


def test_notes_keep_their_marks_and_follow_their_section() -> None:
    body = (
        f'<text:h text:outline-level="1">One{note("*", "Star.")}</text:h><text:p>A{note("1", "First.")}.</text:p>'
        '<text:p>B.</text:p><text:h text:outline-level="1">Two</text:h>'
        f"<text:p>C{note('i', 'Last.', 'endnote')}</text:p>"
    )
    extraction = read_odt(opendocument(body))
    assert texts(extraction) == ["One", "A.", "B.", "Star.", "First.", "Two", "C", "Last."]
    assert labels(extraction) == [("*", "Star."), ("1", "First."), ("i", "Last.")]
    assert [block.heading for block in extraction.blocks if block.label] == ["One", "One", "Two"]


def test_every_row_of_a_table_is_read_those_with_headings_lists_and_merged_cells_too() -> None:
    item = "<text:list-item><text:p>x</text:p></text:list-item>"
    listed = f"<table:table-cell><text:list>{item}</text:list></table:table-cell>"
    many, twice = 'table:number-columns-repeated="1000000"', 'table:number-columns-repeated="2"'
    body = (
        f"<table:table><table:table-header-rows>{row(cell('Valley'), cell('Share'))}</table:table-header-rows>"
        f"<table:table-rows>{row(cell('Upper', 'Lower'), '<table:covered-table-cell/>')}</table:table-rows>"
        f"{row(cell(attributes=many), attributes=twice.replace('columns', 'rows'))}"
        f"{row(listed, cell('y', attributes=twice))}</table:table>"
    )
    assert labels(read_odt(opendocument(body))) == [("1", "Valley | Share"), ("2", "Upper Lower |"), ("5", "x | y | y")]


def test_text_boxes_follow_their_paragraph_and_a_table_of_one_cell_is_a_frame() -> None:
    box = "<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box><svg xmlns=''/></draw:frame>"
    body = (
        f"<text:p>Before {box}after.</text:p><table:table>{row(cell('One.', 'Two.'))}</table:table>"
        "<draw:custom-shape><text:p>In a shape.</text:p></draw:custom-shape>"
    )
    assert [(kind, text) for kind, _, text in blocks(read_odt(opendocument(body)))] == [
        (BlockKind.PARAGRAPH, "Before after."),
        (BlockKind.PARAGRAPH, "In the box."),
        (BlockKind.PARAGRAPH, "One."),
        (BlockKind.PARAGRAPH, "Two."),
        (BlockKind.PARAGRAPH, "In a shape."),
    ]


def test_properties_are_those_of_the_file_and_its_day_of_saving_is_not_its_date() -> None:
    meta = (
        "<dc:title>The third round</dc:title><meta:initial-creator>Anna Writer</meta:initial-creator>"
        "<dc:creator>Somebody Else</dc:creator><dc:language>ru-RU</dc:language><dc:date>2020-01-02T03:04:05</dc:date>"
    )
    extraction = read_odt(opendocument("<text:p>Мы договорились встретиться снова в июне.</text:p>", meta=meta))
    metadata = extraction.metadata
    assert (metadata.title, metadata.author, metadata.language, metadata.date) == (
        "The third round",
        "Anna Writer",
        "ru",
        None,
    )
    assert metadata.guessed == {"title", "author"}
    assert extraction.warnings == (
        "The file was last saved on 2020-01-02, which need not be the document's date; state its date beside it.",
    )


def test_a_language_of_another_script_than_the_text_is_not_believed() -> None:
    data = opendocument(
        "<text:p>Мы договорились встретиться снова в июне.</text:p>", meta="<dc:language>en-GB</dc:language>"
    )
    assert read_odt(data).metadata.language is None


GOOD = opendocument("<text:p>Text.</text:p>")
_DAMAGED = "it is damaged or was cut short on its way; send it again."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:200], _DAMAGED),
        (opendocument("<text:p>"), _DAMAGED),
        (
            packed({"mimetype": "application/vnd.oasis.opendocument.text"}),
            "it is not an OpenDocument text, whatever its name says, or parts of it are missing; save it again.",
        ),
        (
            packed({"content.xml": "<a><body><spreadsheet/></body></a>"}),
            "it is OpenDocument but not a text; save it as .odt, .docx or PDF.",
        ),
        (
            opendocument("<text:p>&c;</text:p>", prologue=BOMB),
            "it declares a document type inside, which no office program writes and which is not safe to read.",
        ),
        (
            packed({"content.xml": b"\x01\x02", "META-INF/manifest.xml": "<m><encryption-data/></m>"}),
            "it opens only with a password; save it without one and load it again.",
        ),
        (opendocument(""), "there is no text in it that could be quoted."),
    ],
    ids=["cut", "malformed", "parts", "spreadsheet", "bomb", "encrypted", "empty"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as refused:
        read_odt(data)
    assert refused.value.reason == reason
