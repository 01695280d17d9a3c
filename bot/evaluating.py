"""``rapporteur evaluate``: measure on folders of questions and summaries, apart from the live index and store."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from bot.errors import DONE, USAGE
from bot.opening import open_library
from corpus.durable import write_atomically
from retrieval.answers.answer import answer
from retrieval.answers.excerpt import excerpt
from retrieval.encoders.languages import Anchors
from retrieval.encoders.loading import load_encoder
from retrieval.encoders.reranking import CrossEncoderReranker
from retrieval.engine import Engine
from retrieval.evaluation.measuring import Figures, by_language, figures, predict
from retrieval.evaluation.question_sets import CORPUS, QUERIES, FoldersError, load_sets
from retrieval.evaluation.summary_evaluation import (
    BASELINES,
    SummaryFigures,
    predict_summaries,
    summaries_by_language,
    summary_figures,
)
from retrieval.evaluation.summary_sets import SUMMARIES
from retrieval.index.generation import assemble, generation_id
from retrieval.index.segment import build_segment, sample, work

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.settings import Settings
    from retrieval.answers.answer import Answer
    from retrieval.answers.quotes import Quote
    from retrieval.encoders.encoder import Encoder
    from retrieval.evaluation.measuring import Prediction
    from retrieval.evaluation.question_sets import QuestionSet
    from retrieval.evaluation.summary_evaluation import SummaryPrediction
    from retrieval.index.generation import Generation
    from retrieval.index.segment import IndexedDocument

    Ask = Callable[[str, tuple[str, ...]], Answer]

ALL = "all"
_LABEL, _CELL = 25, 11
_SUMMARIES = "summaries"
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
    system = _system(sets, settings)
    predictions = _ask(sets, system)
    summaries = _summarise(sets, system)
    if target is not None:
        _write(target, [one.to_json() for one in predictions])
        if summaries:
            _write(_beside(target), [one.to_json() for one in summaries])
    _print(predictions, summaries, as_json=arguments.json)
    return DONE


def _ask(sets: Sequence[QuestionSet], system: _System) -> list[Prediction]:
    queries = [query for one in sets for query in one.queries]
    if not queries:
        return []
    with _bar("Asking", len(queries)) as advance:
        return predict(queries, system.ask, advance)


def _summarise(sets: Sequence[QuestionSet], system: _System) -> list[SummaryPrediction]:
    tasks = [task for one in sets for task in one.tasks]
    if not tasks:
        return []
    with _bar("Summarising", len(tasks)) as advance:
        return predict_summaries(tasks, system.sentences(), system.summarise, advance)


def _print(predictions: Sequence[Prediction], summaries: Sequence[SummaryPrediction], *, as_json: bool) -> None:
    """The figures of both, those of which there are any."""
    asked = {**by_language(predictions), ALL: figures(predictions)} if predictions or not summaries else {}
    summarised = {**summaries_by_language(summaries), ALL: summary_figures(summaries)} if summaries else {}
    if as_json:
        value: dict[str, Any] = {name: found.to_json() for name, found in asked.items()}
        if summarised:
            value[_SUMMARIES] = {name: found.to_json() for name, found in summarised.items()}
        print(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        print("\n\n".join([*([table(asked)] if asked else []), *([summary_table(summarised)] if summarised else [])]))


def _write(target: Path, lines: Sequence[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_atomically(target, text.encode("utf-8", "replace"))


def _beside(target: Path) -> Path:
    """The file for the summaries beside that for the answers: ``p.jsonl`` has ``p.summaries.jsonl``."""
    return target.with_name(f"{target.stem}.{_SUMMARIES}{target.suffix}")


def _writable(name: str, folders: Sequence[Path]) -> Path:
    """The file that predictions go to, found to be writable by writing another beside it.

    Raises:
        PredictionsError: it cannot be written, or it or that of the summaries is one of the files that are read.
    """
    path = Path(name).resolve()
    read = {(folder / file).resolve() for folder in folders for file in (QUERIES, CORPUS, SUMMARIES)}
    if path in read or _beside(path) in read:
        raise PredictionsError(f"{name} is one of the files to be read; name another file for the predictions.")
    if any(one.exists() and not one.is_file() for one in (path, _beside(path))):
        raise PredictionsError(f"{name} is no file that predictions can be written to; name another.")
    try:
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}-", dir=path.parent):
            return path
    except OSError as error:
        raise PredictionsError(f"{name} cannot be written ({error.strerror}); name another file.") from None


@dataclass(frozen=True, slots=True)
class _System:
    """What is measured: how it answers, and the documents and the encoder with which it summarises."""

    ask: Ask
    generation: Generation
    encoder: Encoder

    def summarise(self, documents: Sequence[str], query: str, words: int, date: str | None) -> tuple[Quote, ...]:
        """A summary of the documents of these ids; what has a date is the background of what happens then."""
        members = [self.generation.by_id[name] for name in documents]
        return excerpt(self.generation, self.encoder, members, query, words=words, background=date is not None)

    def sentences(self) -> dict[str, list[str]]:
        """The sentences of every document, by its id."""
        found: dict[str, list[str]] = {entry.document.id: [] for entry in self.generation.documents}
        for number, start, end, _ in self.generation.sentences.tolist():
            document = self.generation.documents[number].document
            found[document.id].append(document.text[start:end])
        return found


def _system(sets: Sequence[QuestionSet], settings: Settings) -> _System:
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
        generation = engine.view(clearance)
        for one in sets:
            one.check(entry.document for entry in generation.documents)
        return _System(
            lambda text, history: engine.answer(text, clearance=clearance, after=history), generation, engine.encoder
        )
    documents: list[IndexedDocument] = [entry for one in sets for entry in one.documents or ()]
    encoder = load_encoder(settings.embedding_model, settings.models_folder, sample=sample(documents))
    anchors = Anchors.measure(encoder)
    with _bar("Encoding", work(documents)) as advance:
        segment = build_segment(documents, encoder, anchors, advance)
    identifier = generation_id([(entry.document.id, entry.fingerprint) for entry in documents], encoder.identity)
    generation = assemble(identifier, encoder.identity, [(segment, frozenset())], anchors)
    reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
    return _System(
        lambda text, history: answer(
            generation, encoder, text, after=history, threshold=settings.confidence, reranker=reranker
        ),
        generation,
        encoder,
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


def summary_table(measured: Mapping[str, SummaryFigures]) -> str:
    """The figures of summaries for people: a part for each measure, and one for their length and time."""
    parts = []
    for heading, name in (("ROUGE-1 F1", "rouge1"), ("ROUGE-2 F1", "rouge2"), ("ROUGE-L F1", "rougeL")):
        rows = [_row(heading, [_SUMMARIES, "quoted", *BASELINES])]
        for language, found in measured.items():
            names = (name, *(f"{baseline}.{name}" for baseline in BASELINES))
            rows.append(_row(f"  {language}", [str(found.summaries), *(f"{found.values[one]:.3f}" for one in names)]))
        parts.append("\n".join(rows))
    rows = [_row("Summaries", [_SUMMARIES, "median s", "95 % s", "words"])]
    for language, found in measured.items():
        seconds = [f"{found.values[name]:.3f}" for name in ("median_seconds", "p95_seconds")]
        rows.append(_row(f"  {language}", [str(found.summaries), *seconds, f"{found.values['words']:.0f}"]))
    return "\n\n".join([*parts, "\n".join(rows)])


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
