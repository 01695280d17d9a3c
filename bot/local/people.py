"""What people write, send and change, and which of it the bot hears."""

from __future__ import annotations

import mimetypes
import struct
import zlib
from dataclasses import replace

from bot.local.entities import fix
from bot.local.errors import WorldError
from bot.local.found import command_target, find
from bot.local.groups import Groups
from bot.local.models import Attachment, Chat, ChatKind, JsonObject, Message, Status
from bot.local.state import is_group
from bot.local.texts import utf16_length
from bot.local.wire import chat_json, origin_json, person_json


def _sheet(width: int = 96, height: int = 128) -> bytes:
    """A picture in shades of grey, as PNG: a sheet of paper with lines of writing."""
    rows = bytearray()
    for y in range(height):
        written = 12 <= y < height - 12 and y % 8 < 3
        rows += b"\0" + bytes(90 if written and 10 <= x < width - 10 - 7 * (y // 8 % 3) else 245 for x in range(width))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


#: What people can send besides text and documents: the content and its type, where it is a file.
_FILES: dict[str, tuple[bytes, str]] = {
    "photo": (_sheet(), "image/png"),
    "voice": (b"OggS\x00\x02", "audio/ogg"),
    "audio": (b"ID3\x04\x00", "audio/mpeg"),
    "video": (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    "video_note": (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    "animation": (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    "sticker": (b"RIFF\x1a\x00\x00\x00WEBPVP8L", "image/webp"),
}
_OTHERS: dict[str, JsonObject] = {
    "location": {"latitude": 51.1282, "longitude": 71.4304},
    "contact": {"phone_number": "+77172000000", "first_name": "Secretariat"},
    "dice": {"emoji": "🎲", "value": 4},
    "poll": {
        "id": "5000000000000000001",
        "question": "Shall we adjourn?",
        "options": [
            {"persistent_id": "1", "text": "Yes", "voter_count": 0},
            {"persistent_id": "2", "text": "No", "voter_count": 0},
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    },
}
OTHER_KINDS = (*_FILES, *_OTHERS)
_TEXT_LIMIT = 4096
_CAPTION_LIMIT = 1024


class People(Groups):
    """What people do in chats."""

    def send_text(
        self, user_id: int, chat_id: int, text: str, *, reply_to: int | None = None, thread_id: int | None = None
    ) -> Message:
        """A person writes; Telegram cleans the text and finds its entities. Raises WorldError for what cannot be."""
        formatted = fix(text, ())
        if not formatted.text or utf16_length(formatted.text) > _TEXT_LIMIT:
            raise WorldError("a message is neither empty nor longer than 4096 characters")
        message = self._written(user_id, chat_id, reply_to, thread_id)
        return self._say(replace(message, text=formatted.text, entities=tuple(find(formatted.text))))

    def send_document(
        self,
        user_id: int,
        chat_id: int,
        filename: str,
        content: bytes,
        *,
        caption: str = "",
        reply_to: int | None = None,
        thread_id: int | None = None,
        album: str | None = None,
    ) -> Message:
        """A person sends a file, of any size, or one of several at once that have the same ``album``.

        Raises WorldError for what cannot be.
        """
        mime = mimetypes.guess_type(filename, strict=False)[0] or "application/octet-stream"
        attachment = self.files.add("document", content, name=filename, mime=mime)
        extra: JsonObject = {} if album is None else {"media_group_id": album}
        return self._send_file(user_id, chat_id, attachment, caption, reply_to, thread_id, extra)

    def send_other(
        self,
        user_id: int,
        chat_id: int,
        kind: str,
        *,
        caption: str = "",
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> Message:
        """A person sends something of a kind in ``OTHER_KINDS``: a voice message, a sticker, a place, ..."""
        if kind in _FILES:
            content, mime = _FILES[kind]
            attachment = self.files.add(kind, content, mime=mime, duration=3)
            return self._send_file(user_id, chat_id, attachment, caption, reply_to, thread_id)
        if kind not in _OTHERS:
            raise WorldError(f"people cannot send {kind!r} here; they can send {', '.join(OTHER_KINDS)}")
        message = self._written(user_id, chat_id, reply_to, thread_id)
        return self._say(replace(message, extra={kind: _OTHERS[kind]}))

    def forward(self, user_id: int, chat_id: int, source: Message, *, thread_id: int | None = None) -> Message:
        """A person passes on a message, which must not be protected."""
        if source.is_protected or source.is_service:
            raise WorldError("this message cannot be forwarded")
        message = self._written(user_id, chat_id, None, thread_id)
        return self._say(
            replace(
                source,
                chat_id=message.chat_id,
                id=message.id,
                date=message.date,
                sender=message.sender,
                thread_id=message.thread_id,
                in_topic=message.in_topic,
                as_chat=message.as_chat,
                reply_to=None,
                quote=None,
                edit_date=None,
                keyboard=(),
                inline_id=None,
                forwarded=source.forwarded or origin_json(source.sender, source.date),
            )
        )

    def edit_text(self, user_id: int, chat_id: int, message_id: int, text: str) -> Message:
        """A person changes what they wrote, or the caption of what they sent. Raises WorldError."""
        message = self._own(user_id, chat_id, message_id)
        formatted = fix(text, ())
        if not formatted.text and message.attachment is None:
            raise WorldError("a message cannot be made empty")
        edited = replace(
            message,
            text=formatted.text,
            entities=tuple(find(formatted.text)),
            edit_date=int(self.clock.now()),
        )
        self._replace(edited)
        if self._hears(edited):
            self._push_message("edited_message", edited)
        return edited

    def delete_message(self, user_id: int, chat_id: int, message_id: int) -> None:
        """A person takes back what they wrote, or what anyone wrote in a private chat; the bot is not told."""
        if self.chat(chat_id).kind is not ChatKind.PRIVATE and not self.status(chat_id, user_id).is_administrator:
            self._own(user_id, chat_id, message_id)
        if self.message(chat_id, message_id) is None:
            raise WorldError(f"there is no message {message_id} in {chat_id}")
        self._forget(chat_id, message_id)

    def react(self, user_id: int, chat_id: int, message_id: int, emoji: str) -> None:
        """A person reacts to a message; a bot that asked to know is told, in a group only if it governs it."""
        chat, person = self.chat(chat_id), self.person(user_id)
        if self.message(chat_id, message_id) is None or not self.status(chat_id, user_id).is_present:
            raise WorldError(f"{person.first_name} sees no message {message_id} in {chat_id}")
        if chat.kind is not ChatKind.PRIVATE and not self.status(chat_id, self.bot.id).is_administrator:
            return
        reaction = {
            "chat": chat_json(chat),
            "message_id": message_id,
            "user": person_json(person),
            "date": int(self.clock.now()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        self.updates.push("message_reaction", reaction)

    # What the rest is made of

    def _own(self, user_id: int, chat_id: int, message_id: int) -> Message:
        message = self.message(chat_id, message_id)
        if message is None or message.sender.id != user_id:
            raise WorldError(f"{user_id} wrote no message {message_id} in {chat_id}")
        return message

    def _send_file(
        self,
        user_id: int,
        chat_id: int,
        attachment: Attachment,
        caption: str,
        reply_to: int | None,
        thread_id: int | None,
        extra: JsonObject | None = None,
    ) -> Message:
        formatted = fix(caption, ())
        if utf16_length(formatted.text) > _CAPTION_LIMIT:
            raise WorldError("a caption is not longer than 1024 characters")
        message = self._written(user_id, chat_id, reply_to, thread_id)
        text, entities = formatted.text, tuple(find(formatted.text))
        sent = replace(message, attachment=attachment, text=text, entities=entities, extra=extra or {})
        return self._say(sent)

    def _written(self, user_id: int, chat_id: int, reply_to: int | None, thread_id: int | None) -> Message:
        """A bare message of a person who may write to the chat, in its thread. Raises WorldError."""
        person, chat = self.person(user_id), self.chat(chat_id)
        if chat.migrated_to is not None:
            raise WorldError(f"the group has become {chat.migrated_to}")
        if not self.status(chat_id, user_id).is_present:
            raise WorldError(f"{person.first_name} is not in {chat.title}")
        if chat.kind is ChatKind.PRIVATE and user_id in self.blocked:
            raise WorldError(f"{person.first_name} has blocked the bot")
        if reply_to is not None and self.message(chat_id, reply_to) is None:
            raise WorldError(f"there is no message {reply_to} in {chat_id}")
        thread, in_topic = self._thread(chat, reply_to, thread_id)
        if chat.kind is ChatKind.PRIVATE:
            self.started.add(chat_id)
        anonymous = (chat_id, user_id) in self.anonymous and self.status(chat_id, user_id).is_administrator
        message = self._new_message(chat, person)
        return replace(message, reply_to=reply_to, thread_id=thread, in_topic=in_topic, as_chat=anonymous)

    def _thread(self, chat: Chat, reply_to: int | None, thread_id: int | None) -> tuple[int | None, bool]:
        """The thread a new message belongs to, and whether that is a topic.

        In a supergroup without topics a reply belongs to the thread of what it replies to, which is named after its
        first message; in a forum the general topic has no number.
        """
        if thread_id is not None:
            topic = self.topics.get(chat.id, {}).get(thread_id)
            if topic is None:
                raise WorldError(f"there is no topic {thread_id} in {chat.title}")
            return thread_id, True
        if reply_to is None or chat.kind is not ChatKind.SUPERGROUP:
            return None, False
        original = self.message(chat.id, reply_to)
        if original is None:
            return None, False
        if chat.is_forum:
            return original.thread_id, original.in_topic
        return original.thread_id or original.id, False

    def _say(self, message: Message) -> Message:
        """Store what a person sent and let the bot hear it, if it may."""
        hears = self._hears(message)
        self._store(message)
        if hears:
            self._push_message("message", message)
        return message

    def _hears(self, message: Message) -> bool:
        """Whether privacy mode lets the bot hear a person's message."""
        chat = self.chats[message.chat_id]
        status = self.status(chat.id, self.bot.id)
        if not is_group(chat) or not self.privacy_mode or status.is_administrator:
            return status is not Status.KICKED
        original = self.message(chat.id, message.reply_to) if message.reply_to is not None else None
        if original is not None and original.sender.id == self.bot.id:
            return True
        return message.via_bot or any(self._is_for_bot(message, index) for index in range(len(message.entities)))

    def _is_for_bot(self, message: Message, index: int) -> bool:
        """Whether an entity addresses the bot: its command, a command to nobody in particular, its name."""
        entity = message.entities[index]
        written = entity.of(message.text)
        own_name = (self.bot.username or "").lower()
        if entity.type == "bot_command":
            _, target = command_target(written)
            return target is None or target.lower() == own_name
        return self.mentions_pass and entity.type == "mention" and written[1:].lower() == own_name
