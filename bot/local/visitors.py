"""Who is logged in, as far as a request goes: one person, who speaks for nobody else and enters their chats alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from aiohttp import web

if TYPE_CHECKING:
    from bot.local.sessions import Session
    from bot.local.world import World


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person of a session, in a world of others."""

    session: Session
    world: World

    @property
    def person(self) -> int:
        """The id of the person."""
        return self.session.person

    def admit(self, person: int | None, *chats: int) -> None:
        """See that a request is the visitor's own, and about chats that they are in.

        Whether there is another person or chat of that id is not said.

        Raises:
            HTTPForbidden: it is not.
        """
        if person != self.person:
            _refuse("You cannot do this as somebody else")
        if not all(self.is_in(chat) for chat in chats):
            _refuse("You are in no such chat")

    def is_in(self, chat: int) -> bool:
        """Whether they are in a chat."""
        return self.world.status(chat, self.person).is_present


def _refuse(reason: str) -> NoReturn:
    raise web.HTTPForbidden(reason=reason)


#: Where a request carries its visitor; a page without accounts has none.
VISITOR = web.RequestKey("visitor", Visitor)
