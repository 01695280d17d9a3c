"""The lists of documents, one document's sheet, and who sees what of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.languages import phrases
from tests.bot.desk import NOTE, labels
from tests.bot.harness import shown
from tests.documents import EIGHTH

if TYPE_CHECKING:
    from tests.bot.desk import Desk

pytestmark = pytest.mark.asyncio
NO_LONGER = "This button no longer works; please ask again."
DAY = phrases("en").date("2017-12-22")
TITLE = "Joint statement & <final> record of the eighth round"


async def test_documents_are_listed_by_title_with_a_button_each(desk: Desk) -> None:
    async with desk.bot() as bot:
        listed = await bot.ask(desk.anna, "/documents")
    lines = listed.text.split("\n")
    assert lines == [
        "6 documents:",
        "1. Annex on monitoring",
        f"2. {TITLE} (Institute of Records, {DAY})",
        "3. Report of the first observer",
        "4. Report of the second observer",
        f"5. Совместное заявление по итогам восьмого раунда (Институт документов, {DAY})",
        "6. \u2068بيان حول المساعدات الإنسانية\u2069 (\u2068معهد الوثائق\u2069, May 2018)",
    ]
    assert labels(listed) == ["1", "2", "3", "4", "5", "6"]


async def test_a_long_list_has_pages_that_keep_its_words_and_its_numbers(desk: Desk) -> None:
    for number in range(12):
        text = NOTE.replace("the corridor", f"lane {number:02}").replace("Seventeen", f"{number} hundred")
        (desk.indexed.documents / f"lane-{number:02}.md").write_text(text, encoding="utf-8")
    desk.indexed.update()
    async with desk.bot() as bot:
        first = await bot.ask(desk.anna, "/documents note LANE")
        await desk.press(bot, first, "Next", desk.anna)
        second = await bot.world.bot_message(desk.anna.id, after=first.id)
        await desk.press(bot, second, "Previous", desk.anna)
        back = await bot.world.bot_message(desk.anna.id, after=second.id)
        await desk.press(bot, second, "14", desk.anna)
        sheet = await bot.world.bot_message(desk.anna.id, after=back.id)
    assert first.text.split("\n")[0] == "12 documents:"
    assert [line.partition(" (")[0] for line in first.text.split("\n")[1:]] == [
        f"{number + 3}. Note on lane {number:02}" for number in range(10)
    ]
    assert labels(first) == [*(str(number) for number in range(3, 13)), "Next"]
    assert labels(second) == ["13", "14", "Previous"]
    assert back.text == first.text
    assert sheet.text.startswith("Note on lane 11\n")


async def test_a_document_is_shown_by_its_file_its_number_and_its_words(desk: Desk) -> None:
    async with desk.bot() as bot:
        by_file = await bot.ask(desk.anna, "/document eighth.md")
        by_number = await bot.ask(desk.anna, "/document 2")
        by_words = await bot.ask(desk.anna, "/document eighth RECORD")
        several = await bot.ask(desk.anna, "/document observer")
        none = await bot.ask(desk.anna, "/document lighthouse")
        bare = await bot.ask(desk.anna, "/document")
        entry = bot.services.library.entry("eighth.md")
    assert entry is not None
    assert by_file.text.split("\n") == [
        TITLE,
        f"Title: {TITLE}",
        "Publisher: Institute of Records",
        f"Date: {DAY}",
        "Language: English",
        "Address: https://records.example.org/astana/8?part=1&page=2",
        "Process: Astana",
        "Round: 8",
        "Place: Astana",
        "Class: official statement (guessed)",
        "File: eighth.md",
        "Paragraphs: 4 · Characters: 557",
        f"SHA-256: {entry.sha256}",
    ]
    assert by_number.text == by_words.text == by_file.text
    assert labels(by_file) == ["Send the file"]
    assert several.text.split("\n")[0] == "2 documents:"
    assert none.text == "There is no document lighthouse; /documents lists those there are."
    assert bare.text.startswith("Write a file's name")


async def test_the_file_is_sent_byte_for_byte_and_may_be_passed_on_where_it_is_public(desk: Desk) -> None:
    async with desk.bot() as bot:
        sheet = await bot.ask(desk.anna, "/document eighth.md")
        await desk.press(bot, sheet, "Send the file", desk.anna)
        sent = await shown(bot.world, desk.anna.id, lambda message: message.attachment is not None)
        bot.services.library.relabel("eighth.md", "internal", "1")
        await desk.press(bot, await bot.ask(desk.admin, "/document eighth.md"), "Send the file")
        kept = await shown(bot.world, desk.admin.id, lambda message: message.attachment is not None)
    assert sent.attachment is not None
    assert desk.world.file_bytes(sent.attachment.file_id) == EIGHTH.encode()
    assert (sent.attachment.name, sent.text) == ("eighth.md", TITLE)
    assert (sent.is_protected, kept.is_protected) == (False, True)


async def test_admins_see_label_versions_history_and_what_they_can_do(desk: Desk) -> None:
    async with desk.bot() as bot:
        await desk.publish(bot, "corridor.md", NOTE)
        await desk.publish(bot, "corridor.md", NOTE.replace("Seventeen", "Eighteen"))
        sheet = await bot.ask(desk.admin, "/document corridor.md")
        history = await desk.pressed(bot, sheet, "History")
        diplomat = await bot.ask(desk.anna, "/document corridor.md")
    lines = sheet.text.split("\n")
    assert "Access label: public" in lines
    assert any(line.startswith("Versions: 2: ") and "; 1: " in line for line in lines)
    assert "⚠️ It has only 198 characters." not in lines
    assert labels(sheet) == ["Send the file", "Withdraw", "Erase", "Correct", "Access label", "History"]
    events = [line.split(", ")[1] for line in history.text.split("\n")[1:]]
    assert events == ["changed", "published", "added", "published"]
    assert f"by {desk.admin.id}" in history.text
    assert labels(diplomat) == ["Send the file"]
    assert "Access label" not in diplomat.text


async def test_without_clearance_a_document_is_like_one_that_never_was(desk: Desk) -> None:
    async with desk.bot() as bot:
        seen = await bot.ask(desk.anna, "/document eighth.md")
        listed = await bot.ask(desk.anna, "/documents")
        bot.services.library.relabel("eighth.md", "restricted", "1")
        replies = [await bot.ask(desk.anna, f"/document {name}") for name in ("eighth.md", "eighth record", "nonsense")]
        pressed = [
            await desk.press(bot, seen, "Send the file", desk.anna),
            await desk.press(bot, listed, "2", desk.anna),
        ]
        forged = replace(seen, keyboard=((replace(seen.keyboard[0][0], value="do:00000000:o"),),))
        desk.world._replace(forged)
        pressed.append(await desk.press(bot, forged, "Send the file", desk.anna))
        after = await bot.ask(desk.anna, "/documents")
        whole = await bot.ask(desk.admin, "/documents")
    assert [reply.text for reply in replies] == [
        f"There is no document {name}; /documents lists those there are."
        for name in ("eighth.md", "eighth record", "nonsense")
    ]
    assert pressed == [NO_LONGER] * 3
    assert after.text.split("\n")[:3] == ["5 documents:", "1. Annex on monitoring", "2. Report of the first observer"]
    assert TITLE not in after.text
    assert f"2. {TITLE} (Institute of Records, {DAY}, restricted)" in whole.text.split("\n")


async def test_in_a_group_even_an_admin_sees_what_the_group_may(desk: Desk) -> None:
    group = desk.world.add_group("Delegation", members=[desk.anna.id], admins=[desk.admin.id])
    desk.world.add_bot(group.id, by=desk.admin.id)
    async with desk.bot() as bot:
        bot.services.library.relabel("eighth.md", "restricted", "1")
        listed = await bot.ask(desk.admin, "/documents", group.id)
        hidden = await bot.ask(desk.admin, "/document eighth.md", group.id)
        sheet = await bot.ask(desk.admin, "/document monitoring.md", group.id)
    assert listed.text.split("\n")[0] == "5 documents:"
    assert hidden.text == "There is no document eighth.md; /documents lists those there are."
    assert labels(sheet) == ["Send the file"]


async def test_admins_find_what_is_withdrawn_or_gone_marked_as_such(desk: Desk) -> None:
    async with desk.bot() as bot:
        bot.services.library.withdraw("eighth.md", "1")
        (desk.indexed.documents / "monitoring.md").unlink()
        note = await bot.ask(desk.admin, "/reload")
        await desk.reloaded(note.id - 1)
        whole = await bot.ask(desk.admin, "/documents")
        plain = await bot.ask(desk.anna, "/documents")
        sheet = await bot.ask(desk.admin, "/document eighth.md")
    assert "1. Annex on monitoring (public, gone from its folder)" in whole.text.split("\n")
    assert f"2. {TITLE} (public, withdrawn)" in whole.text.split("\n")
    assert plain.text.split("\n")[0] == "4 documents:"
    assert "State: withdrawn" in sheet.text.split("\n")
    assert labels(sheet) == ["Restore", "Erase", "Correct", "Access label", "History"]


async def test_one_who_is_not_admitted_gets_no_list_and_no_page(desk: Desk) -> None:
    async with desk.bot() as bot:
        listed = await bot.ask(desk.anna, "/documents")
    async with desk.bot(open_to_all=False) as bot:
        refused = [await bot.ask(desk.anna, text) for text in ("/documents", "/document eighth.md")]
        pressed = await desk.press(bot, listed, "2", desk.anna)
    assert {message.text.partition(".")[0] for message in refused} == {
        "This bot answers only those whom its administrators admit"
    }
    assert pressed == refused[0].text
