"""Makes a set with documents taken away, and so with questions that nothing answers any more.

    python -m tests.benchmarks.take_away DIR... OUT [--share 0.5] [--seed N]

Questions are gone through in an order that the seed gives, and all relevant documents of each are taken away until the
``--share`` of the answerable questions has none left. These become unanswerable; one whose answer survives in a
document that is kept is dropped. Several folders are one corpus, with their names before ids, as ``evaluate`` has them,
and OUT holds it as one set. Nothing looks at the questions' language, which may be another than the documents'.

When an answer survives:

- An answer of two words or of eight letters, stop words aside, says what it says wherever it stands: it survives where
  a kept document has it, case and the like aside.
- A shorter one, or one of digits alone, stands nearly everywhere for other reasons ("5", "May", "France"). It survives
  only where a kept sentence has it and also half of the other words of the question, or half of the other words of a
  sentence that had it in a document taken away. The latter works where the question is in another language.

A question without answers cannot be checked so, and is taken to be unanswerable when its documents are gone. One that
keeps some of its documents keeps the answers that stand in these, and is dropped where none does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.sentences import sentences
from retrieval.evaluation.question_sets import CORPUS, QUERIES, SetError, load_sets, read_lines
from retrieval.index.words import fold, terms, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from corpus.document import Document
    from retrieval.evaluation.question_sets import Query, QuestionSet

_TELLING_WORDS, _TELLING_LETTERS = 2, 8
_SHARED = 0.5
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left: the ids of the documents kept, and what becomes of each question, by id.

    ``unanswerable`` and ``dropped`` are ids; ``changed`` has the relevant documents and answers that are left to a
    question that lost some.
    """

    documents: frozenset[str]
    unanswerable: frozenset[str]
    dropped: frozenset[str]
    changed: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set, and say what was taken away."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a folder of documents and questions")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to make, which must not be there yet")
    parser.add_argument("--share", type=_share, default=0.5, help="how many of the answerable questions (default 0.5)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="chooses which (default 0)")
    parsed = parser.parse_args(arguments)
    if parsed.out.exists():
        parser.error(f"{parsed.out} is there already; name a new folder")
    try:
        sets = load_sets(parsed.folders)
        if any(one.documents is None for one in sets):
            raise SetError(f"{parsed.folders[0]} has no {CORPUS}; only from a set with documents can some be taken.")
    except SetError as error:
        print(error, file=sys.stderr)
        return 1
    left = take_away(sets, parsed.share, parsed.seed)
    if not left.documents:
        print("No document would be left; take a smaller share.", file=sys.stderr)
        return 1
    write(sets, left, parsed.out)
    print(
        f"{parsed.out}: {len(left.documents)} of {sum(len(one.documents or ()) for one in sets)} documents kept, "
        f"{len(left.unanswerable)} questions made unanswerable, {len(left.dropped)} dropped."
    )
    return 0


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most 1")
    return share


def take_away(sets: Sequence[QuestionSet], share: float, seed: int) -> Remainder:
    """Choose the documents to take away from ``sets``, as one corpus, and find what becomes of each question."""
    documents = {entry.document.id: entry.document for one in sets for entry in one.documents or ()}
    queries = [query for one in sets for query in one.queries if query.answerable and query.relevant]
    gone = _chosen(queries, share, seed)
    kept = frozenset(documents.keys() - gone)
    survivors = Survivors([documents[name] for name in documents if name in kept])
    unanswerable, dropped = set(), set()
    changed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for query in queries:
        relevant = tuple(sorted(query.relevant & kept))
        if len(relevant) == len(query.relevant):
            continue
        if relevant:
            answers = tuple(answer for answer in query.answers if any(answer in documents[n].text for n in relevant))
            if query.answers and not answers:
                dropped.add(query.id)
            else:
                changed[query.id] = (relevant, answers)
        elif survivors.answer(query, [documents[name] for name in sorted(query.relevant)]):
            dropped.add(query.id)
        else:
            unanswerable.add(query.id)
    return Remainder(kept, frozenset(unanswerable), frozenset(dropped), changed)


def _chosen(queries: Sequence[Query], share: float, seed: int) -> frozenset[str]:
    """The documents of the first questions in the order of the seed, until the share of all has lost all of theirs."""
    ordered = sorted(queries, key=lambda query: hashlib.sha256(f"{seed} {query.id}".encode()).digest())
    with_document: dict[str, list[Query]] = {}
    for query in queries:
        for name in query.relevant:
            with_document.setdefault(name, []).append(query)
    left = Counter({query.id: len(query.relevant) for query in queries})
    gone: set[str] = set()
    bare = 0
    for query in ordered:
        if bare >= share * len(queries):
            break
        for name in query.relevant - gone:
            gone.add(name)
            for other in with_document[name]:
                left[other.id] -= 1
                bare += left[other.id] == 0
    return frozenset(gone)


class Survivors:
    """The documents that are kept, to be asked whether an answer survives in them."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._texts: list[str] = []
        self._sentences: list[tuple[frozenset[str], frozenset[str]]] = []
        self._holding: dict[str, list[int]] = {}
        for document in documents:
            self._texts.append(_one_line(document.text))
            for sentence in _sentence_words(document):
                for word in sentence[0]:
                    self._holding.setdefault(word, []).append(len(self._sentences))
                self._sentences.append(sentence)

    def answer(self, query: Query, taken: Sequence[Document]) -> bool:
        """Whether an answer of ``query``, whose documents are ``taken``, survives."""
        before = [sentence for document in taken for sentence in _sentence_words(document)]
        return any(
            self._stands(answer) if is_telling(answer) else self._said(answer, query, before)
            for answer in query.answers
        )

    def _stands(self, answer: str) -> bool:
        """Whether a kept document has a telling answer, a number at an end of it being the whole number."""
        wanted = _one_line(answer)
        before, after = ("(?<!\\d)" if wanted[0].isdigit() else ""), ("(?!\\d)" if wanted[-1].isdigit() else "")
        pattern = re.compile(before + re.escape(wanted) + after)
        return any(pattern.search(text) for text in self._texts)

    def _said(self, answer: str, query: Query, before: Sequence[tuple[frozenset[str], frozenset[str]]]) -> bool:
        """Whether a kept sentence has a short answer and half of what the question or a sentence of before has."""
        wanted, topics = _words(answer), frozenset(terms(answer))
        contexts = [frozenset(terms(query.text)) - topics]
        contexts += [subject - topics for held, subject in before if wanted <= held]
        places = set.intersection(*(set(self._holding.get(word, ())) for word in wanted)) if wanted else set()
        return any(
            context and len(context & self._sentences[place][1]) >= _SHARED * len(context)
            for place in places
            for context in contexts
        )


def is_telling(answer: str) -> bool:
    """Whether an answer hardly stands anywhere for another reason: it has two words or eight letters, and any letter.

    Stop words do not count: "in 2018" is a number.
    """
    found = words(answer)
    letters = sum(character.isalpha() for word in found for character in word)
    return letters > 0 and (len(found) >= _TELLING_WORDS or letters >= _TELLING_LETTERS)


def _one_line(text: str) -> str:
    return " ".join(fold(text).split())


def _words(text: str) -> frozenset[str]:
    """The words of ``text``, cut so that inflected forms meet; where it has only stop words, these."""
    return frozenset(terms(text)) or frozenset(_WORD.findall(fold(text)))


def _sentence_words(document: Document) -> list[tuple[frozenset[str], frozenset[str]]]:
    """For each sentence all its words, stop words in full and others cut, and those of its subject alone."""
    found = []
    for sentence in sentences(document.text, document.blocks, document.metadata.language):
        text = document.text[sentence.start : sentence.end]
        subject = frozenset(terms(text))
        found.append((subject | frozenset(_WORD.findall(fold(text))), subject))
    return found


def write(sets: Sequence[QuestionSet], left: Remainder, out: Path) -> None:
    """Write what is left as one set below ``out``; fields that the evaluator does not know stay as they are."""
    documents, queries = [], []
    for one in sets:
        prefix = f"{one.name}/" if len(sets) > 1 else ""
        for line in read_lines(one.file.with_name(CORPUS)):
            if prefix + line.text("id") in left.documents:
                documents.append({**line.value, "id": prefix + line.text("id")})
        for line in read_lines(one.file):
            identifier = prefix + line.text("id")
            if identifier not in left.dropped:
                queries.append(_question(line.value, identifier, prefix, left))
    out.mkdir(parents=True)
    for name, lines in ((CORPUS, documents), (QUERIES, queries)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (out / name).write_text(text, encoding="utf-8", newline="\n")


def _question(value: Mapping[str, Any], identifier: str, prefix: str, left: Remainder) -> dict[str, Any]:
    """A question as it is left, ``taken_away`` naming what it lost where that is everything."""
    relevant = [prefix + name for name in value.get("relevant") or []]
    made = {**value, "id": identifier, "relevant": relevant}
    if identifier in left.unanswerable:
        made |= {"relevant": [], "answers": [], "answerable": False, "taken_away": relevant}
    elif identifier in left.changed:
        documents, answers = left.changed[identifier]
        made |= {"relevant": list(documents), "answers": list(answers)}
    return made


if __name__ == "__main__":
    sys.exit(main())
