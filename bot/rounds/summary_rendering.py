"""A round summary as one message of Telegram's HTML, whatever its length: what there is no room for is in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import TYPE_CHECKING

from bot.answers.keyboard import Button
from bot.answers.whereabouts import whereabouts
from bot.languages import phrases
from bot.messages.lengths import short, utf16_length
from bot.messages.rendering import MESSAGE_LIMIT, Message, html
from bot.rounds.summary_outline import outline, standing_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.languages import Phrases
    from bot.rounds.summary_outline import Entry, Group, Outline, Part
    from corpus.document import Document
    from retrieval.answers.quotes import Quote
    from retrieval.summaries.round_table import Round
    from retrieval.summaries.summary import Summary

FILE_BUTTON = "sf"
# Telegram shows no more entities (bold, links, quotations) than these.
_MOST_ENTITIES = 100
_FOLDED_FROM = 160
_LONGEST_ADDRESS = 500
_TAG = re.compile(r"<[^>]*>")
_OPENING_TAG = re.compile(r"<[a-z]")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a message shows: quotations of each part by number, how many names of documents not used, how long names.

    A section without a quotation has a heading that says so, unless ``has_empty_parts`` is false.
    """

    shown: tuple[tuple[int, ...], ...]
    not_used: int = 6
    name: int = 90
    has_empty_parts: bool = True

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of all quotations shown."""
        return frozenset(number for numbers in self.shown for number in numbers)


@dataclass(frozen=True, slots=True)
class Shown:
    """A summary's message, without buttons, and what it shows, each once and in order.

    ``quotes``, the ``numbers`` it gives them and the headings of their ``sections`` are parallel; ``named`` are the ids
    of all documents that it names, quoted or not.
    """

    message: Message
    quotes: tuple[Quote, ...]
    numbers: tuple[int, ...]
    sections: tuple[str, ...]
    named: frozenset[str]


def shown_summary(
    summary: Summary, language: str, bot: str, *, has_file: bool = True, known: Round | None = None
) -> Shown:
    """A round's summary in one message; ``has_file`` is whether buttons will be below it that send it whole.

    ``bot`` is the bot's user name and ``known`` what is known of the round. Each quotation has its number, that of its
    document in the list of sources where there are several, its place there, and a link that checks it. Where all does
    not fit, the quotations needed least are left out and counted, with at least one kept in each section as long as
    that can be.
    """
    say = phrases(language)
    made = outline(summary, say, known)
    text, plan = _fitted(made, say, bot, has_file=has_file)
    headings: dict[int, str] = {}
    for part, numbers in zip(made.parts, plan.shown, strict=True):
        for number in numbers:
            headings.setdefault(number, part.heading)
    entries = [entry for entry in made.entries if entry.number in headings]
    return Shown(
        Message(text),
        tuple(entry.quote for entry in entries),
        tuple(entry.number for entry in entries),
        tuple(headings[entry.number] for entry in entries),
        frozenset(entry.quote.document.id for entry in entries)
        | {document.id for document in made.not_used[: plan.not_used]},
    )


def summary_messages(
    summary: Summary, language: str, bot: str, *, handle: str | None = None, known: Round | None = None
) -> list[Message]:
    """The one message of ``shown_summary``, with buttons for the files where ``handle`` names the summary."""
    message = shown_summary(summary, language, bot, has_file=handle is not None, known=known).message
    return [message if handle is None else with_files(message, handle, language)]


def with_files(message: Message, handle: str, language: str) -> Message:
    """A summary's message with the buttons that send it whole."""
    return replace(message, buttons=file_buttons(handle, language))


def file_buttons(handle: str, language: str) -> tuple[tuple[Button, ...], ...]:
    """The buttons under a summary that send it whole, as a PDF or as a page."""
    say = phrases(language)
    return (
        (
            Button(say("Whole as PDF"), f"{FILE_BUTTON}:{handle}:p"),
            Button(say("Whole as HTML"), f"{FILE_BUTTON}:{handle}:h"),
        ),
    )


