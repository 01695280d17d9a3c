"""Fixed phrases beside a place in a tokenised text: "prior to" before a date, "bu yana" behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.tokens import Token

Phrases = frozenset[tuple[str, ...]]


def phrases(*lines: str) -> Phrases:
    """The phrases in ``lines``, which separate them by commas, each as its folded tokens."""
    found = (tuple(token.folded for token in tokenise(phrase)) for line in lines for phrase in line.split(","))
    return frozenset(phrase for phrase in found if phrase)


def ending_at(tokens: Sequence[Token], position: int, known: Phrases) -> int | None:
    """Where the longest of ``known`` that ends right before ``position`` begins, or None."""
    longest = max(map(len, known), default=0)
    for width in range(min(longest, position), 0, -1):
        if tuple(token.folded for token in tokens[position - width : position]) in known:
            return position - width
    return None


def beginning_at(tokens: Sequence[Token], position: int, known: Phrases) -> int | None:
    """Where the longest of ``known`` that begins at ``position`` ends, or None."""
    longest = max(map(len, known), default=0)
    for width in range(min(longest, len(tokens) - position), 0, -1):
        if tuple(token.folded for token in tokens[position : position + width]) in known:
            return position + width
    return None
