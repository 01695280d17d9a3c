"""``rapporteur evaluate``: measure on folders of questions, apart from the live index and store."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from bot.cli import DONE
from bot.progress import BarProgress
from corpus.durable import write_atomically
from retrieval.answer import answer
from retrieval.encoder import load_encoder
from retrieval.engine import load_current
from retrieval.evaluation import Figures, QuestionSet, SetError, by_language, figures, load_set, predict
from retrieval.generation import GenerationStore, assemble, generation_id
from retrieval.languages import Anchors
from retrieval.segment import build_segment, split

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bot.settings import Settings
    from retrieval.encoder import Encoder
    from retrieval.generation import Generation


def evaluate_folders(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure on all folders as one corpus; print figures, and write predictions where asked."""
    folders = [Path(folder) for folder in arguments.folders]
    sets = [load_set(folder, prefixed=len(folders) > 1) for folder in folders]
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    generation = _generation(sets, encoder, settings)
    queries = [query for one in sets for query in one.queries]
    with tqdm(total=len(queries), desc="Asking", file=sys.stderr, ncols=80) as bar:

        def advance(steps: int) -> None:
            bar.update(steps)

        predictions = predict(
            queries,
            lambda text, history: answer(generation, encoder, text, after=history, threshold=settings.confidence),
            advance,
        )
    if arguments.predictions:
        lines = "".join(json.dumps(one.to_json(), ensure_ascii=False) + "\n" for one in predictions)
        write_atomically(Path(arguments.predictions), lines.encode())
    measured = {**by_language(predictions), "all": figures(predictions)}
    if arguments.json:
        print(json.dumps({name: _to_json(found) for name, found in measured.items()}, indent=2))
    else:
        print(_table(measured))
    return DONE


def _generation(sets: Sequence[QuestionSet], encoder: Encoder, settings: Settings) -> Generation:
    """The corpus of all sets, or the current index where no set has documents."""
    without = [one.name for one in sets if one.documents is None]
    if without and len(without) < len(sets):
        raise SetError(f"{without[0]} has no corpus.jsonl and others have one; evaluate it by itself.")
    if without:
        return load_current(GenerationStore(settings.index_folder))
    documents = [entry for one in sets for entry in one.documents or ()]
    progress = BarProgress()
    progress.start("encoding", sum(map(len, split(documents))))
    segment = build_segment(documents, encoder, progress.advance)
    identifier = generation_id([(e.document.id, e.fingerprint) for e in documents], encoder.identity)
    return assemble(identifier, encoder.identity, [(segment, frozenset())], Anchors.measure(encoder))


def _to_json(found: Figures) -> dict[str, float | int | None]:
    return {"questions": found.questions, "answerable": found.answerable, **found.values}


def _table(measured: dict[str, Figures]) -> str:
    names = list(next(iter(measured.values())).values)
    rows = [["", *measured], ["questions", *(str(found.questions) for found in measured.values())]]
    for name in names:
        values = (found.values[name] for found in measured.values())
        rows.append([name, *("-" if value is None else f"{value:.3f}" for value in values)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
