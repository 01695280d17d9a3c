"""The objects of the Bot API, written from the models: what an update or an answer carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from bot.local.entities import Entity
from bot.local.models import (
    Attachment,
    Button,
    ButtonKind,
    Chat,
    ChatKind,
    JsonObject,
    Keyboard,
    Message,
    Person,
    Status,
)


class Lookup(Protocol):
    """What writing a message needs to know of the world."""

    @property
    def chats(self) -> Mapping[int, Chat]:
        """All chats by id."""

    @property
    def people(self) -> Mapping[int, Person]:
        """All people by id, the bot included."""

    @property
    def bot(self) -> Person:
        """The bot."""

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """A message, or None where it is gone or never was."""


def person_json(person: Person) -> dict[str, object]:
    """A ``User``."""
    result: dict[str, object] = {"id": person.id, "is_bot": person.is_bot, "first_name": person.first_name}
    if person.username:
        result["username"] = person.username
    if person.language_code and not person.is_bot:
        result["language_code"] = person.language_code
    if person.is_premium:
        result["is_premium"] = True
    return result


def chat_json(chat: Chat) -> dict[str, object]:
    """A ``Chat``."""
    result: dict[str, object] = {"id": chat.id, "type": chat.kind.value}
    result["first_name" if chat.kind is ChatKind.PRIVATE else "title"] = chat.title
    if chat.username:
        result["username"] = chat.username
    if chat.is_forum:
        result["is_forum"] = True
    if chat.kind is ChatKind.GROUP:
        result["all_members_are_administrators"] = False
    return result


def entities_json(entities: Iterable[Entity], people: Mapping[int, Person]) -> list[dict[str, object]]:
    """A list of ``MessageEntity``."""
    result = []
    for entity in entities:
        written: dict[str, object] = {"type": entity.type, "offset": entity.offset, "length": entity.length}
        if entity.url is not None:
            written["url"] = entity.url
        if entity.user_id is not None and entity.user_id in people:
            written["user"] = person_json(people[entity.user_id])
        if entity.language:
            written["language"] = entity.language
        if entity.custom_emoji_id:
            written["custom_emoji_id"] = entity.custom_emoji_id
        result.append(written)
    return result


def keyboard_json(keyboard: Keyboard) -> dict[str, object]:
    """An ``InlineKeyboardMarkup``."""
    return {"inline_keyboard": [[_button_json(button) for button in row] for row in keyboard]}


def _button_json(button: Button) -> dict[str, object]:
    value: object = {"text": button.value} if button.kind is ButtonKind.COPY else button.value
    result: dict[str, object] = {"text": button.text, button.kind.value: value}
    if button.style:
        result["style"] = button.style
    return result


def attachment_json(attachment: Attachment) -> object:
    """The object of a file: a ``Document``, ``Voice``, ..., or for a photo its list of sizes."""
    result: dict[str, object] = {
        "file_id": attachment.file_id,
        "file_unique_id": attachment.unique_id,
        "file_size": attachment.size,
    }
    if attachment.kind == "photo":
        return [{**result, "width": attachment.width, "height": attachment.height}]
    if attachment.kind == "sticker":
        return {
            **result,
            "type": "regular",
            "width": attachment.width,
            "height": attachment.height,
            "is_animated": False,
            "is_video": False,
        }
    if attachment.name and attachment.kind in ("document", "audio", "video", "animation"):
        result["file_name"] = attachment.name
    if attachment.mime and attachment.kind != "video_note":
        result["mime_type"] = attachment.mime
    if attachment.kind in ("voice", "audio", "video", "animation", "video_note"):
        result["duration"] = attachment.duration
    if attachment.kind in ("video", "animation"):
        result |= {"width": attachment.width, "height": attachment.height}
    if attachment.kind == "video_note":
        result["length"] = attachment.width
    return result


def message_json(message: Message, world: Lookup, *, with_reply: bool = True) -> dict[str, object]:
    """A ``Message``; the message it replies to is told too, but not what that one replies to."""
    chat = world.chats[message.chat_id]
    result: dict[str, object] = {
        "message_id": message.id,
        "from": person_json(message.sender),
        "chat": chat_json(chat),
        "date": message.date,
    }
    if message.as_chat:
        # Anonymous administrators write as the group; older programs are shown this bot instead.
        result["from"] = {
            "id": 1087968824,
            "is_bot": True,
            "first_name": "Group",
            "username": "GroupAnonymousBot",
        }
        result["sender_chat"] = chat_json(chat)
    if message.thread_id is not None:
        result["message_thread_id"] = message.thread_id
    if message.in_topic:
        result["is_topic_message"] = True
    result |= _history_json(message, world, with_reply)
    is_caption = message.attachment is not None
    if message.attachment is not None:
        result[message.attachment.kind] = attachment_json(message.attachment)
    if message.text:
        result["caption" if is_caption else "text"] = message.text
    if message.entities:
        result["caption_entities" if is_caption else "entities"] = entities_json(message.entities, world.people)
    if message.keyboard:
        result["reply_markup"] = keyboard_json(message.keyboard)
    if message.link_preview is not None:
        result["link_preview_options"] = message.link_preview
    if message.is_protected:
        result["has_protected_content"] = True
    return {**result, **message.extra}


def _history_json(message: Message, world: Lookup, with_reply: bool) -> dict[str, object]:
    """Where a message comes from: what it replies to and quotes, whence it was forwarded, when it was edited."""
    result: dict[str, object] = {}
    if message.reply_to is not None and with_reply:
        original = world.message(message.chat_id, message.reply_to)
        if original is not None:
            result["reply_to_message"] = message_json(original, world, with_reply=False)
    if message.quote is not None:
        quote: dict[str, object] = {"text": message.quote.text, "position": message.quote.position}
        if message.quote.entities:
            quote["entities"] = entities_json(message.quote.entities, world.people)
        if message.quote.is_manual:
            quote["is_manual"] = True
        result["quote"] = quote
    if message.forwarded is not None:
        result["forward_origin"] = message.forwarded
    if message.via_bot:
        result["via_bot"] = person_json(world.bot)
    if message.edit_date is not None:
        result["edit_date"] = message.edit_date
    return result


_ADMINISTRATOR_RIGHTS = (
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_pin_messages",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
_MEMBER_RIGHTS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_react_to_messages",
    "can_edit_tag",
)


def member_json(person: Person, status: Status, *, is_anonymous: bool = False) -> dict[str, object]:
    """A ``ChatMember`` of this status, with all the rights it can have, or none for one restricted."""
    result: dict[str, object] = {"user": person_json(person), "status": status.value}
    if status.is_administrator:
        result["is_anonymous"] = is_anonymous
    if status is Status.ADMINISTRATOR:
        result |= dict.fromkeys(_ADMINISTRATOR_RIGHTS, True)
        result |= {"can_be_edited": False, "can_promote_members": False, "can_manage_topics": True}
    if status is Status.RESTRICTED:
        result |= dict.fromkeys(_MEMBER_RIGHTS, False)
        result |= {"is_member": True, "until_date": 0}
    if status is Status.KICKED:
        result["until_date"] = 0
    return result


def origin_json(sender: Person, date: int) -> JsonObject:
    """A ``MessageOrigin`` of a message that ``sender`` wrote at ``date``."""
    return {"type": "user", "date": date, "sender_user": person_json(sender)}
