"""References as text and as files, read back by libraries that are not those that wrote them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rispy
from pybtex.database import parse_string

from bot.answers.references import Style, copied, reference, reference_file
from bot.languages import phrases
from corpus.document import Block, BlockKind, Document, Metadata
from retrieval.answers.quotes import Quote

TEXT = "The parties agreed on 50 % of {it} & the rest_was left\\open ~ for $3 #7."
METADATA = Metadata(
    title="Statement & {final} record",
    publisher="Institute of Records",
    date="2017-12-22",
    language="en",
    url="https://records.example.org/8?a=1&b_c=2",
)


def quote(metadata: Metadata = METADATA, *, text: str = TEXT) -> Quote:
    """A quotation of the whole of a document of one paragraph on page 3."""
    block = Block(BlockKind.PARAGRAPH, 0, len(text), page=3, paragraph=2)
    return Quote(Document("statements/r08.pdf", "/r08.pdf", "ab" * 32, text, (block,), metadata), 0, len(text))


def test_in_author_date_style_the_quotation_points_to_a_reference_below() -> None:
    before, behind = copied(quote(), Style.AUTHOR_DATE, phrases("en"))
    assert before == "“"
    assert behind == (
        "” (Institute of Records 2017, p. 3, para. 2)\n\n"
        "Institute of Records (2017). Statement & {final} record. 22 December 2017. "
        "https://records.example.org/8?a=1&b_c=2"
    )


def test_a_footnote_says_all_in_one_line() -> None:
    assert copied(quote(), Style.FOOTNOTE, phrases("en"))[1] == (
        "”\n\nInstitute of Records, Statement & {final} record, 22 December 2017, p. 3, para. 2, "
        "https://records.example.org/8?a=1&b_c=2"
    )


def test_what_is_not_known_is_left_out_and_a_sentence_ends() -> None:
    bare = quote(Metadata())
    assert reference(bare, Style.AUTHOR_DATE, phrases("en")) == "statements/r08.pdf."
    assert copied(bare, Style.AUTHOR_DATE, phrases("en"))[1].startswith("” (statements/r08.pdf, p. 3")
    assert reference(quote(replace(METADATA, date=None, url=None)), Style.AUTHOR_DATE, phrases("en")) == (
        "Institute of Records. Statement & {final} record."
    )


@pytest.mark.parametrize(("language", "marks"), [("en", "“”"), ("tr", "“”"), ("ru", "«»"), ("kk", "«»"), ("fa", "«»")])
def test_quotation_marks_are_those_of_the_language(language: str, marks: str) -> None:
    before, behind = copied(quote(), Style.AUTHOR_DATE, phrases(language))
    assert (before, behind[0]) == tuple(marks)


def test_bibtex_is_read_back_as_it_was_whatever_signs_it_holds() -> None:
    (entry,) = parse_string(reference_file(quote(), Style.BIBTEX, TEXT), "bibtex").entries.values()
    assert entry.type == "techreport"
    assert entry.key == quote().citation
    assert str(entry.persons["author"][0]) == "{Institute of Records}"
    assert (entry.fields["year"], entry.fields["date"], entry.fields["pages"]) == ("2017", "2017-12-22", "3")
    assert entry.fields["url"] == METADATA.url
    assert entry.fields["note"] == (
        r"The parties agreed on 50 \% of \textbraceleft{}it\textbraceright{} \& the rest\_was left\textbackslash{}open "
        r"\textasciitilde{} for \$3 \#7."
    )
    assert entry.fields["title"] == r"{Statement \& \textbraceleft{}final\textbraceright{} record}"


@pytest.mark.parametrize("text", ["{ one brace", "} another", "a \\ b", "two {{ and } one"])
def test_braces_never_break_the_file(text: str) -> None:
    made = reference_file(quote(replace(METADATA, title=text), text=text), Style.BIBTEX, text)
    (entry,) = parse_string(made, "bibtex").entries.values()
    assert {"title", "note", "url"} <= set(entry.fields.keys())


def test_ris_is_read_back_as_it_was_and_a_line_stays_a_line() -> None:
    made = reference_file(quote(), Style.RIS, "First line.\nER  - \nTY  - BOOK")
    (entry,) = rispy.loads(made)
    assert entry["type_of_reference"] == "RPRT"
    assert entry["title"] == METADATA.title
    assert entry["authors"] == ["Institute of Records"]
    assert (entry["year"], entry["date"]) == ("2017", "2017/12/22")
    assert (entry["start_page"], entry["end_page"]) == ("3", "3")
    assert entry["urls"] == [METADATA.url]
    assert entry["notes"] == ["First line. ER  -  TY  - BOOK"]
