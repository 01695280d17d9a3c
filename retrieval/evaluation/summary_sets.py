"""The summaries that a set asks for, ``summ.jsonl``, a line each: what to summarise, and what people wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpus.metadata import iso_date

if TYPE_CHECKING:
    from retrieval.evaluation.question_sets import Line

SUMMARIES = "summ.jsonl"


@dataclass(frozen=True, slots=True)
class Task:
    """One summary asked for.

    The summariser is given ``query`` (empty where everything is to be summarised), ``documents`` (their ids, in
    order), ``words`` (the budget) and ``date`` (ISO 8601, when the reader meets it); ``language`` and ``references``
    are for the evaluator alone. ``line`` is where it stands in its file, from 1.
    """

    id: str
    query: str
    documents: tuple[str, ...]
    words: int
    date: str | None
    language: str
    references: tuple[str, ...]
    line: int = field(default=0, compare=False)


def task(line: Line, prefix: str, document_prefix: str) -> Task:
    """The task of a line, with ``prefix`` before its id and ``document_prefix`` before its documents'.

    Raises:
        SetError: something is missing from the line, or of the wrong kind.
    """
    documents, references = line.texts("docs"), line.texts("references")
    if not documents:
        raise line.wrong('has no documents in "docs"; mend that line.')
    if not references:
        raise line.wrong('has no text in "references"; mend that line.')
    return Task(
        id=prefix + line.identifier(),
        query=line.text_or_none("query") or "",
        # A document that is named twice is read once.
        documents=tuple(dict.fromkeys(document_prefix + name for name in documents)),
        words=_words(line),
        date=iso_date(line.text_or_none("date") or ""),
        language=line.text_or_none("lang") or "",
        references=references,
        line=line.number,
    )


def _words(line: Line) -> int:
    words = line.value.get("words")
    if isinstance(words, bool) or not isinstance(words, int) or words < 1:
        raise line.wrong('has a "words" that is no number of words from 1 on; mend that line.')
    return words
