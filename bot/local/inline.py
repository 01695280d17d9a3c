"""The results of an inline query, checked as Telegram checks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.local.entities import FormattedText
from bot.local.errors import ApiError, bad_request
from bot.local.files import FileStore
from bot.local.formatting import caption_text, message_text
from bot.local.keyboards import parse_markup
from bot.local.models import Attachment, JsonObject, Keyboard, Person
from bot.local.parameters import Fields

RESULTS_LIMIT = 50
_ID_LIMIT = 64
_ARTICLE_FIELDS = (
    "type",
    "id",
    "title",
    "input_message_content",
    "reply_markup",
    "url",
    "description",
    "thumbnail_url",
    "thumbnail_width",
    "thumbnail_height",
)
_DOCUMENT_FIELDS = (
    "type",
    "id",
    "title",
    "document_file_id",
    "description",
    "caption",
    "parse_mode",
    "caption_entities",
    "reply_markup",
)
_CONTENT_FIELDS = ("message_text", "parse_mode", "entities", "link_preview_options")


@dataclass(frozen=True, slots=True)
class Result:
    """One result: what a person is shown, and the message it becomes when chosen."""

    id: str
    shown: JsonObject
    content: FormattedText
    keyboard: Keyboard = ()
    attachment: Attachment | None = None


def parse_results(values: Sequence[object], people: Mapping[int, Person], files: FileStore) -> list[Result]:
    """At most fifty results with different ids. Raises ApiError 400 with Telegram's words.

    Articles and files the bot has sent before are known; other kinds are refused.
    """
    if len(values) > RESULTS_LIMIT:
        raise bad_request("RESULTS_TOO_MUCH")
    results = []
    for value in values:
        try:
            results.append(_result(value, people, files))
        except ApiError as error:
            reason = error.description.removeprefix("Bad Request: ")
            if reason.isupper():
                raise
            raise bad_request(f"can't parse inline query result: {reason[:1].upper()}{reason[1:]}") from error
    if len({result.id for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    return results


def _result(value: object, people: Mapping[int, Person], files: FileStore) -> Result:
    if not isinstance(value, dict):
        raise bad_request("inline query result must be an object")
    shown: dict[str, object] = dict(value)
    kind = shown.get("type")
    if kind not in ("article", "document"):
        raise bad_request(f'inline query results of type "{kind}" are not known to the local server')
    fields = Fields(shown, "InlineQueryResult", _ARTICLE_FIELDS if kind == "article" else _DOCUMENT_FIELDS)
    identifier = fields.text("id")
    if not 1 <= len(identifier.encode("utf-8")) <= _ID_LIMIT:
        raise bad_request("RESULT_ID_INVALID")
    if not fields.text("title"):
        raise bad_request("ARTICLE_TITLE_EMPTY" if kind == "article" else "DOCUMENT_TITLE_EMPTY")
    keyboard = parse_markup(fields.get("reply_markup"), inline_only=True).inline
    if kind == "article":
        content = Fields(fields.get("input_message_content"), "InputTextMessageContent", _CONTENT_FIELDS)
        text = message_text(
            content.text("message_text"), content.text("parse_mode", ""), _list(content.get("entities")), people
        )
        return Result(identifier, shown, text, keyboard)
    attachment = files.get(fields.text("document_file_id"))
    caption = caption_text(
        fields.text("caption", ""), fields.text("parse_mode", ""), _list(fields.get("caption_entities")), people
    )
    return Result(identifier, shown, caption, keyboard, attachment)


def _list(value: object) -> list[object] | None:
    return value if isinstance(value, list) else None
