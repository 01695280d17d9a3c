"""How good and how fast the summaries are.

    python -m tests.benchmarks.summaries [--data-dir DIR] [--share 0.4] [--documents 200]

The index of the settings' data directory, or of DIR, must be that of the starter briefings. Each of their rounds is
summarised in so large a share of its briefing's words, with the briefings' headings and without them, and measured by
the sheet. What the sections are told by was chosen on the odd rounds alone. Then a round of so many documents is made
out of copies of the briefings' vectors, and its summary is timed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings
from retrieval.encoders.loading import load_encoder
from retrieval.index.generation import GenerationStore
from retrieval.summaries.aspects import kept_examples
from retrieval.summaries.round_table import members
from retrieval.summaries.summary import summarise
from tests.benchmarks.summaries.copies import round_of_copies, without_headings
from tests.benchmarks.summaries.sheet import read_sheet, score, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.encoders.encoder import Encoder
    from retrieval.index.generation import Generation
    from retrieval.summaries.aspects import Examples

_TIMES = 3


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How good and how fast the summaries of the starter briefings are.")
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="the data directory whose index is read")
    parser.add_argument("--share", type=float, default=0.4, help="the share of a briefing's words (default 0.4)")
    parser.add_argument("--documents", type=int, default=200, help="documents of the round that is timed (default 200)")
    arguments = parser.parse_args()
    settings = Settings() if arguments.data_dir is None else Settings(data_dir=arguments.data_dir)
    store = GenerationStore(settings.index_folder)
    stock = store.read(store.current())
    encoder = load_encoder(settings.embedding_model, settings.models_folder)
    examples = kept_examples(encoder, store.folder)
    generation = stock.generation()
    for title, one in (("with headings", generation), ("without headings", without_headings(generation))):
        print(f"\n{title}")
        _measure(one, encoder, examples, arguments.share)
    copies = round_of_copies(stock, arguments.documents)
    seconds = _timed(copies, encoder, examples)
    print(
        f"\na round of {arguments.documents} documents, {len(copies.sentences)} sentences: "
        f"{statistics.median(seconds):.2f} s (the first {seconds[0]:.2f} s)"
    )
    return 0


def _measure(generation: Generation, encoder: Encoder, examples: Examples, share: float) -> None:
    scores = {}
    for number, facts in read_sheet().items():
        words = int(share * words_of(generation, members(generation, number, "Astana")))
        made = summarise(generation, encoder, number, process="Astana", words=words, examples=examples)
        scores[number] = score(made, facts)
        print(scores[number].line(f"R{number:02}"))
    print(total(one for number, one in scores.items() if number % 2).line("odd"))
    print(total(one for number, one in scores.items() if number % 2 == 0).line("even"))
    print(total(scores.values()).line("all"))


def words_of(generation: Generation, documents: Sequence[int]) -> int:
    """How many words the sentences of ``documents``, places in the generation, have."""
    return sum(
        len(generation.documents[number].document.text[start:end].split())
        for number, start, end, _ in generation.sentences.tolist()
        if number in documents
    )


def _timed(generation: Generation, encoder: Encoder, examples: Examples) -> list[float]:
    """The seconds of each of some summaries of the only round of ``generation``."""
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        summarise(generation, encoder, 1, words=300, examples=examples)
        taken.append(time.perf_counter() - begun)
    return taken


if __name__ == "__main__":
    sys.exit(main())
