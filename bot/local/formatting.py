"""A text that the bot gives, with its parse mode or its entities, made into what Telegram stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.local.entities import GIVEN, Entity, FormattedText, add_found, fix
from bot.local.errors import bad_request
from bot.local.found import find
from bot.local.markup import MarkupError, checked_link, parse_html
from bot.local.models import Person
from bot.local.parameters import Fields
from bot.local.texts import utf16_length

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_BYTES_LIMIT = 32_768
_ENTITY_FIELDS = ("type", "offset", "length", "url", "user", "language", "custom_emoji_id")


def formatted(
    text: str, parse_mode: str, entities: Sequence[object] | None, people: Mapping[int, Person]
) -> FormattedText:
    """``text`` parsed, cleaned and trimmed, with the entities given and those found in it; possibly empty.

    Raises ApiError 400 with Telegram's words. The limits of length are for the caller: they differ.
    """
    if len(text.encode("utf-8")) > _BYTES_LIMIT:
        raise bad_request("text is too long")
    match parse_mode.lower():
        case "" | "none":
            raw = FormattedText(text, tuple(_given(entity) for entity in entities or ()))
        case "html":
            try:
                raw = parse_html(text)
            except MarkupError as error:
                raise bad_request(f"can't parse entities: {error}") from error
        case _:
            # Markdown, which a quotation would have to be escaped for, is not simulated.
            raise bad_request("unsupported parse_mode")
    known = [entity for entity in raw.entities if entity.type != "text_mention" or entity.user_id in people]
    fixed = fix(raw.text, known)
    return FormattedText(fixed.text, tuple(add_found(fixed.entities, find(fixed.text))))


def message_text(
    text: str, parse_mode: str, entities: Sequence[object] | None, people: Mapping[int, Person]
) -> FormattedText:
    """The text of a message, neither empty nor too long. Raises ApiError 400."""
    if not text:
        raise bad_request("message text is empty")
    result = formatted(text, parse_mode, entities, people)
    if not result.text:
        raise bad_request("text must be non-empty")
    if utf16_length(result.text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return result


def caption_text(
    text: str, parse_mode: str, entities: Sequence[object] | None, people: Mapping[int, Person]
) -> FormattedText:
    """The caption of a file, which may be empty. Raises ApiError 400."""
    result = formatted(text, parse_mode, entities, people)
    if utf16_length(result.text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return result


def _given(value: object) -> Entity:
    """One of the entities that the bot sent, of any kind; those that Telegram finds itself are dropped by ``fix``."""
    fields = Fields(value, "MessageEntity", _ENTITY_FIELDS)
    kind = fields.text("type")
    offset, length = fields.integer("offset"), fields.integer("length")
    if not 0 <= offset <= 1_000_000:
        raise bad_request(f"can't parse entities: receive an entity with incorrect offset {offset}")
    if not 0 <= length <= 1_000_000:
        raise bad_request(f"can't parse entities: receive an entity with incorrect length {length}")
    if kind not in GIVEN:
        # What Telegram finds by itself may be sent back to it, and means nothing.
        return Entity(kind, offset, 0)
    url = checked_link(fields.text("url")) if kind == "text_link" else None
    if kind == "text_link" and url is None:
        return Entity(kind, offset, 0)
    user = Fields(fields.get("user"), "User", _USER_FIELDS).integer("id") if kind == "text_mention" else None
    language = fields.text("language", "") or None
    emoji = fields.text("custom_emoji_id") if kind == "custom_emoji" else None
    return Entity(kind, offset, length, url, user, language, emoji)


_USER_FIELDS = ("id", "is_bot", "first_name", "last_name", "username", "language_code", "is_premium")
