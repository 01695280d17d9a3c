"""Who and what the simulated Telegram is made of: people, chats, members, messages, buttons, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.local.entities import Entity

#: An object of JSON, as it comes from a call or goes into an answer.
JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Person:
    """A user of Telegram, or a bot."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = "en"
    is_premium: bool = False
    is_bot: bool = False


class ChatKind(StrEnum):
    """The kinds of chat that exist here; there are no channels."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as the bot sees it. A private chat has the id of its person; ``title`` is then that person's name."""

    id: int
    kind: ChatKind
    title: str
    username: str | None = None
    is_forum: bool = False
    migrated_to: int | None = None


class Status(StrEnum):
    """What someone is in a chat."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"

    @property
    def is_present(self) -> bool:
        """Whether someone of this status is in the chat."""
        return self not in (Status.LEFT, Status.KICKED)

    @property
    def is_administrator(self) -> bool:
        """Whether someone of this status governs the chat."""
        return self in (Status.CREATOR, Status.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Topic:
    """A forum topic; its id is the id of the message that created it."""

    id: int
    name: str
    is_closed: bool = False


class ButtonKind(StrEnum):
    """What a button of an inline keyboard does when pressed, as the Bot API names it."""

    CALLBACK = "callback_data"
    URL = "url"
    SWITCH_INLINE = "switch_inline_query"
    SWITCH_INLINE_HERE = "switch_inline_query_current_chat"
    COPY = "copy_text"


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an inline keyboard; ``value`` is its data, its address, its query or the text it copies."""

    text: str
    kind: ButtonKind
    value: str
    style: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message; ``kind`` is the field of the Bot API's message, such as ``document`` or ``photo``."""

    kind: str
    file_id: str
    unique_id: str
    size: int
    name: str | None = None
    mime: str | None = None
    width: int = 0
    height: int = 0
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """The part of the message replied to that a reply quotes; ``position`` counts UTF-16 code units."""

    text: str
    position: int
    entities: tuple[Entity, ...] = ()
    is_manual: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands; an edit replaces it. ``text`` is the caption where there is an attachment.

    ``extra`` holds what this server keeps but does not read, as the Bot API writes it: service notices, polls,
    places. ``reply_keyboard`` is a keyboard below the input field, which no update ever carries.
    """

    chat_id: int
    id: int
    date: int
    sender: Person
    text: str = ""
    entities: tuple[Entity, ...] = ()
    attachment: Attachment | None = None
    keyboard: Keyboard = ()
    reply_keyboard: JsonObject | None = None
    reply_to: int | None = None
    quote: Quote | None = None
    thread_id: int | None = None
    in_topic: bool = False
    as_chat: bool = False
    via_bot: bool = False
    inline_id: str | None = None
    forwarded: JsonObject | None = None
    link_preview: JsonObject | None = None
    edit_date: int | None = None
    is_protected: bool = False
    is_silent: bool = False
    extra: JsonObject = field(default_factory=dict)

    @property
    def is_service(self) -> bool:
        """Whether this is a notice rather than something written or sent."""
        return any(key in SERVICE_KEYS for key in self.extra)

    @property
    def buttons(self) -> list[Button]:
        """All buttons of the inline keyboard, row by row."""
        return [button for row in self.keyboard for button in row]


SERVICE_KEYS = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "forum_topic_created",
        "forum_topic_closed",
        "forum_topic_reopened",
        "new_chat_title",
        "pinned_message",
    }
)


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the bot answered to a pressed button; ``text`` is empty where it only acknowledged."""

    query_id: str
    user_id: int
    text: str = ""
    show_alert: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InlineAnswer:
    """What the bot answered to an inline query; ``results`` are objects of the Bot API, checked."""

    query_id: str
    user_id: int
    results: tuple[JsonObject, ...]
    next_offset: str = ""
    is_cached: bool = False
    button: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of a bot's command menu, without its slash."""

    command: str
    description: str
