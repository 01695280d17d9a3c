"""What the page asks, checked before it is believed."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from bot.local.visitors import VISITOR

Title = Annotated[str, Field(min_length=1, max_length=128, pattern=r"\S")]
_Form = TypeVar("_Form", bound="_Strict")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """Who asks, and in which chat; a topic of a forum is written ``chat.thread``."""

    person: int
    chat: str = Field(pattern=r"^-?\d{1,19}(\.\d{1,19})?$")

    @property
    def chat_id(self) -> int:
        """The chat, without its topic."""
        return int(self.chat.partition(".")[0])

    @property
    def thread_id(self) -> int | None:
        """The topic, None where the whole chat is meant."""
        thread = self.chat.partition(".")[2]
        return int(thread) if thread else None


class History(Place):
    """Messages to be read: the newest, or the newest before one."""

    before: int | None = None


class Text(Place):
    """A message to be sent."""

    text: str
    reply_to: int | None = None


class Edit(Place):
    """A message to be changed."""

    message: int
    text: str


class Press(Place):
    """A button to be pressed, by its data."""

    message: int
    data: str


class Inline(Place):
    """An inline query, as far as it is typed."""

    query: str


class Choice(Place):
    """A result to be sent, of an inline query by its id."""

    query: str
    result: str


class Upload(Place):
    """A file to be sent; its content is the body."""

    name: str = Field(min_length=1, max_length=255)
    caption: str = ""
    reply_to: int | None = None
    album: str | None = Field(default=None, pattern=r"^\d{1,19}$")


class Language(_Strict):
    """A person's language, as an ISO 639-1 code."""

    person: int
    language: str = Field(pattern=r"^[a-z]{2}$")


class Sample(Place):
    """Something of a kind that a person can send besides text and files."""

    kind: Literal["voice", "sticker", "photo", "location", "contact", "poll"]


class Forward(Place):
    """A message to be passed on from another chat to this one."""

    source: str = Field(pattern=r"^-?\d{1,19}(\.\d{1,19})?$")
    message: int

    @property
    def source_id(self) -> int:
        """The chat that the message is in."""
        return int(self.source.partition(".")[0])


class Take(Place):
    """A message to be taken back."""

    message: int


class NewPerson(_Strict):
    """Somebody to be added to the world."""

    name: str = Field(min_length=1, max_length=64, pattern=r"\S")
    language: str = Field(pattern=r"^[a-z]{2}$")


class NewGroup(_Strict):
    """A group to be made by a person, who governs it, with others, and with topics where it is a forum."""

    person: int
    title: str = Field(min_length=1, max_length=128, pattern=r"\S")
    kind: Literal["group", "supergroup", "forum"]
    members: list[int] = Field(default=[], max_length=100)
    topics: list[Title] = Field(default=[], max_length=20)
    with_bot: bool = True


class Membership(Place):
    """What is to become of a person or of the bot in a group."""

    member: int
    act: Literal["add", "remove", "promote", "demote"]


class NewTopic(Place):
    """A topic to be opened."""

    name: Title


class Blocking(_Strict):
    """Whether a person is to have blocked the bot."""

    person: int
    blocked: bool


class FaultPlan(_Strict):
    """What is to go wrong with the next calls; ``seconds`` is what a refusal for flooding asks to wait."""

    fault: Literal["flood", "bad_gateway", "timeout", "drop"]
    method: Literal[
        "any send",
        "sendMessage",
        "sendDocument",
        "sendPhoto",
        "editMessageText",
        "answerCallbackQuery",
        "answerInlineQuery",
        "getUpdates",
    ]
    seconds: int = Field(default=5, ge=1, le=3600)
    times: int = Field(default=1, ge=1, le=100)


def from_query(request: web.Request, form: type[_Form]) -> _Form:
    """A form in the address. Raises pydantic's ValidationError, and HTTPForbidden where it is another's to ask."""
    return _admitted(request, form.model_validate(dict(request.query)))


async def from_body(request: web.Request, form: type[_Form]) -> _Form:
    """A form as the JSON of the body. Raises as ``from_query``."""
    return _admitted(request, form.model_validate_json(await request.read()))


def _admitted(request: web.Request, asked: _Form) -> _Form:
    """A form whose person, where people are logged in, is the one who asks, and in the chats that it names."""
    visitor = request.get(VISITOR)
    if visitor is not None:
        chats = (getattr(asked, name) for name in ("chat_id", "source_id") if hasattr(asked, name))
        visitor.admit(getattr(asked, "person", None), *chats)
    return asked
