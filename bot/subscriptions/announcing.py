"""From new documents to messages that are sent: releases settle, are proposed to admins, and are released."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, TypeVar

from bot.outbox.outgoing import Kind, Outgoing
from bot.subscriptions.composing import Composer, put, with_files
from bot.subscriptions.digests import serve_digest
from bot.subscriptions.proposals import changed_note, preview, proposal_name
from bot.subscriptions.releases import Present, Stage, decide, give, propose, settle_anew, take_back
from bot.subscriptions.rhythm import When
from bot.subscriptions.table import at_work, wait_for_digest
from corpus.database import DatabaseError
from corpus.errors import CorpusError
from retrieval.errors import RetrievalError
from retrieval.summaries.round_table import rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.outbox.outgoing import OutboxRow
    from bot.outbox.worker import Outbox
    from bot.services import Services
    from bot.subscriptions.composing import Batch
    from bot.subscriptions.releases import Release
    from bot.subscriptions.table import Subscription

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_LOOK_AGAIN = 60.0
_RECOMPOSED = (Kind.SUMMARY, Kind.DIGEST, Kind.UPDATE)


def take_arrivals(services: Services) -> tuple[Release, ...]:
    """Take the documents of the index as known, and those that are new to a round into a release of it. Blocks.

    Returns the releases that something was added to; see ``Releases.take`` for what counts as new.
    """
    of_documents: dict[str, set[tuple[str | None, int]]] = {}
    for found in rounds(services.engine.view(services.library.labels.highest)):
        for document in found.documents:
            of_documents.setdefault(document.id, set()).add((found.process, found.number))
    present = {
        id: Present(entry.fingerprint, entry.added, frozenset(of_documents.get(id, ())))
        for id, entry in services.engine.stock.documents().items()
    }
    return services.store.releases.take(present, services.settings.summary_settle_seconds)


class Outcome(Enum):
    """What the press of a button under a proposed summary led to."""

    SENT = "sent"
    DISCARDED = "discarded"
    CHANGED = "changed"
    OUTDATED = "outdated"
    SETTLING = "settling"
    GONE = "gone"
    SENT_BEFORE = "sent_before"
    DISCARDED_BEFORE = "discarded_before"


_BEFORE = {
    Stage.APPROVED: Outcome.SENT_BEFORE,
    Stage.DISCARDED: Outcome.DISCARDED_BEFORE,
    Stage.DROPPED: Outcome.GONE,
    Stage.SETTLING: Outcome.SETTLING,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a release, and how many subscriptions are served where it was sent now."""

    outcome: Outcome
    release: Release | None = None
    served: int = 0


