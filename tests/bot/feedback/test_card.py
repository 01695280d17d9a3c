"""What admins see of verdicts, as messages: within Telegram's limits, escaped, and in every language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.feedback.card import Overview, Shown, card
from bot.feedback.table import Complaint, Judgement, Verdict
from bot.languages import LANGUAGES, phrases
from bot.local.markup import parse_html
from bot.messages.lengths import utf16_length
from corpus.document import Document, Metadata
from retrieval.answers.quotes import Quote

DOCUMENT = Document("a.md", "/a.md", "ab" * 32, "One. Two.", (), Metadata(title="Report & <annex>", date="2018-05-14"))
DAY = 1_767_225_600.0
COUNTS = {Verdict.GOOD: 4, Verdict.BAD: 2, Verdict.WRONG_SOURCE: 1}
NONE = dict.fromkeys(Verdict, 0)
SHOWN = Shown(
    Complaint(Judgement("0123456789", Verdict.WRONG_SOURCE, 2, DAY), 3),
    "Who <b>opposed</b> it?",
    True,
    Quote(DOCUMENT, 0, 4),
)


def test_a_complaint_is_its_day_verdict_question_and_source() -> None:
    (message,) = card(Overview(NONE, COUNTS, (SHOWN,)), phrases("en"))
    assert parse_html(message.text).text.split("\n") == [
        "Last 30 days: 0 👍, 0 👎, 0 wrong source",
        "In all: 4 👍, 2 👎, 1 wrong source",
        "Who asked and who judged is not shown.",
        "",
        "The latest complaints:",
        "",
        "1 January 2026 · Wrong source of quotation 2 × 3",
        "“Who <b>opposed</b> it?”",
        "Quoted: Report & <annex>, 14 May 2018",
    ]


def test_without_complaints_there_are_counts_and_the_button_alone() -> None:
    (message,) = card(Overview(COUNTS, COUNTS, ()), phrases("en"))
    assert "complaints" not in message.text
    assert [button.data for row in message.buttons for button in row] == ["fb:file"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_questions_and_titles_stay_within_the_limits_with_the_button_under_the_last(language: str) -> None:
    document = replace(DOCUMENT, metadata=Metadata(title="<&>🔥" * 500))
    long = replace(SHOWN, question="<&>🔥" * 1000, quote=Quote(document, 0, 4))
    messages = card(Overview(COUNTS, COUNTS, (long,) * 10), phrases(language))
    assert len(messages) > 1
    assert all(utf16_length(message.text) <= 4096 for message in messages)
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [True]
