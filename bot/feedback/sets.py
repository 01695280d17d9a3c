"""Verdicts on answers as a question set: what people found right to measure on, and the rest for a person to judge.

A row has the form that ``retrieval.evaluation.question_sets`` reads, with ``relevant`` naming documents of the current
index.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.access.rights import Rights
from bot.answers.citations import as_quoted, revision
from bot.feedback.table import Verdict
from corpus.canonical import canonical, fold
from corpus.language import detect_language
from retrieval.evaluation.measuring import QUOTE_LIMIT, QUOTES_KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.answers.table import StoredAnswer
    from bot.feedback.table import Judgement
    from bot.settings import Settings
    from bot.store import Store
    from corpus.document import Document
    from corpus.library import Library

    Row = dict[str, Any]

UNJUDGED = "unjudged.jsonl"
LIMITED = "It was asked with limits, which a question set cannot hold."
DIVIDED = "People judge it differently."
UNKNOWN = "Nobody has said which source is the right one."
NOT_ALL = "It was asked where not every document may be read, so that silence there proves nothing."
GONE = "The document is not searched any more."
CHANGED = "The document does not say this any more."
_ID_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a citation quoted, where a document of now still says so; else the reason why there is nothing to quote."""

    citation: str
    document: str | None = None
    text: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents that are searched now, whoever may read them, and what is kept of earlier answers."""

    documents: Mapping[str, Document]
    library: Library
    store: Store
    settings: Settings

    def quoted(self, identifier: str) -> Quoted:
        """What a citation quoted, found word for word in its document of now, or in another of the same bytes."""
        citation = self.store.citation(identifier)
        if citation is None:
            return Quoted(identifier, reason=GONE)
        document = self.documents.get(citation.document)
        same = (one for one in self.documents.values() if one.sha256 == citation.sha256)
        for candidate in same if document is None else (document,):
            quote = as_quoted(citation, candidate)
            if quote is not None:
                return Quoted(identifier, candidate.id, quote.text)
        if document is None:
            return Quoted(identifier, reason=GONE)
        old = revision(self.library, citation, document, self.library.labels.highest).old
        if old is not None and old.text in document.text:
            return Quoted(identifier, document.id, old.text)
        return Quoted(identifier, document.id, reason=CHANGED)

    def all_read_in(self, chat: int) -> bool:
        """Whether every document may be read in a chat, now that it may have another id than when it was named."""
        clearance = Rights(self.settings, self.store).clearance_of(chat)
        return not self.library.hidden(self.documents.values(), clearance)


@dataclass(frozen=True, slots=True)
class Case:
    """One question in one conversation, asked once or often, and each judgement on an answer to it, oldest first."""

    judged: tuple[tuple[Judgement, StoredAnswer], ...]

    @property
    def first(self) -> StoredAnswer:
        """The answer that was judged first."""
        return self.judged[0][1]

    @property
    def answers(self) -> tuple[StoredAnswer, ...]:
        """The answers that were judged, each once."""
        return tuple({answer.id: answer for _, answer in self.judged}.values())

    def count(self, verdict: Verdict) -> int:
        """How many judgements of that verdict there are."""
        return sum(judgement.verdict is verdict for judgement, _ in self.judged)

    def good(self) -> list[StoredAnswer]:
        """The answers that were judged good, once for each such judgement."""
        return [answer for judgement, answer in self.judged if judgement.verdict is Verdict.GOOD]

    def wrong(self) -> Counter[str]:
        """The citations whose source was judged wrong, and how often."""
        numbered = [(judgement.quotation or 0, answer.citations) for judgement, answer in self.judged]
        return Counter(citations[number - 1] for number, citations in numbered if 0 < number <= len(citations))


@dataclass(frozen=True, slots=True)
class FeedbackSet:
    """The rows of ``queries.jsonl``, and those that a person has to judge before they can join them."""

    queries: tuple[Row, ...]
    unjudged: tuple[Row, ...]

    @property
    def documents(self) -> frozenset[str]:
        """The ids of all documents that are named or quoted in it."""
        named = {name for row in self.queries for name in row["relevant"]}
        quoted = {one["document"] for row in self.unjudged for one in row["quoted"] if "document" in one}
        return frozenset(named | quoted)

    def answerable(self) -> int:
        """How many of the questions have an answer."""
        return sum(row["answerable"] for row in self.queries)


def lines(rows: Iterable[Row]) -> bytes:
    """Rows as a file of JSON objects, a line each."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "replace")


