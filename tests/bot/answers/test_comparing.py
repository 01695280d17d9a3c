"""``/compare``: rounds side by side in the chat, and plain answers to what cannot be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.answers.comparing import comparison_messages
from bot.messages.rendering import MESSAGE_LIMIT
from retrieval.answers.comparing import Comparison, Row
from retrieval.answers.quotes import Quote
from retrieval.summaries.round_table import find
from tests.bot.harness import delegation, quotations, said_by_bot, shown
from tests.bot.talking import chat
from tests.talks import GENEVA, NO_CONSENSUS, TURKISH, WORKING_GROUP, make_talks

if TYPE_CHECKING:
    from pathlib import Path

USAGE = (
    "Write a topic and two to four rounds after /compare: I show what the documents of each say of it.\n"
    "For example: /compare detainees 7 8"
)
CAUTION = "“No passage found” says nothing of a position: the documents may just not speak of it."


@pytest.mark.asyncio
async def test_two_rounds_are_shown_side_by_side_and_by_party(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        message = await one.ask("/compare detainees Astana 7 and 8")
    assert quotations(message) == [NO_CONSENSUS, WORKING_GROUP, TURKISH]
    lines = message.text.split("\n")
    assert lines[:3] == [
        "Comparison: detainees",
        "Astana, round 7: 30–31 Oct 2017, 2 documents",
        "Astana, round 8: 21–22 Dec 2017, 2 documents",
    ]
    assert lines.index("No party named") < lines.index(NO_CONSENSUS) < lines.index(WORKING_GROUP)
    assert lines.index(WORKING_GROUP) < lines.index("Türkiye") < lines.index("Astana, round 7: no passage found")
    assert lines.index("Astana, round 7: no passage found") < lines.index(TURKISH)
    assert lines[-1] == CAUTION


@pytest.mark.asyncio
async def test_the_quotations_can_be_checked_again(tmp_path: Path) -> None:
    async with chat(tmp_path / "data") as one:
        message = await one.ask("/compare detainees Astana 7 Geneva 8")
        ids = [(entity.url or "").partition("c_")[2] for entity in message.entities if entity.type == "text_link"]
        checked = [quotations(await one.ask(f"/start c_{identifier}")) for identifier in ids]
    assert quotations(message) == [NO_CONSENSUS, GENEVA]
    assert checked == [[NO_CONSENSUS], [GENEVA]]


@pytest.mark.asyncio
async def test_what_cannot_be_compared_is_answered_plainly(tmp_path: Path) -> None:
    missing = "No document is of round {}.\nRounds that the documents cover: Astana 7–9; Geneva 8."
    expected = {
        "/compare": USAGE,
        "/compare detainees": USAGE,
        "/compare detainees 7": USAGE,
        "/compare ?!": USAGE,
        "/compare 7 9": "Write a topic too, for example: /compare detainees 7 8",
        "/compare ?! 7 9": "Write a topic too, for example: /compare detainees 7 8",
        "/compare «?!» 7 9": "I find no words to search for in this. Please name the topic in a few words.",
        "/compare detainees 7 7": "Round 7 is named twice; name two different rounds, for example: "
        "/compare detainees 7 8",
        "/compare detainees Astana 7 7": "Round 7 is named twice; name two different rounds, for example: "
        "/compare detainees 7 8",
        "/compare detainees 7 0": missing.format(0),
        "/compare detainees 7 999": missing.format(999),
        "/compare detainees Geneva 7 Astana 8": "No document is of round 7 of Geneva.\n"
        "Rounds that the documents cover: Astana 7–9; Geneva 8.",
        "/compare detainees 5-9": "At most 4 rounds can be compared at once.",
        "/compare detainees 7 8": "There is a round 8 of several processes: Astana, Geneva. Write the process before "
        "the number, for example: Astana 8",
        "/compare volcano 7 9": "Comparison: volcano\nAstana, round 7: 30–31 Oct 2017, 2 documents\n"
        "Astana, round 9: 14–15 May 2018, 1 document\n\n"
        "No passage on this topic was found in the documents of these rounds.",
        "/compare " + "detainees " * 408 + "7 8": "The topic is too long: at most 1000 characters can be searched for.",
    }
    async with chat(tmp_path / "data") as one:
        said = {text: (await one.ask(text)).text for text in expected}
    assert said == expected


@pytest.mark.asyncio
async def test_a_document_that_the_chat_may_not_see_is_not_compared(tmp_path: Path) -> None:
    async with chat(tmp_path / "data", clearance="public") as one:
        one.bot.services.library.relabel("eighth.md", "restricted", "test")
        message = await one.ask("/compare detainees Astana 7 Astana 8")
    assert quotations(message) == [NO_CONSENSUS]
    assert "Astana, round 8: no passage found" in message.text


@pytest.mark.asyncio
async def test_a_group_compares_what_the_group_may_see_whoever_asks(tmp_path: Path) -> None:
    async with chat(tmp_path / "data", clearance="public") as one:
        group = delegation(one.bot.world, one.anna, admin=one.admin)
        one.bot.services.library.relabel("eighth.md", "restricted", "test")
        await one.bot.ask(one.admin, "/compare detainees Astana 7 8", group.id)
        message = await shown(one.bot.world, group.id, lambda message: message.text.startswith("Comparison"))
    assert quotations(message) == [NO_CONSENSUS]


@pytest.mark.asyncio
async def test_a_stranger_is_not_answered(tmp_path: Path) -> None:
    async with chat(tmp_path / "data", open_to_all=False) as one:
        message = await one.ask("/compare detainees Astana 7 Astana 8")
    assert message.text.startswith("This bot answers only those whom its administrators admit.")
    assert len(said_by_bot(one.bot.world, one.anna.id)) == 1


def test_a_long_comparison_is_divided_between_quotations(tmp_path: Path) -> None:
    talks = make_talks(tmp_path / "data")
    store = talks.generations
    view = store.load(store.current())
    seven, geneva = (find(view, number, process)[0] for number, process in ((7, "Astana"), (8, "Geneva")))
    document = view.document("seventh.md")
    assert document is not None
    start = document.text.index(NO_CONSENSUS)
    quote = Quote(document, start, start + len(NO_CONSENSUS))
    rows = tuple(Row(party, ((quote,) * 3, (quote,) * 3)) for party in (None, "russia", "iran", "turkiye"))
    messages = comparison_messages(Comparison("detainees", (seven, geneva), rows), "en", "bot")
    assert len(messages) > 1
    assert all(len(message.text) <= MESSAGE_LIMIT for message in messages)
    assert sum(message.text.count(f"<blockquote>{NO_CONSENSUS}</blockquote>") for message in messages) == 24
    assert "\n24. <b>" in messages[-1].text
