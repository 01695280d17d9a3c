"""Values that admins give: what is kept of them, and what is said of a caption's lines."""

from __future__ import annotations

import pytest

from bot.documents.values import ValueRefused, given_value, read_caption
from bot.languages import phrases
from corpus.access import Labels

SAY, LABELS = phrases("en"), Labels(("public", "internal", "Streng geheim"))


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("title", "  The corridor ", "The corridor"),
        ("title", "-", ""),
        ("date", "٢٠١٨-٠٥", "2018-05"),
        ("round", "۸", "8"),
        ("language", "fas", "fas"),
        ("document_class", "Official-Statement", "Official-Statement"),
        ("access", " INTERNAL ", "internal"),
    ],
)
def test_what_is_kept_of_a_value(name: str, text: str, kept: str) -> None:
    assert given_value(name, text, LABELS) == kept


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("access", "secret", "secret is no access label; in use are: public, internal, Streng geheim."),
        ("access", "-", "- is no access label; in use are: public, internal, Streng geheim."),
        ("document_class", "poem", "poem is no class; there are: official statement, briefing, analysis, news."),
        ("meeting_end", "31.02.2018", "31.02.2018 is not a date; write for example 2018-05-15, 2018-05, 2018"),
        ("process", "P" * 501, "That is longer than 500 characters."),
    ],
)
def test_a_wrong_value_has_its_sentence(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ValueRefused) as caught:
        given_value(name, text, LABELS)
    assert caught.value.sentence(SAY, LABELS) == sentence


def test_a_caption_gives_values_line_by_line_and_its_last_word_holds() -> None:
    caption = read_caption("streng geheim\n\nClass: news\nurl: https://example.org/a:b\nclass: analysis", LABELS, SAY)
    assert caption.values == {
        "access": "Streng geheim",
        "document_class": "analysis",
        "url": "https://example.org/a:b",
    }
    assert caption.problems == ()


@pytest.mark.parametrize("line", ["acess: internal", "classification: internal", "access: secret"])
def test_what_may_be_meant_for_a_label_keeps_the_document_closest(line: str) -> None:
    caption = read_caption(line, LABELS, SAY)
    assert caption.values == {"access": "Streng geheim"}
    assert len(caption.problems) == 1


def test_sources_cannot_be_given_in_a_line() -> None:
    caption = read_caption("sources: a, b", LABELS, SAY)
    assert caption.values == {}
    assert caption.problems[0].startswith("sources: a, b says nothing of a document; a line can begin with: title, ")
