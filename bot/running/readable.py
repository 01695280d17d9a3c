"""What comes back from a call to Telegram, looked at before it is read: something else may answer in its place.

A gateway, a hotel's portal or a broken proxy answers with anything, and an update of a form that is not known yet is
no reason to fetch no more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from telegram import Message, Update
from telegram.error import InvalidToken, NetworkError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from telegram import Bot

_LOG = logging.getLogger(__name__)
# OSError is what a date far beyond any is for the system's library.
_WRONG = (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError, OSError)
# These send, and return something other than the message.
_OTHERS = frozenset({"sendChatAction", "sendMediaGroup", "sendMessageDraft"})


async def answered(call: Awaitable[Any]) -> Any:
    """The result of a call.

    Raises:
        TelegramError: it failed, or what answered cannot be Telegram; its cause is then a ValueError.
    """
    try:
        return await call
    except InvalidToken as error:
        if error.__cause__ is None:
            raise
        # Telegram refuses a token in its own form; a page in another is not from there.
        raise _unread(str(error)) from ValueError(str(error))
    except _WRONG as error:
        raise _unread(str(error)) from ValueError(str(error))


def readable(endpoint: str, result: Any, bot: Bot) -> Any:
    """The result of ``endpoint``, of which PTB can read all; an update that it cannot is left empty, with its number.

    Raises:
        NetworkError: it is nothing that Telegram answers; its cause is a ValueError.
    """
    if endpoint == "getUpdates":
        numbered = [update for update in result if _is_numbered(update)] if isinstance(result, list) else []
        if result != [] and not numbered:
            raise _unread("no list of updates") from ValueError("no list of updates")
        return [_known(update, bot) for update in numbered]
    if endpoint.startswith("send") and endpoint not in _OTHERS:
        try:
            Message.de_json(dict(result), bot)
        except _WRONG as error:
            raise _unread("no message") from ValueError(str(error))
    return result


def _is_numbered(update: object) -> bool:
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return type(number) is int and abs(number) < 2**63


def _known(update: dict[str, Any], bot: Bot) -> dict[str, Any]:
    """An update, or in place of one that cannot be read or kept, its number alone."""
    number = update["update_id"]
    try:
        made = Update.de_json(dict(update), bot)
        if made is not None:
            made.to_json()
            _expect_types(made)
            return update
    except _WRONG as error:
        _LOG.error("Update %s has a form that is not known and is passed over: %s", number, error)
    return {"update_id": number}


def _expect_types(update: Update) -> None:
    """See that what handlers go by is of its type, which PTB does not look at; raises TypeError."""
    message, pressed, asked = update.effective_message, update.callback_query, update.inline_query
    people = [update.effective_user, message.from_user if message is not None else None]
    chats = [update.effective_chat, message.chat if message is not None else None]
    numbers: list[object] = [one.id for one in (*people, *chats, update.effective_sender) if one is not None]
    texts: list[object] = [one.type for one in chats if one is not None]
    maybe_texts: list[object] = [text for one in people if one for text in (one.language_code, one.username)]
    if message is not None:
        numbers.append(message.message_id)
        maybe_texts += [message.text, message.caption, message.media_group_id]
    if pressed is not None:
        texts.append(pressed.id)
        maybe_texts.append(pressed.data)
    if asked is not None:
        texts += [asked.id, asked.query]
    if any(type(number) is not int for number in numbers):
        raise TypeError("a chat, a person or a message without a number")
    if not all(isinstance(text, str) for text in texts) or not all(
        isinstance(text, str | None) for text in maybe_texts
    ):
        raise TypeError("something that is no text where one has to be")


def _unread(why: str) -> NetworkError:
    return NetworkError(f"what answered is not Telegram, or cannot be read ({why[:200]})")
