"""Correcting what is known of a document: by a reply, by buttons, before and after it is published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.bot.desk import LORRIES, NOTE, labels
from tests.bot.harness import quotations, shown

if TYPE_CHECKING:
    from bot.local.models import Message
    from tests.bot.desk import Desk
    from tests.bot.harness import Running

pytestmark = pytest.mark.asyncio
NO_LONGER = "This button no longer works; please ask again."
FIELDS = [
    *("Title", "Publisher", "Author", "Date", "Language", "Address", "Process", "Round", "Place", "Class"),
    "Access label",
]


async def _asked_for(desk: Desk, bot: Running, card: Message, field: str) -> Message:
    """The message that asks for a field's value, from the card of a file or document."""
    return await desk.pressed(bot, await desk.pressed(bot, card, "Correct"), field)


async def _reply(desk: Desk, asked: Message, text: str) -> Message:
    """What comes of replying to a message."""
    written = desk.world.send_text(desk.admin.id, desk.admin.id, text, reply_to=asked.id)
    return await desk.card(written.id)


async def _sheet(desk: Desk, bot: Running, name: str) -> list[str]:
    return (await bot.ask(desk.admin, f"/document {name}")).text.split("\n")


async def test_every_field_has_a_button(desk: Desk) -> None:
    async with desk.bot() as bot:
        menu = await desk.pressed(bot, await desk.send("corridor.md", NOTE), "Correct")
    assert menu.text == "What is to be corrected in corridor.md?"
    assert labels(menu) == FIELDS


async def test_a_reply_corrects_a_sent_file_and_the_card_is_shown_anew(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = await _asked_for(desk, bot, await desk.send("corridor.md", NOTE), "Title")
        card = await _reply(desk, asked, "The northern corridor")
        await desk.press(bot, card, "Publish")
        await desk.reloaded(card.id)
        sheet = await _sheet(desk, bot, "corridor.md")
    assert asked.text.startswith("Title of corridor.md: send the new value as a reply to this message")
    assert asked.reply_keyboard == {"force_reply": True}
    assert "Title: The northern corridor (corrected)" in card.text.split("\n")
    assert sheet[:2] == ["The northern corridor", "Title: The northern corridor (corrected)"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("Date", "2018-02-31", "2018-02-31 is not a date; write for example 2018-05-15, 2018-05, 2018"),
        ("Language", "english", "english is not the two letters of a language; write for example en"),
        ("Address", "records", "records is not an address; write for example https://example.org/statement"),
        ("Round", "8 May", "8 May is not the number of a round; write for example 8"),
        ("Title", "T" * 4000, "That is longer than 500 characters."),
    ],
)
async def test_a_wrong_value_gets_its_sentence_and_a_right_one_may_follow(
    desk: Desk, field: str, value: str, sentence: str
) -> None:
    url = "https://example.org/a"
    right = {"Date": "2018-05", "Language": "fr", "Address": url, "Round": "IX and X", "Title": "A"}
    seen = {"Date": "May 2018", "Language": "French", "Address": url, "Round": "9, 10", "Title": "A"}
    async with desk.bot() as bot:
        asked = await _asked_for(desk, bot, await desk.send("corridor.md", NOTE), field)
        told = await _reply(desk, asked, value)
        card = await _reply(desk, asked, right[field])
    assert told.text == sentence
    assert f"{field}: {seen[field]} (corrected)" in card.text.split("\n")


