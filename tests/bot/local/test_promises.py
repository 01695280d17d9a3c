"""What the local Bot API server promises, item by item, kept towards the library itself over real HTTP.

The other tests of this folder go into each item's depth; here stands, for each, what would fail were it missing.
"""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from aiohttp import ClientSession, web
from PIL import Image
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaDocument,
    InputMediaPhoto,
    InputTextMessageContent,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.local.errors import ApiError
from bot.local.events import ActionShown, DraftShown
from bot.local.faults import ANY_SEND, Fault, FaultKind, bad_gateway, flood, timeout_after
from bot.local.files import DOWNLOAD_LIMIT
from bot.local.rates import RateLimits
from tests.bot.local.page import TOKEN

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])


@pytest.fixture
def group(world, anna):
    """A group that Anna governs, with the bot in it."""
    group = world.add_group("Delegation", members=[], admins=[anna.id])
    world.add_bot(group.id, anna.id)
    world.updates.clear()
    return group


def picture() -> bytes:
    content = BytesIO()
    Image.new("L", (4, 3), 200).save(content, "PNG")
    return content.getvalue()


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


# 1. Updates


async def test_01_updates_are_confirmed_by_offset_counted_from_either_end_and_limited(bot, world, anna):
    for number in range(4):
        world.send_text(anna.id, anna.id, f"Question {number}")
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first] == ["Question 0", "Question 1"]
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in rest] == ["Question 2", "Question 3"]
    assert [update.message.text for update in await bot.get_updates(offset=-1)] == ["Question 3"]
    assert [update.message.text for update in await bot.get_updates()] == ["Question 3"]


async def test_01_a_poll_waits_and_only_one_waits_at_a_time(bot, call, world, anna, clock):
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: clock.sleepers == 1)
    newer = asyncio.create_task(call("getUpdates", timeout=30))
    with pytest.raises(Conflict, match=r"terminated by other getUpdates request"):
        await older
    world.send_text(anna.id, anna.id, "At last")
    _, answer = await newer
    assert [update["message"]["text"] for update in answer["result"]] == ["At last"]
    await bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(Conflict, match=r"while webhook is active"):
        await bot.get_updates()


async def test_01_reactions_and_members_come_only_once_asked_for_and_that_is_remembered(bot, world, anna, group):
    world.promote_bot(group.id, anna.id)
    world.updates.clear()
    ben = world.add_user("Ben")
    answer = await bot.send_message(group.id, "Answer")

    def happen() -> None:
        world.react(anna.id, group.id, answer.message_id, "👍")
        world.join(group.id, ben.id)
        world.kick(group.id, ben.id, anna.id)

    happen()
    kinds = {kind for update in await bot.get_updates() for kind in update.to_dict()} - {"update_id"}
    assert kinds == {"message"}
    await bot.get_updates(offset=-1, allowed_updates=["message_reaction", "chat_member"])
    world.updates.clear()
    happen()
    reaction, joined, left = await bot.get_updates()
    assert reaction.message_reaction.new_reaction[0].emoji == "👍"
    assert [update.chat_member.new_chat_member.status for update in (joined, left)] == ["member", "kicked"]


# 2. Requests


async def test_02_a_call_comes_by_get_form_json_or_multipart_with_its_files_attached(bot, server, world, anna):
    async with ClientSession() as session:
        address = f"{server.base_url}{TOKEN}/sendMessage"
        values = {"chat_id": str(anna.id), "text": "Hello"}
        answers = [
            await session.get(address, params=values),
            await session.post(address, data=values),
            await session.post(address, json=values),
        ]
        assert [answer.status for answer in answers] == [200, 200, 200]
        wrong = await session.get(f"{server.base_url}123456789:AAwrongwrongwrongwrongwrong/getMe")
        unknown = await session.post(f"{server.base_url}{TOKEN}/sendNothing")
        misspelt = await session.post(address, json={**values, "txet": "Hello"})
    assert (wrong.status, unknown.status, misspelt.status) == (401, 404, 400)
    album = [InputMediaDocument(b"one", filename="1.txt", caption="Both"), InputMediaDocument(b"two", filename="2.txt")]
    sent = await bot.send_media_group(anna.id, album)
    assert [message.document.file_name for message in sent] == ["1.txt", "2.txt"]
    assert [message.caption for message in sent] == ["Both", None]
    assert len({message.media_group_id for message in sent}) == 1 and sent[0].media_group_id
    contents = [world.file_bytes(message.document.file_id) for message in sent]
    assert contents == [b"one", b"two"]