def _fitted(made: Outline, say: Phrases, bot: str, *, has_file: bool) -> tuple[str, _Plan]:
    """The text of the first plan that a message can hold; the last one names nothing that can be long."""
    has_one_source = len(made.used) == 1
    rendered = {entry.number: _Rendered.of(entry, say, bot, has_one_source) for entry in made.entries}
    for plan in _plans(made):
        text = _text(made, plan, rendered, say, has_file=has_file)
        if fits(text):
            break
    return text, plan


def fits(text: str) -> bool:
    """Whether Telegram takes ``text`` (HTML) as one message, and shows all its quotations and links as such."""
    return shown_length(text) <= MESSAGE_LIMIT and len(_OPENING_TAG.findall(text)) <= _MOST_ENTITIES


def shown_length(text: str) -> int:
    """How long a text in Telegram's HTML is once its tags are read, in UTF-16 units."""
    return utf16_length(unescape(_TAG.sub("", text)))


def _plans(made: Outline) -> Iterator[_Plan]:
    """Ever shorter plans: fewer quotations, down to one for each part; fewer names; in the end no quotation at all."""
    plan = _Plan(tuple(tuple(entry.number for entry in part.entries) for part in made.parts))
    yield plan
    while (less := _without_least(made, plan)) is not None:
        plan = less
        yield plan
    yield replace(plan, not_used=2)
    yield (plan := replace(plan, not_used=0, name=40))
    kept = list(plan.shown)
    for place, part in reversed(list(enumerate(made.parts))):
        if part.is_disagreement:
            kept[place] = ()
            yield replace(plan, shown=tuple(kept))
    # Of each section the shortest; then the longest of these goes first, and its heading says that it is in the file.
    for place, part in enumerate(made.parts):
        if kept[place]:
            kept[place] = (min(part.entries, key=lambda entry: (len(entry.quote.text), entry.number)).number,)
    yield replace(plan, shown=tuple(kept))
    lengths = {entry.number: len(entry.quote.text) for entry in made.entries}
    for place in sorted(range(len(kept)), key=lambda place: -max(map(lengths.__getitem__, kept[place]), default=0)):
        kept[place] = ()
        yield replace(plan, shown=tuple(kept))
    yield replace(plan, shown=tuple(kept), has_empty_parts=False)


def _without_least(made: Outline, plan: _Plan) -> _Plan | None:
    """The plan without one quotation more: the least relevant of the part that shows most; None where all are needed.

    Where sources differ, two of them must be seen.
    """
    spare = [
        len(shown) - (2 if part.is_disagreement else 1) for part, shown in zip(made.parts, plan.shown, strict=True)
    ]
    most = max(spare, default=0)
    if most <= 0:
        return None
    place = max(range(len(spare)), key=lambda place: (spare[place], place))
    scores = {entry.number: entry.quote.score for entry in made.parts[place].entries}
    least = min(plan.shown[place], key=lambda number: (scores[number], -number))
    shown = list(plan.shown)
    shown[place] = tuple(number for number in shown[place] if number != least)
    return replace(plan, shown=tuple(shown))


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A quotation as HTML in a block of its own, and the line below it, without and with its document's standing."""

    block: str
    line: str
    line_with_standing: str

    @staticmethod
    def of(entry: Entry, say: Phrases, bot: str, has_one_source: bool) -> _Rendered:
        """A document that is the only one needs no number."""
        quote = entry.quote
        folded = " expandable" if utf16_length(quote.text) > _FOLDED_FROM else ""
        link = f'<a href="https://t.me/{bot}?start=c_{quote.citation}">{quote.citation}</a>'
        place = [html(part) for part in whereabouts(quote, say)]
        standing = html(standing_name(quote.document.metadata.document_class, say))
        source = "" if has_one_source else html(say.isolate(f"[{entry.source}]"))
        start = f"{say.line_start}{entry.number}. "
        return _Rendered(
            f"<blockquote{folded}>{html(quote.text)}</blockquote>",
            start + " · ".join(filter(None, [", ".join(filter(None, [source, *place])), link])),
            start + " · ".join([", ".join([f"{source} {standing}".strip(), *place]), link]),
        )


