"""``/withdraw``, ``/restore`` and ``/erase``: decisions on documents, and the proof by search that one is hidden."""

from __future__ import annotations

import logging
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from telegram import MessageEntity

from bot.access.rights import is_admin, is_editor
from bot.answers.keyboard import Button
from bot.audit.noting import take_library
from bot.documents.catalogue import exactly, listing, matching
from bot.documents.cataloguing import show_choice, unknown
from bot.documents.proving import probes, proof
from bot.documents.reloads import Why
from bot.messages.conversation import Place
from bot.messages.lengths import short
from bot.messages.pressing import admin_here, answer_press, editor_here, no_longer, parts_of
from bot.messages.rendering import Message, html, packed
from corpus.erasure import erase_document
from corpus.library import NoSuchDocument, State
from retrieval.errors import IndexBusy, IndexMissing, RetrievalError
from retrieval.index.erasing import purge
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import index_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update

    from bot.services import Context, Services
    from corpus.erasure import Erasure
    from corpus.library import Entry

_LOG = logging.getLogger(__name__)
_LABEL = 40
_MOST_LINES = 10
_CITATION = "start=c_"

# Erasing, and the press that asks for it, cannot be undone.
_FOR_ADMINS = ("e", "z")


async def withdraw(update: Update, context: Context) -> None:
    """``/withdraw`` and a document's name, or in reply to a quotation of it: it is shown no more."""
    await _decide(update, context, "w")


async def restore(update: Update, context: Context) -> None:
    """``/restore`` and a document's name: it is shown again."""
    await _decide(update, context, "r")


async def erase(update: Update, context: Context) -> None:
    """``/erase`` and a document's name: whether to erase it for good is asked first."""
    await _decide(update, context, "e")


async def button(update: Update, context: Context) -> None:
    """The same by a button, and the second press that erases."""
    services = context.services
    _, handle, verb = parts_of(update)
    id = await services.run(services.store.pointers.document_of, handle)
    may = admin_here if verb in _FOR_ADMINS else editor_here
    if not may(update, context) or id is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    await _do(context, Place.of(update, context.services), verb, id)


async def _decide(update: Update, context: Context, verb: str) -> None:
    """Do it with the one document that is named; where words may mean several, or are not its name, offer those."""
    place, services = Place.of(update, context.services), context.services
    if not (is_admin if verb in _FOR_ADMINS else is_editor)(update, services):
        await place.tell(context, place.say("Only an administrator of this bot may decide on documents."))
        return
    if not place.private:
        await place.tell(context, place.say("Please decide on documents in your private chat with me."))
        return
    words = " ".join(context.args or [])
    found = await services.run(listing, services, place.chat, whole=True)
    cited = [] if words else await services.run(_cited, services, update)
    meant = [one for one in found if one.id in cited] if cited else matching(found, words)
    named = exactly(found, words)
    # What is in no list, such as an archive or what was erased, has an id all the same.
    if words and await services.run(services.library.entry, words) is not None:
        await _do(context, place, verb, words)
    elif named is not None or (cited and len(meant) == 1):
        await _do(context, place, verb, (named or meant[0]).id)
    elif meant:
        await show_choice(context, place, found, meant, words)
    elif words:
        await place.tell(context, unknown(place, words))
    else:
        await place.tell(context, place.say("Name a document, or reply to a quotation; /documents lists the names."))


def _cited(services: Services, update: Update) -> set[str]:
    """The documents whose citations stand in the message that is replied to."""
    message = update.effective_message
    replied = message.reply_to_message if message is not None else None
    links = replied.parse_entities([MessageEntity.TEXT_LINK]) if replied is not None and replied.text else {}
    ids = {entity.url.partition(_CITATION)[2] for entity in links if entity.url and _CITATION in entity.url}
    citations = (services.store.citation(id) for id in sorted(ids))
    return {citation.document for citation in citations if citation is not None}


async def _do(context: Context, place: Place, verb: str, id: str) -> None:
    entry = await context.services.run(context.services.library.entry, id)
    if entry is None:
        await place.tell(context, unknown(place, id))
        return
    try:
        if verb == "w":
            await _withdraw(context, place, entry)
        elif verb == "r":
            await _restore(context, place, entry)
        elif verb == "e":
            await _ask_to_erase(context, place, entry)
        else:
            await _erase(context, place, entry)
    except NoSuchDocument:
        await place.tell(
            context, place.say("That is done already, or cannot be done with {title} as it is.", title=_title(entry))
        )


def _title(entry: Entry) -> str:
    return short(entry.title or entry.id)


