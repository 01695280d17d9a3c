"""Correcting what is known of a document, sent or published: by buttons, and by a reply with the new value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import ForceReply
from telegram.constants import ParseMode

from bot.answers import asking
from bot.answers.keyboard import Button
from bot.audit.noting import note_draft, take_library
from bot.documents.facts import CLASS_NAMES, FIELD_NAMES, class_name, field_name
from bot.documents.reloads import Why
from bot.documents.uploads import show_draft
from bot.documents.values import ValueRefused, given_value
from bot.messages.conversation import Place
from bot.messages.lengths import short
from bot.messages.pressing import answer_press, editor_here, no_longer, parts_of
from bot.messages.rendering import Message, html
from bot.rounds import showing as rounds
from corpus.drafts import Drafts
from corpus.library import NoSuchDocument, State

if TYPE_CHECKING:
    from telegram import Update

    from bot.services import Context, Services
    from corpus.drafts import SentFile
    from corpus.library import Entry

FIELDS = tuple(FIELD_NAMES)
_CLASSES = tuple(CLASS_NAMES)
_IN_A_ROW = 3
_DRAFT, _DOCUMENT = "up", "do"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is corrected: a sent file or a published document, as its buttons name it ("up:..." or "do:...")."""

    data: str
    draft: SentFile | None = None
    entry: Entry | None = None

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        if self.entry is not None:
            return short(self.entry.title or self.entry.id)
        return short(self.draft.name) if self.draft is not None else ""


async def subject_of(services: Services, data: str) -> Subject | None:
    """What "up:..." or "do:..." stands for; None where it is not there any more."""
    kind, _, identifier = data.partition(":")
    if kind == _DRAFT:
        draft = await services.run(Drafts(services.library).get, identifier)
        return Subject(data, draft=draft) if draft is not None else None
    document = await services.run(services.store.pointers.document_of, identifier)
    entry = await services.run(services.library.entry, document) if document is not None else None
    return Subject(data, entry=entry) if entry is not None and entry.state is not State.ERASED else None


async def button(update: Update, context: Context) -> None:
    """A button that leads to a correction, or makes one."""
    place, services = Place.of(update, context.services), context.services
    kind, identifier, verb = parts_of(update)
    subject = await subject_of(services, f"{kind}:{identifier}")
    if not editor_here(update, context) or subject is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    action, number = verb[0], int(verb[1:]) if verb[1:] else None
    if action == "c":
        await place.send(context, [await _fields_menu(services, subject, place)])
    elif action == "u":
        await _undo(context, place, subject)
    elif number is None:
        await place.send(context, [_labels_menu(services, subject, place)])
    elif action == "f" and number < len(FIELDS):
        await _ask(context, place, subject, FIELDS[number])
    elif action == "k" and number < len(_CLASSES):
        await _correct(context, place, subject, "document_class", _CLASSES[number].value)
    elif action == "l" and number < len(services.library.labels.names):
        await _correct(context, place, subject, "access", services.library.labels.names[number])


async def _fields_menu(services: Services, subject: Subject, place: Place) -> Message:
    say = place.say
    buttons = [
        Button(field_name(name, say), f"{subject.data}:l" if name == "access" else f"{subject.data}:f{number}")
        for number, name in enumerate(FIELDS)
    ]
    rows = [tuple(buttons[start : start + _IN_A_ROW]) for start in range(0, len(buttons), _IN_A_ROW)]
    if subject.entry is not None and subject.entry.id in await services.run(services.library.corrections):
        rows.append((Button(say("Undo all corrections"), f"{subject.data}:u"),))
    return Message(html(say("What is to be corrected in {title}?", title=subject.name)), tuple(rows))


def _labels_menu(services: Services, subject: Subject, place: Place) -> Message:
    names = services.library.labels.names
    rows = tuple((Button(short(name, 60), f"{subject.data}:l{number}"),) for number, name in enumerate(names))
    return Message(html(place.say("Who may read {title}?", title=subject.name)), rows)