# 3. Markup


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("<h1>x</h1>", 'unsupported start tag "h1" at byte offset 0'),
        ("я <b>x", 'can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "unexpected end tag at byte offset 1"),
    ],
)
async def test_03_broken_html_is_refused_in_telegrams_words(bot, anna, source, refusal):
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(anna.id, source, parse_mode="HTML")
    assert refused.value.message.lower() == f"can't parse entities: {refusal}".lower()


async def test_03_html_becomes_text_and_entities(bot, anna):
    source = "😀 <blockquote expandable>Its <b>unity</b> &lt;&amp;&gt;</blockquote>\n<a href='https://un.org/'>p. 1</a>"
    message = await bot.send_message(anna.id, source, parse_mode="HTML")
    assert message.text == "😀 Its unity <&>\np. 1"
    assert [(entity.type, entity.offset, entity.length) for entity in message.entities] == [
        ("expandable_blockquote", 3, 13),
        ("bold", 7, 5),
        ("text_link", 17, 4),
    ]


# 4. Cleaning and limits


async def test_04_a_text_is_cleaned_as_telegram_cleans_it(bot, anna):
    message = await bot.send_message(anna.id, "  a\tb\r\nc\u2028\u202e\u0333d \x07")
    assert message.text == "a b\ncd"


async def test_04_limits_count_characters_after_parsing_and_units_of_utf_16(bot, call, anna):
    await bot.send_message(anna.id, "<b>" + "я" * 4096 + "</b>", parse_mode="HTML")
    for text in ("я" * 4097, "😀" * 2049):
        with pytest.raises(BadRequest, match=r"^Message is too long$"):
            await bot.send_message(anna.id, text)
    with pytest.raises(BadRequest, match=r"^Text is too long$"):
        await bot.send_message(anna.id, "<b>x</b>" * 4097, parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"^Message caption is too long$"):
        await bot.send_document(anna.id, b"x", caption="я" * 1025)
    markup = {"inline_keyboard": [[{"text": "More", "callback_data": "я" * 33}]]}
    assert (await call("sendMessage", chat_id=anna.id, text="x", reply_markup=markup))[1]["description"] == (
        "Bad Request: BUTTON_DATA_INVALID"
    )


# 5. Entities found


async def test_05_commands_mentions_and_addresses_are_found_and_given_entities_kept(bot, anna):
    text = "/ask@rapporteur_local_bot @anna https://un.org/x a@un.org"
    bold = MessageEntity(MessageEntity.BOLD, 0, 4)
    message = await bot.send_message(anna.id, text, entities=[bold])
    found = {entity.type: message.parse_entity(entity) for entity in message.entities}
    assert found == {
        "bold": "/ask",
        "bot_command": "/ask@rapporteur_local_bot",
        "mention": "@anna",
        "url": "https://un.org/x",
        "email": "a@un.org",
    }


# 6. Editing


async def test_06_an_edit_changes_and_without_a_keyboard_takes_it_away(bot, world, anna):
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    edited = await bot.edit_message_text("<b>New</b>", anna.id, sent.message_id, parse_mode="HTML")
    assert (edited.text, edited.reply_markup, edited.edit_date is not None) == ("New", None, True)
    await bot.edit_message_reply_markup(anna.id, sent.message_id, reply_markup=KEYBOARD)
    assert [button.value for button in world.message(anna.id, sent.message_id).buttons] == ["more"]
    file = await bot.send_document(anna.id, b"x", filename="a.txt", caption="Old")
    assert (await bot.edit_message_caption(anna.id, file.message_id, caption="New")).caption == "New"
    await bot.delete_message(anna.id, file.message_id)
    assert world.message(anna.id, file.message_id) is None


