"""Messages made of answers, citations and summaries: their words, marks, buttons and limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers.keyboard import Button
from bot.languages import phrases
from bot.local.markup import parse_html
from bot.messages.lengths import utf16_length
from bot.messages.rendering import (
    also_lines,
    blockquote,
    citation,
    cited,
    context_messages,
    html,
    packed,
    quotation_messages,
    source_line,
)
from corpus.document import Block, BlockKind, Document, Metadata
from retrieval.answers.quotes import Quote

TEXT = "First <point>. Second & last point."
BLOCK = Block(BlockKind.PARAGRAPH, 0, len(TEXT), page=3, heading="A › <B>", paragraph=12)
METADATA = Metadata(title="Joint <statement>", publisher="R & Co", date="2018-05", url="https://example.org/?a=1&b='2'")
DOCUMENT = Document("folder/a.pdf", "/docs/folder/a.pdf", "ab" * 32, TEXT, (BLOCK,), METADATA)
QUOTE = Quote(DOCUMENT, 15, len(TEXT))
ENGLISH = phrases("en")


def _quotes(count: int, words: int = 4) -> list[Quote]:
    """As many quotations of distinct words, in a document of one paragraph each."""
    sentences = [" ".join(f"word{number}" for _ in range(words)) + "." for number in range(count)]
    text, quotes, start = "\n\n".join(sentences), [], 0
    document = replace(DOCUMENT, text=text, blocks=())
    for sentence in sentences:
        quotes.append(Quote(document, start, start + len(sentence)))
        start += len(sentence) + 2
    return quotes


def test_only_what_telegram_decodes_is_escaped() -> None:
    assert html("<a> & \"b\" 'c'") == "&lt;a&gt; &amp; \"b\" 'c'"


def test_a_citation_names_all_that_is_known() -> None:
    assert citation(QUOTE, ENGLISH, "some_bot") == (
        "<b>Joint &lt;statement&gt;</b>, R &amp; Co, May 2018, \u201cA › &lt;B&gt;\u201d, p. 3, para. 12 · "
        f'<a href="https://t.me/some_bot?start=c_{QUOTE.citation}">{QUOTE.citation}</a> · '
        '<a href="https://example.org/?a=1&amp;b=&#x27;2&#x27;">source</a>'
    )


def test_a_citation_of_an_unknown_source_is_its_file_and_link() -> None:
    bare = Quote(replace(DOCUMENT, metadata=Metadata(), blocks=()), 0, 5)
    assert citation(bare, ENGLISH, "b") == (
        f'<b>folder/a.pdf</b> · <a href="https://t.me/b?start=c_{bare.citation}">{bare.citation}</a>'
    )
    assert source_line(bare) == "folder/a.pdf"


def test_the_page_is_that_of_the_quotation() -> None:
    second = Block(BlockKind.PARAGRAPH, 15, len(TEXT), page=4, paragraph=13)
    document = replace(DOCUMENT, blocks=(replace(BLOCK, end=14), second))
    assert source_line(Quote(document, 15, 20)) == "Joint <statement>, R & Co, May 2018, p. 4, para. 13"


def test_of_a_quotation_over_several_pages_the_first_and_last_are_named() -> None:
    blocks = (replace(BLOCK, end=14), Block(BlockKind.PARAGRAPH, 15, len(TEXT), page=4, paragraph=13))
    document = replace(DOCUMENT, blocks=blocks)
    assert source_line(Quote(document, 0, len(TEXT))).endswith(", p. 3–4, para. 12–13")
    same_page = replace(document, blocks=(blocks[0], replace(blocks[1], page=3)))
    assert source_line(Quote(same_page, 0, len(TEXT))).endswith(", p. 3, para. 12–13")
    assert citation(Quote(document, 0, len(TEXT)), phrases("ru"), "b").count("3–4") == 1


def _with_also(count: int) -> Quote:
    """The quotation, and its words in as many other documents, each with a title of its own."""
    documents = [
        replace(
            DOCUMENT,
            id=f"{number}.md",
            sha256=f"{number:064x}",
            metadata=Metadata(title=f"Copy <{number}>", date="2018"),
        )
        for number in range(count)
    ]
    return replace(QUOTE, also=tuple(Quote(document, 15, len(TEXT)) for document in documents))


def test_documents_with_the_same_words_are_named_below_the_citation_with_links() -> None:
    quote = _with_also(2)
    (text,) = cited(quote, 1, ENGLISH, "b")
    assert text.split("\n") == [
        "<blockquote>Second &amp; last point.</blockquote>",
        f"1. {citation(quote, ENGLISH, 'b')}",
        *(
            f"also in: <b>Copy &lt;{number}&gt;</b>, 2018, p. 3, para. 12 · "
            f'<a href="https://t.me/b?start=c_{also.citation}">{also.citation}</a>'
            for number, also in enumerate(quote.also)
        ),
    ]


def test_of_many_documents_with_the_same_words_three_are_named() -> None:
    (text,) = cited(_with_also(3), 1, ENGLISH, "b")
    assert text.count("also in:") == 3
    assert not text.endswith("…")
    (text,) = cited(_with_also(4), 1, ENGLISH, "b")
    assert text.count("also in:") == 3
    assert text.endswith("</a> …")


@pytest.mark.parametrize("language", ["en", "ru", "kk", "tr", "ar", "fa"])
def test_the_longest_names_and_quotation_still_fit_into_one_message(language: str) -> None:
    long = Metadata(title="Т" * 500, publisher="П" * 500, date="2018-05-14")
    block = replace(BLOCK, heading="З" * 500, page=998, paragraph=100_000)
    blocks = (replace(block, end=14), replace(block, start=15, page=999, paragraph=100_001))
    document = replace(DOCUMENT, metadata=long, blocks=blocks)
    quote = Quote(document, 0, len(TEXT), also=(Quote(document, 0, len(TEXT)),) * 4)
    (text,) = cited(quote, 1, phrases(language), "rapporteur_local_bot")
    assert utf16_length(parse_html(text).text) - len(TEXT) <= 4096 - 2700


def test_in_a_terminal_each_document_with_the_same_words_has_a_line() -> None:
    quote = _with_also(5)
    assert (
        also_lines(quote)[4]
        == f"also in: Copy <4>, 2018, \u201cA › <B>\u201d, p. 3, para. 12  [{quote.also[4].citation}]"
    )
    assert len(also_lines(quote)) == 5
    assert also_lines(QUOTE) == []


def test_a_name_without_end_is_cut_visibly() -> None:
    document = replace(DOCUMENT, metadata=Metadata(title="Б" * 500))
    title = citation(Quote(document, 0, 5), ENGLISH, "b").removeprefix("<b>").partition("</b>")[0]
    assert title == "Б" * 199 + "…"


def test_a_long_quotation_is_folded() -> None:
    assert blockquote("a" * 600).startswith("<blockquote>")
    assert blockquote("a" * 601).startswith("<blockquote expandable>")


_OF_A_QUOTATION = (("Context", "c"), ("Document", "d"), ("Copy", "y"))


def test_three_quotations_at_once_each_with_its_buttons_and_one_for_more() -> None:
    (message,) = quotation_messages(_quotes(5), "0123456789", 0, "en", "b")
    assert message.text.count("<blockquote>") == 3
    assert message.buttons == (
        tuple(Button(f"{label} 1", f"{kind}:0123456789:1") for label, kind in _OF_A_QUOTATION),
        tuple(Button(f"{label} 2", f"{kind}:0123456789:2") for label, kind in _OF_A_QUOTATION),
        tuple(Button(f"{label} 3", f"{kind}:0123456789:3") for label, kind in _OF_A_QUOTATION),
        (Button("More", "m:0123456789:3"),),
    )


def test_the_last_quotations_have_no_more_after_them_and_go_on_counting() -> None:
    (message,) = quotation_messages(_quotes(5), "0123456789", 3, "en", "b", note="Nearest:")
    assert message.text.startswith("Nearest:\n\n<blockquote>word3 ")
    assert "</blockquote>\n4. " in message.text
    assert [button.data for row in message.buttons for button in row] == [
        f"{kind}:0123456789:{number}" for number in (4, 5) for kind in "cdy"
    ]


def test_quotations_too_long_for_one_message_go_out_in_several_with_the_buttons_under_the_last() -> None:
    messages = quotation_messages(_quotes(3, words=400), "0123456789", 0, "en", "b")
    assert [message.text.count("<blockquote") for message in messages] == [1, 1, 1]
    assert [len(message.buttons) for message in messages] == [0, 0, 3]


def test_the_context_is_the_paragraph_and_the_quotation_in_bold() -> None:
    (message,) = context_messages(QUOTE, 2, "en", "b")
    assert message.text.split("\n")[:2] == [
        "The paragraph around quotation 2:",
        "<blockquote>First &lt;point&gt;. <b>Second &amp; last point.</b></blockquote>",
    ]


def test_of_an_endless_paragraph_the_context_is_what_is_near_cut_between_words() -> None:
    text = "before " * 900 + "The quotation." + " after" * 900
    block = Block(BlockKind.PARAGRAPH, 0, len(text))
    start = text.index("The quotation.")
    (message,) = context_messages(Quote(replace(DOCUMENT, text=text, blocks=(block,)), start, start + 14), 1, "en", "b")
    quoted = message.text.partition("<blockquote>")[2].partition("</blockquote>")[0]
    before, after = quoted.split("<b>The quotation.</b>")
    assert set(before.split(" ")) == {"before", ""}
    assert set(after.split(" ")) == {"after", ""}
    assert utf16_length(quoted) < 2800
    assert min(len(before), len(after)) > 1000


def test_right_to_left_lines_set_foreign_names_apart() -> None:
    text = citation(QUOTE, phrases("ar"), "b")
    assert text.startswith("<b>\u2068Joint &lt;statement&gt;\u2069</b>, \u2068R &amp; Co\u2069")


@pytest.mark.parametrize(
    ("parts", "texts"),
    [
        (["a"], ["a"]),
        (["a", "b"], ["a\n\nb"]),
        (["a" * 4096, "b"], ["a" * 4096, "b"]),
        (["a" * 2047, "b" * 2047], ["a" * 2047 + "\n\n" + "b" * 2047]),
        (["a" * 2047, "b" * 2048], ["a" * 2047, "b" * 2048]),
        (["🔥" * 1023, "🔥" * 1024], ["🔥" * 1023 + "\n\n" + "🔥" * 1024]),
        (["🔥" * 1024, "🔥" * 1024], ["🔥" * 1024, "🔥" * 1024]),
    ],
)
def test_parts_are_packed_up_to_the_limit_in_utf16_units_and_never_divided(parts: list[str], texts: list[str]) -> None:
    assert packed(parts) == texts
