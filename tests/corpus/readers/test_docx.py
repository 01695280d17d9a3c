from __future__ import annotations

from io import BytesIO

import docx
import pytest

from corpus.document import BlockKind
from corpus.errors import RefusedContent
from corpus.readers.docx import read_docx
from tests.corpus.office_files import (
    BOMB,
    ENCRYPTED,
    OLD,
    blocks,
    labels,
    packed,
    paragraph,
    run,
    texts,
    word,
)

STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/>
  <w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="a"/></w:style>
<w:style w:type="paragraph" w:styleId="own"><w:name w:val="Institute heading"/><w:basedOn w:val="2"/></w:style>
<w:style w:type="paragraph" w:styleId="quiet"><w:name w:val="No heading"/><w:basedOn w:val="1"/>
  <w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="item"><w:name w:val="List Bullet"/>
  <w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="toc"><w:name w:val="toc 1"/></w:style>
<w:style w:type="character" w:styleId="secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="loop"><w:name w:val="Loop"/><w:basedOn w:val="loop"/></w:style>
"""


def styled(style: str, *runs: str) -> str:
    return paragraph(*runs, properties=f'<w:pStyle w:val="{style}"/>')


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def call(kind: str, id: int, more: str = "") -> str:
    return f'<w:r><w:{kind}Reference w:id="{id}"{more}</w:r>'


def note(kind: str, id: int, *paragraphs: str) -> str:
    return f'<w:{kind} w:id="{id}">{"".join(map(paragraph, paragraphs))}</w:{kind}>'


def test_headings_are_those_of_styles_with_what_they_inherit_and_of_outline_levels() -> None:
    extraction = read_docx(
        word(
            styled("title", "The report")
            + styled("1", "One")
            + styled("own", "Below")
            + styled("quiet", "Not a heading.")
            + paragraph("Deeper", properties='<w:outlineLvl w:val="2"/>')
            + styled("loop", "Text."),
            styles=STYLES,
        )
    )
    assert blocks(extraction) == [
        (BlockKind.HEADING, None, "The report"),
        (BlockKind.HEADING, None, "One"),
        (BlockKind.HEADING, "One", "Below"),
        (BlockKind.PARAGRAPH, "One › Below", "Not a heading."),
        (BlockKind.HEADING, "One › Below", "Deeper"),
        (BlockKind.PARAGRAPH, "One › Below › Deeper", "Text."),
    ]
    assert extraction.metadata.title == "The report"


def test_a_long_text_in_the_style_of_a_heading_may_be_quoted() -> None:
    long = "word " * 100
    assert blocks(read_docx(word(styled("1", long), styles=STYLES))) == [(BlockKind.PARAGRAPH, None, long.strip())]


def test_list_items_are_those_with_a_number_of_their_own_or_of_their_style() -> None:
    own = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="4"/></w:numPr>'
    none = '<w:pStyle w:val="item"/><w:numPr><w:numId w:val="0"/></w:numPr>'
    body = paragraph("Own", properties=own) + styled("item", "Inherited") + paragraph("Without", properties=none)
    assert [(kind, text) for kind, _, text in blocks(read_docx(word(body, styles=STYLES)))] == [
        (BlockKind.LIST_ITEM, "Own"),
        (BlockKind.LIST_ITEM, "Inherited"),
        (BlockKind.PARAGRAPH, "Without"),
    ]


def numbered(list: int, level: int, text: str) -> str:
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list}"/></w:numPr>')


def test_the_numbers_that_word_gives_are_the_labels_of_items() -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="{start}"/><w:numFmt w:val="{format}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for level, start, format, text in [
            (0, 1, "decimal", "%1."),
            (1, 1, "lowerLetter", "(%2)"),
            (2, 3, "upperRoman", "%1.%3"),
            (3, 1, "bullet", "•"),
        ]
    )
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride>'
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        f'<w:num w:numId="2"><w:abstractNumId w:val="0"/>{override}</w:num>'
    )
    body = "".join(
        numbered(list, level, text)
        for list, level, text in [
            (1, 0, "one"),
            (1, 1, "a"),
            (1, 1, "b"),
            (1, 3, "bullet"),
            (1, 0, "two"),
            (1, 1, "a again"),
            (1, 2, "three"),
            (2, 0, "restarted"),
            (2, 0, "eight"),
            (9, 0, "unknown"),
        ]
    )
    extraction = read_docx(word(paragraph("Text.") + body, numbering=numbering))
    assert labels(extraction) == [
        ("1.", "one"),
        ("(a)", "a"),
        ("(b)", "b"),
        ("2.", "two"),
        ("(a)", "a again"),
        ("2.III", "three"),
        ("7.", "restarted"),
        ("8.", "eight"),
    ]
    assert {block.kind for block in extraction.blocks[1:]} == {BlockKind.LIST_ITEM}


def test_insertions_links_and_fields_are_kept_and_deletions_comments_and_hidden_text_left_out() -> None:
    body = paragraph(
        "We ",
        "<w:ins>" + run("firmly ") + "</w:ins>",
        "<w:del><w:r><w:delText>weakly </w:delText></w:r></w:del>",
        "<w:moveFrom>" + run("moved ") + "</w:moveFrom>",
        "<w:hyperlink>" + run("agree") + "</w:hyperlink>",
        '<w:r><w:commentReference w:id="0"/></w:r>',
        run(" secretly", "<w:vanish/>"),
        run(" quietly", '<w:rStyle w:val="secret"/>'),
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF x </w:instrText></w:r>'
        + run("code")
        + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + run(" on page 3")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        "<w:r><w:t>, co</w:t><w:noBreakHyphen/><w:t>chairs</w:t><w:tab/><w:t>and</w:t><w:br/><w:t>all.</w:t></w:r>",
    )
    assert texts(read_docx(word(body, styles=STYLES))) == ["We firmly agree on page 3, co-chairs and all."]


def test_a_paragraph_whose_end_is_deleted_runs_on_into_the_next() -> None:
    ended = "<w:rPr><w:del/></w:rPr>"
    body = paragraph("One ", properties=ended) + paragraph("sentence.") + paragraph("Last", properties=ended)
    assert texts(read_docx(word(body))) == ["One sentence.", "Last"]


def test_struck_out_words_are_read_with_a_warning() -> None:
    extraction = read_docx(word(paragraph("The parties ", run("shall", "<w:strike/>"), " meet.")))
    assert texts(extraction) == ["The parties shall meet."]
    assert extraction.warnings == (
        "Words that are struck out are read as if they stood; places: 1, the first “The parties shall meet.”.",
    )


def test_notes_follow_their_section_with_the_marks_that_word_shows() -> None:
    custom = ' w:customMarkFollows="1"/><w:t>*</w:t>'
    extraction = read_docx(
        word(
            styled("1", "One", call("footnote", 2, "/>"))
            + paragraph(
                "First", call("footnote", 4, "/>"), " and", call("endnote", 2, "/>"), ".", call("footnote", 3, custom)
            )
            + paragraph("Second.")
            + styled("1", "Two")
            + paragraph("Third.", call("footnote", 5, "/>"), call("footnote", 2, "/>")),
            styles=STYLES,
            footnotes='<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
            + note("footnote", 2, "On the heading.")
            + note("footnote", 3, "Starred.")
            + note("footnote", 4, "Two paragraphs:", "the second.")
            + note("footnote", 5, "In Two.")
            + note("footnote", 6, "Never called."),
            endnotes=note("endnote", 2, "At the end."),
        )
    )
    assert [
        (text, block.heading, block.label) for text, block in zip(texts(extraction), extraction.blocks, strict=True)
    ] == [
        ("One", None, None),
        ("First and.", "One", None),
        ("Second.", "One", None),
        ("On the heading.", "One", "1"),
        ("Two paragraphs:", "One", "2"),
        ("the second.", "One", "2"),
        ("At the end.", "One", "i"),
        ("Starred.", "One", "*"),
        ("Two", None, None),
        ("Third.", "Two", None),
        ("In Two.", "Two", "3"),
    ]


def test_the_numbering_of_notes_is_that_of_the_settings() -> None:
    extraction = read_docx(
        word(
            paragraph("Text.", call("footnote", 1, "/>")),
            footnotes=note("footnote", 1, "Note."),
            settings='<w:footnotePr><w:numFmt w:val="upperLetter"/><w:numStart w:val="3"/></w:footnotePr>',
        )
    )
    assert labels(extraction) == [("C", "Note.")]


def test_tables_are_rows_with_their_numbers_and_merged_cells_are_read_once() -> None:
    table = (
        "<w:tbl>"
        + row(cell("Valley"), cell("Share", '<w:gridSpan w:val="2"/>'))
        + row(cell("", ""), cell(""))
        + row(cell("Upper", '<w:vMerge w:val="restart"/>'), cell("40 %"), cell("2018"))
        + f"<w:tr><w:trPr><w:del/></w:trPr>{cell('gone')}</w:tr>"
        + row(cell("Upper", "<w:vMerge/>"), f"<w:sdt><w:sdtContent>{cell('45 %')}</w:sdtContent></w:sdt>", cell("2019"))
        + "</w:tbl>"
    )
    assert labels(read_docx(word(table))) == [
        ("1", "Valley | Share"),
        ("3", "Upper | 40 % | 2018"),
        ("5", "| 45 % | 2019"),
    ]


def test_a_table_of_one_cell_is_a_frame_around_paragraphs() -> None:
    body = f"<w:tbl><w:tr><w:tc>{paragraph('One.')}{paragraph('Two.')}</w:tc></w:tr></w:tbl>"
    assert blocks(read_docx(word(body))) == [(BlockKind.PARAGRAPH, None, "One."), (BlockKind.PARAGRAPH, None, "Two.")]


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    inside = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    shape = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>"
        f"{inside}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{inside}"
        "</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    body = paragraph("Before", shape, " and after.") + paragraph("Next.")
    assert texts(read_docx(word(body))) == ["Before and after.", "In the box.", "Next."]


def test_a_table_of_contents_is_left_out() -> None:
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    body = (
        f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr><w:sdtContent>{paragraph('Contents')}</w:sdtContent></w:sdt>"
        + styled("toc", "One 3")
        + f"<w:sdt><w:sdtContent>{paragraph('Kept.')}</w:sdtContent></w:sdt>"
    )
    assert texts(read_docx(word(body, styles=STYLES))) == ["Kept."]


@pytest.mark.parametrize("kind", ["document.macroEnabled", "template", "template.macroEnabledTemplate"])
def test_files_with_macros_and_templates_are_read_alike(kind: str) -> None:
    main = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}.main+xml"
    assert texts(read_docx(word(paragraph("Text."), main=main))) == ["Text."]


def test_a_relation_that_leads_nowhere_does_not_matter() -> None:
    image = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    data = word(paragraph("Text."), relations=f'<Relationship Id="r9" Type="{image}" Target="../NULL"/>')
    assert texts(read_docx(data)) == ["Text."]


def test_properties_give_a_title_that_is_guessed_unless_it_stands_in_the_text() -> None:
    made = docx.Document()
    made.add_paragraph("A note on the Third Round of talks.")
    made.core_properties.title, made.core_properties.author = "The third round", "Anna Writer"
    target = BytesIO()
    made.save(target)
    metadata = read_docx(target.getvalue()).metadata
    assert (metadata.title, metadata.author, metadata.date) == ("The third round", "Anna Writer", None)
    assert metadata.guessed == {"author"}
    made.core_properties.title = "Some other report"
    target = BytesIO()
    made.save(target)
    extraction = read_docx(target.getvalue())
    assert extraction.metadata.guessed == {"title", "author"}
    assert extraction.warnings == (
        "The file was last saved on 2013-12-23, which need not be the document's date; state its date beside it.",
    )


def test_ten_thousand_paragraphs_keep_their_order() -> None:
    body = "".join(paragraph(f"Paragraph {number}.") for number in range(10_000))
    assert texts(read_docx(word(body))) == [f"Paragraph {number}." for number in range(10_000)]


GOOD = word(paragraph("Text."))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ENCRYPTED, "it opens only with a password; save it without one and load it again."),
        (OLD, "it is of the kind that Office wrote before 2007; save it as .docx and load that."),
        (GOOD[: len(GOOD) // 2], "it is damaged or was cut short on its way; send it again."),
        (GOOD[:-30], "it is damaged or was cut short on its way; send it again."),
        (
            packed({"word/document.xml": "<a/>"}),
            "it is not a Word file, whatever its name says, or parts of it are missing; save it again.",
        ),
        (
            word(paragraph("Te&c;xt."), prologue=BOMB),
            "it declares a document type inside, which no office program writes and which is not safe to read.",
        ),
        (word(""), "there is no text in it that could be quoted."),
        (word(styled("1", "Only a heading"), styles=STYLES), "there is no text in it that could be quoted."),
        (word("<w:p>"), "it is damaged or was cut short on its way; send it again."),
        (word("<w:x>" * 300 + "</w:x>" * 300), "it is damaged or was cut short on its way; send it again."),
    ],
    ids=["encrypted", "old", "half", "cut", "parts", "bomb", "empty", "heading", "malformed", "nested"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as refused:
        read_docx(data)
    assert refused.value.reason == reason
