"""What happens in the simulated world, told to whoever subscribed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.local.journal import JournalEntry
from bot.local.models import CallbackAnswer, Chat, InlineAnswer, Message


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message appeared in a chat, whoever wrote it."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message changed; this is how it stands now."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message is gone."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class CallbackAnswered:
    """The bot answered a pressed button."""

    answer: CallbackAnswer


@dataclass(frozen=True, slots=True)
class InlineAnswered:
    """An inline query has its results, from the bot or from the cache."""

    answer: InlineAnswer


@dataclass(frozen=True, slots=True)
class ActionShown:
    """The bot is shown doing something, such as ``typing``, for five seconds or until its next message."""

    chat_id: int
    thread_id: int | None
    action: str


@dataclass(frozen=True, slots=True)
class DraftShown:
    """A part of the bot's coming message is shown in a private chat; an empty text is a message being thought of."""

    chat_id: int
    thread_id: int | None
    draft_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class ChatChanged:
    """A chat appeared, or its members, topics or identity changed."""

    chat: Chat


@dataclass(frozen=True, slots=True)
class MenuChanged:
    """The bot's commands, name or descriptions changed."""


@dataclass(frozen=True, slots=True)
class CallMade:
    """The bot called a method."""

    entry: JournalEntry


Event = (
    MessageSent
    | MessageEdited
    | MessageDeleted
    | CallbackAnswered
    | InlineAnswered
    | ActionShown
    | DraftShown
    | ChatChanged
    | MenuChanged
    | CallMade
)
Subscriber = Callable[[Event], None]
