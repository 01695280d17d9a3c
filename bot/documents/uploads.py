"""Documents that admins send to the bot: fetched, read, shown as they were understood, then published or discarded."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telegram.constants import FileSizeLimit, ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.access.rights import is_editor
from bot.answers.keyboard import Button
from bot.audit.noting import note_draft, take_library
from bot.documents.facts import field_lines, first_words, fitted, line, remark_lines, size_line
from bot.documents.reloads import Why
from bot.documents.values import read_caption
from bot.messages.conversation import Place, admitted
from bot.messages.delivery import Fate, fate, keyboard, seconds_to_wait, send
from bot.messages.lengths import short
from bot.messages.pressing import answer_press, editor_here, no_longer, parts_of
from bot.messages.rendering import Message, html
from bot.running.postponed import Undelivered
from corpus.drafts import Drafts, safe_name
from corpus.errors import CorpusError, UnreadableFile
from corpus.folders import is_sidecar
from corpus.library import State
from corpus.quality import quality

if TYPE_CHECKING:
    from telegram import Update

    from bot.documents.intake import Album, Preview
    from bot.languages import Phrases
    from bot.services import Context, Services
    from corpus.drafts import SentFile

_LOG = logging.getLogger(__name__)
_SECONDS_TO_FETCH = 60.0
_ATTEMPTS = 3
_NAMED = 60
# What the caption of an album does not say of all its files.
_OF_ONE_FILE = frozenset({"title", "url"})
# Between two edits of the message that shows how long a file has been read.
SECONDS_BETWEEN_EDITS: Final = 3.0


async def document(update: Update, context: Context) -> None:
    """A file in a private chat: an admin's is kept and read; of others none is taken."""
    place, services, message = Place.of(update, context.services), context.services, update.effective_message
    if message is None or message.document is None or not await admitted(update, context, place):
        return
    say = place.say
    if not is_editor(update, services):
        await place.tell(context, say("Only an administrator of this bot may add documents."))
        return
    name = safe_name(message.document.file_name or "file")
    if is_sidecar(Path(name)):
        await place.tell(
            context,
            say(
                "{name} says something about another file; write that below the file when sending it, or put both into "
                "the folder of documents.",
                name=short(name, _NAMED),
            ),
        )
        return
    content = await _fetched(update, context, place, name)
    if content is None:
        return
    caption = read_caption(message.caption or "", services.library.labels, say)
    album = services.intake.album(message.media_group_id)
    values = {**album.values, **caption.values}
    draft = await services.run(_keep, services, name, content, str(place.chat), values)
    note_draft(context, draft, "sent", place.chat, values)
    try:
        card = await show_draft(context, place, draft, caption.problems)
    except Undelivered:
        # It is kept anew then; of this one nobody has heard.
        await services.run(Drafts(services.library).discard, draft.id)
        raise
    shared = {field: value for field, value in caption.values.items() if field not in _OF_ONE_FILE}
    await _share(context, place, album, shared)
    album.files.append((draft.id, card, frozenset(caption.values)))


async def _share(context: Context, place: Place, album: Album, shared: dict[str, str]) -> None:
    """Give what a caption says to the files of its album that came before; people put one below all of them."""
    services = context.services
    if not shared:
        return
    album.values.update(shared)
    for identifier, card, own in album.files:
        values = {field: value for field, value in shared.items() if field not in own}
        draft = await services.run(_corrected, services, identifier, values)
        if draft is not None and values:
            services.intake.start(_fill(context, place, draft, card, ()))


async def _fetched(update: Update, context: Context, place: Place, name: str) -> bytes | None:
    """The bytes of a file, None where they cannot be had, which is then said."""
    say = place.say
    sent = update.effective_message.document if update.effective_message else None
    too_big = say(
        "{name} is over {number} MB, more than Telegram hands on to a bot; put it into the folder of documents.",
        name=short(name, _NAMED),
        number=FileSizeLimit.FILESIZE_DOWNLOAD // 1_000_000,
    )
    if sent is None or (sent.file_size or 0) > _most_bytes():
        await place.tell(context, too_big)
        return None
    try:
        file = await sent.get_file(read_timeout=_SECONDS_TO_FETCH)
        return bytes(await file.download_as_bytearray(read_timeout=_SECONDS_TO_FETCH))
    except BadRequest as error:
        if "too big" not in str(error).casefold():
            raise
        await place.tell(context, too_big)
    except TelegramError as error:
        _LOG.warning("A file that was sent could not be fetched: %s", error)
        await place.tell(
            context, say("{name} could not be fetched from Telegram; please send it again.", name=short(name, _NAMED))
        )
    return None


def _most_bytes() -> int:
    """What Telegram hands on to a bot: the documentation says 20 MB, and its server means 20 times 1024 squared."""
    return 20 * 1024 * 1024


