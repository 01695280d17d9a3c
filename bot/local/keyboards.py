"""Reply markup: inline keyboards and keyboards below the input field, checked as Telegram checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.local.errors import ApiError, bad_request
from bot.local.markup import checked_link
from bot.local.models import Button, ButtonKind, JsonObject, Keyboard
from bot.local.parameters import Fields

_DATA_LIMIT = 64
_BUTTON_LIMIT = 100
_BUTTON_FIELDS = ("text", "style", *ButtonKind)
_STYLES = ("danger", "success", "primary")
_REPLY_FIELDS = (
    "keyboard",
    "is_persistent",
    "resize_keyboard",
    "one_time_keyboard",
    "input_field_placeholder",
    "selective",
    "remove_keyboard",
    "force_reply",
)


@dataclass(frozen=True, slots=True)
class Markup:
    """What is attached to a message: an inline keyboard, or what to do with the keyboard below the input field."""

    inline: Keyboard = ()
    reply: JsonObject | None = None


def parse_markup(value: object, *, inline_only: bool = False) -> Markup:
    """The markup that ``value`` describes, none for None. Raises ApiError 400 with Telegram's words."""
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in value:
        fields = Fields(value, "reply markup", _REPLY_FIELDS)
        if inline_only and value:
            raise bad_request("inline keyboard expected")
        _check_reply_keyboard(fields.get("keyboard"))
        return Markup(reply=value or None)
    fields = Fields(value, "InlineKeyboardMarkup", ("inline_keyboard",))
    rows = fields.get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    keyboard = tuple(tuple(_button(button) for button in row) for row in rows if row)
    if sum(map(len, keyboard)) > _BUTTON_LIMIT:
        raise bad_request("reply markup is too long")
    return Markup(inline=keyboard)


def _button(value: object) -> Button:
    try:
        fields = Fields(value, "InlineKeyboardButton", _BUTTON_FIELDS)
        text, style = fields.text("text"), fields.text("style", "") or None
        kinds = [kind for kind in ButtonKind if fields.has(kind)]
        if not kinds:
            raise bad_request("Text buttons are unallowed in the inline keyboard")
        if len(kinds) > 1:
            raise bad_request(f"button has both {kinds[0]} and {kinds[1]} (refused by the local server)")
        if kinds[0] is ButtonKind.COPY:
            content = Fields(fields.get(kinds[0]), "CopyTextButton", ("text",)).text("text")
        else:
            content = fields.text(kinds[0])
    except ApiError as error:
        reason = error.description.removeprefix("Bad Request: ")
        raise bad_request(f"can't parse inline keyboard button: {reason}") from error
    if style is not None and style not in _STYLES:
        raise bad_request(f'can\'t parse inline keyboard button: unknown button style "{style}"')
    return Button(_label(text), kinds[0], _checked(kinds[0], content), style)


def _label(text: str) -> str:
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    return text


def _checked(kind: ButtonKind, content: str) -> str:
    """``content`` as the button keeps it. Raises ApiError 400 with the server's names of the faults."""
    match kind:
        case ButtonKind.CALLBACK if not 1 <= len(content.encode("utf-8")) <= _DATA_LIMIT:
            raise bad_request("BUTTON_DATA_INVALID")
        case ButtonKind.URL:
            link = checked_link(content)
            if link is None:
                raise bad_request(f"inline keyboard button URL '{content}' is invalid: Wrong HTTP URL")
            return link
        case ButtonKind.COPY if not 1 <= len(content) <= 256:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        case ButtonKind.SWITCH_INLINE | ButtonKind.SWITCH_INLINE_HERE if len(content) > 256:
            raise bad_request("SWITCH_QUERY_TOO_LONG")
    return content


def _check_reply_keyboard(rows: object) -> None:
    if rows is None:
        return
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "keyboard" must be an Array of Arrays')
    for row in rows:
        for button in row:
            if not isinstance(button, str | Mapping) or not isinstance(_text_of(button), str):
                raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")


def _text_of(button: str | Mapping[str, object]) -> object:
    return button if isinstance(button, str) else button.get("text")
