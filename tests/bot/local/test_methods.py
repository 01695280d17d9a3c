"""Refusals of single methods, as plain HTTP shows them, and the few that do nothing."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("method", "parameters", "refusal"),
    [
        ("sendMessage", {"chat_id": "anna", "text": "x"}, "chat not found"),
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        (
            "sendMessage",
            {"chat_id": 1, "text": 'a <a href="x', "parse_mode": "HTML"},
            "can't parse entities: Unclosed start tag at byte offset 2",
        ),
        ("getFile", {}, "file_id not specified"),
        ("deleteMessages", {"chat_id": 1}, "message identifiers are not specified"),
        ("deleteMessages", {"chat_id": 1, "message_ids": list(range(101))}, "too many message identifiers specified"),
        ("deleteMessages", {"chat_id": 1, "message_ids": ["x"]}, "invalid message identifier specified"),
        ("forwardMessage", {"from_chat_id": 1, "chat_id": 1}, "message identifier is not specified"),
        ("answerInlineQuery", {"inline_query_id": "1"}, "can't parse inline query results"),
        ("answerInlineQuery", {"inline_query_id": "1", "results": [], "next_offset": "я" * 33}, "NEXT_OFFSET_INVALID"),
        (
            "answerInlineQuery",
            {"inline_query_id": "1", "results": [{"type": "gif"}]},
            "can't parse inline query result",
        ),
        ("getUpdates", {"allowed_updates": [1]}, "can't parse allowed updates"),
        ("getUpdates", {"offset": "x"}, 'parameter "offset" must be an Integer'),
        ("setMyCommands", {}, "can't parse commands JSON object"),
        ("leaveChat", {"chat_id": 1}, "chat member status can't be changed in private chats"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": " ", "url": "a.b"}]]}},
            "BUTTON_TEXT_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_markup": {"keyboard": [1]}},
            'field "keyboard" must be an Array of Arrays',
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_markup": {"keyboard": [[{}]]}},
            "can't parse keyboard button",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "reply_parameters": {"message_id": 1, "chat_id": 5}},
            "replies to messages of other chats are not known to the local server",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "entities": [{"type": "bold", "offset": -1, "length": 1}]},
            "can't parse entities: receive an entity with incorrect offset -1",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": -1}]},
            "can't parse entities: receive an entity with incorrect length -1",
        ),
        (
            "editMessageReplyMarkup",
            {"chat_id": 1, "message_id": 1, "reply_markup": {"force_reply": True}},
            "inline keyboard expected",
        ),
        ("editMessageText", {"inline_message_id": "x", "text": "x"}, "MESSAGE_ID_INVALID"),
    ],
)
async def test_calls_that_are_refused(call, anna, method, parameters, refusal):
    parameters = {
        name: anna.id if name.endswith("chat_id") and value == 1 else value for name, value in parameters.items()
    }
    status, answer = await call(method, **parameters)
    assert status == 400
    assert answer["description"].startswith(f"Bad Request: {refusal}")


@pytest.mark.parametrize("style", ["danger", "success", "primary"])
async def test_buttons_may_have_a_style(call, world, anna, style):
    button = {"text": "a", "copy_text": {"text": "b"}, "style": style}
    status, answer = await call("sendMessage", chat_id=anna.id, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert (status, answer["result"]["reply_markup"]["inline_keyboard"]) == (200, [[button]])
    assert world.last_message(anna.id).buttons[0].style == style


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ({"text": "a", "callback_data": "b", "url": "a.b"}, "button has both callback_data and url"),
        ({"text": "a", "copy_text": "b"}, "CopyTextButton must be an Object"),
        ({"text": "a", "callback_data": "b", "style": "pink"}, 'unknown button style "pink"'),
    ],
)
async def test_buttons_that_are_refused(call, anna, button, refusal):
    _, answer = await call("sendMessage", chat_id=anna.id, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert answer["description"].startswith(f"Bad Request: can't parse inline keyboard button: {refusal}")


async def test_leaving_the_server_is_acknowledged(bot):
    assert await bot.close() is True
    assert await bot.log_out() is True


async def test_a_person_may_be_mentioned_without_a_name(call, anna):
    status, answer = await call(
        "sendMessage", chat_id=anna.id, text=f'<a href="tg://user?id={anna.id}">you</a>', parse_mode="HTML"
    )
    [entity] = answer["result"]["entities"]
    assert (status, entity["type"], entity["user"]["first_name"]) == (200, "text_mention", "Anna")
    _, answer = await call("sendMessage", chat_id=anna.id, text='<a href="tg://user?id=5">x</a>', parse_mode="HTML")
    assert "entities" not in answer["result"]
