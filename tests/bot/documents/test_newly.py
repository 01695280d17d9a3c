"""``/since``: what came, by round, with a button for each; and plain answers to what is no day."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.answers.keyboard import Button
from bot.clock import ManualClock
from bot.documents.newly import News, news_messages
from bot.languages import phrases
from corpus.document import Document, Metadata
from retrieval.summaries.arrivals import Arrival, Batch
from retrieval.summaries.round_table import Round
from tests.bot.talking import chat

if TYPE_CHECKING:
    from pathlib import Path

    from bot.local.models import Message


USAGE = (
    "Write a date after /since: I list the documents that came, or were changed, from that day on.\n"
    "For example: /since 1 November"
)
DAY = 24 * 3600.0


def lines(message: Message) -> list[str]:
    return message.text.split("\n")


@pytest.mark.asyncio
async def test_what_came_is_listed_by_round_with_buttons_to_each(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        message = await one.ask("/since yesterday")
        label = next(button for button in message.buttons if button.text == "3")
        await one.bot.press(one.anna, message, label.value)
        sheet = await one.bot.world.bot_message(one.anna.id, after=message.id)
        added = one.bot.services.engine.stock.documents()["seventh.md"].added
    found = lines(message)
    came = phrases("en").date(datetime.datetime.fromtimestamp(added, datetime.UTC).date().isoformat())
    assert found[0].startswith("6 documents have come or changed here since ")
    assert found[1:4] == [
        "Astana, round 7",
        f"1. Record 7 of Astana (Institute of Records, 31 October 2017, new here on {came})",
        f"2. Rounds 7 and 8 on pipes (new here on {came})",
    ]
    assert [line for line in found if ". " not in line][1:] == [
        "Astana, round 7",
        "Astana, round 8",
        "Astana, round 9",
        "Geneva, round 8",
        "Of no round",
    ]
    assert [button.text for button in message.buttons] == ["1", "2", "3", "4", "5", "6"]
    assert lines(sheet)[0] == "Record 8 of Astana"


@pytest.mark.asyncio
async def test_what_came_before_that_day_is_not_listed(tmp_path: Path) -> None:
    clock = ManualClock(time.time() + 10 * DAY)
    async with chat(tmp_path / "data", clock=clock) as one:
        none = await one.ask("/since yesterday")
        all_of_them = await one.ask("/since 11 days ago")
    assert none.text.startswith("No document has come or changed here since ")
    assert all_of_them.text.startswith("6 documents have come or changed here since ")


@pytest.mark.asyncio
async def test_a_withdrawn_document_is_named_to_admins_in_private_alone(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        one.bot.services.library.withdraw("geneva.md", "test")
        seen = await one.ask("/since yesterday")
        told = await one.ask("/since yesterday", one.admin)
    assert seen.text.startswith("5 documents")
    assert "Record 8 of Geneva" not in seen.text
    assert lines(told)[-1] == ("Withdrawn since then, which only administrators are told: Record 8 of Geneva")


@pytest.mark.asyncio
async def test_what_is_no_day_or_still_to_come_is_answered_plainly(tmp_path: Path) -> None:
    expected = {
        "/since": USAGE,
        "/since banana": f"I cannot read one date in this: banana\n{USAGE}",
        "/since 31 February 2026": f"I cannot read one date in this: 31 February 2026\n{USAGE}",
        "/since 2099-01-01": "1 January 2099 is still to come.",
    }
    async with chat(tmp_path / "data") as one:
        said = {text: (await one.ask(text)).text for text in expected}
        long = await one.ask("/since " + "d" * 4000)
    assert said == expected
    assert long.text.startswith("I cannot read one date in this: dddd")


def test_many_documents_come_in_several_messages_and_the_rest_is_counted() -> None:
    documents = [
        Document(f"{number}.md", f"/{number}.md", "0" * 64, "x", (), Metadata(title=f"Document {number}"))
        for number in range(1, 71)
    ]
    batch = Batch(None, tuple(Arrival(document, 0.0, is_new=True) for document in documents))
    handles = {document.id: f"{number:08x}" for number, document in enumerate(documents, 1)}
    news = News(datetime.date(1970, 1, 1), (batch,), ())
    messages = news_messages(news, handles, ZoneInfo("UTC"), phrases("en"))
    assert [sum(len(row) for row in message.buttons) for message in messages] == [15, 15, 15, 15, 0]
    assert messages[0].buttons[0][0].data == "do:00000001:s"
    assert messages[1].buttons[0][0] == Button("16", "do:00000010:s")
    assert messages[1].text.startswith("16. <b>Document 16</b>")
    assert messages[-1].text == "And 10 more; /documents lists all."


def test_a_round_s_name_stays_with_its_documents_where_a_new_message_begins() -> None:
    documents = [
        Document(f"{number}.md", f"/{number}.md", "0" * 64, "x", (), Metadata(title=f"Document {number}"))
        for number in range(1, 17)
    ]
    batches = tuple(
        Batch(Round("Astana", number, (), (), (document,)), (Arrival(document, 0.0, is_new=True),))
        for number, document in enumerate(documents, 1)
    )
    handles = {document.id: "0" * 8 for document in documents}
    messages = news_messages(News(datetime.date(1970, 1, 1), batches, ()), handles, ZoneInfo("UTC"), phrases("en"))
    assert len(messages) == 2
    assert messages[1].text.split("\n") == [
        "<u>Astana, round 16</u>",
        "16. <b>Document 16</b> (new here on 1 January 1970)",
    ]
