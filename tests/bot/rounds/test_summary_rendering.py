"""A round summary in one message: sections, standings, citations, sources, and what is left out where it is long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answers.keyboard import Button
from bot.languages import LANGUAGES
from bot.local.entities import FormattedText, fix
from bot.local.markup import parse_html
from bot.rounds.summary_rendering import file_buttons, fits, shown_length, shown_summary, summary_messages
from corpus.document import Document
from retrieval.answers.quotes import Quote
from retrieval.summaries.round_table import Round
from retrieval.summaries.summary import Disagreement, Section, Summary
from tests.bot.summaries import ARABIC, ENGLISH, KNOWN, NEWS, NOT_USED, RUSSIAN, STATEMENT, SUMMARY, made, quoted

BOT = "some_bot"


def shown(text: str) -> FormattedText:
    """A message as Telegram shows it."""
    parsed = parse_html(text)
    return fix(parsed.text, parsed.entities)


def blocks(text: str) -> list[str]:
    """The block quotations of a message."""
    seen = shown(text)
    return [entity.of(seen.text) for entity in seen.entities if entity.type.endswith("blockquote")]


def link(quote: Quote) -> str:
    """The link that checks a quotation."""
    return f'<a href="https://t.me/{BOT}?start=c_{quote.citation}">{quote.citation}</a>'


def long_summary(sections: int, quotations: int, length: int, *, disagreements: int = 0) -> Summary:
    """A summary of sections with as many quotations of ``length`` characters each."""
    count = sections * quotations + 2 * disagreements
    document = made(
        "long.pdf", *(f"{number:04} " + "word " * ((length - 6) // 5) + "x" for number in range(count)), kind=STATEMENT
    )
    quotes = [quoted(document, number + 1, score=(number % quotations) / 10) for number in range(count)]
    body = [quotes[place * quotations : (place + 1) * quotations] for place in range(sections)]
    rest = quotes[sections * quotations :]
    return Summary(
        "Astana",
        8,
        None,
        tuple(Section("outcomes", tuple(one)) for one in body),
        tuple(Disagreement("numbers", tuple(rest[2 * place : 2 * place + 2])) for place in range(disagreements)),
        (document,),
        (),
    )


def test_the_whole_message_of_a_small_summary() -> None:
    summary = replace(
        SUMMARY,
        sections=(Section("outcomes", (quoted(ENGLISH, 2), quoted(RUSSIAN, 2))),),
        disagreements=(),
        used=(ENGLISH, RUSSIAN),
        not_used=NOT_USED[:2],
    )
    (message,) = summary_messages(summary, "en", BOT, handle="0123abcd")
    assert message.text == (
        "<b>Astana. Round 8: summary in quotations</b>\n\n"
        "<b>Outcomes</b>\n"
        "<i>official statement</i>\n"
        "<blockquote>The parties adopted a regulation on the release of detainees &lt;&amp;&gt; the handover of bodies."
        "</blockquote>\n"
        f"1. [1], p. 2, para. 2 · {link(quoted(ENGLISH, 2))}\n"
        "<i>news</i>\n"
        "<blockquote>Россия заявила, что конгресс состоится в Сочи.</blockquote>\n"
        f"2. [2], p. 2, para. 2 · {link(quoted(RUSSIAN, 2))}\n\n"
        "<b>Documents used</b>\n"
        '[1] Joint statement, Ministry, 22 December 2017 · <a href="https://example.org/8?a=1&amp;b=2">source</a>\n'
        "[2] Итоги раунда, Агентство, 23 December 2017\n\n"
        "<b>Documents not used</b>\n"
        "Remarks 1; Remarks 2"
    )
    assert message.buttons == ((Button("Whole as PDF", "sf:0123abcd:p"), Button("Whole as HTML", "sf:0123abcd:h")),)
    assert message.buttons == file_buttons("0123abcd", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_quotation_is_shown_as_it_is_with_its_own_link(language: str) -> None:
    (message,) = summary_messages(SUMMARY, language, BOT, handle="0123abcd", known=KNOWN)
    assert blocks(message.text) == [quote.text for quote in SUMMARY.quotes]
    assert all(message.text.count(link(quote)) >= 1 for quote in SUMMARY.quotes)
    assert shown_length(message.text) == len(shown(message.text).text.encode("utf-16-le")) // 2


def test_dates_that_differ_are_said_to_and_one_range_is_a_plain_line() -> None:
    lines = shown_summary(SUMMARY, "en", BOT, known=KNOWN).message.text.split("\n")
    assert lines[1:3] == ["Sources differ on the dates: 20–22 Dec 2017; 21–22 Dec 2017", "Astana"]
    one = replace(KNOWN, periods=KNOWN.periods[1:])
    assert shown_summary(SUMMARY, "en", BOT, known=one).message.text.split("\n")[1] == "21–22 Dec 2017 · Astana"
    nothing = Round("Astana", 8, (), (), ())
    assert shown_summary(SUMMARY, "en", BOT, known=nothing).message.text.split("\n")[1] == ""


def test_sources_of_one_standing_are_labelled_once_on_top() -> None:
    summary = replace(
        SUMMARY,
        sections=(Section("agenda", (quoted(ENGLISH, 2),)), Section("outcomes", (quoted(ENGLISH, 3),))),
        disagreements=(),
        used=(ENGLISH,),
    )
    text = shown_summary(summary, "en", BOT).message.text
    assert text.split("\n")[1] == "All quotations are from documents of one kind: official statement"
    assert f"1. p. 2, para. 2 · {link(quoted(ENGLISH, 2))}\n" in text, "the only document needs no number"
    assert text.count("official statement") == 1
    unknown = made("x.pdf", "Some words.")
    text = shown_summary(
        replace(summary, sections=(Section("agenda", (quoted(unknown, 1),)),), used=(unknown,)), "en", BOT
    ).message.text
    assert (
        text.split("\n")[1] == "Who speaks in these documents (an official statement, an analysis, news) is not known."
    )


def test_where_sources_differ_each_quotation_has_its_standing_beside_it() -> None:
    text = shown_summary(SUMMARY, "en", BOT).message.text
    differing = text[text.index("<b>Sources differ: dates</b>") :]
    assert f"1. [1] official statement, p. 1, para. 1 · {link(quoted(ENGLISH, 1))}" in differing
    assert f"9. [4] news, p. 1, para. 1 · {link(quoted(RUSSIAN, 1))}" in differing


def test_a_quotation_shown_twice_has_one_number_and_is_listed_once() -> None:
    found = shown_summary(SUMMARY, "en", BOT)
    assert found.numbers == tuple(range(1, 10))
    assert found.quotes == (*SUMMARY.quotes[:8], SUMMARY.quotes[9])
    assert found.sections == (
        "Dates and place",
        *["Outcomes"] * 4,
        "Positions: Russia",
        "Positions: Türkiye",
        "Next meeting",
        "Sources differ: dates",
    )
    assert found.named == {document.id for document in (*SUMMARY.used, *NOT_USED[:6])}


def test_of_many_documents_not_used_the_first_are_named_and_the_rest_counted() -> None:
    text = shown_summary(SUMMARY, "en", BOT).message.text
    assert text.endswith("Remarks 4; Remarks 5; Remarks 6; and 3 more documents")


def test_a_long_summary_leaves_out_the_least_relevant_and_counts_them() -> None:
    summary = long_summary(4, 5, 300)
    found = shown_summary(summary, "en", BOT)
    assert fits(found.message.text)
    assert "<i>" + f"{20 - len(found.quotes)} more quotations are in the file.</i>" in found.message.text
    assert blocks(found.message.text) == [quote.text for quote in found.quotes]
    for section in summary.sections:
        kept = [quote for quote in section.quotes if quote in found.quotes]
        assert kept == sorted(section.quotes, key=lambda quote: -quote.score)[: len(kept)][::-1]
        assert kept
    # One more would not have fitted.
    assert shown_length(found.message.text) + 300 > 4096
    without_file = shown_summary(summary, "en", BOT, has_file=False).message.text
    assert "more quotations were left out." in without_file


def test_each_section_keeps_a_quotation_and_a_disagreement_two_as_long_as_they_fit() -> None:
    summary = long_summary(5, 3, 280, disagreements=2)
    found = shown_summary(summary, "en", BOT)
    assert fits(found.message.text)
    assert all(any(quote in found.quotes for quote in section.quotes) for section in summary.sections)
    assert all(quote in found.quotes for one in summary.disagreements for quote in one.quotes)


def test_where_even_one_for_each_is_too_much_disagreements_go_first() -> None:
    summary = long_summary(7, 2, 450, disagreements=3)
    found = shown_summary(summary, "en", BOT)
    assert fits(found.message.text)
    assert all(sum(quote in found.quotes for quote in section.quotes) == 1 for section in summary.sections)
    assert "Sources differ" not in found.message.text
    assert found.message.text.count("<b>Outcomes</b>") == 7


def test_a_quotation_longer_than_a_message_is_only_in_the_file() -> None:
    document = made("row.pdf", "cell " * 1500 + "end", "A short one.", kind=STATEMENT)
    summary = Summary(
        None,
        8,
        None,
        (Section("agenda", (quoted(document, 1),)), Section("outcomes", (quoted(document, 2),))),
        (),
        (document,),
        (),
    )
    found = shown_summary(summary, "en", BOT)
    assert blocks(found.message.text) == ["A short one."]
    assert "<b>Agenda</b>\nToo long for a message; see the file." in found.message.text
    assert "1 more quotation is in the file." in found.message.text
    assert "<b>Agenda</b>\nToo long for a message." in shown_summary(summary, "en", BOT, has_file=False).message.text


def test_no_more_entities_than_telegram_shows() -> None:
    summary = long_summary(6, 20, 20)
    found = shown_summary(summary, "en", BOT)
    assert 20 < len(found.quotes) < 50
    assert len(shown(found.message.text).entities) <= 100


def many(title: str, publisher: str | None = None) -> tuple[Document, ...]:
    """Documents with that title."""
    return tuple(made(f"{number}.pdf", "Words.", kind=NEWS, title=title, publisher=publisher) for number in range(40))


@pytest.mark.parametrize("title", ["T" * 5000, "🕊️ " * 900, "اسم طويل " * 300, "<&> " * 700])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_names_of_any_length_fit(title: str, language: str) -> None:
    documents = many(title, publisher=title)
    summary = Summary(
        title, 8, None, (Section("outcomes", tuple(quoted(one, 1) for one in documents)),), (), documents, documents
    )
    found = shown_summary(summary, language, BOT)
    assert fits(found.message.text)
    assert found.quotes


def test_in_a_right_to_left_language_names_are_set_apart_and_lines_run_that_way() -> None:
    text = shown_summary(SUMMARY, "ar", BOT).message.text
    assert "\u200f1. \u2068[1]\u2069" in text
    assert "\u200f\u2068[1]\u2069 \u2068Joint statement\u2069" in text


def test_in_a_left_to_right_language_right_to_left_names_are_set_apart() -> None:
    summary = replace(
        SUMMARY, sections=(Section("agenda", (quoted(ARABIC, 1),)),), disagreements=(), used=(ARABIC,), not_used=()
    )
    text = shown_summary(summary, "en", BOT).message.text
    assert text.endswith("\n\u2068بيان حول الجولة الثامنة\u2069, \u2068وكالة\u2069, 22 December 2017")


def test_a_topic_is_named_and_one_without_a_passage_is_said_to_have_none() -> None:
    on_topic = replace(
        SUMMARY, topic="detainees & bodies", sections=(Section("topic", (quoted(ENGLISH, 2),)),), disagreements=()
    )
    text = shown_summary(on_topic, "en", BOT).message.text
    assert text.startswith("<b>Astana. Round 8: quotations on “detainees &amp; bodies”</b>")
    assert "<b>On the topic: detainees &amp; bodies</b>" in text
    empty = replace(on_topic, sections=(), used=())
    text = shown_summary(empty, "en", BOT).message.text
    assert text.split("\n")[1] == "No passage on this topic was found in the documents of this round."
    text = shown_summary(replace(empty, topic=None), "en", BOT).message.text
    assert text.split("\n")[1] == "There is nothing to quote in the documents of this round."
