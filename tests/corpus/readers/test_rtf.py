from __future__ import annotations

import pytest

from corpus.document import BlockKind
from corpus.errors import RefusedContent
from corpus.readers.rtf import read_rtf
from tests.corpus.office_files import blocks, labels, texts

STYLES = (
    r"{\stylesheet{Normal;}{\s1\outlinelevel0 heading 1;}{\s2 Heading 2;}"
    r"{\s3\outlinelevel2 Own;}{\s4 Title;}{\*\cs5 x;}}"
)


def rtf(body: str, head: str = r"\ansi\ansicpg1252\deff0") -> bytes:
    return ("{\\rtf1" + head + STYLES + body + "}").encode("latin-1")


def fonts(*charsets: int) -> str:
    return r"{\fonttbl" + "".join(rf"{{\f{number}\fcharset{each} F;}}" for number, each in enumerate(charsets)) + "}"


def escaped(text: str, page: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(page))


def test_headings_come_from_styles_by_level_or_name_and_from_outline_levels() -> None:
    extraction = read_rtf(
        rtf(
            r"\pard\s4 The report\par\pard\s1 One\par\pard\s2 Two\par\pard\s3 Three\par\pard Text.\par"
            r"\pard\outlinelevel0 Four\par\pard{\*\bkmkstart x}Last."
        )
    )
    assert blocks(extraction) == [
        (BlockKind.HEADING, None, "The report"),
        (BlockKind.HEADING, None, "One"),
        (BlockKind.HEADING, "One", "Two"),
        (BlockKind.HEADING, "One › Two", "Three"),
        (BlockKind.PARAGRAPH, "One › Two › Three", "Text."),
        (BlockKind.HEADING, None, "Four"),
        (BlockKind.PARAGRAPH, "Four", "Last."),
    ]
    assert extraction.metadata.title == "The report"


@pytest.mark.parametrize(
    ("text", "page", "charset"),
    [("Привет, мир", "cp1251", 204), ("مرحبا بالعالم", "cp1256", 178), ("İstanbul’da şölen", "cp1254", 162)],
)
def test_bytes_are_letters_of_the_code_page_of_their_font(text: str, page: str, charset: int) -> None:
    body = fonts(0, charset) + rf"\pard\f1 {escaped(text, page)} \f0 {escaped('café', 'cp1252')}\par"
    assert texts(read_rtf(rtf(body))) == [f"{text} café"]


def test_where_fonts_tell_nothing_the_code_page_of_the_file_counts() -> None:
    body = fonts(0) + rf"\pard\f0 {escaped('Привет', 'cp1251')}\par"
    assert texts(read_rtf(rtf(body, r"\ansi\ansicpg1251"))) == ["Привет"]


def test_a_run_from_right_to_left_is_in_its_second_font() -> None:
    body = fonts(0, 178) + rf"\pard\ltrch\fcs0\f0\rtlch\fcs1\af1 {escaped('سلام', 'cp1256')}\par"
    assert texts(read_rtf(rtf(body))) == ["سلام"]


def test_unicode_characters_replace_what_follows_them_for_older_programs() -> None:
    body = r"\pard\uc1\u1055?\uc2\u1088\'81\'81\uc0\u1080 \uc1\u-10179?\u-8704?{\uc1\u8211\emdash}x\par"
    assert texts(read_rtf(rtf(body))) == ["При😀–x"]


def test_symbols_and_special_characters_are_read_and_symbol_fonts_are_not() -> None:
    body = (
        fonts(0, 2) + r"\pard\f0 a\~b co\_chairs in\-form \{x\} \ldblquote q\rdblquote\emdash\line z\tab{\f1\'b7}w\par"
    )
    assert texts(read_rtf(rtf(body))) == ["a b co-chairs inform {x} “q”— z w"]


def test_links_are_kept_and_hidden_deleted_and_running_text_left_out() -> None:
    body = (
        r"{\header\pard Running\par}{\*\unknown{\b lost}}{\info{\title T}}{\pict 00ff}{\*\shppict{\pict 00}}"
        r'\pard See {\field{\*\fldinst HYPERLINK "x"}{\fldrslt{\ul the text}}}{\v  hidden}{\deleted  gone}'
        r"{\*\annotation Comment}{\xe index}{\upr{ansi}{\*\ud  unicode}}{\strike  struck}\bin4 }}}} end.\par"
    )
    extraction = read_rtf(rtf(body))
    assert texts(extraction) == ["See the text unicode struck end."]
    assert extraction.warnings == (
        "Words that are struck out are read as if they stood; places: 1, the first “See the text unicode struck end.”.",
    )


