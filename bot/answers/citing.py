"""Citations checked again: by their link, by ``/cite``, and by the button that asks what a document says now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.answers.buttons import pressed
from bot.answers.citations import Standing, as_quoted, revision, standing
from bot.messages.conversation import Place, admitted
from bot.messages.pressing import answer_press
from bot.messages.rendering import Message, checked_citation, html, packed, whole_quotation
from bot.messages.rendering import citation as citation_line

if TYPE_CHECKING:
    from telegram import Update

    from bot.answers.citation_table import Citation
    from bot.answers.citations import Revision
    from bot.languages import Phrases
    from bot.services import Context
    from corpus.document import Document
    from retrieval.answers.quotes import Quote

PAYLOAD = "c_"


async def cite(update: Update, context: Context) -> None:
    """``/cite`` and the id of a citation: what it stands for now."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    identifier = (context.args or [""])[0].strip("[]").removeprefix(PAYLOAD).lower()
    if not identifier:
        await place.tell(context, place.say("Write the id of a citation after /cite, as it stands in an answer."))
        return
    await check_citation(context, place, identifier)


async def check_citation(context: Context, place: Place, identifier: str) -> None:
    """Show what a citation stands for now, or say why it is not shown."""
    services = context.services
    citation = await services.run(services.store.citation, identifier)
    clearance = services.clearance_of(place.chat)
    stands, document = await services.run(standing, services.engine, citation, clearance)
    if citation is not None and document is not None:
        await _show(context, place, citation, document)
    elif stands is Standing.WITHDRAWN:
        await place.tell(context, place.say("The document of this citation has been withdrawn."))
    elif stands is Standing.ABSENT:
        await place.tell(context, place.say("The document of this citation is not among those searched now."))
    else:
        await place.tell(context, place.say("There is no citation {identifier}.", identifier=identifier[:40]))


async def now_button(update: Update, context: Context) -> None:
    """What the document of a quotation said then and says now."""
    place, stored, number = await pressed(update, context)
    if stored is None:
        return
    await answer_press(update)
    identifier = stored.citations[number - 1] if 0 < number <= len(stored.citations) else "?"
    await check_citation(context, place, identifier)


async def _show(context: Context, place: Place, citation: Citation, document: Document) -> None:
    services, bot = context.services, context.bot.username
    quote = as_quoted(citation, document)
    if quote is not None:
        await place.send(context, checked_citation(quote, place.language, bot))
        return
    clearance = services.clearance_of(place.chat)
    found = await services.run(revision, services.library, citation, document, clearance)
    if found.new is not None:
        await services.run(services.store.remember_citations, [found.new])
    await place.send(context, changed_citation(found, place.say, bot))


def changed_citation(found: Revision, say: Phrases, bot: str) -> list[Message]:
    """Both wordings, each in a quotation of its own, with the days on which their versions were indexed."""
    parts = [f"<b>{html(say('The document of this citation has changed since.'))}</b>"]
    if found.old is None:
        parts.append(html(say("The version that was cited is no longer kept.")))
    else:
        parts += wording(say("Its wording then, indexed on {date}:", date=day(found.then, say)), found.old, say, None)
    if found.new is not None:
        heading = say("Its wording now, indexed on {date}:", date=day(found.now, say))
        if found.old is not None and found.old.text == found.new.text:
            heading = say("The same words are in its present version, indexed on {date}:", date=day(found.now, say))
        parts += wording(heading, found.new, say, bot)
    elif found.old is not None:
        parts.append(html(say("The passage is no longer in its present version.")))
    return [Message(text) for text in packed(parts)]


def wording(heading: str, quote: Quote, say: Phrases, bot: str | None) -> list[str]:
    """A heading and a quotation as parts of a message (HTML); where ``bot`` is named, with its citation and link."""
    first, *others = whole_quotation(quote)
    parts = [f"{html(heading)}\n{first}", *others]
    if bot is not None:
        parts[-1] += f"\n{say.line_start}{citation_line(quote, say, bot)}"
    return parts


def day(seconds: float | None, say: Phrases) -> str:
    """The day of a moment in seconds since 1970, a question mark where that is not known."""
    return say.date(datetime.fromtimestamp(seconds, UTC).date().isoformat()) if seconds is not None else "?"
