"""``@bot question`` in any chat: quotations to insert there, from what anybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.audit.noting import note_offered
from bot.languages import phrases
from bot.messages.conversation import spoken_with
from bot.messages.lengths import short, utf16_length
from bot.messages.rendering import MESSAGE_LIMIT, citation, source_line, whole_quotation
from retrieval.errors import QuestionRefused

if TYPE_CHECKING:
    from telegram import InlineQuery, Update

    from bot.access.turns import Turns
    from bot.languages import Phrases
    from bot.services import Context
    from retrieval.answers.quotes import Quote

_PAUSE = 0.3
_MOST = 10
_TITLE, _BEGINNING = 100, 160
_START = "inline"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def inline(update: Update, context: Context) -> None:
    """Answer a query once nothing more is typed; who asks may read more than the chat it goes to, which is not told."""
    query, services = update.inline_query, context.services
    if query is None:
        return
    say = phrases(spoken_with(services, query.from_user))
    if not services.settings.inline:
        await _answer(update, [], say("This bot does not answer in other chats."))
        return
    newest: dict[int, str] = context.bot_data.setdefault("inline", {})
    newest[query.from_user.id] = query.id
    await services.clock.sleep(_PAUSE)
    turns: Turns = context.bot_data["turns"]
    try:
        async with turns.of(query.from_user.id):
            if newest.get(query.from_user.id) != query.id:
                # More has been typed, and Telegram shows the results of that.
                return
            del newest[query.from_user.id]
            quotes = await services.run(_found, context, query)
    except QuestionRefused:
        await _answer(update, [], say("Write a question after my name"))
        return
    results = [result for quote in quotes if (result := _result(quote, say, context.bot.username)) is not None]
    note = None if results else say("The documents do not answer this.")
    await _answer(update, results[:_MOST], note)


def _found(context: Context, query: InlineQuery) -> tuple[Quote, ...]:
    """The quotations that answer from what anybody may read, their citations kept. Blocks."""
    services = context.services
    answer = services.engine.answer(query.query, clearance=services.library.labels.lowest)
    quotes = answer.ranked if answer.answered else ()
    services.store.remember_citations(quotes)
    note_offered(services, query.from_user.id, query.id, query.query, quotes)
    return quotes


def _result(quote: Quote, say: Phrases, bot: str) -> InlineQueryResultArticle | None:
    """A quotation to insert with its citation; None where it is too long for one message."""
    text = f"{''.join(whole_quotation(quote))}\n{say.line_start}{citation(quote, say, bot)}"
    if len(whole_quotation(quote)) > 1 or utf16_length(text) > MESSAGE_LIMIT:
        return None
    return InlineQueryResultArticle(
        id=quote.citation,
        title=short(source_line(quote, say.language), _TITLE),
        description=short(quote.text, _BEGINNING),
        input_message_content=InputTextMessageContent(text, ParseMode.HTML, link_preview_options=_NO_PREVIEW),
    )


async def _answer(update: Update, results: list[InlineQueryResultArticle], note: str | None) -> None:
    """Answer the query; a ``note`` is a button above the results, which leads to the private chat."""
    query = update.inline_query
    if query is None:
        return
    button = InlineQueryResultsButton(note, start_parameter=_START) if note is not None else None
    try:
        await query.answer(results, cache_time=0, is_personal=True, button=button)
    except BadRequest as error:
        if "query is too old" not in str(error).casefold():
            raise
