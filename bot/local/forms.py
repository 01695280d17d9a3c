"""What the page asks, checked before it is believed."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

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


class Language(_Strict):
    """A person's language, as an ISO 639-1 code."""

    person: int
    language: str = Field(pattern=r"^[a-z]{2}$")


def from_query(request: web.Request, form: type[_Form]) -> _Form:
    """A form in the address. Raises pydantic's ValidationError."""
    return form.model_validate(dict(request.query))


async def from_body(request: web.Request, form: type[_Form]) -> _Form:
    """A form as the JSON of the body. Raises pydantic's ValidationError."""
    return form.model_validate_json(await request.read())
