"""Pictures of the pages that a quotation stands on, with its words outlined: drawn once, and kept in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from telegram.constants import ParseMode

from bot.access.rights import is_withheld
from bot.answers.buttons import pressed, presser, still_there
from bot.answers.citations import may_be_shown
from bot.audit.noting import note_file
from bot.messages.lengths import utf16_length
from bot.messages.rendering import citation, html, source_line
from corpus.durable import write_atomically
from corpus.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from telegram import Update

    from bot.messages.conversation import Place
    from bot.services import Context, Services
    from corpus.document import Document
    from retrieval.answers.quotes import Quote

CAPTION_LIMIT = 1024
_FOLDER = "pages"
_MOST_PAGES = 10


class Painter(Protocol):
    """What draws pages; ``corpus.extraction.Extractor`` does, in a limited process."""

    def picture(self, path: Path, document: Document, start: int, end: int) -> tuple[bytes, ...]:
        """The pages of the file at ``path`` that ``start`` to ``end`` of its document stands on, each as a PNG."""


async def page_button(update: Update, context: Context) -> None:
    """The page or pages of a quotation, its words outlined, with its citation as the caption."""
    place, stored, number = await pressed(update, context)
    if stored is None:
        return
    quote = await still_there(update, context, place, stored, number)
    if quote is None:
        return
    painter: Painter = context.bot_data["painter"]
    try:
        pages = await context.services.run(page_pictures, context.services, painter, quote)
    except CorpusError as error:
        await place.tell(context, place.say("The page cannot be shown.") + f" {error}")
        return
    if not pages:
        await place.tell(context, place.say("The file is no longer what was indexed; an administrator should reload."))
        return
    services, cited = context.services, citation(quote, place.say, context.bot.username)
    # Drawing takes a while.
    if not await services.run(may_be_shown, services.engine, services.store, cited, services.clearance_of(place.chat)):
        await place.tell(context, place.say("This document has been withdrawn; it is no longer quoted."))
        return
    await note_file(context, place, presser(update), quote.document.id, quote.document.sha256)
    await _send(context, place, pages[:_MOST_PAGES], quote)


async def _send(context: Context, place: Place, pages: Sequence[bytes], quote: Quote) -> None:
    """Send each page as a picture; the caption is below the first, where the quotation begins."""
    caption = _caption(quote, place, context.bot.username)
    protected = await is_withheld(context.services, quote.document.id)
    for number, page in enumerate(pages):
        await context.bot.send_photo(
            place.chat,
            page,
            caption=caption if number == 0 else None,
            parse_mode=ParseMode.HTML,
            message_thread_id=place.thread,
            protect_content=protected,
        )


def _caption(quote: Quote, place: Place, bot: str) -> str:
    """The citation with its links, or without them where it is too long."""
    whole = citation(quote, place.say, bot)
    if utf16_length(whole) <= CAPTION_LIMIT:
        return whole
    plain = source_line(quote, place.language)
    return html(plain[: CAPTION_LIMIT // 2])


def page_pictures(services: Services, painter: Painter, quote: Quote) -> tuple[bytes, ...]:
    """The pictures of a quotation's pages, from the cache where they are there; empty without the original. Blocks.

    Raises:
        CorpusError: they cannot be drawn.
    """
    library, document = services.library, quote.document
    first = quote.page or 1
    numbers = range(first, (quote.last_page or first) + 1)
    name = f"{document.sha256}-{quote.start}-{quote.end}"
    files = [library.cache / _FOLDER / f"{name}-{number}.png" for number in numbers]
    try:
        return tuple(file.read_bytes() for file in files)
    except FileNotFoundError:
        pass
    if library.originals.read(document.sha256) is None:
        return ()
    pages = painter.picture(library.originals.path(document.sha256), document, quote.start, quote.end)
    files[0].parent.mkdir(exist_ok=True)
    for file, page in zip(files, pages, strict=False):
        write_atomically(file, page)
    if document.sha256 not in library.originals:
        # It was erased while its pages were drawn.
        for file in files:
            file.unlink(missing_ok=True)
    return pages
