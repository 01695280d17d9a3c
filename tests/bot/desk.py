"""A bot whose admin loads documents: over an index of its own, with the library beside it, read in this process."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bot.harness import Running, make_settings, running, shown
from tests.doubles import DirectExtractor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.clock import Clock
    from bot.local.models import Message, Person
    from bot.local.world import World
    from tests.conftest import Indexed

NOTE = """---
title: Note on the corridor
publisher: Institute of Records
date: 2018-05-15
language: en
---
# Note on the corridor

Seventeen lorries crossed the northern bridge before the evening of the fifteenth of May.

Observers of the United Nations counted them twice and wrote down the number of each.
"""
LORRIES = "Seventeen lorries crossed the northern bridge before the evening of the fifteenth of May."


@dataclass(frozen=True, slots=True)
class Desk:
    """A Telegram with an admin and a diplomat, and the index that the admin looks after."""

    world: World
    admin: Person
    anna: Person
    indexed: Indexed

    @asynccontextmanager
    async def bot(self, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Running]:
        """The bot at work while the context is open, by its own ``clock``; its store stays for the next one."""
        made = make_settings(self.indexed.data, self.indexed.documents, admins=frozenset({self.admin.id}), **settings)
        async with running(self.world, made, self.indexed.engine(), self.indexed, clock=clock) as bot:
            bot.services.intake.extractor = DirectExtractor()
            yield bot

    async def send(self, name: str, content: str | bytes, *, caption: str = "", **options: Any) -> Message:
        """Send a file as the admin and return the card once it is filled, or what was replied instead."""
        data = content.encode() if isinstance(content, str) else content
        sent = self.world.send_document(self.admin.id, self.admin.id, name, data, caption=caption, **options)
        return await self.card(sent.id)

    async def card(self, after: int) -> Message:
        """The first message of the bot to the admin after ``after`` that is no longer waiting for a file to be read."""

        def is_filled(message: Message) -> bool:
            return message.id > after and not message.text.startswith("Reading")

        return await shown(self.world, self.admin.id, is_filled)

    async def publish(self, bot: Running, name: str, content: str | bytes, *, caption: str = "") -> None:
        """Send and publish a file, and wait until it is indexed."""
        card = await self.send(name, content, caption=caption)
        await self.press(bot, card, "Publish")
        await self.reloaded(card.id)

    async def reloaded(self, after: int) -> Message:
        """The report of the reload that was asked for after a message."""
        return await shown(
            self.world, self.admin.id, lambda message: message.id > after and message.text.startswith("Done.")
        )

    async def press(self, bot: Running, message: Message, label: str, person: Person | None = None) -> str:
        """Press the button with that label, and return what is said at once."""
        data = next(button.value for button in message.buttons if button.text == label)
        return (await bot.press(person or self.admin, message, data)).text

    async def pressed(self, bot: Running, message: Message, label: str) -> Message:
        """Press the button with that label as the admin, and return the message that comes of it."""
        last = self.world.last_message(self.admin.id).id
        await self.press(bot, message, label)
        return await self.card(last)


def labels(message: Message) -> list[str]:
    """What the buttons of a message say."""
    return [button.text for button in message.buttons]