async def _withdraw(context: Context, place: Place, entry: Entry) -> None:
    services, say = context.services, place.say
    searched = await services.run(probes, services.library, entry.id)
    await services.run(services.library.withdraw, entry.id, str(place.chat))
    await services.run(take_library, services)
    context.bot_data["corrector"].decided(entry.id)
    lines = [say("{title} is withdrawn; it is not shown any more.", title=_title(entry))]
    lines.append(await _proved(context, place, entry.id, searched))
    twins = await services.run(_twins, services, entry)
    lines += _first([say("The same file is {title}, which is still shown.", title=title) for title in twins])
    handles = await services.run(services.store.pointers.handles, [entry.id])
    undo = ((Button(say("Restore"), f"do:{handles[entry.id]}:r"),),)
    *others, last = packed([html(line) for line in lines], between="\n")
    await place.send(context, [*map(Message, others), Message(last, undo)])


async def _proved(context: Context, place: Place, id: str, searched: Sequence[str]) -> str:
    """What the search for a hidden document gave, in one sentence."""
    services, say = context.services, place.say
    try:
        found = await services.run(proof, services.engine, id, searched)
    except RetrievalError:
        _LOG.exception("The search for the hidden document %s failed", id)
        return say("That nothing of it is found could not be shown: the search failed.")
    if found.found:
        _LOG.error("The hidden document %s is still found", id)
        return say("ERROR: a search still finds it. Tell whoever looks after this bot at once.")
    return say(
        "Searched for its title and its longest sentences ({number}): nothing of it is found.",
        number=max(0, found.searches - 1),
    )


def _twins(services: Services, entry: Entry) -> list[str]:
    """The titles of other documents with the same bytes that are searched."""
    others = services.library.entries().values()
    return [
        _title(other)
        for other in others
        if other.state is State.LISTED and other.id != entry.id and other.sha256 == entry.sha256 is not None
    ]


async def _restore(context: Context, place: Place, entry: Entry) -> None:
    services, say = context.services, place.say
    await services.run(services.library.restore, entry.id, str(place.chat))
    await services.run(take_library, services)
    context.bot_data["corrector"].decided(entry.id)
    if entry.state is State.ERASED:
        text = say("{title} may be read again; send it, or leave it in its folder.", title=_title(entry))
    else:
        text = say("{title} is shown again.", title=_title(entry))
    await place.tell(context, text)
    services.reloads.request(Why.DECIDED, None)


async def _ask_to_erase(context: Context, place: Place, entry: Entry) -> None:
    services, say = context.services, place.say
    if entry.state is State.ERASED:
        raise NoSuchDocument(f"The document {entry.id} is erased.")
    handles = await services.run(services.store.pointers.handles, [entry.id])
    text = say(
        "Erase {title} for good? Its file, all its versions and what the index holds of it are deleted, which cannot "
        "be undone.",
        title=_title(entry),
    )
    label = say("Erase {title}", title=short(entry.title or entry.id, _LABEL))
    await place.send(context, [Message(html(text), ((Button(label, f"do:{handles[entry.id]}:z"),),))])


async def _erase(context: Context, place: Place, entry: Entry) -> None:
    services, say = context.services, place.say
    searched = await services.run(probes, services.library, entry.id)
    left = await services.run(_left, services, entry)
    erasure = await services.run(erase_document, services.library, entry.id, str(place.chat))
    await services.run(take_library, services)
    is_purged = await services.run(_purge, services)
    await services.run(services.store.forget_wordings, [entry.id], context.update_id)
    context.bot_data["corrector"].decided(entry.id)
    lines = [say("{title} is erased.", title=_title(entry))]
    if not is_purged:
        services.reloads.request(Why.DECIDED, None)
        lines.append(say("A reload is under way; what the index holds of it is deleted when that has ended."))
    lines.append(await _proved(context, place, entry.id, searched))
    lines += _remains(erasure, left, place)
    await place.send(context, [Message(text) for text in packed([html(line) for line in lines], between="\n")])


def _purge(services: Services) -> bool:
    """Delete from the index what is erased; False where a reload, which does so at its end, is under way."""
    store = GenerationStore(services.settings.index_folder)
    try:
        with index_lock(store):
            purge(store, services.library)
        services.engine.refresh()
    except IndexBusy:
        return False
    except IndexMissing:
        return True
    return True


def _left(services: Services, entry: Entry) -> list[str]:
    """Files outside the library that hold the document, which are not the bot's to delete: its own, or its archive."""
    folders = [*services.settings.folders, services.library.sent]
    found = []
    if entry.file and not Path(entry.file).is_relative_to(services.library.folder) and Path(entry.file).exists():
        found.append(entry.file)
    parents = [str(parent) for parent in PurePosixPath(entry.id).parents if parent.name]
    found += [str(folder / parent) for folder in folders for parent in parents if (folder / parent).is_file()]
    return found


def _remains(erasure: Erasure, left: Sequence[str], place: Place) -> list[str]:
    """Where else the document may be."""
    say = place.say
    return [
        *_first([say("The same file is also {title}.", title=short(twin)) for twin in erasure.twins]),
        *_first([say("This export may hold it: {name}", name=short(path)) for path in erasure.exports]),
        *_first([say("This file still holds it, and is for you to delete: {name}", name=short(path)) for path in left]),
    ]


def _first(lines: list[str]) -> list[str]:
    """The first of many lines."""
    return lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], "…"]
