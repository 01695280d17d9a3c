"""The web chat: a page on loopback where one is any of the simulated people, talking with the bot."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from bot.local import assets, events, forms
from bot.local.entering import entered
from bot.local.errors import WorldError
from bot.local.followers import Followers
from bot.local.forms import from_body, from_query
from bot.local.guard import LOOPBACK, Door, guard
from bot.local.models import Chat, ChatKind, JsonObject, Message, Person, Status
from bot.local.state import people_in
from bot.local.views import call_view, draft_view, inline_view, message_view, person_view
from bot.local.visitors import VISITOR
from bot.local.web_faults import Faults
from bot.local.web_files import Files
from bot.local.web_people import People
from bot.local.world import World
from bot.reach import bracketed

_PAGE = 100
_CALLS = 300


@dataclass(frozen=True, slots=True)
class Seed:
    """Who and what the local chat starts with."""

    diplomat: Person
    admin: Person
    group: Chat


def seed(world: World) -> Seed:
    """Two people, each with a private chat, and the group "Delegation" with both and the bot in it."""
    diplomat = world.add_user("Diplomat", username="diplomat_local")
    admin = world.add_user("Admin", username="admin_local")
    for person in (diplomat, admin):
        world.private_chat(person.id)
    group = world.add_group("Delegation", members=[diplomat.id], admins=[admin.id])
    world.add_bot(group.id, by=admin.id)
    return Seed(diplomat, admin, group)


@asynccontextmanager
async def web_chat(world: World, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve the page on loopback, on any free port for 0, while the context is open; gives its address."""
    app = web.Application()
    add_web_chat(app, world)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{bracketed(host)}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def add_web_chat(app: web.Application, world: World, *, demonstration: bool = True, door: Door = LOOPBACK) -> None:
    """Mount the page at ``/`` and what it needs under ``/web/``. The app must not be running yet.

    Only a ``demonstration`` lets one make people and groups, read the calls of the bot, and plan faults. Who comes
    through the ``door`` may be anybody, unless a later middleware says who they are.
    """
    chat = WebChat(world, demonstration=demonstration)
    guard(app, door)
    app.on_shutdown.append(chat.close)
    app.add_routes(
        [
            web.get("/", assets.index),
            web.get("/web/static/{name}", assets.asset),
            web.get("/web/state", chat.state),
            web.get("/web/history", chat.history),
            web.get("/web/commands", chat.commands),
            web.get("/web/events", chat.follow),
            web.post("/web/send", chat.send),
            web.post("/web/edit", chat.edit),
            web.post("/web/press", chat.press),
            web.post("/web/inline", chat.inline),
            web.post("/web/choose", chat.choose),
            web.post("/web/language", chat.language),
            web.post("/web/forward", chat.forward),
            web.post("/web/take", chat.take),
            *Files(world).routes(),
        ]
    )
    if demonstration:
        journal = web.get("/web/journal", chat.journal)
        app.add_routes([journal, *People(world).routes(), *Faults(world).routes()])


