from __future__ import annotations

import pytest

from corpus.canonical import is_canonical
from corpus.document import BlockKind, DocumentClass, Extraction
from corpus.errors import RefusedContent
from corpus.readers.html import read_html

LONG = "The delegations of the valleys met in the great hall and spoke of the reservoir at length on Monday. "
PAGE = f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Third round of water talks | Basin Institute</title>
<meta name="author" content="Anna Writer"><meta property="og:site_name" content="Basin Institute">
<meta property="og:title" content="Third round of water talks">
<meta property="article:published_time" content="2019-03-04T10:00:00+06:00">
<link rel="canonical" href="https://basin.example/news/3"></head><body>
<nav><ul><li><a href="/">Home page</a></li><li><a href="/news">All the news</a></li></ul></nav>
<main><article><h1>Third round of water talks</h1>
<p>The third round opened on Monday, with delegations of <b>four</b> valleys&nbsp;present.
The chair said that <a href="/x">the agenda</a> was full.<sup><a href="#n1">[1]</a></sup>
The basin has 12 km<sup>2</sup>.</p>
<h2>Agenda</h2>
<p>{LONG}</p>
<ul><li>Winter releases;</li><li>Payment for <i>energy</i>;<ul><li>prices of it</li></ul></li></ul>
<h3>Figures</h3>
<table><tr><th>Valley</th><th>Share</th></tr><tr><td>Upper</td><td>40%</td></tr></table>
<blockquote><p>We shall not leave the table until there is a paper on it.</p></blockquote>
<h2>Outcome</h2>
<p>A joint statement<br>was adopted on 6 March.</p></article></main>
<div id="comments"><h3>Comments</h3><p>I disagree with the whole of this article, says a reader of it.</p></div>
<footer><p>Copyright 2024 Basin Institute. All rights reserved. Share on social networks</p></footer>
</body></html>"""


def read(page: str) -> Extraction:
    return read_html(page.encode())


def blocks(extraction: Extraction) -> list[tuple[BlockKind, str | None, str]]:
    return [(b.kind, b.heading, extraction.text[b.start : b.end]) for b in extraction.blocks]


def test_the_article_is_read_with_headings_lists_and_tables_and_nothing_around_it() -> None:
    assert blocks(read(PAGE)) == [
        (BlockKind.HEADING, None, "Third round of water talks"),
        (
            BlockKind.PARAGRAPH,
            None,
            "The third round opened on Monday, with delegations of four valleys present. "
            "The chair said that the agenda was full. The basin has 12 km2.",
        ),
        (BlockKind.HEADING, None, "Agenda"),
        (BlockKind.PARAGRAPH, "Agenda", LONG.strip()),
        (BlockKind.LIST_ITEM, "Agenda", "Winter releases;"),
        (BlockKind.LIST_ITEM, "Agenda", "Payment for energy;"),
        (BlockKind.LIST_ITEM, "Agenda", "prices of it"),
        (BlockKind.HEADING, "Agenda", "Figures"),
        (BlockKind.TABLE_ROW, "Agenda › Figures", "Valley | Share"),
        (BlockKind.TABLE_ROW, "Agenda › Figures", "Upper | 40%"),
        (BlockKind.PARAGRAPH, "Agenda › Figures", "We shall not leave the table until there is a paper on it."),
        (BlockKind.HEADING, None, "Outcome"),
        (BlockKind.PARAGRAPH, "Outcome", "A joint statement was adopted on 6 March."),
    ]


def test_the_page_states_its_metadata() -> None:
    metadata = read(PAGE).metadata
    assert metadata.title == "Third round of water talks"
    assert (metadata.author, metadata.publisher, metadata.date) == ("Anna Writer", "Basin Institute", "2019-03-04")
    assert (metadata.language, metadata.url) == ("en", "https://basin.example/news/3")
    assert metadata.guessed == frozenset()


def test_two_line_breaks_part_paragraphs() -> None:
    page = read(f"<html><body><div>{LONG}<br><br>{LONG}<br>It went on.</div></body></html>")
    assert [text for _, _, text in blocks(page)] == [LONG.strip(), f"{LONG}It went on."]


def test_a_page_without_a_date_has_none_whatever_its_copyright_says() -> None:
    page = (
        f"<html><body><article><h1>Talks</h1><p>{LONG * 3}</p></article><footer>© 2024 Institute</footer></body></html>"
    )
    assert read(page).metadata.date is None


def test_the_declared_encoding_is_used() -> None:
    text = "Görüşmelerin üçüncü turu Bişkek'te başladı ve iki gün sürdü; ışık ve su konuşuldu. "
    declaration = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1254">'
    page = f"<html><head>{declaration}</head><body><p>{text * 3}</p></body></html>"
    assert read_html(page.encode("cp1254")).text == (text * 3).strip()


def test_a_language_that_the_script_belies_is_not_believed() -> None:
    russian = "Стороны встретились в зале и говорили о водохранилище целый день. " * 3
    assert read(f'<html lang="en"><body><article><p>{russian}</p></article></body></html>').metadata.language is None
    assert read(f'<html lang="kk"><body><article><p>{russian}</p></article></body></html>').metadata.language == "kk"


def test_xhtml_with_a_declaration_is_read() -> None:
    page = f"<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>{LONG}</p></body></html>"
    assert read(page).text == LONG.strip()


@pytest.mark.parametrize(
    "page",
    [
        "<html><body></body></html>",
        "<html><body>" + "<div>" * 60_000 + "text",
        "<html><script>var x = 1;</script></html>",
    ],
)
def test_a_page_without_an_article_is_refused_rather_than_empty(page: str) -> None:
    with pytest.raises(RefusedContent, match="no article was found"):
        read(page)


def test_what_is_read_is_canonical() -> None:
    page = read(f"<html><body><p>{LONG}cafe\u0301\u202e \u200e\u200f{LONG}</p></body></html>")
    assert is_canonical(page.text)
    assert "café" in page.text


@pytest.mark.parametrize(
    ("kind", "site", "expected"),
    [
        ("NewsArticle", "The Basin Times", DocumentClass.NEWS),
        ("OpinionNewsArticle", "The Basin Times", DocumentClass.ANALYSIS),
        ("Article", "The Basin Times", None),
        ("NewsArticle", "Basin Institute", None),
        ("NewsArticle", "Министерство иностранных дел", None),
    ],
)
def test_structured_data_suggests_the_class_of_what_a_newsroom_publishes(
    kind: str, site: str, expected: DocumentClass | None
) -> None:
    data = f'<script type="application/ld+json">{{"@type": "{kind}", "headline": "Third round"}}</script>'
    metadata = read(PAGE.replace("Basin Institute", site).replace("</head>", f"{data}</head>")).metadata
    assert metadata.document_class == expected
    assert ("document_class" in metadata.guessed) is (expected is not None)
