"""The methods that the local server knows, by name, and how a call finds its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.local.errors import bad_request
from bot.local.models import Chat
from bot.local.parameters import Parameters
from bot.local.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method: the world it acts on and what it was given."""

    world: World
    parameters: Parameters

    def chat_id(self, name: str = "chat_id") -> int | str:
        """The chat that a parameter names, by id or by ``@username``. Raises ApiError 400."""
        text = self.parameters.text(name).strip()
        if not text:
            raise bad_request(f"{name} is empty")
        if text.startswith("@"):
            return text
        try:
            return int(text)
        except ValueError as error:
            raise bad_request("chat not found") from error

    def chat(self, *, write: bool = True) -> Chat:
        """The chat named by ``chat_id``, if the bot may write, or only read, there. Raises ApiError."""
        chat = self.world.reachable(self.chat_id(), write=write)
        if write and self.world.limits is not None:
            self.world.limits.charge(chat)
        return chat

    def message_id(self, name: str = "message_id") -> int:
        """The message that a parameter names. Raises ApiError 400 where there is none named."""
        message_id = self.parameters.integer(name)
        if message_id <= 0:
            raise bad_request("message identifier is not specified")
        return message_id


Handler = Callable[[Call], Awaitable[object] | object]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Bot API: its name, the parameters it takes, and what it does."""

    name: str
    known: frozenset[str]
    run: Handler


METHODS: dict[str, Method] = {}


def method(name: str, *known: str) -> Callable[[Handler], Handler]:
    """Register what follows as the method ``name``, which takes the parameters ``known`` and no others."""

    def register(run: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, frozenset(known), run)
        return run

    return register
