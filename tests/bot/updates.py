"""Updates as Telegram sends them, made by hand."""

from __future__ import annotations

from typing import Any

from telegram import Update

BOT = {"id": 42, "is_bot": True, "first_name": "Rapporteur", "username": "some_bot"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Anna"}
GROUP = {"id": -100, "type": "supergroup", "title": "Delegation"}


def person(identifier: int = 7, language: str | None = "en") -> dict[str, Any]:
    """A user."""
    return {"id": identifier, "is_bot": False, "first_name": "Anna", "language_code": language}


def message(
    text: str = "Hello", *, chat: dict[str, Any] | None = None, by: dict[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    """A message of Anna's in her private chat, unless another person or chat is given."""
    sent = {"message_id": 5, "date": 1_767_225_600, "chat": chat or PRIVATE, "from": by or person(), "text": text}
    return sent | fields


def update(identifier: int = 1, **content: Any) -> Update:
    """An update with such content, such as ``message=...``."""
    made = Update.de_json({"update_id": identifier, **content}, None)
    assert made is not None
    return made