async def test_06_what_is_the_same_missing_or_not_the_bots_is_not_edited(bot, world, anna):
    sent = await bot.send_message(anna.id, "Text")
    own = world.send_text(anna.id, anna.id, "Question")
    for message_id, refusal in [
        (sent.message_id, "message is not modified"),
        (999, "message to edit not found"),
        (own.id, "message can't be edited"),
    ]:
        with pytest.raises(BadRequest, match=rf"(?i)^{refusal}"):
            await bot.edit_message_text("Text", anna.id, message_id)


# 7. Queries


async def test_07_a_pressed_button_is_answered_once_and_in_time(bot, world, anna, clock):
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    query_id = world.press(anna.id, anna.id, sent.message_id, "more")
    [update] = await bot.get_updates()
    await bot.answer_callback_query(update.callback_query.id, "Here", show_alert=True)
    assert world.callback_answer(query_id).text == "Here"
    late = world.press(anna.id, anna.id, sent.message_id, "more")
    clock.advance(60)
    for old in (query_id, late):
        with pytest.raises(BadRequest, match=r"^Query is too old"):
            await bot.answer_callback_query(old)


async def test_07_an_inline_query_gives_results_is_cached_and_its_choice_is_told(bot, world, anna, group):
    def article(identifier):
        return InlineQueryResultArticle(identifier, "Unity", InputTextMessageContent("On unity"), reply_markup=KEYBOARD)

    query_id = world.inline_query(anna.id, "unity", chat_type="supergroup")
    [update] = await bot.get_updates()
    for results in ([article(str(number)) for number in range(51)], [article("1"), article("1")]):
        with pytest.raises(BadRequest, match=r"(?i)^results_too_much|result_id_duplicate$"):
            await bot.answer_inline_query(query_id, results)
    await bot.answer_inline_query(query_id, [article("1")], cache_time=60, is_personal=True)
    assert world.inline_answer(world.inline_query(anna.id, "unity")).is_cached
    message = world.choose(anna.id, group.id, query_id, "1")
    [chosen] = await bot.get_updates(offset=update.update_id + 1, limit=1)
    assert chosen.chosen_inline_result.result_id == "1"
    await bot.edit_message_text("Changed", inline_message_id=chosen.chosen_inline_result.inline_message_id)
    assert world.message(group.id, message.id).text == "Changed"


# 8. Files


async def test_08_files_go_up_and_come_down_by_their_identifiers(bot, world, anna):
    document = await bot.send_document(anna.id, b"%PDF-1.7", filename="round.pdf")
    photo = await bot.send_photo(anna.id, picture(), caption="Page 3")
    assert (photo.photo[0].width, photo.photo[0].height, photo.caption) == (4, 3, "Page 3")
    again = await bot.send_document(anna.id, document.document.file_id)
    file = await bot.get_file(again.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"%PDF-1.7"
    album = await bot.send_media_group(anna.id, [InputMediaPhoto(picture()), InputMediaPhoto(photo.photo[0].file_id)])
    assert len({message.media_group_id for message in album}) == 1


async def test_08_files_too_large_unknown_or_of_another_kind_are_refused(bot, world, anna):
    big = world.send_document(anna.id, anna.id, "big.pdf", bytes(DOWNLOAD_LIMIT + 1))
    with pytest.raises(BadRequest, match=r"^File is too big$"):
        await bot.get_file(big.attachment.file_id)
    with pytest.raises(BadRequest, match=r"(?i)^invalid file_id$"):
        await bot.get_file("nonsense")
    with pytest.raises(BadRequest, match=r"(?i)^wrong file identifier"):
        await bot.send_document(anna.id, "nonsense")
    mixed = [InputMediaPhoto(picture()), InputMediaDocument(b"x", filename="a.txt")]
    with pytest.raises(BadRequest, match=r"(?i)^document can't be mixed with other media types$"):
        await bot.send_media_group(anna.id, mixed)
    many = [InputMediaDocument(b"x", filename=f"{number}.txt") for number in range(11)]
    with pytest.raises(BadRequest, match=r"(?i)^too many messages to send as an album$"):
        await bot.send_media_group(anna.id, many)


# 9. Chats


async def test_09_the_bot_writes_only_where_it_may(bot, world, anna, group):
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.send_message(42, "Hello")
    world.block_bot(anna.id)
    with pytest.raises(Forbidden, match=r"bot was blocked by the user"):
        await bot.send_message(anna.id, "Hello")
    with pytest.raises(Forbidden, match=r"bot is not a member of the supergroup chat"):
        world.leave(group.id)
        await bot.send_message(group.id, "Hello")
    world.add_bot(group.id, anna.id)
    world.remove_bot(group.id, anna.id)
    with pytest.raises(Forbidden, match=r"bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "Hello")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [(change.chat.id, change.new_chat_member.status) for change in changes] == [
        (anna.id, "kicked"),
        (group.id, "left"),
        (group.id, "member"),
        (group.id, "kicked"),
    ]


async def test_09_a_group_that_migrates_says_so_in_both_chats_and_to_every_call(bot, world, anna):
    group = world.add_group("Delegation", members=[], admins=[anna.id], supergroup=False)
    world.add_bot(group.id, anna.id)
    world.updates.clear()
    new_id = world.migrate(group.id)
    old, new = [update.message for update in await bot.get_updates()]
    assert (old.migrate_to_chat_id, new.migrate_from_chat_id) == (new_id, group.id)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "Hello")
    assert moved.value.new_chat_id == new_id


