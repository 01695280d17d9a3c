"""A diplomat who writes to a bot over the documents of ``tests.talks``."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.local.world import World
from tests.bot.harness import TOKEN, make_settings, running
from tests.talks import make_talks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.clock import Clock
    from bot.local.models import Message, Person
    from tests.bot.harness import Running
    from tests.conftest import Indexed


@dataclass(frozen=True, slots=True)
class Chat:
    """The bot at work, an admin, a diplomat, and the documents."""

    bot: Running
    admin: Person
    anna: Person
    talks: Indexed

    async def ask(self, text: str, person: Person | None = None) -> Message:
        """Write to the bot in private, as the diplomat unless as someone else; its first message after that."""
        return await self.bot.ask(person or self.anna, text)


@asynccontextmanager
async def chat(data: Path, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Chat]:
    """A bot at work over the talks, written and indexed below ``data``."""
    talks = make_talks(data)
    world = World(TOKEN)
    admin, anna = world.add_user("Daniyar"), world.add_user("Anna")
    made = make_settings(talks.data, talks.documents, admins=frozenset({admin.id}), **settings)
    async with running(world, made, talks.engine(), talks, clock=clock) as bot:
        yield Chat(bot, admin, anna, talks)
