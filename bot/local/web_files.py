"""The files of the web chat: sent up by people, alone or as an album, and given back from the chats they are in."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from aiohttp import web

from bot.local import forms
from bot.local.entering import entered
from bot.local.errors import WorldError
from bot.local.forms import from_body, from_query
from bot.local.world import World

#: How pictures begin that can be sent as photos; the others are JPEG.
_PICTURES = {b"\x89PNG": "image/png", b"GIF8": "image/gif"}
#: The largest file a person may send through the page, in bytes: above what bots may download, to show the refusal.
UPLOAD_LIMIT = 64 * 1024 * 1024


class Files:
    """What the page asks about files."""

    def __init__(self, world: World) -> None:
        """Of one world."""
        self._world = world

    def routes(self) -> Iterable[web.RouteDef]:
        """The addresses to mount."""
        return (
            web.get("/web/file/{file}", self.file),
            web.post("/web/upload", self.upload),
            web.post("/web/sample", self.sample),
        )

    async def file(self, request: web.Request) -> web.Response:
        """A file of a message in a chat: a picture to be shown, anything else to be saved and never shown."""
        chat = entered(self._world, from_query(request, forms.Place))
        for message in self._world.history(chat.id):
            attachment = message.attachment
            if attachment is not None and attachment.file_id == request.match_info["file"]:
                content = self._world.file_bytes(attachment.file_id)
                if attachment.kind == "photo":
                    kind = _PICTURES.get(content[:4], "image/jpeg")
                    return web.Response(body=content, content_type=kind, headers={"Content-Disposition": "inline"})
                name = quote(attachment.name or attachment.kind, safe="")
                return web.Response(
                    body=content,
                    content_type="application/octet-stream",
                    headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
                )
        raise WorldError("there is no such file in this chat")

    async def upload(self, request: web.Request) -> web.Response:
        """A person sends a file: the body is its content, the query says where and under which name."""
        asked = from_query(request, forms.Upload)
        content = bytearray()
        async for piece in request.content.iter_chunked(1 << 16):
            content += piece
            if len(content) > UPLOAD_LIMIT:
                raise WorldError(f"a file sent here is at most {UPLOAD_LIMIT >> 20} MB")
        message = self._world.send_document(
            asked.person,
            asked.chat_id,
            asked.name,
            bytes(content),
            caption=asked.caption,
            reply_to=asked.reply_to,
            thread_id=asked.thread_id,
            album=asked.album,
        )
        return web.json_response({"id": message.id})

    async def sample(self, request: web.Request) -> web.Response:
        """A person sends a voice message, a sticker or the like, ready made, to see what the bot says to it."""
        asked = await from_body(request, forms.Sample)
        message = self._world.send_other(asked.person, asked.chat_id, asked.kind, thread_id=asked.thread_id)
        return web.json_response({"id": message.id})
