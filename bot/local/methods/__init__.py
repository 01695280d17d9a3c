"""The methods of the Bot API that the local server knows, each in the module of its subject."""

from bot.local.methods import albums, chats, editing, files, messages, profile, queries, updates
from bot.local.methods.registry import METHODS, Call, Method

__all__ = [
    "METHODS",
    "Call",
    "Method",
    "albums",
    "chats",
    "editing",
    "files",
    "messages",
    "profile",
    "queries",
    "updates",
]