def feedback_set(sources: Sources) -> FeedbackSet:
    """The question set that all kept judgements make. Blocks."""
    queries: list[Row] = []
    unjudged: list[Row] = []
    for case in _cases(sources.store):
        found, reason = _found(case, sources)
        if reason is None:
            queries.append(_query(case, found))
        else:
            unjudged.append(_unjudged(case, reason, sources))
    return FeedbackSet(tuple(queries), tuple(unjudged))


def _cases(store: Store) -> list[Case]:
    """All judgements by question, in the order of the first on each."""
    answers: dict[str, StoredAnswer | None] = {}
    cases: dict[str, list[tuple[Judgement, StoredAnswer]]] = {}
    for judgement in store.feedback.all():
        if judgement.answer not in answers:
            answers[judgement.answer] = store.answers.get(judgement.answer)
        answer = answers[judgement.answer]
        if answer is not None:
            cases.setdefault(_key(answer), []).append((judgement, answer))
    return [Case(tuple(judged)) for judged in cases.values()]


def _key(answer: StoredAnswer) -> str:
    """What two questions have in common that are the same, however they are spaced and whatever their case."""
    texts = [fold(text).casefold() for text in (*answer.before.questions, answer.question)]
    return json.dumps([texts, sorted(answer.filters.items()), sorted(answer.lifted)])


def _found(case: Case, sources: Sources) -> tuple[list[Quoted], str | None]:
    """The right quotations, none where silence was right, and a reason where neither is known."""
    good, first = case.good(), case.first
    if first.filters or first.lifted:
        return [], LIMITED
    if not good:
        return [], UNKNOWN
    if case.count(Verdict.BAD) or len({answer.answered for answer in good}) > 1:
        return [], DIVIDED
    if good[0].answered:
        return _right(case, sources)
    if case.wrong():
        return [], DIVIDED
    return [], None if all(sources.all_read_in(answer.chat) for answer in good) else NOT_ALL


def _right(case: Case, sources: Sources) -> tuple[list[Quoted], str | None]:
    """The first quotations of the answers that were judged good, unless someone found one's source wrong."""
    cited = list(dict.fromkeys(answer.citations[0] for answer in case.good()))
    wrong = case.wrong()
    found, disputed = [sources.quoted(one) for one in cited], [sources.quoted(one) for one in wrong]
    kept = {(one.document, one.text): one for one in found if one.reason is None}
    if wrong.keys() & set(cited) or kept.keys() & {(one.document, one.text) for one in disputed}:
        return [], DIVIDED
    return list(kept.values()), None if kept else found[0].reason


def _query(case: Case, found: Sequence[Quoted]) -> Row:
    """The row of a question whose right quotations, or right silence, are known."""
    return {
        **_asked(case),
        "relevant": sorted({one.document for one in found if one.document}),
        "answers": list(dict.fromkeys(_measured(one.text) for one in found if one.text)),
        "answerable": bool(found),
    }


def _measured(text: str) -> str:
    """A quotation as far as it is measured: its first 400 characters, cut between words."""
    if len(text) > QUOTE_LIMIT:
        blank = text.rfind(" ", 0, QUOTE_LIMIT + 1)
        text = text[: blank if blank > 0 else QUOTE_LIMIT]
    return canonical(text)


def _unjudged(case: Case, reason: str, sources: Sources) -> Row:
    """The row of a question that a person has to complete, with all that is known of it."""
    first = case.first
    limits = {"limits": dict(first.filters)} if first.filters else {}
    lifted = {"lifted": sorted(first.lifted)} if first.lifted else {}
    return {
        **_asked(case),
        **limits,
        **lifted,
        "relevant": [],
        "answers": [],
        "reason": reason,
        "judged": {verdict.value: case.count(verdict) for verdict in Verdict},
        "quoted": _quoted(case, sources),
    }


def _quoted(case: Case, sources: Sources) -> list[Row]:
    """What the answers quoted first, and what else was judged wrong, with how often it was."""
    wrong = case.wrong()
    shown = [one for answer in case.answers if answer.answered for one in answer.citations[:QUOTES_KEPT]]
    rows = []
    for quoted in map(sources.quoted, dict.fromkeys([*shown, *wrong])):
        known = {"document": quoted.document, "text": quoted.text, "reason": quoted.reason}
        named = {name: value for name, value in known.items() if value is not None}
        rows.append({**named, Verdict.WRONG_SOURCE.value: wrong[quoted.citation]})
    return rows


def _asked(case: Case) -> Row:
    """A question with an id of its own, which stays the same from one export to the next, and what came before it."""
    first = case.first
    before = [f"U: {canonical(question)}" for question in first.before.questions]
    text = canonical(first.question)
    return {
        "id": hashlib.sha256(_key(first).encode()).hexdigest()[:_ID_LENGTH],
        "lang": detect_language(text) or "",
        "text": text,
        **({"history": before} if before else {}),
    }
