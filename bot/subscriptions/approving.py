"""Admins decide on proposed summaries: the buttons of the card, and what is said of releases in a reload's report."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.audit.noting import note_approval
from bot.languages import phrases
from bot.messages.conversation import Place
from bot.messages.pressing import admin_here, answer_press, no_longer, parts_of
from bot.messages.rendering import html
from bot.subscriptions.announcing import Outcome
from bot.subscriptions.proposals import proposal_name, round_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Bot, Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from bot.subscriptions.announcing import Announcer, Verdict
    from bot.subscriptions.releases import Release

_LOG = logging.getLogger(__name__)


async def button(update: Update, context: Context) -> None:
    """Send or Discard under a proposed summary. One admin's press settles it for all of them."""
    place, services = Place.of(update, context.services), context.services
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    _, identifier, revision, verb = parts_of(update)
    announcer: Announcer = context.bot_data["announcer"]
    act = announcer.approve if verb == "s" else announcer.discard
    verdict = await act(int(identifier), int(revision), place.chat)
    await services.run(note_approval, services, int(identifier))
    await answer_press(update, _alert(verdict, services, place.say))
    if verdict.outcome not in (Outcome.CHANGED, Outcome.OUTDATED):
        await _settle_cards(update, context.bot, services, int(identifier), int(revision), verdict)


async def proposals(update: Update, context: Context) -> None:
    """``/proposals``: show the summaries that wait for an admin again, as they are now."""
    place = Place.of(update, context.services)
    if not admin_here(update, context):
        await place.tell(
            context, place.say("Only an administrator of this bot may do that, in a private chat with it.")
        )
        return
    await context.services.run(context.services.store.keep_language, place.chat, place.language)
    announcer: Announcer = context.bot_data["announcer"]
    if not await announcer.propose_again():
        await place.tell(context, place.say("No summary waits for an administrator."))


def _alert(verdict: Verdict, services: Services, say: Phrases) -> str | None:
    """What a press is answered with; None where the card says it."""
    match verdict.outcome:
        case Outcome.SENT | Outcome.DISCARDED:
            return None
        case Outcome.CHANGED:
            return say("The documents have changed since; what would be sent now is shown below. Please press again.")
        case Outcome.OUTDATED:
            return say("A newer version of this summary is shown below.")
        case Outcome.SETTLING if verdict.release is not None:
            return say.count(
                "More documents of this round have arrived; what would be sent then is shown in {number} minute.",
                "More documents of this round have arrived; what would be sent then is shown in {number} minutes.",
                max(1, _minutes(verdict.release, services)),
            )
    return _said(verdict, say)


def _said(verdict: Verdict, say: Phrases) -> str:
    """What the card says once nothing more can be pressed."""
    match verdict.outcome:
        case Outcome.SENT if verdict.served:
            return say.count("Sent for {number} subscription.", "Sent for {number} subscriptions.", verdict.served)
        case Outcome.SENT | Outcome.SENT_BEFORE:
            return say("This summary was sent.")
        case Outcome.DISCARDED | Outcome.DISCARDED_BEFORE:
            return say("This summary was discarded and is not sent.")
        case Outcome.SETTLING:
            return say("More documents of this round have arrived.")
    return say("Nothing of this is left to be sent: the documents or the subscriptions are gone.")


async def _settle_cards(
    update: Update, bot: Bot, services: Services, identifier: int, revision: int, verdict: Verdict
) -> None:
    """Say on every admin's card what became of it, and take its buttons away."""
    languages = await services.run(services.store.languages)
    cards = dict(await services.run(services.store.releases.cards, proposal_name(identifier, revision)))
    pressed = update.effective_message
    if pressed is not None:
        cards[pressed.chat.id] = pressed.message_id
    for chat, message in cards.items():
        say = (
            Place.of(update, services).say
            if pressed and chat == pressed.chat.id
            else phrases(languages.get(chat, "en"))
        )
        release = verdict.release
        title = f"<b>{html(round_name(release.process, release.round, say))}</b>\n" if release else ""
        try:
            await bot.edit_message_text(
                title + html(_said(verdict, say)), chat, message, parse_mode=ParseMode.HTML, reply_markup=None
            )
        except TelegramError as error:
            _LOG.info("The card in chat %s stays as it is: %s", chat, error)


def arrival_lines(releases: Iterable[Release], services: Services, say: Phrases) -> list[str]:
    """For a reload's report: of which rounds documents have arrived, and what comes of that, when."""
    return [
        f"{round_name(release.process, release.round, say)}: {_when(release, services, say)}" for release in releases
    ]


def _when(release: Release, services: Services, say: Phrases) -> str:
    minutes = _minutes(release, services)
    if services.settings.summary_approval and services.rights.admins:
        if not minutes:
            return say("its summary is proposed to the administrators now.")
        return say.count(
            "its summary is proposed to the administrators in {number} minute.",
            "its summary is proposed to the administrators in {number} minutes.",
            minutes,
        )
    if not minutes:
        return say("its summary is sent to subscribed chats now.")
    return say.count(
        "its summary is sent to subscribed chats in {number} minute.",
        "its summary is sent to subscribed chats in {number} minutes.",
        minutes,
    )


def _minutes(release: Release, services: Services) -> int:
    """In how many minutes a release has settled."""
    return max(0, math.ceil((release.due - services.clock.now()) / 60))
