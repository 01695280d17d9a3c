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
_WRONG = (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError)
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
        if not isinstance(result, list) or not all(map(_is_numbered, result)):
            raise _unread("no list of updates") from ValueError("no list of updates")
        return [_known(update, bot) for update in result]
    if endpoint.startswith("send") and endpoint not in _OTHERS:
        try:
            Message.de_json(dict(result), bot)
        except _WRONG as error:
            raise _unread("no message") from ValueError(str(error))
    return result


def _is_numbered(update: object) -> bool:
    return isinstance(update, Mapping) and type(update.get("update_id")) is int


def _known(update: dict[str, Any], bot: Bot) -> dict[str, Any]:
    """An update, or in place of one that cannot be read or kept, its number alone."""
    number = update["update_id"]
    try:
        made = Update.de_json(dict(update), bot)
        if made is not None and abs(number) < 2**63:
            made.to_json()
            # What sorts updates by chat and sender looks at these.
            _ = (made.effective_chat, made.effective_user, made.effective_sender, made.effective_message)
            return update
    except _WRONG as error:
        _LOG.error("Update %s has a form that is not known and is passed over: %s", number, error)
    return {"update_id": number}


def _unread(why: str) -> NetworkError:
    return NetworkError(f"what answered is not Telegram, or cannot be read ({why[:200]})")
