"""Folders of questions and documents to measure on: read whole and checked before anything is measured.

A folder holds ``queries.jsonl``, a question a line, or ``summ.jsonl``, a summary asked for a line, or both, and
``corpus.jsonl``, a document a line; without the latter they go to the current index, and ``relevant`` and ``docs`` name
its files.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corpus.canonical import canonical
from corpus.document import Block, BlockKind, Document, Metadata
from corpus.language import detect_language
from corpus.metadata import iso_date
from retrieval.errors import RetrievalError
from retrieval.evaluation.summary_sets import SUMMARIES, Task, task
from retrieval.index.segment import IndexedDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

QUERIES, CORPUS = "queries.jsonl", "corpus.jsonl"
_ASKER, _ANSWERER = "U: ", "A: "
_ANSWERERS = frozenset({"agent", "assistant", "bot", "system"})
_PARAGRAPH = re.compile(r"\S(?:[^\n]*\S)?")


class SetError(RetrievalError):
    """What a set holds is not as it should be; the message says which line of which file."""


class FoldersError(SetError):
    """The folders named cannot be measured on together: one is missing, holds no questions, or is named twice."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file of JSON objects; ``number`` counts from 1."""

    path: Path
    number: int
    value: Mapping[str, Any]

    def wrong(self, reason: str) -> SetError:
        """The error that this line ``reason``."""
        return SetError(f"{self.path}, line {self.number} {reason}")

    def text(self, name: str) -> str:
        """The text in ``name``, which must be there and not empty."""
        found = self.value.get(name)
        if not isinstance(found, str) or not found:
            raise self.wrong(f'has no text in "{name}"; mend that line.')
        return found

    def identifier(self) -> str:
        """The line's id, in which no half of a character stands: no file could hold it."""
        found = self.text("id")
        if any("\ud800" <= character <= "\udfff" for character in found):
            raise self.wrong('has an "id" that is no Unicode text; mend that line.')
        return found

    def text_or_none(self, name: str) -> str | None:
        """The text in ``name`` in canonical form, or None where there is none."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, str):
            raise self.wrong(f'has a "{name}" that is no text; mend that line.')
        return canonical(found or "") or None

    def texts(self, name: str) -> tuple[str, ...]:
        """The list of texts in ``name``, empty where there is none."""
        found = self.value.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(part, str) and part for part in found):
            raise self.wrong(f'has a "{name}" that is no list of texts; mend that line.')
        return tuple(found)

    def checked(self, text: str, name: str) -> str:
        """``text``, which must be canonical: what is quoted is what is displayed."""
        form = canonical(text)
        if form != text:
            same = next((place for place, pair in enumerate(zip(text, form, strict=False)) if pair[0] != pair[1]), None)
            place = 1 + (min(len(text), len(form)) if same is None else same)
            raise self.wrong(
                f'has a "{name}" that is not canonical (NFC, no control characters, ends trimmed) from character '
                f"{place} on; mend that line."
            )
        return text


@dataclass(frozen=True, slots=True)
class Query:
    """One question of a set, with what the evaluator alone may see.

    ``history`` are the earlier questions, oldest first; ``line`` is where it stands in its file, from 1.
    """

    id: str
    text: str
    language: str
    relevant: frozenset[str]
    answers: tuple[str, ...]
    answerable: bool
    history: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A folder of questions and summaries asked for; ``documents`` is None where they go to the current index.

    ``file`` is that of the questions, beside which that of the summaries stands.
    """

    name: str
    documents: tuple[IndexedDocument, ...] | None
    queries: tuple[Query, ...]
    file: Path
    tasks: tuple[Task, ...] = ()

    def check(self, documents: Iterable[Document]) -> None:
        """Hold the questions and summaries against the documents that they go to.

        Raises:
            SetError: a document named is not among them, or an answer stands in no relevant document.
        """
        texts = {document.id: document.text for document in documents}
        for query in self.queries:
            where = f"{self.file}, line {query.line}"
            unknown = query.relevant - texts.keys()
            if unknown:
                raise SetError(f"{where} names the document {min(unknown)!r}, which is not there; mend that line.")
            for answer in query.answers:
                if not any(answer in texts[name] for name in query.relevant):
                    raise SetError(
                        f"{where} has the answer {answer!r}, which stands in no relevant document; mend that line."
                    )
        for wanted in self.tasks:
            gone = [name for name in wanted.documents if name not in texts]
            if gone:
                where = f"{self.file.with_name(SUMMARIES)}, line {wanted.line}"
                raise SetError(f"{where} names the document {gone[0]!r}, which is not there; mend that line.")


def load_sets(folders: Sequence[Path]) -> tuple[QuestionSet, ...]:
    """Read ``folders`` as one corpus: where there are several, ids get their folder's name and a slash in front.

    Raises:
        FoldersError: a folder is missing or named twice, two have one name, or only some have documents.
        SetError: what a folder holds is not as it should be.
    """
    names: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FoldersError(f"{folder} is {'no folder' if folder.exists() else 'not there'}; name a folder.")
        place = folder.resolve()
        other = names.get(place.name)
        if other == place:
            raise FoldersError(f"{folder} is named twice; name each folder once.")
        if other is not None:
            raise FoldersError(f"{other} and {place} have the same name, with which ids begin; rename one of them.")
        names[place.name] = place
    sets = tuple(load_set(folder, prefixed=len(folders) > 1) for folder in folders)
    without = [one.name for one in sets if one.documents is None]
    if without and len(without) < len(sets):
        raise FoldersError(f"{without[0]} has no {CORPUS} and others have one; evaluate it by itself.")
    return sets


