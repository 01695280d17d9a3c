"""The keystone: every quotation in every message, as Telegram shows it, is a slice of a loaded document.

And no message is longer than Telegram takes, whatever the documents hold.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.languages import LANGUAGES
from bot.local.entities import FormattedText, fix
from bot.local.markup import parse_html
from bot.local.texts import utf16_length
from bot.messages.rendering import (
    AT_ONCE,
    Message,
    answer_messages,
    checked_citation,
    context_messages,
    quotation_messages,
)
from bot.rounds.summary_rendering import shown_summary, summary_messages
from bot.rounds.summary_sheet import sheet
from corpus.document import BlockKind, Document, Metadata
from corpus.readers.draft import Draft
from corpus.sentences import sentences
from retrieval.answers.answer import Answer, answer
from retrieval.answers.quotes import Quote
from retrieval.encoders.languages import Anchors
from retrieval.index.generation import Generation, assemble
from retrieval.index.segment import IndexedDocument, build_segment
from retrieval.summaries.summary import SECTIONS, TOPIC, Disagreement, Section, Summary
from tests.doubles import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BOT = "rapporteur_local_bot"
IDENTIFIER = "0123456789"
_ALPHABETS = (
    "abcdefghij ABC.",
    "абвгдежәқң АБВ.",
    "ابتثجحخ وی\u200cك\u064b.",
    "🕊️🔥👩\u200d🚀🇰🇿 😀.",
    "<&>\"'&amp;<b></b>; .",
    "\u200e\u200f\u2068\u2069\u00ad\u200b e\u0301\u030a.",
)
_words = st.sampled_from(_ALPHABETS).flatmap(lambda letters: st.text(letters, min_size=1, max_size=12))
_sentences = st.lists(_words, min_size=1, max_size=25).map(" ".join)
_paragraphs = st.one_of(
    st.lists(_sentences, min_size=1, max_size=4).map(" ".join),
    # Far over the limit: prose without an end, and a run without a blank.
    st.builds(lambda sentence, times: " ".join([sentence] * times), _sentences, st.integers(60, 150)),
    st.builds(lambda word, times: word.strip() * times, _words, st.integers(400, 900)),
    st.just("The same words stand here, and there, and in the other document."),
)
_kinds = st.sampled_from([kind for kind in BlockKind if kind is not BlockKind.HEADING])
_names = st.one_of(
    st.none(), _sentences, st.builds(lambda word, times: (word + "x") * times, _words, st.integers(1, 600))
)


@st.composite
def _documents(draw: st.DrawFn) -> tuple[Document, ...]:
    """Documents as a reader makes them: through a draft, canonical, with headings, paragraphs and table rows."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        draft = Draft()
        for _ in range(draw(st.integers(1, 4))):
            if draw(st.booleans()):
                draft.heading(draw(_names) or "Heading", 2)
            draft.add(draw(_kinds), draw(_paragraphs), page=draw(st.one_of(st.none(), st.integers(1, 999))))
        if not draft.has_prose:
            draft.add(BlockKind.PARAGRAPH, "Something at least.")
        title, publisher, process = (_folded(draw(_names)) for _ in range(3))
        metadata = Metadata(
            title=title,
            publisher=publisher,
            date=draw(st.sampled_from([None, "2018", "2018-05", "2018-05-14"])),
            language=draw(st.sampled_from([None, "en", "ru", "ar"])),
            url=draw(st.sampled_from([None, "https://example.org/a?b=1&c='2'", "https://example.org/" + "x" * 9000])),
            process=process,
            round=8,
        )
        extraction = draft.extraction(metadata)
        name = f"{number}/" + (draw(_words) + ".md").replace("/", "")
        made.append(Document(name, f"/{name}", f"{number:064x}", extraction.text, extraction.blocks, metadata))
    return tuple(made)


def _folded(name: str | None) -> str | None:
    from corpus.canonical import fold

    return (fold(name) or None) if name else None


def _quotes(documents: Iterable[Document]) -> tuple[Quote, ...]:
    """Every sentence of the documents, as the index has them."""
    return tuple(
        Quote(document, sentence.start, sentence.end)
        for document in documents
        for sentence in sentences(document.text, document.blocks, document.metadata.language)
    )


@cache
def _anchors() -> Anchors:
    return Anchors.measure(WordEncoder())


def _generation(documents: Sequence[Document]) -> Generation:
    indexed = [IndexedDocument(document, document.sha256[:32], 0.0, 0.0) for document in documents]
    return assemble(
        "generation",
        WordEncoder.identity,
        [(build_segment(indexed, WordEncoder(), _anchors()), frozenset())],
        _anchors(),
    )


def _answer(generation: Generation, ranked: tuple[Quote, ...], *, answered: bool) -> Answer:
    return replace(answer(generation, WordEncoder(), "What was agreed?"), ranked=ranked, answered=answered)


def _shown(messages: Sequence[Message]) -> list[FormattedText]:
    """The messages as Telegram shows them, each within its limits."""
    texts = []
    for message in messages:
        parsed = parse_html(message.text)
        text = fix(parsed.text, parsed.entities)
        assert 0 < utf16_length(text.text) <= 4096
        assert len(message.text.encode()) <= 32_768
        assert all(1 <= len(button.data.encode()) <= 64 for row in message.buttons for button in row)
        texts.append(text)
    return texts


