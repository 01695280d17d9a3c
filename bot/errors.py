"""What the bot's commands raise."""

from __future__ import annotations


class CommandError(Exception):
    """A command cannot do its work; the message is one sentence."""
