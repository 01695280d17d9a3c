"""What an update costs its sender, counted in quarters of a question, by what kind it is and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import MessageEntity
from telegram.constants import ChatType

from bot.access.rates import QUARTER, WHOLE
from bot.messages.conversation import question_in_group

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from telegram import Message, Update

_LIGHT_COMMANDS = frozenset({"help", "start", "settings", "language", "new"})
# Buttons that turn a page, choose, judge or decide, by the first part of their data.
_LIGHT_BUTTONS = frozenset(
    {"c", "m", "n", "y", "or", "u", "w", "fg", "st", "up", "ob", "rl", "sn", "sb", "rp", "ls", "do", "ro"}
)
# Of these, what sends a file or a summary, by the first and the last part.
_HEAVY_VERBS = frozenset({("do", "o"), ("ro", "m")})


@dataclass(frozen=True, slots=True)
class Cost:
    """How many quarters of a question an update costs; 0 for what is not for the bot.

    ``is_upload`` says that it sends a file, ``is_fact`` that it tells what has happened anyway, so that it costs but is
    never refused.
    """

    quarters: int
    is_upload: bool = False
    is_fact: bool = False


FREE = Cost(0)


@dataclass(frozen=True, slots=True)
class Addressee:
    """By what the bot is addressed: its user name, its id, and its commands without their slash."""

    name: str
    id: int
    commands: AbstractSet[str]


def cost_of(update: Update, bot: Addressee) -> Cost:
    """What an update costs; one of no known kind costs a whole question."""
    if update.inline_query is not None:
        return Cost(QUARTER)
    if update.callback_query is not None:
        return Cost(_of_button(update.callback_query.data or ""))
    if update.my_chat_member is not None:
        return Cost(QUARTER, is_fact=True)
    if update.message is not None:
        return _of_message(update.message, bot, is_new=True)
    if update.edited_message is not None:
        return _of_message(update.edited_message, bot, is_new=False)
    return Cost(WHOLE)


def _of_button(data: str) -> int:
    first, *others = data.split(":")
    is_light = first in _LIGHT_BUTTONS and (first, others[-1] if others else "") not in _HEAVY_VERBS
    return QUARTER if is_light else WHOLE


def _of_message(message: Message, bot: Addressee, *, is_new: bool) -> Cost:
    """What a message costs; an edited one as much as a new one, except that its file was sent before."""
    command = _command(message, bot.name)
    if message.chat.type != ChatType.PRIVATE:
        if message.migrate_to_chat_id is not None or message.migrate_from_chat_id is not None:
            return FREE
        if command is not None:
            return Cost(_of_command(command)) if command in bot.commands else FREE
        return Cost(WHOLE) if question_in_group(message, bot.name, bot.id) is not None else FREE
    if message.document is not None and is_new:
        return Cost(QUARTER, is_upload=True)
    if command is not None:
        return Cost(_of_command(command))
    # What has no words is answered with one sentence at most.
    return Cost(WHOLE if message.text or message.caption else QUARTER)


def _of_command(command: str) -> int:
    return QUARTER if command in _LIGHT_COMMANDS else WHOLE


def _command(message: Message, name: str) -> str | None:
    """The command that a message begins with, in small letters: empty where it is for another bot than ``name``."""
    first = message.entities[0] if message.text and message.entities else None
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset:
        return None
    command, _, named = (message.text or "")[1 : first.length].casefold().partition("@")
    return command if named in ("", name.casefold()) else ""
