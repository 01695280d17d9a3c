"""Compares three systems on sets of questions: who finds the document, and whose quotation has the answer.

    python -m tests.benchmarks.compare DIR... [--together] [--most N] [--cache DIR]

See ``tests.benchmarks.systems`` for what they are. Each is asked every question that a document answers, one system
after another, so that whatever else the machine does slows all alike. Each folder is a corpus by itself, or all are one
with ``--together``; without a ``corpus.jsonl`` the documents are those of the current index. LangChain comes with the
extra "bench" and is left out where it is not installed.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from bot.settings import SettingsError, load_settings
from retrieval.encoders.languages import Anchors
from retrieval.encoders.loading import load_encoder
from retrieval.engine import load_current
from retrieval.errors import RetrievalError
from retrieval.evaluation.measuring import by_language, figures
from retrieval.evaluation.question_sets import load_sets
from retrieval.index.generation import GenerationStore
from retrieval.index.segment import build_segment, split
from tests.benchmarks.systems import CachedEncoder, FirstRecipe, LangChainMissing, PlainStack, Rapporteur, chunks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.settings import Settings
    from retrieval.encoders.encoder import Encoder
    from retrieval.evaluation.measuring import Figures, Prediction
    from retrieval.evaluation.question_sets import Query, QuestionSet
    from retrieval.index.segment import IndexedDocument
    from tests.benchmarks.systems import System

_COLUMNS = (
    ("hit@1", "hit@1"),
    ("hit@5", "hit@5"),
    ("quoted", "first_quotation"),
    ("in three", "first_three"),
    ("length", "first_quotation_length"),
    ("ms", "median_seconds"),
)
_LABEL, _CELL = 20, 9
_ALL = "all"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare on each set, printing its tables as they are there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="a folder of documents and questions")
    parser.add_argument("--together", action="store_true", help="all folders are one corpus")
    parser.add_argument("--most", type=int, metavar="N", help="ask at most so many questions of each language of a set")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep the vectors of documents here for another time")
    parsed = parser.parse_args(arguments)
    if parsed.most is not None and parsed.most < 1:
        parser.error("--most is a number from 1 on")
    groups = [parsed.folders] if parsed.together else [[folder] for folder in parsed.folders]
    try:
        # All are read before the first is measured, so that what is wrong with the last is said at once.
        read = [load_sets(group) for group in groups]
        settings = load_settings()
        encoder = load_encoder(settings.embedding_model, settings.models_folder)
        with nullcontext(parsed.cache) if parsed.cache else tempfile.TemporaryDirectory() as cache:
            for sets in read:
                compare(sets, settings, CachedEncoder(encoder, Path(cache)), parsed.most)
    except (RetrievalError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    return 0


def compare(sets: Sequence[QuestionSet], settings: Settings, encoder: Encoder, most: int | None) -> None:
    """Ask the questions of ``sets``, which are one corpus, and print a table a language."""
    documents = _documents(sets, settings)
    queries = sample([query for one in sets for query in one.queries], most)
    name = " + ".join(one.name for one in sets)
    if not queries:
        print(f"\n{name}: no document answers any of its questions; there is nothing to compare.")
        return
    predictions = ask_all(systems(documents, encoder), queries)
    print(f"\n{name}\n\n{tables(predictions)}", flush=True)


def _documents(sets: Sequence[QuestionSet], settings: Settings) -> tuple[IndexedDocument, ...]:
    """The documents of the sets or, where they have none, of the current index."""
    if any(one.documents is not None for one in sets):
        return tuple(entry for one in sets for entry in one.documents or ())
    documents = tuple(load_current(GenerationStore(settings.index_folder)).documents().values())
    for one in sets:
        one.check(entry.document for entry in documents)
    return documents


def sample(queries: Sequence[Query], most: int | None) -> list[Query]:
    """The questions that a document answers, at most ``most`` of each language, chosen by a digest of their ids."""
    kept: list[Query] = []
    languages: dict[str, int] = {}
    for query in sorted(queries, key=lambda query: hashlib.sha256(query.id.encode()).digest()):
        count = languages.get(query.language, 0)
        if query.answerable and query.relevant and (most is None or count < most):
            languages[query.language] = count + 1
            kept.append(query)
    return kept


def systems(documents: Sequence[IndexedDocument], encoder: Encoder) -> list[System]:
    """The systems over ``documents``; LangChain's only where it is installed, which is said."""
    passages = []
    try:
        passages = chunks(documents)
    except LangChainMissing as error:
        print(error, file=sys.stderr)
    anchors = Anchors.measure(encoder)
    parts, sentences = map(len, split(documents))
    total = len(passages) + 2 * parts + 2 * sentences
    with tqdm(total=total, desc="Encoding", file=sys.stderr, ncols=80) as bar:

        def advance(steps: int) -> None:
            bar.update(steps)

        found: list[System] = [PlainStack(passages, encoder, advance)] if passages else []
        segment = build_segment(documents, encoder, anchors)
        advance(parts + sentences)
        found.append(FirstRecipe(segment, encoder, advance))
    return [*found, Rapporteur(segment, encoder, anchors)]


def ask_all(asked: Sequence[System], queries: Sequence[Query]) -> dict[str, list[Prediction]]:
    """Each system's predictions in the order of ``queries``; the first is asked once before, unmeasured."""
    for system in asked:
        system.ask(queries[0])
    predictions: dict[str, list[Prediction]] = {system.name: [] for system in asked}
    for query in tqdm(queries, desc="Asking", file=sys.stderr, ncols=80):
        for system in asked:
            predictions[system.name].append(system.ask(query))
    return predictions


def tables(predictions: Mapping[str, Sequence[Prediction]]) -> str:
    """A table a language, and over all where there are several: a row a system, at most 80 columns wide."""
    measured = {name: {**by_language(found), _ALL: figures(found)} for name, found in predictions.items()}
    languages = list(next(iter(measured.values())))
    if len(languages) == 2:
        languages = languages[:1]
    return "\n\n".join(
        _table(language, {name: found[language] for name, found in measured.items()}) for language in languages
    )


def _table(language: str, measured: Mapping[str, Figures]) -> str:
    one = next(iter(measured.values()))
    worded = one.counts["first_quotation"]
    rows = [f"{language}: {one.questions} asked, {worded} with an answer to quote"]
    rows.append(" " * _LABEL + "".join(f"{heading:>{_CELL}}" for heading, _ in _COLUMNS))
    for name, found in measured.items():
        rows.append(f"{name:<{_LABEL}}" + "".join(f"{_cell(found, figure):>{_CELL}}" for _, figure in _COLUMNS))
    return "\n".join(rows)


def _cell(found: Figures, figure: str) -> str:
    value = found.values[figure]
    if value is None:
        return "-"
    if figure == "median_seconds":
        return f"{1000 * value:.0f}"
    return f"{value:.0f}" if figure == "first_quotation_length" else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