def _text(made: Outline, plan: _Plan, rendered: dict[int, _Rendered], say: Phrases, *, has_file: bool) -> str:
    blocks = ["\n".join([f"<b>{html(made.title)}</b>", *map(html, made.remarks)])]
    for part, shown in zip(made.parts, plan.shown, strict=True):
        if shown or (plan.has_empty_parts and not part.is_disagreement):
            blocks.append(_part(part, frozenset(shown), rendered, say, has_file=has_file))
    missing = len(made.entries) - len(plan.numbers)
    if missing:
        blocks.append(f"<i>{html(_left_out(missing, say, has_file=has_file))}</i>")
    blocks += _sources(made, plan, say)
    return "\n\n".join(blocks)


def _part(part: Part, shown: frozenset[int], rendered: dict[int, _Rendered], say: Phrases, *, has_file: bool) -> str:
    lines = [f"<b>{html(part.heading)}</b>"]
    if not shown:
        lines.append(html(say("Too long for a message; see the file.") if has_file else say("Too long for a message.")))
    for group in part.groups:
        lines += _group(group, shown, rendered, is_disagreement=part.is_disagreement)
    return "\n".join(lines)


def _group(group: Group, shown: frozenset[int], rendered: dict[int, _Rendered], *, is_disagreement: bool) -> list[str]:
    """A line of its standing, unless each quotation says it, and its quotations."""
    entries = [entry for entry in group.entries if entry.number in shown]
    lines = [f"<i>{html(group.label)}</i>"] if entries and group.label is not None and not is_disagreement else []
    for entry in entries:
        made = rendered[entry.number]
        with_standing = is_disagreement and group.label is not None
        lines.append(f"{made.block}\n{made.line_with_standing if with_standing else made.line}")
    return lines


def _left_out(number: int, say: Phrases, *, has_file: bool) -> str:
    if has_file:
        return say.count("{number} more quotation is in the file.", "{number} more quotations are in the file.", number)
    return say.count("{number} more quotation was left out.", "{number} more quotations were left out.", number)


def _sources(made: Outline, plan: _Plan, say: Phrases) -> list[str]:
    """The documents quoted in the message by number, how many others are quoted in the file, and those not used."""
    cited = {entry.source for entry in made.entries if entry.number in plan.numbers}
    lines = [
        _source(number, document, plan, say, has_number=len(made.used) > 1)
        for number, document in enumerate(made.used, 1)
        if number in cited
    ]
    others = len(made.used) - len(lines)
    if lines:
        lines.insert(0, f"<b>{html(say('Documents used'))}</b>")
    if others:
        lines.append(html(say.count("and {number} more document", "and {number} more documents", others)))
    return [*(["\n".join(lines)] if lines else []), *_not_used(made.not_used, plan, say)]


def _source(number: int, document: Document, plan: _Plan, say: Phrases, *, has_number: bool) -> str:
    metadata = document.metadata
    name = html(say.isolate(short(metadata.title or document.id, plan.name)))
    rest = [html(say.isolate(short(metadata.publisher, plan.name)))] if metadata.publisher else []
    rest += [html(say.isolate(say.date(metadata.date)))] if metadata.date else []
    mark = f"{html(say.isolate(f'[{number}]'))} " if has_number else ""
    line = ", ".join([f"{say.line_start}{mark}{name}", *rest])
    if metadata.url and len(metadata.url) <= _LONGEST_ADDRESS:
        line += f' · <a href="{escape(metadata.url)}">{html(say("source"))}</a>'
    return line


def _not_used(documents: tuple[Document, ...], plan: _Plan, say: Phrases) -> list[str]:
    """The documents of the round that are not quoted, the first few by name."""
    if not documents:
        return []
    if not plan.not_used:
        return [html(say.count("{number} document not used", "{number} documents not used", len(documents)))]
    names = "; ".join(
        say.isolate(short(document.metadata.title or document.id, plan.name)) for document in documents[: plan.not_used]
    )
    more = len(documents) - plan.not_used
    line = f"<b>{html(say('Documents not used'))}</b>\n{say.line_start}{html(names)}"
    if more <= 0:
        return [line]
    return [f"{line}; {html(say.count('and {number} more document', 'and {number} more documents', more))}"]