async def test_09_topics_are_named_by_number_and_the_general_one_is_not(bot, world, anna):
    forum = world.add_group("Forum", members=[], admins=[anna.id], forum=True)
    world.add_bot(forum.id, anna.id)
    topic = world.create_topic(forum.id, "Round 22")
    assert (await bot.send_message(forum.id, "In it", message_thread_id=topic)).message_thread_id == topic
    assert (await bot.send_message(forum.id, "Outside")).message_thread_id is None
    for thread in (1, 999):
        with pytest.raises(BadRequest, match=r"^Message thread not found$"):
            await bot.send_message(forum.id, "Where?", message_thread_id=thread)
    world.delete_topic(forum.id, topic)
    with pytest.raises(BadRequest, match=r"^Message thread not found$"):
        await bot.send_message(forum.id, "Gone", message_thread_id=topic)


async def test_09_in_privacy_mode_the_bot_hears_commands_and_replies_to_itself(bot, world, anna, group):
    answer = await bot.send_message(group.id, "Answer")
    for text, reply_to in [("Good day", None), ("/ask who", None), ("and then?", answer.message_id)]:
        world.send_text(anna.id, group.id, text, reply_to=reply_to)
    assert [update.message.text for update in await bot.get_updates()] == ["/ask who", "and then?"]


async def test_09_replies_quote_what_is_there_and_messages_are_passed_on(bot, world, anna):
    question = world.send_text(anna.id, anna.id, "What of unity and sovereignty?")
    reply = await bot.send_message(anna.id, "Yes", reply_parameters=ReplyParameters(question.id, quote="sovereignty"))
    assert (reply.reply_to_message.message_id, reply.quote.text) == (question.id, "sovereignty")
    with pytest.raises(BadRequest, match=r"(?i)^quote_text_invalid$"):
        await bot.send_message(anna.id, "Yes", reply_parameters=ReplyParameters(question.id, quote="borders"))
    await bot.send_message(anna.id, "Yes", reply_parameters=ReplyParameters(999, allow_sending_without_reply=True))
    forwarded = await bot.forward_message(anna.id, anna.id, question.id)
    assert forwarded.forward_origin.sender_user.id == anna.id
    copy = await bot.copy_message(anna.id, anna.id, question.id)
    assert world.message(anna.id, copy.message_id).forwarded is None


# 10. What goes wrong


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_10_too_many_messages_are_refused_until_time_has_passed(bot, world, anna, clock):
    world.limits = RateLimits(clock)
    await bot.send_message(anna.id, "One")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(anna.id, "Two")
    clock.advance(refused.value.retry_after)
    await bot.send_message(anna.id, "Two")
    assert [message.text for message in world.history(anna.id)][1:] == ["One", "Two"]


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_10_planned_faults_refuse_fail_fall_silent_and_break_off(bot, world, anna):
    for fault, error, is_sent in [
        (flood(7), RetryAfter, False),
        (bad_gateway(), NetworkError, False),
        (bad_gateway(after=True), NetworkError, True),
        (timeout_after(), TimedOut, True),
        (Fault(FaultKind.DROP), NetworkError, False),
    ]:
        world.faults.plan("sendMessage", fault)
        before = len(world.history(anna.id))
        with pytest.raises(error):
            await bot.send_message(anna.id, "Hello", read_timeout=0.2)
        assert len(world.history(anna.id)) - before == int(is_sent), fault
    await bot.send_message(anna.id, "Hello")


