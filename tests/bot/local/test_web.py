"""The web chat over HTTP: what it shows, what it does in the world, and whom it refuses."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from bot.local import web as web_module
from bot.local.formatting import message_text
from bot.local.inline import parse_results
from bot.local.journal import JournalEntry
from bot.local.keyboards import parse_markup
from bot.local.menus import Scope
from bot.local.models import Command, Message
from bot.local.outgoing import Reply, Sending
from bot.local.web import add_web_chat, web_chat
from bot.local.web_files import UPLOAD_LIMIT
from bot.local.world import World
from tests.bot.local.page import TOKEN, Page


def bot_says(
    world: World, chat_id: int, html: str, *, buttons: Mapping[str, str] | None = None, reply_to: int | None = None
) -> Message:
    """A message of the bot, with one row of callback buttons given as text and data."""
    row = [{"text": text, "callback_data": data} for text, data in (buttons or {}).items()]
    markup = parse_markup({"inline_keyboard": [row]} if row else None)
    reply = None if reply_to is None else Reply(reply_to)
    sending = Sending(world.chat(chat_id), reply=reply, markup=markup)
    return world.send(sending, message_text(html, "HTML", None, world.people))


@asynccontextmanager
async def events_of(page: Page) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The events from now on."""
    async with page.client.get("/web/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert await response.content.readline() == b"retry: 1500\n"

        async def read() -> AsyncIterator[dict[str, Any]]:
            async for line in response.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

        yield read()


async def test_the_page_and_its_parts_are_served_under_a_strict_policy(page: Page) -> None:
    response = await page.client.get("/")
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>Rapporteur - local chat</title>" in await response.text()
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert policy[:3] == ["default-src 'none'", "script-src 'self'", "style-src 'self'"]
    assert "frame-ancestors 'none'" in policy and "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    script = await page.client.get("/web/static/app.js")
    assert (script.status, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert script.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_page_has_no_script_or_style_of_its_own(page: Page) -> None:
    """What the policy would block is not there: no inline scripts, styles or handlers."""
    text = await (await page.client.get("/")).text()
    assert "<style" not in text and " style=" not in text and " onclick=" not in text
    assert text.count("<script") == 1 and '<script type="module" src="/web/static/app.js"></script>' in text


@pytest.mark.parametrize("name", ["nothing.js", "..%2fweb.py", "%2e%2e%2fweb.py"])
async def test_only_the_pages_own_files_are_served(page: Page, name: str) -> None:
    response = await page.client.get(f"/web/static/{name}")
    assert (response.status, await response.json()) == (404, {"error": "Not Found."})
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}"]
)
async def test_another_host_is_refused(page: Page, host: str) -> None:
    """A name rebound to loopback says its own name; so does a request meant for another port."""
    for path in ("/", "/web/state", "/web/events"):
        response = await page.client.get(path, headers={"Host": host.format(port=page.client.server.port)})
        assert response.status == 403
        assert await response.json() == {"error": "The local chat answers only to its own loopback address."}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
async def test_every_name_of_loopback_is_served(page: Page, host: str) -> None:
    response = await page.client.get("/web/state", headers={"Host": f"{host}:{page.client.server.port}"})
    assert response.status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}", None]
)
async def test_another_site_cannot_write(page: Page, origin: str | None) -> None:
    diplomat = page.seeded.diplomat.id
    headers = {} if origin is None else {"Origin": origin.format(port=page.client.server.port)}
    body = {"person": diplomat, "chat": str(diplomat), "text": "Hello"}
    response = await page.client.post("/web/send", json=body, headers=headers)
    assert (response.status, await response.json()) == (403, {"error": "The local chat does not answer other sites."})
    assert page.world.history(diplomat) == []


async def test_another_site_cannot_read(page: Page) -> None:
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert (await page.client.get("/web/events", headers=headers)).status == 403
    assert (await page.client.get("/web/state", headers={"Sec-Fetch-Site": "same-origin"})).status == 200
    assert (await page.client.get("/", headers={"Sec-Fetch-Site": "cross-site"})).status == 200


async def test_other_addresses_of_the_app_are_left_alone() -> None:
    """The chat is mounted beside other routes, whose rules it does not touch."""
    app = web.Application()
    app.router.add_get("/other", _other)
    add_web_chat(app, World(TOKEN))
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/other", headers={"Host": "anything.example"})
        assert response.status == 200
        assert "Content-Security-Policy" not in response.headers


