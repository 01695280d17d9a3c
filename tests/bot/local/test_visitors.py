"""Attacks of those who have an account on what is another's: every one must fail, and tell nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web

from bot.local.formatting import message_text
from bot.local.inline import parse_results
from bot.local.journal import JournalEntry
from bot.local.keyboards import parse_markup
from bot.local.login import _FOR_VISITORS
from bot.local.outgoing import Sending
from bot.local.web import add_web_chat
from bot.local.world import World
from tests.bot.local.closed import TOKEN, Browser, Closed, closed_chat

NOT_YOURS = {"error": "You cannot do this as somebody else."}
NO_CHAT = {"error": "You are in no such chat."}
SECRET = "What may nobody else read?"


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Closed]:
    async with closed_chat(tmp_path) as running:
        yield running


@pytest.fixture
async def boris(closed: Closed) -> Browser:
    """Whom the attacks are by."""
    return await closed.visitor("boris")


def bot_says(closed: Closed, chat: int, html: str, data: str | None = None, *, protected: bool = False) -> int:
    """A message of the bot, with a button where ``data`` is given; its id."""
    rows = [] if data is None else [[{"text": "More", "callback_data": data}]]
    markup = parse_markup({"inline_keyboard": rows} if rows else None)
    sending = Sending(closed.world.chat(chat), markup=markup, is_protected=protected)
    return closed.world.send(sending, message_text(html, "HTML", None, closed.world.people)).id


async def test_only_what_concerns_oneself_is_shown(closed: Closed, boris: Browser) -> None:
    own = closed.people["boris"].person
    everything = await (await boris.get("web/state")).json()
    assert everything["demonstration"] is False
    assert [(person["id"], person["name"]) for person in everything["people"]] == [(own, "boris")]
    assert [(chat["id"], chat["title"]) for chat in everything["chats"]] == [
        (str(own), "Rapporteur"),
        (str(closed.group), "Delegation"),
    ]
    text = json.dumps(everything)
    assert "anna" not in text and "daniyar" not in text and "scrypt" not in text


async def test_nothing_is_done_as_somebody_else(closed: Closed, boris: Browser) -> None:
    anna = closed.people["anna"].person
    closed.world.send_text(anna, anna, SECRET)
    message = bot_says(closed, anna, "Nothing.", "more:1")
    before = closed.world.history(anna), closed.world.history(closed.group)
    for place in (str(anna), str(closed.group), str(closed.people["boris"].person)):
        for path in ("web/history", "web/commands", "web/file/x"):
            response = await boris.get(path, person=anna, chat=place)
            assert (response.status, await response.json()) == (403, NOT_YOURS)
        forms = {
            "send": {"text": "Hello"},
            "edit": {"message": message, "text": "Hello"},
            "press": {"message": message, "data": "more:1"},
            "inline": {"query": "unity"},
            "choose": {"query": "1", "result": "r1"},
            "forward": {"source": str(anna), "message": message},
            "take": {"message": message},
        }
        for name, form in forms.items():
            response = await boris.post(f"web/{name}", person=anna, chat=place, **form)
            assert (response.status, await response.json()) == (403, NOT_YOURS), name
    response = await boris.post("web/language", person=anna, language="ru")
    assert (response.status, closed.world.person(anna).language_code) == (403, "en")
    assert (closed.world.history(anna), closed.world.history(closed.group)) == before


async def test_a_person_named_twice_is_the_one_that_is_acted_for(closed: Closed, boris: Browser) -> None:
    """What is checked and what is done come of the same reading, whichever of the two it takes."""
    anna, own = closed.people["anna"].person, closed.people["boris"].person
    for first, second in ((anna, own), (own, anna)):
        body = f'{{"person": {first}, "person": {second}, "chat": "{own}", "text": "Hello"}}'
        headers = boris.headers | {
            "Origin": "https://chat.institute.example",
            "Cookie": f"__Host-rapporteur={boris.cookie}",
        }
        async with closed.http.post(closed.address + "web/send", data=body, headers=headers) as response:
            assert response.status in (200, 403)
    response = await boris.get(f"web/history?person={own}&person={anna}&chat={anna}")
    assert response.status == 403
    assert {message.sender.id for message in closed.world.history(own)} <= {own}
    assert closed.world.history(anna) == []


async def test_another_chat_is_no_chat_at_all_whether_there_is_one_or_not(closed: Closed, boris: Browser) -> None:
    own, anna = closed.people["boris"].person, closed.people["anna"].person
    closed.world.send_text(anna, anna, SECRET)
    apart = closed.world.add_group("Apart", members=[anna])
    message = bot_says(closed, anna, "Nothing.", "more:1")
    for place in (str(anna), str(apart.id), "5", "-5", f"{apart.id}.3", str(closed.world.bot.id)):
        answers = [await boris.get("web/history", person=own, chat=place)]
        answers.append(await boris.get("web/history", person=own, chat=place, before=99))
        answers.append(await boris.get("web/commands", person=own, chat=place))
        answers.append(await boris.post("web/send", person=own, chat=place, text="Hello"))
        answers.append(await boris.post("web/edit", person=own, chat=place, message=message, text="Hello"))
        answers.append(await boris.post("web/press", person=own, chat=place, message=message, data="more:1"))
        answers.append(await boris.post("web/inline", person=own, chat=place, query="unity"))
        answers.append(await boris.post("web/take", person=own, chat=place, message=message))
        answers.append(await boris.post("web/forward", person=own, chat=place, source=str(own), message=message))
        answers.append(await boris.post("web/forward", person=own, chat=str(own), source=place, message=message))
        for answer in answers:
            assert (answer.status, await answer.json()) == (403, NO_CHAT)
    assert closed.world.message(anna, message) is not None
    assert closed.world.history(own) == []


async def test_a_message_of_another_chat_cannot_be_reached_through_ones_own(closed: Closed, boris: Browser) -> None:
    own, anna = closed.people["boris"].person, closed.people["anna"].person
    closed.world.send_text(anna, anna, SECRET)
    message = bot_says(closed, anna, "Nothing.", "more:1")
    answers = [await boris.post("web/press", person=own, chat=str(own), message=message, data="more:1")]
    answers.append(await boris.post("web/edit", person=own, chat=str(own), message=message, text="Hello"))
    answers.append(await boris.post("web/send", person=own, chat=str(own), text="Hello", reply_to=message))
    answers.append(await boris.post("web/take", person=own, chat=str(own), message=message))
    answers.append(await boris.post("web/forward", person=own, chat=str(own), source=str(own), message=message))
    for answer in answers:
        assert answer.status == 400
        assert "anna" not in (text := await answer.text()) and SECRET not in text
    assert closed.world.history(own) == []


async def test_a_file_of_another_chat_is_not_there(closed: Closed, boris: Browser) -> None:
    own, anna = closed.people["boris"].person, closed.people["anna"].person
    sent = closed.world.send_document(anna, anna, "secret.txt", b"secret")
    assert sent.attachment is not None
    file = f"web/file/{sent.attachment.file_id}"
    assert (await (await closed.visitor("anna")).get(file, person=anna, chat=anna)).status == 200
    for place, status in ((anna, 403), (own, 400), (closed.group, 400)):
        response = await boris.get(file, person=own, chat=place)
        assert (response.status, b"secret" in await response.read()) == (status, False)


async def test_a_file_is_sent_as_oneself_alone(closed: Closed, boris: Browser) -> None:
    own, anna = closed.people["boris"].person, closed.people["anna"].person
    cookie = {"Cookie": f"__Host-rapporteur={boris.cookie}", "Origin": "https://chat.institute.example"}
    for person, chat, status in ((anna, anna, 403), (anna, own, 403), (own, anna, 403), (own, own, 200)):
        query = {"person": str(person), "chat": str(chat), "name": "a.txt"}
        async with closed.http.post(
            closed.address + "web/upload", params=query, data=BytesIO(b"a"), headers=boris.headers | cookie
        ) as response:
            assert response.status == status
    assert closed.world.history(anna) == []
    assert len(closed.world.history(own)) == 1


async def test_what_is_protected_is_not_passed_on(closed: Closed, boris: Browser) -> None:
    own = closed.people["boris"].person
    message = bot_says(closed, own, "Internal.", protected=True)
    response = await boris.post("web/forward", person=own, chat=str(closed.group), source=str(own), message=message)
    assert (response.status, closed.world.history(closed.group)[-1].text) == (400, "")


async def test_the_results_of_anothers_inline_query_cannot_be_sent(closed: Closed, boris: Browser) -> None:
    own, anna = closed.people["boris"].person, closed.people["anna"].person
    content = {"message_text": SECRET}
    article = {"type": "article", "id": "r1", "title": "Unity", "input_message_content": content}
    query = closed.world.inline_query(anna, "unity")
    results = parse_results([article], closed.world.people, closed.world.files)
    closed.world.answer_inline(query, results, cache_time=0, is_personal=True, next_offset="", button=None)
    response = await boris.post("web/choose", person=own, chat=str(own), query=query, result="r1")
    assert (response.status, closed.world.history(own)) == (400, [])


async def test_only_events_of_ones_own_chats_are_heard(closed: Closed, boris: Browser) -> None:
    own, anna, world = closed.people["boris"].person, closed.people["anna"].person, closed.world
    async with boris.events() as events:
        asked = world.send_text(anna, anna, SECRET)
        world.edit_text(anna, anna, asked.id, SECRET + "!")
        message = bot_says(closed, anna, "Nothing.", "more:1")
        world.answer_callback(
            world.press(anna, anna, message, "more:1"), SECRET, show_alert=True, url=None, cache_time=0
        )
        query = world.inline_query(anna, SECRET)
        world.answer_inline(query, [], cache_time=0, is_personal=True, next_offset="", button=None)
        world.show_action(anna, None, "typing")
        world.delete_message(anna, anna, asked.id)
        world.record(JournalEntry(1.0, "sendMessage", {"chat_id": anna, "text": SECRET}, {}))
        world.send_text(anna, closed.group, "To all")
        world.send_text(own, own, "To oneself")
        heard = [await anext(events), await anext(events)]
    assert [(event["kind"], event["chat"], event["message"]["text"]) for event in heard] == [
        ("message", str(closed.group), "To all"),
        ("message", str(own), "To oneself"),
    ]


async def test_who_is_taken_out_of_a_group_hears_and_reads_nothing_more_of_it(closed: Closed, boris: Browser) -> None:
    own, anna, world = closed.people["boris"].person, closed.people["anna"].person, closed.world
    async with boris.events() as events:
        world.kick(closed.group, own, by=anna)
        world.send_text(anna, closed.group, SECRET)
        world.send_text(own, own, "To oneself")
        heard = [await anext(events), await anext(events)]
    assert [event["kind"] for event in heard] == ["changed", "message"]
    assert heard[1]["message"]["text"] == "To oneself"
    assert (await boris.get("web/history", person=own, chat=closed.group)).status == 403


@pytest.mark.parametrize("name", ["anna", "boris"])
async def test_what_is_for_the_demonstration_is_not_there_even_for_admins(closed: Closed, name: str) -> None:
    visitor, people = await closed.visitor(name), len(closed.world.people)
    open_app = web.Application()
    add_web_chat(open_app, World(TOKEN))
    shown = {(route.method, route.resource.canonical) for route in open_app.router.routes() if route.resource}
    hidden = sorted((method, path) for method, path in shown if path not in _FOR_VISITORS and "static" not in path)
    assert ("GET", "/web/journal") in hidden and len(hidden) > 5
    person = closed.people[name].person
    for method, path in hidden:
        if method == "POST":
            response = await visitor.post(path[1:], person=person, chat=str(closed.group), kind="voice")
        else:
            response = await visitor.get(path[1:], person=person, chat=closed.group)
        assert response.status == 404, path
    assert len(closed.world.people) == people


async def test_the_bots_own_addresses_are_not_served_beside_the_page(closed: Closed, boris: Browser) -> None:
    for browser in (boris, closed.browser()):
        for path in (f"bot{TOKEN}/getUpdates", f"file/bot{TOKEN}/documents/1"):
            assert (await browser.get(path)).status in (401, 404)


async def test_a_session_follows_a_bounded_number_of_streams(closed: Closed, boris: Browser) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(boris.events())
        assert (await boris.get("web/events")).status == 429


def test_every_address_that_visitors_may_ask_for_is_one() -> None:
    app = web.Application()
    add_web_chat(app, World(TOKEN), demonstration=False)
    served = {resource.canonical for resource in app.router.resources()}
    assert _FOR_VISITORS - {"/web/logout"} <= served
