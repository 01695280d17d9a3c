"""Going back to the generation before, in one step; what was withdrawn, erased or relabelled stays so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.answers.keyboard import Button
from bot.audit.noting import rollback_entry
from bot.messages.conversation import Place
from bot.messages.lengths import short
from bot.messages.pressing import admin_here, answer_press, no_longer, parts_of
from bot.messages.rendering import Message, html, packed
from retrieval.errors import RetrievalError
from retrieval.index.generation import GenerationStore
from retrieval.index.indexing import index_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services

_MOST_NAMED, _NAME = 30, 60
_DIFFERENCES = {
    "gone": "No longer searched: {names}",
    "back": "Searched again: {names}",
    "earlier": "In their earlier version: {names}",
    "hidden": "Withdrawn or erased, and not shown: {names}",
}


class TargetGone(RetrievalError):  # noqa: N818 - named for what happened
    """The generation to go back to is no longer the one before."""


@dataclass(frozen=True, slots=True)
class Target:
    """The generation to go back to: its id, when a document in it last changed (seconds since 1970), and how many."""

    id: str
    changed: float
    documents: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What going back changed, by the highest clearance: ids of documents, and those that stay hidden."""

    gone: tuple[str, ...]
    back: tuple[str, ...]
    earlier: tuple[str, ...]
    hidden: tuple[str, ...]


async def rollback(update: Update, context: Context) -> None:
    """``/rollback``: say which generation would come back, with a button that brings it back."""
    place, services = Place.of(update, context.services), context.services
    say = place.say
    if not admin_here(update, context):
        await place.tell(context, say("Only an administrator of this bot may do that, in a private chat with it."))
        return
    await services.run(services.store.keep_language, place.chat, place.language)
    if services.reloads.running:
        await place.tell(context, say("A reload is under way; wait for its end, or stop it with /cancel."))
        return
    try:
        target = await services.run(_target, services)
    except RetrievalError as error:
        await place.tell(context, str(error))
        return
    if target is None:
        await place.tell(context, say("No earlier generation is kept; there is nothing to go back to."))
        return
    text = say(
        "The generation before this one was indexed on {time} and has {number} documents. What was withdrawn, erased "
        "or relabelled since stays so. Until the next /reload, nothing is indexed.",
        time=_time(target.changed, say),
        number=target.documents,
    )
    button = Button(say("Go back to {time}", time=_time(target.changed, say)), f"r:{target.id}")
    await place.send(context, [Message(html(text), ((button,),))])


async def confirmed(update: Update, context: Context) -> None:
    """The button under ``/rollback``: go back, and report what differs."""
    place, services = Place.of(update, context.services), context.services
    say = place.say
    if not admin_here(update, context):
        await no_longer(update, context)
        return
    if services.reloads.running:
        await answer_press(update, say("A reload is under way; wait for its end, or stop it with /cancel."))
        return
    audit, wanted, state = services.store.audit, parts_of(update)[1], "failed"
    await services.run(audit.note, rollback_entry(context, place.chat, wanted, "asked"))
    try:
        difference = await services.run(_go_back, services, wanted)
        state = "done"
    except TargetGone:
        await answer_press(update, say("The generations have changed meanwhile; write /rollback again."))
        return
    except RetrievalError as error:
        await answer_press(update)
        await place.tell(context, str(error))
        return
    finally:
        audit.later(context.update_id, rollback_entry(context, place.chat, wanted, state))
    await answer_press(update)
    context.bot_data["corrector"].decided()
    await place.send(context, [Message(text) for text in packed(_lines(difference, say), between="\n")])


def _target(services: Services) -> Target | None:
    """The generation that going back would bring; None where none is kept."""
    store = GenerationStore(services.settings.index_folder)
    manifest = store.before()
    if manifest is None:
        return None
    documents = store.read(manifest).documents()
    return Target(manifest.id, max((one.changed for one in documents.values()), default=0.0), len(documents))


def _go_back(services: Services, expected: str) -> Difference:
    """Go back to the generation of the id ``expected`` and let it answer.

    Raises:
        TargetGone: another would come back.
        IndexBusy, IndexMissing, IndexDamaged: it cannot be gone back to.
    """
    engine = services.engine
    store = GenerationStore(services.settings.index_folder)
    before = _readable(services)
    with index_lock(store):
        manifest = store.before()
        if manifest is None or manifest.id != expected:
            raise TargetGone("Another generation would come back.")
        store.go_back()
    engine.refresh()
    after = _readable(services)
    return Difference(
        gone=tuple(sorted(before.keys() - after.keys())),
        back=tuple(sorted(after.keys() - before.keys())),
        earlier=tuple(sorted(id for id in before.keys() & after.keys() if before[id] != after[id])),
        hidden=tuple(sorted(engine.stock.documents().keys() - after.keys())),
    )


def _readable(services: Services) -> Mapping[str, str]:
    """The fingerprint, by id, of each document that the highest clearance may read."""
    view = services.engine.view(services.library.labels.highest)
    return {entry.document.id: entry.fingerprint for entry in view.documents}


def _lines(difference: Difference, say: Phrases) -> list[str]:
    lines = [f"<b>{html(say('The generation before answers again.'))}</b>"]
    kinds = {
        "gone": difference.gone,
        "back": difference.back,
        "earlier": difference.earlier,
        "hidden": difference.hidden,
    }
    for kind, ids in kinds.items():
        if ids:
            names = ", ".join(short(id, _NAME) for id in ids[:_MOST_NAMED]) + (", …" if len(ids) > _MOST_NAMED else "")
            lines.append(html(say(_DIFFERENCES[kind], names=names)))
    if len(lines) == 1:
        lines.append(html(say("The documents are the same.")))
    lines.append(html(say("/reload goes on from the folders as they are.")))
    return lines


def _time(seconds: float, say: Phrases) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{say.date(moment.date().isoformat())}, {moment:%H:%M} UTC"
