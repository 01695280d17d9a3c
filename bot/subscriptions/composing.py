"""What each subscription gets of a release: a round's summary, or what late documents add to one that it has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.outbox.outgoing import Kind, Outgoing
from bot.rounds.summary_rendering import file_buttons, shown_summary
from bot.subscriptions.late_documents import Late
from bot.subscriptions.table import Pause
from corpus.processes import same_process
from corpus.round_decisions import RoundDecisions
from retrieval.summaries.round_table import Round, rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.services import Services
    from bot.subscriptions.releases import Release
    from bot.subscriptions.table import Subscription
    from corpus.database import Connection
    from retrieval.index.generation import Generation
    from retrieval.summaries.summary import Summary

# The language in which it is told whether two summaries are the same.
_COMPARED_IN = "en"


@dataclass(frozen=True, slots=True)
class Share:
    """What one subscription gets: ``round`` is set where it is a whole summary, which files are offered of."""

    subscription: Subscription
    messages: tuple[Outgoing, ...]
    round: Round | None
    content: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a release comes to now: which of its documents are there, and what each subscription gets.

    ``digest`` changes when any of the summaries does.
    """

    release: Release
    documents: frozenset[str]
    shares: tuple[Share, ...]
    digest: str


def summary_name(release: int, language: str) -> str:
    """The name in the outbox of a whole summary that a release brought."""
    return f"r{release}:{language}"


class Composer:
    """Composes for many subscriptions, each summary once for those that may read the same. Its methods block.

    ``bot`` is the bot's user name. One is made for each decision, so that it is of what may be read then.
    """

    def __init__(self, services: Services, bot: str) -> None:
        self._services = services
        self._bot = bot
        self._decided = RoundDecisions(services.library).decided()
        self._rounds: dict[str, tuple[Round, ...]] = {}
        self._summaries: dict[tuple[str, str | None, int], Summary] = {}
        self._wholes: dict[tuple[str, str | None, int, str], Outgoing] = {}
        self._late = Late(services, bot)

    def batch(self, release: Release) -> Batch:
        """What ``release`` comes to for every subscription."""
        documents = self._standing(release)
        shares = []
        if documents:
            for subscription in self._services.store.subscriptions.all():
                share = self.share([release], subscription)
                if share is not None:
                    shares.append(share)
        contents = "\n".join(sorted({share.content for share in shares}))
        return Batch(release, documents, tuple(shares), hashlib.sha256(contents.encode()).hexdigest())

    def share(
        self,
        releases: Sequence[Release],
        subscription: Subscription,
        kind: Kind = Kind.SUMMARY,
        *,
        update: int | None = None,
    ) -> Share | None:
        """What a subscription gets of ``releases``, all of one round; None where nothing of them is for it.

        ``update`` is the row in the outbox of an update whose place it is to take.
        """
        if subscription.pause is not Pause.NONE:
            return None
        view = self._services.engine.view(self._services.clearance_of(subscription.chat))
        documents = frozenset(
            document
            for release in releases
            for document, arrived in release.documents.items()
            if arrived > subscription.since and document in view.by_id
        )
        found = self._round(view, releases[-1], documents)
        if found is None or not _wants(subscription, found):
            return None
        documents &= {document.id for document in found.documents}
        messages = self._messages_for(view, found, documents, releases, subscription, kind, update)
        compared = messages
        if subscription.language != _COMPARED_IN:
            alike = replace(subscription, language=_COMPARED_IN)
            compared = self._messages_for(view, found, documents, releases, alike, kind, update)
        is_whole = any(message.kind is not Kind.UPDATE for message in messages)
        return Share(subscription, tuple(messages), found if is_whole else None, _content(compared))

    def _standing(self, release: Release) -> frozenset[str]:
        """Those documents of a release that are there, and of its round, for those who may read everything."""
        view = self._services.engine.view(self._services.library.labels.highest)
        found = self._round(view, release, frozenset(release.documents))
        return frozenset(release.documents) & {document.id for document in found.documents} if found else frozenset()

    def _round(self, view: Generation, release: Release, documents: frozenset[str]) -> Round | None:
        """The round, as those see it who see ``view``, that documents of a release are of; None where none is.

        Who may not read what tells the process of a round sees it as one of no process.
        """
        if view.id not in self._rounds:
            self._rounds[view.id] = rounds(view, self._decided)
        numbered = [
            one
            for one in self._rounds[view.id]
            if one.number == release.round and any(document.id in documents for document in one.documents)
        ]
        same = [one for one in numbered if same_process(one.process, release.process)]
        return next(iter(same or [one for one in numbered if one.process is None or release.process is None]), None)

    def _messages_for(
        self,
        view: Generation,
        found: Round,
        documents: frozenset[str],
        releases: Sequence[Release],
        subscription: Subscription,
        kind: Kind,
        update: int | None,
    ) -> list[Outgoing]:
        """An update where the chat has a summary of the round that another release brought; else a whole summary."""
        chat, thread, language = subscription.chat, subscription.thread, subscription.language
        name = summary_name(releases[-1].id, language)
        given = self._services.store.releases.given
        if update is not None or not any(given(release.id, chat, thread) for release in releases):
            late = self._late.messages(
                chat=chat,
                thread=thread,
                language=language,
                process=found.process,
                number=found.number,
                documents=documents,
                before=update,
            )
            if late:
                return [replace(message, summary=f"{name}:late") for message in late]
        whole = self._whole(view, found, language, self._services.clearance_of(chat))
        return [replace(whole, chat=chat, thread=thread, summary=name, kind=kind)]

    def _whole(self, view: Generation, found: Round, language: str, clearance: str) -> Outgoing:
        """The message of a round's summary, without its buttons, to no chat yet."""
        key = (view.id, found.process, found.number, language)
        if key not in self._wholes:
            summary = self._summary(view, found, clearance)
            shown = shown_summary(summary, language, self._bot, known=found)
            self._wholes[key] = Outgoing(
                0,
                0,
                "",
                0,
                shown.message.text,
                quotes=shown.quotes,
                named=shown.named,
                language=language,
                process=found.process,
                round=found.number,
                numbers=shown.numbers,
                sections=shown.sections,
            )
        return self._wholes[key]

    def _summary(self, view: Generation, found: Round, clearance: str) -> Summary:
        key = (view.id, found.process, found.number)
        if key not in self._summaries:
            words = self._services.settings.summary_words
            self._summaries[key] = self._services.engine.summary(
                found.number, clearance=clearance, process=found.process, words=words
            )
        return self._summaries[key]


def _wants(subscription: Subscription, found: Round) -> bool:
    return subscription.process is None or same_process(subscription.process, found.process)


def put(services: Services, connection: Connection, share: Share) -> int:
    """Put what a subscription gets into the outbox, with buttons for the files of a whole summary."""
    return services.store.outbox.put(connection, with_files(services, connection, share, share.messages))


def with_files(
    services: Services, connection: Connection, share: Share, messages: Iterable[Outgoing]
) -> list[Outgoing]:
    """``messages`` with the buttons that send the files of a whole summary to the chat of each."""
    found, language = share.round, share.subscription.language
    if found is None:
        return list(messages)
    return [
        replace(
            message,
            buttons=file_buttons(
                services.store.pointers.keep_summary(
                    message.chat, found.process, found.number, None, language, connection=connection
                ),
                language,
            ),
        )
        for message in messages
    ]


def _content(messages: Iterable[Outgoing]) -> str:
    """What stands for that which messages quote and name, wherever they are sent."""
    parts = [
        (message.kind.value, [quote.citation for quote in message.quotes], sorted(message.named))
        for message in messages
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
