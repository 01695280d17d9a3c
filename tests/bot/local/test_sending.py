"""What the bot may send, where, and what becomes of it."""

from __future__ import annotations

import json

import pytest
from telegram import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.local.events import ActionShown, DraftShown


async def test_the_message_comes_back_as_it_is_stored(bot, world, anna, clock):
    sent = await bot.send_message(
        anna.id,
        " <b>Round\t22</b>\u2028 ended: see osce.org &amp; <blockquote>«ağ»</blockquote> ",
        ParseMode.HTML,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        protect_content=True,
        disable_notification=True,
    )
    stored = world.last_message(anna.id)
    assert sent.text == stored.text == "Round 22 ended: see osce.org & «ağ»"
    assert [(entity.type, sent.parse_entity(entity)) for entity in sent.entities] == [
        ("bold", "Round 22"),
        ("url", "osce.org"),
        ("blockquote", "«ağ»"),
    ]
    assert (sent.has_protected_content, sent.link_preview_options.is_disabled) == (True, True)
    assert (stored.is_protected, stored.is_silent) == (True, True)
    assert (sent.message_id, sent.chat.type, sent.from_user.id) == (stored.id, "private", world.bot.id)
    assert sent.date.timestamp() == stored.date == clock.now()


async def test_entities_may_be_given_instead_of_markup(bot, anna):
    entities = [
        MessageEntity("italic", 0, 2),
        MessageEntity("text_link", 3, 1, url="https://un.org"),
        MessageEntity("bot_command", 0, 2),
    ]
    sent = await bot.send_message(anna.id, "😀 x", entities=entities)
    assert [(e.type, e.offset, e.length, e.url) for e in sent.entities] == [
        ("italic", 0, 2, None),
        ("text_link", 3, 1, "https://un.org/"),
    ]


@pytest.mark.parametrize(
    ("text", "mode", "refusal"),
    [
        ("a <x>", "HTML", 'Can\'t parse entities: unsupported start tag "x" at byte offset 2'),
        ("<b>a", "HTML", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("", None, "Message text is empty"),
        ("<b> </b>\n", "HTML", "Text must be non-empty"),
        ("\u200b", None, "Text must be non-empty"),
        ("a" * 4097, None, "Message is too long"),
        ("😀" * 2049, None, "Message is too long"),
        ("<b>" + "я" * 16384 + "</b>", "HTML", "Text is too long"),
        ("a", "MarkdownV2", "Unsupported parse_mode"),
    ],
)
async def test_texts_that_are_refused(bot, anna, text, mode, refusal):
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(anna.id, text, mode)
    assert refused.value.message.lower() == refusal.lower()


async def test_the_limit_counts_what_is_left_after_parsing(bot, anna):
    sent = await bot.send_message(anna.id, "<b>" + "&lt;" * 4096 + "</b>  ", ParseMode.HTML)
    assert sent.text == "<" * 4096


async def test_a_keyboard_is_kept_with_the_message(bot, world, anna):
    keyboard = InlineKeyboardMarkup(
        [
            [InlineKeyboardButton("More", callback_data="я" * 32), InlineKeyboardButton("Source", url="un.org/x")],
            [InlineKeyboardButton("Ask", switch_inline_query_current_chat="")],
        ]
    )
    sent = await bot.send_message(anna.id, "Hello", reply_markup=keyboard)
    assert [[(b.text, b.kind.value, b.value) for b in row] for row in world.last_message(anna.id).keyboard] == [
        [("More", "callback_data", "я" * 32), ("Source", "url", "http://un.org/x")],
        [("Ask", "switch_inline_query_current_chat", "")],
    ]
    assert sent.reply_markup.inline_keyboard[1][0].switch_inline_query_current_chat == ""
    await bot.send_message(anna.id, "Hello", reply_markup=ReplyKeyboardMarkup([["Yes", "No"]]))
    assert world.last_message(anna.id).reply_keyboard["keyboard"] == [[{"text": "Yes"}, {"text": "No"}]]
    await bot.send_message(anna.id, "Hello", reply_markup=ForceReply())
    assert world.last_message(anna.id).reply_keyboard == {"force_reply": True}


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        ("[", "Bad Request: can't parse reply markup JSON object"),
        ([], "Bad Request: object expected as reply markup"),
        (
            {"inline_keyboard": [{"text": "a"}]},
            'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        (
            {"inline_keyboard": [[{"text": "a"}]]},
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"inline_keyboard": [[{"callback_data": "a"}]]},
            "Bad Request: can't parse inline keyboard button: can't find field \"text\"",
        ),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "я" * 33}]]}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": ""}]]}, "Bad Request: BUTTON_DATA_INVALID"),
        (
            {"inline_keyboard": [[{"text": "a", "url": "ftp//x"}]]},
            "Bad Request: inline keyboard button URL 'ftp//x' is invalid: Wrong HTTP URL",
        ),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "b"}] * 101]}, "Bad Request: reply markup is too long"),
        (
            {"inline_keyboard": [[{"text": "a", "callbackdata": "b"}]]},
            "Bad Request: can't parse inline keyboard button: "
            'unknown field "callbackdata" of InlineKeyboardButton (refused by the local server in strict mode)',
        ),
    ],
)
async def test_keyboards_that_are_refused(call, anna, markup, refusal):
    status, answer = await call("sendMessage", chat_id=anna.id, text="Hello", reply_markup=markup)
    assert (status, answer["description"]) == (400, refusal)