async def test_10_a_fault_may_meet_whatever_is_sent_next(bot, world, anna):
    world.faults.plan(ANY_SEND, bad_gateway(), times=2)
    world.faults.plan("sendDocument", Fault(FaultKind.REFUSE, ApiError(500, "Internal Server Error")))
    await bot.send_chat_action(anna.id, "typing")
    with pytest.raises(NetworkError, match=r"Internal Server Error"):
        await bot.send_document(anna.id, b"x", filename="a.txt")
    with pytest.raises(NetworkError, match=r"Bad Gateway"):
        await bot.send_document(anna.id, b"x", filename="a.txt")
    assert [(planned.method, planned.times) for planned in world.faults.planned()] == [("any send", 1)]
    with pytest.raises(NetworkError, match=r"Bad Gateway"):
        await bot.send_message(anna.id, "Hello")
    await bot.send_message(anna.id, "Hello")
    assert world.faults.planned() == []


# 11. The bot's page, signs of life, webhooks


async def test_11_commands_and_descriptions_are_kept_by_scope_and_language(bot, world, anna, group):
    await bot.set_my_commands([BotCommand("ask", "Ask")])
    await bot.set_my_commands([BotCommand("ask", "Спросить")], BotCommandScopeAllPrivateChats(), "ru")
    assert [c.description for c in world.commands_for(anna.id, anna.id, "ru")] == ["Спросить"]
    assert [c.description for c in world.commands_for(anna.id, anna.id, "en")] == ["Ask"]
    assert [c.description for c in world.commands_for(group.id, anna.id, "ru")] == ["Ask"]
    await bot.set_my_description("I quote.")
    await bot.set_my_description("Я цитирую.", "ru")
    found = [(await bot.get_my_description(language)).description for language in ("ru", "kk", None)]
    assert found == ["Я цитирую.", "I quote.", "I quote."]


async def test_11_the_bot_is_seen_at_work_and_writing(bot, world, anna, group):
    seen = []
    world.subscribe(lambda event: seen.append(event) if isinstance(event, ActionShown | DraftShown) else None)
    await bot.send_chat_action(group.id, "upload_document")
    await bot.send_message_draft(anna.id, 7, "Searching <b>22</b> rounds", parse_mode="HTML")
    action, draft = seen
    assert (action.chat_id, action.action) == (group.id, "upload_document")
    assert (draft.draft_id, draft.message.text) == (7, "Searching 22 rounds")
    with pytest.raises(BadRequest, match=r"(?i)only for private chats"):
        await bot.send_message_draft(group.id, 7, "Searching")


async def test_11_a_webhook_gets_the_secret_and_an_update_again_until_it_takes_it(bot, world, anna, clock):
    received: list[tuple[str | None, str]] = []
    statuses = [503, 200]

    async def take(request: web.Request) -> web.Response:
        update = await request.json()
        received.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update["message"]["text"]))
        return web.Response(status=statuses[len(received) - 1])

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s3cret")
    world.send_text(anna.id, anna.id, "Hello")
    await until(lambda: clock.sleepers == 1)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    clock.advance(1)
    await until(lambda: len(world.updates) == 0)
    assert received == [("s3cret", "Hello"), ("s3cret", "Hello")]
    await runner.cleanup()


# 12. The journal and the clock


async def test_12_every_call_is_written_down_and_time_is_the_clocks(bot, world, anna, clock):
    clock.advance(3600)
    sent = await bot.send_message(anna.id, "<b>Hello</b>", parse_mode="HTML")
    with pytest.raises(BadRequest):
        await bot.send_message(42, "Hello")
    assert sent.date.timestamp() == clock.now()
    first, second = world.journal.of("sendMessage")
    assert (first.time, first.parameters["parse_mode"], first.code) == (clock.now(), "HTML", 200)
    assert (second.code, second.error) == (400, "Bad Request: chat not found")
