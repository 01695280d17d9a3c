"""How long a text is to Telegram, and names cut to what a message can hold. Lengths are in UTF-16 units."""

from __future__ import annotations

NAME = 200


def utf16_length(text: str) -> int:
    """The length of ``text`` as Telegram counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def fitting(text: str, units: int) -> int:
    """How many of the first characters of ``text`` take no more than so many UTF-16 units."""
    return len(text[:units].encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore"))


def short(name: str, limit: int = NAME) -> str:
    """``name``, or of a very long one the beginning and three points; ``limit`` in UTF-16 units."""
    return name if utf16_length(name) <= limit else name[: fitting(name, limit - 1)].rstrip() + "…"
