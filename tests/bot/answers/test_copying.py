"""Quotations copied out: word for word, with their reference, and only what everybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import rispy

from bot.answers.copying import copy_messages
from bot.answers.references import Style
from bot.languages import LANGUAGES, phrases
from bot.local.markup import parse_html
from bot.local.texts import utf16_length
from bot.messages.rendering import MESSAGE_LIMIT
from tests.bot.answers.test_references import quote
from tests.bot.desk import LORRIES, NOTE
from tests.bot.harness import data_of, forged

if TYPE_CHECKING:
    from tests.bot.desk import Desk

QUESTION = "How many lorries crossed the northern bridge?"


@pytest.mark.asyncio
async def test_a_quotation_is_copied_in_one_block_with_its_reference(desk: Desk) -> None:
    (desk.indexed.documents / "note.md").write_text(NOTE, encoding="utf-8")
    desk.indexed.update()
    async with desk.bot() as bot:
        asked = await bot.ask(desk.anna, QUESTION)
        assert not (await bot.press(desk.anna, asked, data_of(asked, "y")[0])).text
        copied = await bot.world.bot_message(desk.anna.id, after=asked.id)
    assert copied.text == (
        f"“{LORRIES}” (Institute of Records 2018, para. 1)\n\n"
        "Institute of Records (2018). Note on the corridor. 15 May 2018."
    )
    assert [(entity.type, entity.of(copied.text)) for entity in copied.entities] == [("pre", copied.text)]


@pytest.mark.asyncio
async def test_in_a_style_of_files_the_reference_is_one(desk: Desk) -> None:
    (desk.indexed.documents / "note.md").write_text(NOTE, encoding="utf-8")
    desk.indexed.update()
    async with desk.bot(citation_style="ris") as bot:
        asked = await bot.ask(desk.anna, QUESTION)
        await bot.press(desk.anna, asked, data_of(asked, "y")[0])
        sent = await bot.world.bot_message(desk.anna.id, after=asked.id)
        assert sent.attachment is not None
        assert sent.attachment.name is not None and sent.attachment.name.endswith(".ris")
        (entry,) = rispy.loads(bot.world.file_bytes(sent.attachment.file_id).decode())
    assert entry["notes"] == [LORRIES]
    assert entry["title"] == "Note on the corridor"


@pytest.mark.asyncio
async def test_what_not_everybody_may_read_is_not_copied_out(desk: Desk) -> None:
    (desk.indexed.documents / "note.md").write_text(NOTE, encoding="utf-8")
    (desk.indexed.documents / "note.md.meta.yaml").write_text("access: restricted\n", encoding="utf-8")
    desk.indexed.update()
    async with desk.bot() as bot:
        asked = await bot.ask(desk.admin, QUESTION)
        await bot.press(desk.admin, asked, data_of(asked, "y")[0])
        refused = await bot.world.bot_message(desk.admin.id, after=asked.id)
        data = data_of(asked, "y")[0]
        stolen = (await bot.press(desk.anna, forged(bot, await bot.ask(desk.anna, QUESTION), data), data)).text
    assert LORRIES in asked.text
    assert refused.text == "Not everybody may read this document, so that nothing of it is copied out."
    assert stolen == "This button no longer works; please ask again."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("style", [Style.AUTHOR_DATE, Style.FOOTNOTE])
@pytest.mark.parametrize("length", [10, 3800, 4090, 9000])
def test_the_words_are_those_of_the_document_however_long(language: str, style: Style, length: int) -> None:
    text = ("<b>&amp; «слово» كلمة 🕊️ " * length)[:length].strip()
    made = quote(text=text)
    shown = [parse_html(message.text).text for message in copy_messages(made, style, phrases(language))]
    # Where a long one is parted, the blank between two words stays out.
    assert text.replace(" ", "") in "".join(shown).replace(" ", "")
    assert all(utf16_length(part) <= MESSAGE_LIMIT for part in shown)