async def test_a_reply_carries_and_may_quote_what_it_replies_to(bot, world, anna):
    question = world.send_text(anna.id, anna.id, "Who 😀 agreed, and who 😀 did not?")
    sent = await bot.send_message(
        anna.id, "Answer", reply_parameters=ReplyParameters(question.id, quote="who 😀", quote_position=17)
    )
    assert sent.reply_to_message.text == question.text
    assert (sent.quote.text, sent.quote.position, sent.quote.is_manual) == ("who 😀", 19, True)
    with pytest.raises(BadRequest, match=r"(?i)^quote_text_invalid$"):
        await bot.send_message(anna.id, "Answer", reply_parameters=ReplyParameters(question.id, quote="nobody"))


async def test_a_reply_to_nothing_is_refused_unless_allowed(bot, world, anna):
    with pytest.raises(BadRequest, match=r"^Message to be replied not found$"):
        await bot.send_message(anna.id, "Answer", reply_parameters=ReplyParameters(999))
    reply = ReplyParameters(999, allow_sending_without_reply=True)
    sent = await bot.send_message(anna.id, "Answer", reply_parameters=reply)
    assert sent.reply_to_message is None


async def test_a_person_must_have_written_first(bot, world):
    stranger, member, owner = (world.add_user(name) for name in ("Stranger", "Member", "Owner"))
    group = world.add_group("Group", members=[member.id], admins=[owner.id])
    world.add_bot(group.id, owner.id)
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.send_message(stranger.id, "Hello")
    with pytest.raises(Forbidden, match=r"bot can't initiate conversation with a user"):
        await bot.send_message(member.id, "Hello")
    with pytest.raises(Forbidden, match=r"bot can't send messages to bots"):
        await bot.send_message(world.bot.id, "Hello")
    with pytest.raises(BadRequest, match=r"^Chat_id is empty$"):
        await bot.send_message("", "Hello")


async def test_a_person_who_blocked_the_bot_cannot_be_written_to_until_they_take_it_back(bot, world, anna):
    world.block_bot(anna.id)
    with pytest.raises(Forbidden, match=r"bot was blocked by the user"):
        await bot.send_message(anna.id, "Hello")
    world.unblock_bot(anna.id)
    assert (await bot.send_message(anna.id, "Hello")).text == "Hello"


async def test_the_bot_writes_only_to_groups_it_is_in(bot, world, anna):
    basic = world.add_group("Basic", members=[], admins=[anna.id], supergroup=False)
    wide = world.add_group("Wide", members=[], admins=[anna.id], username="wide_group")
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.send_message(basic.id, "Hello")
    for group in (basic, wide):
        world.add_bot(group.id, anna.id)
        await bot.send_message(group.id, "Hello")
        world.remove_bot(group.id, anna.id)
    with pytest.raises(Forbidden, match=r"bot was kicked from the group chat"):
        await bot.send_message(basic.id, "Hello")
    with pytest.raises(Forbidden, match=r"bot was kicked from the supergroup chat"):
        await bot.send_message("@wide_group", "Hello")
    world.add_bot(wide.id, anna.id)
    await bot.leave_chat("@wide_group")
    with pytest.raises(Forbidden, match=r"bot is not a member of the supergroup chat"):
        await bot.send_message(wide.id, "Hello")
    world.add_bot(wide.id, anna.id)
    world.restrict_bot(wide.id, anna.id)
    with pytest.raises(BadRequest, match=r"(?i)not enough rights to send text messages to the chat"):
        await bot.send_message(wide.id, "Hello")


async def test_a_group_that_became_a_supergroup_tells_its_new_id(bot, world, anna):
    group = world.add_group("Group", members=[], admins=[anna.id], supergroup=False)
    world.add_bot(group.id, anna.id)
    new_id = world.migrate(group.id)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "Hello")
    assert moved.value.new_chat_id == new_id
    assert (await bot.send_message(new_id, "Hello")).chat.type == "supergroup"


