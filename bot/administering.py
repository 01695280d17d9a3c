"""Admins: reloading with an edited progress message, and stopping it."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from telegram.error import TelegramError

from bot.access import is_admin
from bot.announcing import announce
from bot.conversation import Place
from bot.delivery import send
from bot.reloading import ReloadError, Step
from bot.rendering import Message, html, packed
from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from telegram import Message as SentMessage
    from telegram import Update

    from bot.services import Context

_LOG = logging.getLogger(__name__)
_SECONDS_BETWEEN_EDITS = 3.0


async def reload(update: Update, context: Context) -> None:
    """``/reload``: index what changed, in the background, while questions go on being answered."""
    place = Place.of(update)
    if not is_admin(update, context.services.settings):
        await place.tell(context, place.say("Only an administrator of this bot may reload."))
        return
    if context.services.reloader.running:
        await place.tell(context, place.say("A reload is already under way; /cancel stops it."))
        return
    context.application.create_task(_reload(context, place), update=update)


async def cancel(update: Update, context: Context) -> None:
    """``/cancel``: stop the reload that is under way."""
    place = Place.of(update)
    if not is_admin(update, context.services.settings):
        await place.tell(context, place.say("Only an administrator of this bot may reload."))
    elif not context.services.reloader.stop():
        await place.tell(context, place.say("No reload is under way."))


async def _reload(context: Context, place: Place) -> None:
    """Index, let the new generation answer, report, and announce new rounds."""
    services, say = context.services, place.say
    note = _Note(context, place)
    await note.show(say("Reloading…"), now=True)

    async def tell(step: Step) -> None:
        share = 100 * step.done // max(step.total, 1)
        label = say("Reading files") if step.stage == "reading" else say("Encoding")
        await note.show(f"{label}: {share} %")

    try:
        report = await services.reloader.index(tell)
        if report is None:
            await note.show(say("Stopped. The documents searched are those of before."), now=True)
            return
        await services.run(services.engine.refresh)
    except (ReloadError, RetrievalError) as error:
        _LOG.warning("Reload failed: %s", error)
        await note.show(
            say("The reload failed; the documents searched are those of before.") + "\n" + str(error), now=True
        )
        return
    for text in packed(_report_lines(report, place), between="\n")[:1]:
        await note.show(text, now=True)
    await announce(services, context.bot.username)
    context.bot_data["outbox"].wake()


def _report_lines(report: dict[str, Any], place: Place) -> list[str]:
    """What became of the files: numbers, then each that is new, changed, withdrawn or refused."""
    say = place.say
    counts = Counter(str(file["outcome"]) for file in report["files"])
    names = {
        "added": say("added"),
        "changed": say("changed"),
        "unchanged": say("unchanged"),
        "withdrawn": say("withdrawn"),
        "refused": say("refused"),
    }
    lines = [say("Done."), ", ".join(f"{label}: {counts[name]}" for name, label in names.items())]
    for file in report["files"]:
        if file["outcome"] != "unchanged":
            reason = f" ({file['reason']})" if file["reason"] else ""
            lines.append(f"{names[file['outcome']]}: {str(file['file']).rsplit('/', 1)[-1]}{reason}")
    return lines


class _Note:
    """One message that is edited as the work goes on, at most every three seconds."""

    def __init__(self, context: Context, place: Place) -> None:
        self._context = context
        self._place = place
        self._message: SentMessage | None = None
        self._shown = ""
        self._at = 0.0

    async def show(self, text: str, *, now: bool = False) -> None:
        """Show ``text`` in the message; a failure to is logged, since the work matters more than its progress."""
        if text == self._shown or (not now and time.monotonic() - self._at < _SECONDS_BETWEEN_EDITS):
            return
        self._shown, self._at = text, time.monotonic()
        try:
            if self._message is None:
                place = self._place
                self._message = await send(
                    self._context.bot, place.chat, Message(html(text)), thread=place.thread, reply_to=place.reply_to
                )
            else:
                await self._message.edit_text(text)
        except TelegramError as error:
            _LOG.warning("Progress of the reload was not shown: %s", error)
