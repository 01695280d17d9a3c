"""The simulated Telegram in which the real bot lives: one bot, its people, its chats."""

from __future__ import annotations

from bot.local.menus import Menus


class World(Menus):
    """Everything but HTTP: people write here, and the bot's calls end here.

    ``State`` holds the data; ``Groups``, ``People``, ``Outgoing``, ``Queries`` and ``Menus`` each add one subject.
    What people cannot do raises ``WorldError``; what Telegram refuses the bot raises ``ApiError``. All methods must
    be called from the event loop of the server.
    """
