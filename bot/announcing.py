"""Which rounds have new documents, and which chats are to get their summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rendering import summary_messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.services import Services
    from bot.store import Subscription
    from retrieval.segment import IndexedDocument

Round = tuple[str | None, int]


async def announce(services: Services, bot: str) -> int:
    """Put summaries of rounds with new documents into the outbox, and take the documents as known, in one step.

    Nothing is announced of a first index, nor to a chat of documents that were there before it subscribed. Returns
    how many messages were put. ``bot`` is the bot's user name.
    """
    return await services.run(_decide, services, bot)


def _decide(services: Services, bot: str) -> int:
    store, documents = services.store, services.engine.stock.documents()
    known = store.known_documents()
    fingerprints = {id: entry.fingerprint for id, entry in documents.items()}
    if fingerprints == known:
        return 0
    messages: list[tuple[int, int, str, int, str]] = []
    named: dict[str, frozenset[str]] = {}
    if known:
        new = [entry for id, entry in documents.items() if id not in known]
        for subscription in store.subscriptions():
            messages += _summaries(services, new, subscription, bot, named)
    return store.decide(fingerprints, messages, named)


def _summaries(
    services: Services,
    new: list[IndexedDocument],
    subscription: Subscription,
    bot: str,
    named: dict[str, frozenset[str]],
) -> Iterator[tuple[int, int, str, int, str]]:
    """The messages for one subscription: a summary of each round that has a document newer than it.

    Which documents each summary names is noted in ``named``.
    """
    clearance = services.clearance_of(subscription.chat)
    view = services.engine.view(clearance)
    rounds: set[Round] = {
        (entry.document.metadata.process, entry.document.metadata.round)
        for entry in new
        if entry.document.id in view.by_id
        and entry.document.metadata.round is not None
        and entry.added > subscription.since
    }
    for process, number in sorted(rounds, key=lambda found: (found[0] or "", found[1])):
        summary = services.engine.summary(number, clearance=clearance, process=process)
        services.store.remember_citations(quote for section in summary.sections for quote in section.quotes)
        name = f"{process or ''}:{number}:{view.id}"
        named[name] = frozenset(document.id for document in (*summary.used, *summary.not_used))
        texts = summary_messages(summary, subscription.language, bot)
        for part, message in enumerate(texts):
            yield subscription.chat, subscription.thread, name, part, message.text
