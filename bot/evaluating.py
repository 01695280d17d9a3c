"""``rapporteur evaluate``: measure on folders of questions, apart from the live index and store."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from bot.cli import DONE, USAGE
from bot.commands import open_library
from corpus.durable import write_atomically
from retrieval.answer import answer
from retrieval.encoder import load_encoder
from retrieval.engine import Engine
from retrieval.evaluation import Figures, by_language, figures, predict
from retrieval.generation import assemble, generation_id
from retrieval.languages import Anchors
from retrieval.question_sets import CORPUS, QUERIES, FoldersError, load_sets
from retrieval.reranking import CrossEncoderReranker
from retrieval.segment import build_segment, split

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.settings import Settings
    from retrieval.answer import Answer
    from retrieval.question_sets import QuestionSet
    from retrieval.segment import IndexedDocument

    Ask = Callable[[str, tuple[str, ...]], Answer]

ALL = "all"
_LABEL, _CELL = 25, 11
_SECONDS_BETWEEN_LINES = 10.0
# The parts of the table: the heading of each, and its columns, a heading and a figure's name each; "#" before the name
# means the number of questions that the figure rests on.
_PARTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("The right document", (("questions", "#hit@1"), ("first", "hit@1"), ("in five", "hit@5"), ("MRR@10", "mrr@10"))),
    (
        "Quotation with an answer",
        (("questions", "#first_quotation"), ("first", "first_quotation"), ("in three", "first_three")),
    ),
    (
        "Answered, where there is",
        (
            ("an answer", "answered_answerable"),
            ("of", "#answered_answerable"),
            ("none", "answered_unanswerable"),
            ("of", "#answered_unanswerable"),
            ("AUC", "auc"),
        ),
    ),
    (
        "Time and length",
        (
            ("questions", "#median_seconds"),
            ("median s", "median_seconds"),
            ("95 % s", "p95_seconds"),
            ("characters", "first_quotation_length"),
            ("of", "#first_quotation_length"),
        ),
    ),
)


class PredictionsError(Exception):
    """The file for the predictions cannot be written; the message is one sentence."""


def evaluate_folders(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure on all folders as one corpus; print figures, and write predictions where asked.

    Whatever is wrong with the arguments or the sets is said before anything is measured, and a run that is stopped
    leaves the predictions of an earlier one as they were.

    Raises:
        SetError: what a folder holds is not as it should be.
        RetrievalError: the encoder or the index cannot be used.
    """
    folders = [Path(folder) for folder in arguments.folders]
    try:
        target = _writable(arguments.predictions, folders) if arguments.predictions is not None else None
        sets = load_sets(folders)
    except (PredictionsError, FoldersError) as error:
        print(error, file=sys.stderr)
        return USAGE
    queries = [query for one in sets for query in one.queries]
    ask = _asker(sets, settings)
    with _bar("Asking", len(queries)) as advance:
        predictions = predict(queries, ask, advance)
    if target is not None:
        lines = "".join(json.dumps(one.to_json(), ensure_ascii=False) + "\n" for one in predictions)
        write_atomically(target, lines.encode("utf-8", "replace"))
    measured = {**by_language(predictions), ALL: figures(predictions)}
    if arguments.json:
        print(json.dumps({name: found.to_json() for name, found in measured.items()}, ensure_ascii=False, indent=2))
    else:
        print(table(measured))
    return DONE


def _writable(name: str, folders: Sequence[Path]) -> Path:
    """The file that predictions go to, found to be writable by writing another beside it.

    Raises:
        PredictionsError: it cannot be written, or is one of the files that are read.
    """
    path = Path(name).resolve()
    if any(path == (folder / read).resolve() for folder in folders for read in (QUERIES, CORPUS)):
        raise PredictionsError(f"{name} is one of the files to be read; name another file for the predictions.")
    if path.exists() and not path.is_file():
        raise PredictionsError(f"{name} is no file that predictions can be written to; name another.")
    try:
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}-", dir=path.parent):
            return path
    except OSError as error:
        raise PredictionsError(f"{name} cannot be written ({error.strerror}); name another file.") from None


def _asker(sets: Sequence[QuestionSet], settings: Settings) -> Ask:
    """What answers: the documents of the sets, encoded now, or the current index where no set has documents."""
    if all(one.documents is None for one in sets):
        engine = Engine.open(
            settings.index_folder,
            settings.models_folder,
            settings.embedding_model,
            open_library(settings),
            settings.confidence,
            settings.reranker,
        )
        clearance = settings.labels.highest
        for one in sets:
            one.check(entry.document for entry in engine.view(clearance).documents)
        return lambda text, history: engine.answer(text, clearance=clearance, after=history)
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    documents: list[IndexedDocument] = [entry for one in sets for entry in one.documents or ()]
    anchors = Anchors.measure(encoder)
    with _bar("Encoding", sum(map(len, split(documents)))) as advance:
        segment = build_segment(documents, encoder, anchors, advance)
    identifier = generation_id([(entry.document.id, entry.fingerprint) for entry in documents], encoder.identity)
    generation = assemble(identifier, encoder.identity, [(segment, frozenset())], anchors)
    reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
    return lambda text, history: answer(
        generation, encoder, text, after=history, threshold=settings.confidence, reranker=reranker
    )


@contextmanager
def _bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, which ends its line however the work ends; yields what is told of further steps."""
    interval = 0.1 if sys.stderr.isatty() else _SECONDS_BETWEEN_LINES
    with tqdm(total=total, desc=label, file=sys.stderr, ncols=80, mininterval=interval) as bar:

        def advance(steps: int) -> None:
            bar.update(steps)

        yield advance


def table(measured: Mapping[str, Figures]) -> str:
    """The figures for people: a part for each kind of figure, with a row a language, at most 80 columns wide."""
    parts = []
    for heading, columns in _PARTS:
        rows = [_row(heading, [name for name, _ in columns])]
        for language, found in measured.items():
            rows.append(_row(f"  {language}", [_cell(found, name) for _, name in columns]))
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<{_LABEL}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _cell(found: Figures, name: str) -> str:
    """A figure with three places, a length with none, or a number of questions; "-" where nothing is measured."""
    if name.startswith("#"):
        return str(found.counts[name[1:]])
    value = found.values[name]
    if value is None:
        return "-"
    return f"{value:.0f}" if name == "first_quotation_length" else f"{value:.3f}"
