"""The simulated world as the web chat's JSON: messages, chats, events, calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.local import events
from bot.local.entities import Entity
from bot.local.journal import JournalEntry
from bot.local.models import Button, ButtonKind, InlineAnswer, JsonObject, Message, Person

#: The service notices that the page has a sentence for, by their field in the Bot API's message.
_NOTICES = {
    "new_chat_members": "joined",
    "left_chat_member": "left",
    "group_chat_created": "created",
    "supergroup_chat_created": "created",
    "migrate_to_chat_id": "migrated",
    "migrate_from_chat_id": "migrated",
    "forum_topic_created": "topic",
    "new_chat_title": "renamed",
    "pinned_message": "pinned",
}
_BUTTONS = {
    ButtonKind.CALLBACK: "data",
    ButtonKind.URL: "url",
    ButtonKind.COPY: "copy",
    ButtonKind.SWITCH_INLINE: "inline",
    ButtonKind.SWITCH_INLINE_HERE: "inline",
}
#: What the page names rather than shows, by its field in the Bot API's message.
_KINDS = ("voice", "sticker", "location", "contact", "poll")
_EXCERPT = 200

#: Finds a message of a chat by its id, or None where it is gone.
Finder = Callable[[int, int], Message | None]


def person_view(person: Person) -> JsonObject:
    """A user of Telegram or a bot: ``{id, name, username, language, bot}``."""
    return {
        "id": person.id,
        "name": person.first_name,
        "username": person.username,
        "language": person.language_code,
        "bot": person.is_bot,
    }


def message_view(message: Message, find: Finder, chat_title: str, bot: Person) -> JsonObject:
    """A message as the page draws it; offsets of entities are UTF-16 code units, as in JavaScript."""
    return {
        "id": message.id,
        "thread": message.thread_id,
        "date": message.date,
        "edited": message.edit_date is not None,
        "sender": _sender_view(message, chat_title),
        "text": message.text,
        "entities": [_entity_view(entity) for entity in message.entities],
        "document": _document_view(message),
        "what": _kind_of(message),
        "forwarded": _origin_of(message),
        "protected": message.is_protected,
        "reply": _reply_view(message, find, chat_title),
        "keyboard": _keyboard_view(message),
        "service": _service_view(message, chat_title),
        "via": bot.username if message.via_bot else None,
    }


def draft_view(event: events.DraftShown) -> JsonObject:
    """What the bot is writing in a private chat, so far."""
    return {"text": event.message.text, "entities": [_entity_view(entity) for entity in event.message.entities]}


def inline_view(answer: InlineAnswer) -> JsonObject:
    """The results of an inline query as they are offered, and the button above them where there is one."""
    button = answer.button
    return {
        "id": answer.query_id,
        "results": [
            {"id": result["id"], "title": result.get("title", ""), "description": result.get("description", "")}
            for result in answer.results
        ],
        "button": None if button is None else {"text": button["text"], "start": button.get("start_parameter", "")},
    }


def call_view(entry: JournalEntry) -> JsonObject:
    """A call of the Bot API; ``result`` is the refusal's description where there is one."""
    return {
        "time": entry.time,
        "method": entry.method,
        "milliseconds": entry.milliseconds,
        "ok": entry.error is None,
        "code": entry.code,
        "parameters": entry.parameters,
        "result": entry.result if entry.error is None else entry.error,
        "fault": entry.fault,
    }


def _sender_view(message: Message, chat_title: str) -> JsonObject:
    if message.as_chat:
        return {"id": message.chat_id, "name": chat_title, "bot": False}
    return {"id": message.sender.id, "name": message.sender.first_name, "bot": message.sender.is_bot}


def _entity_view(entity: Entity) -> JsonObject:
    view: dict[str, object] = {"type": entity.type, "offset": entity.offset, "length": entity.length}
    if entity.url is not None:
        view["url"] = entity.url
    if entity.language is not None:
        view["language"] = entity.language
    return view


def _document_view(message: Message) -> JsonObject | None:
    attachment = message.attachment
    if attachment is None:
        return None
    name = attachment.name or attachment.kind
    view = {"id": attachment.file_id, "name": name, "size": attachment.size, "type": attachment.mime}
    if attachment.kind == "photo":
        return {**view, "picture": {"width": attachment.width, "height": attachment.height}}
    return view


def _kind_of(message: Message) -> str | None:
    """What a message is, where it is neither text nor a file nor a picture: one of ``_KINDS``."""
    kinds = message.extra if message.attachment is None else {message.attachment.kind}
    return next((kind for kind in _KINDS if kind in kinds), None)


def _origin_of(message: Message) -> str | None:
    """Whose message was passed on, by name."""
    sender = (message.forwarded or {}).get("sender_user")
    return str(sender["first_name"]) if isinstance(sender, Mapping) else None


def _reply_view(message: Message, find: Finder, chat_title: str) -> JsonObject | None:
    if message.reply_to is None:
        return None
    original = find(message.chat_id, message.reply_to)
    if original is None:
        return {"id": message.reply_to, "name": "", "text": message.quote.text if message.quote else ""}
    attachment = original.attachment
    text = message.quote.text if message.quote else original.text or (attachment and attachment.name) or ""
    return {"id": original.id, "name": _sender_view(original, chat_title)["name"], "text": text[:_EXCERPT]}


def _keyboard_view(message: Message) -> JsonObject | None:
    if message.keyboard:
        return {"inline": [[_button_view(button) for button in row] for row in message.keyboard]}
    markup = message.reply_keyboard
    if markup is None:
        return None
    if markup.get("remove_keyboard"):
        return {"remove": True}
    if markup.get("force_reply"):
        return {"force": True}
    rows = markup.get("keyboard")
    if not isinstance(rows, list):
        return None
    texts = [[key["text"] if isinstance(key, Mapping) else str(key) for key in row] for row in rows]
    return {
        "reply": texts,
        "once": bool(markup.get("one_time_keyboard")),
        "placeholder": markup.get("input_field_placeholder"),
    }


def _button_view(button: Button) -> JsonObject:
    kind = _BUTTONS.get(button.kind)
    return {"text": button.text} if kind is None else {"text": button.text, kind: button.value}


def _service_view(message: Message, chat_title: str) -> JsonObject | None:
    if not message.is_service:
        return None
    for field, kind in _NOTICES.items():
        if field in message.extra:
            return {"kind": kind, "name": _named(field, message.extra[field], chat_title)}
    return {"kind": "other", "name": None}


def _named(field: str, value: object, chat_title: str) -> str | None:
    """Whom or what a notice is about; None stands for whoever caused it."""
    if field == "new_chat_members" and isinstance(value, list):
        return ", ".join(str(member["first_name"]) for member in value)
    if field == "left_chat_member" and isinstance(value, Mapping):
        return str(value["first_name"])
    if field == "forum_topic_created" and isinstance(value, Mapping):
        return str(value["name"])
    if field == "new_chat_title":
        return str(value)
    return chat_title if field.endswith("chat_created") else None
