"""Sending: what a failure to send means, and replies that are never silently sent twice."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.answers.citations import CITED, may_be_shown
from bot.running.postponed import Undelivered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot
    from telegram import Message as SentMessage

    from bot.messages.rendering import Message
    from bot.services import Context, Services

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 3
_PAUSE = 3.0
# Whoever waits longer holds up others.
_LONGEST_PAUSE = 30.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Fate(Enum):
    """What became of a message that could not be sent."""

    NOT_SENT = "not sent"
    UNCLEAR = "unclear"
    REFUSED = "refused"


def fate(error: TelegramError) -> Fate:
    """What an error while sending means.

    A connection that was never made sent nothing, nor did a call whose token was refused; a refusal by Telegram is
    final; anything else that went wrong on the way, a time-out above all, may have come after the message was
    delivered.
    """
    if isinstance(error, RetryAfter | InvalidToken) or isinstance(error.__cause__, _NEVER_SENT):
        return Fate.NOT_SENT
    if isinstance(error, BadRequest | Forbidden | ChatMigrated):
        return Fate.REFUSED
    # An answer that cannot be read may be that of a call that did what it should.
    is_unread = isinstance(error.__cause__, ValueError)
    return Fate.UNCLEAR if is_unread or isinstance(error, NetworkError) else Fate.REFUSED


class Refusal(Enum):
    """What a refusal to send says about more messages to the same place."""

    CHAT = "the chat is gone"
    TOPIC = "the topic is gone"
    RIGHTS = "the bot may not write"
    MESSAGE = "the message is wrong"


# Telegram's own words, without case, since PTB changes that.
_SIGNS = {
    Refusal.TOPIC: ("message thread not found", "topic_deleted", "topic_id_invalid"),
    Refusal.RIGHTS: (
        "not enough rights",
        "have no rights to send",
        "need administrator rights",
        "chat_write_forbidden",
        "chat_restricted",
        "chat_send_plain_forbidden",
        "chat_admin_required",
    ),
    Refusal.CHAT: (
        "chat not found",
        "user not found",
        "chat was deactivated",
        "chat was deleted",
        "bot is not a member",
        "peer_id_invalid",
        "channel_private",
        "user_is_deactivated",
        "user is deactivated",
        "user_is_blocked",
        "input_user_deactivated",
    ),
}


def refusal(error: TelegramError) -> Refusal:
    """What Telegram refuses: whatever is sent to the chat or the topic, or this message alone."""
    if isinstance(error, Forbidden):
        return Refusal.CHAT
    words = str(error).casefold()
    for found, signs in _SIGNS.items():
        if any(sign in words for sign in signs):
            return found
    return Refusal.MESSAGE


async def send(
    bot: Bot,
    chat: int,
    message: Message,
    *,
    thread: int | None = None,
    reply_to: int | None = None,
    protected: bool = False,
) -> SentMessage:
    """Send one message, without a preview of its links; a ``protected`` one cannot be passed on.

    Raises:
        TelegramError: it was not sent, or may have been; see ``fate``.
    """
    return await bot.send_message(
        chat,
        message.text,
        parse_mode=ParseMode.HTML,
        message_thread_id=thread or None,
        reply_parameters=ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None,
        reply_markup=keyboard(message),
        link_preview_options=_NO_PREVIEW,
        protect_content=protected or None,
    )


async def is_protected(services: Services, body: str) -> bool:
    """Whether a message (HTML) cites what not everybody may read, so that it may not be passed on."""
    if CITED.search(body) is None:
        return False
    lowest = services.library.labels.lowest
    return not await services.run(may_be_shown, services.engine, services.store, body, lowest)


def keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons of a message."""
    if not message.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in message.buttons]
    )


async def reply(
    context: Context,
    chat: int,
    messages: Sequence[Message],
    *,
    thread: int | None = None,
    reply_to: int | None = None,
    instead: str = "",
) -> list[int]:
    """Send the reply to an update; from its first message on, the update is not replayed after a crash.

    A failure that leaves it open whether a message arrived marks the update as unclear, and nothing is sent again;
    so does one in the midst of a reply. What had to wait is replaced by ``instead`` (HTML) where something that it
    cites was withdrawn or changed meanwhile. Returns Telegram's numbers of the ``messages`` that certainly arrived as
    they are.

    Raises:
        Undelivered: certainly nothing was answered to the update, which may be handled anew.
    """
    services, update = context.services, context.update_id
    arrived: list[int] = []
    is_first = await services.run(services.store.begin_reply, update) if update is not None else False
    for place, message in enumerate(messages):
        text = _Text(message, instead, is_late=place > 0)
        error = await _try(context, chat, text, thread, reply_to)
        if isinstance(error, ChatMigrated):
            await services.run(services.store.move_chat, chat, error.new_chat_id)
            chat, thread, reply_to = error.new_chat_id, None, None
            error = await _try(context, chat, text, thread, reply_to)
        if error is not None:
            _LOG.warning("A reply in chat %s was not sent (%s): %s", chat, fate(error).value, error)
            if update is not None and fate(error) is Fate.NOT_SENT and is_first and not place:
                await services.run(services.store.mark_update, update, "pending")
                raise Undelivered(seconds_to_wait(error)) from error
            if update is not None and fate(error) is not Fate.REFUSED:
                await services.run(services.store.mark_update, update, "unclear")
        if text.arrived is not None and not text.is_replaced:
            arrived.append(text.arrived)
        if error is not None or text.is_replaced:
            break
    return arrived


@dataclass(slots=True)
class _Text:
    """A message, and what is sent in its place where it comes late and what it cites has changed."""

    message: Message
    instead: str
    is_late: bool
    is_replaced: bool = False
    arrived: int | None = None

    async def now(self, services: Services, chat: int) -> Message:
        """The message as it may be sent in a chat now."""
        if self.is_late and self.instead:
            clearance = services.clearance_of(chat)
            self.is_replaced = not await services.run(
                may_be_shown, services.engine, services.store, self.message.text, clearance
            )
        return replace(self.message, text=self.instead, buttons=()) if self.is_replaced else self.message


async def _try(
    context: Context, chat: int, text: _Text, thread: int | None, reply_to: int | None
) -> TelegramError | None:
    """Send a message, again only where it certainly did not go out; return the error that is left, if one is."""
    left: TelegramError | None = None
    for attempt in range(_ATTEMPTS):
        if left is not None:
            text.is_late = True
            await asyncio.sleep(seconds_to_wait(left))
        try:
            message = await text.now(context.services, chat)
            protected = await is_protected(context.services, message.text)
            sent = await send(context.bot, chat, message, thread=thread, reply_to=reply_to, protected=protected)
            text.arrived = sent.message_id
            return None
        except TelegramError as error:
            left = error
            _LOG.info("Attempt %s to reply in chat %s failed: %s", attempt + 1, chat, error)
            if fate(error) is not Fate.NOT_SENT or seconds_to_wait(error) > _LONGEST_PAUSE:
                break
    return left


def seconds_to_wait(error: TelegramError) -> float:
    """How long to wait before sending again what certainly did not go out."""
    if isinstance(error, RetryAfter):
        after = error.retry_after
        return float(after if isinstance(after, int) else after.total_seconds())
    return _PAUSE
