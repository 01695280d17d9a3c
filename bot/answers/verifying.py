"""``/verify``: is this sentence in the documents? By command, by reply to a message, or by forwarding one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from telegram import MessageEntity

from bot.answers.viewing import made_from_view, typing
from bot.messages.conversation import Place, admitted
from bot.messages.lengths import short
from bot.messages.rendering import Message, cited, html, packed
from retrieval.answers.differences import Kind
from retrieval.answers.verifying import Verdict, verify
from retrieval.errors import QuestionRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message as TelegramMessage
    from telegram import Update

    from bot.languages import Phrases
    from bot.services import Context, Services
    from retrieval.answers.differences import Difference
    from retrieval.answers.verifying import Verification
    from retrieval.index.generation import Generation

_QUOTED: list[str | None] = [MessageEntity.BLOCKQUOTE, MessageEntity.EXPANDABLE_BLOCKQUOTE]
# So many sentences at a time, and so much of each is shown again.
_SENTENCES, _ECHOED = 12, 300
_DIFFERENCES = 8


async def verify_command(update: Update, context: Context) -> None:
    """``/verify`` and a text, or ``/verify`` in reply to a message."""
    place, message = Place.of(update, context.services), update.effective_message
    if message is None or not await admitted(update, context, place):
        return
    text = _after_command(message)
    if not text and message.quote is not None:
        text = message.quote.text
    if not text and message.reply_to_message is not None:
        text = to_be_verified(message.reply_to_message)
    if not text:
        await place.tell(
            context, place.say("Write the sentence after /verify, or reply with /verify to the message that has it.")
        )
        return
    await _verify(context, place, text)


async def forwarded(update: Update, context: Context) -> None:
    """A message forwarded to the bot in a private chat is to be verified."""
    place, message = Place.of(update, context.services), update.effective_message
    if message is not None and await admitted(update, context, place):
        await _verify(context, place, to_be_verified(message))


def to_be_verified(message: TelegramMessage) -> str:
    """What a message quotes, where it has block quotations; else all of its text or caption."""
    entities = message.parse_entities(_QUOTED) or message.parse_caption_entities(_QUOTED)
    in_order = sorted(entities.items(), key=lambda pair: pair[0].offset)
    return "\n".join(text for _, text in in_order) or message.text or message.caption or ""


def _after_command(message: TelegramMessage) -> str:
    """The text behind the command, its line breaks kept."""
    _, _, text = (message.text or "").partition(" ")
    return text.strip()


async def _verify(context: Context, place: Place, text: str) -> None:
    services, say = context.services, place.say
    await typing(context, place)
    try:
        found, searched = await made_from_view(services, place.chat, partial(_found, services, text))
    except QuestionRefused:
        await place.tell(context, say("There is no sentence in this that could be verified."))
        return
    shown = found[:_SENTENCES]
    quotes = [quote for one in shown for quote in one.quotes]
    await services.run(services.store.remember_citations, quotes)
    await place.send(context, verification_messages(found, searched, say, context.bot.username))


def _found(services: Services, text: str, view: Generation) -> tuple[tuple[Verification, ...], int]:
    """What is found of a text, and in how many documents it was looked for. Blocks."""
    # One more than is shown tells that there are more.
    return verify(view, services.engine.encoder, text, _SENTENCES + 1), len(view.documents)


def verification_messages(found: Sequence[Verification], searched: int, say: Phrases, bot: str) -> list[Message]:
    """Each sentence with what was found of it; how the documents differ stands before what they say."""
    parts: list[str] = []
    if len(found) > 1:
        parts.append(html(_in_all(found[:_SENTENCES], say)))
    number = 0
    for one in found[:_SENTENCES]:
        lines = [f"<b>{html(say(_SAID[one.verdict]))}</b>", html(say.isolate(f"“{short(one.text, _ECHOED)}”"))]
        lines += [html(_difference(difference, say)) for difference in one.differences[:_DIFFERENCES]]
        if one.verdict is Verdict.ABSENT:
            lines.append(
                html(say.count("{number} document was searched.", "{number} documents were searched.", searched))
            )
        parts.append("\n".join(lines))
        for quote in one.quotes:
            number += 1
            parts += cited(quote, number, say, bot)
    if len(found) > _SENTENCES:
        parts.append(
            html(say("Only the first {number} sentences were verified; send the others again.", number=str(_SENTENCES)))
        )
    return [Message(text) for text in packed(parts)]


def _in_all(found: Sequence[Verification], say: Phrases) -> str:
    exact = sum(one.verdict in (Verdict.EXACT, Verdict.NORMALISED) for one in found)
    near = sum(one.verdict is Verdict.NEAR for one in found)
    return say(
        "Of {all} sentences: exact {exact}, different {near}, not found {absent}.",
        all=str(len(found)),
        exact=str(exact),
        near=str(near),
        absent=str(len(found) - exact - near),
    )


def _difference(difference: Difference, say: Phrases) -> str:
    """One difference in a line: what kind, what was claimed, and what the document has."""
    return say(
        "{kind}: here {claimed}, in the document {written}",
        kind=say(_KINDS[difference.kind]),
        claimed=say.isolate(f"“{short(difference.claimed)}”") if difference.claimed else "–",
        written=say.isolate(f"“{short(difference.written)}”") if difference.written else "–",
    )


_SAID = {
    Verdict.EXACT: "Exact: this is in the documents, word for word.",
    Verdict.NORMALISED: "Exact but for spaces, dashes, quotation marks or case.",
    Verdict.NEAR: "Not exact: the nearest sentence differs.",
    Verdict.ABSENT: "Not found in the documents.",
}
_KINDS = {
    Kind.NUMBER: "Number",
    Kind.NAME: "Name",
    Kind.NEGATION: "Negation",
    Kind.WORD: "Words",
    Kind.ORDER: "Order",
    Kind.PUNCTUATION: "Punctuation",
}