async def _other(_: web.Request) -> web.Response:
    return web.Response()


def private_chat(person: int, bot: int) -> dict[str, object]:
    return {
        "id": str(person),
        "title": "Rapporteur",
        "group": False,
        "kind": "private",
        "members": [person, bot],
        "admins": [],
        "owner": None,
    }


async def test_the_state_names_people_and_chats(page: Page) -> None:
    diplomat, admin, group = page.seeded.diplomat, page.seeded.admin, page.seeded.group
    page.world.set_profile("description", "", "I quote.")
    state = await (await page.get("state")).json()
    assert [(p["id"], p["name"], p["language"], p["description"]) for p in state["people"]] == [
        (diplomat.id, "Diplomat", "en", "I quote."),
        (admin.id, "Admin", "en", "I quote."),
    ]
    bot = page.world.bot
    assert state["bot"] == {
        "id": bot.id,
        "name": "Rapporteur",
        "username": "rapporteur_local_bot",
        "language": None,
        "bot": True,
    }
    assert state["chats"] == [
        private_chat(diplomat.id, bot.id),
        private_chat(admin.id, bot.id),
        {
            "id": str(group.id),
            "title": "Delegation",
            "group": True,
            "kind": "supergroup",
            "members": [admin.id, diplomat.id, bot.id],
            "admins": [admin.id],
            "owner": admin.id,
        },
    ]
    assert page.world.status(group.id, admin.id).is_administrator
    assert not page.world.status(group.id, diplomat.id).is_administrator


