"""``/documents`` and ``/document``: lists with pages, one document by its name, number or words, and its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.access.rights import is_withheld
from bot.answers.buttons import presser
from bot.audit.noting import note_file, note_file_sent
from bot.documents.catalogue import history_message, list_message, listing, matching, sheet, sheet_message
from bot.messages.conversation import Place, admitted
from bot.messages.lengths import short
from bot.messages.pressing import answer_press, editor_here, no_longer, parts_of

if TYPE_CHECKING:
    from telegram import Update

    from bot.documents.catalogue import Listed, Sheet
    from bot.services import Context

_WORDS = 200


async def documents(update: Update, context: Context) -> None:
    """``/documents``, and words that a title, a publisher or a file has: what may be seen here, ten at once."""
    place = Place.of(update, context.services)
    if await admitted(update, context, place):
        await _show_list(update, context, place, " ".join(context.args or [])[:_WORDS], 0)


async def page_button(update: Update, context: Context) -> None:
    """Another page of a list."""
    place, services = Place.of(update, context.services), context.services
    _, identifier, offset = parts_of(update)
    words = await services.run(services.store.pointers.listing, identifier, place.chat)
    if words is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    await _show_list(update, context, place, words, int(offset), identifier)


async def document(update: Update, context: Context) -> None:
    """``/document`` and a name, a number in the list, or words: that document, or the list of those it may mean."""
    place = Place.of(update, context.services)
    if not await admitted(update, context, place):
        return
    words = " ".join(context.args or [])[:_WORDS]
    if not words:
        await place.tell(
            context, place.say("Write a file's name, its number in the list, or words of its title after /document")
        )
        return
    whole = editor_here(update, context)
    found = await context.services.run(listing, context.services, place.chat, whole=whole)
    meant = matching(found, words)
    # What was erased is in no list, and an admin may still ask for it by its id.
    id = meant[0].id if len(meant) == 1 else words
    shown = await context.services.run(sheet, context.services, place.chat, id, whole=whole) if len(meant) < 2 else None
    if shown is not None:
        await show_sheet(context, place, shown)
    elif meant:
        await _show_list(update, context, place, words, 0)
    else:
        await place.tell(context, unknown(place, words))


def unknown(place: Place, words: str) -> str:
    """That there is no such document, which is all that is said of one that may not be seen."""
    return place.say("There is no document {name}; /documents lists those there are.", name=short(words))


async def button(update: Update, context: Context) -> None:
    """Show a document, send its file, or show its history."""
    place, services = Place.of(update, context.services), context.services
    _, handle, verb = parts_of(update)
    id = await services.run(services.store.pointers.document_of, handle)
    whole = editor_here(update, context)
    shown = await services.run(sheet, services, place.chat, id, whole=whole) if id is not None else None
    if shown is None or (verb == "h" and not whole):
        await no_longer(update, context)
    elif verb == "o":
        await _send_file(update, context, place, shown)
    else:
        await answer_press(update)
        if verb == "h":
            await place.send(context, [history_message(shown, place.say)])
        else:
            await show_sheet(context, place, shown)


async def show_sheet(context: Context, place: Place, shown: Sheet) -> None:
    """Send one document's sheet."""
    id = shown.entry.id
    handles = await context.services.run(context.services.store.pointers.handles, [id])
    await place.send(context, [sheet_message(shown, handles[id], place.say)])


async def show_choice(context: Context, place: Place, found: list[Listed], meant: list[Listed], words: str) -> None:
    """Send a list of the documents that words may mean; ``found`` is the chat's whole list, whose numbers they have."""
    await _send_list(context, place, found, meant, words, 0, None, whole=True)


async def _show_list(
    update: Update, context: Context, place: Place, words: str, offset: int, identifier: str | None = None
) -> None:
    whole = editor_here(update, context)
    found = await context.services.run(listing, context.services, place.chat, whole=whole)
    meant = [one for one in found if one.has(words.split())]
    if words and not meant:
        await place.tell(context, unknown(place, words))
        return
    await _send_list(context, place, found, meant, words, offset, identifier, whole=whole)


async def _send_list(
    context: Context,
    place: Place,
    found: list[Listed],
    meant: list[Listed],
    words: str,
    offset: int,
    identifier: str | None,
    *,
    whole: bool,
) -> None:
    services = context.services
    pointers = services.store.pointers
    if identifier is None:
        identifier = await services.run(pointers.keep_listing, place.chat, words)
    handles = await services.run(pointers.handles, [one.id for one in meant[offset : offset + 10]])
    numbers = {one.id: number for number, one in enumerate(found, 1)}
    message = list_message(meant, offset, identifier, handles, place.say, whole=whole, numbers=numbers)
    await place.send(context, [message])


async def _send_file(update: Update, context: Context, place: Place, shown: Sheet) -> None:
    """The file that is indexed, which may not be passed on where not everybody may read it."""
    services, entry = context.services, shown.entry
    if not shown.is_visible or entry.sha256 is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    content = await services.run(services.library.originals.read, entry.sha256)
    if content is None:
        await place.tell(context, place.say("The file is no longer what was indexed; an administrator should reload."))
        return
    await note_file(context, place, presser(update), entry.id, entry.sha256)
    sent = await context.bot.send_document(
        place.chat,
        content,
        filename=Path(entry.id).name,
        message_thread_id=place.thread,
        caption=short(entry.title, 1000) if entry.title else None,
        protect_content=await is_withheld(services, entry.id),
    )
    note_file_sent(context, sent.message_id)