def _blocks(shown: Iterable[FormattedText], kind: str = "blockquote") -> list[str]:
    return [entity.of(text.text) for text in shown for entity in text.entities if entity.type.endswith(kind)]


def _read(blocks: list[str], text: str) -> None:
    """Take ``text`` off the front of ``blocks``: whole, or in parts one after another with a blank between them."""
    left = text
    while left:
        assert blocks, f"of {text!r} there is not shown {left!r}"
        part = blocks.pop(0)
        assert part
        assert left.startswith(part)
        left = left[len(part) :].removeprefix(" ")


_thorough = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@_thorough
@given(documents=_documents(), language=st.sampled_from(LANGUAGES))
def test_answers_and_more_quote_slices_only(documents: tuple[Document, ...], language: str) -> None:
    ranked = _quotes(documents)[:9]
    generation = _generation(documents)
    first = _shown(answer_messages(_answer(generation, ranked, answered=True), IDENTIFIER, generation, language, BOT))
    blocks = _blocks(first)
    for offset in range(AT_ONCE, len(ranked), AT_ONCE):
        blocks += _blocks(_shown(quotation_messages(ranked, IDENTIFIER, offset, language, BOT, note="Not an answer:")))
    for quote in ranked:
        _read(blocks, quote.text)
    assert blocks == []
    silence = _shown(
        answer_messages(_answer(generation, ranked, answered=False), IDENTIFIER, generation, language, BOT)
    )
    assert _blocks(silence) == []


@_thorough
@given(documents=_documents(), language=st.sampled_from(LANGUAGES))
def test_contexts_and_checked_citations_quote_slices_only(documents: tuple[Document, ...], language: str) -> None:
    for number, quote in enumerate(_quotes(documents)[:6], 1):
        shown = _shown(context_messages(quote, number, language, BOT))
        blocks = _blocks(shown)
        _read(_bold_in_quotations(shown), quote.text)
        block = quote.block
        assert block is not None
        if len(blocks) == 1:
            assert blocks[0] in quote.document.text[block.start : block.end]
            assert quote.text in blocks[0]
        else:
            _read(blocks, quote.text)
        checked = _blocks(_shown(checked_citation(quote, language, BOT)))
        _read(checked, quote.text)
        assert checked == []


def _bold_in_quotations(shown: Iterable[FormattedText]) -> list[str]:
    return [
        entity.of(text.text)
        for text in shown
        for entity in text.entities
        if entity.type == "bold"
        and any(
            quote.offset <= entity.offset and entity.end <= quote.end
            for quote in text.entities
            if quote.type.endswith("blockquote")
        )
    ]


@_thorough
@given(documents=_documents(), language=st.sampled_from(LANGUAGES), data=st.data())
def test_summaries_quote_slices_only(documents: tuple[Document, ...], language: str, data: st.DataObject) -> None:
    quotes = _quotes(documents)[:12]
    sections, disagreements = [], []
    for name in (*SECTIONS, TOPIC):
        chosen = data.draw(st.lists(st.sampled_from(quotes), max_size=3, unique=True), label=name)
        if chosen:
            sections.append(Section(name, tuple(chosen), "russia" if name == "positions" else None))
    for subject in ("dates", "numbers", "places"):
        chosen = data.draw(st.lists(st.sampled_from(quotes), max_size=3, unique=True), label=subject)
        if len(chosen) > 1:
            disagreements.append(Disagreement(subject, tuple(chosen)))
    topic = data.draw(st.one_of(st.none(), _sentences), label="topic")
    summary = Summary(
        documents[0].metadata.process, 8, topic, tuple(sections), tuple(disagreements), documents, documents
    )
    found = shown_summary(summary, language, BOT)
    blocks = _blocks(_shown([found.message]))
    shown = {quote.text for quote in found.quotes}
    assert set(blocks) == shown
    assert shown <= {quote.text for quote in summary.quotes}
    page = sheet(summary, language, BOT, datetime(2026, 11, 24, tzinfo=UTC))
    whole = [one.text for part in page.chapters for side in part.standings for one in side.quotations]
    assert sorted(whole) == sorted(quote.text for quote in summary.quotes)
    left = iter(whole)
    assert all(text in left for text in blocks)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(documents=_documents(), language=st.sampled_from(LANGUAGES))
def test_summaries_of_documents_of_any_names_fit(documents: tuple[Document, ...], language: str) -> None:
    _shown(summary_messages(Summary(None, 8, None, (), (), documents * 40, documents * 40), language, BOT))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quotation_over_the_limit_goes_out_in_parts_that_are_slices(language: str) -> None:
    draft = Draft()
    draft.row([f"cell {number} 🔥" for number in range(900)])
    extraction = draft.extraction(Metadata(title="A table"))
    document = Document("table.md", "/table.md", "0" * 64, extraction.text, extraction.blocks, extraction.metadata)
    (quote,) = _quotes([document])
    assert utf16_length(quote.text) > 2 * 4096
    messages = quotation_messages([quote], IDENTIFIER, 0, language, BOT)
    blocks = _blocks(_shown(messages))
    assert len(blocks) > 2
    _read(blocks, quote.text)
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [True]