async def _ask(context: Context, place: Place, subject: Subject, field: str) -> None:
    """Ask for a value: a class by buttons, anything else by a reply, which may come after a restart."""
    services, say = context.services, place.say
    if field == "document_class":
        rows = tuple(
            (Button(class_name(kind, say), f"{subject.data}:k{number}"),) for number, kind in enumerate(_CLASSES)
        )
        await place.send(context, [Message(html(say("What is {title}?", title=subject.name)), rows)])
        return
    text = say(
        "{field} of {title}: send the new value as a reply to this message, or a hyphen for none.",
        field=field_name(field, say),
        title=subject.name,
    )
    asked = await context.bot.send_message(place.chat, html(text), parse_mode=ParseMode.HTML, reply_markup=ForceReply())
    await services.run(services.store.pointers.keep_prompt, place.chat, asked.message_id, subject.data, field)


async def private_text(update: Update, context: Context) -> None:
    """A text in a private chat: the value that was asked for, where it replies to such a message; else a question."""
    place, services, message = Place.of(update, context.services), context.services, update.effective_message
    replied = message.reply_to_message if message is not None else None
    prompt = None
    if replied is not None and editor_here(update, context):
        prompt = await services.run(services.store.pointers.prompt, place.chat, replied.message_id)
    if prompt is None or message is None:
        await asking.private_text(update, context)
        return
    data, field = prompt
    if data.startswith(rounds.SUBJECT):
        await rounds.given(update, context, place, data, field, message.text or "")
        return
    subject = await subject_of(services, data)
    if subject is None:
        await place.tell(context, place.say("What was to be corrected is not there any more."))
        return
    await _correct(context, place, subject, field, message.text or "")


async def _correct(context: Context, place: Place, subject: Subject, field: str, text: str) -> None:
    """Keep a value; a wrong one gets its sentence, and another reply may follow."""
    services, say = context.services, place.say
    labels = services.library.labels
    try:
        value = given_value(field, text, labels)
    except ValueRefused as refused:
        await place.tell(context, refused.sentence(say, labels))
        return
    if subject.draft is not None:
        drafts = Drafts(services.library)
        await services.run(drafts.correct, subject.draft.id, field, value)
        note_draft(context, subject.draft, "corrected", place.chat, {field: value})
        draft = await services.run(drafts.get, subject.draft.id)
        await show_draft(context, place, draft or subject.draft)
    elif subject.entry is not None:
        await _correct_document(context, place, subject, field, value)


async def _correct_document(context: Context, place: Place, subject: Subject, field: str, value: str) -> None:
    services, say, by = context.services, place.say, str(place.chat)
    id = subject.entry.id if subject.entry is not None else ""
    try:
        if field == "access":
            await services.run(services.library.relabel, id, value, by)
            context.bot_data["corrector"].decided(id)
        else:
            await services.run(services.library.correct, id, field, value, by)
    except NoSuchDocument:
        await place.tell(context, say("What was to be corrected is not there any more."))
        return
    await services.run(take_library, services)
    if field == "access":
        await place.tell(
            context, say("{title} has the access label {name} from now on.", title=subject.name, name=value)
        )
        return
    await place.tell(context, say("Corrected; it is shown when the document is indexed again."))
    services.reloads.request(Why.DECIDED, place)


async def _undo(context: Context, place: Place, subject: Subject) -> None:
    """Let the file and what stands beside it say again what they say."""
    services, entry = context.services, subject.entry
    if entry is None:
        return
    for field in (await services.run(services.library.corrections)).get(entry.id, {}):
        await services.run(services.library.correct, entry.id, field, None, str(place.chat))
    await services.run(take_library, services)
    await place.tell(context, place.say("The corrections are undone; the document is indexed again."))
    services.reloads.request(Why.DECIDED, place)
