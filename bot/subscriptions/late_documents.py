"""Late documents: what they add to the summary of their round that a chat has already, as a reply to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.answers.citation_table import Citation
from bot.answers.citations import Standing, as_quoted, standing
from bot.languages import phrases
from bot.messages.lengths import NAME, short
from bot.messages.packing import Entry, headed, packed_entries
from bot.messages.rendering import cited, html
from bot.outbox.outgoing import Kind, Outgoing
from bot.rounds.summary_outline import outline
from corpus.processes import same_process

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.languages import Phrases
    from bot.messages.packing import Packed
    from bot.rounds.summary_outline import Part
    from bot.services import Services
    from corpus.document import Document
    from retrieval.answers.quotes import Quote
    from retrieval.summaries.summary import Summary

_WORDS = 150
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class _Shown:
    """A quotation as it is shown: with its number, below the heading of its section."""

    number: int
    section: str
    quote: Quote


class Late:
    """Composes updates for many chats, each once for those that may read the same and were sent the same. It blocks.

    ``bot`` is the bot's user name. One is made for each decision, so that it is of what may be read then.
    """

    def __init__(self, services: Services, bot: str) -> None:
        self._services = services
        self._bot = bot
        self._quotes: dict[tuple[str, str], Quote | None] = {}
        self._news: dict[tuple[object, ...], Summary] = {}
        self._texts: dict[tuple[object, ...], list[Packed[_Shown]]] = {}

    def messages(
        self,
        *,
        chat: int,
        thread: int,
        language: str,
        process: str | None,
        number: int,
        documents: frozenset[str],
        before: int | None = None,
    ) -> list[Outgoing]:
        """What ``documents`` add to the summary of their round that a chat or topic has, or that they add nothing.

        Nothing where it has none, or may read none of them. The messages answer the last whole summary. Where they
        take the place of one that waits in the outbox, it has what was put ``before`` that row.
        """
        clearance = self._services.clearance_of(chat)
        view = self._services.engine.view(clearance)
        late = tuple(sorted(id for id in documents if id in view.by_id))
        row, citations = self._sent(chat, thread, process, number, before)
        if row is None or not late:
            return []
        quoted = self._quoted(citations, clearance)
        key = (clearance, process, number, late, tuple(quote.citation for quote in quoted))
        if key not in self._news:
            self._news[key] = self._services.engine.news(
                number, clearance=clearance, process=process, documents=frozenset(late), quoted=quoted, words=_WORDS
            )
        news = self._news[key]
        named = [document for id in late if (document := view.document(id)) is not None]
        if (*key, language) not in self._texts:
            self._texts[*key, language] = _texts(news, named, language, self._bot)
        first = Outgoing(
            chat,
            thread,
            f"late:{process or ''}:{number}:{hashlib.sha256(repr(late).encode()).hexdigest()[:16]}",
            0,
            "",
            Kind.UPDATE,
            named=frozenset(late),
            answers=row,
            language=language,
            process=process,
            round=number,
        )
        return [
            replace(
                first,
                part=part,
                body=text.body,
                quotes=tuple(one.quote for one in text.shows),
                numbers=tuple(one.number for one in text.shows),
                sections=tuple(one.section for one in text.shows),
            )
            for part, text in enumerate(self._texts[*key, language])
        ]

    def _sent(
        self, chat: int, thread: int, process: str | None, number: int, before: int | None
    ) -> tuple[int | None, tuple[Citation, ...]]:
        """The row of the last whole summary of a round that a chat has or is about to get, and all it was sent of it.

        Both what was quoted in the summaries and in their updates counts.
        """
        found = self._services.store.corrections.sent(chat, thread, number)
        of_round = [one for one in found if same_process(one.process, process) and (before is None or one.row < before)]
        whole = [one.row for one in of_round if one.kind is not Kind.UPDATE]
        return max(whole, default=None), tuple(citation for one in of_round for citation in one.citations)

    def _quoted(self, citations: Iterable[Citation], clearance: str) -> tuple[Quote, ...]:
        """What was sent, as far as it stands."""
        for one in citations:
            if (one.id, clearance) not in self._quotes:
                stands, document = standing(self._services.engine, one, clearance)
                is_same = document is not None and stands is Standing.UNCHANGED
                self._quotes[one.id, clearance] = as_quoted(one, document) if is_same and document else None
        quotes = {one.id: self._quotes[one.id, clearance] for one in citations}
        return tuple(quote for quote in quotes.values() if quote is not None)


def _texts(news: Summary, late: Sequence[Document], language: str, bot: str) -> list[Packed[_Shown]]:
    """An update: what is new, and by which documents; where they add nothing, that they do."""
    say = phrases(language)
    entries: list[Entry[_Shown]] = [entry for part in outline(news, say).parts for entry in _part(part, say, bot)]
    quoted = {quote.document.id for quote in news.quotes}
    adding = [document for document in late if document.id in quoted]
    others = [document for document in late if document.id not in quoted]
    lines = []
    if adding:
        lines.append(say("New in this: {names}.", names=_names(adding, say)))
    if others:
        lines.append(say("These add nothing new to what was quoted: {names}.", names=_names(others, say)))
    heading = f"<b>{html(_heading(news, len(late), say))}</b>"
    entries.append(Entry(("\n".join(html(line) for line in lines),)))
    return packed_entries([headed(heading, entries[0]), *entries[1:]])


def _heading(news: Summary, number: int, say: Phrases) -> str:
    heading = say.count(
        "Round {round}: what {number} further document adds",
        "Round {round}: what {number} further documents add",
        number,
        round=str(news.round),
    )
    return f"{say.isolate(short(news.process))}. {heading}" if news.process else heading


def _part(part: Part, say: Phrases, bot: str) -> list[Entry[_Shown]]:
    """A section, or a matter on which sources differ: its quotations, each with its citation."""
    entries: list[Entry[_Shown]] = []
    for group in part.groups:
        label = f"<i>{html(group.label)}</i>" if group.label else ""
        for place, one in enumerate(group.entries):
            above = [f"<b>{html(part.heading)}</b>"] if not entries else []
            above += [label] if label and place == 0 else []
            entry = Entry(tuple(cited(one.quote, one.number, say, bot)), (_Shown(one.number, part.heading, one.quote),))
            entries.append(headed("\n".join(above), entry) if above else entry)
    return entries


def _names(documents: Sequence[Document], say: Phrases) -> str:
    """The titles of documents in a row, of many the first."""
    titles = [say.isolate(short(one.metadata.title or one.id, NAME)) for one in documents]
    return "; ".join(titles[:_MOST_NAMED]) + ("; …" if len(titles) > _MOST_NAMED else "")