class Announcer:
    """Does what is due with releases and digests while it runs; ``bot`` is the bot's user name."""

    def __init__(self, services: Services, bot: str, outbox: Outbox) -> None:
        self._services = services
        self._bot = bot
        self._outbox = outbox
        self._woken = asyncio.Event()
        self._deciding = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        # The first step looks whether the clock was set back since the last run.
        self._last_step = inf

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._work(), name="announcer")
        self._task.add_done_callback(_look_at)

    def wake(self) -> None:
        """Look now whether something is due."""
        self._woken.set()

    def wake_from_thread(self) -> None:
        """Look whether something is due, from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.wake)

    async def stop(self) -> None:
        """Finish what is being decided, and end; the rest is done at the next start."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def step(self) -> bool:
        """Do all that is due by now; False where some of it failed, which is to be tried again later."""
        run, store, now = self._services.run, self._services.store, self._services.clock.now()
        is_done, settle = True, self._services.settings.summary_settle_seconds
        async with self._deciding:
            if now < self._last_step and await run(store.subscriptions.set_back, now) > 0:
                _LOG.warning("The clock was set back; what waited for a later hour goes by the new one.")
            self._last_step = now
            for release in await run(store.releases.open):
                # One that is to settle for longer than any was made before the clock was set back.
                is_due = release.stage is Stage.SETTLING and not now < release.due <= now + settle
                if is_due or (release.stage is Stage.AWAITING and not self._needs_approval()):
                    is_done &= await self._try(self._settle, release)
            for subscription in await run(store.subscriptions.due, now):
                is_done &= await self._try(self._serve, subscription)
        self._outbox.wake()
        return is_done

    async def _try(self, work: Callable[[T], None], subject: T) -> bool:
        """Do one thing that is due; a failure keeps nothing else from being done."""
        try:
            await self._services.run(work, subject)
        except (CorpusError, RetrievalError) as error:
            _LOG.error("What is due with %s was not done and is tried again: %s", subject, error)
            return False
        return True

    def _serve(self, subscription: Subscription) -> None:
        serve_digest(self._services, self._bot, subscription)

    async def approve(self, identifier: int, revision: int, by: int) -> Verdict:
        """Send what was proposed, unless it has changed since it was shown; then it is shown anew."""
        async with self._deciding:
            verdict = await self._services.run(self._approve, identifier, revision, by)
        self._outbox.wake()
        return verdict

    async def discard(self, identifier: int, revision: int, by: int) -> Verdict:
        """Send nothing of what was proposed."""
        async with self._deciding:
            return await self._services.run(self._discard, identifier, revision, by)

    async def propose_again(self, *, unseen_by: int | None = None) -> int:
        """Show the admins again what waits for them, as it is now; return how many releases do.

        With ``unseen_by`` only what has not reached that admin, who cannot be written to before they write.
        """
        run, store = self._services.run, self._services.store
        async with self._deciding:
            waiting = [one for one in await run(store.releases.open) if one.stage is Stage.AWAITING]
            if unseen_by is not None:
                waiting = [one for one in waiting if not await run(self._was_shown, one, unseen_by)]
            for release in waiting:
                await run(self._settle_anew, release)
        await self.step()
        return len(waiting)

    def recompose(self, row: OutboxRow) -> Sequence[Outgoing] | None:
        """What takes the place of a message that may not be sent as it is any more; None where nothing does. Blocks."""
        name, _, rest = row.summary.partition(":")
        if row.kind is Kind.NOTICE and name == "proposal":
            return self._show_again(row)
        if row.kind not in _RECOMPOSED or not name.startswith("r") or not name[1:].isdigit():
            return None
        release, store = self._services.store.releases.get(int(name[1:])), self._services.store
        if release is None:
            return None
        composer, language = Composer(self._services, self._bot), rest.partition(":")[0]
        kind = Kind.DIGEST if row.kind is Kind.DIGEST else Kind.SUMMARY
        for subscription in store.subscriptions.of(row.chat, row.thread):
            alike = replace(subscription, language=language)
            share = composer.share([release], alike, kind, update=row.id if row.kind is Kind.UPDATE else None)
            if share is not None:
                with store.database.writing() as connection:
                    return with_files(self._services, connection, share, share.messages)
        return None

    def _show_again(self, row: OutboxRow) -> Sequence[Outgoing] | None:
        """In place of a proposal of what has changed since: a word on that; and the release is proposed anew."""
        release = self._services.store.releases.get(int(row.summary.split(":")[1]))
        if release is None or release.stage is not Stage.AWAITING:
            return None
        self._settle_anew(release)
        self.wake_from_thread()
        return [
            Outgoing(
                row.chat,
                row.thread,
                row.summary,
                row.part,
                changed_note(self._services, release, row.chat),
                Kind.NOTICE,
            )
        ]

    def _was_shown(self, release: Release, admin: int) -> bool:
        cards = self._services.store.releases.cards(proposal_name(release.id, release.revision))
        return any(chat == admin for chat, _ in cards)

    def _settle_anew(self, release: Release) -> None:
        with self._services.store.database.writing() as connection:
            settle_anew(connection, release, self._services.clock.now())

    async def _work(self) -> None:
        while not self._stopping:
            self._woken.clear()
            pause = _LOOK_AGAIN
            try:
                if await self.step():
                    pause = await self._services.run(self._seconds_to_wait)
            except DatabaseError as error:
                _LOG.error("The store cannot be read: %s", error)
            if not self._stopping:
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Wait so long on the clock, or until woken."""
        waits = [
            asyncio.ensure_future(self._woken.wait()),
            asyncio.ensure_future(self._services.clock.sleep(seconds)),
        ]
        _, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waiting:
            wait.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await wait

    def _seconds_to_wait(self) -> float:
        """How long until something is due; at most a minute, since the machine's clock may be set. Blocks."""
        store = self._services.store
        dues = [due for due in (store.releases.next_due(), store.subscriptions.next_due()) if due is not None]
        return max(0.0, min([due - self._services.clock.now() for due in dues] + [_LOOK_AGAIN]))

    def _needs_approval(self) -> bool:
        return self._services.settings.summary_approval and bool(self._services.rights.admins)

    def _settle(self, release: Release) -> None:
        batch = Composer(self._services, self._bot).batch(release)
        if not batch.shares:
            self._decide(release, Stage.DROPPED, None)
        elif self._needs_approval():
            self._propose(batch)
        else:
            self._release(batch, None)

    def _approve(self, identifier: int, revision: int, by: int) -> Verdict:
        release = self._services.store.releases.get(identifier)
        outcome = _outcome_before(release, revision)
        if release is None or outcome is not None:
            return Verdict(outcome or Outcome.GONE, release)
        batch = Composer(self._services, self._bot).batch(release)
        if not batch.shares:
            self._decide(release, Stage.DROPPED, by)
            return Verdict(Outcome.GONE, release)
        if batch.digest != release.proposed:
            self._propose(batch)
            return Verdict(Outcome.CHANGED, release)
        served = self._release(batch, by)
        return Verdict(Outcome.OUTDATED if served is None else Outcome.SENT, release, served or 0)

    def _discard(self, identifier: int, revision: int, by: int) -> Verdict:
        release = self._services.store.releases.get(identifier)
        outcome = _outcome_before(release, revision)
        if release is None or outcome is not None:
            return Verdict(outcome or Outcome.GONE, release)
        is_done = self._decide(release, Stage.DISCARDED, by)
        return Verdict(Outcome.DISCARDED if is_done else Outcome.OUTDATED, release)

    def _propose(self, batch: Batch) -> None:
        """Put what would be sent into the admins' chats, and let the release wait for one of them, in one step."""
        release, store = batch.release, self._services.store
        messages = preview(self._services, self._bot, batch)
        with store.database.writing() as connection:
            if propose(connection, release, batch.digest):
                store.outbox.put(connection, messages)
                take_back(connection, proposal_name(release.id, release.revision))

    def _release(self, batch: Batch, by: int | None) -> int | None:
        """Put everything into the outbox and note what waits for digests, in one step; how many are served.

        None where the release has changed meanwhile. Who ended a subscription meanwhile gets nothing.
        """
        release, store, now = batch.release, self._services.store, self._services.clock.now()
        with store.database.writing() as connection:
            if not decide(connection, release, Stage.APPROVED, by, now):
                return None
            take_back(connection, proposal_name(release.id, release.revision))
            working = at_work(connection)
            shares = [share for share in batch.shares if share.subscription.id in working]
            for share in shares:
                subscription = share.subscription
                if subscription.rhythm.when is When.ARRIVAL:
                    put(self._services, connection, share)
                    give(connection, release.id, subscription.chat, subscription.thread, subscription.language)
                else:
                    wait_for_digest(connection, release.id, [subscription.id])
        return len(shares)

    def _decide(self, release: Release, stage: Stage, by: int | None) -> bool:
        with self._services.store.database.writing() as connection:
            is_done = decide(connection, release, stage, by, self._services.clock.now())
            if is_done:
                take_back(connection, proposal_name(release.id, release.revision))
        return is_done


def _look_at(task: asyncio.Task[None]) -> None:
    """Put into the log what ended the task before its time."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("Nothing is announced any more until the next start", exc_info=error)


def _outcome_before(release: Release | None, revision: int) -> Outcome | None:
    """What came before a press; None where the release waits for it."""
    if release is None:
        return Outcome.GONE
    if release.stage is not Stage.AWAITING:
        return _BEFORE[release.stage]
    return Outcome.OUTDATED if release.revision != revision else None
