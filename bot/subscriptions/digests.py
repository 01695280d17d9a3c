"""Digests: the summaries that were released since the last one, at an hour of the day or the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.outbox.outgoing import Kind
from bot.subscriptions.composing import Composer, put
from bot.subscriptions.releases import give, is_of, take_from_digest
from bot.subscriptions.table import move_on

if TYPE_CHECKING:
    from bot.services import Services
    from bot.subscriptions.releases import Release
    from bot.subscriptions.table import Subscription


def serve_digest(services: Services, bot: str, subscription: Subscription) -> int:
    """Put the digest of a subscription that is due into the outbox, and set when the next is, in one step. Blocks.

    It has a message for each round that something was released of; one of which further documents wait to be decided
    on is left for the next digest, since its summary would quote them. Without anything new nothing is sent. However
    long the bot was away, there is one digest. Returns how many messages were put.
    """
    store, composer = services.store, Composer(services, bot)
    undecided = store.releases.open()
    items = [
        release
        for release in store.releases.items(subscription.id)
        if not any(is_of(other, release.process, release.round) for other in undecided)
    ]
    unserved = [
        release
        for release in items
        if subscription.language not in store.releases.given(release.id, subscription.chat, subscription.thread)
    ]
    shares = [
        (of_round, share)
        for of_round in _by_round(unserved)
        if (share := composer.share(of_round, subscription, Kind.DIGEST)) is not None
    ]
    count = 0
    with store.database.writing() as connection:
        if not move_on(connection, subscription, subscription.rhythm.after(services.clock.now())):
            return 0
        take_from_digest(connection, subscription.id, [release.id for release in items])
        for of_round, share in shares:
            count += put(services, connection, share)
            for release in of_round:
                give(connection, release.id, subscription.chat, subscription.thread, subscription.language)
    return count


def _by_round(releases: list[Release]) -> list[list[Release]]:
    """Releases of the same round together, in the order in which they came."""
    found: list[list[Release]] = []
    for release in releases:
        same = next((group for group in found if is_of(group[0], release.process, release.round)), None)
        if same is None:
            found.append([release])
        else:
            same.append(release)
    return found
