"""What admins are shown before a summary is sent: its messages as they will be sent, and a card with two buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answers.keyboard import Button
from bot.languages import phrases
from bot.messages.lengths import short
from bot.messages.rendering import html
from bot.outbox.outgoing import Kind, Outgoing
from bot.subscriptions.composing import Composer
from bot.subscriptions.rhythm import When

if TYPE_CHECKING:
    from bot.languages import Phrases
    from bot.services import Services
    from bot.subscriptions.composing import Batch, Share
    from bot.subscriptions.releases import Release

_NAMED = 8


def proposal_name(release: int, revision: int) -> str:
    """The name in the outbox of what admins are shown of a release."""
    return f"proposal:{release}:{revision}"


def round_name(process: str | None, number: int, say: Phrases) -> str:
    """A round as it is named in a sentence."""
    named = say("Round {number}", number=number)
    return f"{say.isolate(short(process))}. {named}" if process else named


def changed_note(services: Services, release: Release, admin: int) -> str:
    """That what was about to be shown of a release has changed, as HTML. Blocks."""
    say = phrases(services.store.languages().get(admin, "en"))
    name = html(round_name(release.process, release.round, say))
    return f"<b>{name}</b>\n" + html(say("The documents have changed; the summary is shown anew below."))


def preview(services: Services, bot: str, batch: Batch) -> list[Outgoing]:
    """The messages for every admin's private chat: each version that chats get, then the card. Blocks."""
    languages = services.store.languages()
    composer = Composer(services, bot)
    return [
        message
        for admin in sorted(services.rights.admins)
        for message in _for_admin(services, composer, batch, admin, languages.get(admin, "en"))
    ]


def _for_admin(services: Services, composer: Composer, batch: Batch, admin: int, language: str) -> list[Outgoing]:
    say, release = phrases(language), batch.release
    versions: dict[str, list[Share]] = {}
    for share in batch.shares:
        versions.setdefault(share.content, []).append(share)
    bodies: list[tuple[str, frozenset[str]]] = []
    for shares in versions.values():
        if len(versions) > 1:
            heading = say.count("{number} chat gets this:", "{number} chats get this:", _chats(shares))
            bodies.append((f"<i>{html(heading)}</i>", frozenset()))
        shown = composer.share([release], replace(shares[0].subscription, language=language)) or shares[0]
        services.store.remember_citations(quote for message in shown.messages for quote in message.quotes)
        bodies += [
            (message.body, message.named | {quote.document.id for quote in message.quotes})
            for message in shown.messages
        ]
    name = proposal_name(release.id, release.revision + 1)
    messages = [
        Outgoing(admin, 0, name, part, body, Kind.NOTICE, named=named) for part, (body, named) in enumerate(bodies)
    ]
    data = f"rl:{release.id}:{release.revision + 1}"
    buttons = ((Button(say("Send"), f"{data}:s"), Button(say("Discard"), f"{data}:d")),)
    card = Outgoing(admin, 0, name, len(messages), _card(services, batch, say), Kind.NOTICE, buttons)
    return [*messages, replace(card, named=batch.documents)]


def _card(services: Services, batch: Batch, say: Phrases) -> str:
    """For how many chats a summary is, and which documents are new."""
    release = batch.release
    at_once = _chats([share for share in batch.shares if share.subscription.rhythm.when is When.ARRIVAL])
    later = _chats([share for share in batch.shares if share.subscription.rhythm.when is not When.ARRIVAL])
    lines = [f"<b>{html(round_name(release.process, release.round, say))}</b>"]
    if at_once:
        sentence = say.count(
            "What is shown above is sent to {number} chat at once.",
            "What is shown above is sent to {number} chats at once.",
            at_once,
        )
        lines.append(html(sentence))
    if later:
        sentence = say.count(
            "{number} chat gets it with its next digest.", "{number} chats get it with their next digest.", later
        )
        lines.append(html(sentence))
    lines.append(html(say("New documents: {names}", names=_titles(services, batch, say))))
    lines.append(html(say("Nothing is sent before an administrator presses Send.")))
    return "\n".join(lines)


def _titles(services: Services, batch: Batch, say: Phrases) -> str:
    view = services.engine.view(services.library.labels.highest)
    documents = [document for id in sorted(batch.documents) if (document := view.document(id)) is not None]
    titles = [say.isolate(short(document.metadata.title or document.id, 100)) for document in documents]
    more = len(titles) - _NAMED
    if more > 0:
        titles[_NAMED:] = [say.count("and {number} more document", "and {number} more documents", more)]
    return "; ".join(titles)


def _chats(shares: list[Share]) -> int:
    return len({(share.subscription.chat, share.subscription.thread) for share in shares})