async def test_a_hyphen_leaves_a_field_unknown(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = await _asked_for(desk, bot, await desk.send("corridor.md", NOTE), "Publisher")
        card = await _reply(desk, asked, "-")
    assert not any(line.startswith("Publisher") for line in card.text.split("\n"))


async def test_a_value_may_come_after_a_restart(desk: Desk) -> None:
    async with desk.bot() as bot:
        asked = await _asked_for(desk, bot, await desk.send("corridor.md", NOTE), "Date")
    async with desk.bot():
        card = await _reply(desk, asked, "2018-05-16")
    assert "Date: 16 May 2018 (corrected)" in card.text.split("\n")


async def test_the_class_is_chosen_by_a_button(desk: Desk) -> None:
    async with desk.bot() as bot:
        choice = await _asked_for(desk, bot, await desk.send("corridor.md", NOTE), "Class")
        card = await desk.pressed(bot, choice, "briefing")
    assert labels(choice) == ["official statement", "briefing", "analysis", "news"]
    assert "Class: briefing (corrected)" in card.text.split("\n")


async def test_the_label_of_a_sent_file_is_chosen_by_a_button(desk: Desk) -> None:
    async with desk.bot() as bot:
        choice = await desk.pressed(bot, await desk.send("corridor.md", NOTE), "Access label")
        card = await desk.pressed(bot, choice, "internal")
        await desk.press(bot, card, "Publish")
        await desk.reloaded(card.id)
        entry = bot.services.library.entry("uploads/corridor.md")
    assert labels(choice) == ["public", "internal", "restricted"]
    assert "Access label: internal" in card.text.split("\n")
    assert entry is not None
    assert (entry.label, entry.label_by) == ("internal", "admin")


async def test_a_published_document_is_corrected_and_indexed_again_and_the_correction_can_be_undone(desk: Desk) -> None:
    async with desk.bot() as bot:
        sheet = await bot.ask(desk.admin, "/document eighth.md")
        asked = await _asked_for(desk, bot, sheet, "Publisher")
        told = await _reply(desk, asked, "Ministry of Foreign Affairs")
        await desk.reloaded(told.id)
        corrected = await bot.ask(desk.admin, "/document eighth.md")
        menu = await desk.pressed(bot, corrected, "Correct")
        undone = await desk.pressed(bot, menu, "Undo all corrections")
        await desk.reloaded(undone.id)
        before = await _sheet(desk, bot, "eighth.md")
        history = await desk.pressed(bot, corrected, "History")
    assert told.text == "Corrected; it is shown when the document is indexed again."
    assert "Publisher: Ministry of Foreign Affairs (corrected)" in corrected.text.split("\n")
    assert "Publisher: Institute of Records" in before
    assert f"corrected, publisher: Ministry of Foreign Affairs, by {desk.admin.id}" in history.text


async def test_a_published_document_is_relabelled_at_once(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        sheet = await bot.ask(desk.admin, "/document corridor.md")
        told = await desk.pressed(bot, await desk.pressed(bot, sheet, "Access label"), "restricted")
        hidden = await bot.ask(desk.anna, "lorries crossed the northern bridge")
        seen = await bot.ask(desk.admin, "lorries crossed the northern bridge")
    assert told.text == "Note on the corridor has the access label restricted from now on."
    assert LORRIES not in hidden.text
    assert quotations(seen)[0] == LORRIES


async def test_a_reply_to_any_other_message_is_a_question(desk: Desk) -> None:
    async with desk.bot() as bot:
        answer = await bot.ask(desk.admin, "safe corridor for convoys near the bridge")
        other = await _reply(desk, answer, "safe corridor for convoys near the bridge")
    assert quotations(other) == quotations(answer)


async def test_a_value_for_a_file_discarded_meanwhile_is_let_go(desk: Desk) -> None:
    async with desk.bot() as bot:
        card = await desk.send("corridor.md", NOTE)
        asked = await _asked_for(desk, bot, card, "Title")
        await desk.pressed(bot, card, "Discard")
        told = await _reply(desk, asked, "The corridor")
    assert told.text == "What was to be corrected is not there any more."


async def test_buttons_of_corrections_are_for_admins_alone(desk: Desk) -> None:
    async with desk.bot() as bot:
        sheet = await bot.ask(desk.admin, "/document eighth.md")
        menu = await desk.pressed(bot, sheet, "Correct")
        greeting = await bot.ask(desk.anna, "/start")
        forged = replace(greeting, keyboard=(*sheet.keyboard[1:], *menu.keyboard))
        desk.world._replace(forged)
        refused = [(await bot.press(desk.anna, forged, button.value)).text for button in forged.buttons]
        entry = bot.services.library.entry("eighth.md")
    assert refused == [NO_LONGER] * len(forged.buttons)
    assert entry is not None
    assert (entry.state.value, entry.label_by) == ("listed", "default")


async def test_values_in_arabic_run_apart_from_the_line(desk: Desk) -> None:
    world = desk.world
    world.people[desk.admin.id] = replace(desk.admin, language_code="ar")
    async with desk.bot():
        world.send_document(desk.admin.id, desk.admin.id, "corridor.md", NOTE.encode())
        card = await shown(world, desk.admin.id, lambda message: message.text.startswith("الملف"))
    lines = card.text.split("\n")
    assert lines[0] == "الملف: \u2068corridor.md\u2069"
    assert "جهة النشر: \u2068Institute of Records\u2069" in lines
