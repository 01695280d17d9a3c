"""Measuring on folders of documents and questions: what comes first, whether it answers, and when it stays silent."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.canonical import is_canonical
from corpus.document import Block, BlockKind, Document, Metadata
from corpus.language import detect_language
from retrieval.errors import RetrievalError
from retrieval.segment import IndexedDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from retrieval.answer import Answer

QUOTE_LIMIT = 400
RANKING_LENGTH = 10
_ASKER, _ANSWERER = "U: ", "A: "
_LINE = re.compile(r"[^\n]+")


class SetError(RetrievalError):
    """A set of questions is not as it should be; the message says which line of which file."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question of a set, with what the evaluator alone may see; ``history`` are the earlier questions."""

    id: str
    text: str
    language: str
    relevant: frozenset[str]
    answers: tuple[str, ...]
    answerable: bool
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A folder of questions; ``documents`` is None where they go to the current index."""

    name: str
    documents: tuple[IndexedDocument, ...] | None
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the system said to one question."""

    query: Query
    ranking: tuple[str, ...]
    quotes: tuple[tuple[str, int, int, str], ...]
    answered: bool
    confidence: float
    seconds: float

    @staticmethod
    def of(query: Query, answer: Answer) -> Prediction:
        """From the answer to that question."""
        quotes = tuple((quote.document.id, quote.start, quote.end, quote.text) for quote in answer.ranked[:3])
        return Prediction(
            query, answer.ranking[:RANKING_LENGTH], quotes, answer.answered, answer.confidence, answer.seconds
        )

    def to_json(self) -> dict[str, Any]:
        """The line of a predictions file."""
        return {
            "id": self.query.id,
            "ranking": list(self.ranking),
            "quotes": [
                {"document": document, "start": start, "end": end, "text": text}
                for document, start, end, text in self.quotes
            ],
            "answered": self.answered,
            "confidence": round(self.confidence, 6),
            "seconds": round(self.seconds, 6),
        }

    def holds(self, count: int) -> bool:
        """Whether one of the first ``count`` quotations has an answer within its first 400 characters."""
        return any(
            document in self.query.relevant and any(answer in text[:QUOTE_LIMIT] for answer in self.query.answers)
            for document, _, _, text in self.quotes[:count]
        )

    def rank(self) -> int | None:
        """The place, from 1, of the first relevant document among the first ten."""
        return next((place for place, name in enumerate(self.ranking, 1) if name in self.query.relevant), None)


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of a set or of one language in it; None where there is nothing to measure."""

    questions: int
    answerable: int
    values: dict[str, float | None] = field(default_factory=dict)


def load_set(folder: Path, *, prefixed: bool) -> QuestionSet:
    """Read a folder; with ``prefixed`` its name and a slash are put before every id, documents' and questions'.

    Raises:
        SetError: a file is missing, a line is broken, an id repeats, or an answer is in none of its documents.
    """
    prefix = f"{folder.resolve().name}/" if prefixed else ""
    queries_file, corpus_file = folder / "queries.jsonl", folder / "corpus.jsonl"
    if not queries_file.is_file():
        raise SetError(f"{folder} has no queries.jsonl; name a folder that holds one.")
    documents = None
    if corpus_file.is_file():
        documents = tuple(_document(value, where, corpus_file, prefix) for where, value in _lines(corpus_file))
        _refuse_repeated((entry.document.id for entry in documents), corpus_file)
    queries = tuple(_query(value, where, prefix) for where, value in _lines(queries_file))
    _refuse_repeated((query.id for query in queries), queries_file)
    if documents is not None:
        _check_answers(queries, {entry.document.id: entry.document.text for entry in documents}, queries_file)
    return QuestionSet(folder.resolve().name, documents, queries)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's JSON object, with where it stands."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            value = json.loads(line)
        except ValueError:
            raise SetError(f"{where} is not JSON; mend that line.") from None
        if not isinstance(value, dict):
            raise SetError(f"{where} is not a JSON object; mend that line.")
        yield where, value


def _text(value: dict[str, Any], name: str, where: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise SetError(f'{where} has no text in "{name}"; mend that line.')
    return found


def _text_or_none(value: dict[str, Any], name: str, where: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise SetError(f'{where} has a "{name}" that is no text; mend that line.')
    return found


def _canonical(text: str, name: str, where: str) -> str:
    if not is_canonical(text):
        raise SetError(f'{where} has a "{name}" that is not canonical (NFC, no control characters, ends trimmed).')
    return text


def _strings(value: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    found = value.get(name)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise SetError(f'{where} has a "{name}" that is no list of texts; mend that line.')
    return tuple(found)


def _document(value: dict[str, Any], where: str, path: Path, prefix: str) -> IndexedDocument:
    """A document of one line: every line of its text is a paragraph."""
    text = _canonical(_text(value, "text", where), "text", where)
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, match.start(), match.end(), paragraph=number)
        for number, match in enumerate(_LINE.finditer(text), 1)
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    document = Document(
        id=prefix + _text(value, "id", where),
        file=str(path),
        sha256=digest,
        text=text,
        blocks=blocks,
        metadata=Metadata(
            title=_text_or_none(value, "title", where),
            date=_text_or_none(value, "date", where),
            language=detect_language(text),
        ),
    )
    return IndexedDocument(document, digest, 0.0, 0.0)


def _query(value: dict[str, Any], where: str, prefix: str) -> Query:
    answerable = value.get("answerable", True)
    if not isinstance(answerable, bool):
        raise SetError(f'{where} has an "answerable" that is neither true nor false; mend that line.')
    history = value.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, (str, dict)) for turn in history):
        raise SetError(f'{where} has a "history" that is no list of texts or objects; mend that line.')
    turns = (turn if isinstance(turn, str) else str(turn.get("text", "")) for turn in history)
    asked = tuple(turn.removeprefix(_ASKER) for turn in turns if not turn.startswith(_ANSWERER))
    return Query(
        id=prefix + _text(value, "id", where),
        text=_canonical(_text(value, "text", where), "text", where),
        language=str(value.get("lang", "")),
        relevant=frozenset(prefix + name for name in _strings(value, "relevant", where)),
        answers=tuple(_canonical(answer, "answers", where) for answer in _strings(value, "answers", where)),
        answerable=answerable,
        history=asked,
    )


def _refuse_repeated(identifiers: Iterable[str], path: Path) -> None:
    seen: set[str] = set()
    for identifier in identifiers:
        if identifier in seen:
            raise SetError(f"{path} has the id {identifier!r} twice; give each line an id of its own.")
        seen.add(identifier)


def _check_answers(queries: Sequence[Query], texts: dict[str, str], path: Path) -> None:
    for query in queries:
        unknown = query.relevant - texts.keys()
        if unknown:
            raise SetError(f"{path}: question {query.id!r} names the document {min(unknown)!r}, which is not there.")
        for answer in query.answers:
            if not any(answer in texts[name] for name in query.relevant):
                raise SetError(f"{path}: question {query.id!r} has the answer {answer!r}, which its documents lack.")


def predict(
    queries: Sequence[Query], ask: Callable[[str, tuple[str, ...]], Answer], advance: Callable[[int], None]
) -> list[Prediction]:
    """Ask every question, given its text and history alone; ``advance`` is told of each."""
    predictions = []
    for query in queries:
        predictions.append(Prediction.of(query, ask(query.text, query.history)))
        advance(1)
    return predictions


def figures(predictions: Sequence[Prediction]) -> Figures:
    """The measures over ``predictions``."""
    answerable = [prediction for prediction in predictions if prediction.query.answerable]
    unanswerable = [prediction for prediction in predictions if not prediction.query.answerable]
    located = [prediction for prediction in answerable if prediction.query.relevant]
    worded = [prediction for prediction in located if prediction.query.answers]
    ranks = [prediction.rank() for prediction in located]
    seconds = [prediction.seconds for prediction in predictions]
    lengths = [len(prediction.quotes[0][3]) for prediction in predictions if prediction.quotes]
    return Figures(
        questions=len(predictions),
        answerable=len(answerable),
        values={
            "hit@1": _mean([rank == 1 for rank in ranks]),
            "hit@5": _mean([rank is not None and rank <= 5 for rank in ranks]),
            "mrr@10": _mean([1 / rank if rank else 0.0 for rank in ranks]),
            "first_quotation": _mean([prediction.holds(1) for prediction in worded]),
            "first_three": _mean([prediction.holds(3) for prediction in worded]),
            "auc": area_under_curve(
                [prediction.confidence for prediction in answerable],
                [prediction.confidence for prediction in unanswerable],
            ),
            "answered_answerable": _mean([prediction.answered for prediction in answerable]),
            "answered_unanswerable": _mean([prediction.answered for prediction in unanswerable]),
            "median_seconds": float(np.median(seconds)) if seconds else None,
            "p95_seconds": float(np.percentile(seconds, 95)) if seconds else None,
            "first_quotation_length": _mean(lengths),
        },
    )


def by_language(predictions: Sequence[Prediction]) -> dict[str, Figures]:
    """The measures of each language of the questions."""
    languages = sorted({prediction.query.language for prediction in predictions})
    return {
        language: figures([prediction for prediction in predictions if prediction.query.language == language])
        for language in languages
    }


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How often a positive scores above a negative, ties counting half; None where either is empty."""
    if not positive or not negative:
        return None
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    wins = ranks.sum() - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None
