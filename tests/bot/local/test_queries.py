"""Pressed buttons and inline queries."""

from __future__ import annotations

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultCachedDocument,
    InputTextMessageContent,
)
from telegram.error import BadRequest

from bot.local.errors import WorldError
from bot.local.queries import ANSWER_SECONDS

TOO_LATE = "^Query is too old and response timeout expired or query id is invalid$"
KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])


def article(identifier="1", text="<b>Text</b>", keyboard=None):
    content = InputTextMessageContent(text, parse_mode="HTML")
    return InlineQueryResultArticle(identifier, "Title", content, reply_markup=keyboard, description="About")


async def test_a_pressed_button_reaches_the_bot_and_its_answer_the_person(bot, world, anna):
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    query_id = world.press(anna.id, anna.id, sent.message_id, "more")
    [update] = await bot.get_updates()
    query = update.callback_query
    assert (query.id, query.data, query.from_user.id, query.message.text) == (query_id, "more", anna.id, "Text")
    assert world.callback_answer(query_id) is None
    await query.answer("Here", show_alert=True)
    answer = await world.wait_callback_answer(query_id)
    assert (answer.text, answer.show_alert, answer.user_id) == ("Here", True, anna.id)


async def test_a_button_is_answered_once_and_in_time(bot, world, anna, clock):
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    first, second = (world.press(anna.id, anna.id, sent.message_id, "more") for _ in range(2))
    await bot.answer_callback_query(first)
    clock.advance(ANSWER_SECONDS + 1)
    for query_id in (first, second, "nonsense"):
        with pytest.raises(BadRequest, match=TOO_LATE):
            await bot.answer_callback_query(query_id)


async def test_an_answer_may_be_cached(bot, world, anna, clock):
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    await bot.answer_callback_query(world.press(anna.id, anna.id, sent.message_id, "more"), "Here", cache_time=60)
    world.updates.clear()
    again = world.press(anna.id, anna.id, sent.message_id, "more")
    assert world.callback_answer(again).text == "Here"
    assert len(world.updates) == 0
    clock.advance(60)
    assert world.callback_answer(world.press(anna.id, anna.id, sent.message_id, "more")) is None


async def test_only_buttons_that_are_there_can_be_pressed(bot, world, anna):
    ben = world.add_user("Ben")
    sent = await bot.send_message(anna.id, "Text", reply_markup=KEYBOARD)
    for user_id, message_id, data in [
        (anna.id, sent.message_id, "x"),
        (anna.id, 99, "more"),
        (ben.id, sent.message_id, "more"),
    ]:
        with pytest.raises(WorldError):
            world.press(user_id, anna.id, message_id, data)
    with pytest.raises(WorldError, match=r"no button was pressed"):
        world.callback_answer("nonsense")


async def test_an_inline_query_is_answered_and_a_result_sent(bot, world, anna, clock):
    ben = world.add_user("Ben")
    elsewhere = world.add_group("Elsewhere", members=[ben.id], admins=[anna.id])
    query_id = world.inline_query(anna.id, "who agreed", chat_type="supergroup")
    [update] = await bot.get_updates()
    assert (update.inline_query.query, update.inline_query.chat_type) == ("who agreed", "supergroup")
    await update.inline_query.answer([article(keyboard=KEYBOARD), article("2")], cache_time=0, is_personal=True)
    answer = await world.wait_inline_answer(query_id)
    assert [result["id"] for result in answer.results] == ["1", "2"]

    message = world.choose(anna.id, elsewhere.id, query_id, "1")
    assert (message.text, message.entities[0].type, message.via_bot) == ("Text", "bold", True)
    [chosen] = await bot.get_updates(offset=update.update_id + 1)
    inline_id = chosen.chosen_inline_result.inline_message_id
    assert (chosen.chosen_inline_result.result_id, inline_id) == ("1", message.inline_id)
    world.press(ben.id, elsewhere.id, message.id, "more")
    [pressed] = await bot.get_updates(offset=chosen.update_id + 1)
    assert (pressed.callback_query.message, pressed.callback_query.inline_message_id) == (None, inline_id)
    assert await pressed.callback_query.edit_message_text("Edited") is True
    assert world.message(elsewhere.id, message.id).text == "Edited"


async def test_a_result_without_buttons_has_no_identifier_and_is_heard_where_the_bot_is(bot, world, anna):
    query_id = world.inline_query(anna.id, "who")
    await bot.answer_inline_query(query_id, [article()])
    world.updates.clear()
    world.choose(anna.id, anna.id, query_id, "1")
    chosen, sent = await bot.get_updates()
    assert chosen.chosen_inline_result.inline_message_id is None
    assert (sent.message.via_bot.id, sent.message.text) == (world.bot.id, "Text")


async def test_results_are_cached_for_everyone_unless_personal(bot, world, anna, clock):
    ben = world.add_user("Ben")
    await bot.answer_inline_query(world.inline_query(anna.id, "open"), [article()], cache_time=60)
    await bot.answer_inline_query(world.inline_query(anna.id, "own"), [article()], cache_time=60, is_personal=True)
    await bot.answer_inline_query(world.inline_query(anna.id, "fresh"), [article()], cache_time=0)
    world.updates.clear()

    def is_cached(person, query):
        answer = world.inline_answer(world.inline_query(person.id, query))
        return answer is not None and answer.is_cached

    assert [is_cached(anna, query) for query in ("open", "own", "fresh")] == [True, True, False]
    assert [is_cached(ben, query) for query in ("open", "own", "fresh")] == [True, False, False]
    assert len(world.updates) == 3
    clock.advance(60)
    assert not is_cached(ben, "open")


async def test_inline_answers_that_are_refused(bot, world, anna, clock):
    query_id = world.inline_query(anna.id, "a" * 300)
    [update] = await bot.get_updates()
    assert len(update.inline_query.query) == 256
    for results, refusal in [
        ([article(str(number)) for number in range(51)], "results_too_much"),
        ([article(), article()], "result_id_duplicate"),
        ([article("я" * 33)], "result_id_invalid"),
        ([article("")], "result_id_invalid"),
        ([article(text="<x>")], "can't parse inline query result: can't parse entities: unsupported start tag \"x\".*"),
        ([article(text="")], "can't parse inline query result: message text is empty"),
    ]:
        with pytest.raises(BadRequest, match=rf"(?i)^{refusal}$"):
            await bot.answer_inline_query(query_id, results)
    await bot.answer_inline_query(query_id, [])
    for late in (query_id, "nonsense"):
        with pytest.raises(BadRequest, match=TOO_LATE):
            await bot.answer_inline_query(late, [])
    late = world.inline_query(anna.id, "late")
    clock.advance(ANSWER_SECONDS + 1)
    with pytest.raises(BadRequest, match=TOO_LATE):
        await bot.answer_inline_query(late, [])


async def test_a_file_sent_before_may_be_a_result(bot, world, anna):
    sent = await bot.send_document(anna.id, b"x", filename="a.txt")
    query_id = world.inline_query(anna.id, "file")
    result = InlineQueryResultCachedDocument("1", "Title", sent.document.file_id, caption="Report")
    await bot.answer_inline_query(query_id, [result])
    message = world.choose(anna.id, anna.id, query_id, "1")
    assert (message.attachment.name, message.text) == ("a.txt", "Report")
    with pytest.raises(WorldError, match=r"no result"):
        world.choose(anna.id, anna.id, query_id, "2")
    with pytest.raises(WorldError, match=r"asked nothing"):
        world.choose(world.add_user("Ben").id, anna.id, query_id, "1")