def test_notes_follow_their_section_with_their_marks() -> None:
    body = (
        r"\aftnnrlc\pard\s1 One\par\pard A{\super\chftn{\footnote\pard\plain{\super\chftn} First.\par Second.}}, "
        r"b{\super *}{\footnote\pard\plain{\super *} Star.}{\super\chftn{\footnote\ftnalt\pard{\chftn} End.}} c.\par"
        r"\pard D.\par\pard\s1 Two\par\pard E{\super\chftn}{\*\footnote\pard\chftn\~Other.}\par"
    )
    extraction = read_rtf(rtf(body))
    assert texts(extraction) == ["One", "A, b c.", "D.", "First.", "Second.", "Star.", "End.", "Two", "E", "Other."]
    assert labels(extraction) == [
        ("1", "First."),
        ("1", "Second."),
        ("*", "Star."),
        ("i", "End."),
        ("2", "Other."),
    ]


def test_lists_and_tables_are_read_with_their_numbers() -> None:
    body = (
        r"{\listtext 1.\tab}\pard\ls1 item\par{\pntext\'b7\tab}\pard old item\par"
        r"\trowd\pard\intbl Valley\cell Upper\par and lower\cell\row"
        r"\trowd\pard\intbl \cell \cell\row\trowd\pard\intbl x\cell y\cell\row\pard After.\par"
        r"\trowd\pard\intbl In a frame.\par Twice.\cell\row\pard Last.\par"
    )
    extraction = read_rtf(rtf(body))
    assert [(kind, text) for kind, _, text in blocks(extraction)] == [
        (BlockKind.LIST_ITEM, "item"),
        (BlockKind.LIST_ITEM, "old item"),
        (BlockKind.TABLE_ROW, "Valley | Upper and lower"),
        (BlockKind.TABLE_ROW, "x | y"),
        (BlockKind.PARAGRAPH, "After."),
        (BlockKind.PARAGRAPH, "In a frame."),
        (BlockKind.PARAGRAPH, "Twice."),
        (BlockKind.PARAGRAPH, "Last."),
    ]
    assert labels(extraction) == [("1.", "item"), ("1", "Valley | Upper and lower"), ("3", "x | y")]


def test_a_text_box_follows_its_paragraph() -> None:
    box = r"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt\pard\plain In the box.\par}}{\shprslt{\*\do lost}}}"
    assert texts(read_rtf(rtf(rf"\pard Before {box}after.\par\pard Next.\par"))) == [
        "Before after.",
        "In the box.",
        "Next.",
    ]


def test_properties_give_title_and_author_and_no_date() -> None:
    info = r"{\info{\title The third round}{\author Anna Writer}{\creatim\yr2019\mo1\dy1}{\revtim\yr2020\mo1\dy2\hr3}}"
    extraction = read_rtf(rtf(info + r"\pard Text.\par"))
    assert (extraction.metadata.title, extraction.metadata.author, extraction.metadata.date) == (
        "The third round",
        "Anna Writer",
        None,
    )
    assert extraction.metadata.guessed == {"title", "author"}
    assert extraction.warnings == (
        "The file was last saved on 2020-01-02, which need not be the document's date; state its date beside it.",
    )


def test_text_boxes_in_text_boxes_are_read() -> None:
    boxes = "".join(rf"{{\shp{{\shptxt box {number} " for number in range(140)) + r"\par" + "}}" * 140
    assert len(texts(read_rtf(rtf(rf"\pard{boxes}\par")))) == 140


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"plain text", "it is not an RTF file, whatever its name says; save it again."),
        (rtf(r"\pard Text.\par")[:-1], "it is damaged or was cut short on its way; send it again."),
        (rtf(""), "there is no text in it that could be quoted."),
        (rtf("{" * 400 + "}" * 400), "it is nested too deeply to be read; save it in another format."),
    ],
    ids=["other", "cut", "empty", "nested"],
)
def test_what_cannot_be_read_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedContent) as refused:
        read_rtf(data)
    assert refused.value.reason == reason