def load_set(folder: Path, *, prefixed: bool) -> QuestionSet:
    """Read a folder; with ``prefixed`` its name and a slash are put before every id, questions' and documents'.

    Documents of the current index keep their ids: they are of no folder of the sets.

    Raises:
        FoldersError: the folder has neither questions nor summaries.
        SetError: a line is broken, an id repeats, a relevant document is unknown, or none of them has an answer.
    """
    name = folder.resolve().name
    prefix = f"{name}/" if prefixed else ""
    asks_summaries = (folder / SUMMARIES).is_file()
    if not asks_summaries and not (folder / QUERIES).is_file():
        raise FoldersError(f"{folder} has no {QUERIES}; name a folder that holds one.")
    documents = None
    if (folder / CORPUS).is_file():
        lines = read_lines(folder / CORPUS)
        documents = tuple(_document(line, prefix) for line in lines)
        _refuse_repeated(lines)
    document_prefix = "" if documents is None else prefix
    lines = read_lines(folder / SUMMARIES) if asks_summaries else ()
    tasks = tuple(task(line, prefix, document_prefix) for line in lines)
    _refuse_repeated(lines)
    lines = () if asks_summaries and _is_empty(folder / QUERIES) else read_lines(folder / QUERIES)
    queries = tuple(_query(line, prefix, document_prefix) for line in lines)
    _refuse_repeated(lines)
    found = QuestionSet(name, documents, queries, folder / QUERIES, tasks)
    if documents is not None:
        found.check(entry.document for entry in documents)
    return found


def _is_empty(path: Path) -> bool:
    """Whether the file is missing or holds nothing but blanks; what cannot be read is for its reader to refuse."""
    try:
        return not path.read_bytes().strip()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def read_lines(path: Path) -> tuple[Line, ...]:
    """The JSON objects of a file, a line each; blank lines are passed over.

    Raises:
        SetError: the file cannot be read or holds nothing, or a line is no JSON object.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SetError(f"{path} cannot be read ({error.strerror}).") from None
    lines = tuple(_line(path, number, raw) for number, raw in enumerate(data.split(b"\n"), 1) if raw.strip())
    if not lines:
        raise SetError(f"{path} is empty; write a JSON object on each line.")
    return lines


def _line(path: Path, number: int, raw: bytes) -> Line:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise SetError(f"{path}, line {number} is not JSON; mend that line.") from None
    if not isinstance(value, dict):
        raise SetError(f"{path}, line {number} is not a JSON object; mend that line.")
    return Line(path, number, value)


def _document(line: Line, prefix: str) -> IndexedDocument:
    """A document of one line: every line of its text that is not blank is a paragraph."""
    text = line.checked(line.text("text"), "text")
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, match.start(), match.end(), paragraph=number)
        for number, match in enumerate(_PARAGRAPH.finditer(text), 1)
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    document = Document(
        id=prefix + line.identifier(),
        file=str(line.path),
        sha256=digest,
        text=text,
        blocks=blocks,
        metadata=Metadata(
            title=line.text_or_none("title"),
            publisher=line.text_or_none("source"),
            date=iso_date(line.text_or_none("date") or ""),
            language=detect_language(text),
        ),
    )
    return IndexedDocument(document, digest, 0.0, 0.0)


def _query(line: Line, prefix: str, document_prefix: str) -> Query:
    answerable = line.value.get("answerable", True)
    if not isinstance(answerable, bool):
        raise line.wrong('has an "answerable" that is neither true nor false; mend that line.')
    return Query(
        id=prefix + line.identifier(),
        text=line.checked(line.text("text"), "text"),
        language=line.text_or_none("lang") or "",
        relevant=frozenset(document_prefix + name for name in line.texts("relevant")),
        answers=tuple(line.checked(answer, "answers") for answer in line.texts("answers")),
        answerable=answerable,
        history=_asked_before(line),
        line=line.number,
    )


def _asked_before(line: Line) -> tuple[str, ...]:
    """What the person asked before, without what was answered: "U: " or "A: " before a text says whose it is."""
    turns = line.value.get("history") or []
    if not isinstance(turns, list):
        raise line.wrong('has a "history" that is no list of texts; mend that line.')
    asked = []
    for turn in turns:
        text, speaker = (turn.get("text"), turn.get("speaker")) if isinstance(turn, dict) else (turn, None)
        if not isinstance(text, str):
            raise line.wrong('has a "history" that is no list of texts; mend that line.')
        if not text.startswith(_ANSWERER) and speaker not in _ANSWERERS:
            asked.append(text.removeprefix(_ASKER))
    return tuple(asked)


def _refuse_repeated(lines: Sequence[Line]) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        first = seen.setdefault(line.text("id"), line.number)
        if first != line.number:
            raise line.wrong(f"has the id {line.text('id')!r}, which line {first} has too; give each its own.")
