"""A quotation copied out: as text with its reference, or as a file for reference managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.access.rights import is_withheld
from bot.answers.buttons import pressed, still_there
from bot.answers.references import FILES, copied, reference_file
from bot.messages.rendering import MESSAGE_LIMIT, Message, html, parts_of_quotation

if TYPE_CHECKING:
    from telegram import Update

    from bot.answers.references import Style
    from bot.languages import Phrases
    from bot.services import Context
    from retrieval.answers.quotes import Quote


async def copy_button(update: Update, context: Context) -> None:
    """Send a quotation so that one touch copies it, or the file of its reference."""
    place, stored, number = await pressed(update, context)
    if stored is None:
        return
    quote = await still_there(update, context, place, stored, number)
    if quote is None:
        return
    if await is_withheld(context.services, quote.document.id):
        await place.tell(
            context, place.say("Not everybody may read this document, so that nothing of it is copied out.")
        )
        return
    style = context.services.settings.citation_style
    if style not in FILES:
        await place.send(context, copy_messages(quote, style, place.say))
        return
    await context.bot.send_document(
        place.chat,
        reference_file(quote, style, quote.text).encode(),
        filename=f"{quote.citation}.{FILES[style]}",
        message_thread_id=place.thread,
        caption=place.say("The reference, with the quotation as its note."),
    )


def copy_messages(quote: Quote, style: Style, say: Phrases) -> list[Message]:
    """The quotation and its reference in one block that a touch copies; one too long for that in several."""
    before, behind = copied(quote, style, say)
    parts = [quote.document.text[start:end] for start, end in parts_of_quotation(quote)]
    parts[0] = before + parts[0]
    if len(html(parts[-1] + behind)) + len("<pre></pre>") > MESSAGE_LIMIT:
        parts.append(behind.strip())
    else:
        parts[-1] += behind
    return [Message(f"<pre>{html(part)}</pre>") for part in parts]
