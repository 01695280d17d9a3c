"""What an admin sees of the outbox, and settles: messages that may or may not have arrived, and those that failed."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from telegram.error import BadRequest, TelegramError

from bot.answers.keyboard import Button
from bot.documents.reload_runs import admin_places
from bot.messages.conversation import Place
from bot.messages.delivery import Fate, fate, keyboard, send
from bot.messages.lengths import short
from bot.messages.pressing import admin_here, answer_press, no_longer, parts_of
from bot.messages.rendering import Message, html, packed
from bot.outbox.outgoing import FORGOTTEN, INTERRUPTED, LEFT, NOT_ADMITTED, RESTORED, WITHDRAWN, Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from telegram import Bot, Update

    from bot.languages import Phrases
    from bot.outbox.outgoing import OutboxRow
    from bot.services import Context, Services

_LOG = logging.getLogger(__name__)
_MOST_ROWS = 8
_MOST_REASONS = 10
_REASON = 120
_KINDS = {
    Kind.SUMMARY: "summary",
    Kind.UPDATE: "update of a summary",
    Kind.CORRECTION: "correction",
    Kind.DIGEST: "digest",
    Kind.NOTICE: "notice",
}
_REASONS = {
    INTERRUPTED: "the bot was stopped while it was sent",
    LEFT: "the bot is not in the chat any more",
    NOT_ADMITTED: "the chat is not admitted any more",
    FORGOTTEN: "its person wanted nothing kept",
    WITHDRAWN: "what it quotes was withdrawn or changed",
    RESTORED: "it was restored from a backup, and may have been sent since",
}


async def outbox(update: Update, context: Context) -> None:
    """``/outbox``: how many messages wait, what may or may not have arrived, and what failed."""
    place = Place.of(update, context.services)
    if not admin_here(update, context):
        await place.tell(
            context, place.say("Only an administrator of this bot may do that, in a private chat with it.")
        )
        return
    await context.services.run(context.services.store.keep_language, place.chat, place.language)
    table = context.services.store.outbox
    unclear, failed = await context.services.run(table.unclear), await context.services.run(table.failed)
    names = await _names(context.bot, [*unclear, *failed])
    counts = _counts(await context.services.run(table.counts), place.say)
    await place.send(context, _shown(unclear, failed, names, place.say, counts))


async def button(update: Update, context: Context) -> None:
    """An admin settles an unclear message: it arrived, or is to be sent again."""
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    place, services = Place.of(update, context.services), context.services
    say = place.say
    _, number, choice = parts_of(update)
    settled = await services.run(services.store.outbox.settle, int(number), choice == "a", place.chat)
    if not settled:
        await answer_press(update, say("This was settled already."))
    elif choice == "a":
        await answer_press(update, say("Noted as arrived."))
    else:
        await answer_press(update, say("It is sent again."))
    context.bot_data["outbox"].wake()
    await _show_what_is_left(update, context)


async def _show_what_is_left(update: Update, context: Context) -> None:
    """Let the message whose button was pressed show what is unclear now."""
    query, say = update.callback_query, Place.of(update, context.services).say
    unclear = await context.services.run(context.services.store.outbox.unclear)
    message = _unclear(unclear, await _names(context.bot, unclear), say)
    if query is None:
        return
    try:
        await query.edit_message_text(message.text, parse_mode="HTML", reply_markup=keyboard(message))
    except BadRequest as error:
        # Another admin, or another message, may have shown the same already; or this one is gone.
        _LOG.info("The list of unclear messages was not shown anew: %s", error)


async def tell_admins(services: Services, bot: Bot) -> bool:
    """Tell each admin what became unclear or failed since the last time, all in one message; False where none was.

    Whatever may have reached one of them counts as told: it stays in ``/outbox``.
    """
    table = services.store.outbox
    untold = await services.run(table.untold)
    places = await admin_places(services)
    if not untold or not places:
        return True
    names = await _names(bot, untold)
    unclear = await services.run(table.unclear) if any(row.state is State.UNCLEAR for row in untold) else []
    failed = [row for row in untold if row.state is State.FAILED]
    names |= await _names(bot, unclear)
    is_told = False
    for place in places:
        for message in _shown(unclear, failed, names, place.say):
            is_told |= await _arrives(bot, place.chat, message)
    if is_told:
        await services.run(table.mark_told, [row.id for row in untold])
    return is_told


async def _arrives(bot: Bot, chat: int, message: Message) -> bool:
    """Send a message to an admin; False where it certainly did not arrive."""
    try:
        await send(bot, chat, message)
    except TelegramError as error:
        _LOG.warning("Admin %s was not told of the outbox (%s): %s", chat, fate(error).value, error)
        return fate(error) is Fate.UNCLEAR
    return True


def _shown(
    unclear: Sequence[OutboxRow], failed: Sequence[OutboxRow], names: dict[int, str], say: Phrases, counts: str = ""
) -> list[Message]:
    """The counts, what failed and why, and last what is unclear, with its buttons."""
    parts = [html(counts)] if counts else []
    if failed:
        parts.append("\n".join(html(line) for line in _failures(failed, names, say)))
    if not unclear:
        return [Message(text) for text in packed(parts)]
    asked = _unclear(unclear, names, say)
    *others, last = packed([*parts, asked.text])
    return [*map(Message, others), Message(last, asked.buttons)]


def _counts(counts: dict[str, int], say: Phrases) -> str:
    """How many messages are in each state."""
    waiting = counts.get(State.PENDING, 0) + counts.get(State.SENDING, 0)
    lines = [
        say.count("{number} message waits to be sent.", "{number} messages wait to be sent.", waiting),
        say.count("{number} message was sent.", "{number} messages were sent.", counts.get(State.SENT, 0)),
        say.count("{number} message is unclear.", "{number} messages are unclear.", counts.get(State.UNCLEAR, 0)),
        say.count("{number} message failed.", "{number} messages failed.", counts.get(State.FAILED, 0)),
    ]
    return "\n".join(lines)


def _unclear(rows: Sequence[OutboxRow], names: dict[int, str], say: Phrases) -> Message:
    """The messages that are unclear, each with two buttons; the oldest where they are many."""
    if not rows:
        return Message(html(say("No message is unclear.")))
    lines = [
        say.count(
            "{number} message may or may not have arrived. Look into its chat, then press:",
            "{number} messages may or may not have arrived. Look into their chats, then press:",
            len(rows),
        )
    ]
    buttons = []
    for number, row in enumerate(rows[:_MOST_ROWS], 1):
        lines.append(f"{say.line_start}{number}. {_described(row, names, say)}")
        arrived = Button(say("{number}: it arrived", number=number), f"ob:{row.id}:a")
        again = Button(say("{number}: send again", number=number), f"ob:{row.id}:s")
        buttons.append((arrived, again))
    if len(rows) > _MOST_ROWS:
        lines.append(say("The others are shown as these are settled."))
    return Message("\n".join(html(line) for line in lines), tuple(buttons))


def _described(row: OutboxRow, names: dict[int, str], say: Phrases) -> str:
    """Which message it is, without a word of what it says."""
    kind = say("{kind}, part {number}", kind=say(_KINDS[row.kind]), number=row.part + 1)
    moment = datetime.fromtimestamp(row.created, UTC)
    day = f"{say.date(moment.date().isoformat())}, {moment:%H:%M} UTC"
    return f"{say.isolate(names[row.chat])}: {kind}, {say.isolate(day)} ({_reason(row, say)})"


def _failures(rows: Sequence[OutboxRow], names: dict[int, str], say: Phrases) -> list[str]:
    """What was not sent, by chat and reason."""
    lines = [say.count("{number} message was not sent:", "{number} messages were not sent:", len(rows))]
    counted = Counter((row.chat, row.thread, _reason(row, say)) for row in rows)
    for (chat, thread, reason), number in list(counted.items())[-_MOST_REASONS:]:
        where = say("{chat}, topic {number}", chat=names[chat], number=str(thread)) if thread else names[chat]
        lines.append(f"{say.line_start}{say.isolate(where)}: {number} ({reason})")
    if len(counted) > _MOST_REASONS:
        lines.append("…")
    return lines


def _reason(row: OutboxRow, say: Phrases) -> str:
    """Why, in the bot's own words or Telegram's."""
    reason = row.reason or "?"
    return say(_REASONS[reason]) if reason in _REASONS else say.isolate(short(reason, _REASON))


async def _names(bot: Bot, rows: Iterable[OutboxRow]) -> dict[int, str]:
    """What the chats are called, as far as Telegram tells, with their ids; at most a few are asked for."""
    names: dict[int, str] = {}
    for chat in dict.fromkeys(row.chat for row in rows):
        title = None
        if len(names) < _MOST_ROWS + _MOST_REASONS:
            try:
                found = await bot.get_chat(chat)
                title = found.effective_name
            except TelegramError as error:
                _LOG.info("The name of chat %s is not known: %s", chat, error)
        names[chat] = f"{short(title, 60)} ({chat})" if title else str(chat)
    return names