def _keep(services: Services, name: str, content: bytes, by: str, values: dict[str, str]) -> SentFile:
    draft = Drafts(services.library).add(name, content, by)
    return _corrected(services, draft.id, values) or draft


def _corrected(services: Services, identifier: str, values: dict[str, str]) -> SentFile | None:
    """A sent file with further values; None where it is not there any more."""
    drafts = Drafts(services.library)
    for field, value in values.items():
        drafts.correct(identifier, field, value)
    return drafts.get(identifier)


async def show_draft(context: Context, place: Place, draft: SentFile, notes: tuple[str, ...] = ()) -> int:
    """Send a card for a sent file, and fill it in the background, when the file is read; return its message's id.

    Raises:
        Undelivered: the card certainly did not go out, and the update may be handled anew.
    """
    services = context.services
    if context.update_id is not None:
        await services.run(services.store.mark_update, context.update_id, "sending")
    waiting = Message(
        html(place.say("Reading {name}…", name=short(draft.name, _NAMED))), _waiting_buttons(draft, place)
    )
    try:
        card = await _sent(context, place, waiting)
    except TelegramError as error:
        if context.update_id is None or fate(error) is not Fate.NOT_SENT:
            raise
        await services.run(services.store.mark_update, context.update_id, "pending")
        raise Undelivered(seconds_to_wait(error)) from error
    services.intake.start(_fill(context, place, draft, card, notes))
    return card


