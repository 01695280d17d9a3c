"""``rapporteur feedback``: what people think of answers, written as a question set to measure on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import DONE, NOT_FOUND, USAGE
from bot.feedback.sets import UNJUDGED, Sources, feedback_set, lines
from bot.opening import open_library
from bot.store import Store
from corpus.durable import write_atomically
from retrieval.engine import load_current
from retrieval.evaluation.question_sets import QUERIES
from retrieval.index.generation import GenerationStore

if TYPE_CHECKING:
    import argparse

    from bot.feedback.sets import FeedbackSet
    from bot.settings import Settings


class TargetRefused(Exception):  # noqa: N818 - named for what happened
    """The folder cannot be written to; the message is one sentence."""


def export_feedback(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write what people think of answers to a folder, and say how many rows there are of each kind.

    Raises:
        CorpusError: the store or the library cannot be used.
        RetrievalError: there is no index, or it cannot be used.
    """
    folder = Path(arguments.out)
    try:
        _refuse_used(folder)
        made = _read(folder, settings)
        if made is None:
            print("Nobody has judged an answer yet, so nothing was written.", file=sys.stderr)
            return NOT_FOUND
        _write(folder, made)
    except TargetRefused as error:
        print(error, file=sys.stderr)
        return USAGE
    _print(folder, made)
    return DONE


def _refuse_used(folder: Path) -> None:
    try:
        if folder.exists() and not folder.is_dir():
            raise TargetRefused(f"{folder} is no folder; name another.")
        if folder.is_dir() and any(folder.iterdir()):
            raise TargetRefused(f"{folder} is not empty; name a new folder or an empty one.")
    except OSError as error:
        raise TargetRefused(f"{folder} cannot be read ({error.strerror}); name another folder.") from None


def _read(folder: Path, settings: Settings) -> FeedbackSet | None:
    """The question set of all judgements, None where there are none; the library then knows where it went."""
    with Store.open(settings.store_file) as store:
        if not store.feedback.all():
            return None
        with open_library(settings) as library:
            indexed = load_current(GenerationStore(settings.index_folder)).documents()
            hidden = library.hidden((entry.document for entry in indexed.values()), library.labels.highest)
            documents = {name: entry.document for name, entry in indexed.items() if name not in hidden}
            made = feedback_set(Sources(documents, library, store, settings))
            if made.documents:
                library.note_export(folder)
    return made


def _write(folder: Path, made: FeedbackSet) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in ((UNJUDGED, made.unjudged), (QUERIES, made.queries)):
            if rows:
                write_atomically(folder / name, lines(rows))
    except OSError as error:
        raise TargetRefused(f"{folder} cannot be written ({error.strerror}); name another folder.") from None


def _print(folder: Path, made: FeedbackSet) -> None:
    answerable = made.answerable()
    print(f"{answerable:>6}  with an answer")
    print(f"{len(made.queries) - answerable:>6}  without one")
    print(f"{len(made.unjudged):>6}  for a person to judge")
    for name, rows in ((QUERIES, made.queries), (UNJUDGED, made.unjudged)):
        if rows:
            print(folder / name)
