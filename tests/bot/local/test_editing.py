"""Changing and taking away what was sent."""

from __future__ import annotations

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden

from bot.local.events import MessageDeleted, MessageEdited
from bot.local.outgoing import NOT_MODIFIED

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])


async def test_an_edit_replaces_the_text_and_takes_the_keyboard_away_unless_given_again(bot, world, anna, clock):
    events = []
    sent = await bot.send_message(anna.id, "Searching", reply_markup=KEYBOARD)
    world.subscribe(events.append)
    clock.advance(60)
    edited = await bot.edit_message_text("<b>Found</b>", anna.id, sent.message_id, parse_mode="HTML")
    assert (edited.text, edited.entities[0].type, edited.reply_markup) == ("Found", "bold", None)
    assert edited.edit_date.timestamp() - edited.date.timestamp() == 60
    again = await bot.edit_message_text("Found", anna.id, sent.message_id, reply_markup=KEYBOARD)
    assert again.reply_markup == KEYBOARD
    assert [event.message.text for event in events if isinstance(event, MessageEdited)] == ["Found", "Found"]


async def test_an_edit_that_changes_nothing_is_refused(bot, anna):
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    with pytest.raises(BadRequest) as refused:
        await bot.edit_message_text(" Text\r", anna.id, sent.message_id, reply_markup=KEYBOARD)
    assert refused.value.message.lower() == NOT_MODIFIED
    await bot.edit_message_text("Text", anna.id, sent.message_id)
    with pytest.raises(BadRequest, match=r"is not modified"):
        await bot.edit_message_reply_markup(anna.id, sent.message_id)


async def test_the_keyboard_may_change_alone(bot, world, anna):
    sent = await bot.send_message(anna.id, "Text")
    await bot.edit_message_reply_markup(anna.id, sent.message_id, reply_markup=KEYBOARD)
    assert [button.value for button in world.message(anna.id, sent.message_id).buttons] == ["more"]
    await bot.edit_message_reply_markup(anna.id, sent.message_id)
    assert world.message(anna.id, sent.message_id).buttons == []


async def test_what_cannot_be_edited(bot, world, anna):
    theirs = world.send_text(anna.id, anna.id, "Hello")
    document = await bot.send_document(anna.id, b"x", filename="a.txt")
    text = await bot.send_message(anna.id, "Text")
    with pytest.raises(BadRequest, match=r"^Message can't be edited$"):
        await bot.edit_message_text("x", anna.id, theirs.id)
    with pytest.raises(BadRequest, match=r"^Message to edit not found$"):
        await bot.edit_message_text("x", anna.id, 999)
    with pytest.raises(BadRequest, match=r"^There is no text in the message to edit$"):
        await bot.edit_message_text("x", anna.id, document.message_id)
    with pytest.raises(BadRequest, match=r"^There is no caption in the message to edit$"):
        await bot.edit_message_caption(anna.id, text.message_id, caption="x")
    with pytest.raises(BadRequest, match=r"^Message identifier is not specified$"):
        await bot.edit_message_text("x", anna.id)
    with pytest.raises(BadRequest, match=r"^Message text is empty$"):
        await bot.edit_message_text("", anna.id, text.message_id)


async def test_a_caption_is_edited_and_may_become_empty(bot, anna):
    sent = await bot.send_document(anna.id, b"x", filename="a.txt", caption="One")
    edited = await bot.edit_message_caption(anna.id, sent.message_id, caption="<i>Two</i>", parse_mode="HTML")
    assert (edited.caption, edited.caption_entities[0].type) == ("Two", "italic")
    assert (await bot.edit_message_caption(anna.id, sent.message_id)).caption is None


async def test_messages_are_taken_away_for_two_days(bot, world, anna, clock):
    deleted = []
    world.subscribe(lambda event: deleted.append(event) if isinstance(event, MessageDeleted) else None)
    theirs = world.send_text(anna.id, anna.id, "Hello")
    own = await bot.send_message(anna.id, "Hello")
    old = await bot.send_message(anna.id, "Hello")
    await bot.delete_message(anna.id, theirs.id)
    await bot.delete_message(anna.id, own.message_id)
    assert deleted == [MessageDeleted(anna.id, theirs.id), MessageDeleted(anna.id, own.message_id)]
    assert world.message(anna.id, own.message_id) is None
    with pytest.raises(BadRequest, match=r"^Message to delete not found$"):
        await bot.delete_message(anna.id, own.message_id)
    clock.advance(48 * 3600 + 1)
    with pytest.raises(BadRequest, match=r"^Message can't be deleted for everyone$"):
        await bot.delete_message(anna.id, old.message_id)


async def test_in_a_group_only_an_administrator_takes_away_what_others_wrote(bot, world, anna):
    group = world.add_group("Group", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    theirs = [world.send_text(anna.id, group.id, "Hello").id for _ in range(2)]
    with pytest.raises(BadRequest, match=r"^Message can't be deleted$"):
        await bot.delete_message(group.id, theirs[0])
    world.promote_bot(group.id, anna.id)
    await bot.delete_messages(group.id, [*theirs, 999])
    assert [message for message in world.history(group.id) if message.text] == []


async def test_nothing_is_edited_where_the_bot_may_not_write(bot, world, anna):
    sent = await bot.send_message(anna.id, "Hello")
    world.block_bot(anna.id)
    with pytest.raises(Forbidden, match=r"blocked"):
        await bot.edit_message_text("x", anna.id, sent.message_id)
