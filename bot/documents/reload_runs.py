"""One run of the reload queue: index, let the new generation answer, announce new rounds, and tell who waits."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.audit.noting import note_reload
from bot.corrections.noting import correct
from bot.documents.proving import prove_absence
from bot.documents.reload_notes import Course, Note, told
from bot.documents.reloading import ReloadError
from bot.documents.reloads import Ended, How, Request, Why
from bot.messages.conversation import Place
from bot.subscriptions.announcing import take_arrivals
from bot.subscriptions.approving import arrival_lines
from retrieval.errors import RetrievalError
from retrieval.index.reports import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot

    from bot.languages import Phrases
    from bot.outbox.worker import Outbox
    from bot.services import Services
    from bot.subscriptions.announcing import Announcer
    from bot.subscriptions.releases import Release
    from retrieval.index.reports import FileReport, IndexReport

_LOG = logging.getLogger(__name__)
_SECONDS_BETWEEN_EDITS = 3.0


class ReloadRuns:
    """Runs what the queue hands over; ``seconds`` is how often the progress of a run is shown."""

    def __init__(
        self,
        services: Services,
        bot: Bot,
        outbox: Outbox,
        announcer: Announcer,
        *,
        seconds: float = _SECONDS_BETWEEN_EDITS,
    ) -> None:
        self._services = services
        self._bot = bot
        self._outbox = outbox
        self._announcer = announcer
        self._arrived: tuple[Release, ...] = ()
        self._seconds = seconds
        self._known: frozenset[FileReport] = frozenset()
        self._failure: str | None = None

    async def run(self, requests: Sequence[Request]) -> Ended:
        """Bring the index up to date and tell the places of ``requests``, each once.

        Where it was a watched folder that asked, the admins are told of news alone.
        """
        places = {(request.place.chat, request.place.thread): request.place for request in requests if request.place}
        notes = [Note(self._bot, place) for place in places.values()]
        course = Course()
        await _show(notes, course)
        work = asyncio.ensure_future(self._services.reloader.index(course.take))
        try:
            while not (await asyncio.wait({work}, timeout=self._seconds))[0]:
                await _show(notes, course)
            ended = await self._finished(work)
        except asyncio.CancelledError:
            work.cancel()
            raise
        await self._services.run(note_reload, self._services, requests, ended)
        if not notes and any(request.why is Why.WATCHED for request in requests):
            notes = await self._admins(ended)
        for note in notes:
            await self._tell(note, ended)
        if ended.report is not None:
            self._known = frozenset(file for file in ended.report.files if file.outcome in _LASTING)
        self._failure = ended.reason
        return ended

    def stop(self) -> bool:
        """Let the present run end without a change; False where it is too late or there is none."""
        return self._services.reloader.stop()

    async def _finished(self, work: asyncio.Future[IndexReport | None]) -> Ended:
        """Let the new generation answer, and put what it corrects and announces into the outbox."""
        services = self._services
        error = work.exception()
        if error is None and work.result() is None:
            return Ended(How.STOPPED)
        try:
            report = work.result()
            await services.run(services.engine.refresh)
        except (ReloadError, RetrievalError) as failed:
            _LOG.warning("Reload failed: %s", failed)
            return Ended(How.FAILED, reason=str(failed))
        await correct(services, self._bot.username)
        self._arrived = await services.run(take_arrivals, services)
        self._announcer.wake()
        self._outbox.wake()
        return Ended(How.DONE, report)

    async def _admins(self, ended: Ended) -> list[Note]:
        """A note for each admin, where a run that nobody waits for has news."""
        has_news = ended.how is How.FAILED and ended.reason != self._failure
        if ended.report is not None:
            has_news = any(self._is_news(file) for file in ended.report.files)
        return [Note(self._bot, place) for place in await admin_places(self._services)] if has_news else []

    def _is_news(self, file: FileReport) -> bool:
        return file.outcome is not Outcome.UNCHANGED and file not in self._known

    async def _tell(self, note: Note, ended: Ended) -> None:
        say = note.place.say
        if ended.how is How.STOPPED:
            await note.show(say("Stopped. The documents searched are those of before."))
        elif ended.report is None:
            await note.show(
                say("The reload failed; the documents searched are those of before.") + f"\n{ended.reason or ''}"
            )
        else:
            arrived = arrival_lines(self._arrived, self._services, say)
            text = told(ended.report, say, await self._proof(ended.report, say), arrived)
            await note.show(text.text)
            if text.whole is not None:
                await note.attach(text.whole.encode(), "report.txt")

    async def _proof(self, report: IndexReport, say: Phrases) -> str | None:
        """What a search for the words of withdrawn documents finds; None where none was withdrawn."""
        gone = [file.document for file in report.files if file.outcome is Outcome.WITHDRAWN]
        if not gone:
            return None
        proof = await self._services.run(prove_absence, self._services.engine, gone)
        if proof.found:
            _LOG.error("Withdrawn documents are still found: %s", ", ".join(proof.found))
            return say("Searching still finds withdrawn documents: {names}.", names=", ".join(proof.found))
        return say.count(
            "Proof: {number} search for the words of withdrawn documents finds none of them.",
            "Proof: {number} searches for the words of withdrawn documents find none of them.",
            proof.searches,
        )


_LASTING = (Outcome.REFUSED, Outcome.WITHDRAWN)


async def _show(notes: Sequence[Note], course: Course) -> None:
    for note in notes:
        await note.show(course.line(note.place.say))


async def admin_places(services: Services) -> list[Place]:
    """The private chat of each admin, with the language last spoken there."""
    languages = await services.run(services.store.languages)
    return [
        Place(chat=admin, thread=None, reply_to=None, language=languages.get(admin, "en"), private=True)
        for admin in sorted(services.rights.admins)
    ]
