"""Methods that change or take away what was sent."""

from __future__ import annotations

from bot.local.errors import bad_request
from bot.local.formatting import caption_text, message_text
from bot.local.keyboards import Markup, parse_markup
from bot.local.methods.messages import preview
from bot.local.methods.registry import Call, method
from bot.local.models import Message
from bot.local.outgoing import delete_many
from bot.local.wire import message_json

_TARGET = ("chat_id", "message_id", "inline_message_id", "reply_markup")
_DELETE_LIMIT = 100


@method("editMessageText", *_TARGET, "text", "parse_mode", "entities", "link_preview_options")
def edit_message_text(call: Call) -> object:
    """Change the text of a message."""
    parameters, world = call.parameters, call.world
    text = message_text(
        parameters.text("text"), parameters.text("parse_mode"), parameters.array("entities"), world.people
    )
    markup = _markup(call)
    message = _message(call)
    if message.attachment is not None or message.extra:
        raise bad_request("there is no text in the message to edit")
    return _result(call, world.edit_content(message, text, markup, preview(call)))


@method("editMessageCaption", *_TARGET, "caption", "parse_mode", "caption_entities", "show_caption_above_media")
def edit_message_caption(call: Call) -> object:
    """Change the caption of a file."""
    parameters, world = call.parameters, call.world
    caption = caption_text(
        parameters.text("caption"), parameters.text("parse_mode"), parameters.array("caption_entities"), world.people
    )
    markup = _markup(call)
    message = _message(call)
    if message.attachment is None:
        raise bad_request("there is no caption in the message to edit")
    return _result(call, world.edit_content(message, caption, markup))


@method("editMessageReplyMarkup", *_TARGET)
def edit_message_reply_markup(call: Call) -> object:
    """Change the inline keyboard of a message, or take it away."""
    markup = _markup(call)
    return _result(call, call.world.edit_keyboard(_message(call), markup))


@method("deleteMessage", "chat_id", "message_id")
def delete_message(call: Call) -> object:
    """Take a message away."""
    chat = call.chat(write=False)
    message_id = call.parameters.integer("message_id")
    call.world.delete(chat, message_id)
    return True


@method("deleteMessages", "chat_id", "message_ids")
def delete_messages(call: Call) -> object:
    """Take up to a hundred messages away."""
    identifiers = call.parameters.array("message_ids")
    if not identifiers:
        raise bad_request("message identifiers are not specified")
    if len(identifiers) > _DELETE_LIMIT:
        raise bad_request("too many message identifiers specified")
    if not all(isinstance(identifier, int) for identifier in identifiers):
        raise bad_request("invalid message identifier specified")
    chat = call.chat(write=False)
    delete_many(call.world, chat, [identifier for identifier in identifiers if isinstance(identifier, int)])
    return True


def _markup(call: Call) -> Markup:
    return parse_markup(call.parameters.json("reply_markup"), inline_only=True)


def _message(call: Call) -> Message:
    """The message to edit, of a chat or sent through the bot. Raises ApiError."""
    inline_id = call.parameters.text("inline_message_id")
    if inline_id:
        return call.world.inline_editable(inline_id)
    if not call.parameters.has("message_id"):
        raise bad_request("message identifier is not specified")
    return call.world.editable(call.chat(), call.parameters.integer("message_id"))


def _result(call: Call, message: Message) -> object:
    return True if call.parameters.has("inline_message_id") else message_json(message, call.world)