async def test_topics_are_written_to_by_number_and_the_general_one_without(bot, world, anna):
    forum = world.add_group("Forum", members=[], admins=[anna.id], forum=True)
    world.add_bot(forum.id, anna.id)
    thread = world.create_topic(forum.id, "Humanitarian")
    sent = await bot.send_message(forum.id, "Hello", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    assert [message.text for message in world.history(forum.id, thread)] == ["", "Hello"]
    reply = await bot.send_message(forum.id, "Again", reply_parameters=ReplyParameters(sent.message_id))
    assert (reply.message_thread_id, reply.is_topic_message) == (thread, True)
    general = await bot.send_message(forum.id, "Hello")
    assert (general.message_thread_id, general.is_topic_message) == (None, None)
    for wrong in (1, general.message_id, 999):
        with pytest.raises(BadRequest, match=r"^Message thread not found$"):
            await bot.send_message(forum.id, "Hello", message_thread_id=wrong)
    world.close_topic(forum.id, thread)
    with pytest.raises(BadRequest, match=r"(?i)^topic_closed$"):
        await bot.send_message(forum.id, "Hello", message_thread_id=thread)
    world.delete_topic(forum.id, thread)
    with pytest.raises(BadRequest, match=r"^Message thread not found$"):
        await bot.send_message(forum.id, "Hello", message_thread_id=thread)


async def test_a_private_chat_has_no_threads(bot, anna):
    with pytest.raises(BadRequest, match=r"^Message thread not found$"):
        await bot.send_message(anna.id, "Hello", message_thread_id=1)


async def test_messages_are_forwarded_with_their_origin_and_copied_without(bot, world, anna):
    group = world.add_group("Group", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    original = world.send_document(anna.id, anna.id, "a.txt", b"text", caption="Read /this")
    forwarded = await bot.forward_message(group.id, anna.id, original.id)
    assert (forwarded.caption, forwarded.forward_origin.sender_user.id) == ("Read /this", anna.id)
    copied = await bot.copy_message(group.id, anna.id, original.id, caption="<i>Mine</i>", parse_mode="HTML")
    copy = world.message(group.id, copied.message_id)
    assert (copy.text, copy.entities[0].type, copy.forwarded) == ("Mine", "italic", None)
    assert copy.attachment == original.attachment
    kept = await bot.copy_message(anna.id, group.id, copied.message_id)
    assert world.message(anna.id, kept.message_id).text == "Mine"


async def test_protected_messages_stay_and_missing_ones_are_not_found(bot, anna):
    sent = await bot.send_message(anna.id, "Secret", protect_content=True)
    with pytest.raises(BadRequest, match=r"^The message can't be forwarded$"):
        await bot.forward_message(anna.id, anna.id, sent.message_id)
    with pytest.raises(BadRequest, match=r"^The message can't be copied$"):
        await bot.copy_message(anna.id, anna.id, sent.message_id)
    with pytest.raises(BadRequest, match=r"^Message to forward not found$"):
        await bot.forward_message(anna.id, anna.id, 999)
    with pytest.raises(BadRequest, match=r"^Message to copy not found$"):
        await bot.copy_message(anna.id, anna.id, 999)


async def test_the_bot_is_seen_at_work(bot, world, anna):
    seen = []
    world.subscribe(lambda event: seen.append(event) if isinstance(event, ActionShown | DraftShown) else None)
    await bot.send_chat_action(anna.id, "typing")
    await bot.send_message_draft(anna.id, 5, "Half <b>an</b>", parse_mode=ParseMode.HTML)
    assert seen[0] == ActionShown(anna.id, None, "typing")
    assert (seen[1].draft_id, seen[1].message.text, seen[1].message.entities[0].type) == (5, "Half an", "bold")
    assert len(world.history(anna.id)) == 1
    with pytest.raises(BadRequest, match=r"^Wrong parameter action in request$"):
        await bot.send_chat_action(anna.id, "thinking")


async def test_drafts_are_for_private_chats_and_have_a_number(bot, world, anna):
    group = world.add_group("Group", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    with pytest.raises(BadRequest, match=r"(?i)only for private chats"):
        await bot.send_message_draft(group.id, 5, "Half an")
    with pytest.raises(BadRequest, match=r"(?i)draft_id must be non-zero"):
        await bot.send_message_draft(anna.id, 0, "Half an")


async def test_nested_values_may_be_text_or_json(call, world, anna):
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    for markup in (keyboard, json.dumps(keyboard)):
        status, _ = await call("sendMessage", chat_id=str(anna.id), text="Hello", reply_markup=markup)
        assert status == 200
        assert [button.value for button in world.last_message(anna.id).buttons] == ["b"]
