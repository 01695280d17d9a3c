"""Rapporteur behind the same protocol as the others: its engine, opened as its commands open it, asked in a loop.

    python -m tests.benchmarks.peers.rapporteur_peer [--without-reranking]

The settings, and so the index, come from the environment.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.opening import build_index, open_engine
from bot.progress import BarProgress
from bot.settings import load_settings
from retrieval.answers.answer import answer
from retrieval.answers.search import WEIGHTS
from retrieval.errors import QuestionRefused
from retrieval.evaluation.measuring import QUOTES_KEPT, RANKING_LENGTH
from tests.benchmarks.peers.protocol import answers, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.answers.answer import Answer
    from retrieval.engine import Engine

    Ask = Callable[[str, Sequence[str]], Answer]


class RapporteurPeer:
    """This program, with nothing set, or without late interaction."""

    packages = ("rapporteur",)

    def __init__(self, *, reranks: bool) -> None:
        self._reranks = reranks
        self._settings = load_settings()
        self._ask: Ask | None = None

    def open(self) -> None:
        """Load the encoder and the index."""
        way = with_reranking if self._reranks else without_reranking
        self._ask = way(open_engine(self._settings, BarProgress()), self._settings.labels.highest)

    def ask(self, text: str, after: list[str]) -> dict[str, Any]:
        """The documents found and the first quotations, (document, start, end, text) each, answer or none."""
        assert self._ask is not None
        try:
            found = self._ask(text, after)
        except QuestionRefused:
            return {"ranking": [], "quotes": []}
        quotes = [[quote.document.id, quote.start, quote.end, quote.text] for quote in found.ranked[:QUOTES_KEPT]]
        return {"ranking": found.ranking[:RANKING_LENGTH], "quotes": quotes}

    def index(self, folders: list[str]) -> float:
        """Bring the index up to date with these folders.

        Returns the seconds from when their new files are read and the encoder is loaded until the index is on disk.
        """
        stopwatch = _Stopwatch()
        documents = tuple(Path(folder) for folder in folders)
        build_index(self._settings.model_copy(update={"documents": documents}), stopwatch)
        return time.perf_counter() - stopwatch.encoding_since


class _Stopwatch:
    """Progress that knows when encoding began."""

    def __init__(self) -> None:
        self.encoding_since = time.perf_counter()

    def start(self, stage: str, total: int) -> None:
        """Keep the time at which a stage begins, which is that of encoding in the end."""
        self.encoding_since = time.perf_counter()

    def advance(self, steps: int) -> None:
        """Steps are not counted."""

    def pages(self, done: int, total: int) -> None:
        """There are no scanned pages here."""


def without_reranking(engine: Engine, clearance: str) -> Ask:
    """How ``engine`` answers without late interaction, and without the work that it is.

    Sentences are then ordered by their own similarity and their passage's words alone. The confidence, which was fitted
    with late interaction, means nothing then; ranking and quotations are what is looked at.
    """
    weights = replace(WEIGHTS, matches=0.0, passage_matches=0.0)

    def ask(text: str, after: Sequence[str]) -> Answer:
        return answer(engine.view(clearance), engine.encoder, text, after=after, weights=weights)

    return ask


def with_reranking(engine: Engine, clearance: str) -> Ask:
    """How ``engine`` answers everybody."""
    return lambda text, after: engine.answer(text, clearance=clearance, after=after)


def main() -> int:
    """Serve until stdin ends."""
    channel = answers()
    serve(RapporteurPeer(reranks="--without-reranking" not in sys.argv[1:]), channel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
