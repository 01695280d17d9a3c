"""Who may read a chat and who may change a group, as the web chat asks the world."""

from __future__ import annotations

from bot.local.errors import WorldError
from bot.local.forms import Place
from bot.local.models import Chat
from bot.local.world import World


def entered(world: World, asked: Place) -> Chat:
    """The chat that is asked about. Raises WorldError where the person is not in it."""
    chat = world.chat(asked.chat_id)
    if not world.status(chat.id, asked.person).is_present:
        raise WorldError(f"{world.person(asked.person).first_name} is not in {chat.title}")
    return chat


def governed(world: World, asked: Place) -> Chat:
    """The group that is to be changed. Raises WorldError where the person does not govern it."""
    chat = entered(world, asked)
    if not world.status(chat.id, asked.person).is_administrator:
        raise WorldError(f"only those who govern {chat.title} may do that")
    return chat
