"""People and groups of the web chat: new ones, who is in them, and what they may do there."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.local import forms
from bot.local.entering import entered, governed
from bot.local.errors import WorldError
from bot.local.forms import from_body
from bot.local.world import World


class People:
    """What the page does with people and groups; only a page on which one may be anybody has it."""

    def __init__(self, world: World) -> None:
        """Of one world."""
        self._world = world

    def routes(self) -> Iterable[web.RouteDef]:
        """The addresses to mount."""
        return (
            web.post("/web/person", self.person),
            web.post("/web/group", self.group),
            web.post("/web/member", self.member),
            web.post("/web/topic", self.topic),
            web.post("/web/topic/delete", self.delete_topic),
            web.post("/web/migrate", self.migrate),
            web.post("/web/block", self.block),
        )

    async def person(self, request: web.Request) -> web.Response:
        """Somebody new, with a chat with the bot that they have not yet started."""
        asked = await from_body(request, forms.NewPerson)
        person = self._world.add_user(asked.name.strip(), language_code=asked.language)
        self._world.private_chat(person.id)
        return web.json_response({"id": person.id})

    async def group(self, request: web.Request) -> web.Response:
        """A new group; whoever makes it is its creator."""
        asked, world = await from_body(request, forms.NewGroup), self._world
        group = world.add_group(
            asked.title.strip(),
            members=dict.fromkeys(member for member in asked.members if member != world.bot.id),
            admins=[asked.person],
            supergroup=asked.kind != "group",
            forum=asked.kind == "forum",
        )
        for name in asked.topics if group.is_forum else ():
            world.create_topic(group.id, name.strip(), by=asked.person)
        if asked.with_bot:
            world.add_bot(group.id, asked.person)
        return web.json_response({"id": str(group.id)})

    async def member(self, request: web.Request) -> web.Response:
        """A person or the bot comes, goes, rises or falls; anyone may bring somebody, and leave."""
        asked = await from_body(request, forms.Membership)
        is_own_choice = asked.act == "add" or (asked.act == "remove" and asked.member == asked.person)
        chat = (entered if is_own_choice else governed)(self._world, asked)
        if asked.member == self._world.bot.id:
            self._change_bot(chat.id, asked)
        else:
            self._change_member(chat.id, asked)
        return web.json_response({})

    async def topic(self, request: web.Request) -> web.Response:
        """A new topic of a forum; its place is its ``id``."""
        asked = await from_body(request, forms.NewTopic)
        chat = governed(self._world, asked)
        topic = self._world.create_topic(chat.id, asked.name.strip(), by=asked.person)
        return web.json_response({"id": f"{chat.id}.{topic}"})

    async def delete_topic(self, request: web.Request) -> web.Response:
        """A topic goes with all that was said in it, and the bot is not told."""
        asked = await from_body(request, forms.Place)
        self._world.delete_topic(governed(self._world, asked).id, asked.thread_id or 0)
        return web.json_response({})

    async def migrate(self, request: web.Request) -> web.Response:
        """A basic group becomes a supergroup, whose ``id`` is another."""
        asked = await from_body(request, forms.Place)
        return web.json_response({"id": str(self._world.migrate(governed(self._world, asked).id))})

    async def block(self, request: web.Request) -> web.Response:
        """A person blocks the bot, or takes it back."""
        asked = await from_body(request, forms.Blocking)
        if asked.blocked:
            self._world.block_bot(asked.person)
        else:
            self._world.unblock_bot(asked.person)
        return web.json_response({"blocked": asked.blocked})

    def _change_bot(self, chat_id: int, asked: forms.Membership) -> None:
        world = self._world
        acts = {
            "add": world.add_bot,
            "remove": world.remove_bot,
            "promote": world.promote_bot,
            "demote": world.demote_bot,
        }
        acts[asked.act](chat_id, asked.person)

    def _change_member(self, chat_id: int, asked: forms.Membership) -> None:
        world = self._world
        if asked.act == "add":
            if world.status(chat_id, asked.member).is_present:
                raise WorldError(f"{world.person(asked.member).first_name} is in the group already")
            world.join(chat_id, asked.member, by=asked.person)
            return
        acts = {"remove": world.kick, "promote": world.promote, "demote": world.demote}
        acts[asked.act](chat_id, asked.member, asked.person)