class WebChat:
    """The page's view of one world: its requests, and the events that every open page follows."""

    def __init__(self, world: World, *, demonstration: bool = True) -> None:
        """Follow ``world`` from now on, until ``close``; tell the page whether it is a demonstration."""
        self._world = world
        self._demonstration = demonstration
        self._epoch = secrets.token_hex(8)
        self._followers = Followers()
        self._unsubscribe = world.subscribe(self._tell)

    async def close(self, _: web.Application) -> None:
        """Leave the world and let every open page go, so that the server can stop."""
        self._unsubscribe()
        self._followers.release()

    # What the page reads

    async def state(self, request: web.Request) -> web.Response:
        """The bot, the people one can be, and all chats that these are in."""
        world, visitor = self._world, request.get(VISITOR)
        people = [person for person in world.people.values() if not person.is_bot]
        chats = list(world.chats.values())
        if visitor is not None:
            people = [world.person(visitor.person)]
            chats = [chat for chat in chats if visitor.is_in(chat.id)]
        return _json(
            {
                "epoch": self._epoch,
                "demonstration": self._demonstration,
                "bot": person_view(world.bot),
                "people": [self._person_view(person) for person in people],
                "chats": [view for chat in chats for view in self._chat_views(chat)],
            }
        )

    async def history(self, request: web.Request) -> web.Response:
        """The newest messages of a chat, or the newest before one, oldest first."""
        asked = from_query(request, forms.History)
        chat = entered(self._world, asked)
        messages = [message for message in self._world.history(chat.id) if self._place(message) == asked.chat]
        if asked.before is not None:
            messages = [message for message in messages if message.id < asked.before]
        shown = messages[-_PAGE:]
        return _json({"messages": [self._view(message) for message in shown], "earlier": len(messages) > len(shown)})

    async def commands(self, request: web.Request) -> web.Response:
        """The command menu of a chat for a person, in their language."""
        asked = from_query(request, forms.Place)
        chat = entered(self._world, asked)
        found = self._world.commands_for(chat.id, asked.person)
        return _json({"commands": [{"command": c.command, "description": c.description} for c in found]})

    async def journal(self, _: web.Request) -> web.Response:
        """The latest calls of the Bot API, oldest first."""
        return _json({"calls": [call_view(entry) for entry in list(self._world.journal)[-_CALLS:]]})

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Everything that happens, as server-sent events, until the page or the server goes."""
        return await self._followers.follow(request)

    # What the page does

    async def send(self, request: web.Request) -> web.Response:
        """A person writes."""
        asked = await from_body(request, forms.Text)
        message = self._world.send_text(
            asked.person, asked.chat_id, asked.text, reply_to=asked.reply_to, thread_id=asked.thread_id
        )
        return _json({"id": message.id})

    async def edit(self, request: web.Request) -> web.Response:
        """A person changes what they wrote."""
        asked = await from_body(request, forms.Edit)
        message = self._world.edit_text(asked.person, asked.chat_id, asked.message, asked.text)
        return _json({"id": message.id})

    async def press(self, request: web.Request) -> web.Response:
        """A person presses a button; the bot's answer comes as an event with the same id."""
        asked = await from_body(request, forms.Press)
        return _json({"id": self._world.press(asked.person, asked.chat_id, asked.message, asked.data)})

    async def inline(self, request: web.Request) -> web.Response:
        """A person asks the bot from a chat; its results come as an event with the same id."""
        asked = await from_body(request, forms.Inline)
        chat = entered(self._world, asked)
        kind = "sender" if chat.kind is ChatKind.PRIVATE else chat.kind.value
        return _json({"id": self._world.inline_query(asked.person, asked.query, chat_type=kind)})

    async def choose(self, request: web.Request) -> web.Response:
        """A person sends one of the results."""
        asked = await from_body(request, forms.Choice)
        message = self._world.choose(asked.person, asked.chat_id, asked.query, asked.result, thread_id=asked.thread_id)
        return _json({"id": message.id})

    async def language(self, request: web.Request) -> web.Response:
        """A person sets their Telegram to another language; the bot sees it with their next message."""
        asked = await from_body(request, forms.Language)
        person = self._world.person(asked.person)
        self._world.people[person.id] = replace(person, language_code=asked.language)
        self._followers.tell(_dump({"kind": "changed"}))
        return _json({"language": asked.language})

    async def forward(self, request: web.Request) -> web.Response:
        """A person passes a message on from one of their chats to another."""
        asked = await from_body(request, forms.Forward)
        source = entered(self._world, forms.Place(person=asked.person, chat=asked.source))
        message = self._world.message(source.id, asked.message)
        if message is None:
            raise WorldError("there is no such message in this chat")
        sent = self._world.forward(asked.person, asked.chat_id, message, thread_id=asked.thread_id)
        return _json({"id": sent.id})

    async def take(self, request: web.Request) -> web.Response:
        """A person takes back a message, for everyone."""
        asked = await from_body(request, forms.Take)
        self._world.delete_message(asked.person, entered(self._world, asked).id, asked.message)
        return _json({"id": asked.message})

    # What the rest is made of

    def _place(self, message: Message) -> str:
        """Where a message is shown: its chat, or its topic's part of it."""
        if message.in_topic and message.thread_id is not None:
            return f"{message.chat_id}.{message.thread_id}"
        return str(message.chat_id)

    def _places(self, chat_id: int) -> list[str]:
        return [str(chat_id), *(f"{chat_id}.{topic}" for topic in self._world.topics.get(chat_id, {}))]

    def _chat_views(self, chat: Chat) -> list[JsonObject]:
        """A chat as rows of the list: one, and one more for each of its topics; none once it has moved."""
        if chat.migrated_to is not None:
            return []
        members = [user for user, status in self._world.members[chat.id].items() if status.is_present]
        private = chat.kind is ChatKind.PRIVATE
        title = self._world.bot.first_name if private else chat.title
        admins = [user for user in members if self._world.status(chat.id, user).is_administrator]
        kind = "forum" if chat.is_forum else chat.kind.value
        whole: JsonObject = {
            "id": str(chat.id),
            "title": title,
            "group": not private,
            "kind": kind,
            "members": members,
            "admins": admins,
            "owner": next((user for user in members if self._world.status(chat.id, user) is Status.CREATOR), None),
        }
        topics = self._world.topics.get(chat.id, {}).values()
        return [whole, *({**whole, "id": f"{chat.id}.{t.id}", "title": f"{title} / {t.name}"} for t in topics)]

    def _person_view(self, person: Person) -> JsonObject:
        """A person, with the bot's description as they see it before they start, and whether they have blocked it."""
        description = self._world.profile("description", person.language_code or "")
        return {**person_view(person), "description": description, "blocked": person.id in self._world.blocked}

    def _view(self, message: Message) -> JsonObject:
        return message_view(message, self._world.message, self._world.chats[message.chat_id].title, self._world.bot)

    def _tell(self, event: events.Event) -> None:
        """Pass one event of the world on to the open pages."""
        if not self._followers:
            return
        hearers = self._hearers(event)
        for view in self._event_views(event):
            self._followers.tell(_dump(view), hearers)

    def _hearers(self, event: events.Event) -> Collection[int] | None:
        """Which of those who are logged in hear of an event; None for all."""
        match event:
            case events.MessageSent(message) | events.MessageEdited(message):
                return self._present(message.chat_id)
            case events.MessageDeleted(chat_id) | events.ActionShown(chat_id) | events.DraftShown(chat_id):
                return self._present(chat_id)
            case events.CallbackAnswered(answer) | events.InlineAnswered(answer):
                return (answer.user_id,)
            case events.ChatChanged() | events.MenuChanged():
                return None
        return ()

    def _present(self, chat_id: int) -> Collection[int]:
        return people_in(self._world.members.get(chat_id, {}))

    def _event_views(self, event: events.Event) -> list[JsonObject]:
        match event:
            case events.MessageSent(message):
                return [{"kind": "message", "chat": self._place(message), "message": self._view(message)}]
            case events.MessageEdited(message):
                return [{"kind": "edited", "chat": self._place(message), "message": self._view(message)}]
            case events.MessageDeleted(chat_id, message_id):
                return [{"kind": "deleted", "chat": p, "ids": [message_id]} for p in self._places(chat_id)]
            case events.CallbackAnswered(answer):
                view = {"text": answer.text, "alert": answer.show_alert, "url": answer.url}
                return [{"kind": "answer", "id": answer.query_id, "person": answer.user_id, **view}]
            case events.InlineAnswered(answer):
                return [{"kind": "inline", **inline_view(answer)}]
            case events.ActionShown(chat_id, thread_id, action):
                topic = f"{chat_id}.{thread_id}"
                place = topic if topic in self._places(chat_id) else str(chat_id)
                return [{"kind": "action", "chat": place, "action": action}]
            case events.DraftShown(chat_id):
                return [{"kind": "draft", "chat": str(chat_id), **draft_view(event)}]
            case events.ChatChanged() | events.MenuChanged():
                return [{"kind": "changed"}]
            case events.CallMade(entry) if self._demonstration:
                return [{"kind": "call", "call": call_view(entry)}]
        return []


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _json(value: object) -> web.Response:
    return web.json_response(value, dumps=_dump)
