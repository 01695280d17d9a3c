"""What the bot's commands raise, and the codes that they end with."""

from __future__ import annotations

DONE, FAILED, USAGE, NOT_FOUND, REFUSED = 0, 1, 2, 3, 4


class CommandError(Exception):
    """A command cannot do its work; the message is one sentence."""
