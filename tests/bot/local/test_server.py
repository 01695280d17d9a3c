"""The real library against the local server, over real HTTP."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, FormData
from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ExtBot,
    MessageHandler,
    filters,
)

from bot.local.events import CallMade
from bot.local.methods import METHODS
from bot.local.server import LocalServer
from bot.local.world import World

TOKEN = "123456789:AAtesttokentesttokentesttoken"
#: What the library turns into something else before it calls.
LIBRARY_ONLY = {
    "self",
    "read_timeout",
    "write_timeout",
    "connect_timeout",
    "pool_timeout",
    "api_kwargs",
    "rate_limit_args",
    "allow_sending_without_reply",
    "reply_to_message_id",
    "disable_web_page_preview",
    "filename",
    "current_offset",
}
#: What the library writes into the first file of an album.
ALBUM_ONLY = {"caption", "parse_mode", "caption_entities"}
#: What the local server does not simulate, and so refuses.
REFUSED = {
    "business_connection_id",
    "message_effect_id",
    "allow_paid_broadcast",
    "direct_messages_topic_id",
    "suggested_post_parameters",
    "video_start_timestamp",
    "certificate",
    "ip_address",
}


@asynccontextmanager
async def echoing_bot(world: World) -> AsyncIterator[Application]:
    """A real application that answers what it is told, polling the local server."""

    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await update.effective_message.reply_html(f"<b>Hello</b> {' '.join(context.args)}", reply_markup=keyboard)

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await context.bot.send_chat_action(update.effective_chat.id, "typing")
        await update.effective_message.reply_text(f"You said: {update.effective_message.text}", do_quote=True)

    async def more(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.callback_query.answer("Here it is")
        await update.callback_query.edit_message_text("More <i>text</i>", parse_mode=ParseMode.HTML)
        await context.bot.send_document(update.effective_chat.id, b"%PDF-1.7", filename="x.pdf", caption="A file")

    async with LocalServer(world) as server:
        application = (
            Application.builder().token(TOKEN).base_url(server.base_url).base_file_url(server.base_file_url).build()
        )
        application.add_handler(CommandHandler("start", start))
        application.add_handler(MessageHandler(filters.TEXT, echo))
        application.add_handler(CallbackQueryHandler(more))
        async with application:
            await application.start()
            await application.updater.start_polling(timeout=10)
            try:
                yield application
            finally:
                await application.updater.stop()
                await application.stop()


async def test_a_real_application_converses_through_the_server():
    world = World(TOKEN)
    anna = world.add_user("Anna")
    async with asyncio.timeout(20), echoing_bot(world) as application:
        await application.bot.set_my_commands([BotCommand("start", "Begin")])
        world.send_text(anna.id, anna.id, "/start now")
        hello = await world.bot_message(anna.id)
        assert (hello.text, hello.entities[0].type, hello.entities[0].of(hello.text)) == ("Hello now", "bold", "Hello")
        assert [button.value for button in hello.buttons] == ["more"]

        query = world.press(anna.id, anna.id, hello.id, "more")
        answer = await world.wait_callback_answer(query)
        document = await world.bot_message(anna.id, after=hello.id)
        edited = world.message(anna.id, hello.id)
        assert answer.text == "Here it is"
        assert (edited.text, edited.keyboard) == ("More text", ())
        assert (document.attachment.name, document.text) == ("x.pdf", "A file")
        assert world.file_bytes(document.attachment.file_id) == b"%PDF-1.7"

        question = world.send_text(anna.id, anna.id, "What was agreed?")
        echo = await world.bot_message(anna.id, after=question.id)
        assert (echo.text, echo.reply_to) == ("You said: What was agreed?", question.id)
        assert [c.command for c in world.commands_for(anna.id, anna.id)] == ["start"]
        assert len(world.journal.of("sendChatAction")) == 1


async def test_only_the_right_token_and_known_methods_are_served(server, call):
    async with ClientSession() as session:
        addresses = {
            "wrong": f"{server.base_url}123456789:AAwrongwrongwrongwrongwrong/getMe",
            "malformed": f"{server.base_url}nonsense/getMe",
            "file": f"{server.base_file_url}123456789:AAwrongwrongwrongwrongwrong/documents/file_0",
        }
        statuses = {name: (await session.get(address)).status for name, address in addresses.items()}
    assert statuses == {"wrong": 401, "malformed": 404, "file": 401}
    assert await call("sendRichMessage") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found: method not found"},
    )


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Host": "127.0.0.1:1"}, {"Origin": "https://evil.example"}]
)
async def test_web_pages_and_other_names_are_turned_away(server, headers):
    async with ClientSession() as session:
        response = await session.get(f"{server.base_url}{TOKEN}/getMe", headers=headers)
    assert response.status == 403


async def test_a_call_may_come_as_query_form_json_or_multipart_and_in_any_case(server):
    parts = FormData({"language_code": "ru"}, default_to_multipart=True)
    async with ClientSession() as session:
        address = f"{server.base_url}{TOKEN}/"
        await session.post(address + "setmyname", json={"name": "Докладчик", "language_code": "ru"})
        answers = [
            await session.get(address + "getMyName?language_code=ru"),
            await session.post(address + "GETMYNAME", data={"language_code": "ru"}),
            await session.post(address + "getMyName", json={"language_code": "ru"}),
            await session.post(address + "getMyName", data=parts),
        ]
        names = [(await answer.json())["result"]["name"] for answer in answers]
        other = await session.put(address + "getMyName")
        refused = await session.post(address + "getMyName", data=b"x", headers={"Content-Type": "text/plain"})
    assert names == ["Докладчик"] * 4
    assert (other.status, refused.status) == (405, 400)


async def test_an_unknown_parameter_is_refused_in_strict_mode_and_passed_over_otherwise(world, call):
    status, answer = await call("getMe", chat=1)
    assert (status, answer["description"]) == (
        400,
        'Bad Request: unknown parameter "chat" (refused by the local server in strict mode)',
    )
    async with LocalServer(world, strict=False) as lenient, ClientSession() as session:
        response = await session.get(f"{lenient.base_url}{TOKEN}/getMe?chat=1")
    assert response.status == 200


async def test_every_call_is_in_the_journal_with_its_outcome(world, anna, call, clock):
    seen = []
    world.subscribe(lambda event: seen.append(event) if isinstance(event, CallMade) else None)
    await call("sendMessage", chat_id=anna.id, text="Hello")
    await call("sendMessage", chat_id=5, text="Hello")
    await call("nonsense")
    assert [(e.method, e.code, e.error, e.time) for e in world.journal] == [
        ("sendMessage", 200, None, clock.now()),
        ("sendMessage", 400, "Bad Request: chat not found", clock.now()),
        ("nonsense", 404, "Not Found: method not found", clock.now()),
    ]
    assert world.journal[0].parameters == {"chat_id": anna.id, "text": "Hello"}
    assert world.journal[0].result["text"] == "Hello"
    assert [event.entry for event in seen] == list(world.journal)


async def test_the_library_recognises_the_refusals(bot, anna, world):
    with pytest.raises(InvalidToken):
        await bot.get_star_transactions()
    with pytest.raises(BadRequest, match=r"^Chat not found$"):
        await bot.send_message(42, "Hello")
    world.block_bot(anna.id)
    with pytest.raises(Forbidden, match=r"bot was blocked by the user"):
        await bot.send_message(anna.id, "Hello")


def test_every_parameter_the_library_can_send_is_known_or_refused_on_purpose():
    def signature(name: str) -> set[str]:
        method = getattr(ExtBot, re.sub(r"([A-Z])", lambda match: "_" + match.group().lower(), name))
        return set(inspect.signature(method).parameters)

    unknown = {name: signature(method.name) - method.known - LIBRARY_ONLY - REFUSED for name, method in METHODS.items()}
    unknown["sendmediagroup"] -= ALBUM_ONLY
    surplus = {name: method.known - signature(method.name) for name, method in METHODS.items()}
    assert {name: names for name, names in unknown.items() if names} == {}
    assert {name: names for name, names in surplus.items() if names} == {}
