"""A summary's file: a page that asks nobody for anything, and a PDF whose quotations can be copied out as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pypdfium2
import pytest

from bot.languages import LANGUAGES
from bot.rounds.summary_files import fonts, page, pdf
from bot.rounds.summary_sheet import Line, Sheet, sheet
from corpus.document import Metadata
from retrieval.answers.quotes import Quote
from retrieval.summaries.summary import Section, Summary
from tests.bot.summaries import ARABIC, ENGLISH, KNOWN, PERSIAN, SUMMARY, made, quoted

BOT = "some_bot"
AT = datetime(2026, 11, 24, 17, 5, 30, 999, tzinfo=UTC)


def content(language: str = "en", summary: Summary = SUMMARY) -> Sheet:
    """What a file of a summary shows."""
    return sheet(summary, language, BOT, AT, KNOWN)


class Page(HTMLParser):
    """A page: its quotations with their attributes, the addresses it links to, its tags and its words."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.quotations: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.words = ""
        self._inside = False
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        known = dict(attrs)
        assert "src" not in known
        assert not any(name.startswith("on") for name in known)
        if tag == "a":
            self.links.append(known["href"] or "")
        if tag == "blockquote":
            self._inside = True
            self.quotations.append(("", known))

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._inside = False

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._inside:
            text, attributes = self.quotations[-1]
            self.quotations[-1] = (text + data, attributes)


def text_of(data: bytes) -> str:
    """The words of a PDF, with one blank between them."""
    document = pypdfium2.PdfDocument(data)
    try:
        pages = [found.get_textpage().get_text_bounded() for found in document]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())


def test_a_sheet_says_when_it_was_made_and_records_every_citation_once() -> None:
    made_sheet = content()
    assert (
        made_sheet.made == "Put together on 24 November 2026 at 17:05 UTC from the documents that could be read then."
    )
    assert made_sheet.direction == "ltr"
    assert [citation.number for citation in made_sheet.citations] == list(range(1, 10))
    quote = quoted(ENGLISH, 1)
    assert made_sheet.citations[0].lines == (
        Line("Title", "Joint statement", "ltr"),
        Line("Publisher", "Ministry", "ltr"),
        Line("Date", "22 December 2017", "ltr"),
        Line("Class", "official statement", "ltr"),
        Line("Place in the document", "p. 1, para. 1", "ltr"),
        Line("Address", "https://example.org/8?a=1&b=2", "ltr", "https://example.org/8?a=1&b=2"),
        Line("File", "joint.pdf", "ltr"),
        Line("SHA-256", ENGLISH.sha256, "ltr"),
        Line("Characters", f"0–{len(quote.text)}", "ltr"),
        Line("Check", quote.citation, "ltr", f"https://t.me/some_bot?start=c_{quote.citation}"),
    )


def test_the_same_words_elsewhere_are_recorded_too() -> None:
    twin = made("twin.pdf", ENGLISH.text[:63], title="Twin")
    quote = replace(quoted(ENGLISH, 1), also=(Quote(twin, 0, 63),))
    summary = replace(SUMMARY, sections=(Section("agenda", (quote,)),), disagreements=())
    lines = content(summary=summary).citations[0].lines
    assert lines[-2] == Line(
        "The same words in",
        "Twin, p. 1, para. 1",
        "ltr",
        f"https://t.me/some_bot?start=c_{quote.also[0].citation}",
    )


def test_without_a_bot_a_citation_has_no_link() -> None:
    without = sheet(SUMMARY, "en", None, AT)
    assert without.citations[0].lines[-1] == Line("Check", quoted(ENGLISH, 1).citation, "ltr")
    assert "t.me" not in page(without).decode()
    assert pdf(without, AT).startswith(b"%PDF")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_has_every_quotation_in_its_own_language_and_direction(language: str) -> None:
    found = Page(page(content(language)))
    assert [text for text, _ in found.quotations] == [quote.text for quote in SUMMARY.quotes]
    assert [(attributes.get("lang"), attributes["dir"]) for _, attributes in found.quotations] == [
        (quote.document.metadata.language, "rtl" if quote.document in (ARABIC, PERSIAN) else "ltr")
        for quote in SUMMARY.quotes
    ]
    assert all(f"https://t.me/some_bot?start=c_{quote.citation}" in found.links for quote in SUMMARY.quotes)
    assert all(document.sha256 in found.words for document in SUMMARY.used)
    assert "Remarks 9" in found.words


