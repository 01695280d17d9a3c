"""Methods that send: messages, files, copies, drafts, and the sign that the bot is at work."""

from __future__ import annotations

from bot.local.entities import FormattedText
from bot.local.errors import bad_request, too_large
from bot.local.files import UPLOAD_LIMIT, image_size
from bot.local.formatting import caption_text, formatted, message_text
from bot.local.keyboards import parse_markup
from bot.local.methods.registry import Call, method
from bot.local.models import Attachment, Chat, JsonObject
from bot.local.outgoing import Reply, Sending
from bot.local.parameters import Fields, Upload
from bot.local.wire import message_json
from bot.local.world import World

_TARGET = (
    "chat_id",
    "message_thread_id",
    "disable_notification",
    "protect_content",
    "reply_parameters",
    "reply_markup",
)
_CAPTION = ("caption", "parse_mode", "caption_entities")
_REPLY_FIELDS = (
    "message_id",
    "chat_id",
    "allow_sending_without_reply",
    "quote",
    "quote_parse_mode",
    "quote_entities",
    "quote_position",
)
_PREVIEW_FIELDS = ("is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text")
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


@method("sendMessage", *_TARGET, "text", "parse_mode", "entities", "link_preview_options")
def send_message(call: Call) -> object:
    """Send a text."""
    parameters, world = call.parameters, call.world
    text = message_text(
        parameters.text("text"), parameters.text("parse_mode"), parameters.array("entities"), world.people
    )
    return message_json(world.send(sending(call), text), world)


@method("sendMessageDraft", "chat_id", "message_thread_id", "draft_id", "text", "parse_mode", "entities")
def send_message_draft(call: Call) -> object:
    """Show a part of a text that is still being written."""
    parameters, world = call.parameters, call.world
    chat = call.chat()
    text = FormattedText()
    if parameters.text("text"):
        text = message_text(
            parameters.text("text"), parameters.text("parse_mode"), parameters.array("entities"), world.people
        )
    world.show_draft(chat, _thread(call), parameters.integer("draft_id"), text)
    return True


@method("sendDocument", *_TARGET, *_CAPTION, "document", "thumbnail", "disable_content_type_detection")
def send_document(call: Call) -> object:
    """Send a file."""
    return _send_file(call, "document")


@method("sendPhoto", *_TARGET, *_CAPTION, "photo", "has_spoiler", "show_caption_above_media")
def send_photo(call: Call) -> object:
    """Send a picture."""
    return _send_file(call, "photo")


@method(
    "forwardMessage",
    "chat_id",
    "message_thread_id",
    "from_chat_id",
    "message_id",
    "disable_notification",
    "protect_content",
)
def forward_message(call: Call) -> object:
    """Pass a message on, with its origin."""
    world = call.world
    source = world.reachable(call.chat_id("from_chat_id"), write=False)
    message = world.pass_on(sending(call), source, call.message_id(), copy_caption=None)
    return message_json(message, world)


@method("copyMessage", *_TARGET, *_CAPTION, "from_chat_id", "message_id", "show_caption_above_media")
def copy_message(call: Call) -> object:
    """Send a message again as if it were new."""
    world = call.world
    source = world.reachable(call.chat_id("from_chat_id"), write=False)
    message = world.pass_on(sending(call), source, call.message_id(), copy_caption=_caption(call))
    return {"message_id": message.id}


@method("sendChatAction", "chat_id", "message_thread_id", "action")
def send_chat_action(call: Call) -> object:
    """Show what the bot is about."""
    chat = call.chat()
    action = call.parameters.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    thread_id = _thread(call)
    if thread_id is not None and chat.is_forum and thread_id not in call.world.topics[chat.id]:
        raise bad_request("message thread not found")
    call.world.show_action(chat.id, thread_id, action)
    return True


def sending(call: Call) -> Sending:
    """Where a message goes and what goes with it. Raises ApiError."""
    parameters = call.parameters
    chat = call.chat()
    return Sending(
        chat,
        _thread(call),
        _reply(call, chat),
        parse_markup(parameters.json("reply_markup")),
        parameters.flag("protect_content"),
        parameters.flag("disable_notification"),
        preview(call),
    )


def preview(call: Call) -> JsonObject | None:
    """The options of link previews, or None. Raises ApiError 400."""
    value = call.parameters.mapping("link_preview_options")
    if value is not None:
        Fields(value, "LinkPreviewOptions", _PREVIEW_FIELDS)
    return value


def _thread(call: Call) -> int | None:
    return call.parameters.integer("message_thread_id") if call.parameters.has("message_thread_id") else None


def _reply(call: Call, chat: Chat) -> Reply | None:
    value = call.parameters.mapping("reply_parameters")
    if value is None:
        return None
    fields = Fields(value, "ReplyParameters", _REPLY_FIELDS)
    if fields.has("chat_id") and fields.get("chat_id") not in (chat.id, str(chat.id)):
        raise bad_request("replies to messages of other chats are not known to the local server")
    entities = fields.get("quote_entities")
    quote = formatted(
        fields.text("quote", ""),
        fields.text("quote_parse_mode", ""),
        entities if isinstance(entities, list) else None,
        call.world.people,
    )
    return Reply(
        fields.integer("message_id"),
        fields.flag("allow_sending_without_reply"),
        quote,
        fields.integer("quote_position", 0),
    )


def _caption(call: Call) -> FormattedText:
    parameters = call.parameters
    return caption_text(
        parameters.text("caption"),
        parameters.text("parse_mode"),
        parameters.array("caption_entities"),
        call.world.people,
    )


def _send_file(call: Call, kind: str) -> object:
    target = sending(call)
    caption = _caption(call)
    upload = call.parameters.upload(kind)
    file = file_of(call.world, kind, upload, "" if upload else call.parameters.text(kind))
    message = call.world.send(target, caption, file)
    return message_json(message, call.world)


def file_of(world: World, kind: str, upload: Upload | None, file_id: str) -> Attachment:
    """The file that a call uploads, or else one sent before, by its ``file_id``. Raises ApiError."""
    files = world.files
    if upload is None:
        if not file_id:
            raise bad_request(f"there is no {kind} in the request")
        if "://" in file_id:
            # Telegram would fetch the address; this server reaches nothing but itself.
            raise bad_request("failed to get HTTP URL content")
        known = files.get(file_id)
        if known.kind != kind:
            raise bad_request(f"can't use file of type {known.kind.capitalize()} as {kind.capitalize()}")
        return known
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > UPLOAD_LIMIT:
        raise too_large()
    if kind == "photo" and image_size(upload.content) is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    return files.add(kind, upload.content, name=upload.name, mime=upload.mime)