async def _sent(context: Context, place: Place, message: Message) -> int:
    """Send a card, again where it certainly did not go out, as after many files at once; return its message id."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            # A label may be given to it later, and editing does not protect what could be passed on.
            sent = await send(
                context.bot, place.chat, message, thread=place.thread, reply_to=place.reply_to, protected=True
            )
        except TelegramError as error:
            if attempt == _ATTEMPTS or fate(error) is not Fate.NOT_SENT:
                raise
            await asyncio.sleep(seconds_to_wait(error))
        else:
            return sent.message_id
    raise AssertionError("the last attempt returns or raises")


async def _fill(context: Context, place: Place, draft: SentFile, card: int, notes: tuple[str, ...]) -> None:
    """Read a file and show on its card what was understood of it, or why it is refused."""
    services, say = context.services, place.say
    drafts, name = Drafts(services.library), short(draft.name, _NAMED)
    try:
        preview = await _read(context, place, draft, card)
        while (now := await services.run(drafts.get, draft.id)) is not None and now.corrections != draft.corrections:
            # A value was given meanwhile.
            draft = now
            preview = await _read(context, place, draft, card)
    except UnreadableFile as error:
        await services.run(drafts.discard, draft.id)
        message = Message(html(say("{name} is refused: {reason}", name=name, reason=short(error.reason, 1000))))
    except CorpusError as error:
        reason = short(str(error), 1000)
        text = say("{name} could not be read: {reason}", name=name, reason=reason)
        message = Message(html(text), _waiting_buttons(draft, place))
    else:
        message = draft_card(preview, say, notes) if now else Message(html(say("{name} is discarded.", name=name)))
    await _edit(context, place, card, message, attempts=_ATTEMPTS)


async def _read(context: Context, place: Place, draft: SentFile, card: int) -> Preview:
    """Read a file, showing on its card how long that takes; raises ``CorpusError``."""
    reading = asyncio.ensure_future(context.services.intake.preview(context.services, draft))
    seconds = 0.0
    try:
        while not (await asyncio.wait({reading}, timeout=SECONDS_BETWEEN_EDITS))[0]:
            seconds += SECONDS_BETWEEN_EDITS
            text = html(_progress(context, draft, place.say, seconds))
            await _edit(context, place, card, Message(text, _waiting_buttons(draft, place)))
        return reading.result()
    finally:
        reading.cancel()


def _progress(context: Context, draft: SentFile, say: Phrases, seconds: float) -> str:
    """How far the reading of a file is: scanned pages where it has any, else the time that it has taken."""
    name, pages = short(draft.name, _NAMED), context.services.intake.progress_of(draft)
    if pages is None:
        return say("Reading {name}… {number} s", name=name, number=round(seconds))
    return say("Reading {name}… scanned page {number} of {total}", name=name, number=pages[0], total=pages[1])


async def _edit(context: Context, place: Place, card: int, message: Message, *, attempts: int = 1) -> None:
    """Change a card; that may be done twice, so a failure is tried again where the change matters."""
    for attempt in range(1, attempts + 1):
        try:
            await context.bot.edit_message_text(
                message.text, place.chat, card, parse_mode=ParseMode.HTML, reply_markup=keyboard(message)
            )
        except BadRequest as error:
            _LOG.info("A card was not changed: %s", error)
        except TelegramError as error:
            _LOG.warning("A card was not changed: %s", error)
            if attempt < attempts or isinstance(error, RetryAfter):
                await asyncio.sleep(seconds_to_wait(error))
            continue
        return


def _waiting_buttons(draft: SentFile, place: Place) -> tuple[tuple[Button, ...], ...]:
    """Below a card that is not filled: should the bot be stopped meanwhile, the file is read again on request."""
    return (
        (
            Button(place.say("Read again"), f"up:{draft.id}:s"),
            Button(place.say("Discard"), f"up:{draft.id}:x"),
        ),
    )


def draft_card(preview: Preview, say: Phrases, notes: tuple[str, ...] = ()) -> Message:
    """What was understood of a sent file, one message, with buttons to publish, correct and discard it."""
    draft, extraction = preview.draft, preview.extraction
    lines = [f"<b>{html(say('File: {name}', name=short(draft.name)))}</b>"]
    if extraction is not None:
        lines += field_lines(extraction.metadata, say, preview.corrected)
    lines.append(line(say, say("Access label"), preview.label))
    if extraction is not None:
        lines += [size_line(extraction, say), html(say("It begins:")), first_words(extraction)]
    lines += [f"{say.line_start}ℹ️ {html(text)}" for text in (*notes, *_relations(preview, say))]
    lines += _member_lines(preview, say)
    if extraction is not None:
        lines += remark_lines(quality(extraction).remarks(), extraction.warnings, say)
    first = [Button(say("Publish"), f"up:{draft.id}:p")]
    if extraction is not None:
        first.append(Button(say("Correct"), f"up:{draft.id}:c"))
    second = (Button(say("Access label"), f"up:{draft.id}:l"), Button(say("Discard"), f"up:{draft.id}:x"))
    return Message(fitted(lines), (tuple(first), second))


def _relations(preview: Preview, say: Phrases) -> list[str]:
    """What publishing does to a document that there is, and which others are like it."""
    lines, replaced = [], preview.replaces
    if replaced is not None:
        title = short(replaced.title or replaced.id)
        if replaced.state is State.WITHDRAWN:
            lines.append(say("{title} was withdrawn; publishing this shows it again, in this version.", title=title))
        elif preview.replaces_date:
            day = say.date(preview.replaces_date)
            lines.append(say("It replaces {title}, published {date}.", title=title, date=day))
        else:
            lines.append(say("It replaces {title}.", title=title))
    elif preview.replaces_file:
        lines.append(say("It replaces a file of the same name."))
    lines += [say("It is the same file as {title}.", title=short(title)) for title in preview.same[:3]]
    lines += [
        say("It is almost the same as {title} ({share} of its wording).", title=short(title), share=f"{share:.0%}")
        for title, share in preview.similar[:3]
    ]
    return lines


def _member_lines(preview: Preview, say: Phrases) -> list[str]:
    lines = []
    for member in preview.members:
        name = short(member.path, 100)
        if member.refused is not None:
            text = say("{name} is refused: {reason}", name=name, reason=short(member.refused, 200))
        else:
            text = f"{say.isolate(name)}: {say.isolate(short(member.title or name, 100))}"
        lines.append(f"{say.line_start}• {html(text)}")
    if lines:
        lines.insert(0, html(say("In it:")))
    if preview.more:
        lines.append(html(say("And more: {number}", number=preview.more)))
    return lines


async def button(update: Update, context: Context) -> None:
    """Publish, discard, or read again."""
    place, services = Place.of(update, context.services), context.services
    _, identifier, verb = parts_of(update)
    draft = await services.run(Drafts(services.library).get, identifier)
    if not editor_here(update, context) or draft is None:
        await no_longer(update, context)
        return
    await answer_press(update)
    if verb == "p":
        await _publish(context, place, draft)
    elif verb == "x":
        services.intake.give_up(draft)
        await services.run(Drafts(services.library).discard, draft.id)
        note_draft(context, draft, "discarded", place.chat)
        await place.tell(context, place.say("{name} is discarded.", name=short(draft.name)))
    else:
        await show_draft(context, place, draft)


async def _publish(context: Context, place: Place, draft: SentFile) -> None:
    services, say, name = context.services, place.say, short(draft.name)
    erased = await services.run(services.library.erased)
    if erased.refuses(draft.document, draft.sha256):
        await services.run(Drafts(services.library).discard, draft.id)
        await place.tell(context, say("{name} was erased for good meanwhile; it is discarded.", name=name))
        return
    replaces = await services.run((services.library.uploads / draft.name).exists)
    await services.run(Drafts(services.library).publish, draft)
    await services.run(take_library, services)
    text = (
        say("{name} is published in place of the file of that name; it can be found when it is indexed.", name=name)
        if replaces
        else say("{name} is published; it can be found when it is indexed.", name=name)
    )
    await place.tell(context, text)
    services.reloads.request(Why.SENT, place)
