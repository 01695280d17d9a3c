"""The method that sends several files at once, which people see as one album."""

from __future__ import annotations

from bot.local.entities import FormattedText
from bot.local.errors import bad_request
from bot.local.formatting import caption_text
from bot.local.methods.messages import file_of, sending
from bot.local.methods.registry import Call, method
from bot.local.models import Attachment
from bot.local.parameters import Fields
from bot.local.wire import message_json

_LIMIT = 10
_KINDS = ("document", "photo")
_FIELDS = (
    "type",
    "media",
    "caption",
    "parse_mode",
    "caption_entities",
    "disable_content_type_detection",
    "has_spoiler",
    "show_caption_above_media",
)


@method(
    "sendMediaGroup",
    "chat_id",
    "message_thread_id",
    "disable_notification",
    "protect_content",
    "reply_parameters",
    "media",
)
def send_media_group(call: Call) -> object:
    """Send up to ten documents, or up to ten photos; all of them or, where one is refused, none."""
    media = call.parameters.array("media")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > _LIMIT:
        raise bad_request("too many messages to send as an album")
    files = [_item(call, item) for item in media]
    if len({attachment.kind for _, attachment in files}) > 1:
        raise bad_request("document can't be mixed with other media types")
    target, world = sending(call), call.world
    album = world.new_album() if len(files) > 1 else None
    return [message_json(world.send(target, caption, attachment, album=album), world) for caption, attachment in files]


def _item(call: Call, value: object) -> tuple[FormattedText, Attachment]:
    """One file of an album with its caption. Raises ApiError 400."""
    fields = Fields(value, "InputMedia", _FIELDS)
    kind, media = fields.text("type"), fields.text("media")
    if kind not in _KINDS:
        raise bad_request(f'albums of type "{kind}" are not known to the local server')
    entities = fields.get("caption_entities")
    caption = caption_text(
        fields.text("caption", ""),
        fields.text("parse_mode", ""),
        entities if isinstance(entities, list) else None,
        call.world.people,
    )
    upload = call.parameters.attached(media)
    if upload is None and media.startswith("attach://"):
        raise bad_request("can't parse InputMedia: media not found")
    return caption, file_of(call.world, kind, upload, media)
