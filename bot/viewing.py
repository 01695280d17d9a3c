"""What is made from the documents that a chat may read, and is made again where these change meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services import Services
    from retrieval.generation import Generation

Made = TypeVar("Made")


async def made_from_view(services: Services, chat: int, make: Callable[[Generation], Made]) -> Made:
    """What ``make``, which blocks, makes of what a chat may read, none of which was withdrawn before it was done."""
    clearance = services.clearance_of(chat)
    view = await services.run(services.engine.view, clearance)
    while True:
        made = await services.run(make, view)
        now = await services.run(services.engine.view, clearance)
        if now is view:
            return made
        view = now