def test_a_page_needs_nothing_from_outside() -> None:
    data = page(content())
    found = Page(data)
    assert not found.tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert b"url(" not in data
    assert b"@import" not in data
    assert b"default-src 'none'" in data
    assert b"prefers-color-scheme: dark" in data
    assert b"@media print" in data


HOSTILE = made(
    "x<script>.pdf",
    '</blockquote><script>alert(1)</script> #eval("1") $x$ *b* _i_ \\ [c] @d <e> // not a comment',
    title='<img src="x" onerror="alert(1)">',
    publisher="#panic()",
    language='en" onclick="alert(1)',
    url="javascript:alert(1)",
)
HOSTILE_SUMMARY = Summary("<b>", 8, None, (Section("agenda", (quoted(HOSTILE, 1),)),), (), (HOSTILE,), (HOSTILE,))


def test_nothing_in_a_document_becomes_markup_of_the_page() -> None:
    found = Page(page(content(summary=HOSTILE_SUMMARY)))
    assert [text for text, _ in found.quotations] == [HOSTILE.text]
    assert not found.tags & {"script", "img"}
    assert not any(link.startswith("javascript") for link in found.links)


def test_nothing_in_a_document_becomes_markup_of_the_pdf() -> None:
    text = text_of(pdf(content(summary=HOSTILE_SUMMARY), AT))
    assert HOSTILE.text in text
    assert "#panic()" in text
    assert b"javascript" not in pdf(content(summary=HOSTILE_SUMMARY), AT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotations_in_latin_and_cyrillic_letters_come_out_of_the_pdf_verbatim(language: str) -> None:
    text = text_of(pdf(content(language), AT))
    for quote in SUMMARY.quotes:
        if quote.document not in (ARABIC, PERSIAN):
            assert quote.text in text
    assert all(quote.citation in text and quote.document.sha256 in text for quote in SUMMARY.quotes)


def test_arabic_words_come_out_of_the_pdf_in_their_order() -> None:
    document = made("ar.pdf", "تجتمع الوفود في مدينة جنيف غدا", language="ar")
    summary = Summary("Astana", 8, None, (Section("agenda", (quoted(document, 1),)),), (), (document,), ())
    for language in ("en", "ar"):
        assert document.text in text_of(pdf(content(language, summary), AT))


def test_the_pdf_has_its_fonts_and_names_its_title_and_language() -> None:
    document = pypdfium2.PdfDocument(pdf(content("ru"), AT))
    assert document.get_metadata_value("Title").startswith("Astana. ")
    assert len(document) >= 3
    document.close()
    data = pdf(content("ru"), AT)
    assert b"DejaVuSans" in data
    assert b"/Lang(ru)" in data
    assert b"/FontFile2" in data or b"/FontFile3" in data
    assert (fonts() / "DejaVuSans.ttf").is_file()


def test_a_long_summary_of_many_pages_is_whole() -> None:
    document = made("long.pdf", *(f"Sentence {number} " + "of many words " * 40 + "ends." for number in range(60)))
    summary = Summary(
        None,
        8,
        None,
        (Section("outcomes", tuple(quoted(document, number) for number in range(1, 61))),),
        (),
        (document,),
        tuple(made(f"{number}.pdf", "x", title=f"Unused {number}") for number in range(200)),
    )
    text = text_of(pdf(sheet(summary, "en", BOT, AT), AT))
    assert all(quote.text in text for quote in summary.quotes)
    assert "Unused 199" in text


def test_an_unknown_document_is_cited_by_its_file() -> None:
    bare = replace(made("bare.pdf", "Words."), metadata=Metadata())
    summary = Summary(None, 8, None, (Section("agenda", (quoted(bare, 1),)),), (), (bare,), ())
    made_sheet = sheet(summary, "en", BOT, AT)
    assert made_sheet.title == "Round 8: summary in quotations"
    assert made_sheet.used == (Line("bare.pdf", "standing not known", "ltr"),)
