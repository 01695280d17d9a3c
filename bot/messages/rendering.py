"""Answers and citations as messages: pure functions from what was found to Telegram's HTML and buttons.

A quotation is the whole of a ``<blockquote>`` and nothing else is in it, so that what a reader sees there is a slice
of the document, character for character.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from bot.answers.keyboard import Button, Rows, below_answer, below_quotation
from bot.answers.limits import coverage_lines, limit_lines, searched_documents, searched_line
from bot.answers.whereabouts import whereabouts
from bot.languages import Phrases, phrases
from bot.messages.lengths import fitting, short, utf16_length
from corpus.document import DocumentClass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.document import Document
    from retrieval.answers.answer import Answer
    from retrieval.answers.quotes import Quote
    from retrieval.index.generation import Generation

MESSAGE_LIMIT = 4096
AT_ONCE = 3
_FOLDED_FROM = 600
# What is quoted in one block, and what a name or heading may take beside it, in UTF-16 units: together they fit.
_QUOTED_AT_ONCE = 2700
# The documents with the same words that are named below a quotation, and what the title of each may take.
_ALSO_NAMED = 3
_PUBLISHERS = 3
_ALSO_TITLE = 100
_LONGEST_ADDRESS = 1000


def html(text: str) -> str:
    """``text`` as Telegram's HTML, which shows it as it is."""
    return escape(text, quote=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: text in Telegram's HTML, at most 4,096 UTF-16 units once parsed, and rows of buttons."""

    text: str
    buttons: Rows = ()


def answer_messages(
    answer: Answer, identifier: str, generation: Generation, language: str, bot: str, *, at_once: int = AT_ONCE
) -> list[Message]:
    """The reply to a question; ``identifier`` is the stored answer's id and ``bot`` the bot's user name.

    It begins with the limits that kept documents out and the question it was read after, and ends with buttons to ask
    again without them.
    """
    if not answer.answered:
        return [not_answered(answer, identifier, generation, language)]
    limits = "\n".join(_limits(answer, language))
    *others, last = quotation_messages(answer.ranked, identifier, 0, language, bot, note=limits, at_once=at_once)
    return [*others, replace(last, buttons=(*last.buttons, *below_answer(answer, identifier, language)))]


def _limits(answer: Answer, language: str) -> list[str]:
    lines = limit_lines(answer.question, language)
    if answer.question.follows is not None:
        lines.append(phrases(language)("Read after: “{question}”", question=short(answer.question.follows)))
    return [f"<i>{html(line)}</i>" for line in lines]


def quotation_messages(
    ranked: Sequence[Quote],
    identifier: str,
    offset: int,
    language: str,
    bot: str,
    *,
    note: str = "",
    at_once: int = AT_ONCE,
) -> list[Message]:
    """Up to ``at_once`` of the ranked quotations from ``offset`` on, with their citations and buttons."""
    say = phrases(language)
    shown = ranked[offset : offset + at_once]
    entries = [part for number, quote in enumerate(shown, offset + 1) for part in cited(quote, number, say, bot)]
    buttons = [
        row for number, quote in enumerate(shown, offset + 1) for row in below_quotation(quote, number, identifier, say)
    ]
    if len(ranked) > offset + len(shown):
        buttons.append((Button(say("More"), f"m:{identifier}:{offset + len(shown)}"),))
    texts = packed([note, *entries] if note else entries)
    return [*(Message(text) for text in texts[:-1]), Message(texts[-1], tuple(buttons))]


def cited(quote: Quote, number: int, say: Phrases, bot: str) -> list[str]:
    """A quotation in a block of its own, and its numbered citation below; one too long for a message in parts.

    Where the same words stand in other documents, up to three of these are named below the citation.
    """
    *parts, last = whole_quotation(quote)
    lines = [last, f"{say.line_start}{number}. {citation(quote, say, bot)}"]
    lines += [f"{say.line_start}{html(say('also in:'))} {_also(other, say, bot)}" for other in quote.also[:_ALSO_NAMED]]
    return [*parts, "\n".join(lines) + (" …" if len(quote.also) > _ALSO_NAMED else "")]


def whole_quotation(quote: Quote) -> list[str]:
    """A quotation in a block of its own, one too long for a message in several."""
    return [blockquote(quote.document.text[start:end]) for start, end in parts_of_quotation(quote)]


def parts_of_quotation(quote: Quote) -> list[tuple[int, int]]:
    """Where each part of a quotation begins and ends in its document: one, unless it is too long for a message."""
    return _parts(quote, quote.start, quote.end)


def _also(quote: Quote, say: Phrases, bot: str) -> str:
    """Where the same words stand in another document, more briefly than their citation, with the same link."""
    title = html(say.isolate(short(quote.document.metadata.title or quote.document.id, _ALSO_TITLE)))
    date = quote.document.metadata.date
    place = html(", ".join([*([say.isolate(say.date(date))] if date else []), *whereabouts(quote, say)]))
    return f"<b>{title}</b>{', ' + place if place else ''} · {_checking_link(quote, bot)}"


def _checking_link(quote: Quote, bot: str) -> str:
    return f'<a href="https://t.me/{bot}?start=c_{quote.citation}">{quote.citation}</a>'


def blockquote(text: str) -> str:
    """``text`` as a block quotation, folded where it is long."""
    folded = " expandable" if len(text) > _FOLDED_FROM else ""
    return f"<blockquote{folded}>{html(text)}</blockquote>"


def _parts(quote: Quote, start: int, end: int) -> list[tuple[int, int]]:
    """``start`` to ``end`` of a quotation's document in parts that a message can hold, divided between words."""
    text, parts = quote.document.text, []
    while utf16_length(text[start:end]) > _QUOTED_AT_ONCE:
        reach = start + fitting(text[start:end], _QUOTED_AT_ONCE)
        blank = text.rfind(" ", start, reach + 1)
        cut, following = (blank, blank + 1) if blank > start else (reach, reach)
        parts.append((start, cut))
        start = following
    return [*parts, (start, end)]


def _title(document: Document) -> str:
    return short(document.metadata.title or document.id)


def citation(quote: Quote, say: Phrases, bot: str) -> str:
    """Where a quotation stands, with a link that checks it again."""
    metadata = quote.document.metadata
    title = html(say.isolate(_title(quote.document)))
    address = ""
    if metadata.url and len(metadata.url) <= _LONGEST_ADDRESS:
        address = f' · <a href="{escape(metadata.url)}">{html(say("source"))}</a>'
    place = html(", ".join(_place(quote, say)))
    return f"<b>{title}</b>{', ' + place if place else ''} · {_checking_link(quote, bot)}{address}"


def source_line(quote: Quote, language: str = "en") -> str:
    """Where a quotation stands, as plain text."""
    say = phrases(language)
    return ", ".join([quote.document.metadata.title or quote.document.id, *_place(quote, say)])


def also_lines(quote: Quote, language: str = "en") -> list[str]:
    """Where else the same words stand, a line of plain text for each document."""
    say = phrases(language)
    return [f"{say('also in:')} {source_line(other, language)}  [{other.citation}]" for other in quote.also]


def _place(quote: Quote, say: Phrases) -> list[str]:
    """Publisher, date, heading, page and paragraph, as far as they are known."""
    metadata, block = quote.document.metadata, quote.block
    parts = []
    if metadata.publisher:
        parts.append(say.isolate(short(metadata.publisher)))
    if metadata.date:
        parts.append(say.isolate(say.date(metadata.date)))
    if block and block.heading:
        parts.append(say.isolate(f"\u201c{short(block.heading)}\u201d"))
    return [*parts, *whereabouts(quote, say)]


def not_answered(answer: Answer, identifier: str, generation: Generation, language: str) -> Message:
    """That the documents do not answer, within which limits they were searched, and what they do cover."""
    say = phrases(language)
    lines = [
        f"<b>{html(say('The documents do not answer this.'))}</b>",
        *_limits(answer, language),
        _searched(answer, generation, language),
        *(html(line) for line in coverage_lines(answer, generation, language)),
    ]
    buttons: Rows = ()
    if answer.ranked:
        buttons = ((Button(say("Show the nearest, not an answer"), f"n:{identifier}:0"),),)
    return Message("\n".join(lines), (*buttons, *below_answer(answer, identifier, language)))


def _searched(answer: Answer, generation: Generation, language: str) -> str:
    """How many documents were searched, by whom and in which languages."""
    say = phrases(language)
    searched = searched_documents(answer, generation)
    publishers = sorted({metadata.publisher or "" for metadata in searched} - {""})
    spoken = [say.language_name(code) for code in sorted({metadata.language or "" for metadata in searched} - {""})]
    lines = [searched_line(answer, generation, language)]
    if publishers:
        named = say.listed([say.isolate(short(name)) for name in publishers], _PUBLISHERS)
        lines.append(say("Publishers: {names}.", names=named))
    if spoken:
        lines.append(say("Languages: {names}.", names=say.listed(spoken)))
    return html(" ".join(lines))


def context_messages(quote: Quote, number: int, language: str, bot: str) -> list[Message]:
    """The paragraph around a quotation, the quotation in bold; a quotation too long for a message in parts."""
    say = phrases(language)
    start, end = _around(quote)
    heading = html(say("The paragraph around quotation {number}:", number=number))
    first, *others = (_with_bold(quote, *part) for part in _parts(quote, start, end))
    parts = [f"{heading}\n{first}", *others]
    parts[-1] += f"\n{say.line_start}{citation(quote, say, bot)}"
    return [Message(text) for text in packed(parts)]


def _with_bold(quote: Quote, start: int, end: int) -> str:
    """A part of a quotation's document as a block quotation, what belongs to the quotation in bold."""
    text = quote.document.text
    bold_start, bold_end = max(start, quote.start), min(end, quote.end)
    before, inside, after = (
        html(part) for part in (text[start:bold_start], text[bold_start:bold_end], text[bold_end:end])
    )
    return f"<blockquote>{before}<b>{inside}</b>{after}</blockquote>"


def _around(quote: Quote) -> tuple[int, int]:
    """The paragraph of a quotation, or of a very long one the part around it, cut between words."""
    block = quote.block
    if block is None or block.end < quote.end:
        return quote.start, quote.end
    text = quote.document.text
    room = max(0, _QUOTED_AT_ONCE - utf16_length(quote.text)) // 2
    start = quote.start - fitting(text[block.start : quote.start][::-1], room)
    end = quote.end + fitting(text[quote.end : block.end], room)
    if start > block.start:
        start = text.find(" ", start - 1, quote.start) + 1 or quote.start
    if end < block.end:
        end = max(text.rfind(" ", quote.end, end + 1), quote.end)
    return start, end


def checked_citation(quote: Quote, language: str, bot: str) -> list[Message]:
    """A citation looked up again and found unchanged, with all that is needed to check it elsewhere."""
    say = phrases(language)
    details = [
        say("This is what the document says, unchanged."),
        *_kind(quote.document, say),
        say("File: {name}", name=short(quote.document.id)),
        f"SHA-256: {quote.document.sha256}",
        say("Characters {start} to {end}", start=quote.start, end=quote.end),
    ]
    lines = "\n".join(html(line) for line in details)
    *parts, last = whole_quotation(quote)
    return [
        Message(text) for text in packed([*parts, f"{last}\n{say.line_start}{citation(quote, say, bot)}\n\n{lines}"])
    ]


def _kind(document: Document, say: Phrases) -> list[str]:
    """Who speaks in the document, where that is known."""
    found = document.metadata.document_class
    return [say("Kind of document: {name}", name=say(CLASS_NAMES[found]))] if found is not None else []


CLASS_NAMES = {
    DocumentClass.STATEMENT: "official statement",
    DocumentClass.BRIEFING: "briefing",
    DocumentClass.ANALYSIS: "analysis",
    DocumentClass.NEWS: "news",
}


def packed(parts: Sequence[str], between: str = "\n\n") -> list[str]:
    """Join ``parts`` into as few messages as the limit allows, never dividing a part.

    The limit is counted on the HTML itself, which is never shorter than what is parsed from it.
    """
    texts: list[str] = []
    for part in parts:
        if texts and utf16_length(texts[-1] + between + part) <= MESSAGE_LIMIT:
            texts[-1] += between + part
        else:
            texts.append(part)
    return texts