async def test_what_a_person_sends_reaches_the_world(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    response = await page.post("send", person=diplomat, chat=str(diplomat), text="/ask What was said?")
    message = page.world.last_message(diplomat)
    assert (response.status, await response.json()) == (200, {"id": message.id})
    assert (message.sender.id, message.text) == (diplomat, "/ask What was said?")
    response = await page.post("send", person=diplomat, chat=str(diplomat), text="And then?", reply_to=message.id)
    assert page.world.last_message(diplomat).reply_to == message.id
    response = await page.post(
        "edit", person=diplomat, chat=str(diplomat), message=message.id, text="/ask Who said it?"
    )
    edited = page.world.message(diplomat, message.id)
    assert response.status == 200 and edited is not None and edited.text == "/ask Who said it?"


async def test_history_is_drawn_with_entities_buttons_and_replies(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    question = page.world.send_text(diplomat, diplomat, "Sovereignty?")
    bot_says(
        page.world,
        diplomat,
        '😀 <blockquote expandable>Its <b>unity</b></blockquote><a href="https://example.org/x">p. 1</a>',
        buttons={"More": "more:1"},
        reply_to=question.id,
    )
    found = await (await page.get("history", person=diplomat, chat=diplomat)).json()
    assert found["earlier"] is False
    asked, answer = found["messages"]
    assert (asked["sender"]["name"], asked["text"], asked["keyboard"]) == ("Diplomat", "Sovereignty?", None)
    assert answer["text"] == "😀 Its unityp. 1"
    assert answer["entities"] == [
        {"type": "expandable_blockquote", "offset": 3, "length": 9},
        {"type": "bold", "offset": 7, "length": 5},
        {"type": "text_link", "offset": 12, "length": 4, "url": "https://example.org/x"},
    ]
    assert answer["keyboard"] == {"inline": [[{"text": "More", "data": "more:1"}]]}
    assert answer["reply"] == {"id": question.id, "name": "Diplomat", "text": "Sovereignty?"}
    assert (answer["sender"]["bot"], answer["edited"], answer["service"]) == (True, False, None)


async def test_a_reply_to_what_is_gone_says_so(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    question = page.world.send_text(diplomat, diplomat, "Sovereignty?")
    bot_says(page.world, diplomat, "Yes.", reply_to=question.id)
    page.world.delete_message(diplomat, diplomat, question.id)
    found = await (await page.get("history", person=diplomat, chat=diplomat)).json()
    assert [message["reply"] for message in found["messages"]] == [{"id": question.id, "name": "", "text": ""}]


async def test_history_comes_in_pages(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    ids = [page.world.send_text(diplomat, diplomat, f"Question {number}").id for number in range(103)]
    newest = await (await page.get("history", person=diplomat, chat=diplomat)).json()
    assert ([m["id"] for m in newest["messages"]], newest["earlier"]) == (ids[3:], True)
    older = await (await page.get("history", person=diplomat, chat=diplomat, before=ids[3])).json()
    assert ([m["id"] for m in older["messages"]], older["earlier"]) == (ids[:3], False)


async def test_notices_of_a_group_are_named(page: Page) -> None:
    admin, group = page.seeded.admin.id, page.seeded.group.id
    page.world.rename(group, "Working group", admin)
    found = await (await page.get("history", person=admin, chat=group)).json()
    assert [message["service"] for message in found["messages"]] == [
        {"kind": "joined", "name": "Rapporteur"},
        {"kind": "renamed", "name": "Working group"},
    ]


async def test_a_topic_is_a_chat_of_its_own(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    forum = page.world.add_group("Forum", members=[diplomat], forum=True).id
    topic = page.world.create_topic(forum, "Round 22")
    place = f"{forum}.{topic}"
    chats = (await (await page.get("state")).json())["chats"]
    assert [(c["id"], c["title"]) for c in chats][-2:] == [(str(forum), "Forum"), (place, "Forum / Round 22")]
    await page.post("send", person=diplomat, chat=place, text="In the topic")
    await page.post("send", person=diplomat, chat=str(forum), text="Outside")
    assert [m.thread_id for m in page.world.history(forum)] == [topic, topic, None]
    inside = await (await page.get("history", person=diplomat, chat=place)).json()
    outside = await (await page.get("history", person=diplomat, chat=forum)).json()
    assert [m["text"] for m in inside["messages"]] == ["", "In the topic"]
    assert [m["text"] for m in outside["messages"]] == ["Outside"]


async def test_a_person_sees_only_their_chats(page: Page) -> None:
    diplomat, admin = page.seeded.diplomat.id, page.seeded.admin.id
    for path in ("history", "commands"):
        response = await page.get(path, person=admin, chat=diplomat)
        assert (response.status, await response.json()) == (400, {"error": "Admin is not in Diplomat."})
    response = await page.post("send", person=admin, chat=str(diplomat), text="Hello")
    assert (response.status, page.world.history(diplomat)) == (400, [])


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": "Hello"}, "The request is not well formed: person: Field required."),
        ({"person": 1, "chat": "x", "text": "a"}, "String should match pattern"),
        ({"person": 1, "chat": "1", "text": "a", "bot": True}, "bot: Extra inputs are not permitted."),
        ({"person": 5, "chat": "5", "text": "a"}, "nobody has the id 5."),
    ],
)
async def test_a_wrong_request_is_refused_in_one_sentence(page: Page, body: dict[str, object], sentence: str) -> None:
    response = await page.post("send", **body)
    assert response.status == 400
    error = (await response.json())["error"]
    assert sentence.lower() in error.lower()
    assert error.endswith(".") and "\n" not in error


async def test_an_empty_message_is_refused_in_the_worlds_words(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    response = await page.post("send", person=diplomat, chat=str(diplomat), text="  ")
    assert (response.status, await response.json()) == (
        400,
        {"error": "A message is neither empty nor longer than 4096 characters."},
    )


async def test_a_pressed_button_is_answered_by_an_event(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    page.world.send_text(diplomat, diplomat, "Sovereignty?")
    message = bot_says(page.world, diplomat, "Yes.", buttons={"More": "more:1"})
    async with events_of(page) as events:
        response = await page.post("press", person=diplomat, chat=str(diplomat), message=message.id, data="more:1")
        query = (await response.json())["id"]
        page.world.answer_callback(query, "No more.", show_alert=True, url=None, cache_time=0)
        assert await anext(events) == {
            "kind": "answer",
            "id": query,
            "person": diplomat,
            "text": "No more.",
            "alert": True,
            "url": None,
        }
    response = await page.post("press", person=diplomat, chat=str(diplomat), message=message.id, data="other")
    assert response.status == 400
    assert "has no button" in (await response.json())["error"]


async def test_events_tell_of_messages_edits_deletions_actions_drafts_and_calls(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    async with events_of(page) as events:
        question = page.world.send_text(diplomat, diplomat, "Sovereignty?")
        page.world.edit_text(diplomat, diplomat, question.id, "Unity?")
        page.world.show_action(diplomat, None, "typing")
        chat = page.world.chat(diplomat)
        page.world.show_draft(chat, None, 7, message_text("Half an <b>answer</b>", "HTML", None, page.world.people))
        page.world.record(JournalEntry(1.5, "getMe", {}, {"id": 1}, milliseconds=2.0))
        page.world.delete_message(diplomat, diplomat, question.id)
        sent, edited, action, draft, call, deleted = [await anext(events) for _ in range(6)]
    place = str(diplomat)
    assert (sent["kind"], sent["chat"], sent["message"]["text"]) == ("message", place, "Sovereignty?")
    assert (edited["kind"], edited["message"]["text"], edited["message"]["edited"]) == ("edited", "Unity?", True)
    assert action == {"kind": "action", "chat": place, "action": "typing"}
    assert draft == {
        "kind": "draft",
        "chat": place,
        "text": "Half an answer",
        "entities": [{"type": "bold", "offset": 8, "length": 6}],
    }
    assert (call["kind"], call["call"]["method"], call["call"]["ok"]) == ("call", "getMe", True)
    assert deleted == {"kind": "deleted", "chat": place, "ids": [question.id]}


async def test_events_end_when_the_server_stops() -> None:
    """A page left open does not keep the server from stopping."""
    world = World(TOKEN)
    async with ClientSession() as session:
        async with web_chat(world) as address:
            response = await session.get(f"{address}web/events")
            assert await response.content.readline() == b"retry: 1500\n"
        assert await response.content.read() == b"\n"
        response.close()
    world.add_user("Late")


async def test_a_file_is_uploaded_and_comes_back_as_an_attachment(page: Page) -> None:
    """Never shown by the browser, whatever it claims to be."""
    diplomat, group = page.seeded.diplomat.id, page.seeded.group.id
    content = b"<script>alert(1)</script>"
    response = await page.upload(content, person=diplomat, chat=diplomat, name="итог 22.html", caption="Please add")
    assert response.status == 200
    message = page.world.last_message(diplomat)
    assert message.attachment is not None
    assert (message.attachment.name, message.text) == ("итог 22.html", "Please add")
    assert page.world.file_bytes(message.attachment.file_id) == content
    view = (await (await page.get("history", person=diplomat, chat=diplomat)).json())["messages"][0]["document"]
    assert (view["name"], view["size"]) == ("итог 22.html", len(content))
    file = await page.get(f"file/{view['id']}", person=diplomat, chat=diplomat)
    assert await file.read() == content
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%D0%B8%D1%82%D0%BE%D0%B3%2022.html"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    elsewhere = await page.get(f"file/{view['id']}", person=diplomat, chat=group)
    assert (elsewhere.status, await elsewhere.json()) == (400, {"error": "There is no such file in this chat."})


async def test_a_picture_of_the_bot_is_shown_as_one(page: Page) -> None:
    diplomat = page.seeded.diplomat.id
    content = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 40, 30) + b"\x08"
    photo = page.world.files.add("photo", content)
    page.world.send(Sending(page.world.chat(diplomat)), message_text("Page 3", "", None, page.world.people), photo)
    view = (await (await page.get("history", person=diplomat, chat=diplomat)).json())["messages"][-1]["document"]
    assert view["picture"] == {"width": 40, "height": 30}
    file = await page.get(f"file/{view['id']}", person=diplomat, chat=diplomat)
    assert await file.read() == content
    assert (file.headers["Content-Type"], file.headers["Content-Disposition"]) == ("image/png", "inline")
    assert file.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_file_too_large_is_refused_before_the_world_hears_of_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert UPLOAD_LIMIT == 64 * 1024 * 1024
    monkeypatch.setattr("bot.local.web_files.UPLOAD_LIMIT", 1 << 20)
    diplomat = page.seeded.diplomat.id
    response = await page.upload(bytes((1 << 20) + 1), person=diplomat, chat=diplomat, name="big.pdf")
    assert (response.status, await response.json()) == (400, {"error": "A file sent here is at most 1 MB."})
    assert page.world.history(diplomat) == []


async def test_commands_follow_the_chat_and_the_persons_language(page: Page) -> None:
    diplomat, group = page.seeded.diplomat.id, page.seeded.group.id
    page.world.set_commands(Scope(), "", [Command("ask", "Ask a question")])
    page.world.set_commands(Scope(), "ru", [Command("ask", "Задать вопрос")])
    page.world.set_commands(Scope("all_group_chats"), "", [Command("summary", "Summary of a round")])

    async def menu(chat: int) -> object:
        return (await (await page.get("commands", person=diplomat, chat=chat)).json())["commands"]

    assert await menu(diplomat) == [{"command": "ask", "description": "Ask a question"}]
    assert await menu(group) == [{"command": "summary", "description": "Summary of a round"}]
    response = await page.post("language", person=diplomat, language="ru")
    assert (response.status, page.world.person(diplomat).language_code) == (200, "ru")
    assert await menu(diplomat) == [{"command": "ask", "description": "Задать вопрос"}]


async def test_the_journal_gives_results_and_refusals(page: Page) -> None:
    page.world.record(JournalEntry(1.0, "sendMessage", {"chat_id": 5}, {"message_id": 1}, milliseconds=3.5))
    page.world.record(JournalEntry(2.0, "sendMessage", {"chat_id": 6}, code=400, error="Bad Request: chat not found"))
    calls = (await (await page.get("journal")).json())["calls"]
    assert calls == [
        {
            "time": 1.0,
            "method": "sendMessage",
            "milliseconds": 3.5,
            "ok": True,
            "code": 200,
            "parameters": {"chat_id": 5},
            "result": {"message_id": 1},
            "fault": None,
        },
        {
            "time": 2.0,
            "method": "sendMessage",
            "milliseconds": 0.0,
            "ok": False,
            "code": 400,
            "parameters": {"chat_id": 6},
            "result": "Bad Request: chat not found",
            "fault": None,
        },
    ]


async def test_a_slow_page_is_let_go_and_not_waited_for(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events it has not taken are dropped with it; it reads everything anew when it comes back."""
    monkeypatch.setattr("bot.local.followers._QUEUED", 3)
    diplomat = page.seeded.diplomat.id
    async with events_of(page) as events:
        for number in range(5):
            page.world.send_text(diplomat, diplomat, f"Question {number}")
        assert [event async for event in events] == []


async def test_inline_results_are_offered_and_sent(page: Page) -> None:
    diplomat, group = page.seeded.diplomat.id, page.seeded.group.id
    content = {"message_text": "<b>Unity</b>", "parse_mode": "HTML"}
    article = {
        "type": "article",
        "id": "r1",
        "title": "Unity",
        "description": "Round 21",
        "input_message_content": content,
    }
    async with events_of(page) as events:
        query = (await (await page.post("inline", person=diplomat, chat=str(group), query="unity")).json())["id"]
        results = parse_results([article], page.world.people, page.world.files)
        button = {"text": "Sign in", "start_parameter": "hello"}
        page.world.answer_inline(query, results, cache_time=0, is_personal=True, next_offset="", button=button)
        assert await anext(events) == {
            "kind": "inline",
            "id": query,
            "results": [{"id": "r1", "title": "Unity", "description": "Round 21"}],
            "button": {"text": "Sign in", "start": "hello"},
        }
        response = await page.post("choose", person=diplomat, chat=str(group), query=query, result="r1")
        sent = await anext(events)
    assert (response.status, sent["message"]["text"], sent["message"]["via"]) == (200, "Unity", "rapporteur_local_bot")
    response = await page.post("choose", person=diplomat, chat=str(group), query=query, result="r2")
    assert (response.status, await response.json()) == (400, {"error": "There is no result 'r2'."})


async def test_every_label_is_used_and_every_used_label_is_there(page: Page) -> None:
    """Labels of service notices are named by the server, all others by the page."""
    folder = Path(web_module.__file__).with_name("static")
    sources = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.suffix in (".js", ".html"))
    labels = set(json.loads((folder / "strings.json").read_text("utf-8"))["en"])
    notices = {"joined", "left", "created", "renamed", "pinned", "migrated", "topic", "other"}
    families = set(re.findall(r"`(\w+_)\$\{", sources))
    named = {label for label in labels if any(label.startswith(family) for family in families)}
    assert {label for label in labels - notices - named if f'"{label}"' not in sources} == set()
    used = re.findall(r'(?:string\(|data-(?:string|label|placeholder)=)"(\w+)"', sources)
    assert set(used) - labels == set()


async def test_every_language_of_the_page_has_every_label(page: Page) -> None:
    strings = await (await page.client.get("/web/static/strings.json")).json()
    assert list(strings) == ["en", "ru", "kk", "tr", "ar", "fa"]
    for language, labels in strings.items():
        assert labels.keys() == strings["en"].keys(), language
        for key, label in labels.items():
            assert label.strip() and label.count("{") == strings["en"][key].count("{"), (language, key)
