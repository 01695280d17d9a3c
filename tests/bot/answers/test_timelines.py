"""``/timeline``: a picture where three meetings speak of a topic, and its quotations in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.local.faults import bad_gateway
from tests.bot.harness import quotations, said_by_bot, shown
from tests.bot.talking import chat
from tests.talks import GENEVA, NO_CONSENSUS, TURKISH, UNDATED, WORKING_GROUP

if TYPE_CHECKING:
    from pathlib import Path

USAGE = (
    "Write a topic after /timeline: I show what the documents of each meeting say of it, in time.\n"
    "For example: /timeline detainees"
)
PICTURED = (
    "Timeline: detainees\nHow many passages of each meeting's documents are on the topic.\n"
    "The number at a mark is that of the round."
)

pytestmark = pytest.mark.asyncio


async def test_a_picture_comes_first_and_then_the_quotations_in_time(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        picture = await one.ask("/timeline detainees")
        quoted = await shown(one.bot.world, one.anna.id, lambda message: bool(quotations(message)))
    assert picture.text == PICTURED
    assert picture.attachment is not None
    assert picture.attachment.kind == "photo"
    assert not picture.is_protected
    assert quotations(quoted) == [NO_CONSENSUS, GENEVA, WORKING_GROUP, TURKISH, UNDATED]
    titles = [line for line in quoted.text.split("\n") if line.endswith(("passage)", "passages)"))]
    assert titles == [
        "Astana, round 7, 30–31 Oct 2017 (1 passage)",
        "Geneva, round 8, 28 Nov\u2009–\u200914 Dec 2017 (1 passage)",
        "Astana, round 8, 21–22 Dec 2017 (1 passage)",
        "Documents of no meeting, undated (1 passage)",
    ]


async def test_fewer_than_three_dates_are_no_picture(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        message = await one.ask("/timeline detainees Geneva")
        messages = said_by_bot(one.bot.world, one.anna.id)
    assert messages == [message]
    assert message.text.split("\n")[:2] == ["Geneva. Timeline: detainees", "1 document was searched."]
    assert quotations(message) == [GENEVA]


async def test_a_picture_that_counts_what_not_all_may_read_may_not_be_passed_on(tmp_path: Path) -> None:
    async with chat(tmp_path / "data", clearance="restricted") as one:
        one.bot.services.library.relabel("geneva.md", "restricted", "test")
        picture = await one.ask("/timeline detainees")
    assert picture.is_protected


async def test_what_the_chat_may_not_see_is_not_in_it(tmp_path: Path) -> None:
    async with chat(tmp_path / "data", clearance="public") as one:
        one.bot.services.library.relabel("geneva.md", "restricted", "test")
        message = await one.ask("/timeline detainees")
    assert quotations(message) == [NO_CONSENSUS, WORKING_GROUP, TURKISH, UNDATED]


async def test_without_its_picture_the_quotations_still_come(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        one.bot.world.faults.plan("sendPhoto", bad_gateway())
        message = await one.ask("/timeline detainees")
    assert quotations(message) == [NO_CONSENSUS, GENEVA, WORKING_GROUP, TURKISH, UNDATED]


async def test_what_has_no_timeline_is_answered_plainly(tmp_path: Path) -> None:
    expected = {
        "/timeline": USAGE,
        "/timeline ?!": USAGE,
        "/timeline «?!»": "I find no words to search for in this. Please name the topic in a few words.",
        "/timeline volcano": "Timeline: volcano\n6 documents were searched.\n\n"
        "No passage on this topic was found in the documents.",
        "/timeline " + "d" * 4080: "The topic is too long: at most 1000 characters can be searched for.",
    }
    async with chat(tmp_path / "data") as one:
        said = {text: (await one.ask(text)).text for text in expected}
    assert said == expected
